package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// conclude runs the detectors' Stream halves over the hits in timeline order,
// before the timeline is written: a finding that ends later than the event that
// opened it is then known when that event's line is written, and the hits are
// few where the events are many.
func (r *run) conclude(ctx context.Context) error {
	streams := make([]detect.Stream, r.set.Len())
	for d := range streams {
		streams[d] = r.set.Stream(d)
	}
	members := r.members.NewWriter()
	heads := r.heads.NewWriter()
	var failed error
	emit := func(f detect.Finding) {
		if failed == nil {
			failed = r.found(f, members, heads)
		}
	}
	it, err := r.hits.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	var last hitGroup
	for n := 0; it.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if last.repeats(it.Key(), it.Value()) {
			continue
		}
		if err := dispatch(it.Value(), streams, emit); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	for _, s := range streams {
		if s.Flush != nil {
			s.Flush(emit)
		}
	}
	if failed != nil {
		return failed
	}
	if err := r.timesDiffer(members); err != nil {
		return err
	}
	if err := members.Close(); err != nil {
		return err
	}
	return heads.Close()
}

// hitGroup remembers the hits of one event ID and time, to tell copies.
type hitGroup struct {
	event []byte
	seen  [][]byte
}

// maxVariants bounds how many different records of one event ID and time are
// compared with each other. CloudTrail has one; more is somebody's doing.
const maxVariants = 64

// repeats reports whether a hit is a copy of one that was seen: the same event
// ID and time, hot fields and evidence; the place alone may differ.
func (g *hitGroup) repeats(key, value []byte) bool {
	if !bytes.Equal(g.event, eventPart(key)) {
		g.event = append(g.event[:0], eventPart(key)...)
		g.seen = g.seen[:0]
	}
	ref, n, err := detect.DecodeRef(value)
	if err != nil {
		return false // dispatch will say so
	}
	ref.Place = detect.Place{}
	plain := append(detect.AppendRef(nil, &ref), value[n:]...)
	for _, s := range g.seen {
		if bytes.Equal(s, plain) {
			return true
		}
	}
	if len(g.seen) < maxVariants {
		g.seen = append(g.seen, plain)
	}
	return false
}

// dispatch hands one hit to the detectors that it belongs to.
func dispatch(value []byte, streams []detect.Stream, emit func(detect.Finding)) error {
	value = bytes.Clone(value) // the streams may keep the strings
	ref, n, err := detect.DecodeRef(value)
	if err != nil {
		return err
	}
	for value = value[n:]; len(value) > 0; value = value[n:] {
		d, m := binary.Uvarint(value)
		if m <= 0 || d >= uint64(len(streams)) {
			return fmt.Errorf("hit of event %q: no detector %d", ref.ID, d)
		}
		var e detect.Evidence
		if e, n, err = detect.DecodeEvidence(value[m:]); err != nil {
			return err
		}
		n += m
		streams[d].Next(ref, e, emit)
	}
	return nil
}

// findingID names a finding by detector, subject and first event.
func findingID(detector, subject, firstEvent string) string {
	sum := sha256.Sum256([]byte(detector + "\x00" + subject + "\x00" + firstEvent))
	return hex.EncodeToString(sum[:8])
}

// findingKey orders findings by their first event.
func findingKey(opened *detect.EventRef, id string) []byte {
	return append(appendKey(nil, opened), id...)
}

// membership is what the settling pass learns of an event that a finding lists.
type membership struct {
	Membership
	finding []byte // findingKey
	first   bool   // among the finding's first few events: its record is wanted
}

func (m *membership) encode() []byte {
	b := []byte{byte(m.Severity), 0}
	if m.first {
		b[1] = 1
	}
	for _, s := range []string{m.Finding, m.Detector, string(m.finding)} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

func decodeMembership(b []byte) membership {
	m := membership{first: b[1] == 1}
	m.Severity = detect.Severity(b[0])
	b = b[2:]
	cut := func() string {
		n, w := binary.Uvarint(b)
		s := string(b[w : w+int(n)])
		b = b[w+int(n):]
		return s
	}
	m.Finding, m.Detector = cut(), cut()
	m.finding = []byte(cut())
	return m
}

// shownRecords is how many of a finding's records are handed over with it.
const shownRecords = 3

// found takes a finding, or a part of one.
func (r *run) found(f detect.Finding, members, heads *extsort.Writer) error {
	id := findingID(f.Detector, f.Subject, f.Opened.ID)
	key := findingKey(&f.Opened, id)
	m := membership{Membership: Membership{id, f.Detector, f.Severity}, finding: key}
	opening := len(f.Events) > 0 && f.Events[0].ID == f.Opened.ID
	h := FindingHead{
		ID: id, Detector: f.Detector, Severity: f.Severity, Subject: f.Subject, Why: f.Why,
		Count: len(f.Events), First: f.Opened.Time, Last: f.Opened.Time,
	}
	for i := range f.Events {
		e := &f.Events[i]
		h.see(e)
		m.first = opening && i < shownRecords
		// An event may belong to several findings: the finding's key keeps the keys apart.
		if err := members.Add(memberKey(e, key), m.encode()); err != nil {
			return err
		}
	}
	r.parts++
	return heads.Add(binary.BigEndian.AppendUint64(key, r.parts), encodeJSON(&h))
}

// memberKey is the event's sort key, then the finding's, then how long that is.
func memberKey(e *detect.EventRef, finding []byte) []byte {
	key := append(appendKey(nil, e), finding...)
	return binary.BigEndian.AppendUint32(key, uint32(len(finding)))
}

// memberEvent is the sort key of a member key's event.
func memberEvent(key []byte) []byte {
	n := binary.BigEndian.Uint32(key[len(key)-4:])
	return key[:len(key)-4-int(n)]
}

// timesDiffer finds events whose copies carry different times, which do not lie
// next to each other in the timeline, and marks the first of each time. That
// copies of one time differ is found when they meet in the settling pass.
func (r *run) timesDiffer(members *extsort.Writer) error {
	it, err := r.ids.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	var key, first []byte // the last copy key; the first of its group
	var firstN int
	marked := false
	mark := func(copyKey []byte, n int) error {
		event := sortKeyOf(copyKey, n)
		return members.Add(binary.BigEndian.AppendUint32(event, 0), conflictMark)
	}
	for it.Next() {
		n, _ := binary.Uvarint(it.Value())
		k := it.Key()
		switch group := copyGroup(k); {
		case key == nil || !bytes.Equal(copyGroup(key), group):
			first, firstN, marked = append(first[:0], k...), int(n), false
		case !bytes.Equal(key[len(group):len(group)+timeBytes], k[len(group):len(group)+timeBytes]):
			if !marked {
				if err := mark(first, firstN); err != nil {
					return err
				}
				marked = true
			}
			if err := mark(k, int(n)); err != nil {
				return err
			}
		}
		key = append(key[:0], k...)
	}
	return it.Err()
}

// conflictMark stands in place of a membership where an event has copies of
// another time.
var conflictMark = []byte{}
