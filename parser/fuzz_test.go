package parser

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func seeds(f *testing.F) {
	a, b := event("a"), event("b")
	for _, s := range []string{
		`{"Events":[{"CloudTrailEvent":` + strconv.Quote(a) + `}]}`, `{"hits":{"hits":[{"_source":` + a + `}],"x":1},"y":[]}`, `[` + strconv.Quote(b) + `]`,
		`{"detail":` + a + `}`, `{"hits":{"a":1},"Records":[` + b + `]}`, `{"result":{"_raw":` + strconv.Quote(a) + `}}` + "\n" + `{"_raw":"{}"}`,
		`{"Records":[` + a + `,` + b + `]}`, `[` + a + `]`, a, a + "\n" + b, a + b, `{"Records":[]}`, `{"x":1,"Records":[` + a + `],"y":{}}`,
		"\xEF\xBB\xBF" + a, `{"Records":[{"a":"\"}]{["},` + a + `]}`, `{"\u0052ecords":[` + a + `]}`, ` `, `{"Records":[` + a + `]}{"Records":[` + b + `]}`,
		`[1,"x",null,[],{}]`, `{"eventTime":"2026-03-02T10:00:00Z","eventTime":"x","EVENTNAME":"y"}`, `{"Records":{"Records":[` + a + `]}}`,
		`{"a":"\ud800","b":"\u00e9","userIdentity":{"type":"Root","sessionContext":{"attributes":{"mfaAuthenticated":true}}}}`, a + " x\n" + b,
	} {
		f.Add([]byte(s))
	}
}

// FuzzReader compares the reader with itself at another read size, and with
// encoding/json: what that accepts must be read whole, and what it refuses must
// not pass without an error.
func FuzzReader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, input []byte) {
		got := readAll(bytes.NewReader(input))
		slow := readAll(iotest.OneByteReader(bytes.NewReader(input)))
		if got.describe() != slow.describe() {
			t.Fatalf("read whole:  %s\nby one byte: %s", got.describe(), slow.describe())
		}
		want, ok := elements(input)
		clean := got.end == io.EOF && len(got.errs) == 0
		if !ok {
			if clean && got.shape != "event-strings" { // whole documents, of which encoding/json makes texts: FuzzShapes
				t.Fatalf("encoding/json refuses it: %s", got.describe())
			}
			return
		}
		if got.end != io.EOF {
			t.Fatalf("encoding/json accepts it: %s", got.describe())
		}
		if slices.ContainsFunc(want, wrapping) {
			return // of which more may come than there are elements: TestLift
		}
		if n := len(got.ids) + len(got.other) + len(got.errs); n != len(want) {
			t.Fatalf("%d elements, want %d: %s", n, len(want), got.describe())
		}
		for i, o := range got.origin {
			if !bytes.HasPrefix(input[o.Offset:], want[o.Index]) {
				t.Fatalf("event %d: offset %d does not lead to %q", i, o.Offset, want[o.Index])
			}
		}
	})
}

// elements finds the records of an input with encoding/json alone. ok is false
// where that does not accept the input or it is of a kind that is not compared.
func elements(input []byte) (found []json.RawMessage, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(input, []byte("\xEF\xBB\xBF"))))
	for {
		var doc json.RawMessage
		switch err := dec.Decode(&doc); {
		case err == io.EOF:
			return found, true
		case err != nil:
			return nil, false
		}
		var list []json.RawMessage
		switch doc[0] {
		case '{':
			if arrays := recordArrays(doc); arrays != nil {
				found = append(found, slices.Concat(arrays...)...)
			} else {
				found = append(found, doc)
			}
		case '[':
			if json.Unmarshal(doc, &list) != nil {
				return nil, false
			}
			found = append(found, list...)
		default:
			return nil, false
		}
	}
}

// wrapping reports whether an element may be an envelope of another shape than that
// of trails, or hold events in another way.
func wrapping(element json.RawMessage) bool {
	var text string
	if json.Unmarshal(element, &text) == nil && strings.HasPrefix(strings.TrimSpace(text), "{") {
		return true
	}
	var members map[string]json.RawMessage
	json.Unmarshal(element, &members)
	for _, s := range shapes {
		first, _, _ := strings.Cut(s.key, ".")
		for _, name := range []string{s.member, s.inside, first} {
			if _, ok := members[name]; ok && name != "Records" {
				return true
			}
		}
	}
	return false
}

// recordArrays returns the arrays under an object's keys "Records", nil if there are none.
func recordArrays(doc []byte) (arrays [][]json.RawMessage) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.Token()
	for dec.More() {
		key, _ := dec.Token()
		var value json.RawMessage
		dec.Decode(&value)
		if key == "Records" && value[0] == '[' {
			list := []json.RawMessage{}
			json.Unmarshal(value, &list)
			arrays = append(arrays, list)
		}
	}
	return arrays
}

// FuzzRecord compares the hot fields with what encoding/json finds.
func FuzzRecord(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || raw[0] != '{' || bytes.Count(raw, []byte("{"))+bytes.Count(raw, []byte("[")) > 200 {
			return
		}
		r, err := Parse(raw)
		var fields map[string]json.RawMessage
		if (json.Unmarshal(raw, &fields) == nil) != (err == nil) {
			if err == nil || strings.HasPrefix(err.Error(), errInvalid.Error()) {
				t.Fatalf("decode: %v; encoding/json: valid %v", err, json.Valid(raw))
			}
			return
		}
		if err != nil || r.Kind != Event {
			return
		}
		for key, got := range map[string]string{
			"eventID": r.ID, "eventName": r.Name, "eventSource": r.EventSource, "awsRegion": r.Region,
			"sourceIPAddress": r.SourceIP, "userAgent": r.UserAgent, "errorCode": r.ErrorCode, "eventType": r.EventType,
			"vpcEndpointId": r.EndpointID, "vpcEndpointAccountId": r.EndpointAccount, "sessionCredentialFromConsole": r.FromConsole,
		} {
			var want string
			if fields[key] != nil && json.Unmarshal(fields[key], &want) != nil {
				want = string(fields[key])
			}
			if strings.ToValidUTF8(got, "\uFFFD") != strings.ToValidUTF8(want, "\uFFFD") && utf8.Valid(raw) {
				t.Errorf("%s: %q, want %q", key, got, want)
			}
			if v, ok := r.Get(key); ok && !v.IsNull() && v.String() != want && utf8.Valid(raw) {
				t.Errorf("Get(%s): %q, want %q", key, v.String(), want)
			}
		}
	})
}
