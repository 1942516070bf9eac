package parser

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// A line that was cut costs itself and no other.
func TestCutLines(t *testing.T) {
	a, b, c := event("a"), event("b"), event("c")
	for name, tt := range map[string]struct {
		input, ids string
		bad        int
	}{
		"in an object":     {a + "\n" + `{"a":1,"x":{"y":1` + "\n" + b + "\n" + c + "\n", "abc", 1},
		"the first":        {`{"a":1,"x":{"y":1` + "\n" + b + "\n" + c, "bc", 1},
		"in a string":      {a + "\n" + `{"a":1,"x":"cut {[ here` + "\n" + b + "\n" + c + "\n", "abc", 1},
		"in an escape":     {a + "\n" + `{"a":1,"x":"cut \` + "\n" + b + "\n" + c + "\n", "abc", 1},
		"in a key":         {a + "\n" + `{"a":1,"x` + "\n" + b + "\n" + c + "\n", "abc", 1},
		"after a comma":    {a + "\n" + `{"a":1,` + "\n" + b + "\n" + c + "\n", "abc", 1},
		"two":              {`{"a":[` + "\n" + a + "\n\n" + `{"a":"` + "\n" + b + "\n" + c, "abc", 2},
		"CR LF":            {a + "\r\n" + `{"a":1,"x":{"y":1` + "\r\n\r\n \t" + b + "\r\n" + c, "abc", 1},
		"long":             {a + "\n" + `{"a":"` + strings.Repeat("x", 2*window) + "\n" + b + "\n" + c, "abc", 1},
		"ends by itself":   {a + "\n" + `{"a":1 "b":2}` + b + "\n" + c, "abc", 1},
		"another line":     {"{\"a\":1 \"b\":\n[2]}\n" + a + "\n" + b + "\n" + c, "abc", 1},
		"indented":         {"{\n \"a\": [\n  {\"b\":1}\n ] \"c\": 2\n}\n" + a + "\n" + b + "\n" + c, "abc", 1},
		"indented and cut": {"{\n \"a\": [\n  {\"b\":1}\n ,\n" + a + "\n" + b + "\n" + c, "abc", 1},
		"an envelope":      {`{"x":nul,"Records":[` + "\n" + a + ",\n" + b + ",\n" + c + "\n]}", "abc", 1},
		"one on a line":    {`{"x":nul,"Records":[` + a + "," + b + "," + c + "]}", "abc", 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := sameByReadSize(t, tt.input, Limits{})
			if strings.Join(got.ids, "") != tt.ids || len(got.errs) != tt.bad || len(got.other) > 0 || got.end != io.EOF {
				t.Errorf("got %s", got.describe())
			}
			last := strings.LastIndexByte(strings.TrimRight(tt.input, "\n"), '\n') + 1
			for n := last + 1; n < len(strings.TrimRight(tt.input, "\r\n")) && len(tt.input) < window; n++ {
				if got := readAll(strings.NewReader(tt.input[:n])); got.end == io.EOF {
					t.Fatalf("cut at %d: a clean end: %s", n, got.describe())
				}
			}
		})
	}
}

// sameByReadSize reads the input in several ways, which must give the same.
func sameByReadSize(t *testing.T, input string, lim Limits) result {
	t.Helper()
	read := func(r io.Reader) result {
		rd := new(Reader)
		rd.SetLimits(lim)
		return readWith(rd, r)
	}
	want := read(strings.NewReader(input))
	for name, r := range map[string]io.Reader{
		"one byte":  iotest.OneByteReader(strings.NewReader(input)),
		"half":      iotest.HalfReader(strings.NewReader(input)),
		"data+EOF":  iotest.DataErrReader(strings.NewReader(input)),
		"7 bytes":   sizedReader{strings.NewReader(input), 7},
		"613 bytes": sizedReader{strings.NewReader(input), 613},
		"64 KiB":    sizedReader{strings.NewReader(input), 64 << 10},
	} {
		if got := read(r); got.describe() != want.describe() {
			t.Fatalf("read whole: %.2000s\n%s: %.2000s", want.describe(), name, got.describe())
		}
	}
	return want
}

// A sizedReader gives no more than n bytes at once.
type sizedReader struct {
	r io.Reader
	n int
}

func (s sizedReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }

// What is too long depends on the limit alone, not on where in the window an
// element begins and how it was read.
func TestLimit(t *testing.T) {
	sized := func(id string, n int) string {
		e := event(id)
		return strings.Replace(e, `"eventID"`, `"x":"`+strings.Repeat("y", n-len(e)-len(`"x":"",`))+`","eventID"`, 1)
	}
	for _, limit := range []int{300, 1000, 5000, window - 1, window, window + 1} {
		for _, before := range []int{0, 1, 50, 5000, window - 100} {
			if before > 5000 && limit < window-1 {
				continue
			}
			space := strings.Repeat(" ", before)
			var elements, lines []string
			for i, n := range []int{limit - 93, limit - 1, limit, limit + 1, 2 * limit, limit - 2} {
				e := space + sized(fmt.Sprint(i), n)
				elements, lines = append(elements, e), append(lines, e)
			}
			elements = append(elements, strings.Repeat("7", limit), strings.Repeat("7", limit+1),
				`{"a":nul,"b":"`+strings.Repeat("y", limit)+`"}`, `{"a":"`+strings.Repeat("y", limit)+`","b":nul}`)
			got := sameByReadSize(t, `{"Records":[`+strings.Join(elements, ",")+`]}`, Limits{Record: limit})
			if !slices.Equal(got.ids, []string{"0", "1", "2", "5"}) || len(got.errs) != 5 || len(got.other) != 1 || got.end != io.EOF {
				t.Fatalf("limit %d, %d bytes before: %.2000s", limit, before, got.describe())
			}
			lines = append(lines, `{"a":"`+strings.Repeat("y", 2*limit)+`" "b":[]}`, event("c"))
			if got := sameByReadSize(t, strings.Join(lines, "\n"), Limits{Record: limit}); !slices.Equal(got.ids, []string{"0", "1", "2", "5", "c"}) || len(got.errs) != 3 || got.end != io.EOF {
				t.Fatalf("lines, limit %d, %d bytes before: %.2000s", limit, before, got.describe())
			}
		}
	}
}

// A large record with white space before it, as long as it is below the limit.
func TestLargeBelowLimit(t *testing.T) {
	e := event("big")
	e = strings.Replace(e, `"eventID"`, `"x":"`+strings.Repeat("y", 15<<20)+`","eventID"`, 1)
	got := readAll(strings.NewReader(`{"Records":[` + strings.Repeat(" ", 50_000) + e + `]}`))
	if !slices.Equal(got.ids, []string{"big"}) || got.end != io.EOF {
		t.Errorf("got %s", got.describe())
	}
}

// The end of a document that is malformed and too deep is found as any other's.
func TestMalformedAndDeep(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for _, bad := range []string{`{"a":1 "b":` + deep + `}`, `{"a":` + deep + ` "b":1}`, `{"a":` + deep + `,"b":nul}`} {
		got := sameByReadSize(t, bad+"\n"+event("a")+"\n"+event("b"), Limits{})
		if !slices.Equal(got.ids, []string{"a", "b"}) || len(got.errs) != 1 || got.end != io.EOF {
			t.Errorf("%.20s: got %s", bad, got.describe())
		}
	}
}

// The place of a mistake is counted from the record's first byte.
func TestPlaceOfMistake(t *testing.T) {
	got := sameByReadSize(t, `{"Records":[`+event("a")+`,{"a":nul}]}`, Limits{})
	if len(got.errs) != 1 || !strings.HasSuffix(got.errs[0], "at byte 5 of the record") {
		t.Errorf("got %q", got.errs)
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-03-02T10:00:00Z":           "2026-03-02T10:00:00Z",
		"2026-03-02T10:00:00.25+01:30":   "2026-03-02T08:30:00.25Z",
		"0001-01-01T00:00:00Z":           "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z":           "9999-12-31T23:59:59Z",
		"9999-12-31T23:59:59-01:00":      "",
		"0000-01-01T00:00:00Z":           "",
		"0000-12-31T23:59:59.5-01:00":    "0001-01-01T00:59:59.5Z",
		"0001-01-01T00:00:00+00:01":      "",
		"10000-01-01T00:00:00Z":          "",
		"2026-03-02T1:00:00Z":            "",
		"2026-03-02 10:00:00Z":           "",
		"2026-02-29T10:00:00Z":           "",
		"2026-03-02T24:00:00Z":           "",
		"2026-03-02T10:00:00.1234567891": "",
		"2026-03-02t10:00:00z":           "2026-03-02T10:00:00Z",
		"2026-03-02t10:00:00.5+01:00":    "2026-03-02T09:00:00.5Z",
		"2016-12-31T23:59:60Z":           "2017-01-01T00:00:00Z",
		"2016-12-31t23:59:60.25z":        "2017-01-01T00:00:00.25Z",
		"2017-01-01T01:59:60+02:00":      "2017-01-01T00:00:00Z",
		"2017-01-01T00:59:60+00:30":      "",
		"2016-12-31T22:59:60Z":           "",
		"2016-12-31T23:58:60Z":           "",
		"2016-12-30T23:59:60Z":           "",
		"2016-12-31T23:59:61Z":           "",
		"9999-12-31T23:59:60Z":           "",
		"2026-03-02T10:00:00":            "",
		"":                               "",
	} {
		got, err := ParseTime(in)
		if (err == nil) != (want != "") || err == nil && got.Format(time.RFC3339Nano) != want {
			t.Errorf("ParseTime(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
	if _, err := ParseTime("2016-12-30T23:59:60Z"); err == nil || !strings.Contains(err.Error(), "no leap second") {
		t.Error(err)
	}
	input := `[` + strings.Replace(event("a"), "2026-03-02T10:00:00Z", "9999-12-31T23:59:59-01:00", 1) + `]`
	if _, err := NewReader(bytes.NewReader([]byte(input)), Origin{}).Next(); !errors.As(err, new(*RecordError)) || !strings.Contains(err.Error(), "eventTime") {
		t.Errorf("got %v", err)
	}
}
