package custody

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestHashAhead: a case is sealed alike whether its files were hashed ahead or not, whatever became of them since.
func TestHashAhead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("timeline ", 1<<17)
	for _, name := range []string{"timeline.csv", "events/part-00001.parquet", "grows", "changes", "replaced", "goes"} {
		write(name, name+long)
	}
	write(LogName, "not sealed")
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "changes"), past, past); err != nil {
		t.Fatal(err)
	}
	ahead := HashAhead(t.Context(), dir)
	<-ahead.done
	if len(ahead.known) != 6 {
		t.Errorf("%d files are hashed ahead", len(ahead.known))
	}
	write("grows", long+"more")
	write("changes", "CHANGES"+long)
	replaced, err := os.Stat(filepath.Join(dir, "replaced"))
	if err != nil {
		t.Fatal(err)
	}
	write("replaced.new", "REPLACED"+long)
	if err := os.Chtimes(filepath.Join(dir, "replaced.new"), replaced.ModTime(), replaced.ModTime()); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Rename(filepath.Join(dir, "replaced.new"), filepath.Join(dir, "replaced")), os.Remove(filepath.Join(dir, "goes"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	write("late", long)
	sealed := func(a *Ahead) (File, string) {
		t.Helper()
		f, err := Seal(t.Context(), dir, a)
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile(filepath.Join(dir, SumsName))
		if err != nil {
			t.Fatal(err)
		}
		return f, string(list)
	}
	plain, list := sealed(nil)
	if got, gotList := sealed(ahead); got != plain || gotList != list || got.Count != 6 {
		t.Errorf("%+v\n%s\nnot\n%+v\n%s", got, gotList, plain, list)
	}
	// What is known is taken: nothing is hashed again.
	var taken []string
	for path := range ahead.known {
		ahead.known[path] = hashedFile{ahead.known[path].info, strings.Repeat("0", 64)}
	}
	_, list = sealed(ahead)
	for line := range strings.Lines(list) {
		if sum, path, _ := strings.Cut(strings.TrimSpace(line), "  "); strings.Trim(sum, "0") == "" {
			taken = append(taken, path)
		}
	}
	if want := []string{"events/part-00001.parquet", "timeline.csv"}; !slices.Equal(taken, want) {
		t.Errorf("taken as hashed ahead: %q, not %q", taken, want)
	}
}

// TestHashAheadStops: it ends when it is told to, and when its context does.
func TestHashAheadStops(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ahead := HashAhead(ctx, dir)
	<-ahead.done
	if len(ahead.known) > 0 {
		t.Error("hashed although it was over")
	}
	HashAhead(t.Context(), dir).Stop()
	(*Ahead)(nil).Stop()
	if f, err := Seal(t.Context(), dir, ahead); err != nil || f.Count != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}
