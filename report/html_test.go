package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// htmlOf writes the page of the scenario.
func htmlOf(t *testing.T, dir string, opt HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(t.Context(), &b, dir, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Who writes the page again gets the same bytes.
func TestHTMLAgain(t *testing.T) {
	dir, _ := settled(t, 5, options)
	if got := htmlOf(t, dir, HTMLOptions{}); got != mustRead(t, filepath.Join(dir, htmlFile)) {
		t.Error("the page is another one when it is written again")
	}
}

// The policy names the page's own style and script by their hashes, and allows nothing else.
func TestHTMLPolicy(t *testing.T) {
	dir, _ := settled(t, 5, options)
	page := htmlOf(t, dir, HTMLOptions{})
	part := func(from, to string) string {
		_, s, _ := strings.Cut(page, from)
		s, _, _ = strings.Cut(s, to)
		return s
	}
	policy := strings.ReplaceAll(part(`Content-Security-Policy" content="`, `"`), "&#39;", "'")
	policy = strings.ReplaceAll(policy, "&#43;", "+")
	want := fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'", cspHash(part("\n<script>", "</script>")), cspHash(part("<style>", "</style>")))
	if policy != want {
		t.Errorf("policy %s\nnot    %s", policy, want)
	}
	for _, s := range []string{"http:", "https:", "url(", "@import"} {
		if i := strings.Index(htmlStyle, s); i >= 0 {
			t.Errorf("the style has %s: %.60s", s, htmlStyle[i:])
		}
	}
}

var (
	htmlTag  = regexp.MustCompile(`<(/?)([a-zA-Z!][a-zA-Z0-9-]*)((?:[^>"]|"[^"]*")*)>`)
	htmlAttr = regexp.MustCompile(`([a-zA-Z:-]+)(?:="([^"]*)")?`)
)

// Of the page's static part every element and every attribute is one that the templates write, every link leads to
// the page itself, and nothing is there that does not print.
func TestHTMLHostile(t *testing.T) {
	dir, _ := settled(t, 5, options)
	page := htmlOf(t, dir, HTMLOptions{})
	_, body, _ := strings.Cut(page, "</style>")
	body, data, _ := strings.Cut(body, `<script type="application/json"`)
	data, _, _ = strings.Cut(data, "</script>")
	elements := strings.Fields("a article b body code dd desc details div dl dt figcaption figure footer h1 h2 h3 h4 head header li main nav ol p path pre rect section span summary svg table tbody td text th thead title tr ul")
	attributes := strings.Fields("aria-hidden aria-label aria-labelledby class d height href id role scope tabindex viewBox width x xmlns y")
	for _, m := range htmlTag.FindAllStringSubmatch(body, -1) {
		if !slices.Contains(elements, m[2]) {
			t.Errorf("element %s", m[0])
		}
		for _, a := range htmlAttr.FindAllStringSubmatch(m[3], -1) {
			if !slices.Contains(attributes, a[1]) || a[1] == "href" && !strings.HasPrefix(a[2], "#") {
				t.Errorf("attribute %s of %s", a[0], m[0])
			}
		}
	}
	if n := strings.Count(htmlTag.ReplaceAllString(body, ""), "<"); n > 0 {
		t.Errorf("%d times < outside an element", n)
	}
	if i := strings.IndexAny(strings.SplitN(data, ">", 2)[1], "<>&\u2028\u2029"); i >= 0 {
		t.Errorf("the data has %q", data[i:i+20])
	}
}

// Without an examiner's mark the page itself uses none of the words that only a mark allows, but to say so.
func TestHTMLWords(t *testing.T) {
	dir, _ := settled(t, 5, options)
	page := strings.ToLower(htmlOf(t, dir, HTMLOptions{}))
	page = strings.ReplaceAll(page, strings.ToLower(fixedLimits[len(fixedLimits)-1]), "")
	page = strings.ReplaceAll(page, "compromised_credentials", "") // the field of report.json
	for _, word := range []string{"attacker", "compromised", "exfiltrated"} {
		if i := strings.Index(page, word); i >= 0 {
			t.Errorf("%s, unmarked: %.200s", word, page[max(0, i-100):])
		}
	}
}

// A small budget folds, and the page says what and where; one that is too small is refused.
func TestHTMLBudget(t *testing.T) {
	dir, _ := settled(t, 5, options)
	whole := htmlOf(t, dir, HTMLOptions{})
	if len(whole) > DefaultHTMLBudget || !strings.Contains(whole, "15.0 MB") {
		t.Errorf("%d bytes", len(whole))
	}
	var b bytes.Buffer
	if err := WriteHTML(t.Context(), &b, dir, HTMLOptions{Budget: 20_000}); err == nil || b.Len() > 0 || !strings.Contains(err.Error(), "budget") {
		t.Errorf("a budget that holds nothing: %v, %d bytes", err, b.Len())
	}
	var page bytes.Buffer
	behind := len(whole) - strings.Index(whole, `<section id="size"`)
	tight := int64(len(whole)-behind) + htmlTail - 1500 // room for a part of the data
	if err := WriteHTML(t.Context(), &page, dir, HTMLOptions{Budget: tight}); err != nil || int64(page.Len()) > tight || page.Len() >= len(whole) || !strings.Contains(page.String(), "findings, the mildest and latest ones") {
		t.Errorf("a tight budget: %v, %d bytes of %d", err, page.Len(), tight)
	}
}

// The data of a page's script is no larger than its room, and uses it, whether findings have events of their own or share them, and whether their texts are alike or not.
func TestHTMLDataBudget(t *testing.T) {
	for name, make := range map[string]func(i int) htmlFound{
		"shared events": func(i int) htmlFound {
			f := htmlFound{all: htmlEventsPerFinding}
			for n := range htmlEventsPerFinding {
				f.events = append(f.events, keptEvent{Ordinal: uint64(n), Name: "GetObject"})
			}
			return f
		},
		"long texts": func(i int) htmlFound {
			f := htmlFound{all: 1, events: []keptEvent{{Ordinal: uint64(i), Name: fmt.Sprint("Call", i)}}}
			f.Subject = strings.Repeat("<", 300) + strconv.Itoa(i)
			return f
		},
		"many values": func(i int) htmlFound {
			f := htmlFound{all: 3, events: []keptEvent{{Ordinal: uint64(3 * i)}, {Ordinal: uint64(3*i + 1)}, {Ordinal: uint64(3*i + 2)}}}
			for n := range 20 {
				f.SourceIPs.Values = append(f.SourceIPs.Values, fmt.Sprint("192.0.2.", n*7%256))
			}
			return f
		},
	} {
		found := &htmlFindings{total: 3000}
		for i := range 3000 {
			f := make(i)
			f.ID, f.Severity = fmt.Sprintf("%016x", i), detect.Severity(i%2)
			found.list = append(found.list, f)
		}
		whole := 0
		for _, budget := range []int64{1 << 30, 200_000, 50_000, 1000, -5} {
			b := &htmlBuilder{found: found}
			known, err := found.know(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			data, err := b.data(known, nil, budget)
			if err != nil {
				t.Fatal(err)
			}
			early, err := found.encode(known, 1<<30)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := (&htmlBuilder{found: found}).data(known, early, budget); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%s in %d bytes: what was encoded beforehand is other data: %v", name, budget, err)
			}
			whole = max(whole, len(data))
			if room := min(budget, int64(whole)); budget > 0 && (int64(len(data)) > room || int64(len(data)) < room-room/50-1000) {
				t.Errorf("%s: %d bytes in room for %d", name, len(data), room)
			}
			var page struct {
				Texts            []string
				Findings, Events [][]any
			}
			if err := json.Unmarshal(data, &page); err != nil {
				t.Fatal(err)
			}
			used := map[float64]bool{}
			for _, row := range page.Findings {
				for _, at := range []int{0, 1, 2, 7, 8} {
					used[row[at].(float64)] = true
				}
				for _, list := range row[9:12] {
					for _, n := range list.([]any) {
						used[n.(float64)] = true
					}
				}
			}
			for _, row := range page.Events {
				for _, at := range []int{2, 4, 5, 6, 7, 8, 9, 12, 13} {
					used[row[at].(float64)] = true
				}
			}
			if len(used) != len(page.Texts) {
				t.Errorf("%s in %d bytes: of %d texts %d are used", name, budget, len(page.Texts), len(used))
			}
		}
	}
}

// Of findings that are not kept no text stays.
func TestHTMLFindingsForget(t *testing.T) {
	h := &htmlFindings{techniques: map[string]*htmlTechnique{}, strings: map[string]string{}}
	for i := range 5 * htmlFindingLimit {
		f := &htmlFound{}
		f.Subject = strconv.Itoa(i)
		h.add(f)
	}
	if n := len(h.strings); n > 2*htmlFindingLimit {
		t.Errorf("%d texts of %d findings", n, len(h.list))
	}
}

// Forty rows are ten, then thirty to unfold, or where they are.
func TestHTMLForty(t *testing.T) {
	row := func(i int) []htmlCell { return []htmlCell{numberCell(int64(i))} }
	b := &htmlBuilder{fold: htmlFolds[0]}
	if table := b.table("Accounts", "#n", 40, row, "report.json", "").Table; len(table.Rows) != 10 || len(table.Folded) != 30 || table.Rest != "" || table.More() != "+30 more" || len(b.folds) > 0 {
		t.Errorf("%d rows, %d folded, %q", len(table.Rows), len(table.Folded), table.Rest)
	}
	b.fold = htmlFolds[len(htmlFolds)-1]
	if table := b.table("Accounts", "#n", 40, row, "report.json", "And more.").Table; len(table.Rows) != 10 || len(table.Folded) != 0 || table.Rest != "+30, see report.json. And more." || len(b.folds) != 1 || b.folds[0].Count != 30 {
		t.Errorf("%d rows, %d folded, %q, %v", len(table.Rows), len(table.Folded), table.Rest, b.folds)
	}
}

// Of white space in what the program says one is left, also where a value follows; of a value's end none.
func TestPlainCell(t *testing.T) {
	for _, x := range []struct {
		got  htmlCell
		want string
	}{{plainCell("as was\n asked:  "), "as was asked: "}, {plainCell("%s: ", " a  b"), "a b: "}, {plainCell("%s", "a "), "a"}, {plainCell(""), ""}} {
		if len(x.got) != 1 || x.got[0].Text != x.want {
			t.Errorf("%q, not %q", x.got, x.want)
		}
	}
}

func TestHTMLNetworks(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.0/24", "8.8.8.8": "8.8.8.0/24", "10.1.2.3": "10.1.2.0/24", "2600:1f18:1234:5678::1": "2600:1f18:1234::/48",
		"fd00::1": "fd00::/48", "::ffff:10.0.0.1": "10.0.0.0/24", "AWS Internal": "AWS Internal",
	} {
		name, kind := networkAround(address)
		if name != want || (kind == "public") != (address == "8.8.8.8" || strings.HasPrefix(address, "2600:")) {
			t.Errorf("%s: %s %s, want %s", address, name, kind, want)
		}
	}
}

// Days without an event between two that have some are gaps, and are drawn.
func TestDaily(t *testing.T) {
	c := &capped[dayKey, count]{}
	for _, k := range []dayKey{{"2", 20000}, {"1", 20000}, {"1", 20001}, {"1", 20004}, {"1", 20004}} {
		*c.at(k, nil)++
	}
	d := dailyOf(c)
	if accounts, days := d.gaps(); accounts != 1 || days != 2 || d.Accounts[0].Account != "1" || d.Accounts[0].Days["2024-10-08"] != 2 {
		t.Errorf("%d accounts, %d days, %+v", accounts, days, d)
	}
	gaps := 0
	for _, s := range dayRow(&d.Accounts[0], 20000, 1, 5, 10, 0) {
		if s.Class == "gap" {
			gaps++
			if s.W != 19 || !strings.Contains(s.Title, "2024-10-06 to 2024-10-07: no event") {
				t.Errorf("%+v", s)
			}
		}
	}
	if gaps != 1 {
		t.Errorf("%d gaps", gaps)
	}
	// A column of several days does not pass for one of them.
	var titles []string
	for _, s := range dayRow(&d.Accounts[0], 20000, 2, 3, 10, 0) {
		titles = append(titles, s.Title)
	}
	if want := []string{"1", "1, 2024-10-04 to 2024-10-05: 2 events", "1, 2024-10-06 to 2024-10-07: no event", "1, 2024-10-08 to 2024-10-09: 2 events"}; !slices.Equal(titles, want) {
		t.Errorf("%q, want %q", titles, want)
	}
	var none *Daily
	if a, n := none.gaps(); a+n != 0 {
		t.Error("no map has gaps")
	}
}

// What was handed out in a circle is a tree all the same.
func TestLineageCircle(t *testing.T) {
	m := &Model{}
	for _, e := range [][2]string{{"a", "b"}, {"b", "c"}, {"c", "a"}, {"x", "y"}, {"a", "b"}} {
		m.Credentials.Issued = append(m.Credentials.Issued, IssuedRow{Credential: e[1], By: Mark{Credential: e[0], Event: "AssumeRole"}})
	}
	b := &htmlBuilder{Model: m, cited: map[uint64]int{}, fold: htmlFolds[0], stories: &htmlIncidents{}}
	roots := b.forest()
	if len(roots) != 2 || roots[0].name != "a" || roots[0].size() != 3 || roots[1].size() != 2 {
		t.Errorf("%d roots", len(roots))
	}
	if f := b.tree(roots, "g", "t"); len(f.Shapes) != 3*5+3 {
		t.Errorf("%d shapes", len(f.Shapes))
	}
}
