package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/coldtrail/coldtrail/scan"
)

// A Mode says which events timeline.csv lists.
type Mode string

// The modes of the timeline.
const (
	Full    Mode = "full"    // every event
	Flagged Mode = "flagged" // the events of findings
	None    Mode = "none"    // no timeline.csv at all
)

// TimelineHeader is the first line of timeline.csv.
const TimelineHeader = "time,event_id,event_name,event_source,region,account,principal,credential," +
	"source_ip,user_agent,error,findings,object,index,copies\n"

const (
	objectSlots = 256     // names of objects that a buffer remembers, escaped
	bufferLimit = 8 << 20 // a larger buffer is not kept for another batch
)

// A Timeline is the Sink that writes timeline.csv. Encode may be called by many
// goroutines.
type Timeline struct {
	w       io.WriteCloser
	objects scan.Objects
	flagged bool
	pool    spare[*rows]
}

// NewTimeline writes the header of a timeline to w, which the Timeline closes.
func NewTimeline(w io.WriteCloser, objects scan.Objects, mode Mode) (*Timeline, error) {
	if mode != Full && mode != Flagged {
		return nil, fmt.Errorf("timeline mode %q: neither full nor flagged", mode)
	}
	if _, err := io.WriteString(w, TimelineHeader); err != nil {
		return nil, err
	}
	t := &Timeline{w: w, objects: objects, flagged: mode == Flagged}
	t.pool.make = func() *rows { return &rows{names: objectNames{objects: objects, encode: csvName}} }
	return t, nil
}

// rows are the encoded lines of a batch, with what it takes to encode more.
type rows struct {
	b     []byte
	ids   []string // scratch: the detectors of one event
	names objectNames
	clock clock
}

// Encode implements scan.Sink.
func (t *Timeline) Encode(batch []scan.Entry) (any, error) {
	r := t.pool.get()
	r.b = r.b[:0]
	for i := range batch {
		if t.flagged && len(batch[i].Findings) == 0 {
			continue
		}
		if err := r.row(&batch[i]); err != nil {
			return nil, err
		}
	}
	clear(r.ids[:cap(r.ids)]) // they alias the entries
	return r, nil
}

// Commit implements scan.Sink.
func (t *Timeline) Commit(encoded any) error {
	r := encoded.(*rows)
	_, err := t.w.Write(r.b)
	if cap(r.b) <= bufferLimit {
		t.pool.put(r)
	}
	return err
}

// Close implements scan.Sink.
func (t *Timeline) Close() error {
	t.pool.drop()
	return t.w.Close()
}

func (r *rows) row(e *scan.Entry) error {
	ref := &e.Ref
	b := r.clock.append(r.b, ref.Time)
	for _, s := range [...]string{
		ref.ID, ref.Name, ref.EventSource, ref.Region, ref.Account, ref.Principal,
		ref.Credential, ref.SourceIP, ref.UserAgent, cmp.Or(ref.ErrorCode, ref.ErrorMessage),
	} {
		b = append(b, ',')
		b = appendCSV(b, s)
	}
	b = append(b, ',')
	if len(e.Findings) > 0 {
		b = r.detectors(b, e.Findings)
	}
	b = append(b, ',')
	name, err := r.names.field(ref.Place.Object)
	if err != nil {
		return err
	}
	b = append(b, name...)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(ref.Place.Index), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(e.Copies), 10)
	r.b = append(b, '\n')
	return nil
}

// detectors appends the distinct detectors of the findings, sorted.
func (r *rows) detectors(b []byte, findings []scan.Membership) []byte {
	if len(findings) == 1 {
		return appendCSV(b, findings[0].Detector)
	}
	ids := r.ids[:0]
	for i := range findings {
		ids = append(ids, findings[i].Detector)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	r.ids = ids
	joined := make([]byte, 0, 128)
	for i, id := range ids {
		if i > 0 {
			joined = append(joined, ';')
		}
		joined = append(joined, id...)
	}
	return appendCSV(b, joined)
}

// objectNames remembers names of objects in their encoded form. Neighbours in the
// timeline come from a few objects that were delivered around the same time, so a
// direct-mapped table answers nearly all look-ups.
type objectNames struct {
	objects scan.Objects
	encode  func(dst []byte, source, path string) []byte
	slots   [objectSlots]struct {
		field   []byte // nil: empty slot
		ordinal uint64
	}
}

func (n *objectNames) field(ordinal uint64) ([]byte, error) {
	slot := &n.slots[ordinal%objectSlots]
	if slot.field != nil && slot.ordinal == ordinal {
		return slot.field, nil
	}
	source, path, err := n.objects.Name(ordinal)
	if err != nil {
		return nil, fmt.Errorf("object %d: %w", ordinal, err)
	}
	slot.ordinal = ordinal
	slot.field = n.encode(slot.field[:0], source, path)
	return slot.field, nil
}

func csvName(dst []byte, source, path string) []byte {
	return appendCSV(dst, objectName(source, path))
}

// objectName is how one column or line names an object.
func objectName(source, path string) string { return source + "/" + path }

// A clock writes times as RFC 3339 in UTC, with a fraction only where there is
// one. It remembers the day, which in a timeline hardly ever changes.
type clock struct {
	day  int64 // days since 1970
	date []byte
}

const secondsPerDay = 24 * 60 * 60

func (c *clock) append(b []byte, t time.Time) []byte {
	sec := t.Unix()
	day := sec / secondsPerDay
	sec -= day * secondsPerDay
	if sec < 0 {
		sec += secondsPerDay
		day--
	}
	if c.date == nil || c.day != day {
		c.day = day
		c.date = t.UTC().AppendFormat(c.date[:0], "2006-01-02T")
	}
	b = append(b, c.date...)
	h, m, s := sec/3600, sec/60%60, sec%60
	b = append(b, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':',
		byte('0'+s/10), byte('0'+s%10))
	if ns := t.Nanosecond(); ns != 0 {
		b = t.AppendFormat(b, ".999999999")
	}
	return append(b, 'Z')
}
