package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// The data of the page's script: findings and their events, with texts by their numbers in one table. It is
// JSON in which < > and & are escaped, so that nothing in it can end the element it stands in.

// A htmlData gathers it.
type htmlData struct {
	texts  []string
	number map[string]int
	size   int64 // of its JSON, at most
}

// text returns a text's number.
func (d *htmlData) text(s string) int {
	s = Terminal(s)
	n, ok := d.number[s]
	if !ok {
		n = len(d.texts)
		d.number[s] = n
		d.texts = append(d.texts, s)
		d.size += jsonSize(s) + 1
	}
	return n
}

// jsonSize is how many bytes a text takes as a string of JSON.
func jsonSize(s string) int64 {
	if classify(s)&(control|high) == 0 && !strings.ContainsAny(s, `"\<>&`) {
		return int64(len(s)) + 2
	}
	b, _ := json.Marshal(s) // a string has an encoding
	return int64(len(b))
}

// A htmlRow is an event or a finding as the script reads it, the elements of an array in JSON: see script.js for what stands where.
type htmlRow []byte

func (r htmlRow) numbers(all ...int64) htmlRow {
	for _, n := range all {
		r = strconv.AppendInt(r.next(), n, 10)
	}
	return r
}

// texts appends the numbers of texts.
func (r htmlRow) texts(d *htmlData, all ...string) htmlRow {
	for _, s := range all {
		r = r.numbers(int64(d.text(s)))
	}
	return r
}

// list appends a list.
func (r htmlRow) list(elements htmlRow) htmlRow {
	return append(append(append(r.next(), '['), elements...), ']')
}

// next separates an element from the one before it.
func (r htmlRow) next() htmlRow {
	if len(r) > 0 {
		r = append(r, ',')
	}
	return r
}

// size is how many bytes the row takes as an array, and the comma behind it.
func (r htmlRow) size() int64 { return int64(len(r) + len(`[],`)) }

// htmlDataFrame is more than what the data takes without rows and texts.
const htmlDataFrame = 200

// A htmlEncoded is the data for the page's script.
type htmlEncoded struct {
	json     []byte
	size     int64 // that was reckoned with, at least that of json
	findings int
	full     bool // all of them are there
}

// data encodes the findings and their events as far as they fit into a number of bytes. early is what was encoded already; nil: nothing.
func (b *htmlBuilder) data(known *htmlKnown, early *htmlEncoded, budget int64) ([]byte, error) {
	if early == nil || !early.full || early.size > budget {
		var err error
		if early, err = b.found.encode(known, budget); err != nil {
			return nil, err
		}
	}
	b.foldData(early.findings)
	return early.json, nil
}

// encode encodes the findings and their events, the severest first, as far as they fit into a number of bytes.
func (h *htmlFindings) encode(known *htmlKnown, budget int64) (*htmlEncoded, error) {
	d := &htmlData{number: map[string]int{}, size: htmlDataFrame}
	items := known.items
	place := int64(len(strconv.Itoa(len(items)-1)) + 1) // at most, of an event in a finding's row
	order := make([]int, len(h.list))                   // the severest first: they get the room
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(h.list[y].Severity, h.list[x].Severity) })
	findings, events := map[int]htmlRow{}, map[uint64]htmlRow{}
	full := true
	for _, i := range order {
		f, before := &h.list[i], len(d.texts)
		row := d.finding(f)
		d.size += row.size() + int64(len(`,[]`)) + place*int64(len(f.events))
		for j := range f.events {
			if o := f.events[j].Ordinal; events[o] == nil {
				at := known.at[o]
				events[o] = d.event(&items[at], &known.events[at], f)
				d.size += events[o].size()
			}
		}
		if d.size > budget {
			full, d.texts = false, d.texts[:before]
			break
		}
		findings[i] = row
	}
	if !full {
		events = h.eventsOf(findings, events)
	}
	json, err := d.encode(h.list, items, findings, events)
	return &htmlEncoded{json, d.size, len(findings), full}, err
}

// A htmlKnown is what the event store knows of the events of findings.
type htmlKnown struct {
	items  []htmlItem
	at     map[uint64]int // of items, by ordinal
	events []htmlEvent    // of items, with htmlBeside
}

// know reads it.
func (h *htmlFindings) know(ctx context.Context, store *EventStore) (*htmlKnown, error) {
	k := &htmlKnown{items: h.items()}
	k.at, k.events = make(map[uint64]int, len(k.items)), make([]htmlEvent, len(k.items))
	ordinals := make([]uint64, len(k.items))
	for i := range k.items {
		ordinals[i], k.at[k.items[i].Ordinal] = k.items[i].Ordinal, i
	}
	return k, eachHTMLEvent(ctx, store, ordinals, htmlBeside, func(e *htmlEvent) error {
		k.events[k.at[e.Ordinal]] = *e
		return nil
	})
}

// eventsOf leaves the events of the findings that are there.
func (h *htmlFindings) eventsOf(findings map[int]htmlRow, events map[uint64]htmlRow) map[uint64]htmlRow {
	out := map[uint64]htmlRow{}
	for i := range h.list {
		if findings[i] == nil {
			continue
		}
		for j := range h.list[i].events {
			if o := h.list[i].events[j].Ordinal; events[o] != nil {
				out[o] = events[o]
			}
		}
	}
	return out
}

// foldData says how many findings the page's lists do not have.
func (b *htmlBuilder) foldData(have int) {
	if left := b.found.total - int64(have); left > 0 {
		b.folded("findings, the mildest and latest ones", left, findingsLines)
	}
	var events int64
	for i := range b.found.list {
		events += int64(b.found.list[i].all - len(b.found.list[i].events))
	}
	if events > 0 {
		b.folded("events of findings that have more than "+strconv.Itoa(htmlEventsPerFinding), events, findingsLines)
	}
}

func (d *htmlData) finding(f *htmlFound) htmlRow {
	row := htmlRow(nil).texts(d, f.ID, f.Detector, orID(f.Title, f.Detector)).numbers(int64(f.Severity), f.First.UnixMilli(), f.Last.UnixMilli(), int64(f.all)).texts(d, f.Subject, f.Why)
	for _, values := range [...][]string{f.Principals.Values, f.Credentials.Values, f.SourceIPs.Values} {
		row = row.list(htmlRow(nil).texts(d, values...))
	}
	return row
}

func (d *htmlData) event(item *htmlItem, e *htmlEvent, f *htmlFound) htmlRow {
	one := func(own string, of []string) string {
		if own == "" && !e.Known && len(of) == 1 {
			return of[0] // there is no store, but the finding has but one
		}
		return own
	}
	row := htmlRow(append(strconv.AppendUint([]byte{'"'}, item.Ordinal, 10), '"'))
	return row.numbers(item.Time.UnixMilli()).texts(d, item.Name).numbers(int64(item.severity)).
		texts(d, one(e.Principal, f.Principals.Values), one(e.Credential, f.Credentials.Values), one(e.SourceIP, f.SourceIPs.Values), cmp.Or(e.Error, item.Error), item.ID, e.Object).
		numbers(int64(item.Index), item.Offset).texts(d, e.Account, e.Region)
}

// encode writes the findings in the order of their first events, and the events in that of the timeline.
func (d *htmlData) encode(list []htmlFound, items []htmlItem, findings map[int]htmlRow, events map[uint64]htmlRow) ([]byte, error) {
	words, err := json.Marshal(struct {
		Severities []string `json:"severities"`
		Texts      []string `json:"texts"`
	}{detect.Severities[:], d.texts})
	if err != nil {
		return nil, err
	}
	number := make(map[uint64]int64, len(events))
	rows, all := make(htmlRow, 0, sizeOf(events)), make(htmlRow, 0, sizeOf(findings))
	for _, item := range items {
		if row := events[item.Ordinal]; row != nil {
			number[item.Ordinal] = int64(len(number))
			rows = rows.list(row)
		}
	}
	for i := range list {
		row := findings[i]
		if row == nil {
			continue
		}
		var of htmlRow
		for j := range list[i].events {
			of = of.numbers(number[list[i].events[j].Ordinal])
		}
		all = all.list(row.list(of))
	}
	return slices.Concat(bytes.TrimSuffix(words, []byte("}")), []byte(`,"findings":[`), all, []byte(`],"events":[`), rows, []byte("]}")), nil
}

// sizeOf is how many bytes rows take together, without what is put into them.
func sizeOf[K comparable](rows map[K]htmlRow) (n int64) {
	for _, row := range rows {
		n += row.size()
	}
	return n
}
