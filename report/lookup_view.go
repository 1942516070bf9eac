package report

import (
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

// A lookupView makes events of rows.
type lookupView struct {
	attributes []LookupAttribute // those that no column tells: of resources
	resources  string
}

func newLookupView(q *LookupQuery) *lookupView {
	v := &lookupView{resources: q.Resources}
	for _, a := range q.Attributes {
		if lookupLeaves[a.Key] == nil {
			v.attributes = append(v.attributes, a)
		}
	}
	return v
}

func (v *lookupView) asAWS() bool      { return v.resources != "record" }
func (v *lookupView) asRecorded() bool { return v.resources == "record" || v.resources == "both" }

// has reports whether resources have the attributes that are asked for: for each attribute
// one that has it.
func (v *lookupView) has(all []LookupResource) bool {
	for _, a := range v.attributes {
		if !slices.ContainsFunc(all, func(r LookupResource) bool {
			return a.Key == "ResourceName" && r.Name == a.Value || a.Key == "ResourceType" && r.Type == a.Value
		}) {
			return false
		}
	}
	return true
}

// eventLookup are the columns of an event.
var eventLookup = []int{leafTime, leafID, leafDerived, leafName, leafReadOnly, leafAccessKey, leafSource, leafLookupUser, leafRaw}

// events returns the events of a block, the newest first.
func (v *lookupView) events(b *block) (events []LookupEvent, err error) {
	if err := b.load(eventLookup); err != nil {
		return nil, err
	}
	for row := range b.rows {
		if e := v.event(b, row); v.has(e.Resources) {
			events = append(events, e)
		}
	}
	slices.Reverse(events)
	return events, nil
}

// event takes a row out of its block.
func (v *lookupView) event(b *block, row int) LookupEvent {
	text := func(leaves ...int) string {
		for _, l := range leaves {
			if t, _ := b.bytes(l, row); len(t) > 0 {
				return string(t)
			}
		}
		return ""
	}
	raw, _ := b.bytes(leafRaw, row)
	e := LookupEvent{
		EventID: text(leafID, leafDerived), EventName: text(leafName), ReadOnly: text(leafReadOnly),
		AccessKeyID: text(leafAccessKey), EventTime: b.time(row), EventSource: text(leafSource),
		Username: text(leafLookupUser), Record: appendMinified(make([]byte, 0, len(raw)), raw), Ordinal: b.ordinal(row),
	}
	if v.asAWS() {
		e.Resources = newResourceCall(e.EventSource, e.EventName).namedIn(raw)
	}
	if v.asRecorded() {
		e.Resources = append(e.Resources, recorded(&parser.Record{Raw: raw})...)
	}
	e.Resources = sortResources(e.Resources)
	return e
}
