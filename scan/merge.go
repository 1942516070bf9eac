package scan

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A merger walks the merged runs, merges copies, joins what the detectors
// concluded, and fills batches.
type merger struct {
	r       *run
	out     func(*batch) error
	free    <-chan *batch
	members *extsort.Iterator
	hasMore bool // members stands on a row that was not joined yet
	again   *extsort.Iterator
	hasNext bool // again stands on a row that was not reached yet
	copies  *extsort.Writer
	events  *extsort.Writer
	clashes *extsort.Writer

	copyKeys copyKeys

	b       *batch
	ordinal uint64
	merged  int64 // copies

	// The open group: the lines of b, from first on, that share event ID and time.
	event    []byte
	first    int
	firstRaw int64 // b.raw before it
}

func (m *merger) run(ctx context.Context) error {
	m.copies, m.events, m.clashes = m.r.copies.NewWriter(), m.r.findings.NewWriter(), m.r.clashes.NewWriter()
	it, err := m.r.entries.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	if m.members, err = m.r.members.Merge(); err != nil {
		return err
	}
	defer m.members.Close()
	m.hasMore = m.members.Next()
	if m.again, err = m.r.again.Merge(); err != nil {
		return err
	}
	defer m.again.Close()
	m.hasNext = m.again.Next()
	m.fresh()
	for n := 0; it.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := m.entry(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	if err := errors.Join(it.Err(), m.members.Err(), m.again.Err()); err != nil {
		return err
	}
	if err := m.closeGroup(); err != nil {
		return err
	}
	if m.hasMore {
		return fmt.Errorf("a finding lists an event that the timeline lacks: key %q", m.members.Key())
	}
	if m.hasNext {
		return errChanged
	}
	if kept := m.r.totals.Kept; kept != int64(m.ordinal)+m.merged {
		return fmt.Errorf("%d events were kept, but %d came out of the sort", kept, int64(m.ordinal)+m.merged)
	}
	if err := m.flush(); err != nil {
		return err
	}
	m.r.totals.Distinct, m.r.totals.Copies = int64(m.ordinal), m.merged
	return errors.Join(m.copies.Close(), m.events.Close(), m.clashes.Close())
}

// fresh takes an empty batch.
func (m *merger) fresh() {
	select {
	case m.b = <-m.free:
	default:
		m.b = &batch{r: m.r, arena: make([]byte, 0, m.r.batchBytes()+m.r.batchBytes()/8)}
	}
	m.b.reset()
	m.first, m.firstRaw = 0, 0
}

func (m *merger) flush() error {
	if len(m.b.lines) == 0 {
		return nil
	}
	if err := m.out(m.b); err != nil {
		return err
	}
	m.fresh()
	return nil
}

// entry takes the next entry: a copy of a line in the open group, or a new line.
func (m *merger) entry(key, value []byte) error {
	if !bytes.Equal(m.event, eventPart(key)) {
		if err := m.closeGroup(); err != nil {
			return err
		}
		m.event = append(m.event[:0], eventPart(key)...)
	}
	again, err := m.readAgain(key, value)
	if err != nil {
		return err
	}
	if len(m.b.lines)-m.first >= maxGroup || m.b.raw-m.firstRaw >= maxGroupRaw { // what follows is not compared with these any more
		if err := m.closeGroup(); err != nil {
			return err
		}
	}
	var differs bool
	if group := m.b.lines[m.first:]; len(group) > 0 {
		var original *line
		if original, differs, err = m.compare(group, key, value, again); err != nil {
			return err
		}
		if original != nil {
			return m.copy(original, key, value, again)
		}
	}
	l := m.b.add(m.ordinal, key, value)
	l.clash = differs || len(again) > 0 && again[0] == contested
	l.again = again
	m.ordinal++
	return m.join(key, l)
}

// maxGroup bounds how many lines of one event ID and time are compared with each
// other. CloudTrail has one for each account that an event concerns.
const maxGroup = 4 * maxVariants

// maxGroupRaw bounds their records, which are encoded together.
const maxGroupRaw = 4 * rawBytes

var errChanged = errors.New("the evidence has changed while it was examined: a record is not what it was")

// readAgain returns what settleDoubts found of the entry, if it was read again.
func (m *merger) readAgain(key, value []byte) ([]byte, error) {
	if !m.hasNext {
		return nil, nil
	}
	switch bytes.Compare(m.again.Key(), key) {
	case 1:
		return nil, nil
	case -1:
		return nil, errChanged
	}
	found := bytes.Clone(m.again.Value())
	if !bytes.Equal(found[1:canonicalFrom], value[:hashBytes]) {
		return nil, errChanged
	}
	m.hasNext = m.again.Next()
	return found, nil
}

// compare looks in the open group for the line that value is a copy of. Lines of
// the same account that differ from it clash, and differs says that there are any.
func (m *merger) compare(group []line, key, value, again []byte) (original *line, differs bool, err error) {
	ref, _, err := m.r.shared.decode(key, value[m.r.head:])
	if err != nil {
		return nil, false, err
	}
	var clashing []*line
	for i := range group {
		l := &group[i]
		other, _, err := m.b.decode(l)
		switch {
		case err != nil:
			return nil, false, err
		case other.Account != ref.Account:
		case bytes.Equal(m.b.hash(l), value[:hashBytes]), l.spelled(value[:hashBytes]):
			return l, false, nil
		case sameCanonical(l.again, again):
			l.spellings = append(l.spellings, [hashBytes]byte(value[:hashBytes]))
			return l, false, nil
		case m.fidelity(&other) != m.fidelity(&ref) && agree(l.record(), recordOf(again)):
			return l, false, nil
		default:
			clashing = append(clashing, l)
		}
	}
	for _, l := range clashing {
		l.clash = true
	}
	return nil, len(clashing) > 0, nil
}

// sameCanonical compares what settleDoubts found of two records. Nothing is the
// same as what could not be read again.
func sameCanonical(a, b []byte) bool {
	return len(a) > 0 && len(b) > 0 && bytes.Equal(a[canonicalFrom:canonicalTo], b[canonicalFrom:canonicalTo])
}

// fidelity is the class of the event's record. Lower is better.
func (m *merger) fidelity(ref *detect.EventRef) parser.Fidelity {
	return parser.FidelityOf(m.r.shapes.name(ref.Place.Object))
}

// copy records a further location of an event. Where what lies there is the better
// record, the line is made of that, and what it was made of lies beneath it.
func (m *merger) copy(original *line, key, value, again []byte) error {
	ref, _, err := m.r.shared.decode(key, value[m.r.head:])
	if err != nil {
		return err
	}
	worse, _, err := m.b.decode(original)
	if err != nil {
		return err
	}
	place := ref.Place
	same := bytes.Equal(m.b.hash(original), value[:hashBytes])
	if m.fidelity(&ref) < m.fidelity(&worse) && (same || len(again) > 0) { // so that its record is known where the worse one's is
		place = worse.Place
		if !same {
			original.spellings, original.again = append(original.spellings, [hashBytes]byte(m.b.hash(original))), again
		}
		m.b.replace(original, key, value)
	}
	if original.copies++; len(original.places) < MaxPlaces {
		original.places = append(original.places, place)
		m.b.raw += int64(unsafe.Sizeof(place)) // they take memory too
	}
	m.merged++
	c := Copy{Ordinal: original.ordinal, ID: ref.ID, Place: place}
	at := binary.BigEndian.AppendUint64(nil, original.ordinal)
	if err := m.copies.Add(appendTail(at, place), encodeJSON(c)); err != nil {
		return err
	}
	return m.join(key, original)
}

// join gives a line the findings that list the event of that key.
func (m *merger) join(key []byte, l *line) error {
	for m.hasMore {
		order := bytes.Compare(memberEvent(m.members.Key()), key)
		if order > 0 {
			return nil
		}
		if order < 0 {
			return fmt.Errorf("a finding lists an event that the timeline lacks: key %q", m.members.Key())
		}
		list(m.r.membership(m.members.Value()), l)
		m.hasMore = m.members.Next()
	}
	return nil
}

// list makes the line one of the finding's events, once.
func list(member membership, l *line) {
	for _, has := range l.findings {
		if has.Finding == member.Finding {
			return
		}
	}
	l.findings = append(l.findings, member.Membership)
	l.listed = append(l.listed, member)
}

// tell writes which findings list the line, whose record is known by now.
func (m *merger) tell(l *line) error {
	if len(l.listed) == 0 {
		return nil
	}
	ref, _, err := m.b.decode(l)
	if err != nil {
		return err
	}
	e := findingEvent(&ref, l.ordinal)
	for i := range l.listed {
		member := &l.listed[i]
		if e.Raw = nil; member.first {
			if e.Raw, err = m.record(l); err != nil {
				return err
			}
		}
		if err := m.events.Add(eventKey(member.finding, m.b.arena[l.key:l.off]), encodeFindingEvent(&e)); err != nil {
			return err
		}
	}
	l.listed = nil
	return nil
}

// record returns the line's record, where it was kept or read again.
func (m *merger) record(l *line) ([]byte, error) {
	if raw := l.record(); raw != nil || m.r.spool == nil {
		return raw, nil
	}
	raw, _, err := m.r.spool.read(nil, spotOf(m.b.arena[l.off+hashBytes:]))
	return raw, err
}

func findingEvent(ref *detect.EventRef, ordinal uint64) FindingEvent {
	return FindingEvent{
		ID: ref.ID, Ordinal: ordinal, Time: ref.Time, Name: ref.Name, Error: ref.ErrorCode, Place: ref.Place,
	}
}

// closeGroup ends the open group: which of its lines clash, and which copy stands for
// each event, is known now.
func (m *merger) closeGroup() error {
	for i := m.first; i < len(m.b.lines); i++ {
		l := &m.b.lines[i]
		if err := m.tell(l); err != nil {
			return err
		}
		if !l.clash {
			continue
		}
		ref, _, err := m.b.decode(l)
		if err != nil {
			return err
		}
		id := clashID(&ref)
		l.findings = append(l.findings, Membership{id, detect.ConflictingCopies, detect.High})
		value := detect.AppendRef(binary.BigEndian.AppendUint64(nil, l.ordinal), &ref)
		if err := m.clashes.Add(m.copyKeys.append(nil, &ref), append(value, l.record()...)); err != nil {
			return err
		}
	}
	for i := m.first; i < len(m.b.lines); i++ {
		m.b.lines[i].again = nil // a record each: nobody asks for them any more
	}
	m.first, m.firstRaw = len(m.b.lines), m.b.raw
	if m.b.full() {
		return m.flush()
	}
	return nil
}

// clashSubject is whom a finding about conflicting copies is about: the event, in its account.
func clashSubject(ref *detect.EventRef) string {
	if ref.Account == "" {
		return ref.ID
	}
	return ref.ID + " in account " + ref.Account
}

// clashID names the finding about an event's copies, whose times may differ.
func clashID(ref *detect.EventRef) string {
	return findingID(detect.ConflictingCopies, clashSubject(ref), &detect.EventRef{ID: ref.ID})
}

// clashFindings makes a finding of each event whose copies differ.
func (r *run) clashFindings(ctx context.Context) error {
	it, err := r.clashes.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	w := r.findings.NewWriter()
	var group, finding []byte
	var head *FindingHead
	end := func() error {
		if head == nil {
			return nil
		}
		head.Why = fmt.Sprintf("%d different records carry the event ID %s", head.Count, head.Subject)
		return w.Add(headKey(finding, nil), appendHead(nil, head))
	}
	for it.Next() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		value := bytes.Clone(it.Value())
		ordinal := binary.BigEndian.Uint64(value)
		ref, n, err := detect.DecodeRef(value[8:])
		if err != nil {
			return err
		}
		if head == nil || !bytes.Equal(group, copyGroup(it.Key())) {
			if err := end(); err != nil {
				return err
			}
			group = append(group[:0], copyGroup(it.Key())...)
			subject := clashSubject(&ref)
			head = &FindingHead{
				ID: clashID(&ref), Detector: detect.ConflictingCopies,
				Severity: detect.High, Subject: subject, First: ref.Time, Last: ref.Time,
			}
			finding = findingKey(&ref, head.ID)
		}
		head.Count++
		head.see(&ref)
		e := findingEvent(&ref, ordinal)
		if head.Count <= shownRecords {
			e.Raw = value[8+n:]
		}
		if err := w.Add(eventKey(finding, appendKey(nil, &ref)), encodeFindingEvent(&e)); err != nil {
			return err
		}
	}
	if err := errors.Join(it.Err(), end()); err != nil {
		return err
	}
	return w.Close()
}
