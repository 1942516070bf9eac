package scan

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A jury is some of the judges, whom one goroutine shows their hits, and what they find. The
// hits of one detector all come to one jury, in timeline order; what juries write is sorted:
// it does not show who sat where.
type jury struct {
	r      *run
	judges []*judge
	heard  chan []heard
	spare  chan []heard // to be filled again
	filled []heard      // by who reads the hits, until it is handed over
	size   int          // of what is filled, in bytes as they are stored
	whole  bool         // all hits were handed over; known once heard is closed

	members *extsort.Writer // of findings
	heads   *extsort.Writer
	again   *extsort.Writer // records to read again
	parts   uint64          // of findings, so far
	raised  map[string]detect.Severity
	failed  error

	key, value []byte // scratch
}

// heard is one hit on its way to a judge.
type heard struct {
	judge    *judge
	ref      *detect.EventRef // one for all that see the event
	evidence detect.Evidence
	n        int64 // of the events, in timeline order
}

// heardAtOnce hits are handed over together, since a channel costs as much as some of them, or fewer that are large:
// what waits for a jury must not depend on what records hold.
const (
	heardAtOnce = 512
	heardBytes  = 256 << 10
)

// seat makes as many juries, and divides the detectors among them.
func (r *run) seat(n int) (all []*jury, judges []*judge) {
	for range n {
		all = append(all, &jury{
			r: r, heard: make(chan []heard, 2), spare: make(chan []heard, 4),
			members: r.members.NewWriter(), heads: r.heads.NewWriter(), again: r.doubts.NewWriter(),
			raised: map[string]detect.Severity{},
		})
	}
	for d := range r.set.Len() {
		y := all[d%n]
		j := &judge{id: r.set.Detector(d).ID, stream: r.set.Stream(d), jury: y}
		judges, y.judges = append(judges, j), append(y.judges, j)
	}
	return all, judges
}

// tell adds a hit of so many bytes to what the jury is to hear.
func (y *jury) tell(ctx context.Context, h heard, size int) error {
	y.filled, y.size = append(y.filled, h), y.size+size
	if len(y.filled) < heardAtOnce && y.size < heardBytes {
		return nil
	}
	return y.handOver(ctx)
}

func (y *jury) handOver(ctx context.Context) error {
	if err := send(ctx, y.heard, y.filled); err != nil {
		return err
	}
	y.size = 0
	select {
	case y.filled = <-y.spare:
	default:
		y.filled = make([]heard, 0, heardAtOnce)
	}
	return nil
}

// sit hears the hits. Only where these were all, what is still open is emitted; else who reads them says what went wrong.
func (y *jury) sit() error {
	emit := func(f detect.Finding) {
		if y.failed == nil {
			y.failed = y.found(f)
		}
	}
	for batch := range y.heard {
		for i := range batch {
			h := &batch[i]
			h.judge.next(h, emit)
		}
		if y.failed != nil {
			return y.failed
		}
		clear(batch)
		select {
		case y.spare <- batch[:0]:
		default:
		}
	}
	if !y.whole {
		return nil
	}
	for _, j := range y.judges {
		j.flush(emit)
	}
	return errors.Join(y.failed, y.members.Close(), y.heads.Close(), y.again.Close())
}

// shownRecords is how many of a finding's records are handed over with it. Those
// of informational findings, which every account has by the thousand, are not.
const shownRecords = 3

// found takes a finding, or a part of one.
func (y *jury) found(f detect.Finding) error {
	id := findingID(f.Detector, f.Subject, &f.Opened)
	key := findingKey(&f.Opened, id)
	m := membership{Membership: Membership{id, f.Detector, f.Severity}, finding: key}
	opening := len(f.Events) > 0 && f.Events[0].ID == f.Opened.ID
	h := FindingHead{
		ID: id, Detector: f.Detector, Severity: f.Severity, Subject: f.Subject, Why: f.Why, Suppressed: f.Suppressed,
		Count: len(f.Events), First: f.Opened.Time, Last: f.Opened.Time,
	}
	for i, e := range f.Events {
		h.see(e)
		if m.first = opening && i < shownRecords && f.Severity > detect.Informational && !y.r.cfg.WithoutRecords; m.first && y.r.spool == nil {
			y.key = appendTail(y.key[:0], e.Place)
			if err := y.again.Add(y.key, []byte{inDoubt}); err != nil {
				return err
			}
		}
		// An event may belong to several findings: the finding's key keeps the keys apart.
		y.key, y.value = appendMemberKey(y.key[:0], e, key), m.append(y.value[:0])
		if err := y.members.Add(y.key, y.value); err != nil {
			return err
		}
	}
	if !opening && f.Severity > y.r.set.Severity(f.Detector) {
		y.raise(id, f.Severity)
	}
	y.parts++
	return y.heads.Add(binary.BigEndian.AppendUint64(key, y.parts), appendHead(nil, &h))
}

// raise takes note that a finding became more severe after a part of it was emitted: its
// severity is that of all its events.
func (y *jury) raise(finding string, s detect.Severity) {
	y.raised[finding] = max(y.raised[finding], s)
}

// A judge is the Stream half of a detector that is being run.
type judge struct {
	id     string
	stream detect.Stream
	jury   *jury
	last   detect.Place // of the event that it was shown last
	asked  bool
	fallen *fall
}

// A fall is a panic of a judge. It is asked no more, since nobody knows what it makes of what
// it has seen; the others go on.
type fall struct {
	n       int64 // of the event that it was shown, in timeline order
	object  uint64
	problem Problem
}

// next shows it an event.
func (j *judge) next(h *heard, emit func(detect.Finding)) {
	if j.fallen != nil {
		return
	}
	j.last, j.asked = h.ref.Place, true
	defer j.fell(h.n)
	j.stream.Next(h.ref, h.evidence, emit)
}

// flush lets it emit what is still open.
func (j *judge) flush(emit func(detect.Finding)) {
	if j.fallen != nil || j.stream.Flush == nil {
		return
	}
	defer j.fell(math.MaxInt64)
	j.stream.Flush(emit)
}
