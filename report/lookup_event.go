package report

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/parser"
)

// A LookupEvent is an event as LookupEvents hands it out. Fields that are empty are left out,
// except for Resources.
type LookupEvent struct {
	EventID     string // coldtrail's own where the record has none, as in timeline.csv
	EventName   string
	ReadOnly    string // "true" or "false"
	AccessKeyID string // userIdentity's
	EventTime   time.Time
	EventSource string
	Username    string // the column lookup_username
	Resources   []LookupResource
	Record      []byte // CloudTrailEvent: the record without white space between its tokens; bytes that are not UTF-8 are U+FFFD

	Ordinal uint64 // the event's place in the timeline; AWS has nothing like it
}

// A LookupResource is one name of a resource of an event. The type is empty where AWS gives none.
type LookupResource struct{ Type, Name string }

// LookupTime says how a time is written.
type LookupTime uint8

// The forms of a time.
const (
	EpochTime LookupTime = iota // a number: seconds since 1970, as on the wire
	ISOTime                     // "2026-03-02T10:00:00+00:00", as the AWS CLI prints it
)

// AppendJSON appends the event as a JSON object, with the members in AWS's order, and without white
// space. Text is as it stands, but for what JSON must escape.
func (e *LookupEvent) AppendJSON(dst []byte, form LookupTime) []byte {
	dst = append(dst, '{')
	text := func(name, value string) {
		if value != "" {
			dst = append(append(append(dst, '"'), name...), `":`...)
			dst = append(appendWireString(dst, value), ',')
		}
	}
	text("EventId", e.EventID)
	text("EventName", e.EventName)
	text("ReadOnly", e.ReadOnly)
	text("AccessKeyId", e.AccessKeyID)
	dst = append(dst, `"EventTime":`...)
	if form == ISOTime {
		dst = append(append(append(dst, '"'), isoTime(e.EventTime)...), '"')
	} else {
		dst = appendEpoch(dst, e.EventTime)
	}
	dst = append(dst, ',')
	text("EventSource", e.EventSource)
	text("Username", e.Username)
	dst = append(dst, `"Resources":[`...)
	for i, r := range e.Resources {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		text("ResourceType", r.Type)
		dst = append(appendWireString(append(dst, `"ResourceName":`...), r.Name), '}')
	}
	dst = append(dst, `],"CloudTrailEvent":`...)
	return append(appendWireString(dst, textOf(e.Record)), '}')
}

// MarshalJSON implements json.Marshaler: the form on the wire.
func (e *LookupEvent) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil, EpochTime), nil }

// appendEpoch appends seconds since 1970, with a fraction only where there is one.
func appendEpoch(dst []byte, t time.Time) []byte {
	us := t.UnixMicro()
	if us%1e6 == 0 {
		return strconv.AppendInt(dst, us/1e6, 10)
	}
	if us < 0 {
		dst, us = append(dst, '-'), -us
	}
	dst = append(strconv.AppendInt(dst, us/1e6, 10), '.')
	fraction := strconv.AppendInt(nil, 1e6+us%1e6, 10)[1:]
	return append(dst, bytes.TrimRight(fraction, "0")...)
}

// isoTime writes a time as Python's isoformat does in UTC.
func isoTime(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("2006-01-02T15:04:05+00:00")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000+00:00")
}

// appendWireString appends a JSON string with what JSON must escape escaped, and nothing else.
// Bytes that are not UTF-8 are U+FFFD.
func appendWireString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = appendJSONEscape(dst, rune(c))
		}
	}
	dst = append(append(dst, s[from:]...), '"')
	if !utf8.ValidString(s) {
		return parser.AppendUTF8(nil, dst)
	}
	return dst
}

// appendMinified appends a JSON text without white space between its tokens.
func appendMinified(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			i++
		case '"':
			end := i + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(text))
			dst = append(dst, text[i:end]...)
			i = end
		default:
			dst = append(dst, text[i])
			i++
		}
	}
	return dst
}

// A lookupView makes events of rows.
type lookupView struct {
	attributes []LookupAttribute // those that no column tells
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

// eventLookup are the columns of an event.
var eventLookup = []int{leafTime, leafID, leafDerived, leafName, leafReadOnly, lookupLeaves["AccessKeyId"][0], leafSource, leafLookupUser, leafRaw}

// events returns the newest of a block's selected events, at most so many, the newest first.
func (v *lookupView) events(b *block, most int) ([]LookupEvent, error) {
	if len(v.attributes) == 0 {
		b.selected = lastRows(b, most)
	}
	if err := b.load(eventLookup); err != nil {
		return nil, err
	}
	var events []LookupEvent
	for row := range b.rows {
		e := v.event(b, row)
		if v.holds(&e) {
			events = append(events, e)
		}
	}
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	return events[:min(len(events), most)], nil
}

// lastRows returns the last selected rows of a block.
func lastRows(b *block, most int) rowBits {
	if b.selected == nil && most >= b.group.rows {
		return nil
	}
	all := b.selected
	if all == nil {
		all = allRows(b.group.rows)
	}
	last := newRowBits(b.group.rows)
	for row := b.group.rows - 1; row >= 0 && most > 0; row-- {
		if all.has(row) {
			last.set(row)
			most--
		}
	}
	return last
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
		AccessKeyID: text(lookupLeaves["AccessKeyId"][0]), EventTime: b.time(row), EventSource: text(leafSource),
		Username: text(leafLookupUser), Record: appendMinified(make([]byte, 0, len(raw)), raw), Ordinal: b.ordinal(row),
	}
	e.Resources = lookupResources(v.resources, e.EventSource, e.EventName, &parser.Record{Raw: raw})
	return e
}

// holds reports whether the event has the attributes that no column tells.
func (v *lookupView) holds(e *LookupEvent) bool {
	for _, a := range v.attributes {
		found := false
		for _, r := range e.Resources {
			found = found || a.Key == "ResourceName" && r.Name == a.Value || a.Key == "ResourceType" && r.Type == a.Value
		}
		if !found {
			return false
		}
	}
	return true
}
