package detect

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// held lists what a list holds, in order, as "kind value @line remark".
func held(l *Indicators) (out []string) {
	for a, line := range l.addresses.v4 {
		out = append(out, fmt.Sprintf("address %d.%d.%d.%d @%d %s", byte(a>>24), byte(a>>16), byte(a>>8), byte(a), line, l.remarks[line]))
	}
	for p, line := range l.addresses.networks {
		out = append(out, fmt.Sprintf("address %s @%d %s", p, line, l.remarks[line]))
	}
	for k := range l.exact {
		for v, line := range l.exact[k] {
			out = append(out, fmt.Sprintf("%s %s @%d %s", IndicatorKind(k), v, line, l.remarks[line]))
		}
	}
	for _, p := range l.patterns {
		out = append(out, fmt.Sprintf("%s %s @%d %s", p.kind, p.text, p.line, l.remarks[p.line]))
	}
	slices.Sort(out)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

var listTests = []struct {
	name, text string
	want       []string
	rejected   string // lines
}{
	{"lines", "\ufeff# feed\r\n203.0.113.9 # a scanner\r\n\r\n203.0.113.9\r\n// more\nAKIAIOSFODNN7EXAMPLE\n'198.51.100.0/24'\nnothing",
		[]string{"access key AKIAIOSFODNN7EXAMPLE @6", "address 198.51.100.0/24 @7", "address 203.0.113.9 @2 a scanner"}, "8"},
	{"values and remarks", "203.0.113.9,scanner,2026\n203.0.113.10;other\n203.0.113.11\ttabbed\nip,203.0.113.12\nuser agent,\"curl/8.0, or so\"\naws-cli/2.1 (x; y), z\n",
		[]string{"address 203.0.113.10 @2 other", "address 203.0.113.11 @3 tabbed", "address 203.0.113.12 @4", "address 203.0.113.9 @1 scanner,2026", "user agent aws-cli/2.1 (x; y), z @6", "user agent curl/8.0, or so @5"}, ""},
	{"a heading", "# by us\ntype,value,comment\nip,203.0.113.9,\"a, b\"\n,arn:aws:iam::111122223333:user/eve,\n# a comment\nsha256,e3b0,\nuser,eve,x\nip,,\n",
		[]string{"ARN arn:aws:iam::111122223333:user/eve @4", "address 203.0.113.9 @3 a, b", "principal eve @7 x"}, "6,8"},
	{"columns of kinds", "ip;user_agent;note\n203.0.113.9;curl/8.0;n\n;;\n203.0.113.10;;m\n",
		[]string{"address 203.0.113.10 @4 m", "address 203.0.113.9 @2 n", "user agent curl/8.0 @2 n"}, "3"},
	{"lines within quotes", "value,comment\n203.0.113.9,\"a\nb\"\n203.0.113.10,c\n",
		[]string{"address 203.0.113.10 @4 c", "address 203.0.113.9 @2 a b"}, ""},
	{"a line that begins with a bracket", "[S3Console/0.4, aws-internal/3]\n", []string{"user agent S3Console/0.4, aws-internal/3 @1"}, ""},
	{"STIX", `{"type":"bundle","id":"bundle--1","objects":[
{"type":"identity","name":"CERT"},
{"type":"indicator","id":"indicator--1","name":"c2","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.9']"},
{"type":"indicator","id":"indicator--2","pattern_type":"stix","pattern":"[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR ipv6-addr:value='2001:db8::1'] OR [user-account:user_id IN ('AKIAIOSFODNN7EXAMPLE','arn:aws:iam::111122223333:user/eve')]"},
{"type":"indicator","id":"indicator--3","pattern_type":"stix","pattern":"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' LIKE 'it''%curl']"},
{"type":"indicator","id":"indicator--4","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.10' AND ipv4-addr:value = '203.0.113.11']"},
{"type":"indicator","id":"indicator--5","pattern_type":"sigma","pattern":"x"},
{"type":"indicator","id":"indicator--6","revoked":true,"pattern":"[ipv4-addr:value = '203.0.113.12']"},
{"type":"indicator","id":"indicator--7","pattern":"[domain-name:value = 'evil.example.com']"},
{"type":"indicator","id":"indicator--8","pattern":"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' MATCHES '^Pacu\\\\d']"},
{"type":"indicator","id":"indicator--9","pattern":["x"]}]}`,
		[]string{"ARN arn:aws:iam::111122223333:user/eve @4 indicator--2", "access key AKIAIOSFODNN7EXAMPLE @4 indicator--2", "address 198.51.100.0/24 @4 indicator--2", "address 2001:db8::1/128 @4 indicator--2", "address 203.0.113.9 @3 c2 indicator--1", `user agent expression ^Pacu\d @10 indicator--8`}, "5,6,7,8,9,11"},
	{"MISP", `{"Event":{"info":"x","Attribute":[
{"type":"ip-src","value":"203.0.113.9","comment":"scanner","to_ids":true},
{"type":"ip-dst|port","value":"203.0.113.10|443","uuid":"u-1"},
{"type":"domain|ip","value":"evil.example.com|203.0.113.11"},
{"type":"sha256","value":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
{"type":"text","value":"AKIAIOSFODNN7EXAMPLE"},
{"type":"ip-src","value":"203.0.113.12","deleted":true}],
"Object":[{"name":"user-account","Attribute":[
{"type":"user-agent","value":"curl/8.0"},
{"type":"target-user","value":"eve"},
{"type":"text","value":"free text"}]}]}}`,
		[]string{"access key AKIAIOSFODNN7EXAMPLE @6", "address 203.0.113.10 @3 u-1", "address 203.0.113.11 @4", "address 203.0.113.9 @2 scanner", "principal eve @10", "user agent curl/8.0 @9"}, "5,7,11"},
	{"several MISP events", `{"response":[{"Event":{"Attribute":[{"type":"ip-src","value":"203.0.113.9"}]}},{"Event":{"Attribute":[
{"type":"ip-src","value":"203.0.113.10"}]}}]}`, []string{"address 203.0.113.10 @2", "address 203.0.113.9 @1"}, ""},
}

func TestReadIndicators(t *testing.T) {
	for _, tt := range listTests {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(tt.text), "one byte at a time": iotest.OneByteReader(strings.NewReader(tt.text))} {
			l, err := ReadIndicators("x", r)
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, how, err)
				continue
			}
			var lines []string
			for _, r := range l.Rejected {
				lines = append(lines, fmt.Sprint(r.Line))
			}
			if got := held(l); !slices.Equal(got, tt.want) || strings.Join(lines, ",") != tt.rejected {
				t.Errorf("%s, %s: rejected %+v\n got %q\nwant %q", tt.name, how, l.Rejected, got, tt.want)
			}
			if len(tt.want) != l.Len() {
				t.Errorf("%s: %d counted, %d there", tt.name, l.Len(), len(tt.want))
			}
		}
	}
}

func TestReadIndicatorsNotes(t *testing.T) {
	l := indicators(t, listTests[6].text)
	if len(l.Notes) != 1 || l.Notes[0] != "1 STIX objects that are no indicators were left aside" {
		t.Errorf("%q", l.Notes)
	}
	if l := indicators(t, "value,severity\n203.0.113.9,urgent\n"); len(l.Notes) != 1 || l.Len() != 1 {
		t.Errorf("%q", l.Notes)
	}
	if l := indicators(t, listTests[0].text); l.Duplicates != 1 {
		t.Errorf("%d duplicates", l.Duplicates)
	}
	// What is not for detection is context.
	l = indicators(t, `{"Attribute":[{"type":"ip-src","value":"203.0.113.9","to_ids":false}]}`)
	if l.severities[1] != Low || len(l.severities) != 1 {
		t.Errorf("%v", l.severities)
	}
}

func TestReadIndicatorsUTF16(t *testing.T) {
	for _, big := range []bool{false, true} {
		var b []byte
		for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune("203.0.113.9\r\nAKIAIOSFODNN7EXAMPLE\r\n"))...) {
			if big {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		if l := indicators(t, string(b)); l.Len() != 2 || l.RejectedCount != 0 {
			t.Errorf("%v, %+v", l.Counts, l.Rejected)
		}
	}
}

// A list that is none, or is cut short, is no list: who thinks that it was looked for would be wrong.
func TestReadIndicatorsFails(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty", " \n": "empty", `{"a":1}`: "neither a STIX bundle nor a MISP event", `{"objects":[{"type":"indicator"`: "unexpected EOF",
		`{"Attribute":[]} x`: "line 1: ", `{"objects":[}`: "line 1: ", strings.Repeat("x", maxLine+2): "longer than",
		`{"a":` + strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40) + `}`: "nested too deep",
	} {
		if _, err := ReadIndicators("x", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
	}
	if _, err := ReadIndicators("x", iotest.ErrReader(io.ErrClosedPipe)); err != io.ErrClosedPipe {
		t.Error(err)
	}
}

// Whatever a list is: no panic, and every value is kept, a duplicate, or listed.
func FuzzReadIndicators(f *testing.F) {
	for _, tt := range listTests {
		f.Add(tt.text)
	}
	f.Add("\",x\n")
	f.Add("ip\n203.0.113.0-203.0.113.9\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadIndicators("x", strings.NewReader(text))
		if err != nil {
			return
		}
		if n := len(held(l)); n != l.Len() {
			t.Errorf("%d held, %d counted", n, l.Len())
		}
		if len(l.Rejected) > l.RejectedCount {
			t.Errorf("%d listed of %d", len(l.Rejected), l.RejectedCount)
		}
		if e, ok := l.record(records(t, []string{indicatorEvent})[0]); ok && e[0].Name != FactIndicator {
			t.Errorf("%v", e)
		}
	})
}
