package report

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/coldtrail/coldtrail/parser"
)

// markMeanings say what the marks of the event store mean, in the order in which they are told.
// Those of unsigned sources are told by shape.
var markMeanings = []struct{ mark, meaning string }{
	{markOmitted, "truncated by CloudTrail: a part was too large and is not in the record"},
	{markAddendum, "addendum: delivered late, or an update of an earlier record, which stays as it is"},
	{markDuplicateKeys, "a field is there more than once, the last counts: CloudTrail writes none such"},
	{markVariantKeys, "a name differs from a known one in capitals only: CloudTrail writes none such"},
	{markInvalidUTF8, "bytes that are not UTF-8"},
	{markSurrogate, "half of a surrogate pair, which stands for no character"},
}

// A MarkCount is how many events have a mark.
type MarkCount struct {
	Mark    string `json:"mark"`
	Meaning string `json:"meaning"`
	Events  int64  `json:"events"`
}

// marked counts events by their marks, from many goroutines.
type marked struct{ n [8]atomic.Int64 } // as markMeanings

func (m *marked) count(marks [][]byte) {
	for _, mark := range marks {
		for i := range markMeanings {
			if string(mark) == markMeanings[i].mark {
				m.n[i].Add(1)
			}
		}
	}
}

func (m *marked) rows() (rows []MarkCount) {
	if m == nil {
		return nil
	}
	for i := range markMeanings {
		if n := m.n[i].Load(); n > 0 {
			rows = append(rows, MarkCount{markMeanings[i].mark, markMeanings[i].meaning, n})
		}
	}
	return rows
}

// notices says what is unusual of the record, a line each.
func (e *CaseEvent) notices() (lines []string) {
	for _, mark := range e.Marks {
		for _, m := range markMeanings {
			if m.mark != mark {
				continue
			}
			text := m.meaning
			switch mark {
			case markOmitted:
				text = fmt.Sprintf("truncated by CloudTrail: %s left out for its size: the evidence is incomplete here", strings.Join(omittedIn(e.Raw), ", "))
			case markAddendum:
				a := e.Addendum()
				text = fmt.Sprintf("addendum, %s", orID(a.Reason, "without a reason"))
				if a.Original != "" {
					text += fmt.Sprintf(": the original is event %s, and what is new is in %s", a.Original, orID(a.Fields, "no field that it names"))
				}
			}
			lines = append(lines, text)
		}
	}
	return lines
}

// omittedIn names the members that CloudTrail left out.
func omittedIn(raw []byte) (names []string) {
	r := parser.Record{Raw: raw}
	whole, _ := r.Get("")
	for name, v := range whole.Members {
		if omitted, ok := v.Get("omitted"); ok && string(omitted.Raw()) == "true" {
			names = append(names, name)
		}
	}
	return names
}

// An Addendum is what a record says of the record that it updates.
type Addendum struct{ Reason, Fields, Original string }

// Addendum returns what the record says of an earlier one; its Original is empty where
// it names none.
func (e *CaseEvent) Addendum() (a Addendum) {
	r := parser.Record{Raw: e.Raw}
	for path, s := range map[string]*string{"reason": &a.Reason, "updatedFields": &a.Fields, "originalEventID": &a.Original} {
		if v, ok := r.Get("addendum." + path); ok && !v.IsNull() {
			*s = v.String()
		}
	}
	return a
}

// relatedLimit bounds how many addenda of one event are shown: more are somebody's invention.
const relatedLimit = 20

// Related calls yield with what belongs to an event without being a copy of it: the record that it
// updates, and those that update it.
func (s *EventStore) Related(ctx context.Context, e *CaseEvent, yield func(*CaseEvent) error) error {
	if original := e.Addendum().Original; original != "" && original != e.ID {
		f, err := EventFilter(original)
		if strings.HasPrefix(original, "#") || err != nil { // no ID, but somebody's invention
			return nil
		}
		if err := s.Find(ctx, f, yield); err != nil {
			return err
		}
	}
	all, err := NewFilter(nil, 0)
	if err != nil {
		return err
	}
	var addenda []uint64
	if err := s.Scan(ctx, all, []string{"addendum.originaleventid"}, func(r *Row) error {
		if !r.Null(0) && string(r.Bytes(0)) == e.ID && r.Ordinal() != e.Ordinal && len(addenda) < relatedLimit {
			addenda = append(addenda, r.Ordinal())
		}
		return nil
	}); err != nil || len(addenda) == 0 {
		return err
	}
	return s.Find(ctx, ordinalFilter(addenda...), yield)
}

// hasLoneSurrogate reports whether an escape in JSON text stands for half of a surrogate pair.
func hasLoneSurrogate(text []byte) bool {
	if !bytes.Contains(text, []byte(`\u`)) { // spares most the rest
		return false
	}
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		text = text[i:]
		switch half := surrogate(text); {
		case half == 0:
			text = text[min(2, len(text)):]
		case half == 'h' && surrogate(text[6:]) == 'l':
			text = text[12:]
		default:
			return true
		}
	}
}
