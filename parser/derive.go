package parser

import (
	"encoding/json"
	"strings"
	"time"
)

// A column of a row, by the name that the export gives it, in lower case.
type column struct {
	name, value string
	null        bool
}

// recordColumns have the whole record, as text.
var recordColumns = []string{"eventjson", "cloudtrailevent", "_raw", "@message"}

// row adds the record that a row's columns hold: one of them all of it, or each a
// field. at is where the row stands, if that is a value of the element.
func (l *lifting) row(s *shape, at Value, columns []column) {
	for _, name := range recordColumns {
		for _, c := range columns {
			if c.name == name && strings.HasPrefix(strings.TrimSpace(c.value), "{") {
				l.where(at)
				from := len(l.text)
				l.text = append(l.text, c.value...)
				l.found = append(l.found, wrapped{from: from, to: len(l.text), offset: l.at, level: l.level + 1, shape: s})
				return
			}
		}
	}
	if s.fidelity != Derived {
		s = s.derived
	}
	if record := derive(columns); record != nil && s != nil {
		l.derived(s, at, record)
	}
}

// derive puts a record together from columns. It returns nil where they do not tell
// what was called and when: then the row is a result, and no event.
func derive(columns []column) *object {
	o := &object{}
	for _, c := range columns {
		if c.null {
			continue
		}
		path, known := columnPaths[c.name]
		if !known {
			if path = fieldName(c.name); path == c.name && !fieldNames[path] {
				continue // a partition, or something that a query computed
			}
		}
		o.set(path, columnValue(path, c.value))
	}
	if !o.tellsEvent() {
		return nil
	}
	return o
}

// tellsEvent reports whether the object has what an event cannot be without.
func (o *object) tellsEvent() bool {
	for _, name := range [...]string{"eventTime", "eventName", "eventSource"} {
		if _, ok := o.get(name); !ok {
			return false
		}
	}
	return true
}

// columnPaths are the titles of the console's Event history that are no field's name.
var columnPaths = map[string]string{
	"user name": "userIdentity.userName", "aws access key": "userIdentity.accessKeyId", "event time": "eventTime",
	"event source": "eventSource", "event name": "eventName", "aws region": "awsRegion", "source ip address": "sourceIPAddress",
	"user agent": "userAgent", "error code": "errorCode", "request id": "requestID", "event id": "eventID",
	"read-only": "readOnly", "event type": "eventType", "recipient account id": "recipientAccountId", "event category": "eventCategory",
}

// columnValue gives a column's text the type that the field has in a record.
func columnValue(path, text string) any {
	switch path {
	case "eventTime":
		return eventTimeOf(text)
	case "readOnly", "managementEvent":
		switch strings.ToLower(text) {
		case "true":
			return true
		case "false":
			return false
		}
	case "recipientAccountId", "userIdentity.accountId":
		return accountOf(text)
	}
	trimmed := strings.TrimSpace(text)
	if top, _, _ := strings.Cut(path, "."); !structured[top] || trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return text // that of a user agent may well begin with [
	}
	if json.Valid([]byte(trimmed)) {
		return json.RawMessage(trimmed)
	}
	if v, ok := parseStruct(trimmed); ok {
		return v
	}
	return text
}

// structured are the fields that hold objects or arrays.
var structured = map[string]bool{
	"userIdentity": true, "requestParameters": true, "responseElements": true, "additionalEventData": true, "resources": true,
	"serviceEventDetails": true, "addendum": true, "edgeDeviceDetails": true, "tlsDetails": true, "insightDetails": true, "eventContext": true,
}

// resultTimes are how query engines and exports write times, all in UTC unless they say otherwise.
var resultTimes = []string{
	"2006-01-02 15:04:05.999999999 UTC", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999",
}

// eventTimeOf writes a column's time as CloudTrail does, or leaves it as it is.
func eventTimeOf(text string) string {
	for _, layout := range resultTimes {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
		}
	}
	return text
}

// accountOf gives an account ID the zeros back that a spreadsheet took for those of a number.
func accountOf(text string) string {
	if len(text) < 9 || len(text) >= 12 || strings.Trim(text, "0123456789") != "" {
		return text
	}
	return strings.Repeat("0", 12-len(text)) + text
}

// An object is a JSON object whose members keep the order in which they were set.
type object struct {
	names  []string
	values []any
}

func (o *object) get(name string) (any, bool) {
	for i, n := range o.names {
		if n == name {
			return o.values[i], true
		}
	}
	return nil, false
}

// set sets the member at a dotted path. The first value of a name stays.
func (o *object) set(path string, v any) {
	name, rest, below := strings.Cut(path, ".")
	old, ok := o.get(name)
	if !below {
		if !ok {
			o.names, o.values = append(o.names, name), append(o.values, v)
		}
		return
	}
	inner, isObject := old.(*object)
	if !ok {
		inner, isObject = &object{}, true
		o.names, o.values = append(o.names, name), append(o.values, inner)
	}
	if isObject {
		inner.set(rest, v)
	}
}

// MarshalJSON implements json.Marshaler.
func (o *object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, name := range o.names {
		if i > 0 {
			b = append(b, ',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, key...), ':'), value...)
	}
	return append(b, '}'), nil
}

func lower(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
