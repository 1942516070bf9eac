package report

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// terms are values for each flag that hit some random rows, all or none.
var terms = map[string][]string{
	"since":        {"2026-03-02T23:10:00Z", "2026-03-03T00:00:00.0000005Z", "1999-01-01T00:00:00Z", "2030-01-01T00:00:00Z"},
	"until":        {"2026-03-02T23:10:00Z", "2026-03-03T01:00:00+01:00", "1999-01-01T00:00:00Z"},
	"access-key":   {"AKIA1EXAMPLE", "ASIA2EXAMPLE", "ASIA*", "AKIA0EXAMPLE"},
	"principal":    {"arn:aws:sts::111122223333:assumed-role/Admin/alice", "*/ALICE", "AROA1EXAMPLE:*", "nobody"},
	"session":      {"alice", "bob@*", "carol", "2026-03-02T22:00:00Z", "Admin"},
	"ip":           {"198.51.100.7", "198.51.100.0/24", "2001:db8::/32", "::ffff:198.51.100.7", "::/0", "0.0.0.0/0", "AWS Internal", "aws internal/3", "aws*/*", "aws*"},
	"user-agent":   {"aws-cli/*", "*console*", "boto3/1.34, x", "[s3*", "*"},
	"event-name":   {"getobject", "*o*", "L?stBuckets", "nothing"},
	"event-source": {"s3", "iam.amazonaws.com", "*.AMAZONAWS.com"},
	"region":       {"us-east-1", "eu-*"},
	"account":      {"111122223333", "4*"},
	"resource":     {"logs", "arn:aws:s3:::*", "other", "data\u00e9", "3", "*e*"},
	"error":        {"any", "none", "denied", "AccessDenied", "failed auth*", "*"},
	"finding":      {"f1", "f2", "detector-b"},
	"min-severity": {"informational", "medium", "critical"},
	"grep":         {"getobject", `a "quoted"`, "caf\u00e9", `"note"`, "\\u00e9", "7x"},
	"read-only":    {""},
	"write-only":   {""},
	"around":       {"id-0100", "#5"},
	"event-id":     {"id-0100", "sha256:id-0007", "ID-0100"},
}

const testWindow = 5 * time.Minute

// testFindings are the memberships of random rows.
func testFindings(n int) *memberships {
	m := &memberships{findings: []EventFinding{
		{ID: "f1", Detector: "detector-a", Severity: detect.Low, Why: "one reason"},
		{ID: "f2", Detector: "detector-b", Severity: detect.Medium, Why: "another\x1b"},
		{ID: "f3", Detector: "detector-b", Severity: detect.High, Why: "a third"},
	}}
	for i := range n {
		for f := range m.findings {
			if i%(17*(f+1)) == 3 {
				m.events = append(m.events, eventFinding{uint64(i), uint32(f)})
			}
		}
	}
	m.sort()
	return m
}

// holds is the reference: what a term says of a row, in as few words as possible.
func holds(t Term, i int, rows []storeRow, m *memberships) bool {
	row := rows[i]
	text := func(name string) string { s, _ := row[name].(string); return s }
	at := row["event_ts"].(time.Time)
	like := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { _, ok := row[n]; return ok && likes(t.Value, text(n)) })
	}
	switch t.Flag {
	case "since", "until":
		limit, _ := time.Parse(time.RFC3339Nano, t.Value)
		return at.Before(limit) == (t.Flag == "until")
	case "access-key":
		key := text("useridentity.accesskeyid")
		return key == t.Value || strings.Contains(t.Value, "*") && key != "" && likes(t.Value, key)
	case "principal":
		return like("principal", "useridentity.principalid")
	case "session":
		_, name, _ := strings.Cut(text("useridentity.principalid"), ":")
		return name != "" && likes(t.Value, name) || like("sourceidentity", "session_start")
	case "ip":
		a, err := netip.ParseAddr(text("sourceipaddress"))
		if p, perr := netip.ParsePrefix(t.Value); perr == nil {
			return err == nil && p.Contains(a.Unmap())
		}
		if v, verr := netip.ParseAddr(t.Value); verr == nil {
			return err == nil && a.Unmap() == v.Unmap()
		}
		return like("sourceipaddress")
	case "user-agent":
		return like("useragent")
	case "event-name":
		return like("eventname")
	case "event-source":
		return text("eventsource") == t.Value+".amazonaws.com" || like("eventsource")
	case "region":
		return like("awsregion")
	case "account":
		return like("account")
	case "resource":
		var params map[string]any
		if err := json.Unmarshal([]byte(text("requestparameters")), &params); err != nil {
			panic(err)
		}
		names, _ := row["resource_names"].([]any)
		for _, v := range params {
			names = append(names[:len(names):len(names)], fmt.Sprint(v))
		}
		return slices.ContainsFunc(names, func(n any) bool { return likes(t.Value, n.(string)) })
	case "error":
		either := text("errorcode")
		if either == "" {
			either = text("errormessage")
		}
		switch t.Value {
		case "any", "none":
			return (either != "") == (t.Value == "any")
		case "denied":
			return strings.HasPrefix(text("errorcode"), "AccessDenied") || strings.Contains(text("errorcode"), "Unauthorized")
		}
		return either != "" && likes(t.Value, either)
	case "finding", "min-severity":
		return slices.ContainsFunc(m.of(uint64(i)), func(e eventFinding) bool {
			f := m.findings[e.finding]
			return t.Flag == "finding" && (f.ID == t.Value || f.Detector == t.Value) ||
				t.Flag == "min-severity" && int(f.Severity) >= slices.Index(detect.Severities[:], t.Value)
		})
	case "grep":
		raw := strings.ToLower(text("eventjson"))
		unescaped := strings.NewReplacer(`\u00e9`, "\u00e9", `\"`, `"`).Replace(raw)
		return strings.Contains(raw, t.Value) || strings.Contains(unescaped, t.Value)
	case "read-only", "write-only":
		return (text("readonly") == "true") == (t.Flag == "read-only")
	case "around":
		for j, r := range rows {
			if r["eventid"] == t.Value || r["derived_id"] == t.Value || t.Value == fmt.Sprintf("#%d", j) {
				if d := at.Sub(r["event_ts"].(time.Time)); d.Abs() <= testWindow {
					return true
				}
			}
		}
		return false
	case "event-id":
		return text("eventid") == t.Value || text("derived_id") == t.Value
	}
	panic(t.Flag)
}

// likes matches as a flag's pattern does.
func likes(pattern, s string) bool {
	q := regexp.QuoteMeta(pattern)
	q = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(q)
	return regexp.MustCompile(`(?is)^` + q + `$`).MatchString(s)
}

// Each flag, its negation and their combinations select what the reference does,
// wherever the store is cut: pruning never changes a result.
func TestFiltersAgreeWithTheReference(t *testing.T) {
	rows := randomRows(7, 300)
	m := testFindings(len(rows))
	var all []Term
	for flag, values := range terms {
		for _, v := range values {
			all = append(all, Term{Flag: flag, Value: v}, Term{Flag: flag, Value: v, Not: true})
		}
	}
	slices.SortFunc(all, func(a, b Term) int { return strings.Compare(a.String(), b.String()) })
	held := make(map[Term][]bool)
	for _, term := range all {
		plain := Term{Flag: term.Flag, Value: term.Value}
		for i := range rows {
			held[term] = append(held[term], holds(plain, i, rows, m))
		}
	}
	sets := make([][]Term, 0, 600)
	for _, term := range all {
		sets = append(sets, []Term{term})
	}
	r := rand.New(rand.NewPCG(9, 9))
	for range 120 {
		var set []Term
		for range 2 + r.IntN(4) {
			set = append(set, all[r.IntN(len(all))])
		}
		sets = append(sets, set)
	}
	for _, cuts := range manyCuts {
		dir := t.TempDir()
		writeStore(t, dir, rows, cuts)
		s := openTestStore(t, dir)
		s.memo.findings = m
		for _, set := range sets {
			checkFilter(t, s, set, held, len(rows))
		}
	}
}

func checkFilter(t *testing.T, s *EventStore, set []Term, held map[Term][]bool, rows int) {
	t.Helper()
	f, err := NewFilter(set, testWindow)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []int
	for i := range rows {
		if selected(set, held, i) {
			want = append(want, i)
		}
	}
	err = s.Scan(context.Background(), f, []string{"eventname"}, func(r *Row) error {
		got = append(got, int(r.Ordinal()))
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: %d rows, want %d; %v\n%v\n%v", f, len(got), len(want), err, got, want)
	}
}

// selected combines what the terms say: any of one flag, all flags, none negated.
func selected(set []Term, held map[Term][]bool, i int) bool {
	flags := map[string]bool{}
	for _, term := range set {
		switch {
		case !term.Not:
			flags[term.Flag] = flags[term.Flag] || held[term][i]
		case held[term][i]:
			return false
		}
	}
	for _, ok := range flags {
		if !ok {
			return false
		}
	}
	return true
}

func TestFilterErrors(t *testing.T) {
	for _, c := range []struct{ flag, value, want string }{
		{"ip", "1.2.3", "neither an address nor a CIDR"},
		{"ip", "1.2.3.4/33", "neither an address nor a CIDR"},
		{"ip", "example.com/24", "neither an address nor a CIDR"},
		{"ip", "", "neither an address"},
		{"grep", "", "empty"},
		{"event-name", "", "empty"},
		{"access-key", "", "empty"},
		{"min-severity", "urgent", "not one of informational"},
		{"around", "#x", "must be followed by a number"},
		{"nonsense", "x", "no such filter"},
	} {
		_, err := NewFilter([]Term{{Flag: c.flag, Value: c.value}}, time.Minute)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--"+c.flag) {
			t.Errorf("--%s %q: %v, want %q", c.flag, c.value, err, c.want)
		}
	}
	dir := t.TempDir()
	writeStore(t, dir, randomRows(1, 50), manyCuts[1])
	s := openTestStore(t, dir)
	for _, term := range []Term{{Flag: "around", Value: "id-nowhere"}, {Flag: "around", Value: "#50"}, {Flag: "finding", Value: "detektor"}} {
		f, err := NewFilter([]Term{term}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Scan(context.Background(), f, nil, func(*Row) error { return nil }); err == nil || !strings.Contains(err.Error(), term.String()) {
			t.Errorf("%s: %v", term, err)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("*a?b*", "xaybz")
	f.Add(`\*`, "*")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		test, err := glob(pattern)
		if err != nil || strings.Contains(pattern, `\`) || !isASCII(pattern+s) {
			return
		}
		if got, want := test([]byte(s)), likes(pattern, s); got != want {
			t.Errorf("%q on %q: %v", pattern, s, got)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// appendLower does what a loop over bytes would, at any length and offset.
func TestAppendLower(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 100 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		want := []byte("X")
		for _, c := range b {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			want = append(want, c)
		}
		if got := appendLower([]byte("X"), b); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", b, got, want)
		}
	}
}

func TestSeeker(t *testing.T) {
	text := []byte("aab|ab|b|aa|aaba|ab")
	for _, needle := range []string{"a", "ab", "b|", "aaba", "x", "b"} {
		s := seeker{text: text, needle: []byte(needle), at: -1}
		for _, e := range [][2]int{{0, 3}, {4, 6}, {7, 8}, {9, 11}, {12, 16}, {17, 19}, {4, 6}, {0, 3}, {17, 19}, {3, 3}} {
			if got, want := s.in(e[0], e[1]), strings.Contains(string(text[e[0]:e[1]]), needle); got != want {
				t.Errorf("%q in %q: %v", needle, text[e[0]:e[1]], got)
			}
		}
	}
}
