package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

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
		b, _ := json.Marshal(s) // a string has an encoding
		d.size += int64(len(b)) + 1
	}
	return n
}

func (d *htmlData) all(values []string) []int {
	out := make([]int, len(values))
	for i, v := range values {
		out[i] = d.text(v)
	}
	return out
}

// A htmlRow is an event or a finding as the script reads it: see script.js for what stands where.
type htmlRow []any

// size is how many bytes the row takes in JSON, and the comma behind it.
func (r htmlRow) size() int64 {
	b, _ := json.Marshal(r) // numbers and what is made of digits have an encoding
	return int64(len(b)) + 1
}

// htmlDataFrame is more than what the data takes without rows and texts.
const htmlDataFrame = 200

// data encodes the findings and their events, the severest first, as far as they fit into a number of bytes.
func (b *htmlBuilder) data(known *htmlKnown, budget int64) ([]byte, error) {
	d := &htmlData{number: map[string]int{}, size: htmlDataFrame}
	items := known.items
	place := int64(len(strconv.Itoa(len(items)-1)) + 1) // at most, of an event in a finding's row
	order := make([]int, len(b.found.list))             // the severest first: they get the room
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(b.found.list[y].Severity, b.found.list[x].Severity) })
	findings, events := map[int]htmlRow{}, map[uint64]htmlRow{}
	full := true
	for _, i := range order {
		f, before := &b.found.list[i], len(d.texts)
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
		events = b.found.eventsOf(findings, events)
	}
	b.foldData(len(findings))
	return d.encode(b, items, findings, events)
}

// A htmlKnown is what the event store knows of the events of findings.
type htmlKnown struct {
	items  []htmlItem
	at     map[uint64]int // of items, by ordinal
	events []htmlEvent    // of items
}

// know reads it.
func (h *htmlFindings) know(ctx context.Context, store *EventStore) (*htmlKnown, error) {
	k := &htmlKnown{items: h.items()}
	k.at, k.events = make(map[uint64]int, len(k.items)), make([]htmlEvent, len(k.items))
	ordinals := make([]uint64, len(k.items))
	for i := range k.items {
		ordinals[i], k.at[k.items[i].Ordinal] = k.items[i].Ordinal, i
	}
	return k, eachHTMLEvent(ctx, store, ordinals, func(e *htmlEvent) error {
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
	return htmlRow{d.text(f.ID), d.text(f.Detector), d.text(orID(f.Title, f.Detector)), int(f.Severity), f.First.UnixMilli(), f.Last.UnixMilli(), f.all, d.text(f.Subject), d.text(f.Why),
		d.all(f.Principals.Values), d.all(f.Credentials.Values), d.all(f.SourceIPs.Values)}
}

func (d *htmlData) event(item *htmlItem, e *htmlEvent, f *htmlFound) htmlRow {
	one := func(own string, of []string) string {
		if own == "" && !e.Known && len(of) == 1 {
			return of[0] // there is no store, but the finding has but one
		}
		return own
	}
	return htmlRow{strconv.FormatUint(item.Ordinal, 10), item.Time.UnixMilli(), d.text(item.Name), int(item.severity), d.text(one(e.Principal, f.Principals.Values)), d.text(one(e.Credential, f.Credentials.Values)),
		d.text(one(e.SourceIP, f.SourceIPs.Values)), d.text(cmp.Or(e.Error, item.Error)), d.text(item.ID), d.text(e.Object), item.Index, item.Offset, d.text(e.Account), d.text(e.Region)}
}

// encode writes the findings in the order of their first events, and the events in that of the timeline.
func (d *htmlData) encode(b *htmlBuilder, items []htmlItem, findings map[int]htmlRow, events map[uint64]htmlRow) ([]byte, error) {
	out := struct {
		Severities []string  `json:"severities"`
		Texts      []string  `json:"texts"`
		Findings   []htmlRow `json:"findings"`
		Events     []htmlRow `json:"events"`
	}{detect.Severities[:], d.texts, []htmlRow{}, []htmlRow{}}
	number := map[uint64]int{}
	for _, item := range items {
		if row := events[item.Ordinal]; row != nil {
			number[item.Ordinal] = len(out.Events)
			out.Events = append(out.Events, row)
		}
	}
	for i := range b.found.list {
		row := findings[i]
		if row == nil {
			continue
		}
		list := []int{}
		for j := range b.found.list[i].events {
			list = append(list, number[b.found.list[i].events[j].Ordinal])
		}
		out.Findings = append(out.Findings, append(row, list))
	}
	j, err := json.Marshal(out)
	return bytes.TrimSpace(j), err
}
