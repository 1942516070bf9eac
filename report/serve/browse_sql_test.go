package serve

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/report/query"
)

// post sends a form as a browser does from a page of this server.
func (p *testPages) post(path string, form url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w
}

// token is what the form of the page has.
func (p *testPages) token() string {
	p.t.Helper()
	m := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(p.page("/sql", 200))
	if m == nil {
		p.t.Fatal("no token")
	}
	return m[1]
}

// ask runs a query by the form.
func (p *testPages) ask(sql, format string) *httptest.ResponseRecorder {
	p.t.Helper()
	return p.post("/sql", url.Values{"token": {p.token()}, "q": {sql}, "format": {format}})
}

// needsSQL skips where the program has no SQL.
func needsSQL(t *testing.T, dir string) {
	t.Helper()
	db, err := query.Open(t.Context(), dir, query.Options{})
	if errors.Is(err, query.ErrNoSQL) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	db.Close()
}

func TestSQLPage(t *testing.T) {
	dir := archived(t)
	needsSQL(t, dir)
	p := openPages(t, Case{"a", dir})
	n, err := p.s.cases[0].store.Events()
	if err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		"SELECT count(*) AS n FROM events":                             `<td class="num">` + fmt.Sprint(n) + "</td>",
		"SELECT ordinal, eventid FROM events ORDER BY ordinal LIMIT 1": `<a href="/event/0">0</a>`,
		"SELECT NULL AS nothing":                                       `<span class="dim">NULL</span>`,
		"SELECT '<script>alert(1)</script>' AS s":                      "&lt;script&gt;alert(1)&lt;/script&gt;</td>",
		"SELECT chr(8238) || chr(27) AS s":                             `\u202e\x1b`,
		"SELECT rpad('x', 5000, 'x') AS s":                             "… 3,000 bytes more",
		"SELECT ordinal FROM events CROSS JOIN (VALUES 1,2,3) AS x(y)": "The first <b>1,000</b> rows; there are more",
		"SELECT eventname\nFROM events\nWHERE nosuch = 1":              "line 3, column",
		"SELEC 1":                               "class=\"problem\"",
		"SELECT * FROM read_csv('/etc/passwd')": "class=\"problem\"",
		" \n ":                                  `<textarea id="q"`,
	} {
		w := p.ask(sql, "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, no %q in %s", sql, w.Code, want, w.Body)
		}
		if strings.Contains(w.Body.String(), "root:x:0") {
			t.Error("reads a file that is not the case's")
		}
		checkInert(t, sql, w.Body.String())
	}
}

// The mark stands below the place that is wrong.
func TestSQLMark(t *testing.T) {
	for _, tt := range []struct {
		line   string
		column int
		want   string
	}{{"SELEC 1", 1, "^"}, {"SELECT x", 8, "       ^"}, {"ü\u202e x", 4, "        ^"}, {"abc", 9, "   ^"}} {
		if got := markAt(tt.line, tt.column); got != tt.want {
			t.Errorf("%q at %d: %q, want %q", tt.line, tt.column, got, tt.want)
		}
	}
}

// The files have all rows, in which nothing is a formula.
func TestSQLFiles(t *testing.T) {
	dir := archived(t)
	needsSQL(t, dir)
	p := openPages(t, Case{"a", dir})
	n, err := p.s.cases[0].store.Events()
	if err != nil {
		t.Fatal(err)
	}
	const sql = "SELECT ordinal, '=1+1' AS f, 'a,\"b' AS q, CAST(NULL AS varchar) AS z FROM events ORDER BY ordinal"
	w := p.ask(sql, "csv")
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || int64(len(rows)) != n+1 || fmt.Sprint(rows[1]) != `[0 '=1+1 a,"b ]` || fmt.Sprint(rows[0]) != "[ordinal f q z]" {
		t.Errorf("%d rows, %v: %.200q", len(rows), err, rows)
	}
	if h := w.Header(); h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Disposition") != `attachment; filename="result.csv"` {
		t.Errorf("%v", h)
	}
	var objects []struct {
		Ordinal int64
		F, Q    string
		Z       *string
	}
	if err := json.Unmarshal(p.ask(sql, "json").Body.Bytes(), &objects); err != nil || int64(len(objects)) != n || objects[1].Ordinal != 1 || objects[1].F != "=1+1" || objects[1].Z != nil {
		t.Errorf("%d objects, %v", len(objects), err)
	}
	if got := strings.TrimSpace(p.ask("SELECT 1 AS x WHERE 1 = 0", "json").Body.String()); got != "[\n]" {
		t.Errorf("no rows are %q", got)
	}
	if w := p.ask(sql, "xml"); w.Code != 400 {
		t.Error(w.Code)
	}
	if w := p.ask("SELECT nosuch FROM events", "csv"); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Error("an error is a file")
	}
}

// Nothing runs that this server's own page did not ask for.
func TestSQLOfOthers(t *testing.T) {
	p := openPages(t, Case{"a", archived(t)})
	asked := 0
	b := newBrowser(browserConfig{Base: "", Timeout: DefaultTimeout, Token: "secret", Log: p.s.logf, SQL: func(context.Context) (*query.DB, error) {
		asked++
		return nil, query.ErrNoSQL
	}})
	p.h = b
	for _, form := range []url.Values{{"q": {"SELECT 1"}}, {"q": {"SELECT 1"}, "token": {"guessed"}}, {"q": {"SELECT 1"}, "token": {""}}} {
		if w := p.post("/sql", form); w.Code != 403 {
			t.Errorf("%v: %d", form, w.Code)
		}
	}
	for _, site := range []string{"", "none", "cross-site", "same-site"} {
		if w := p.get("/sql?q=SELECT+1", "Sec-Fetch-Site", site); w.Code != 200 || !strings.Contains(w.Body.String(), "\nSELECT 1</textarea>") {
			t.Errorf("%s: %d", site, w.Code)
		}
	}
	if asked > 0 {
		t.Fatal("SQL ran")
	}
	p.post("/sql", url.Values{"q": {"SELECT 1"}, "token": {"secret"}})
	p.get("/sql?q=SELECT+1", "Sec-Fetch-Site", "same-origin")
	if asked != 2 {
		t.Errorf("what the page itself asked for ran %d times of 2", asked)
	}
	if w := p.get("/sql?question=console-logins", "Sec-Fetch-Site", "same-origin"); asked != 3 || !strings.Contains(w.Body.String(), "built without SQL") {
		t.Errorf("a program without SQL does not say so: %s", w.Body)
	}
}

// Each named question has its page, which runs it with its parameters.
func TestQuestionPages(t *testing.T) {
	dir := archived(t)
	p := openPages(t, Case{"a", dir})
	list := p.page("/questions", 200)
	for _, q := range query.Questions {
		path := "/sql?question=" + q.Name
		if !strings.Contains(list, `href="`+path+`"`) {
			t.Errorf("%s is not in the list", q.Name)
		}
		page := p.page(path, 200)
		for _, param := range q.Params {
			if !strings.Contains(page, `name="p.`+param.Name+`"`) {
				t.Errorf("%s: no field for %s", q.Name, param.Name)
			}
		}
	}
	if got := strings.Count(p.page("/questions?q=MFA", 200), "<li id="); got == 0 || got == len(query.Questions) {
		t.Errorf("%d questions mention MFA", got)
	}
	for path, status := range map[string]int{"/sql?question=nothing": 404, "/sql?question=console-logins&p.nothing=1": 400, "/sql?x=1": 400, "/questions?x=1": 400} {
		p.page(path, status)
	}
	if page := p.page("/sql?question=console-logins&p.since=yesterday", 200); !strings.Contains(page, "neither an RFC 3339 time of the years") {
		t.Error("a wrong parameter is not told")
	}
	needsSQL(t, dir)
	w := p.post("/sql", url.Values{"token": {p.token()}, "question": {"console-logins"}, "p.since": {"2026-03-02"}, "p.until": {""}})
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `<table class="result">`) || !strings.Contains(body, `href="/sql?p.since=2026-03-02&amp;question=console-logins"`) {
		t.Errorf("%d %s", w.Code, body)
	}
}
