package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inSQLite runs SQL in a database with Python's sqlite3, which is SQLite's own library. It returns rows as JSON.
func inSQLite(t *testing.T, path string, sql ...string) (results [][][]any) {
	t.Helper()
	in, err := json.Marshal(append([]string{path}, sql...))
	if err != nil {
		t.Fatal(err)
	}
	out := output(t, string(in), "python3", "-c", `
import json, sqlite3, sys
path, *sql = json.load(sys.stdin)
db = sqlite3.connect("file:" + path + "?mode=ro", uri=True)
print(json.dumps([db.execute(s).fetchall() for s in ["PRAGMA integrity_check"] + sql]))`)
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(results[0]); got != "[[ok]]" {
		t.Fatalf("integrity_check: %s", got)
	}
	return results[1:]
}

func TestExportSQLite(t *testing.T) {
	s := exportStore(t)
	path := filepath.Join(t.TempDir(), "x.sqlite")
	told, err := s.ExportFile(t.Context(), path, ExportFormatNamed("sqlite"), nil)
	if err != nil || told.Events != 5 || told.Notes[0] != "4 findings" {
		t.Fatalf("%+v, %v", told, err)
	}
	dump := inSQLite(t, path,
		"SELECT * FROM events ORDER BY ordinal", "SELECT * FROM findings ORDER BY rowid", "SELECT * FROM finding_events ORDER BY rowid", "SELECT * FROM about ORDER BY rowid")
	text, err := appendJSON(nil, dump, " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../export/sqlite.json", string(text))
	for i, record := range exportRecords(t) {
		row := dump[0][i]
		if got := row[len(row)-1]; i != 3 && got != string(record) || row[0] != float64(i) {
			t.Errorf("row %d: %q", i, got)
		}
	}
}

// Pages, chains of pages and levels above them are what SQLite expects, at every size around a limit.
func TestSQLiteFile(t *testing.T) {
	for name, sizes := range map[string]func(i int) int{
		"empty": nil, "one": func(i int) int { return i * 5000 }, // then the number of rows is 1
		"small":  func(i int) int { return i % 90 },
		"limits": func(i int) int { return sqliteMaxLocal - 40 + i },
		"chains": func(i int) int { return sqlitePage*(1+i/50) - 60 + i%50 },
	} {
		t.Run(name, func(t *testing.T) {
			n := map[string]int{"empty": 0, "one": 1, "small": 200_000, "limits": 100, "chains": 200}[name]
			path := filepath.Join(t.TempDir(), "x.sqlite")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			w := bufio.NewWriter(f)
			db, err := newSQLiteFile(f, w)
			if err != nil {
				t.Fatal(err)
			}
			a, b := db.table("a", "n INTEGER PRIMARY KEY, size INTEGER, text TEXT, empty TEXT"), db.table("b", "x")
			total := 0
			for i := range n {
				size := sizes(i)
				total += size
				if err := a.add(int64(i)*3, nil, int64(size), strings.Repeat("ä", size/2)+strings.Repeat("x", size%2), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.end(); err != nil {
				t.Fatal(err)
			}
			for i, id := range []int64{math.MinInt64, -1, 0, math.MaxInt64} {
				if err := b.add(id, int64(i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.end(); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := db.finish(); err != nil {
				t.Fatal(err)
			}
			got := inSQLite(t, path, "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(length(CAST(text AS BLOB))), 0), count(empty), coalesce(max(n), -3) FROM a",
				"SELECT group_concat(x, ',') FROM b WHERE rowid IN (-9223372036854775808, -1, 0, 9223372036854775807)", "SELECT count(*) FROM a WHERE length(CAST(text AS BLOB)) <> size")
			if want := fmt.Sprintf("[[[%d %d %d 0 %d]] [[0,1,2,3]] [[0]]]", n, total, total, 3*(n-1)); strings.ReplaceAll(fmt.Sprintf("%v", plainNumbers(got)), ".0", "") != want {
				t.Errorf("%v, not %s", got, want)
			}
		})
	}
}

// plainNumbers writes numbers without exponents.
func plainNumbers(rows [][][]any) [][][]any {
	for _, r := range rows {
		for _, row := range r {
			for i, v := range row {
				if n, ok := v.(float64); ok {
					row[i] = int64(n)
				}
			}
		}
	}
	return rows
}

func TestSQLiteVarint(t *testing.T) {
	for n, want := range map[uint64][]byte{
		0: {0}, 127: {127}, 128: {0x81, 0}, 16383: {0xff, 0x7f}, 1<<56 - 1: {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		1 << 56: {0x80, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0}, math.MaxUint64: {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if got := sqliteVarint(nil, n); !bytes.Equal(got, want) {
			t.Errorf("%d: %x, not %x", n, got, want)
		}
	}
}
