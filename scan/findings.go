package scan

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// maxDistinct bounds the distinct values that a finding's head lists of each kind.
const maxDistinct = 50

// see adds an event to the head's summary.
func (h *FindingHead) see(e *detect.EventRef) {
	if e.Time.Before(h.First) {
		h.First = e.Time
	}
	if e.Time.After(h.Last) {
		h.Last = e.Time
	}
	h.Principals.add(e.Principal)
	h.Credentials.add(e.Credential)
	h.SourceIPs.add(e.SourceIP)
}

// join adds a further part of the same finding.
func (h *FindingHead) join(part *FindingHead) {
	if part.Severity >= h.Severity {
		h.Severity = part.Severity
	}
	h.Why = part.Why // a later part has seen more
	h.Count += part.Count
	if part.Last.After(h.Last) {
		h.Last = part.Last
	}
	h.Principals.join(part.Principals)
	h.Credentials.join(part.Credentials)
	h.SourceIPs.join(part.SourceIPs)
}

func (d *Distinct) add(s string) {
	at, found := slices.BinarySearch(d.Values, s)
	switch {
	case s == "" || found:
	case len(d.Values) == maxDistinct:
		d.More = max(d.More, 1)
	default:
		d.Values = slices.Insert(d.Values, at, s)
	}
}

func (d *Distinct) join(other Distinct) {
	for _, s := range other.Values {
		d.add(s)
	}
	d.More = max(d.More, other.More)
}

func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // none of our types can fail
	}
	return b
}

func decodeJSON[T any](b []byte) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

// appendHead appends the head's compact form: there may be a million of them.
func appendHead(dst []byte, h *FindingHead) []byte {
	dst = append(dst, byte(h.Severity))
	dst = binary.AppendUvarint(dst, uint64(h.Count))
	for _, s := range [...]string{h.ID, h.Detector, h.Subject, h.Why, h.Suppressed} {
		dst = appendSized(dst, s)
	}
	dst = appendTime(appendTime(dst, h.First), h.Last)
	for _, d := range [...]*Distinct{&h.Principals, &h.Credentials, &h.SourceIPs} {
		dst = binary.AppendUvarint(dst, uint64(d.More))
		dst = binary.AppendUvarint(dst, uint64(len(d.Values)))
		for _, v := range d.Values {
			dst = appendSized(dst, v)
		}
	}
	return dst
}

var errHead = errors.New("finding: malformed")

// decodeHead reads what appendHead wrote. It copies b.
func decodeHead(b []byte) (h FindingHead, err error) {
	if len(b) == 0 {
		return h, errHead
	}
	h.Severity = detect.Severity(b[0])
	c := cutter{rest: string(b[1:])}
	h.Count = int(c.uvarint())
	for _, s := range [...]*string{&h.ID, &h.Detector, &h.Subject, &h.Why, &h.Suppressed} {
		*s = c.sized()
	}
	h.First, h.Last = c.time(), c.time()
	for _, d := range [...]*Distinct{&h.Principals, &h.Credentials, &h.SourceIPs} {
		d.More = int(c.uvarint())
		n := c.uvarint()
		if n > maxDistinct {
			return h, errHead
		}
		for range n {
			d.Values = append(d.Values, c.sized())
		}
	}
	if c.bad || c.rest != "" {
		return h, errHead
	}
	return h, nil
}

// headsOf yields the findings' heads, the parts of each joined.
func headsOf(s *extsort.Sorter) iter.Seq2[FindingHead, error] {
	return func(yield func(FindingHead, error) bool) {
		it, err := s.Merge()
		if err != nil {
			yield(FindingHead{}, err)
			return
		}
		defer it.Close()
		var open *FindingHead
		for it.Next() {
			h, err := decodeHead(it.Value())
			if err != nil {
				yield(FindingHead{}, err)
				return
			}
			if open != nil && open.ID == h.ID {
				open.join(&h)
				continue
			}
			if open != nil && !yield(*open, nil) {
				return
			}
			open = &h
		}
		if open != nil && !yield(*open, nil) {
			return
		}
		if err := it.Err(); err != nil {
			yield(FindingHead{}, err)
		}
	}
}

// A settled finding lies in one sorter: its head's parts, then its events.
//
//	findingKey 0 …               head or a part of it, as JSON
//	findingKey 1 event sort key  event, and the record of the first few
const (
	headRow  = 0
	eventRow = 1
)

func headKey(finding []byte, part []byte) []byte {
	return append(append(bytes.Clone(finding), headRow), part...)
}

func eventKey(finding, event []byte) []byte {
	return append(append(bytes.Clone(finding), eventRow), event...)
}

// settled reads findings back, each with its events.
type settled struct {
	s   *extsort.Sorter
	err error
}

func (f *settled) fail(err error) { f.err = errors.Join(f.err, err) }

// each implements Result.Findings.
func (f *settled) each(yield func(FindingHead, iter.Seq2[FindingEvent, error]) bool) {
	it, err := f.s.Merge()
	if err != nil {
		f.fail(err)
		return
	}
	defer it.Close()
	more := it.Next()
	for more {
		key := bytes.Clone(it.Key())
		head, err := decodeHead(it.Value())
		if err != nil {
			f.fail(err)
			return
		}
		prefix := key[:bytes.LastIndex(key, []byte(head.ID))+len(head.ID)]
		for more = it.Next(); more && sameFinding(it.Key(), prefix, headRow); more = it.Next() {
			part, err := decodeHead(it.Value())
			if err != nil {
				f.fail(fmt.Errorf("finding %s: %w", head.ID, err))
				return
			}
			head.join(&part)
		}
		events := func(yield func(FindingEvent, error) bool) {
			for ; more && sameFinding(it.Key(), prefix, eventRow); more = it.Next() {
				e, err := decodeFindingEvent(it.Value())
				if !yield(e, err) {
					return
				}
			}
		}
		goOn := yield(head, events)
		for more && sameFinding(it.Key(), prefix, eventRow) { // what the caller did not consume
			more = it.Next()
		}
		if !goOn {
			break
		}
	}
	if err := it.Err(); err != nil {
		f.fail(err)
	}
}

func sameFinding(key, finding []byte, row byte) bool {
	return len(key) > len(finding) && bytes.HasPrefix(key, finding) && key[len(finding)] == row
}

// encodeFindingEvent writes ordinal, the reference's few fields, and the record.
func encodeFindingEvent(e *FindingEvent) []byte {
	b := binary.AppendUvarint(nil, e.Ordinal)
	b = detect.AppendRef(b, &detect.EventRef{Time: e.Time, ID: e.ID, Name: e.Name, ErrorCode: e.Error, Place: e.Place})
	return append(b, e.Raw...)
}

func decodeFindingEvent(b []byte) (FindingEvent, error) {
	b = bytes.Clone(b) // the strings alias it
	ordinal, w := binary.Uvarint(b)
	ref, n, err := detect.DecodeRef(b[w:])
	if err != nil {
		return FindingEvent{}, err
	}
	e := findingEvent(&ref, ordinal)
	if raw := b[w+n:]; len(raw) > 0 {
		e.Raw = raw
	}
	return e, nil
}
