package report

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"github.com/coldtrail/coldtrail/detect"
)

// Every rule for text on a terminal stands in this file; what hostile text becomes there is in
// escape.go, and what a terminal is, in cmd/coldtrail/terminal.go.
//
//   - Colour is for severities and for nothing else, and only where a Screen has it.
//   - Tables fit the width: columns shrink, the widest first, and an ellipsis stands for what is
//     missing. Running text is never cut: it is broken at spaces, and goes on where its column began.
//   - A command that is there to be copied is not broken, and no word is.
//   - Times are in UTC, always. Where a zone is asked for, local time stands behind, with its offset.
//   - Into a file or a pipe, text has no width, no colour, and is what it is on every machine.

// A Screen is what text is shown on. The zero Screen is a file: any width, no colour, UTC only.
type Screen struct {
	Width int            // characters of a line; 0: any number
	Color bool           // severities may have a colour
	Zone  *time.Location // whose time stands beside UTC; nil: none
}

// colours are the terminal's, by severity: the only thing that has one.
var colours = [...]string{"\x1b[2m", "\x1b[36m", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"}

const plain = "\x1b[0m"

// Severity returns a text in the colour of a severity, where the screen has any.
func (s Screen) Severity(is detect.Severity, text string) string {
	if !s.Color {
		return text
	}
	return colours[min(is, detect.Critical)] + text + plain
}

// LocalFormat is how local time is written: as a flag such as --since takes it, and of one
// width, so that columns stay columns.
const LocalFormat = "2006-01-02T15:04:05-07:00"

// Local returns the time in the screen's zone, "" where it has none.
func (s Screen) Local(t time.Time) string {
	if s.Zone == nil || t.IsZero() {
		return ""
	}
	return t.In(s.Zone).Format(LocalFormat)
}

// moment writes a time in UTC with the local one behind.
func (s Screen) moment(t time.Time) string {
	if local := s.Local(t); local != "" {
		return moment(t) + " (" + local + ")"
	}
	return moment(t)
}

// utcTime is how this program writes times in UTC.
var utcTime = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z| [0-9]{2}:[0-9]{2}:[0-9]{2})`)

// Localize puts local time behind each time in UTC that stands as a word of its own.
func (s Screen) Localize(line string) string {
	if s.Zone == nil {
		return line
	}
	var b strings.Builder
	from := 0
	for _, at := range utcTime.FindAllStringIndex(line, -1) {
		word := line[at[0]:at[1]]
		t, err := time.Parse(time.RFC3339, strings.TrimSuffix(strings.Replace(word, " ", "T", 1), "Z")+"Z")
		if err != nil || !standsAlone(line, at) {
			continue
		}
		b.WriteString(line[from:at[1]] + " (" + s.Local(t) + ")")
		from = at[1]
	}
	return b.String() + line[from:]
}

// standsAlone reports whether what stands there is a word, and has no local time yet. In quotes
// it is the evidence's.
func standsAlone(line string, at []int) bool {
	if at[0] > 0 && !strings.ContainsRune(" ([", rune(line[at[0]-1])) {
		return false
	}
	rest := line[at[1]:]
	return rest == "" || strings.ContainsRune(" ,;:)]", rune(rest[0])) && !strings.HasPrefix(rest, " (20") || rest == "."
}

// Text returns a writer of running text for the screen, which writes what it is given to w, line
// by line: local times put behind, long lines broken. Flush writes a last line that does not end.
func (s Screen) Text(w io.Writer) *TextWriter { return &TextWriter{w: w, screen: s} }

// A TextWriter fits text into a Screen.
type TextWriter struct {
	w      io.Writer
	screen Screen
	line   []byte // not ended yet
	err    error  // the first of writing
}

// Write implements io.Writer.
func (t *TextWriter) Write(p []byte) (int, error) {
	if t.screen.Width == 0 && t.screen.Zone == nil {
		return len(p), t.write(p)
	}
	t.line = append(t.line, p...)
	end := bytes.LastIndexByte(t.line, '\n') + 1
	var out []byte
	for line := range bytes.Lines(t.line[:end]) {
		out = append(out, t.screen.fit(string(line[:len(line)-1]))...)
		out = append(out, '\n')
	}
	t.line = append(t.line[:0], t.line[end:]...)
	if len(out) == 0 {
		return len(p), t.err
	}
	return len(p), t.write(out)
}

func (t *TextWriter) write(p []byte) error {
	if t.err == nil {
		_, t.err = t.w.Write(p)
	}
	return t.err
}

// Flush writes what does not end in a line break. Its error is the first that there was, so that who prints need not
// look at each line's.
func (t *TextWriter) Flush() error {
	line := t.line
	if t.line = nil; len(line) > 0 {
		return t.write([]byte(t.screen.fit(string(line))))
	}
	return t.err
}

// toCopy is what a line that holds a command has.
var toCopy = regexp.MustCompile(`^\s*(?:\$|aws|coldtrail) |: (?:aws|coldtrail) `)

// leastText is the width that broken text has at least, whatever stands before it.
const leastText = 24

// fit localizes a line and breaks it.
func (s Screen) fit(line string) string {
	line = s.Localize(line)
	if s.Width == 0 || len(line) <= s.Width || Cells(line) <= s.Width || toCopy.MatchString(line) {
		return line
	}
	indent := hanging(line, min(s.Width/2, s.Width-leastText))
	var b strings.Builder
	at := 0
	for rest := line; rest != ""; {
		word := strings.TrimLeft(rest, " ")
		gap := rest[:len(rest)-len(word)]
		if i := strings.IndexByte(word, ' '); i >= 0 {
			word = word[:i]
		}
		rest = rest[len(gap)+len(word):]
		wide := Cells(word)
		if at > indent && at+len(gap)+wide > s.Width && word != "" {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at, gap = indent, ""
		}
		b.WriteString(gap + word)
		at += len(gap) + wide
	}
	return b.String()
}

// hanging is where the rest of a line goes on: below its last column that begins before most, or
// a little deeper than it began.
func hanging(line string, most int) int {
	first := len(line) - len(strings.TrimLeft(line, " "))
	indent := first + 2
	for i := first; i < len(line); {
		j := i
		for j < len(line) && line[j] == ' ' {
			j++
		}
		if j-i >= 2 {
			at := Cells(line[:j])
			if at > most {
				break
			}
			indent = at
		}
		i = max(j, i+1)
	}
	return max(0, min(indent, most))
}

// Cells is how many cells of a terminal a text takes: wide characters have two, combining ones none.
func Cells(s string) (n int) {
	escape := false
	for _, r := range s {
		switch {
		case escape:
			escape = r != 'm'
		case r == '\x1b': // a colour of ours: text is escaped
			escape = true
		default:
			n += runeCells(r)
		}
	}
	return n
}

// runeCells counts an ambiguous character as one cell: most terminals do.
func runeCells(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) { // they stand on the one before
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func appendSpaces(b []byte, n int) []byte {
	return append(b, bytes.Repeat([]byte{' '}, max(n, 0))...)
}

// leastWidth is what a column keeps of its width where a table must shrink.
const leastWidth = 8

// ColumnWidths returns the width that each column of a table takes, shrunk to fit into a total,
// where that is not 0, but never below what is the column's least. The widest columns give up first.
func ColumnWidths(rows [][]string, least []int, total int) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, s := range row {
			widths[i] = max(widths[i], Cells(s))
		}
	}
	if total == 0 {
		return widths
	}
	sum := len(tableGap) * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	for ; sum > total; sum-- {
		widest := -1
		for i, w := range widths {
			if w > least[i] && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// Ellipsis shortens s to so many cells, with an ellipsis in place of what is missing. It
// keeps the end, where ARNs and paths differ, rather than the beginning.
func Ellipsis(s string, most int) (short string, cut bool) {
	if len(s) <= most || Cells(s) <= most {
		return s, false
	}
	r := []rune(s)
	head, left := 0, max(most-1, 0)
	for room := left / 3; head < len(r) && runeCells(r[head]) <= room; head++ {
		room -= runeCells(r[head])
		left -= runeCells(r[head])
	}
	tail := len(r)
	for tail > head && runeCells(r[tail-1]) <= left {
		tail--
		left -= runeCells(r[tail])
	}
	return string(slices.Concat(r[:head], []rune("…"), r[tail:])), true
}
