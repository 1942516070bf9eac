package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
)

// conclude runs the detectors' Stream halves over the hits in timeline order,
// before the timeline is written: a finding that ends later than the event that
// opened it is then known when that event's line is written, and the hits are
// few where the events are many. Beside it copies are compared, which shares nothing with it.
func (r *run) conclude(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.concludeHits(ctx) })
	g.Go(func() error { return r.compareCopies(ctx) })
	return g.Wait()
}

func (r *run) concludeHits(ctx context.Context) error {
	if r.cfg.Accounts != nil {
		r.cfg.Accounts.Receive(r.homes.list()...)
	}
	juries, judges := r.seat(r.juries())
	g, ctx := errgroup.WithContext(ctx)
	for _, y := range juries {
		g.Go(y.sit)
	}
	g.Go(func() error {
		err := r.tellHits(ctx, judges)
		for _, y := range juries {
			if err == nil {
				err = y.handOver(ctx)
			}
		}
		for _, y := range juries {
			y.whole = err == nil
			close(y.heard)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	r.evicted = evictions(judges)
	r.raised = map[string]detect.Severity{}
	for _, y := range juries {
		maps.Copy(r.raised, y.raised) // a finding is of one detector, and so of one jury
	}
	r.late = falls(judges)
	return r.addLate()
}

// juries is how many goroutines run Stream halves.
func (r *run) juries() int { return min(r.cfg.Workers, maxJuries) }

// maxJuries bounds them: what reads the hits keeps no more of them busy.
const maxJuries = 8

// tellHits tells the juries of all hits but copies, in timeline order.
func (r *run) tellHits(ctx context.Context, judges []*judge) error {
	it, err := r.hits.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	var last hitGroup
	for n := int64(0); it.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if last.repeats(it.Key(), it.Value()) {
			continue
		}
		if err := r.tellHit(ctx, it.Key(), it.Value(), judges, n); err != nil {
			return err
		}
	}
	return it.Err()
}

// hitGroup remembers the hits of one event ID and time, to tell copies.
type hitGroup struct {
	event []byte
	first []byte   // the value of the group's first hit
	seen  [][]byte // all different ones, without their places, once there is a second
}

// maxVariants bounds how many different records of one event ID and time are
// compared with each other. CloudTrail has one; more is somebody's doing.
const maxVariants = 64

// repeats reports whether a hit is a copy of one that was seen: the same event
// ID and time, hot fields and evidence; the place alone may differ.
func (g *hitGroup) repeats(key, value []byte) bool {
	if !bytes.Equal(g.event, eventPart(key)) {
		g.event = append(g.event[:0], eventPart(key)...)
		g.first = append(g.first[:0], value...)
		g.seen = g.seen[:0]
		return false
	}
	if len(g.seen) == 0 {
		g.seen = append(g.seen, withoutPlace(g.first))
	}
	plain := withoutPlace(value)
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

// withoutPlace returns a copy of a hit without the offset of its record, which
// is what a value tells of the place.
func withoutPlace(value []byte) []byte {
	_, n := binary.Varint(value)
	return bytes.Clone(value[max(n, 0):])
}

// tellHit tells of one hit the judges that it belongs to.
func (r *run) tellHit(ctx context.Context, key, value []byte, judges []*judge, hit int64) error {
	both := append(append(make([]byte, 0, len(key)+len(value)), key...), value...) // the streams may keep the strings
	key, value = both[:len(key)], both[len(key):]
	event, n, err := r.shared.decode(key, value)
	if err != nil {
		return err
	}
	ref := &event // one for all of them
	for value = value[n:]; len(value) > 0; value = value[n:] {
		d, m := binary.Uvarint(value)
		if m <= 0 || d >= uint64(len(judges)) {
			return fmt.Errorf("hit of event %q: no detector %d", ref.ID, d)
		}
		var e detect.Evidence
		if e, n, err = detect.DecodeEvidence(value[m:]); err != nil {
			return err
		}
		n += m
		if err := judges[d].jury.tell(ctx, heard{judges[d], ref, e, hit}, len(both)); err != nil {
			return err
		}
	}
	return nil
}

// findingID names a finding by detector, subject and first event. The event's
// time is part of it, since a forged copy may share the ID.
func findingID(detector, subject string, opened *detect.EventRef) string {
	event := eventPart(appendKey(nil, opened))
	sum := sha256.Sum256([]byte(detector + "\x00" + subject + "\x00" + string(event)))
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

func (m *membership) append(dst []byte) []byte {
	b := append(dst, byte(m.Severity), 0)
	if m.first {
		b[len(b)-1] = 1
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

// membership reads what append wrote, with the severity of the whole finding.
func (r *run) membership(b []byte) membership {
	m := decodeMembership(b)
	if s, ok := r.raised[m.Finding]; ok {
		m.Severity = max(m.Severity, s)
	}
	return m
}

// appendMemberKey appends the event's sort key, then the finding's, then how long that is.
func appendMemberKey(dst []byte, e *detect.EventRef, finding []byte) []byte {
	key := append(appendKey(dst, e), finding...)
	return binary.BigEndian.AppendUint32(key, uint32(len(finding)))
}

// memberEvent is the sort key of a member key's event.
func memberEvent(key []byte) []byte {
	n := binary.BigEndian.Uint32(key[len(key)-4:])
	return key[:len(key)-4-int(n)]
}

// compareCopies looks at all copies of each event, which lie together here
// whatever time they carry. Copies of different times differ: the first of each
// time is marked. Copies of one time whose bytes differ are in doubt.
func (r *run) compareCopies(ctx context.Context) error {
	again := r.doubts.NewWriter()
	it, err := r.ids.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	var g copies
	doubt := func(key []byte, known byte) error { return again.Add(placeKey(key), []byte{known}) }
	for n := 0; it.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := g.see(it.Key(), binary.BigEndian.Uint64(it.Value()), doubt); err != nil {
			return err
		}
	}
	return errors.Join(it.Err(), again.Close())
}

// copies is the event that compareCopies looks at.
type copies struct {
	first    []byte   // copy key of the first record of the current time
	others   bool     // an earlier time was seen
	contents []uint64 // of the different records of the current time
}

func (g *copies) see(key []byte, content uint64, doubt func(key []byte, known byte) error) error {
	switch {
	case g.first == nil || !bytes.Equal(copyGroup(g.first), copyGroup(key)):
		g.others = false
	case !bytes.Equal(copyTime(g.first), copyTime(key)):
		if !g.others {
			if err := doubt(g.first, contested); err != nil {
				return err
			}
		}
		g.others = true
		if err := doubt(key, contested); err != nil {
			return err
		}
	case slices.Contains(g.contents, content):
		return nil
	case len(g.contents) == maxVariants:
		return doubt(key, contested) // so many are not compared any more
	default:
		if len(g.contents) == 1 {
			if err := doubt(g.first, inDoubt); err != nil {
				return err
			}
		}
		g.contents = append(g.contents, content)
		return doubt(key, inDoubt)
	}
	g.first = append(g.first[:0], key...)
	g.contents = append(g.contents[:0], content)
	return nil
}
