package custody

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func checked(t *testing.T, dir string, log *File) (problems []string) {
	t.Helper()
	if _, err := CheckOutputs(t.Context(), dir, log, nil, func(p Problem) { problems = append(problems, p.Name+": "+p.Text) }); err != nil {
		t.Fatal(err)
	}
	return problems
}

var caseFiles = map[string]string{"report.md": "r", "events/part-0": "e", "events.txt": "t", "a\\b\nc": "odd", "custody/x.sig": "s", LogName: "l\n"}

func TestSeal(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, caseFiles)
	f, err := Seal(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Count != 4 || f.SHA256 != sumOf(read(t, filepath.Join(dir, SumsName))) {
		t.Errorf("%+v", f)
	}
	if p := checked(t, dir, &f); p != nil {
		t.Error(p)
	}
	again, err := Seal(t.Context(), dir, nil)
	if err != nil || again != f {
		t.Errorf("sealed again: %+v, %v", again, err)
	}
	for name, tt := range map[string]struct {
		do   func() error
		want string
	}{
		"changed": {func() error { return os.WriteFile(filepath.Join(dir, "report.md"), []byte("R"), 0o600) }, "report.md: changed"},
		"added":   {func() error { return os.WriteFile(filepath.Join(dir, "events", "more"), nil, 0o600) }, "events/more: additional"},
		"removed": {func() error { return os.Remove(filepath.Join(dir, "events", "part-0")) }, "events/part-0: missing"},
		"linked": {func() error {
			return errors.Join(os.Remove(filepath.Join(dir, "events.txt")), os.Symlink("report.md", filepath.Join(dir, "events.txt")))
		}, "events.txt: not a regular"},
		"sums": {func() error { return os.WriteFile(filepath.Join(dir, SumsName), []byte("x"), 0o600) }, SumsName + ": changed"},
		"both changed": {func() error {
			forged := strings.Replace(string(read(t, filepath.Join(dir, SumsName))), sumOf([]byte("r")), sumOf([]byte("R")), 1)
			return errors.Join(os.WriteFile(filepath.Join(dir, "report.md"), []byte("R"), 0o600), os.WriteFile(filepath.Join(dir, SumsName), []byte(forged), 0o600))
		}, SumsName + ": changed"},
		"sums damaged": {func() error {
			return os.WriteFile(filepath.Join(dir, SumsName), append(read(t, filepath.Join(dir, SumsName)), "x\n"...), 0o600)
		}, SumsName + ": " + SumsName + ": line 5: neither a hash nor a name"},
		"sums gone":   {func() error { return os.Remove(filepath.Join(dir, SumsName)) }, SumsName + ": missing"},
		"odd removed": {func() error { return os.Remove(filepath.Join(dir, "a\\b\nc")) }, "missing"},
	} {
		os.RemoveAll(dir)
		put(t, dir, caseFiles)
		if _, err := Seal(t.Context(), dir, nil); err != nil {
			t.Fatal(err)
		}
		if err := tt.do(); err != nil {
			t.Fatal(err)
		}
		if p := checked(t, dir, &f); !slices.ContainsFunc(p, func(s string) bool { return strings.Contains(s, tt.want) }) {
			t.Errorf("%s: %q", name, p)
		}
	}
	os.RemoveAll(dir)
	put(t, dir, caseFiles)
	if _, err := Seal(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	if p := checked(t, dir, nil); !slices.Contains(p, SumsName+": no entry of the log vouches for it") {
		t.Errorf("without a log: %q", p)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Seal(cancelled, dir, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Sealing again what a command has written does not bless what somebody else has.
func TestReseal(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, caseFiles)
	if _, err := Seal(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	put(t, dir, map[string]string{"report.md": "forged", "findings/rev-002.parquet": "new", "events/part-0": "changed by the command"})
	if err := os.Remove(filepath.Join(dir, "events.txt")); err != nil {
		t.Fatal(err)
	}
	f, err := Reseal(t.Context(), dir, Written("findings/rev-002.parquet", "events/part-0", "events.txt", "gone"))
	if err != nil {
		t.Fatal(err)
	}
	if p := checked(t, dir, &f); len(p) != 1 || !strings.HasPrefix(p[0], "report.md: changed") {
		t.Errorf("%q", p)
	}
	put(t, dir, map[string]string{"report.md": "r"})
	whole, err := Seal(t.Context(), dir, nil)
	if err != nil || whole != f {
		t.Errorf("sealed as a whole %+v, again %+v, %v", whole, f, err)
	}
	for _, bad := range []string{LogName, "../x", SumsName, "custody/x"} {
		if _, err := Reseal(t.Context(), dir, Written(bad)); err == nil {
			t.Errorf("%s was sealed", bad)
		}
	}
}

func TestBeside(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, caseFiles)
	log := &Summary{Files: map[string]File{"custody/x.sig": {Path: "custody/x.sig", SHA256: sumOf([]byte("s"))}, "custody/y": {Path: "custody/y"}}}
	beside := func() (p []string) {
		if err := CheckBeside(t.Context(), dir, log, func(q Problem) { p = append(p, q.Name+": "+q.Text) }); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := beside(); !slices.Equal(p, []string{"custody/y: missing"}) {
		t.Errorf("%q", p)
	}
	put(t, dir, map[string]string{"custody/x.sig": "S", "custody/y/z": ""})
	if p := beside(); len(p) != 3 || !strings.HasPrefix(p[0], "custody/x.sig: changed") || !strings.HasPrefix(p[1], "custody/y/z: additional") {
		t.Errorf("%q", p)
	}
	os.RemoveAll(filepath.Join(dir, Dir))
	if p := beside(); len(p) != 2 {
		t.Errorf("%q", p)
	}
}

// A case from somebody else may have links where files are written: none is followed.
func TestLinksAreNotWrittenThrough(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, outside, map[string]string{"precious": "p"})
	put(t, dir, map[string]string{"report.md": "r"})
	for name, to := range map[string]string{SumsName + ".new": "precious", Dir: ""} {
		if err := os.Symlink(filepath.Join(outside, to), filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	if _, err := Seal(t.Context(), dir, nil); err == nil { // which finds the link among the case's files
		t.Error("a case with a link was sealed")
	}
	if err := os.WriteFile(filepath.Join(dir, SumsName), AppendSHA256(nil, sumOf([]byte("r")), "report.md"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Reseal(t.Context(), dir, Written("report.md")); err != nil {
		t.Error(err)
	}
	if _, err := WriteBeside(dir, HeadName(3), []byte("x")); err == nil || !strings.Contains(err.Error(), "not a directory of the case") {
		t.Errorf("%v", err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 || string(read(t, filepath.Join(outside, "precious"))) != "p" {
		t.Errorf("%v, %v", entries, err)
	}
}
