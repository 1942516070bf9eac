package report

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/coldtrail/coldtrail/scan"
)

const timelineFile = "timeline.csv"

// A timelineChange is an event whose detectors are others than before.
type timelineChange struct {
	ordinal   uint64
	detectors string // as the field says them
}

// changes returns the events whose detectors are others than in the latest revision, rising.
func (c *concluded) changes() (all []timelineChange) {
	was, now := c.wasLists, c.events
	known := map[string]string{}
	var r rows
	for len(was) > 0 || len(now) > 0 {
		var ordinal uint64
		switch {
		case len(now) == 0 || len(was) > 0 && was[0].ordinal <= now[0].ordinal:
			ordinal = was[0].ordinal
		default:
			ordinal = now[0].ordinal
		}
		var before, after []scan.Membership
		for ; len(was) > 0 && was[0].ordinal == ordinal; was = was[1:] {
			before = append(before, scan.Membership{Detector: c.was.findings[was[0].finding].Detector})
		}
		after, now = c.of(ordinal, now)
		if x, y := r.field(before), r.field(after); x != y {
			if s, ok := known[y]; ok {
				y = s
			} else {
				known[y] = y
			}
			all = append(all, timelineChange{ordinal, y})
		}
	}
	return all
}

// field is what timeline.csv says of findings.
func (r *rows) field(findings []scan.Membership) string {
	if len(findings) == 0 {
		return ""
	}
	return string(r.detectors(nil, findings))
}

// findingsField is the number of that field.
var findingsField = func() int {
	for i, name := range strings.Split(strings.TrimSpace(TimelineHeader), ",") {
		if name == findingsDir {
			return i
		}
	}
	panic("timeline.csv has no such field")
}()

// beginTimeline writes timeline.csv anew, beside all that follows, where lines of it change: it
// is the largest of the files, and nothing else of the revision depends on it.
func (h *hunt) beginTimeline(ctx context.Context, w *huntWriter) {
	if h.was.Coverage.Timeline != Full {
		return
	}
	if changes := h.concluded.changes(); len(changes) > 0 {
		w.start(timelineFile, func(out io.Writer) error { return h.patchTimeline(ctx, out, changes) })
	}
}

// patchTimeline copies timeline.csv, of which the n-th line is that of the event with ordinal n
// (no field has a line break), with other detectors for some events.
func (h *hunt) patchTimeline(ctx context.Context, w io.Writer, changes []timelineChange) error {
	f, err := openCaseFile(filepath.Join(h.store.dir, timelineFile))
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10) // what fits into a core's cache is hashed and written out of it
	next := uint64(0)
	if err := copyLines(w, r, 1); err != nil { // the header
		return err
	}
	var out []byte
	for _, c := range changes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := copyLines(w, r, c.ordinal-next); err != nil {
			return err
		}
		next = c.ordinal + 1
		line, err := r.ReadBytes('\n')
		if err == nil {
			out, err = patched(out[:0], line, c.detectors)
		}
		if err != nil {
			return fmt.Errorf("event #%d: %w", c.ordinal, err)
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	_, err = io.Copy(w, r)
	return err
}

// copyLines copies n lines.
func copyLines(w io.Writer, r *bufio.Reader, n uint64) error {
	for n > 0 {
		if _, err := r.Peek(1); err == io.EOF {
			return fmt.Errorf("it ends %d events too early", n)
		} else if err != nil {
			return pathless(err)
		}
		b, _ := r.Peek(r.Buffered())
		end := len(b)
		if lines := uint64(bytes.Count(b, []byte{'\n'})); lines < n {
			n -= lines
		} else {
			for end = 0; n > 0; n-- {
				end += bytes.IndexByte(b[end:], '\n') + 1
			}
		}
		if _, err := w.Write(b[:end]); err != nil {
			return err
		}
		r.Discard(end)
	}
	return nil
}

// patched appends a line of timeline.csv with other detectors.
func patched(dst, line []byte, detectors string) ([]byte, error) {
	at := 0
	for field := 0; ; field++ {
		end := at + fieldEnd(line[at:])
		if field == findingsField {
			return append(append(append(dst, line[:at]...), detectors...), line[end:]...), nil
		}
		if end >= len(line) || line[end] != ',' {
			return nil, errors.New("the line has too few fields")
		}
		at = end + 1
	}
}

// fieldEnd returns the length of the first field of a line of CSV.
func fieldEnd(b []byte) int {
	quoted := false
	for i, c := range b {
		switch {
		case c == '"':
			quoted = !quoted // a quote in a text is doubled
		case !quoted && (c == ',' || c == '\n'):
			return i
		}
	}
	return len(b)
}
