package custody

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write makes a log of n entries, and returns its path and its head.
func write(t *testing.T, n int) (path string, head Head) {
	t.Helper()
	path = filepath.Join(t.TempDir(), LogName)
	for i := range n {
		e := &Entry{Time: time.Unix(int64(i), 5).In(time.FixedZone("x", 3600)), Action: Open, Command: "analyze", Actor: Actor{Name: "A. Roe \u202e \x1b[2J"}}
		e.SetArgv([]string{"coldtrail", "analyze", "caf\u00e9 \xff", "<&>"})
		if i%2 == 1 {
			of := uint64(i - 1)
			e.Action, e.Of, e.Outputs = Close, &of, []File{{Path: SumsName, SHA256: "aa", Bytes: int64(i)}}
		}
		var err error
		if head, err = Append(path, e); err != nil {
			t.Fatal(err)
		}
	}
	return path, head
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLog(t *testing.T) {
	path, head := write(t, 5)
	log := read(t, path)
	s, err := Summarize(path)
	if err != nil || s.Head != head || head.Count != 5 || head.Seq != 4 || len(s.Entries) != 5 || s.Sealed == nil || s.Sealed.Bytes != 3 {
		t.Fatalf("%+v, %v, head %+v", s, err, head)
	}
	if len(s.Unclosed) != 1 || s.Unclosed[0].Seq != 4 {
		t.Errorf("unclosed: %+v", s.Unclosed)
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	if head.Hash != sumOf(lines[4]) || s.Hashes[2] != sumOf(lines[2]) || s.Entries[3].Prev != sumOf(lines[2]) || s.Entries[0].Prev != Genesis {
		t.Error("hashes are not those of the lines")
	}
	for _, bad := range []string{"\x1b", "\u202e", "\xff"} {
		if bytes.Contains(log, []byte(bad)) {
			t.Errorf("the log has %q as it is", bad)
		}
	}
	var argv [][]byte
	if _, err := Read(bytes.NewReader(log), func(e *Entry, _ string) error { argv = e.ArgvBase64; return nil }); err != nil || string(argv[2]) != "caf\u00e9 \xff" {
		t.Errorf("arguments %q, %v", argv, err)
	}
	if !bytes.Contains(log, []byte(`"caf\u00e9 `)) && !bytes.Contains(log, []byte("café ")) || !bytes.Contains(log, []byte("<&>")) {
		t.Error("texts cannot be read in the log")
	}
}

// What was said comes back, whatever it holds, and steers no terminal that the log is read on; its time is UTC.
func TestEntryTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), LogName)
	e := &Entry{Time: time.Date(2026, 3, 1, 1, 0, 0, 5, time.FixedZone("x", 3600)), Action: Note, Text: "a\x1b\u202e\U000e0041\uffff\n" + Text("b\xff\ufffd"), To: "c\xff"}
	e.SetArgv([]string{"x\xff"})
	e.SetArgv([]string{"coldtrail", "note"})
	if _, err := Append(path, e); err != nil {
		t.Fatal(err)
	}
	log := string(read(t, path))
	if want := `"text":"a\u001b\u202e\udb40\udc41\uffff\nb\\xff` + "\ufffd"; !strings.Contains(log, want) || !strings.Contains(log, `"ts_utc":"2026-03-01T00:00:00.000000005Z"`) || !strings.Contains(log, `"argv":["coldtrail","note"],"cwd"`) {
		t.Errorf("%s has no %s", log, want)
	}
	if _, err := ReadFile(path, func(got *Entry, _ string) error {
		if got.Text != "a\x1b\u202e\U000e0041\uffff\nb\\xff\ufffd" || got.To != "c\ufffd" {
			t.Errorf("%q, to %q", got.Text, got.To)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// Whatever byte of a log is another, or is not there, is found, in the line in which it is:
// in the last line too.
func TestEveryByteOfTheLogCounts(t *testing.T) {
	path, _ := write(t, 3)
	log := read(t, path)
	for at := range log {
		line := 1 + bytes.Count(log[:at], []byte("\n"))
		for name, change := range map[string]func() []byte{
			"another": func() []byte { b := bytes.Clone(log); b[at] ^= 1; return b },
			"upper":   func() []byte { b := bytes.Clone(log); b[at] ^= 0x20; return b },
			"removed": func() []byte { return append(bytes.Clone(log[:at]), log[at+1:]...) },
			"twice":   func() []byte { return append(bytes.Clone(log[:at+1]), log[at:]...) },
		} {
			changed := change()
			head, err := Read(bytes.NewReader(changed), nil)
			var le *LineError
			wanted := line
			if name == "twice" && log[at] == '\n' {
				wanted = line + 1 // an empty line follows
			}
			if !errors.As(err, &le) || le.Line != wanted || head.Count != uint64(wanted-1) {
				t.Fatalf("byte %d of line %d %s: %v, head %+v", at, line, name, err, head)
			}
		}
	}
}

func TestBadLogs(t *testing.T) {
	path, _ := write(t, 4)
	log := string(read(t, path))
	lines := strings.SplitAfter(log, "\n")
	// forge makes a line with a right sum of its own.
	forge := func(line, old, new string) string {
		body, _, _ := strings.Cut(strings.Replace(line, old, new, 1), sumMember)
		return body + sumMember + sumOf([]byte(body)) + sumEnd
	}
	for name, tt := range map[string]struct {
		log  string
		line int
		want string
	}{
		"a line removed":        {lines[0] + lines[2] + lines[3], 2, "entry 2 and stands where entry 1 should"},
		"the first removed":     {lines[1] + lines[2], 1, "entry 1 and stands"},
		"lines swapped":         {lines[0] + lines[2] + lines[1] + lines[3], 2, "entry 2"},
		"a line twice":          {lines[0] + lines[0], 2, "entry 0"},
		"an entry forged":       {lines[0] + forge(lines[1], `"command":"analyze"`, `"command":"export"`) + lines[2], 3, "does not follow the line before it"},
		"a member twice":        {forge(lines[0], `"v":1,`, `"v":1,"v":1,`), 1, "not in the form"},
		"another case":          {forge(lines[0], `"command":`, `"Command":`), 1, "not in the form"},
		"a member more":         {forge(lines[0], `"command":`, `"x":1,"command":`), 1, "not in the form"},
		"a later version":       {forge(lines[0], `"v":1`, `"v":2`), 1, "version 2"},
		"not JSON":              {forge(lines[0], `"v":1`, `"v":`), 1, ""},
		"cut in a line":         {lines[0] + lines[1][:40], 2, "without a line feed"},
		"an empty line":         {lines[0] + "\n" + lines[1], 2, "no sum"},
		"other line breaks":     {lines[0] + strings.ReplaceAll(lines[1]+lines[2], "\n", "\r\n"), 2, "CR LF"},
		"something else at all": {"hello\n", 1, "no sum"},
	} {
		_, err := Read(strings.NewReader(tt.log), nil)
		var le *LineError
		if !errors.As(err, &le) || le.Line != tt.line || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want line %d, %q", name, err, tt.line, tt.want)
		}
		broken := filepath.Join(t.TempDir(), LogName)
		if err := os.WriteFile(broken, []byte(tt.log), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Append(broken, &Entry{Action: Note}); !errors.As(err, &le) {
			t.Errorf("%s: Append: %v", name, err)
		}
		if string(read(t, broken)) != tt.log {
			t.Errorf("%s: Append has changed the log", name)
		}
	}
}

// What is cut off at the end of a line is not seen by the log alone: only by a head that
// was noted elsewhere.
func TestTruncationNeedsAHead(t *testing.T) {
	path, head := write(t, 3)
	lines := bytes.SplitAfter(read(t, path), []byte("\n"))
	cut, err := Read(bytes.NewReader(bytes.Join(lines[:2], nil)), nil)
	if err != nil || cut == head || cut.Count != 2 {
		t.Errorf("%+v, %v", cut, err)
	}
}

func TestAppendRefuses(t *testing.T) {
	dir := t.TempDir()
	path, _ := write(t, 1)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	for _, at := range []string{dir, link, filepath.Join(dir, "none", LogName)} {
		if _, err := Append(at, &Entry{}); err == nil {
			t.Errorf("appended to %s", at)
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := lock(f); err != nil {
		t.Fatal(err)
	}
	if _, err := Append(path, &Entry{}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("appended beside another: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, LogName)
	for i := range 2 {
		if _, err := Append(path, &Entry{Action: Note, Text: fmt.Sprint(i)}); err != nil {
			f.Fatal(err)
		}
	}
	log, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(log)
	f.Add([]byte("{}\n"))
	f.Add(append(bytes.Clone(log), "\n"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		head, err := Read(bytes.NewReader(b), func(e *Entry, hash string) error {
			line, err := e.line()
			again = append(again, line...)
			if sumOf(line) != hash {
				t.Errorf("hash %s", hash)
			}
			return err
		})
		if !bytes.HasPrefix(b, again) || err == nil && len(again) != len(b) || uint64(bytes.Count(again, []byte("\n"))) != head.Count {
			t.Errorf("read %d of %d bytes, %+v, %v", len(again), len(b), head, err)
		}
	})
}
