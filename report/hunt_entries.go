package report

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// Of most events the report wants no more than what columns have: that they were in a finding, or who
// made them from where. Of some it wants the record (see Carry), which costs a hundred times as much to read.

// takenApart reports whether the report may want the records of an action's events, the ledgers apart.
func takenApart(action string) bool { return detect.HandsOut(action) || changesKey(action) }

// shows reports whether the records of a finding's events are wanted: some are
// shown, or timeline.csv is written anew.
func (h *hunt) shows(f *huntFinding) bool {
	return !f.stays && f.Severity > detect.Informational || h.was.Coverage.Timeline == Flagged
}

// The columns of an entry: of all, of one without its record, of one with it.
var (
	placeLeaves = []int{leafTime, leafObject, leafIndex, leafOffset, leafCopyCount}
	briefLeaves = append([]int{
		leafID, leafDerived, leafName, leafSource, leafRegion, leafAccount, leafPrincipal, leafUserType, leafCredential, leafSession,
		leafSourceIP, leafUserAgent, leafErrorCode, leafErrorMessage, leafReadOnly,
	}, leavesNamed("eventtime")...)
)

// onlyGathered are those of them that nobody else reads in a hunt.
var onlyGathered = []int{leafCopyCount, leafUserAgent, leafReadOnly, leafNamed("eventtime")}

// A recordPart is a member of a record that has a column of its own.
type recordPart struct {
	member string
	leaf   int
}

// parts are the columns that have what Carry takes of a record.
var parts = []recordPart{
	{"requestParameters", leafRequest}, {"responseElements", eventLeaf("responseelements")}, {"additionalEventData", eventLeaf("additionaleventdata")},
}

// A wanted says of which rows of a block the records are wanted, and of which their parts.
type wanted struct{ records, parts rowBits }

// want decides what of the block's rows is read.
func (h *hunt) want(b *block) (w wanted, err error) {
	w = wanted{newRowBits(b.group.rows), newRowBits(b.group.rows)}
	if err = h.closely.match(b, b.selected, w.parts); err == nil {
		err = h.recorded.match(b, b.selected, w.records)
	}
	if err != nil {
		return w, err
	}
	if b.selected != nil {
		w.parts.and(b.selected)
		w.records.and(b.selected)
	}
	if err := b.load(briefLeaves); err != nil {
		return w, err
	}
	if err := b.only(w.parts, parts[0].leaf, parts[1].leaf, parts[2].leaf); err != nil {
		return w, err
	}
	for row := range b.rows {
		if !b.brief(row) || w.parts.has(row) && !b.exact(row, parts) {
			w.records.set(row)
		}
	}
	unknown := newRowBits(b.group.rows)
	for row := range w.records.each {
		if h.asking.records[b.ordinal(row)] == nil {
			unknown.set(row)
		}
	}
	return w, b.only(unknown, rawLeaves...)
}

// asking is what is remembered of the events that detectors are asked about: the records of as many as find room. Those of new findings
// are wanted again, and a page of the store has a thousand others.
type asking struct {
	mu      sync.Mutex
	room    int64
	records map[uint64][]byte // by ordinal
}

func (a *asking) remember(ordinal uint64, record []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if size := int64(len(record)); 0 < size && size <= a.room {
		a.room -= size
		a.records[ordinal] = bytes.Clone(record)
	}
}

// record returns a row's record, which want has seen to.
func (h *hunt) record(b *block, row int) []byte {
	if record := h.asking.records[b.ordinal(row)]; record != nil {
		return record
	}
	return b.raw(row)
}

// only loads columns as far as some rows need them.
func (b *block) only(rows rowBits, leaves ...int) error {
	if rows.empty() {
		return nil
	}
	selected := b.selected
	b.selected = rows // of the columns only those pages are read that have one of them
	err := b.load(leaves)
	b.selected = selected
	return err
}

// A gathered is a block's events on their way to the tally.
type gathered struct {
	block   *block
	entries []scan.Entry
}

// entries makes entries of a block's events.
func (h *hunt) entries(b *block) ([]scan.Entry, error) {
	if err := b.load(placeLeaves); err != nil {
		return nil, err
	}
	w, err := h.want(b)
	if err != nil {
		return nil, err
	}
	var batch []scan.Entry
	for row := range b.rows {
		place := detect.Place{Object: uint64(b.number(leafObject, row)), Index: int(b.number(leafIndex, row)), Offset: b.number(leafOffset, row)}
		e := scan.Entry{Ref: detect.EventRef{Place: place}}
		switch {
		case w.records.has(row):
			if e, err = scan.SettledEvent(h.record(b, row), place, Carry); err != nil {
				return nil, fmt.Errorf("event #%d: %w", b.ordinal(row), err)
			}
		default:
			b.briefly(&e.Ref, row)
			if w.parts.has(row) {
				e.Carried = b.carried(&e.Ref, row)
			}
		}
		e.Ordinal, e.Copies = b.ordinal(row), int(b.number(leafCopyCount, row))
		batch = append(batch, e)
	}
	return batch, nil
}

// carried is what Carry takes of the event's record.
func (b *block) carried(ref *detect.EventRef, row int) []byte {
	r := parser.Record{Raw: b.partsOf(row, parts), Name: ref.Name, EventSource: ref.EventSource, ReadOnly: ref.ReadOnly}
	r.Identity.Type = ref.PrincipalType
	return Carry(nil, &r)
}

// partsOf is a record of what the columns of its parts have.
func (b *block) partsOf(row int, parts []recordPart) []byte {
	raw := []byte{'{'}
	for _, p := range parts {
		if text, ok := b.bytes(p.leaf, row); ok {
			raw = append(append(append(append(raw, '"'), p.member...), `":`...), text...)
			raw = append(raw, ',')
		}
	}
	return closeObject(raw)
}

// exact reports whether the columns of these parts have all that Carry would take of them, and of what else the row's record has.
func (b *block) exact(row int, parts []recordPart) bool {
	name, _ := b.bytes(leafName, row)
	for _, r := range readings[parser.Action(textOf(name))] {
		if strings.Contains(r.names, "resources") || strings.Contains(r.names, "serviceEventDetails") {
			return false
		}
	}
	for _, p := range parts {
		if text, _ := b.bytes(p.leaf, row); bytes.Contains(text, replaced) || bytes.Contains(text, replacedEscape) {
			return false
		}
	}
	return true
}

// maxBrief is what a text may have at most that is the same in a column and in a reference.
const maxBrief = 1 << 10

// In the columns stands, for what is no UTF-8, the replacement character; for half a surrogate pair, its escape.
var (
	replaced       = []byte(string(utf8.RuneError))
	replacedEscape = []byte(`\ufffd`)
)

// brief reports whether the columns say the same of the event as its record.
func (b *block) brief(row int) bool {
	for _, leaf := range briefLeaves {
		text, _ := b.bytes(leaf, row)
		if len(text) > maxBrief || bytes.Contains(text, replaced) {
			return false
		}
	}
	when, _ := b.bytes(briefLeaves[len(briefLeaves)-1], row)
	return len(when) == len(time.RFC3339)-len("07:00") // it has no fraction of a second
}

// briefly gives a reference what the report wants of an event without its record.
func (b *block) briefly(ref *detect.EventRef, row int) {
	text := func(leaf int) string { t, _ := b.bytes(leaf, row); return textOf(t) }
	ref.Time, ref.ID = b.time(row), cmp.Or(text(leafDerived), text(leafID))
	ref.Name, ref.EventSource, ref.Region, ref.Account = text(leafName), text(leafSource), text(leafRegion), text(leafAccount)
	ref.Principal, ref.PrincipalType, ref.Credential = text(leafPrincipal), text(leafUserType), text(leafCredential)
	ref.SessionStart, ref.SourceIP, ref.UserAgent = text(leafSession), text(leafSourceIP), text(leafUserAgent)
	ref.ErrorCode, ref.ErrorMessage, ref.ReadOnly = text(leafErrorCode), text(leafErrorMessage), text(leafReadOnly)
}
