//go:build cgo

package query

import (
	"encoding/json"
	"strconv"
	"strings"
)

// An engineError is an error as the engine writes it with errors_as_json.
type engineError struct {
	Type     string `json:"exception_type"`
	Message  string `json:"exception_message"`
	Position string `json:"position"` // a byte of the statement
}

func (m *engineError) Error() string { return m.Message }

// readEngineError reads an error of the engine.
func readEngineError(text string) error {
	m := &engineError{Message: text}
	if i := strings.IndexByte(text, '{'); i >= 0 {
		var parsed engineError
		if json.Unmarshal([]byte(text[i:]), &parsed) == nil && parsed.Message != "" {
			return &parsed
		}
	}
	return m
}

// kinds are the kinds of the engine's types of exception; any other is KindEngine.
var kinds = map[string]Kind{
	"Parser": KindSyntax, "Syntax": KindSyntax,
	"Binder": KindName, "Catalog": KindName, "Parameter Not Resolved": KindName,
	"Conversion": KindValue, "Out of Range": KindValue, "Invalid Input": KindValue, "Mismatch Type": KindValue, "Invalid type": KindValue, "Decimal": KindValue,
	"Permission": KindRefused, "Missing Extension": KindRefused, "Settings": KindRefused, "Not implemented": KindEngine,
	"Out of Memory": KindMemory,
}

// explain makes an Error in the user's text of what the engine says about the statement.
func (s *statement) explain(err error) error {
	m, ok := err.(*engineError)
	if !ok {
		return err
	}
	offset := -1
	if n, e := strconv.Atoi(m.Position); e == nil && n >= s.shift && n-s.shift < len(s.text) {
		offset = s.r.Position(unplanned(s.replaced, n-s.shift))
	}
	kind, ok := kinds[m.Type]
	if !ok {
		kind = KindEngine
	}
	lines := strings.FieldsFunc(trinoMessage(m.Message), func(r rune) bool { return r == '\n' })
	if kind == KindMemory {
		lines = []string{"the query needs more memory than its limit: " + lines[0]} // the rest is advice about settings that nobody may change
	}
	return at(kind, s.sql, offset, "%s", strings.Join(lines, "; "))
}
