package query

import (
	"slices"
	"strings"
	"testing"
)

func TestDefinitions(t *testing.T) {
	d, others := newDefinitions([]string{
		"CREATE SCHEMA ct", "CREATE VIEW ct.events AS SELECT 1", "-- why\nCREATE MACRO ct.texts(j) AS j", "CREATE VIEW ct.lake AS SELECT ct.texts(x) FROM ct.events",
		`CREATE MACRO trino."date"(x) AS trino.b(x), (x, y) AS trino."date"(trino.b(x, y))`, "CREATE MACRO trino.b(x) AS x, (x, y) AS trino.c(x)", "CREATE MACRO trino.c(x) AS x",
	})
	if !slices.Equal(others, []string{"CREATE SCHEMA ct"}) || len(d) != 6 {
		t.Errorf("%d, others %q", len(d), others)
	}
	for sql, want := range map[string]string{
		"SELECT 1":                                 "",
		"SELECT * FROM ct.lake":                    "ct.events ct.texts ct.lake",
		`SELECT trino."date"(x) FROM ct.events`:    "ct.events trino.c trino.b trino.date",
		"SELECT ct.nothing, trino.nothing":         "",
		"SELECT direct.events":                     "",
		"SELECT 'ct.texts'":                        "ct.texts",
		"SELECT * FROM information_schema.columns": "ct.events ct.texts ct.lake",
	} {
		if got := strings.Join(d.used(sql), " "); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// What coldtrail itself defines refers to nothing that is not defined, and each name is defined once.
func TestOwnDefinitions(t *testing.T) {
	statements := viewStatements(caseFiles{events: []string{"e"}})
	d, others := newDefinitions(statements)
	if len(d)+len(others) != len(statements) {
		t.Errorf("%d definitions and %d others of %d statements", len(d), len(others), len(statements))
	}
	for _, sql := range others {
		if !strings.HasPrefix(sql, "CREATE SCHEMA ") && !strings.HasPrefix(sql, "SET ") {
			t.Errorf("not a definition: %s", sql)
		}
	}
	for name, this := range d {
		for _, needed := range this.needs {
			if _, ok := d[needed]; !ok {
				t.Errorf("%s needs %s, which is not defined", name, needed)
			}
		}
	}
}
