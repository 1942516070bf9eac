package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

// Pages show a case as it is: whoever hunts or marks meanwhile sees what came of it.
func TestPagesFollowCase(t *testing.T) {
	dir := makeCase(t, writeRecords(t, plainRecords...))
	p := openPages(t, Case{Name: "case", Dir: dir})
	shown := map[string]string{
		"/": "IAM user or role created", "/findings": "IAM user or role created", "/event/0": "IAM user or role created",
		"/timeline?finding=iam-identity-created": "/event/0", "/summary?finding=iam-identity-created&top=10": "CreateUser",
	}
	check := func(want bool) {
		t.Helper()
		for path, text := range shown {
			if page := p.page(path, 200); strings.Contains(page, text) != want {
				t.Errorf("%s: with %q: %t, want %t: %s", path, text, !want, want, page)
			}
		}
	}
	check(true)
	all := links(p.page("/findings", 200))
	finding := all[slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, "/findings/") })]
	p.page(finding, 200)

	kase, err := report.OpenCase(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kase.Close()
	if _, err := kase.Hunt(t.Context(), report.Hunting{Detectors: []*detect.Detector{}, Workers: 1, Memory: 64 << 20, WorkDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	p.page(finding, 404)
	check(false)
}

// Where another case takes the place of the one that is served, as analyze --add does it, or where that goes, nothing of either is told.
func TestReplacedCase(t *testing.T) {
	dir := makeCase(t, writeRecords(t, plainRecords[0]))
	p := openPages(t, Case{Name: "case", Dir: dir})
	a := asker{t, startServer(t, p.s), cloudTrailTarget, ""}
	ask := func(ok bool, want string) {
		t.Helper()
		status := map[bool]int{true: http.StatusOK, false: http.StatusInternalServerError}[ok]
		for _, path := range []string{"/", "/timeline", "/summary", "/coverage", "/findings", "/objects", "/event/0", "/timeline.csv"} {
			if w := p.get(path); w.Code != status || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d, want %d and %q: %s", path, w.Code, status, want, w.Body)
			}
		}
		if status, out := a.call("LookupEvents", "{}"); (status == http.StatusOK) != ok || !ok && (status != http.StatusBadRequest || !strings.Contains(fmt.Sprint(out), want)) {
			t.Errorf("LookupEvents: %d, want %q: %v", status, want, out)
		}
		if w := p.get("/", "Authorization", "AWS4-HMAC-SHA256"); (w.Code == http.StatusOK) != ok || !ok && !strings.Contains(w.Body.String(), want) {
			t.Errorf("ListBuckets: %d, want %q: %s", w.Code, want, w.Body)
		}
	}
	ask(true, "")
	if err := errors.Join(os.Rename(dir, dir+".old-1"), os.Rename(makeCase(t, writeRecords(t, plainRecords...)), dir)); err != nil {
		t.Fatal(err)
	}
	ask(false, "another case has taken its place")
	if err := os.Rename(dir, dir+".old-2"); err != nil {
		t.Fatal(err)
	}
	ask(false, "no such file")
	if err := os.Rename(dir+".old-1", dir); err != nil {
		t.Fatal(err)
	}
	ask(true, "")
}

// SQL follows it too, but for a session that has tables, which the log tells.
func TestSQLFollowsCase(t *testing.T) {
	dir := makeCase(t, writeRecords(t, plainRecords...))
	var told string
	s := testServer(t, Config{Cases: []Case{{Name: "case", Dir: dir}}, Log: func(format string, args ...any) { told += fmt.Sprintf(format, args...) + "\n" }})
	counted := func(ctx context.Context) string {
		t.Helper()
		r, err := s.cases[0].query(ctx, "SELECT count(DISTINCT finding_id) FROM findings")
		if errors.Is(err, query.ErrNoSQL) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if !r.Next() {
			t.Fatal(r.Err())
		}
		return query.Text(r.Values()[0])
	}
	count := func() string {
		t.Helper()
		return counted(t.Context())
	}
	hunt := func(detectors ...*detect.Detector) {
		t.Helper()
		kase, err := report.OpenCase(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer kase.Close()
		if _, err := kase.Hunt(t.Context(), report.Hunting{Detectors: append([]*detect.Detector{}, detectors...), Workers: 1, Memory: 64 << 20, WorkDir: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(); n != "1" {
		t.Errorf("%s findings", n)
	}
	hunt()
	if n := count(); n != "0" {
		t.Errorf("after a hunt for nothing: %s findings", n)
	}
	// Another request closes the engine that one was just given.
	between := func(detectors ...*detect.Detector) context.Context {
		return &interruption{Context: t.Context(), do: func() {
			hunt(detectors...)
			count()
		}}
	}
	if n := counted(between(detect.All()...)); n != "1" {
		t.Errorf("after a hunt between: %s findings", n)
	}
	v := &sqlView{SQL: "SELECT 1"}
	rows, err := s.cases[0].pages.open(between(), v)
	if err != nil || v.Problem != "" {
		t.Fatalf("the page after a hunt between: %v, %s", err, v.Problem)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	r, err := s.cases[0].query(t.Context(), "CREATE TABLE mine AS SELECT 1 AS x")
	if err == nil {
		for r.Next() {
		}
		err = errors.Join(r.Err(), r.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	hunt(detect.All()...)
	if n := count(); n != "0" || !strings.Contains(told, "there are later ones") {
		t.Errorf("with a table: %s findings, told %q", n, told)
	}
	count()
	if n := strings.Count(told, "there are later ones"); n != 1 {
		t.Errorf("told %d times of one hunt", n)
	}
	hunt()
	count()
	count()
	if n := strings.Count(told, "there are later ones"); n != 2 {
		t.Errorf("told %d times of two hunts", n)
	}
}

// An interruption is a context that does something else when it is first asked whether it has ended.
type interruption struct {
	context.Context
	once sync.Once
	do   func()
}

func (i *interruption) Err() error {
	i.once.Do(i.do)
	return i.Context.Err()
}

// A findings.jsonl that a hunt puts in the place of the one that was read is read anew.
func TestFindingsFollowRename(t *testing.T) {
	dir := makeCase(t, writeRecords(t, plainRecords...))
	name := filepath.Join(dir, findingsName)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(before)
	if id == nil {
		t.Fatalf("no ID in %s", before)
	}
	put := func(content []byte) {
		if err := errors.Join(os.WriteFile(name+".new", content, 0o644), os.Rename(name+".new", name)); err != nil {
			t.Error(err)
		}
	}
	for what, page := range map[string]func(*browser, *http.Request) (*answer, error){"all": (*browser).findingsPage, "one": (*browser).findingPage} {
		put(before)
		b := openPages(t, Case{Name: "case", Dir: dir}).s.cases[0].pages
		r := httptest.NewRequest(http.MethodGet, "/findings", nil)
		r.SetPathValue("id", string(id[1]))
		r = r.WithContext(&interruption{Context: t.Context(), do: func() {
			put(bytes.ReplaceAll(before, []byte(`"title":"`), []byte(`"title":"Later: `)))
		}})
		a, err := page(b, r)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		w := httptest.NewRecorder()
		if b.show(w, r, a); !strings.Contains(w.Body.String(), "Later: IAM user or role created") {
			t.Errorf("%s: %s", what, w.Body)
		}
	}
}

// A case that is changed more than once within one request is answered from all the same, and one that never stands still is told.
func TestSeveralChangesWithin(t *testing.T) {
	dir := makeCase(t, writeRecords(t, plainRecords...))
	s := testServer(t, Config{Cases: []Case{{Name: "case", Dir: dir}}})
	for changes, want := range map[int]error{3: nil, changesWithin: errOtherFindings} {
		n := 0
		err := s.cases[0].pages.withFindings(t.Context(), func(*findingIndex) error {
			if n++; n <= changes {
				return errOtherFindings
			}
			return nil
		})
		if !errors.Is(err, want) {
			t.Errorf("findings, %d changes: %v", changes, err)
		}
	}
	for changes, want := range map[int]error{3: nil, changesWithin: query.ErrClosed} {
		n := 0
		engine := sqlEngine(func(context.Context) (*query.DB, error) {
			db, err := query.Open(t.Context(), dir, query.Options{})
			if err != nil {
				return nil, err
			}
			if n++; n <= changes {
				return db, db.Close()
			}
			t.Cleanup(func() { _ = db.Close() })
			return db, nil
		})
		rows, _, err := engine.query(t.Context(), "SELECT 1")
		if errors.Is(err, query.ErrNoSQL) {
			t.Skip(err)
		}
		if !errors.Is(err, want) {
			t.Errorf("SQL, %d changes: %v", changes, err)
		}
		if err == nil {
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
