//go:build cgo

package query_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report/query"
)

// publishedArchive writes a generated archive, and the hand-made evidence of the questions, so
// that nearly every query finds something. Some of its objects are there twice.
func publishedArchive(t testing.TB) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "bucket")
	if _, err := fixtures.Write(root, fixtures.Config{Seed: 1, Bytes: 8 << 20, Incidents: fixtures.AllIncidents()}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("testdata/questions/evidence.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	text := `{"Records":[` + strings.ReplaceAll(strings.TrimSpace(string(b)), "\n", ",") + `]}`
	const name = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/111122223333_CloudTrail_eu-west-1_20260304T1"
	for _, end := range []string{"000Z_aaaaaaaa.json", "005Z_bbbbbbbb.json"} {
		path := filepath.Join(root, filepath.FromSlash(name+end))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Queries in the shapes of published ones return what the raw records say.
func TestPublishedQueries(t *testing.T) {
	root := publishedArchive(t)
	all := rawRecords(t, root)
	db, err := query.Open(t.Context(), query.Analyzed(t, root), query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	answers := maps.Clone(athenaAnswers)
	maps.Copy(answers, moreAnswers)
	maps.Copy(answers, lakeAnswers)
	empty := 0
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata/published", name+".sql"))
			if err != nil {
				t.Fatal(err)
			}
			want := answers[name](all)
			got, lake := run(t, db, string(b))
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d\n%s", len(got), len(want), difference(got, want))
			}
			if lake != strings.Contains(name, "lake") {
				t.Errorf("event data store: %t", lake)
			}
			if len(want) == 0 {
				empty++
			}
		})
	}
	files, err := filepath.Glob("testdata/published/*.sql")
	if err != nil || len(files) != len(answers) || len(files) < 60 {
		t.Errorf("%d queries, %d answers, %v", len(files), len(answers), err)
	}
	if empty > 3 {
		t.Errorf("%d queries find nothing", empty)
	}
}

// run runs the statements of a script, and returns the rows of the last one.
func run(t *testing.T, db *query.DB, script string) (lines []string, lake bool) {
	t.Helper()
	for _, sql := range query.Split(script) {
		rows, err := db.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		lines, lake = nil, rows.Lake()
		for rows.Next() {
			texts := make([]string, len(rows.Values()))
			for i, v := range rows.Values() {
				if texts[i] = query.Text(v); v == nil {
					texts[i] = "–"
				}
			}
			lines = append(lines, strings.Join(texts, "|"))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return lines, lake
}

// difference shows the first few rows that only one of two sorted lists has.
func difference(got, want []string) string {
	var b strings.Builder
	n := 0
	for len(got)+len(want) > 0 && n < 6 {
		switch {
		case len(want) == 0 || len(got) > 0 && got[0] < want[0]:
			fmt.Fprintf(&b, "is there: %s\n", got[0])
			got, n = got[1:], n+1
		case len(got) == 0 || want[0] < got[0]:
			fmt.Fprintf(&b, "is not:   %s\n", want[0])
			want, n = want[1:], n+1
		default:
			got, want = got[1:], want[1:]
		}
	}
	return b.String()
}
