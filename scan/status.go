package scan

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/coldtrail/coldtrail/parser"
)

// What an object is said to be, once it was read.

// judge gives the object its status.
func (w *worker) judge(l listed, end error) error {
	o, c := &w.o, w.content
	o.SHA256 = hex.EncodeToString(c.stored.sum.Sum(nil))
	o.ContentSize, o.Members, o.Shape = c.produced, c.members, w.reader.Shape()
	w.run.shapes.set(o.Ordinal, o.Shape)
	w.contentHashes()
	if codecs := c.codecs(); codecs != "" {
		o.Notes = append(o.Notes, packedAs+codecs)
	}
	if f := parser.FidelityOf(o.Shape); f != parser.Raw && o.Kept > 0 {
		o.Notes = append(o.Notes, fmt.Sprintf("unsigned source: %s, whose records are %s; no digest covers them", o.Shape, f))
		o.Notes = append(o.Notes, w.alike.notes()...)
	}
	o.Notes = append(o.Notes, w.odd.notes()...)
	for _, strange := range w.strange(l) {
		if err := w.problem(-1, -1, strange); err != nil {
			return err
		}
	}
	if end != io.EOF {
		return w.judgeBroken(l, end)
	}
	return w.judgeWhole(l)
}

// strange lists what should not be, though every record could be read.
func (w *worker) strange(l listed) (problems []string) {
	o, c := &w.o, w.content
	if c.stored.n != l.size {
		o.Size = c.stored.n
		if l.member == nil { // otherwise it is what the container says, and damage of that shows elsewhere
			problems = append(problems, changedSize(l.size, c.stored.n))
		}
	}
	if c.trailing > 0 {
		problems = append(problems, fmt.Sprintf("%d bytes that are not gzip follow the gzip data", c.trailing))
	}
	if c.members > 1 {
		appended := fmt.Sprintf("%d gzip members: content from offset %d on was appended to the first, and no digest covers it", c.members, c.firstEnds)
		if len(c.layers) > 0 { // the offset is not that of what was read
			appended = fmt.Sprintf("%d gzip members around data that is packed once more", c.members)
		}
		if _, delivered := ParseObjectName(l.path); delivered { // CloudTrail delivers one
			return append(problems, appended)
		}
		o.Notes = append(o.Notes, appended)
	}
	return problems
}

func (w *worker) judgeWhole(l listed) error {
	o := &w.o
	events := o.Kept + o.Excluded
	switch {
	case len(w.unread) > 0:
		o.Reason = "holds CloudTrail events in a form that is not read: " + w.unread.counted()
		if err := w.problem(-1, -1, o.Reason); err != nil {
			return err
		}
		o.Status = Unreadable
		if events > 0 {
			o.Status = Damaged
		}
	case w.problems > 0:
		o.Status, o.Reason = Damaged, o.Problems[0].Text
		if w.problems > 1 {
			o.Reason = fmt.Sprintf("%d problems, the first: %s", w.problems, o.Reason)
		}
		if events+o.Other == 0 {
			o.Status = Unreadable
		}
	case o.Shape == parser.ShapeEmpty:
		o.Status, o.Reason = Recognised, "empty"
		if looksLikeLog(l.path) {
			o.Status = Unreadable
			return w.problem(-1, -1, o.Reason)
		}
	case events == 0 && o.Other > 0:
		o.Status, o.Reason = Recognised, w.other.String()
	default:
		o.Status = Parsed
		if o.Other > 0 {
			o.Notes = append(o.Notes, w.other.note(o.Other))
		}
	}
	return nil
}

// judgeBroken is for an object that did not come to a well-formed end.
func (w *worker) judgeBroken(l listed, end error) error {
	o := &w.o
	offset := w.reader.Offset()
	var format *parser.FormatError
	if errors.As(end, &format) {
		offset, end = format.Offset, format.Err
	}
	o.Reason = reasonOf(end)
	if end == io.ErrUnexpectedEOF {
		o.Reason = "cut short"
	}
	o.Status = Damaged
	if o.Framed == 0 {
		o.Status = Unreadable
	}
	if o.Framed == 0 && end == parser.ErrNotJSON {
		if what, holds := recogniseBytes(w.content.head, &l); what != "" {
			o.Reason = what
			if !holds {
				o.Status = Recognised
				return nil
			}
		}
	}
	return w.problem(offset, -1, o.Reason)
}
