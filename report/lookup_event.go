package report

import (
	"bytes"
	"strconv"
	"strings"
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
	EpochTime  LookupTime = iota // a number: seconds since 1970, as on the wire
	ISOTime                      // "2026-03-02T10:00:00+00:00", as the AWS CLI prints it
	SpacedTime                   // "2026-03-02 10:00:00+00:00", as boto3 does and plaso reads it
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
	switch form {
	case ISOTime:
		dst = append(append(append(dst, '"'), isoTime(e.EventTime)...), '"')
	case SpacedTime:
		dst = append(append(append(dst, '"'), strings.Replace(isoTime(e.EventTime), "T", " ", 1)...), '"')
	default:
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

// appendEpoch appends seconds since 1970, as AWS with a fraction even where there is none: 1772445600.0.
func appendEpoch(dst []byte, t time.Time) []byte {
	us := t.UnixMicro()
	if us < 0 {
		dst, us = append(dst, '-'), -us
	}
	dst = append(strconv.AppendInt(dst, us/1e6, 10), '.')
	fraction := bytes.TrimRight(strconv.AppendInt(nil, 1e6+us%1e6, 10)[1:], "0")
	if len(fraction) == 0 {
		return append(dst, '0')
	}
	return append(dst, fraction...)
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
