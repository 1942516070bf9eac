package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// Each URL's filter selects what the command line's does. The terms are as cmd makes them of its flags.
var sameFilters = []struct {
	query string
	terms []report.Term
}{
	{"", nil},
	{"event-name=Get*", []report.Term{{Flag: "event-name", Value: "Get*"}}},
	{"event-name=AssumeRole&event-name=Decrypt&not-region=us-*", []report.Term{{Flag: "event-name", Value: "AssumeRole"}, {Flag: "event-name", Value: "Decrypt"}, {Flag: "region", Value: "us-*", Not: true}}},
	{"since=2026-03-03&until=2026-03-03", []report.Term{{Flag: "since", Value: "2026-03-03T00:00:00Z"}, {Flag: "until", Value: "2026-03-04T00:00:00Z"}}},
	{"since=2026-03-03T09:00:00%2B02:00", []report.Term{{Flag: "since", Value: "2026-03-03T07:00:00Z"}}},
	{"not-until=2026-03-03", []report.Term{{Flag: "until", Value: "2026-03-04T00:00:00Z", Not: true}}},
	{"ip=203.0.113.0/24&error=any", []report.Term{{Flag: "ip", Value: "203.0.113.0/24"}, {Flag: "error", Value: "any"}}},
	{"write-only=true&min-severity=medium", []report.Term{{Flag: "write-only"}, {Flag: "min-severity", Value: "medium"}}},
	{"not-read-only=true&grep=kali", []report.Term{{Flag: "read-only", Not: true}, {Flag: "grep", Value: "kali"}}},
	{"around=%2370&window=1h", []report.Term{{Flag: "around", Value: "#70"}}},
	{"finding=role-assumed&account=111122223333", []report.Term{{Flag: "finding", Value: "role-assumed"}, {Flag: "account", Value: "111122223333"}}},
	{"principal=*admin*&session=*&event-source=s3&user-agent=*&resource=*", []report.Term{{Flag: "principal", Value: "*admin*"}, {Flag: "session", Value: "*"}, {Flag: "event-source", Value: "s3"}, {Flag: "user-agent", Value: "*"}, {Flag: "resource", Value: "*"}}},
}

// ordinals are those that the command line's timeline lists.
func ordinals(t *testing.T, s *report.EventStore, f *report.Filter) (all []string) {
	t.Helper()
	var out strings.Builder
	if _, err := s.WriteTimeline(t.Context(), &out, f, report.TimelineView{Format: "csv", Columns: []string{"ordinal"}}); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(out.String())[1:]
}

var rowLinks = regexp.MustCompile(`<a class="row" href="/event/(\d+)"`)

func shown(page string) (all []string) {
	for _, m := range rowLinks.FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return all
}

// follow goes from page to page, and returns what each shows.
func (p *testPages) follow(path, rel string) (pages [][]string) {
	p.t.Helper()
	next := regexp.MustCompile(`<a rel="` + rel + `" href="([^"]*)"`)
	for path != "" {
		page := p.page(path, 200)
		pages = append(pages, shown(page))
		path = ""
		if m := next.FindStringSubmatch(page); m != nil {
			path = html.UnescapeString(m[1])
		}
		if len(pages) > 100 {
			p.t.Fatal("there is no end")
		}
	}
	return pages
}

// The pages of the timeline, forwards and backwards, are the command line's timeline, and so are the
// files; the bars and the count say how much that is.
func TestTimelineIsTheCommandLines(t *testing.T) {
	dir := archived(t)
	p := openPages(t, Case{"a", dir})
	store := p.s.cases[0].store
	for _, tt := range sameFilters {
		window := 10 * time.Minute
		if strings.Contains(tt.query, "window=1h") {
			window = time.Hour
		}
		f, err := report.NewFilter(tt.terms, window)
		if err != nil {
			t.Fatal(err)
		}
		want := ordinals(t, store, f)
		if len(want) == 0 {
			t.Errorf("%s: selects nothing: the test tells nothing", tt.query)
		}
		if got := slices.Concat(p.follow("/timeline?"+tt.query, "next")...); !slices.Equal(got, want) {
			t.Errorf("%s: %d forwards, want %d", tt.query, len(got), len(want))
		}
		pages := p.follow("/timeline?"+tt.query+"&before=1000000", "prev")
		slices.Reverse(pages)
		if got := pages[len(pages)-1]; len(want) >= pageRows && !slices.Equal(got, want[len(want)-pageRows:]) {
			t.Errorf("%s: the last page is %v", tt.query, got)
		}
		seen := map[string]bool{}
		for _, o := range slices.Concat(pages...) {
			seen[o] = true // the first page is filled up with what the second one has
		}
		if len(seen) != len(want) {
			t.Errorf("%s: %d backwards, want %d", tt.query, len(seen), len(want))
		}
		checkCount(t, p, tt.query, len(want))
		checkFiles(t, p, store, f, tt.query)
	}
}

var titles = regexp.MustCompile(`: ([\d,]+) events?</title>`)

func checkCount(t *testing.T, p *testPages, query string, want int) {
	t.Helper()
	page := p.page("/timeline?"+query+"&count=all", 200)
	if !strings.Contains(page, "<b>"+number(want)+"</b>") || strings.Contains(page, "<b>at least") {
		t.Errorf("%s: does not count %d", query, want)
	}
	sum := 0
	for _, m := range titles.FindAllStringSubmatch(page, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if sum != want && sum != 0 { // no bars where all lies in one
		t.Errorf("%s: the bars have %d of %d", query, sum, want)
	}
}

func checkFiles(t *testing.T, p *testPages, store *report.EventStore, f *report.Filter, query string) {
	t.Helper()
	for _, format := range []string{"csv", "jsonl"} {
		var want strings.Builder
		if _, err := store.WriteTimeline(t.Context(), &want, f, report.TimelineView{Format: format}); err != nil {
			t.Fatal(err)
		}
		w := p.get("/timeline." + format + "?" + query)
		if w.Body.String() != want.String() {
			t.Errorf("%s: timeline.%s is not the command line's", query, format)
		}
		if h := w.Header(); h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Disposition") != `attachment; filename="timeline.`+format+`"` {
			t.Errorf("%v", h)
		}
	}
}

// A bar leads to the events that it stands for.
func TestBarsLead(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	bars := regexp.MustCompile(`<a href="(/timeline\?[^"]*)"><rect class="hit"[^>]*/><rect[^>]*/><title>[^<]*: ([\d,]+) event`)
	for _, query := range []string{"", "event-name=Get*", "since=2026-03-02T10:30:10Z&until=2026-03-03T11:20:30Z"} {
		page := p.page("/timeline?"+query+"&count=all", 200)
		all := bars.FindAllStringSubmatch(page, -1)
		if len(all) < 5 {
			t.Fatalf("%s: %d bars", query, len(all))
		}
		for _, m := range all {
			if part := p.page(html.UnescapeString(m[1])+"&count=all", 200); !strings.Contains(part, "<b>"+m[2]+"</b>") {
				t.Errorf("%s: %s has not %s", query, m[1], m[2])
			}
		}
	}
}

// The browser has all flags of the command line's filter, in its words.
func TestFilterFlags(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../cmd/coldtrail/casefilter.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	bare := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "termFlags" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			tag, _ := strconv.Unquote(field.Tag.Value)
			name := reflect.StructTag(tag).Get("name")
			if name == "" {
				name = strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(field.Names[0].Name, "$1-$2"))
			}
			kind, isIdent := field.Type.(*ast.Ident)
			bare[name] = isIdent && kind.Name == "bool"
		}
		return false
	})
	for _, f := range filterFlags {
		if is, ok := bare[f.Name]; !ok || is != f.Bare {
			t.Errorf("%s: the command line has no such flag, or another one", f.Name)
		}
		delete(bare, f.Name)
	}
	if len(bare) > 0 {
		t.Errorf("missing: %v", bare)
	}
}

func TestTimelineRefuses(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	for query, want := range map[string]string{
		"ipp=192.0.2.1":                         `parameter &#34;ipp&#34;`,
		"ip=999.1.1.1/99":                       "neither an address nor a CIDR",
		"since=yesterday":                       "neither an RFC 3339 time",
		"since=2026-03-04&until=2026-03-03":     "is not before until",
		"read-only=maybe":                       "takes no value but true",
		"min-severity=worst":                    "not one of informational",
		"finding=nothing":                       "neither the ID of a finding",
		"around=%231000000":                     "no such event",
		"around=%231&window=long":               "not a duration",
		"around=%231&window=-1h":                "less than nothing",
		"goto=tomorrow":                         "neither an RFC 3339 time",
		strings.Repeat("ip=192.0.2.1&", 201):    "at most 200",
		"at=-1":                                 "not a place in the list",
		"before=x":                              "not a place in the list",
		"event-name=Get*&principal=a&window=9q": "", // a window without an event says nothing
	} {
		w := p.get("/timeline?" + query)
		if body := w.Body.String(); want == "" && w.Code != 303 || want != "" && (w.Code != 400 || !strings.Contains(body, want)) {
			t.Errorf("%s: %d, %q not in it", query, w.Code, want)
		}
	}
}

// A form sends every field, and is led to an address that has only what was filled in.
func TestFormIsTidied(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	for query, want := range map[string]string{
		"since=&ip=&event-name=Get*&event-name=&window=10m": "/timeline?event-name=Get%2A",
		"since=++&window=10m":                               "/timeline",
		"around=%231&window=5m&ip=":                         "/timeline?around=%231&window=5m",
		"goto=&event-name=Get*":                             "/timeline?event-name=Get%2A",
	} {
		if w := p.get("/timeline?" + query); w.Code != 303 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s, want %s", query, w.Code, w.Header().Get("Location"), want)
		}
	}
}

// Going to a time goes to the first event from then on.
func TestGoto(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	store := p.s.cases[0].store
	for _, at := range []string{"2026-03-03", "2026-03-03T08:30:00Z", "2000-01-01", "2040-01-01"} {
		since, _, err := report.ParseMoment(at)
		if err != nil {
			t.Fatal(err)
		}
		f, err := report.NewFilter([]report.Term{{Flag: "since", Value: since.Format(time.RFC3339)}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		n, err := store.Events()
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint(n)
		if all := ordinals(t, store, f); len(all) > 0 {
			want = all[0]
		}
		if got := p.get("/timeline?region=us-*&goto=" + at).Header().Get("Location"); got != "/timeline?at="+want+"&region=us-%2A" {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

// A chip leads to the selection without it.
func TestChips(t *testing.T) {
	q, _ := url.ParseQuery("ip=192.0.2.1&ip=192.0.2.2&not-region=eu-*&around=%231&window=1h&read-only=true")
	s, blank, err := parseSelection(q)
	if err != nil || blank {
		t.Fatal(blank, err)
	}
	want := []chip{
		{"ip", "192.0.2.1", false, "around=%231&ip=192.0.2.2&not-region=eu-%2A&read-only=true&window=1h"},
		{"ip", "192.0.2.2", false, "around=%231&ip=192.0.2.1&not-region=eu-%2A&read-only=true&window=1h"},
		{"region", "eu-*", true, "around=%231&ip=192.0.2.1&ip=192.0.2.2&read-only=true&window=1h"},
		{"around", "#1", false, "ip=192.0.2.1&ip=192.0.2.2&not-region=eu-%2A&read-only=true"},
		{"read-only", "", false, "around=%231&ip=192.0.2.1&ip=192.0.2.2&not-region=eu-%2A&window=1h"},
	}
	if got := s.Chips(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// The rows show what timeline.csv does.
func TestRowsShowTheEvent(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	lines := bufio.NewScanner(p.get("/timeline.jsonl?error=any&min-severity=low").Body)
	page := p.page("/timeline?error=any&min-severity=low", 200)
	rows := regexp.MustCompile(`(?s)<tr class="found.*?</tr>`).FindAllString(page, -1)
	for i := 0; lines.Scan() && i < len(rows); i++ {
		var e struct {
			Time, Region, Account, Principal, Credential, Error string

			Name     string `json:"event_name"`
			Address  string `json:"source_ip"`
			Agent    string `json:"user_agent"`
			Findings []string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		arn := splitARN(e.Principal)
		for _, want := range append(e.Findings, e.Time, e.Name, e.Region, e.Account, arn.Head, arn.Tail, e.Credential, e.Address, e.Error) {
			if !strings.Contains(rows[i], strings.ReplaceAll(want, "'", "&#39;")) {
				t.Errorf("row %d: no %q in %s", i, want, rows[i])
			}
		}
	}
	if len(rows) < 20 {
		t.Errorf("%d rows", len(rows))
	}
}
