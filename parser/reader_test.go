package parser

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// event returns a minimal event of that ID.
func event(id string) string {
	return `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","eventID":"` + id + `"}`
}

// result is what reading an input to its end gave.
type result struct {
	ids    []string // of the events
	other  []string // kinds of the rest
	errs   []string // of single elements, as "index@offset: text"
	end    error
	shape  string
	origin []Origin
}

func readAll(r io.Reader) result { return readWith(new(Reader), r) }

func readWith(rd *Reader, r io.Reader) result {
	var res result
	rd.Reset(r, Origin{Source: "s", Object: "o"})
	for {
		rec, err := rd.Next()
		var bad *RecordError
		switch {
		case errors.As(err, &bad):
			res.errs = append(res.errs, fmt.Sprintf("%d@%d: %v", bad.Index, bad.Offset, bad.Err))
		case err != nil:
			res.end, res.shape = err, rd.Shape()
			return res
		case rec.Kind != Event:
			res.other = append(res.other, strings.TrimSuffix(rec.Kind.String()+":"+rec.What, ":"))
		default:
			res.ids = append(res.ids, strings.Clone(rec.ID))
			res.origin = append(res.origin, rec.Origin)
		}
	}
}

func (r *result) describe() string {
	return fmt.Sprintf("%s ids=%v other=%v errs=%q end=%v", r.shape, r.ids, r.other, r.errs, r.end)
}

// Where an input has the mark ¶, an error must give that offset; the mark is
// not part of the input.
func TestReaderErrors(t *testing.T) {
	a, b := event("a"), event("b")
	tests := []struct{ name, input, want string }{
		{"not JSON", `¶hello`, "end: neither a JSON object nor an array"},
		{"a number", `¶12`, "end: neither a JSON object nor an array"},
		{"cut in a record", `{"Records":[` + a + `,{"eventID":"b¶`, "end: unexpected EOF"},
		{"cut after a record", `{"Records":[` + a + `¶`, "end: unexpected EOF"},
		{"cut after a comma", `{"Records":[` + a + `,¶`, "end: unexpected EOF"},
		{"cut after the array", `{"Records":[` + a + `]¶`, "end: unexpected EOF"},
		{"cut in a key", `{"Rec¶`, "end: unexpected EOF"},
		{"cut in a bare array", `[` + a + `¶`, "end: unexpected EOF"},
		{"cut in a second document", a + "\n" + `{"eventID":¶`, "end: unexpected EOF"},
		{"data after an envelope", `{"Records":[` + a + `]} ¶x`, "end: unexpected data"},
		{"data after an array", `[` + a + `]¶x`, "end: unexpected data"},
		{"envelope goes on badly", `{"Records":[` + a + `] ¶"x"}`, "end: malformed envelope"},
		{"bad literal", `{"Records":[¶{"a":nul},` + a + `]}`, "0: invalid JSON"},
		{"unquoted key", `{"Records":[` + a + `,¶{a:1},` + b + `]}`, "1: invalid JSON"},
		{"raw control character", "[¶{\"eventID\":\"a\x01b\"}]", "0: invalid JSON"},
		{"mismatched brackets", `[¶{"a":[}},` + a + `]`, "0: invalid JSON"},
		{"no comma", `{"Records":[` + a + ` ¶` + b + `]}`, "-1: no comma"},
		{"two commas", `{"Records":[` + a + `,¶,` + b + `]}`, "-1: comma without"},
		{"trailing comma", `{"Records":[` + a + `,¶]}`, "-1: comma without"},
		{"no time", `[¶{"eventVersion":"1.08","eventName":"X","eventSource":"iam.amazonaws.com"}]`, "0: eventTime: missing"},
		{"no such day", `[¶` + strings.Replace(a, "03-02", "02-30", 1) + `]`, "0: eventTime: \"2026-02-30T10:00:00Z\" is not"},
		{"short hour", `[¶` + strings.Replace(a, "T10", "T1", 1) + `]`, "0: eventTime:"},
		{"bad line between lines", a + "\n¶oops\n" + b + "\n", "1: neither"},
		{"malformed event", "¶{\"a\":1 \"b\":2}\n" + a, "0: invalid JSON"},
		{"too deep", `[¶{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `},` + a + `]`, "0: nesting deeper"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, after, ok := strings.Cut(tt.input, "¶")
			if !ok {
				t.Fatal("the input marks no place")
			}
			res := readAll(strings.NewReader(before + after))
			if want, fatal := strings.CutPrefix(tt.want, "end: "); fatal {
				var format *FormatError
				if !errors.As(res.end, &format) || format.Offset != int64(len(before)) || !strings.HasPrefix(format.Err.Error(), want) {
					t.Errorf("ended with %v, want %q at offset %d", res.end, want, len(before))
				}
				return
			}
			index, text, _ := strings.Cut(tt.want, ": ")
			want := fmt.Sprintf("%s@%d: %s", index, len(before), text)
			if res.end != io.EOF || len(res.errs) != 1 || !strings.HasPrefix(res.errs[0], want) {
				t.Errorf("%s\nwant error %q and a clean end", res.describe(), want)
			}
			if n := strings.Count(tt.input, `"iam.amazonaws.com"`) - len(res.ids); n > 1 {
				t.Errorf("%d good records were lost: %s", n, res.describe())
			}
		})
	}
}

func TestOrigin(t *testing.T) {
	input := ` {"Records": [` + event("a") + `, 7, ` + event("b") + `]}` + event("c")
	res := readAll(strings.NewReader(input))
	for i, o := range res.origin {
		raw := event(res.ids[i])
		if got := input[o.Offset : o.Offset+int64(len(raw))]; got != raw {
			t.Errorf("record %s: offset %d leads to %q", res.ids[i], o.Offset, got)
		}
		if o.Source != "s" || o.Object != "o" {
			t.Errorf("record %s: origin %+v", res.ids[i], o)
		}
	}
	if got := []int{res.origin[0].Index, res.origin[1].Index, res.origin[2].Index}; !slices.Equal(got, []int{0, 2, 3}) {
		t.Errorf("indexes %v", got)
	}
}

// A record larger than the window, and one larger than the limit.
func TestLargeRecords(t *testing.T) {
	big := strings.Replace(event("big"), `"eventID"`, `"x":"`+strings.Repeat("y", 3*window)+`","eventID"`, 1)
	huge := strings.Replace(event("huge"), `"eventID"`, `"x":"`+strings.Repeat("y", 17<<20)+`","eventID"`, 1)
	input := `{"Records":[` + event("a") + `,` + big + `,` + huge + `,` + event("b") + `]}`
	res := readAll(strings.NewReader(input))
	if !slices.Equal(res.ids, []string{"a", "big", "b"}) || res.end != io.EOF || len(res.errs) != 1 {
		t.Errorf("got %s", res.describe())
	}
	lines := huge + "\n" + event("b")
	if res := readAll(strings.NewReader(lines)); !slices.Equal(res.ids, []string{"b"}) || len(res.errs) != 1 {
		t.Errorf("lines: got %s", res.describe())
	}
	skipped := `{"x":"` + strings.Repeat("y", 17<<20) + `","Records":[` + event("b") + `]}`
	if res := readAll(strings.NewReader(skipped)); !slices.Equal(res.ids, []string{"b"}) || res.end != io.EOF {
		t.Errorf("large member before the records: got %s", res.describe())
	}
}

// A reader that fails gives its error after the records that came before.
func TestReadError(t *testing.T) {
	failure := errors.New("disk is gone")
	input := `{"Records":[` + event("a") + `,` + event("b")
	res := readAll(io.MultiReader(strings.NewReader(input), iotest.ErrReader(failure)))
	if !slices.Equal(res.ids, []string{"a", "b"}) || !errors.Is(res.end, failure) {
		t.Errorf("got %s", res.describe())
	}
	res = readAll(io.MultiReader(strings.NewReader(input+"]}"), iotest.ErrReader(failure)))
	if !slices.Equal(res.ids, []string{"a", "b"}) || !errors.Is(res.end, failure) {
		t.Errorf("after the end: got %s", res.describe())
	}
}

// Next returns its final error again and again.
func TestStickyEnd(t *testing.T) {
	rd := NewReader(strings.NewReader(`[1`), Origin{})
	rd.Next()
	_, first := rd.Next()
	_, second := rd.Next()
	if first == nil || first != second {
		t.Errorf("%v, then %v", first, second)
	}
}

func TestAction(t *testing.T) {
	for in, want := range map[string]string{
		"CreateUser": "CreateUser", "UpdateFunctionCode20150331v2": "UpdateFunctionCode",
		"CreateFunction20150331": "CreateFunction", "GetV2": "GetV2", "20150331": "20150331", "": "",
		"Describe123": "Describe123", "X20150331v": "X20150331v", "AddPermission20150331v12": "AddPermission",
	} {
		if got := Action(in); got != want {
			t.Errorf("Action(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGet(t *testing.T) {
	r, err := Parse([]byte(`{"eventTime":"2026-03-02T10:00:00Z","eventName":"X","eventSource":"iam.amazonaws.com",
		"requestParameters":{"a":{"b":"x\u0041"},"n":1.5e3,"list":[1,{"k":"v"},"s"],"a":{"b":"last"},"\u006bey":"escaped"},"none":null}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"requestParameters.a.b": "last", "requestParameters.n": "1.5e3", "requestParameters.key": "escaped",
		"none": "null", "eventName": "X",
	} {
		if v, ok := r.Get(path); !ok || v.String() != want {
			t.Errorf("Get(%q) = %q, %v; want %q", path, v.String(), ok, want)
		}
	}
	for _, path := range []string{"requestParameters.c", "eventName.x", "Requestparameters", "requestParameters.list.k"} {
		if v, ok := r.Get(path); ok {
			t.Errorf("Get(%q) = %q, want nothing", path, v.String())
		}
	}
	list, _ := r.Get("requestParameters.list")
	var got []string
	list.Each(func(v Value) bool { got = append(got, v.String()); return true })
	if !slices.Equal(got, []string{"1", `{"k":"v"}`, "s"}) {
		t.Errorf("elements %q", got)
	}
}

// A hot field of another type does not make a record bad.
func TestOtherTypes(t *testing.T) {
	r, err := Parse([]byte(`{"eventTime":"2026-03-02T10:00:00Z","eventName":"X","eventSource":"iam.amazonaws.com",
		"sourceIPAddress":["192.0.2.1","192.0.2.2"],"eventID":7,"readOnly":"true","userIdentity":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if r.SourceIP != `["192.0.2.1","192.0.2.2"]` || r.ID != "7" || r.ReadOnly != "true" || r.Name != "X" {
		t.Errorf("got %+v", r)
	}
	r, err = Parse([]byte(`{"eventTime":"2026-03-02T10:00:00Z","eventName":"X","eventSource":"iam.amazonaws.com","userIdentity":"nobody"}`))
	if err != nil || r.Name != "X" || r.Identity.Principal() != "" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// A user of IAM Identity Center is told by onBehalfOf: the account is that of all of them. Whoever has a name of their own keeps it.
func TestPrincipalOnBehalf(t *testing.T) {
	for identity, want := range map[string]string{
		`{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn"},"credentialId":"c"}`: "u-1",
		`{"onBehalfOf":{"userId":"u-1"},"arn":"arn:aws:sts::111122223333:assumed-role/a/b","accountId":"111122223333"}`:                      "arn:aws:sts::111122223333:assumed-role/a/b",
		`{"accountId":"111122223333","onBehalfOf":{"userId":"u-1"},"onBehalfOf":{"userId":"u-2"}}`:                                           "u-2",
		`{"accountId":"111122223333","onBehalfOf":null}`:                                                                                     "111122223333",
		`{"accountId":"111122223333","userId":"u-1"}`:                                                                                        "111122223333",
	} {
		r, err := Parse([]byte(`{"eventTime":"2026-03-02T10:00:00Z","eventName":"X","eventSource":"sso.amazonaws.com","userIdentity":` + identity + `}`))
		if err != nil || r.Identity.Principal() != want {
			t.Errorf("%s: %q, %v, want %q", identity, r.Identity.Principal(), err, want)
		}
	}
}

// The window moves in steps that have nothing to do with the input.
func TestReadSizes(t *testing.T) {
	input := corpus(2 * window)
	want := readAll(bytes.NewReader(input))
	if len(want.ids) < 100 || want.end != io.EOF {
		t.Fatal(want.describe())
	}
	for name, r := range map[string]io.Reader{
		"one byte": iotest.OneByteReader(bytes.NewReader(input)),
		"half":     iotest.HalfReader(bytes.NewReader(input)),
		"data+EOF": iotest.DataErrReader(bytes.NewReader(input)),
	} {
		if got := readAll(r); !slices.Equal(got.ids, want.ids) || got.end != io.EOF {
			t.Errorf("%s: %d records, end %v", name, len(got.ids), got.end)
		}
	}
}

// A name may be spelled with escapes.
func TestEscapedEnvelope(t *testing.T) {
	res := readAll(strings.NewReader(`{"\u0052ecor\u0064s":[` + event("a") + `]}`))
	if !slices.Equal(res.ids, []string{"a"}) || res.end != io.EOF || res.shape != "records" {
		t.Error(res.describe())
	}
}

// TestHollow: an empty hot field may be there, or not; a record says when it cannot be.
func TestHollow(t *testing.T) {
	for text, want := range map[string]bool{
		`{"eventName":"A","eventTime":"2026-01-02T03:04:05Z","requestParameters":null}`:                false,
		`{"eventName":"A","errorCode":null}`:                                                           true,
		`{"eventName":"A","errorCode":""}`:                                                             true,
		`{"eventName":"A","userIdentity":{"arn":""}}`:                                                  true,
		`{"eventName":"A","userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":null}}}}`: true,
		`{"eventName":"A","userIdentity":{"arn":"\u0061"}}`:                                            false,
	} {
		r, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if r.Hollow() != want || r.Clone().Hollow() != want {
			t.Errorf("%s: hollow %t", text, r.Hollow())
		}
	}
	if !new(Record).Hollow() {
		t.Error("a record that was not parsed says that it knows")
	}
}

// TestClone: a clone stays what it was while the Reader goes on, whatever element it is of.
func TestClone(t *testing.T) {
	event := `{"eventTime":"2026-03-02T10:00:00Z","eventName":"X","eventSource":"a"}`
	for name, content := range map[string]string{
		"numbers": "[17" + strings.Repeat(",18", window) + "]",
		"wrapped": `[{"message":` + strconv.Quote(event) + "}" + strings.Repeat(`,{"message":"{}"}`, window/8) + "]",
		"table":   "eventid,eventtime,eventname\na,2026-03-02T10:00:00Z,X\n" + strings.Repeat("b,2026-03-02T10:00:00Z,Y\n", window/8),
	} {
		rd := NewReader(strings.NewReader(content), Origin{Object: name})
		first, err := rd.Next()
		if err != nil {
			t.Fatal(err)
		}
		raw, want, clone := string(first.Raw), *first, first.Clone()
		want.What = strings.Clone(want.What)
		for err == nil {
			_, err = rd.Next()
		}
		if string(clone.Raw) != raw || clone.What != want.What || clone.Shape != want.Shape || clone.Lifted != want.Lifted || clone.Origin != want.Origin || clone.Kind != want.Kind {
			t.Errorf("%s: %+v, not %+v", name, clone, want)
		}
	}
}
