package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseLookupAttributes reads attributes as the AWS CLI does: AttributeKey=…,AttributeValue=…, where a value
// may stand in single or double quotes, or a JSON object or array of objects.
func ParseLookupAttributes(text string) ([]LookupAttribute, error) {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "["):
		return attributesOf(trimmed)
	case strings.HasPrefix(trimmed, "{"):
		return attributesOf("[" + trimmed + "]")
	}
	var a jsonAttribute
	for rest := text; ; {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, errShorthand
		}
		value, after, err := shorthandValue(after)
		if err != nil {
			return nil, err
		}
		if err := a.set(strings.TrimSpace(name), value); err != nil {
			return nil, err
		}
		if after == "" {
			return a.attributes()
		}
		rest = after[1:]
	}
}

var errShorthand = errors.New("neither AttributeKey=…,AttributeValue=… nor JSON")

// A jsonAttribute is an attribute as it is given.
type jsonAttribute struct{ AttributeKey, AttributeValue *string }

func attributesOf(text string) (all []LookupAttribute, err error) {
	var list []jsonAttribute
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("not JSON of attributes: %w", err)
	}
	if len(strings.TrimSpace(text[dec.InputOffset():])) > 0 {
		return nil, errors.New("not JSON of attributes: something follows it")
	}
	for _, a := range list {
		one, err := a.attributes()
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

func (a *jsonAttribute) set(name, value string) error {
	field := map[string]**string{"AttributeKey": &a.AttributeKey, "AttributeValue": &a.AttributeValue}[name]
	switch {
	case field == nil:
		return fmt.Errorf("%q is neither AttributeKey nor AttributeValue", name)
	case *field != nil:
		return fmt.Errorf("%s is there twice", name)
	}
	*field = &value
	return nil
}

func (a *jsonAttribute) attributes() ([]LookupAttribute, error) {
	if a.AttributeKey == nil || a.AttributeValue == nil {
		return nil, errors.New("needs both AttributeKey and AttributeValue")
	}
	return []LookupAttribute{{*a.AttributeKey, *a.AttributeValue}}, nil
}

// shorthandValue takes a value off the front of a text: what follows is empty or begins with a comma. In
// quotes a backslash stands before a quote or itself.
func shorthandValue(text string) (value, rest string, err error) {
	text = strings.TrimLeft(text, " ")
	if text == "" || text[0] != '\'' && text[0] != '"' {
		i := strings.IndexByte(text, ',')
		if i < 0 {
			i = len(text)
		}
		return strings.TrimRight(text[:i], " "), text[i:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && (text[i+1] == text[0] || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		case c == text[0]:
			if rest = strings.TrimLeft(text[i+1:], " "); rest != "" && rest[0] != ',' {
				return "", "", errShorthand
			}
			return b.String(), rest, nil
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("a quote is not closed")
}

// lookupTimeLayouts are forms of ISO 8601, without the offset.
var lookupTimeLayouts = []string{
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	"20060102T150405", "20060102T1504",
}

// ParseLookupTime reads a time as the AWS CLI takes it: ISO 8601, or seconds since 1970. A time without an
// offset is in UTC, where the AWS CLI takes the machine's zone.
func ParseLookupTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(f) || f < -62135596800 || f >= 253402300800 {
			return time.Time{}, errors.New("seconds since 1970 outside the years 1 to 9999")
		}
		second := math.Floor(f)
		return time.Unix(int64(second), int64((f-second)*1e9)).UTC(), nil
	}
	for _, layout := range lookupTimeLayouts {
		for _, offset := range []string{"", "Z07:00", "Z0700", "Z07", " Z07:00", " Z0700", " UTC", " GMT"} {
			if t, err := time.Parse(layout+offset, text); err == nil {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, errors.New("neither ISO 8601, such as 2026-03-02T08:30:00Z or 2026-03-02, nor seconds since 1970")
}
