package report

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// newYork is five hours behind, and four in summer.
func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip(err)
	}
	return zone
}

func TestScreenLocalTimes(t *testing.T) {
	s := Screen{Zone: newYork(t)}
	for _, c := range [...][2]string{
		{"at 2026-03-02T03:00:00Z.", "at 2026-03-02T03:00:00Z (2026-03-01T22:00:00-05:00)."},
		{"2026-03-02T03:00:00Z", "2026-03-02T03:00:00Z (2026-03-01T22:00:00-05:00)"},
		{"from 2026-07-02 03:00:00 on", "from 2026-07-02 03:00:00 (2026-07-01T23:00:00-04:00) on"},
		{"(2026-03-02T03:00:00.25Z)", "(2026-03-02T03:00:00.25Z (2026-03-01T22:00:00-05:00))"},
		{"2026-03-02T03:00:00Z to 2026-03-02T04:00:00Z", "2026-03-02T03:00:00Z (2026-03-01T22:00:00-05:00) to 2026-03-02T04:00:00Z (2026-03-01T23:00:00-05:00)"},
		{"2026-03-02T03:00:00Z (2026-03-01T22:00:00-05:00)", "2026-03-02T03:00:00Z (2026-03-01T22:00:00-05:00)"},
		{`"eventTime": "2026-03-02T03:00:00Z",`, `"eventTime": "2026-03-02T03:00:00Z",`}, // the evidence's
		{"2026-03-02T03:00:00+01:00", "2026-03-02T03:00:00+01:00"},
		{"2026-13-02T03:00:00Z and x2026-03-02T03:00:00Z", "2026-13-02T03:00:00Z and x2026-03-02T03:00:00Z"},
		{"2026-03-02T03:00:00", "2026-03-02T03:00:00"},
	} {
		if got := s.Localize(c[0]); got != c[1] {
			t.Errorf("%q became %q, want %q", c[0], got, c[1])
		}
		if got := (Screen{}).Localize(c[0]); got != c[0] {
			t.Errorf("without a zone %q became %q", c[0], got)
		}
	}
}

func TestScreenBreaksLines(t *testing.T) {
	for _, c := range []struct {
		width    int
		in, want string
	}{
		{40, "Label     one two three four five six seven eight", "Label     one two three four five six\n          seven eight"},
		{40, "  - one two three four five six seven eight nine", "  - one two three four five six seven\n    eight nine"},
		{30, "1  critical  score 113  a very long title of an incident", "1  critical  score 113  a very\n   long title of an incident"},
		{30, "      $ aws iam update-access-key --user-name 'svc-reporting'", "      $ aws iam update-access-key --user-name 'svc-reporting'"},
		{30, "arn:aws:sts::111122223333:assumed-role/Admin/alice and more", "arn:aws:sts::111122223333:assumed-role/Admin/alice\n  and more"},
		{30, "\x1b[31mFindings, high\x1b[0m  12  access keys made", "\x1b[31mFindings, high\x1b[0m  12  access\n  keys made"},
		{12, "日本語 日本語 日本語", "日本語\n日本語\n日本語"},
		{40, "short", "short"},
		{40, "", ""},
	} {
		if got := (Screen{Width: c.width}).fit(c.in); got != c.want {
			t.Errorf("%d: %q became\n%q, want\n%q", c.width, c.in, got, c.want)
		}
	}
}

// Whatever is broken, no word is lost, and no line is wider than the screen that has a place to break it.
func TestScreenLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"a", "bb", "event", "2026-03-02T03:00:00Z", "AKIAIOSFODNN7EXAMPLE", "日本", "é", " ", "  ", "-", "(x)"}
	for range 5000 {
		line := strings.Repeat(" ", r.IntN(8))
		for range r.IntN(30) {
			line += words[r.IntN(len(words))] + strings.Repeat(" ", 1+r.IntN(3)/2)
		}
		line = strings.TrimRight(line, " ")
		s := Screen{Width: 44 + r.IntN(100)} // no word is wider than half of it
		got := s.fit(line)
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(line), " ") {
			t.Fatalf("%q became %q", line, got)
		}
		for _, part := range strings.Split(got, "\n") {
			if n := Cells(part); n > s.Width && len(strings.Fields(part)) > 1 && len(line)-len(strings.TrimLeft(line, " ")) < s.Width/4 {
				t.Fatalf("%d: %q has a line of %d: %q", s.Width, line, n, part)
			}
		}
	}
}

func TestTextWriter(t *testing.T) {
	var all bytes.Buffer
	w := Screen{Width: 20}.Text(&all)
	for _, part := range []string{"one two thr", "ee four five six seven\nei", "ght\nnine", ""} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := "one two three four\nfive six seven\neight\n"; all.String() != want {
		t.Errorf("%q, want %q", all.String(), want)
	}
	if err := w.Flush(); err != nil || !strings.HasSuffix(all.String(), "eight\nnine") {
		t.Errorf("%q, %v", all.String(), err)
	}
	all.Reset()
	w = Screen{}.Text(&all)
	w.Write([]byte("a file has it as it is, at once"))
	if all.String() != "a file has it as it is, at once" {
		t.Errorf("%q", all.String())
	}
}

// fullDisk writes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestTextWriterKeepsItsError: who prints line by line and does not look learns at the end that not all was written.
func TestTextWriterKeepsItsError(t *testing.T) {
	for _, s := range []Screen{{}, {Width: 20}} {
		w := s.Text(fullDisk{})
		fmt.Fprintln(w, "one")
		fmt.Fprint(w, "two")
		if err := w.Flush(); err != io.ErrShortWrite {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestEllipsisCountsCells(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"arn:aws:iam::111122223333:user/alice", 16, "arn:a…user/alice"},
		{"日本語日本語", 7, "日…本語"},
		{"日本語", 6, "日本語"},
		{"é́é́é́é́é́é́", 6, "é́é́é́é́é́é́"},
		{"abcdef", 1, "…"},
	} {
		got, cut := Ellipsis(c.in, c.most)
		if got != c.want || cut != (c.in != c.want) || Cells(got) > c.most {
			t.Errorf("%q in %d: %q, %v, %d cells; want %q", c.in, c.most, got, cut, Cells(got), c.want)
		}
	}
}
