//go:build cgo

package query

import (
	"fmt"
	"strings"
	"testing"
)

// Every type that a query can return, with NULL, and what Athena calls it.
func TestTypes(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	for sql, want := range map[string]string{
		"true": "boolean true", "1::TINYINT": "tinyint 1", "-1::SMALLINT": "smallint -1", "1::INTEGER": "integer 1", "(-9223372036854775808)::BIGINT": "bigint -9223372036854775808",
		"255::UTINYINT": "smallint 255", "65535::USMALLINT": "integer 65535", "4294967295::UINTEGER": "bigint 4294967295", "18446744073709551615::UBIGINT": "bigint 18446744073709551615",
		"5::HUGEINT": "bigint 5", "-170141183460469231731687303715884105727::HUGEINT": "bigint -170141183460469231731687303715884105727", "340282366920938463463374607431768211455::UHUGEINT": "bigint 340282366920938463463374607431768211455",
		"1.5::FLOAT": "float 1.5", "0.1::DOUBLE": "double 0.1", "'a'": "varchar a", "'thirteen bytes'": "varchar thirteen bytes", "''": "varchar ", "'{\"a\": 1.50}'::JSON": `json {"a": 1.50}`,
		"'\\x00\\xFFa'::BLOB": "varbinary 00 ff 61", "DATE '2026-03-04'": "date 2026-03-04", "DATE '0001-01-01'": "date 0001-01-01", "DATE 'infinity'": "date infinity", "TIME '10:32:26.5'": "time 10:32:26.500",
		"TIMESTAMP '2026-03-04 10:32:26'": "timestamp 2026-03-04 10:32:26.000", "TIMESTAMP '1969-12-31 23:59:59.5'": "timestamp 1969-12-31 23:59:59.500", "TIMESTAMP '0001-01-01'": "timestamp 0001-01-01 00:00:00.000",
		"TIMESTAMP_S '2026-03-04 10:32:26'": "timestamp 2026-03-04 10:32:26.000", "TIMESTAMP_MS '2026-03-04 10:32:26.25'": "timestamp 2026-03-04 10:32:26.250", "TIMESTAMP_NS '2026-03-04 10:32:26.25'": "timestamp 2026-03-04 10:32:26.250",
		"TIMESTAMPTZ '2026-03-04 10:32:26+02'": "timestamp with time zone 2026-03-04 08:32:26.000 UTC", "TIMESTAMP 'infinity'": "timestamp infinity", "TIMESTAMPTZ '-infinity'": "timestamp with time zone -infinity",
		"INTERVAL '26 hours'": "interval 1 02:00:00.000", "INTERVAL '27 months'": "interval 2-3", "INTERVAL '-90 seconds'": "interval -0 00:01:30.000",
		"'00112233-4455-6677-8899-aabbccddeeff'::UUID": "uuid 00112233-4455-6677-8899-aabbccddeeff", "1.50::DECIMAL(3,2)": "decimal 1.50", "-0.05::DECIMAL(9,2)": "decimal -0.05", "1234567890.12345::DECIMAL(18,5)": "decimal 1234567890.12345",
		"12345678901234567890123456789012345.678::DECIMAL(38,3)": "decimal 12345678901234567890123456789012345.678", "7::DECIMAL(4,0)": "decimal 7", "'b'::ENUM('a','b')": "varchar b",
		"[1,NULL,3]": "array [1, null, 3]", "[]::VARCHAR[]": "array []", "[['a'],NULL,[]]": "array [[a], null, []]", "[1,2]::INTEGER[2]": "array [1, 2]", "{'a':1,'b':NULL}": "row {a=1, b=null}", "row(1,'x')": "row {field0=1, field1=x}",
		"MAP{'k':[1],'l':NULL}": "map {k=[1], l=null}", "MAP{}": "map {}", "MAP{1:{'x':MAP{'y':2}}}": "map {1={x={y=2}}}", "[{'a':[{'b':MAP{'c':'d'}}]}]": "array [{a=[{b={c=d}}]}]",
		"NULL": "integer –", "NULL::VARCHAR": "varchar –", "NULL::STRUCT(a INT)": "row –", "[NULL::STRUCT(a INT)]": "array [null]", "NULL::MAP(VARCHAR, VARCHAR)": "map –",
	} {
		c, err := db.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text := "SELECT " + sql + " AS v"
		s := &statement{conn: c, sql: text, r: &Rewritten{SQL: text, Kind: "SELECT"}}
		rows, err := s.rows()
		if err != nil {
			s.close()
			t.Errorf("%s: %v", sql, s.explain(err))
			continue
		}
		got := rows.Columns()[0].Type + " "
		for rows.Next() {
			if v := rows.Values()[0]; v == nil {
				got += "–"
			} else {
				got += Text(v)
			}
		}
		if err := rows.Close(); got != want || err != nil {
			t.Errorf("%s: %s, want %s, %v", sql, got, want, err)
		}
	}
	for _, sql := range []string{"SELECT '101'::BIT", "SELECT TIMETZ '10:00:00+02'", "SELECT union_value(a := 1)"} {
		if _, err := run(t, db, &Rewritten{Kind: "SELECT", SQL: sql}); err == nil || !strings.Contains(err.Error(), "cast it to VARCHAR") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// Values are right in every row of every chunk, whatever the engine's vectors look like inside:
// filtered, repeated, constant, nested.
func TestVectors(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	const n = 10000
	lines, err := run(t, db, &Rewritten{Kind: "SELECT", SQL: fmt.Sprintf(`
		SELECT i, CASE WHEN i %% 3 = 0 THEN NULL ELSE 'text of ' || i END, 'constant', {'i': i, 'l': [k, NULL], 'n': CASE WHEN i %% 5 = 0 THEN {'x': i} END},
			MAP{'k' || i: [i, i + 1]}, list_filter([i, 1, 2], lambda x: x > 1), k
		FROM (SELECT range AS i, 'dictionary ' || (range %% 7) AS k FROM range(%d)) WHERE i %% 2 = 1 OR i %% 7 = 0`, 2*n)})
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for i := range 2 * n {
		if i%2 != 1 && i%7 != 0 {
			continue
		}
		text, nested := fmt.Sprintf("text of %d", i), "null"
		if i%3 == 0 {
			text = "null"
		}
		if i%5 == 0 {
			nested = fmt.Sprintf("{x=%d}", i)
		}
		list := "2"
		if i > 1 {
			list = fmt.Sprintf("%d, 2", i)
		}
		want := fmt.Sprintf("{row=[%d, %s, constant, {i=%d, l=[dictionary %d, null], n=%s}, {k%d=[%d, %d]}, [%s], dictionary %d]}", i, text, i, i%7, nested, i, i, i+1, list, i%7)
		if at >= len(lines) || lines[at] != want {
			t.Fatalf("row %d of %d:\n%s\nwant\n%s", at, len(lines), lines[min(at, len(lines)-1)], want)
		}
		at++
	}
	if at != len(lines) {
		t.Errorf("%d rows, want %d", len(lines), at)
	}
}
