package query

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for script, want := range map[string][]string{
		"":                          nil,
		" ; ;-- nothing\n; /* ; */": nil,
		"SELECT 1; SELECT 2 ;":      {"SELECT 1", "SELECT 2"},
		"SELECT ';' AS \";\"; -- a;b\nSELECT /* ; */ 'it''s;'": {"SELECT ';' AS \";\"", "-- a;b\nSELECT /* ; */ 'it''s;'"},
		"SELECT 'open; SELECT 2":                               {"SELECT 'open; SELECT 2"},
	} {
		if got := Split(script); !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, want %q", script, got, want)
		}
	}
}

// rewritten returns a statement rewritten in a session that has the table mine, with single spaces.
func rewritten(sql string) (*Rewritten, string, error) {
	r, err := rewrite(sql, func(name string) bool { return name == "mine" })
	if err != nil {
		return nil, "", err
	}
	return r, strings.Join(strings.Fields(r.SQL), " "), nil
}

func TestTableNames(t *testing.T) {
	for from, want := range map[string]string{
		"cloudtrail_logs": `ct.athena AS "cloudtrail_logs"`, "default.cloudtrail_logs_my_bucket": `ct.athena AS "cloudtrail_logs_my_bucket"`,
		`"db"."cloudtrail_111122223333" c`: `ct.athena "c"`, "AwsDataCatalog.security.CloudTrail AS e": `ct.athena AS "e"`, "DATABASE.TABLE": `ct.athena AS "table"`,
		"`org-cloudtrail-logs`":                `ct.athena AS "org-cloudtrail-logs"`,
		"0a1b2c3d-0000-1111-2222-333344445555": `ct.lake AS "0a1b2c3d-0000-1111-2222-333344445555"`, `"0A1B2C3D-0000-1111-2222-333344445555" e`: `ct.lake "e"`,
		"$EDS_ID": `ct.lake AS "event_data_store"`, "${eds}": `ct.lake AS "event_data_store"`, "<EDS ID>": `ct.lake AS "event_data_store"`, "<event_data_store_id>": `ct.lake AS "event_data_store"`,
		"{{id}} AS e": `ct.lake AS "e"`, "my_event_data_store_id": `ct.lake AS "my_event_data_store_id"`,
		"events": `ct.events AS "events"`, "objects o": `ct.objects "o"`, "Findings": `ct.findings AS "findings"`, "db.mine": `"mine"`,
	} {
		_, got, err := rewritten("SELECT 1 AS x FROM " + from)
		if want = `SELECT 1 AS "x" FROM ` + want; err != nil || got != want {
			t.Errorf("FROM %s: %s, %v, want %s", from, got, err, want)
		}
	}
}

func TestForeignPartitionsAreNoted(t *testing.T) {
	for condition, note := range map[string]string{
		"day = '03' AND month = '03' AND year = '2026'":       "",
		"\"timestamp\" BETWEEN '2026/03/03' AND '2026/03/05'": "",
		"date_partition >= '2026/03'":                         "",
		"date_partition LIKE '2026%'":                         "",
		"eventname = '2026-03-03'":                            "",
		"day = '2026/03/03'":                                  "day is a text such as '09' here, as in the objects' paths: '2026/03/03' is none",
		"c.month IN ('03', '4')":                              "month is a text such as '03' here, as in the objects' paths: '4' is none",
		"date_partition > '2026-03-03'":                       "date_partition is a text such as '2026/03/09' here, as in the objects' paths: '2026-03-03' is none",
		"eventname IN (SELECT substr(eventtime, 1, 10) AS day FROM cloudtrail WHERE day = '2026-03-03')": "",
	} {
		r, err := Rewrite("SELECT eventname FROM cloudtrail c WHERE " + condition)
		if err != nil {
			t.Fatalf("%s: %v", condition, err)
		}
		if got := strings.Join(r.Notes, "; "); got != note {
			t.Errorf("%s: %q, want %q", condition, got, note)
		}
	}
}

// The findings have a row for each event of each: counting the rows counts no findings.
func TestCountedFindingsAreNoted(t *testing.T) {
	const note = "findings has a row for each event that a finding lists: count(DISTINCT finding_id) counts findings"
	for sql, want := range map[string]string{
		"SELECT severity, count(*) FROM findings GROUP BY 1":                                    note,
		"SELECT Count(1) FROM coldtrail.findings f":                                             note,
		"WITH f AS (SELECT severity FROM findings) SELECT severity, count(*) FROM f GROUP BY 1": note,
		"SELECT severity, count(DISTINCT finding_id) FROM findings GROUP BY 1":                  "",
		"SELECT f.finding_ordinal, count(*) FROM findings f GROUP BY 1":                         "",
		"SELECT count(distinct detector) FROM findings":                                         "",
		"SELECT detector FROM findings":                                                         "",
		"SELECT count(*) FROM events":                                                           "",
		"WITH findings AS (SELECT 1 AS a FROM cloudtrail) SELECT count(*) FROM findings":        "",
	} {
		r, err := Rewrite(sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if got := strings.Join(r.Notes, "; "); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	for sql, want := range map[string]string{
		"WITH cloudtrail AS (SELECT 1 AS a FROM cloudtrail) SELECT a FROM cloudtrail":                 `WITH cloudtrail AS (SELECT 1 AS "a" FROM ct.athena AS "cloudtrail") SELECT a AS "a" FROM cloudtrail`,
		"SELECT db.cloudtrail.eventname FROM db.cloudtrail":                                           `SELECT cloudtrail.eventname AS "eventname" FROM ct.athena AS "cloudtrail"`,
		"SELECT x FROM (SELECT useridentity.arn x FROM cloudtrail) WHERE x IN (SELECT arn FROM mine)": `SELECT x AS "x" FROM (SELECT useridentity.arn "x" FROM ct.athena AS "cloudtrail") WHERE x IN (SELECT arn AS "arn" FROM "mine")`,
		"SELECT year(DATE '2026-01-01'), useridentity.accountid FROM cloudtrail":                      `SELECT year(DATE '2026-01-01') AS "_col0", useridentity.accountid AS "accountid" FROM ct.athena AS "cloudtrail"`,
		"SELECT count(*) FROM cloudtrail c JOIN findings f ON f.id = c.eventid, objects":              `SELECT count(*) AS "_col0" FROM ct.athena "c" JOIN ct.findings "f" ON f.id = c.eventid, ct.objects AS "objects"`,
	} {
		if _, got, err := rewritten(sql); err != nil || got != want {
			t.Errorf("%s:\n%s, %v, want\n%s", sql, got, err, want)
		}
	}
}

// A table with partition columns costs a join: it is chosen where one of them is named.
func TestLocated(t *testing.T) {
	for sql, columns := range map[string]string{
		"SELECT * FROM cloudtrail WHERE date_partition > '2026/01/01'": "date_partition", `SELECT "$path", c.region FROM cloudtrail c`: "region $path", `SELECT 1 FROM cloudtrail WHERE "timestamp" = 'x'`: "timestamp",
		"SELECT eventname FROM cloudtrail": "", "SELECT useridentity.accountid, date '2026-01-01', timestamp '2026-01-01 00:00:00', day(eventtime) FROM $EDS_ID": "", "SELECT transform(resources, r -> r.accountid) FROM cloudtrail": "",
		"SELECT transform(a, day -> day + 1) FROM cloudtrail": "", "SELECT CAST(x AS timestamp) FROM cloudtrail": "",
	} {
		_, got, err := rewritten(sql)
		located := strings.Contains(got, "ct.athena_located")
		if err != nil || located != (columns != "") {
			t.Errorf("%s: %s, %v", sql, got, err)
		}
		_, excluded, _ := strings.Cut(got, "(SELECT * EXCLUDE (")
		for _, c := range partitionColumns {
			if hidden := strings.Contains(excluded, `"`+c+`",`) || strings.Contains(excluded, `"`+c+`")`); located && hidden == slices.Contains(strings.Fields(columns), c) {
				t.Errorf("%s: column %s hidden: %t: %s", sql, c, hidden, got)
			}
		}
	}
}

// Refusals point at the place that is marked by ‸ in the user's text.
func TestRefusals(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1 FROM ‸vpc_flow_logs": "is not in this case", "SELECT 1 FROM ‸amazon_security_lake_table_us_east_1_cloud_trail_mgmt_2_0": "OCSF",
		"SELECT 1 FROM ‸read_csv('/etc/passwd')": "not available", "SELECT 1 FROM ‸'/etc/passwd'": "a string is no table", `SELECT 1 FROM ‸"/etc/passwd"`: "is not in this case",
		"SELECT 'a\nb', ‸'open": "string has no end", "SELECT 1 /* ‸": "", "‸COPY x TO 'y'": "only SELECT", "‸PRAGMA version": "only SELECT", "‸SET memory_limit='1TB'": "only SELECT", "‸UNLOAD (SELECT 1) TO 's3://b'": "UNLOAD",
		"SELECT 1; ‸SELECT 2": "another statement", "SELECT ‸(1 + 2": "( has no )", "SELECT (1 ‸] + 2)": ") is expected", "SELECT regexp_like(a, ‸'(?=x)')": "regular expression", "SELECT regexp_replace(a, 'x', ‸m -> upper(m[1]))": "lambda",
		"SELECT json_extract(a, ‸'$.x[*]')": "wildcards", "SELECT json_extract(a, ‸'x')": "begins with $", "SELECT date_parse(a, ‸'%Y-%U')": "%U", "SELECT date_format(a, ‸b)": "written out", "SELECT ‸typeof(1)": "not supported", "SELECT ‸skewness(a)": "of a sample", "SELECT ‸system.main.read_text('x')": "no prefix",
		"SELECT CAST(1 AS ‸CHAR(3))": "CHAR", "SELECT transform(a, ‸b)": "wants a lambda", "SELECT date_add(‸'fortnight', 1, a)": "not a valid", "SELECT ‸split('a')": "does not take 1 argument",
		"INSERT INTO ‸cloudtrail_logs SELECT 1": "not one of this session", "DROP TABLE ‸cloudtrail_logs": "not dropped", "SELECT * FROM mine TABLESAMPLE ‸RESERVOIR (5)": "TABLESAMPLE", "": "empty", "SELECT ‸12ab": "begins with a digit",
	} {
		offset := strings.Index(sql, "‸")
		_, _, err := rewritten(strings.Replace(sql, "‸", "", 1))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, want) || offset >= 0 && e.Offset != offset && want != "" {
			t.Errorf("%s: %v at %+v, want %q at %d", sql, err, e, want, offset)
		}
	}
}

func TestStatements(t *testing.T) {
	for _, c := range []struct{ sql, kind, target, want string }{
		{"CREATE TABLE db.t WITH (format = 'ORC', partitioned_by = ARRAY['a']) AS SELECT 1 AS a", "CREATE TABLE", "t", `CREATE TABLE "t" AS SELECT 1 AS "a"`}, {"CREATE OR REPLACE VIEW v AS SELECT 1 a", "CREATE VIEW", "v", `CREATE OR REPLACE VIEW "v" AS SELECT 1 "a"`},
		{"INSERT INTO mine (a) SELECT eventname FROM cloudtrail", "INSERT", "mine", `INSERT INTO "mine" ("a") SELECT eventname AS "eventname" FROM ct.athena AS "cloudtrail"`}, {"DROP TABLE IF EXISTS mine", "DROP TABLE", "mine", `DROP TABLE IF EXISTS "mine"`},
		{"MSCK REPAIR TABLE cloudtrail_logs", "SELECT", "", "SELECT NULL AS result WHERE false"}, {"CREATE EXTERNAL TABLE cloudtrail_logs (a string) LOCATION 's3://b'", "SELECT", "", "SELECT NULL AS result WHERE false"},
		{"CREATE EXTERNAL TABLE logs (useridentity string, sourceipaddress string)", "CREATE VIEW", "logs", `CREATE OR REPLACE VIEW "logs" AS SELECT * FROM ct.athena_located`}, {"VALUES 1, (2)", "SELECT", "", "VALUES (1), (2)"},
		{"SELECT a, 1 + 1, * FROM mine ORDER BY 1 OFFSET 2 LIMIT 3;", "SELECT", "", `SELECT a AS "a", 1 + 1 AS "_col1", * FROM "mine" ORDER BY 1 OFFSET 2 LIMIT 3`}, {"TABLE mine", "SELECT", "", `SELECT * FROM "mine"`}, {"SELECT 1 x FETCH FIRST ROW ONLY", "SELECT", "", `SELECT 1 "x" FETCH FIRST 1 ROW ONLY`},
	} {
		r, got, err := rewritten(c.sql)
		if err != nil || got != c.want || r.Kind != c.kind || r.Target != c.target {
			t.Errorf("%s:\n%+v, %v, want\n%s", c.sql, r, err, c.want)
		}
	}
}

// An offset in the engine's text leads back to the user's, through whatever was written around it.
func TestPosition(t *testing.T) {
	sql := "SELECT CAST(nosuch1 / 2 AS bigint), -- comment\n transform(a, x -> nosuch2) FROM cloudtrail WHERE nosuch3 = from_iso8601_date(nosuch4)"
	r, err := Rewrite(sql)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"nosuch1", "nosuch2", "nosuch3", "nosuch4"} {
		for from := 0; ; {
			i := strings.Index(r.SQL[from:], word)
			if i < 0 {
				break
			}
			if got := r.Position(from + i); got != strings.Index(sql, word) {
				t.Errorf("%s at %d is at %d of the user's text", word, from+i, got)
			}
			from += i + 1
		}
	}
}

// What a statement becomes grows with its length, not with the depth of its calls.
func TestGrowth(t *testing.T) {
	inner := "x"
	for range 40 {
		inner = "CAST(CAST(" + inner + " AS bigint) / 2 AS varchar)"
	}
	r, err := Rewrite("SELECT " + inner + " FROM mine_cloudtrail")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.SQL) > 400<<10 {
		t.Errorf("%d bytes of SQL from %d", len(r.SQL), len(inner))
	}
	if _, err := Rewrite("SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000)); err == nil {
		t.Error("5,000 parentheses are not refused")
	}
}

func FuzzRewrite(f *testing.F) {
	for _, s := range []string{"SELECT 1", "SELECT a / b, CAST(x AS ARRAY<ARRAY<VARCHAR>>) FROM $EDS_ID e, UNNEST(r) WITH ORDINALITY AS t (a, b, n)", "SELECT trim(BOTH 'x' FROM y), reduce(a, 0, (s, x) -> s + x, s -> s)",
		"WITH a AS (VALUES 1, 2) SELECT * FROM a TABLESAMPLE BERNOULLI (5)", "CREATE TABLE x WITH (a = 'b') AS SELECT 1", "SELECT listagg(x, ',') WITHIN GROUP (ORDER BY y) FILTER (WHERE z)", "SHOW COLUMNS IN cloudtrail", "SELECT map_agg(a, b) OVER (PARTITION BY c), INTERVAL -'1' DAY, CASE WHEN a THEN b END", "EXPLAIN SELECT x'00', U&'\\0041', 0x1f -- c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var b strings.Builder
		for _, tok := range tokenize(sql) {
			b.WriteString(tok.text)
		}
		if b.String() != sql {
			t.Fatalf("tokens %q of %q", b.String(), sql)
		}
		r, err := Rewrite(sql)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < -1 || e.Offset > len(sql) {
				t.Fatalf("%q: %v", sql, err)
			}
			return
		}
		for i := range len(r.SQL) + 1 {
			if p := r.Position(i); p < 0 || p > len(sql) {
				t.Fatalf("%q: position %d of %d", sql, p, i)
			}
		}
	})
}
