package report

import (
	"bytes"
	"cmp"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// Of most events the report wants no more than what columns have: that they were in a finding, or who
// made them from where. Of some it wants the record (see Carry), which costs a hundred times as much to read.

// carried reports whether the report may want the records of an action's events.
func carried(action string) bool {
	return issues(action) || readings[action] != nil || made[action] != nil || mayEnd(action) && ended[action] != nil
}

// recorded reports whether the records of a finding's events are wanted: some are
// shown, or timeline.csv is written anew.
func (h *hunt) recorded(f *huntFinding) bool {
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

// entries makes entries of a block's events.
func (h *hunt) entries(b *block) ([]scan.Entry, error) {
	if err := b.load(placeLeaves); err != nil {
		return nil, err
	}
	records := b.selected
	if h.closely != nil {
		records = newRowBits(b.group.rows)
		if err := h.closely.match(b, b.selected, records); err != nil {
			return nil, err
		}
		if b.selected != nil {
			records.and(b.selected)
		}
		if err := b.load(briefLeaves); err != nil {
			return nil, err
		}
		for row := range b.rows {
			if !records.has(row) && !b.brief(row) {
				records.set(row)
			}
		}
	}
	if records == nil || !records.empty() {
		selected := b.selected
		b.selected = records // of the records only those pages are read that have one of them
		err := b.load(rawLeaves)
		if b.selected = selected; err != nil {
			return nil, err
		}
	}
	var batch []scan.Entry
	for row := range b.rows {
		place := detect.Place{Object: uint64(b.number(leafObject, row)), Index: int(b.number(leafIndex, row)), Offset: b.number(leafOffset, row)}
		e := scan.Entry{Ref: detect.EventRef{Place: place}}
		var err error
		if records == nil || records.has(row) {
			e, err = scan.SettledEvent(b.raw(row), place, Carry)
		} else {
			b.briefly(&e.Ref, row)
		}
		if err != nil {
			return nil, fmt.Errorf("event #%d: %w", b.ordinal(row), err)
		}
		e.Ordinal, e.Copies = b.ordinal(row), int(b.number(leafCopyCount, row))
		batch = append(batch, e)
	}
	return batch, nil
}

// maxBrief is what a text may have at most that is the same in a column and in a reference.
const maxBrief = 1 << 10

var replaced = []byte(string(utf8.RuneError))

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
