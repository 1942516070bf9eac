package serve

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/coldtrail/coldtrail/fixtures"
)

// A testPages asks a server for pages, without a network.
type testPages struct {
	t testing.TB
	h http.Handler
	s *Server
}

func openPages(t testing.TB, cases ...Case) *testPages {
	s := testServer(t, Config{Cases: cases})
	return &testPages{t, s.Handler(), s}
}

// get asks for a page as a browser does whose user typed the address.
func (p *testPages) get(path string, headers ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w
}

// page returns the text of a page, which must have that status.
func (p *testPages) page(path string, status int) string {
	p.t.Helper()
	w := p.get(path)
	if w.Code != status {
		p.t.Fatalf("%s: %d, want %d: %.2000s", path, w.Code, status, w.Body)
	}
	return w.Body.String()
}

var hrefs = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// links returns the addresses that a page leads to.
func links(page string) (all []string) {
	for _, m := range hrefs.FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// kept is a directory for what several tests use.
var kept string

func TestMain(m *testing.M) {
	var err error
	if kept, err = os.MkdirTemp("", "coldtrail-serve-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(kept)
	os.Exit(code)
}

// A keptCase is made when a test first wants it. Nothing of it is changed.
type keptCase struct {
	once          sync.Once
	dir, evidence string
}

func (k *keptCase) of(t testing.TB, name string, evidence func() string) string {
	t.Helper()
	k.once.Do(func() {
		k.evidence = evidence()
		dir := filepath.Join(kept, name)
		if err := os.Rename(makeCase(t, k.evidence), dir); err != nil {
			t.Fatal(err)
		}
		k.dir = dir
	})
	if k.dir == "" {
		t.Fatal("the case could not be made: see the test that failed first")
	}
	return k.dir
}

var archivedCase, hostileCase keptCase

// archived is the case of a small archive with all incidents.
func archived(t testing.TB) string {
	return archivedCase.of(t, "archived", func() string {
		dir := filepath.Join(kept, "archive")
		if _, err := fixtures.Write(dir, fixtures.Config{Seed: 4, Bytes: 1 << 20, Incidents: fixtures.AllIncidents()}); err != nil {
			t.Fatal(err)
		}
		return dir
	})
}

// hostiled is the case of hostileEvidence.
func hostiled(t testing.TB) string {
	return hostileCase.of(t, "hostile", func() string { return hostileEvidence(t) })
}

// pagePaths are one of each page.
var pagePaths = []string{
	"/", "/timeline", "/event/0", "/event/7", "/findings", "/findings?q=a", "/summary", "/coverage", "/integrity", "/objects", "/objects/0", "/objects/1", "/problems",
	"/sql", "/questions", "/sql?question=console-logins",
}

// Every page has the headers that keep it apart from others.
func TestPageHeaders(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	for _, path := range append(pagePaths, "/nothing", "/event/x", "/timeline?ip=x", "/event/0/raw", "/static/"+staticHash+"/style.css") {
		h := p.get(path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s: %q", path, name, got)
			}
		}
		policy, cache := "no-referrer", "no-store"
		if strings.HasPrefix(path, "/sql") {
			policy = "same-origin"
		}
		if strings.HasPrefix(path, "/static") {
			cache = "max-age=31536000, immutable"
		}
		if h.Get("Referrer-Policy") != policy || h.Get("Cache-Control") != cache {
			t.Errorf("%s: %v", path, h)
		}
		if kind := h.Get("Content-Type"); kind != "text/html; charset=utf-8" && !strings.HasPrefix(path, "/static") && !strings.HasSuffix(path, "/raw") {
			t.Errorf("%s: %s", path, kind)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || !strings.HasPrefix(policy, "default-src 'none';") {
		t.Error(policy)
	}
}

// forbidden are what no page may hold, whatever the evidence says: markup that is not the
// program's own, script addresses, and characters that cannot be seen.
var forbidden = []string{
	"<script>", "<img", "<svg onload", "<b>b", "<!--", `onerror="`, `onerror='`, `onmouseover='`, `"onerror`, `href="javascript:`, `href="data:`, `href="//`, `src="x`, "{{.}}<",
	"\u202e", "\u2066", "\u200b", "\u2028", "\u0085", "\x00", "\x1b", "\x7f", "\U000e0041", "\xff",
}

// What the evidence says is shown on every page, and nowhere as anything but text.
func TestHostileTexts(t *testing.T) {
	p := openPages(t, Case{"<i>", hostiled(t)})
	for _, path := range pagePaths {
		checkInert(t, path, p.page(path, 200))
	}
	step := 1 // under the race detector not everything need be seen
	if testing.Short() {
		step = 5
	}
	for i := 0; i < 3*len(hostile)+2*len(hostile)+4; i += step {
		path := fmt.Sprintf("/event/%d", i)
		checkInert(t, path, p.page(path, 200))
	}
	// What is asked for comes from somewhere too.
	for i, h := range hostile {
		if i%step > 0 {
			continue
		}
		q := url.QueryEscape(h)
		for _, path := range []string{
			"/timeline?principal=" + q, "/timeline?grep=" + q, "/timeline?since=" + q, "/timeline?" + q + "=1", "/timeline?goto=" + q, "/timeline?at=" + q, "/events?id=" + q, "/findings?q=" + q,
			"/findings?severity=" + q, "/findings?detector=" + q, "/findings/" + url.PathEscape(h), "/summary?user-agent=" + q, "/summary?top=" + q, "/objects?q=" + q, "/objects?status=" + q,
			"/problems?q=" + q, "/questions?q=" + q, "/sql?q=" + q, "/sql?question=" + q, "/sql?question=access-keys&p.like=" + q, "/" + url.PathEscape(h), "/event/" + url.PathEscape(h),
		} {
			w := p.get(path)
			if w.Code >= 500 {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
			checkInert(t, path, w.Body.String())
		}
	}
}

// exact are the parts of a page that keep what was asked for as it was, unseen.
var exact = regexp.MustCompile(`<input type="hidden"[^>]*>|<textarea[^>]*>[^<]*</textarea>`)

func checkInert(t *testing.T, path, page string) {
	t.Helper()
	for _, s := range forbidden {
		page := page
		if !strings.ContainsFunc(s, unicode.IsPrint) {
			page = exact.ReplaceAllString(page, "")
		}
		if i := strings.Index(page, s); i >= 0 {
			t.Errorf("%s: has %q: …%q…", path, s, page[max(0, i-80):min(len(page), i+80)])
		}
	}
	for _, l := range links(page) {
		if l != "#main" && (!strings.HasPrefix(l, "/") || strings.HasPrefix(l, "//")) {
			t.Errorf("%s: leads to %q", path, l)
		}
	}
}

// The forms show again what was typed, exactly, so that sending them again asks the same.
func TestFormsKeepValues(t *testing.T) {
	p := openPages(t, Case{"a", hostiled(t)})
	for _, value := range []string{`"><b> & 'x'`, "*?\\*", "ü €"} {
		page := p.page("/timeline?principal="+url.QueryEscape(value), 200)
		if want := `name="principal" value="` + html.EscapeString(value) + `"`; !strings.Contains(html.UnescapeString(page), html.UnescapeString(want)) {
			t.Errorf("%s: not in the form", value)
		}
	}
	// What a form would send otherwise than it is goes encoded, from the form of the filter and from that of the time.
	packed := regexp.MustCompile(`<input type="hidden" name="also" value="([^"]*)">`)
	for _, name := range []string{"principal", "not-account", "user-agent"} {
		q := url.Values{name: {"a\x00b\nc\rd", "\u202eevil", " e ", "=&+%"}, "since": {"2026-03-02"}}
		sent := url.Values{}
		for _, m := range packed.FindAllStringSubmatch(p.page("/timeline?"+q.Encode(), 200), -1) {
			sent.Add("also", html.UnescapeString(m[1]))
		}
		if n := len(sent["also"]); n != 4 || strings.ContainsAny(strings.Join(sent["also"], ""), "\x00\r\n") {
			t.Fatalf("%d encoded fields: %q", n, sent)
		}
		alone := url.Values{"also": sent["also"][3:]} // of the form that goes to a time
		if got := p.get("/timeline?" + alone.Encode()).Header().Get("Location"); got != "/timeline?"+q.Encode() {
			t.Errorf("%s leads to %s", name, got)
		}
		sent["also"] = sent["also"][:3]
		sent[name], sent["since"] = []string{"=&+%", ""}, q["since"]
		s, blank, err := parseSelection(sent)
		if slices.Sort(s.Query[name]); err != nil || !blank || len(s.Query) != 2 || !slices.Equal(s.Query[name], []string{" e ", "=&+%", "a\x00b\nc\rd", "\u202eevil"}) {
			t.Errorf("%s: %q, %v, %v", name, s.Query, blank, err)
		}
	}
	for _, wrong := range []string{"also=x%3D1", "also=%25", "also=also%3Dx", "also=at%3D3%26nothing%3D2"} {
		p.page("/timeline?"+wrong, 400)
	}
}

// Every link of every page leads somewhere, and the links by which one filters find the event
// that they stand beside.
func TestLinksLead(t *testing.T) {
	most := 60 // of a kind of page
	if testing.Short() {
		most = 8
	}
	for name, dir := range map[string]string{"archived": archived(t), "hostile": hostiled(t)} {
		p := openPages(t, Case{name, dir})
		seen := map[string]bool{}
		queue := append([]string(nil), pagePaths...)
		budget := map[string]int{} // how many of each kind of page are followed
		for len(queue) > 0 {
			path := queue[0]
			queue = queue[1:]
			kind, _, filtered := strings.Cut(path, "?")
			kind = regexp.MustCompile(`[0-9a-f]{16}|\d+`).ReplaceAllString(kind, "N")
			if budget[kind]++; seen[path] || budget[kind] > most {
				continue
			}
			seen[path] = true
			w := p.get(path)
			if w.Code != 200 && w.Code != 303 {
				t.Errorf("%s: %s: %d: %.300s", name, path, w.Code, w.Body)
				continue
			}
			if kind == "/timeline" && filtered && strings.Contains(w.Body.String(), "matches the filter") {
				t.Errorf("%s: %s selects nothing", name, path)
			}
			if w.Code == 303 {
				queue = append(queue, w.Header().Get("Location"))
			} else if w.Header().Get("Content-Type") == "text/html; charset=utf-8" {
				for _, l := range links(w.Body.String()) {
					if l != "#main" {
						queue = append(queue, l)
					}
				}
			}
		}
		if len(seen) < 6*most {
			t.Errorf("%s: %d pages", name, len(seen))
		}
	}
}

// Where there are several cases each has its own pages, below its name, and / lists them.
func TestPagesOfSeveralCases(t *testing.T) {
	p := openPages(t, Case{"one", archived(t)}, Case{"two", hostiled(t)})
	index := p.page("/", 200)
	if got := links(index); !slices.Contains(got, "/one/") || !slices.Contains(got, "/two/") {
		t.Fatalf("%q", got)
	}
	for _, path := range pagePaths {
		for _, l := range links(p.page("/two"+path, 200)) {
			if !strings.HasPrefix(l, "/two/") && l != "/" && l != "#main" {
				t.Errorf("/two%s: leads to %s", path, l)
			}
		}
	}
	if w := p.get("/two/events?id=%231"); w.Header().Get("Location") != "/two/event/1" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	p.page("/three/", 404)
	p.page("/timeline", 404)
	if style := links(index)[1]; p.get(style).Code != 200 {
		t.Errorf("%s is not there", style)
	}
}
