package report

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// exported makes an export of random rows, and returns its directory.
func exported(t *testing.T, rows []storeRow, limit func(*exporter)) (string, *Exported) {
	t.Helper()
	dir := t.TempDir()
	writeStore(t, dir, rows, manyCuts[1])
	s := openTestStore(t, dir)
	out := filepath.Join(t.TempDir(), "out")
	told, err := s.export(context.Background(), out, nil, limit)
	if err != nil {
		t.Fatal(err)
	}
	return out, told
}

// exportedRows reads an export with another implementation: each row by its
// ordinal, its partition and all its values that are not NULL, by columns.
func exportedRows(t *testing.T, out string) map[int64]string {
	t.Helper()
	rows := map[int64]string{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".parquet") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, _ := f.Stat()
		file, err := parquet.OpenFile(f, info.Size())
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		rel, _ := filepath.Rel(out, filepath.Dir(path))
		return readExported(file, filepath.ToSlash(rel), rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func readExported(file *parquet.File, dir string, rows map[int64]string) error {
	columns := file.Schema().Columns()
	for _, g := range file.RowGroups() {
		r := g.Rows()
		defer r.Close()
		for {
			var buffer [1]parquet.Row
			n, err := r.ReadRows(buffer[:])
			if n == 0 {
				break
			}
			var parts []string
			ordinal := int64(-1)
			for _, v := range buffer[0] {
				name := strings.Join(columns[v.Column()], ".")
				if name == "ordinal" {
					ordinal = v.Int64()
				}
				parts = append(parts, fmt.Sprintf("%s/%d/%d=%s", name, v.RepetitionLevel(), v.DefinitionLevel(), v))
			}
			slices.Sort(parts)
			if rows[ordinal] != "" {
				return fmt.Errorf("ordinal %d: twice", ordinal)
			}
			rows[ordinal] = dir + " " + strings.Join(parts, " ")
			if err != nil {
				break
			}
		}
	}
	return nil
}

// Every row is in the directory of its account, region and day, with all its
// values, whatever the limits.
func TestExportHoldsEverything(t *testing.T) {
	rows := randomRows(51, 250)
	for i, row := range rows {
		row["event_ts"] = storeStart.Add(time.Duration(i) * 10 * time.Minute) // over three days
		if i%97 == 3 {
			row["account"], row["awsregion"] = "../../etc", "a/b\x00=\x1b%"
		}
	}
	want := map[int64]string{}
	for i, limit := range []func(*exporter){
		func(*exporter) {},
		func(x *exporter) { x.memory = 2000 },
		func(x *exporter) { x.memory, x.files = 2000, 1 },
	} {
		out, told := exported(t, rows, limit)
		got := exportedRows(t, out)
		if int64(len(got)) != told.Events || len(got) != len(rows) {
			t.Fatalf("%d rows, %+v", len(got), told)
		}
		if i == 0 {
			want = got
		}
		for o, row := range got {
			if row != want[o] {
				t.Errorf("limits %d: row %d:\n%s\n%s", i, o, row, want[o])
			}
		}
		if files := countFiles(t, out, ".parquet"); int64(files) != told.Files || i < 2 && told.Files != told.Partitions || i == 2 && told.Files <= told.Partitions {
			t.Errorf("limits %d: %d files, %+v", i, files, told)
		}
	}
	for i, row := range rows {
		text := func(name string) string { s, _ := row[name].(string); return s }
		at := row["event_ts"].(time.Time)
		dir := fmt.Sprintf("account=%s/region=%s/%s ", hiveValue(text("account")), hiveValue(text("awsregion")), at.Format("year=2006/month=01/day=02"))
		line := want[int64(i)]
		if !strings.HasPrefix(line, dir) || !strings.Contains(line, "eventname/0/1="+text("eventname")+" ") || !strings.Contains(line, "eventjson/0/0="+text("eventjson")) {
			t.Errorf("row %d: %s", i, line)
		}
	}
}

func countFiles(t *testing.T, dir, suffix string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, suffix) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What was read from the store and written again is the same, level by level.
func TestExportKeepsLevels(t *testing.T) {
	rows := shownRows()
	rows[8]["resources.arn"], rows[8]["resources.type"], rows[8]["resources.accountid"] = []any{nil, "x"}, []any{nil, nil}, []any{nil, "1"}
	dir := t.TempDir()
	writeStore(t, dir, rows, manyCuts[0])
	f, err := parquet.OpenFile(mustOpen(t, filepath.Join(dir, partName(0))))
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]string{}
	if err := readExported(f, "", want); err != nil {
		t.Fatal(err)
	}
	out, _ := exported(t, rows, func(*exporter) {})
	for o, got := range exportedRows(t, out) {
		_, got, _ = strings.Cut(got, " ")
		var kept []string
		for _, v := range strings.Split(strings.TrimSpace(want[o]), " ") {
			if !strings.HasPrefix(v, "account/") {
				kept = append(kept, v)
			}
		}
		if got != strings.Join(kept, " ") {
			t.Errorf("row %d:\n%s\n%s", o, got, strings.Join(kept, " "))
		}
	}
}

func mustOpen(t *testing.T, path string) (*os.File, int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return f, info.Size()
}

func TestExportIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	writeStore(t, dir, randomRows(1, 100), manyCuts[1])
	s := openTestStore(t, dir)
	parent := t.TempDir()
	out := filepath.Join(parent, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Export(context.Background(), out, nil); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("into a directory that is there: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Export(ctx, filepath.Join(parent, "other"), nil); err == nil {
		t.Error("cancelled: no error")
	}
	if names, _ := os.ReadDir(parent); len(names) != 1 {
		t.Errorf("%v are left", names)
	}
}

func TestHiveValue(t *testing.T) {
	for value, want := range map[string]string{
		"111122223333": "111122223333", "us-east-1": "us-east-1", "": noPartition, "..": ".%2E", ".": "%2E", "a/b": "a%2Fb", "a\\b": "a%5Cb",
		"a=b%": "a%3Db%25", "\x00\x1b\u202e": "%00%1B%E2%80%AE", "a" + " ": "a%20", strings.Repeat("x", 201): noPartition, "con:": "con%3A",
	} {
		if got := hiveValue(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	p := partition{"..", "/", 7, 1, 2}
	if got := p.path(); got != "account=.%2E/region=%2F/year=0007/month=01/day=02" || !filepath.IsLocal(got) {
		t.Error(got)
	}
}

func TestDDLGoldens(t *testing.T) {
	for name, text := range ddl() {
		golden(t, "../export/"+filepath.Base(name), text)
		if strings.HasSuffix(name, ".sql") && strings.Count(text, ";") != 1 {
			t.Errorf("%s: more than one statement", name)
		}
	}
	for _, c := range exportColumns {
		if slices.Contains(partitionNames, c.Name) {
			t.Errorf("%s is a partition and a column", c.Name)
		}
	}
}
