//go:build cgo

package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// planOf returns what the engine runs for a statement of its own dialect.
func planOf(t *testing.T, db *DB, sql string) string {
	t.Helper()
	c, err := db.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &statement{conn: c, sql: sql, r: &Rewritten{SQL: sql, Kind: "SELECT"}}
	defer s.close()
	if err := s.check(); err != nil {
		t.Fatalf("%s: %v", sql, s.explain(err))
	}
	return s.text
}

func TestPlans(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	for sql, want := range map[string]string{
		"SELECT eventname FROM ct.lake":                                         "ct.lake_plain",
		"SELECT count(*), e.useridentity.arn FROM ct.lake AS e GROUP BY 2":      "ct.lake_plain",
		"SELECT useridentity.sessioncontext.sessionissuer.arn FROM ct.lake":     "ct.lake_plain",
		"SELECT * FROM ct.lake":                                                 "ct.lake",
		"SELECT e.* FROM ct.lake e":                                             "ct.lake",
		"SELECT COLUMNS('e.*') FROM ct.lake e":                                  "ct.lake",
		"SELECT useridentity FROM ct.lake":                                      "ct.lake",
		"SELECT (useridentity).arn FROM ct.lake":                                "ct.lake",
		"SELECT useridentity.sessioncontext FROM ct.lake":                       "ct.lake",
		"SELECT useridentity.sessioncontext.attributes FROM ct.lake":            "ct.lake",
		"SELECT UserIdentity.SessionContext.SourceIdentity FROM ct.lake":        "ct.lake",
		"SELECT useridentity.identityprovider FROM ct.lake":                     "ct.lake",
		"SELECT eventname FROM ct.lake WHERE resources IS NULL":                 "ct.lake",
		"WITH w AS (SELECT useridentity AS u FROM ct.lake) SELECT u.arn FROM w": "ct.lake",
		"SELECT eventname FROM ct.lake WHERE eventtime > '2026-03-04 10:00:00' AND eventname = 'x' AND eventtime <= TIMESTAMP '2026-03-05'": "ct.lake_plain_between(TIMESTAMPTZ '2026-03-04 10:00:00+00', TIMESTAMPTZ '2026-03-05 00:00:01+00')",
		"SELECT eventname FROM ct.lake WHERE eventtime > '2026-03-04 10:00:00' OR eventname = 'x'":                                          "ct.lake_plain",
		"SELECT eventname FROM ct.lake WHERE '2026-03-04T10:00:00Z' < eventtime":                                                            "ct.lake_plain_between(TIMESTAMPTZ '2026-03-04 10:00:00+00', TIMESTAMPTZ 'infinity')",
		"SELECT eventname FROM ct.lake WHERE eventtime > '2026-03-04 10:00:00+05'":                                                          "ct.lake_plain_between(TIMESTAMPTZ '2026-03-03 00:00:00+00', TIMESTAMPTZ 'infinity')",
		"SELECT eventname FROM ct.lake WHERE eventtime > '2026'":                                                                            "ct.lake_plain",
		"SELECT eventname FROM ct.lake WHERE date_trunc('month', eventtime) = '2026-03-01'":                                                 "ct.lake_plain",
		"SELECT eventname FROM ct.lake WHERE eventtime > (SELECT max(eventtime) FROM ct.athena WHERE eventtime < '2026-03-04')::TIMESTAMP":  "ct.lake_plain",
		"SELECT eventname FROM ct.athena WHERE eventtime >= '2026-03-04T10:00:00Z'":                                                         "ct.athena_between(TIMESTAMPTZ '2026-03-03 00:00:00+00', TIMESTAMPTZ 'infinity')",
		"SELECT eventname FROM ct.athena WHERE eventtime BETWEEN '2026-03-04' AND '2026-03-05T'":                                            "ct.athena_between(TIMESTAMPTZ '2026-03-03 00:00:00+00', TIMESTAMPTZ '2026-03-07 00:00:00+00')",
		"SELECT eventname FROM (SELECT * EXCLUDE (day) FROM ct.athena_located) WHERE eventtime < '2026-03-04'":                              "ct.athena_located_between(TIMESTAMPTZ '-infinity', TIMESTAMPTZ '2026-03-06 00:00:00+00')",
		"SELECT eventname FROM ct.athena TABLESAMPLE reservoir(1) WHERE eventtime < '2026-03-04'":                                           "ct.athena",
		"SELECT eventname FROM (SELECT * FROM ct.athena USING SAMPLE 1) WHERE eventtime < '2026-03-04'":                                     "ct.athena",
		"SELECT eventname FROM (SELECT * REPLACE ('x' AS eventtime) FROM ct.athena) WHERE eventtime < '2026-03-04'":                         "ct.athena",
		"SELECT e FROM (SELECT * RENAME (eventtime AS e, eventname AS eventtime) FROM ct.athena) WHERE eventtime < '2026-03-04'":            "ct.athena",
		"SELECT eventname FROM (SELECT DISTINCT * FROM ct.athena) WHERE eventtime < '2026-03-04'":                                           "ct.athena",
		"SELECT eventname FROM (SELECT * FROM ct.athena LIMIT 1) WHERE eventtime < '2026-03-04'":                                            "ct.athena",
		"SELECT eventname FROM (SELECT eventname, 'x' AS eventtime FROM ct.athena) WHERE eventtime < '2026-03-04'":                          "ct.athena",
		"SELECT a.eventname FROM ct.athena a JOIN ct.athena b USING (eventid) WHERE a.eventtime < '2026-03-04'":                             "ct.athena",
	} {
		got := planOf(t, db, sql)
		_, rest, _ := strings.Cut(got, "FROM ct.")
		if !strings.HasPrefix("ct."+rest+" ", want+" ") && !strings.HasPrefix("ct."+rest, want+")") {
			t.Errorf("%s:\n%s\nwant %s", sql, got, want)
		}
	}
}

// TestPlansChangeNothing asks with and without bounds for events at times around the bounds.
func TestPlansChangeNothing(t *testing.T) {
	var records []string
	for day := 1; day <= 9; day++ {
		for i, clock := range []string{"00:00:00Z", "00:00:01Z", "09:59:59Z", "10:00:00Z", "10:00:01Z", "23:59:59Z"} {
			records = append(records, fmt.Sprintf(`{"eventTime":"2026-03-%02dT%s","eventSource":"x","eventName":"y","eventID":"e%d-%d"}`, day, clock, day, i))
		}
	}
	db := opened(t, caseOf(t, records...))
	empty := 0
	for _, view := range []string{"lake", "athena", "athena_located"} {
		for _, day := range []string{"2026-03-04", "2026-03-05T10:00:00Z", "2026-03-09 23:59:59.5"} {
			for _, condition := range []string{"eventtime %s 'DAY'", "'DAY' %s eventtime", "eventtime %s 'DAY' AND eventtime < '2026-03-07'"} {
				for _, operator := range []string{"=", "<", "<=", ">", ">=", "<>", "BETWEEN '2026-03-03' AND"} {
					where := strings.ReplaceAll(fmt.Sprintf(condition, operator), "DAY", day)
					if strings.HasPrefix(where, "'") && strings.HasPrefix(operator, "B") {
						continue
					}
					fast := "SELECT eventid FROM ct." + view + " WHERE " + where + " ORDER BY 1"
					slow := "WITH w AS (SELECT * FROM ct." + view + " ORDER BY 1) SELECT eventid FROM w WHERE " + where + " ORDER BY 1"
					a, errA := run(t, db, &Rewritten{SQL: fast, Kind: "SELECT"})
					b, errB := run(t, db, &Rewritten{SQL: slow, Kind: "SELECT"})
					if errA != nil || errB != nil || !slices.Equal(a, b) {
						t.Errorf("%s: %d rows, %v; without bounds %d, %v", fast, len(a), errA, len(b), errB)
					}
					if len(a) == 0 {
						empty++
					}
				}
			}
		}
	}
	if empty > 40 {
		t.Errorf("%d results are empty", empty)
	}
}

// Places in the user's text are right behind what was replaced.
func TestPlansKeepPlaces(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	sql := "SELECT x.n FROM (SELECT eventname AS n FROM ct.lake WHERE eventtime > '2026-03-04') AS x, ct.lake AS y WHERE foo = 1"
	c, err := db.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &statement{conn: c, sql: sql, r: &Rewritten{SQL: sql, Kind: "SELECT"}}
	defer s.close()
	if err := s.check(); err == nil {
		t.Fatal("foo is a column")
	}
	if len(s.replaced) != 2 {
		t.Errorf("%s", s.text)
	}
	for i := range s.text {
		before := unplanned(s.replaced, i)
		if s.text[i] != sql[before] && !slices.ContainsFunc(s.replaced, func(r replaced) bool { return r.at == before }) {
			t.Fatalf("byte %d, %q, was %d, %q", i, s.text[i:], before, sql[before:])
		}
	}
	if i := strings.Index(s.text, "foo"); unplanned(s.replaced, i) != strings.Index(sql, "foo") {
		t.Errorf("foo is at %d, was at %d", i, unplanned(s.replaced, i))
	}
}
