package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// A CaseEvent is an event with all that the case has on it.
type CaseEvent struct {
	Ordinal  uint64
	ID       string // as in timeline.csv
	Name     string
	Time     time.Time
	Kind     string
	Shape    string
	Marks    []string
	Raw      []byte // the record's exact bytes
	Place    detect.Place
	Object   scan.Object
	Copies   []CopyPlace // the first scan.MaxPlaces
	Count    int64       // of copies
	Findings []EventFinding
	// Integrity is the verdict of the object, or "appended"; "": there is none.
	Integrity string
	// IntegrityText says what that means.
	IntegrityText string
}

// A CopyPlace is where an identical copy of an event lies.
type CopyPlace struct {
	detect.Place
	Object string
}

// An EventFinding is a finding that lists an event.
type EventFinding struct {
	ID       string
	Detector string
	Severity detect.Severity
	Why      string
}

var (
	eventColumnNames = append([]string{
		"eventid", "derived_id", "eventname", "kind", "shape", "marks", "object_ordinal", "record_index", "record_offset",
		"copies_count", "copies.object_ordinal", "copies.record_index", "copies.record_offset",
	}, RawColumns...)
)

// EventFilter selects the records with an event ID as the timeline has it, or the one with an
// ordinal: "#123".
func EventFilter(id string) (*Filter, error) { return ordinalOrID(id) }

// Find calls yield with the events that the filter selects, in timeline order.
func (s *EventStore) Find(ctx context.Context, f *Filter, yield func(*CaseEvent) error) error {
	found, err := s.memberships()
	if err != nil {
		return err
	}
	return s.Scan(ctx, f, eventColumnNames, func(r *Row) error {
		e, err := s.event(r, found)
		if err != nil {
			return err
		}
		return yield(e)
	})
}

// event takes a row out of its block.
func (s *EventStore) event(r *Row, found *memberships) (*CaseEvent, error) {
	b := r.b
	text := func(leaves ...int) string {
		for _, l := range leaves {
			if t, _ := b.bytes(l, r.row); len(t) > 0 {
				return string(t)
			}
		}
		return ""
	}
	e := &CaseEvent{
		Ordinal: r.Ordinal(), ID: text(leafDerived, leafID), Name: text(leafName), Time: r.Time(), Kind: text(leafKind), Shape: text(leafShape),
		Raw: bytes.Clone(b.raw(r.row)), Count: b.number(leafCopyCount, r.row),
		Place: detect.Place{Object: uint64(b.number(leafObject, r.row)), Index: int(b.number(leafIndex, r.row)), Offset: b.number(leafOffset, r.row)},
	}
	marks := b.vectors[leafMarks]
	from, to := marks.entries(r.row)
	for i := from; i < to; i++ {
		e.Marks = append(e.Marks, string(marks.value(marks.index[i])))
	}
	for _, m := range found.of(e.Ordinal) {
		e.Findings = append(e.Findings, found.findings[m.finding])
	}
	object, err := s.objects.object(e.Place.Object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.label, err)
	}
	e.Object = *object
	verdicts, err := s.verdicts()
	if err != nil {
		return nil, err
	}
	is := verdicts.eventVerdict(e.Place.Object, e.Place.Offset)
	e.Integrity, e.IntegrityText = is.verdict, is.sentence()
	e.Copies, err = s.copies(r)
	return e, err
}

func (s *EventStore) copies(r *Row) (out []CopyPlace, err error) {
	places, err := r.b.copyPlaces(nil, r.row)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.label, err)
	}
	for _, p := range places {
		source, path, err := s.objects.Name(p.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.label, err)
		}
		out = append(out, CopyPlace{p, objectName(source, path)})
	}
	return out, nil
}

// SHA256 returns the hash of the record's exact bytes, in hexadecimal.
func (e *CaseEvent) SHA256() string {
	sum := sha256.Sum256(e.Raw)
	return hex.EncodeToString(sum[:])
}

// copiesShown is how many places of copies show lists.
const copiesShown = 20

// Write shows the event: what the case knows, then the record. Nothing in it can
// steer a terminal.
func (e *CaseEvent) Write(w io.Writer) error {
	var b bytes.Buffer
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s%s\n", label, Terminal(fmt.Sprintf(format, args...)))
	}
	line("Event", "%s  %s", e.ID, e.Name)
	line("Time", "%s", moment(e.Time))
	line("Ordinal", "#%d", e.Ordinal)
	line("Object", "%s", objectName(e.Object.Source, e.Object.Path))
	line("", "object %d, record %d, offset %d of its %s content", e.Place.Object, e.Place.Index, e.Place.Offset, decompressed(&e.Object))
	if e.Object.SHA256 != "" {
		line("", "SHA-256 of the object's %s as stored: %s", plural(e.Object.Size, "byte"), e.Object.SHA256)
	}
	line("SHA-256", "%s of the record's %s", e.SHA256(), plural(int64(len(e.Raw)), "byte"))
	if e.Integrity != "" {
		line("Integrity", "%s", e.IntegrityText)
	}
	if kind := e.about(); kind != "" {
		line("Record", "%s", kind)
	}
	for _, text := range e.notices() {
		line("Notice", "%s", text)
	}
	e.writeCopies(line)
	for i, f := range e.Findings {
		label := ""
		if i == 0 {
			label = "Findings"
		}
		line(label, "%-13s %s  %s: %s", f.Severity, f.ID, f.Detector, f.Why)
	}
	if len(e.Findings) == 0 {
		line("Findings", "none")
	}
	b.WriteByte('\n')
	b.Write(prettyRecord(e.Raw))
	_, err := w.Write(b.Bytes())
	return err
}

func decompressed(o *scan.Object) string {
	if o.Members > 0 {
		return "decompressed"
	}
	return "uncompressed"
}

// about says what is unusual of the record.
func (e *CaseEvent) about() string {
	var parts []string
	if e.Kind != kindEvent {
		parts = append(parts, e.Kind)
	}
	if e.Shape != "" && e.Shape != "records" {
		parts = append(parts, "handed out as "+e.Shape)
		if f := parser.FidelityOf(e.Shape); f != parser.Raw {
			parts = append(parts, fmt.Sprintf("unsigned source: the record is %s", f))
		}
	}
	return strings.Join(append(parts, e.Marks...), ", ")
}

func (e *CaseEvent) writeCopies(line func(label, format string, args ...any)) {
	if e.Count == 0 {
		line("Copies", "none")
		return
	}
	line("Copies", "%s, identical or the same in a poorer form", number(e.Count))
	for _, c := range e.Copies[:min(len(e.Copies), copiesShown)] {
		line("", "%s, record %d, offset %d", c.Object, c.Index, c.Offset)
	}
	if rest := e.Count - int64(min(len(e.Copies), copiesShown)); rest > 0 {
		line("", "and %s more: copies.jsonl has all", number(rest))
	}
}

// prettyRecord returns a record with each member on a line of its own. Its tokens
// and their order are as they were: numbers are not rounded, duplicate keys stay. What does
// not print is escaped; the exact bytes are what --raw writes.
func prettyRecord(raw []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		b.Reset()
		b.Write(raw)
	}
	b.WriteByte('\n')
	var out []byte
	for text := b.Bytes(); len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n':
			out = append(out, '\n')
		case r == utf8.RuneError && size == 1:
			out = appendByteEscape(out, text[0])
		case prints(r):
			out = append(out, text[:size]...)
		default:
			out = appendJSONEscape(out, r)
		}
		text = text[size:]
	}
	return out
}
