//go:build cgo

package query

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const oneEvent = `{"eventTime":"2026-03-04T10:32:26Z","eventSource":"x","eventName":"y","eventID":"e1"}`

// A directory's name may have what SQL, globs and shells read as their own. A neighbour that a
// glob of the name would match stays unread.
func TestNamesOfCases(t *testing.T) {
	root := t.TempDir()
	made := caseOf(t, oneEvent)
	names := []string{"it's", "a b", "Fälle–東京", "a;b", "back`tick", "%20", "$HOME", "#1", "-f"}
	if runtime.GOOS != "windows" {
		names = append(names, "c[as]e", "c*", "c?se", `quo"te`, `back\slash`, "new\nline", "{a,b}", "**")
	}
	for i, name := range names {
		dir := filepath.Join(root, name)
		if err := os.Rename(made, dir); err != nil {
			t.Fatal(err)
		}
		made = dir
		if i == 0 { // what [as], * and ? match
			for _, neighbour := range []string{"case", "cae", "cse"} {
				if err := os.CopyFS(filepath.Join(root, neighbour), os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
			}
		}
		db, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		want(t, db, "SELECT count(*) FROM cloudtrail_logs", "1")
		want(t, db, "SELECT count(*) FROM objects", "1")
		if err := db.Close(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A case that is not whole, or leads elsewhere, is refused when it is opened.
func TestDamagedCases(t *testing.T) {
	whole := caseOf(t, oneEvent)
	other := caseOf(t, oneEvent, strings.Replace(oneEvent, "e1", "e2", 1))
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"none":     {func(string) error { return nil }, ""},
		"no part":  {func(dir string) error { return os.Remove(filepath.Join(dir, "events/part-00000.parquet")) }, "no event store"},
		"gap":      {func(dir string) error { return os.Rename(part(dir, 0), part(dir, 1)) }, "missing"},
		"foreign":  {func(dir string) error { return copyFile(part(other, 0), part(dir, 0)) }, "of 1 events"},
		"twice":    {func(dir string) error { return copyFile(part(dir, 0), part(dir, 1)) }, "part-00001.parquet: begins with event 0, and not 1"},
		"link":     {func(dir string) error { return relink(part(dir, 0), part(other, 0)) }, "not a regular file"},
		"dangling": {func(dir string) error { return relink(filepath.Join(dir, "objects.parquet"), "/nowhere") }, "objects.parquet: not a regular file"},
		"findings": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "findings")) }, "findings: no such file"},
		"objects":  {func(dir string) error { return os.Remove(filepath.Join(dir, "objects.parquet")) }, "objects.parquet: no such file"},
		"garbage":  {func(dir string) error { return os.WriteFile(part(dir, 0), []byte("PAR1PAR1"), 0o600) }, "part-00000.parquet"},
		"others'":  {func(dir string) error { return os.WriteFile(filepath.Join(dir, "objects.parquet"), []byte("x"), 0o600) }, "SQL engine"},
	} {
		dir := filepath.Join(t.TempDir(), "case")
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		if err := c.damage(dir); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), dir, Options{})
		if err == nil {
			db.Close()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func part(dir string, n int) string {
	return filepath.Join(dir, "events", []string{"part-00000.parquet", "part-00001.parquet"}[n])
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

func relink(name, to string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Symlink(to, name)
}

// Another case that is put in the place of one that is open is not read.
func TestCaseIsReplaced(t *testing.T) {
	dir, other := caseOf(t, oneEvent), caseOf(t, oneEvent, strings.Replace(oneEvent, "e1", "e2", 1))
	db := opened(t, dir)
	if openName(db.files.Objects) == db.files.Objects.Name() {
		t.Skip("this system has no names for descriptors")
	}
	want(t, db, "SELECT eventid FROM events", "e1")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, dir); err != nil {
		t.Fatal(err)
	}
	if lines, err := ask(t, db, "SELECT eventid FROM events"); err == nil && (len(lines) != 1 || lines[0] != "e1") {
		t.Errorf("%q", lines)
	}
}
