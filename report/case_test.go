package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeCase(t *testing.T, dir string, force bool, body string) *Case {
	t.Helper()
	c, err := Create(dir, force)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.File("sub/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(body); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestSettle(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "case")
	c := writeCase(t, dir, false, "one")
	if _, err := os.Lstat(dir); err == nil {
		t.Fatal("the case has its name before it is settled")
	}
	aside, err := c.Settle()
	if err != nil || aside != "" {
		t.Fatalf("Settle = %q, %v", aside, err)
	}
	if got := mustRead(t, filepath.Join(dir, "sub/summary.json")); got != "one" {
		t.Errorf("file holds %q", got)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, dir + "/sub": 0o700, dir + "/sub/summary.json": 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
	if err := c.Abort(); err != nil {
		t.Error(err)
	}
	if got := names(t, root); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
	if _, err := c.Settle(); err == nil {
		t.Error("a second Settle went through")
	}
}

func TestCaseIsNeverOverwritten(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "case")
	if _, err := writeCase(t, dir, false, "one").Settle(); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, false); err == nil || !strings.Contains(err.Error(), "never overwritten") {
		t.Fatalf("Create over a case: %v", err)
	}
	for i, want := range []string{dir + ".old-1", dir + ".old-2"} {
		c := writeCase(t, dir, true, "more")
		if got := mustRead(t, dir+"/sub/summary.json"); i == 0 && got != "one" {
			t.Errorf("before Settle the case holds %q", got)
		}
		aside, err := c.Settle()
		if err != nil || aside != want {
			t.Errorf("Settle = %q, %v; want %q", aside, err, want)
		}
	}
	if got := mustRead(t, dir+".old-1/sub/summary.json"); got != "one" {
		t.Errorf("the first case, renamed, holds %q", got)
	}
	if got := names(t, root); len(got) != 3 {
		t.Errorf("left behind: %q", got)
	}
}

// A directory that appears while the case is written, even an empty one, stays.
func TestSettleLate(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "case")
	c := writeCase(t, dir, false, "one")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Settle(); err == nil {
		t.Fatal("Settle replaced a directory")
	}
	if err := c.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, root); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

func TestCaseNames(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, force := range []bool{false, true} {
		if _, err := Create(file, force); err == nil {
			t.Errorf("Create over a file, force %v", force)
		}
	}
	c, err := Create(filepath.Join(root, "case")+"/", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x", "/x", "", "a/../../x"} {
		if _, err := c.File(name); err == nil {
			t.Errorf("File(%q) went through", name)
		}
	}
	if f, err := c.File("twice"); err != nil {
		t.Fatal(err)
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.File("twice"); err == nil {
		t.Error("a file was created twice")
	}
	if err := c.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, root); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}
