//go:build cgo

package query

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func emptyFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "it's [*] ü.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// parquetText returns the columns and the first row of a Parquet file as another reader sees
// them, and the number of rows.
func parquetText(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, path := range file.Schema().Columns() {
		leaf, _ := file.Schema().Lookup(path...)
		columns = append(columns, strings.Join(path, ".")+":"+leaf.Node.Type().String())
	}
	rows := file.RowGroups()[0].Rows()
	defer rows.Close()
	first := make([]parquet.Row, 1)
	if _, err := rows.ReadRows(first); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, v := range first[0] {
		values = append(values, v.String())
	}
	return fmt.Sprintf("%s|%s|%d", strings.Join(columns, " "), strings.Join(values, " "), file.NumRows())
}

func TestExport(t *testing.T) {
	dir := caseOf(t, oneEvent)
	for _, c := range []struct {
		sql, want string
		limit     int64
	}{
		{"SELECT n, n, m FROM (SELECT x AS n, sum(x) AS m FROM UNNEST(sequence(0, 4999)) AS u(x) GROUP BY 1) ORDER BY n DESC", "n:INT(64,true) n_1:INT(64,true) m:INT(64,true)|4999 4999 4999|5000", 0},
		{"SELECT x + 1, ARRAY[CAST(ROW('x') AS ROW(a VARCHAR))] AS l FROM UNNEST(sequence(0, 4999)) AS u(x)", "_col0:INT(64,true) l.list.element.a:STRING|1 x|7", 7},
	} {
		out := emptyFile(t)
		db, err := Open(t.Context(), dir, Options{Output: out})
		if err != nil {
			t.Fatal(err)
		}
		done, err := db.Export(t.Context(), c.sql, c.limit)
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
		} else if got := parquetText(t, out.Name()); got != c.want || !strings.HasSuffix(c.want, "|"+Text(done.Rows)) {
			t.Errorf("%s: %d rows: %s, want %s", c.sql, done.Rows, got, c.want)
		}
		// No query can write there, nor Export write elsewhere.
		before := fingerprint(t, out.Name())
		for _, sql := range []string{"COPY (SELECT 1) TO '" + out.Name() + "'", "SELECT 1) TO '/dev/null'; --", "SELECT 1 + foo", "EXPLAIN SELECT 1", "CREATE TABLE x AS SELECT 1"} {
			_, err := db.Export(t.Context(), sql, 0)
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s: %v", sql, err)
			} else if sql == "SELECT 1 + foo" && (e.Line != 1 || e.Column != 12) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if _, err := ask(t, db, "COPY (SELECT 1) TO '"+db.output+"'"); err == nil || !slices.Equal(before, fingerprint(t, out.Name())) {
			t.Errorf("%v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := opened(t, dir).Export(t.Context(), "SELECT 1", 0); err == nil {
		t.Error("something was written nowhere")
	}
}
