package integrity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// says makes what a digest says of a log: who it is, its level and the hash.
func says(ordinal uint64, level Verdict, hash string) saying {
	return saying{seq: ordinal, ordinal: ordinal, level: level, chain: 3, entry: entry{Bucket: "b", Object: "k", Hash: hash, Algorithm: "SHA-256"}}
}

// What a log is worth hangs on what digests say of its hash, and on what they are worth themselves.
func TestJudgeLog(t *testing.T) {
	is, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	odd := says(9, Signed, is)
	odd.Algorithm = "SHA-512"
	for name, c := range map[string]struct {
		says   []saying
		unread string
		want   string // verdict, reason, notes, whose word it is, where, failure
	}{
		"a proved one's hash":                {[]saying{says(1, Signed, is)}, "", "verified [] signed 1  false"},
		"an anchored one's":                  {[]saying{says(1, Anchored, is)}, "", "verified [] anchored 1  false"},
		"a linked one's":                     {[]saying{says(1, Linked, is)}, "", "consistent [] linked 1  false"},
		"one that nothing tells of":          {[]saying{says(1, Unverified, is)}, "", "consistent [] unverified 1  false"},
		"an invalid one's":                   {[]saying{says(1, Invalid, is)}, "", "consistent [] invalid 1  false"},
		"in upper case":                      {[]saying{says(1, Signed, strings.ToUpper(is))}, "", "verified [] signed 1  false"},
		"another hash":                       {[]saying{says(1, Signed, other)}, "", "modified [] signed 1  true"},
		"another, unproved":                  {[]saying{says(1, Unverified, other)}, "", "modified [] unverified 1  true"},
		"another, invalid":                   {[]saying{says(1, Invalid, other)}, "", "uncovered digest [] invalid 1 inside false"},
		"of two alike, the better one's":     {[]saying{says(1, Anchored, is), says(2, Signed, is)}, "", "verified [] signed 2  false"},
		"of two that differ, the better one": {[]saying{says(1, Anchored, other), says(2, Signed, other)}, "", "modified [] signed 2  true"},
		"the first of two as good":           {[]saying{says(1, Signed, is), says(2, Signed, is)}, "", "verified [] signed 1  false"},
		"proved ones that contradict":        {[]saying{says(1, Signed, other), says(2, Signed, is)}, "", "verified [contradicted] signed 2  true"},
		"a proved one against a linked":      {[]saying{says(1, Linked, is), says(2, Signed, other)}, "", "modified [] signed 2  true"},
		"an invalid one against a linked":    {[]saying{says(1, Linked, other), says(2, Invalid, is)}, "", "modified [] linked 1  true"},
		"another algorithm":                  {[]saying{odd}, "", "uncovered algorithm [] signed 9 inside false"},
		"another algorithm, and a hash":      {[]saying{odd, says(1, Signed, is)}, "", "verified [] signed 1  false"},
		"a hash that is cut":                 {[]saying{says(1, Signed, is[:62])}, "", "modified [] signed 1  true"},
		"nothing could be read":              {[]saying{says(1, Linked, is), says(2, Signed, is)}, "torn", "unreadable torn [] signed 2  false"},
	} {
		r := &Row{Chain: -1}
		r.judge(&Object{ContentSHA256: is, Unread: c.unread}, c.says)
		got := strings.TrimSpace(fmt.Sprint(r.Verdict, " ", r.Reason))
		if got = fmt.Sprintf("%s %v %s %d %s %t", got, r.Notes, r.By, *r.Digest, r.Where, r.Failure); got != c.want || r.Chain != 3 || r.Bucket != "b" || r.Key != "k" {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A hash that is cut is no hash, even where the content's is cut as well.
func TestJudgeWithoutHash(t *testing.T) {
	r := &Row{}
	if r.judge(&Object{}, []saying{says(1, Signed, "")}); r.Verdict != Modified || !r.Failure {
		t.Errorf("%+v", r)
	}
}

// Where a log lies that no digest names: a later digest may name what was delivered late.
func TestWhere(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	c := &Chain{First: at(0), Last: at(300), Spans: []Span{
		{From: at(0), To: at(60), State: string(Signed)}, {From: at(60), To: at(120), State: SpanAbsent}, {From: at(120), To: at(180), State: string(Signed)},
		{From: at(180), To: at(240), State: SpanGap}, {From: at(240), To: at(300), State: string(Unverified)},
	}}
	for minutes, want := range map[int]Where{
		-1: Before, 0: Inside, 44: Inside, 45: InGap, 60: InGap, 119: InGap, 120: Inside, 164: Inside, 165: InGap, 239: InGap, 240: Inside, 284: Inside, 285: After, 400: After,
	} {
		if got := c.where(at(minutes)); got != want {
			t.Errorf("minute %d: %s, want %s", minutes, got, want)
		}
	}
	p := places{"1/r": {{First: at(500), Last: at(600)}, c, {First: at(-500), Last: at(-400)}}} // the best place of any chain counts
	for minutes, want := range map[int]Where{50: InGap, 130: Inside, -450: Inside, -600: Before, 900: After} {
		if got := p.of(&Object{Account: "1", Region: "r", Delivered: at(minutes)}); got != want {
			t.Errorf("minute %d of several chains: %s, want %s", minutes, got, want)
		}
	}
	for _, o := range []*Object{{Account: "1", Region: "r"}, {Account: "1", Region: "q", Delivered: noon}} {
		if got := p.of(o); got != NoChain {
			t.Errorf("%+v: %s", o, got)
		}
	}
}

// A chain's spans tell which windows have digests, which lack them, and which never had any.
func TestSpans(t *testing.T) {
	type digest struct {
		from, to int   // hours
		previous int   // the end of the one before it; 0: none
		missing  int64 // that are named and not there, between this and the one behind it
		claims   bool
		verdict  Verdict
	}
	at := func(hour int) time.Time { return noon.Add(time.Duration(hour) * time.Hour) }
	for name, c := range map[string]struct {
		digests []digest // the newest first
		edge    bool
		want    []string
		begins  string
		notes   int
	}{
		"a whole chain":              {[]digest{{2, 3, 2, 0, false, Unverified}, {1, 2, 1, 0, true, Signed}, {0, 1, 0, 0, true, Signed}}, false, []string{"0-2 signed 2", "2-3 unverified 1"}, "start", 0},
		"one that is cut":            {[]digest{{2, 3, 2, 0, false, Unverified}, {1, 2, 1, 0, true, Signed}}, true, []string{"1-2 signed 1", "2-3 unverified 1"}, "edge", 0},
		"one of which nothing tells": {[]digest{{2, 3, 2, 0, false, Unverified}}, false, []string{"2-3 unverified 1"}, "", 0},
		"named and not there":        {[]digest{{5, 6, 5, 0, false, Signed}, {0, 1, 0, 2, true, Signed}}, false, []string{"0-1 signed 1", "1-5 absent 0", "5-6 signed 1"}, "start", 0},
		"nobody names it":            {[]digest{{5, 6, 5, 0, false, Signed}, {0, 1, 0, 0, false, Signed}}, false, []string{"0-1 signed 1", "1-5 absent 0", "5-6 signed 1"}, "start", 0},
		"logging was off":            {[]digest{{5, 6, 1, 0, false, Signed}, {0, 1, 0, 0, true, Signed}}, false, []string{"0-1 signed 1", "1-5 gap 0", "5-6 signed 1"}, "start", 0},
		"begun anew":                 {[]digest{{5, 6, 0, 0, false, Signed}, {0, 1, 0, 0, false, Signed}}, false, []string{"0-1 signed 1", "1-5 gap 0", "5-6 signed 1"}, "start", 0},
		"windows that overlap":       {[]digest{{1, 3, 2, 0, false, Signed}, {0, 2, 0, 0, true, Signed}}, false, []string{"0-3 signed 2"}, "start", 1},
		"a window turned round":      {[]digest{{9, 3, 2, 0, false, Signed}, {0, 2, 0, 0, true, Signed}}, false, []string{"0-2 signed 1", "3-3 signed 1"}, "start", 0},
	} {
		b := &builder{chain: &Chain{}}
		notes := 0
		for i, d := range c.digests {
			h := &head{Start: at(d.from).Format(time.RFC3339), End: at(d.to).Format(time.RFC3339), Bucket: "b", Key: digestKey(at(d.to)), Ordinal: uint64(i)}
			h.Name, _ = ParseDigestName(h.Key)
			if d.previous > 0 {
				h.PrevKey = digestKey(at(d.previous))
			}
			var claims []*claim
			if d.claims {
				claims = []*claim{{}}
			}
			b.missing = d.missing
			r := &Row{Verdict: d.verdict, Reason: NoSignature}
			b.note(h, r, claims)
			b.add(h, r, claims)
			notes += len(r.Notes)
		}
		b.finish(c.edge)
		var got []string
		for _, s := range b.chain.Spans {
			got = append(got, fmt.Sprintf("%.0f-%.0f %s %d", s.From.Sub(noon).Hours(), s.To.Sub(noon).Hours(), s.State, s.Count))
		}
		if last := c.digests[0].to; !slices.Equal(got, c.want) || b.chain.Begins != c.begins || notes != c.notes || !b.chain.Last.Equal(at(last)) ||
			!slices.Equal(b.chain.Places, []string{"b"}) || b.chain.oldest != uint64(len(c.digests)-1) {
			t.Errorf("%s: %q, want %q: begins %q, %d notes, %+v", name, got, c.want, b.chain.Begins, notes, b.chain)
		}
	}
}
