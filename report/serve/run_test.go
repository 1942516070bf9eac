package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/report/query"
)

// fakeRows are rows without an engine: these tests are of what is around it, in every build.
type fakeRows struct {
	columns []query.Column
	rows    [][]any
	at      int
	err     error
	each    func() // called before each row
}

func (r *fakeRows) Columns() []query.Column { return r.columns }
func (r *fakeRows) Notes() []string         { return []string{"a note"} }
func (r *fakeRows) Values() []any           { return r.rows[r.at-1] }
func (r *fakeRows) Close() error            { return nil }
func (r *fakeRows) Err() error              { return r.err }
func (r *fakeRows) Next() bool {
	if r.each != nil {
		r.each()
	}
	r.at++
	return r.at <= len(r.rows)
}

func columnsOf(names ...string) (columns []query.Column) {
	for _, n := range names {
		columns = append(columns, query.Column{Name: n, Type: "varchar"})
	}
	return columns
}

// fakeEngine answers as the statement's first word says.
func fakeEngine(ctx context.Context, sql string) (rows, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(sql), " ")
	if rest == "forever" { // until it is stopped
		<-ctx.Done()
		return nil, fmt.Errorf("interrupted: %w", ctx.Err())
	}
	switch word {
	case "SELECT": // rows of one column with that value
		return &fakeRows{columns: columnsOf("v"), rows: [][]any{{rest}}}, nil
	case "VALUES": // so many rows
		var n int
		fmt.Sscan(rest, &n)
		r := &fakeRows{columns: columnsOf("n", "null")}
		for i := range n {
			r.rows = append(r.rows, []any{int64(i), nil})
		}
		return r, nil
	case "TABLE": // without end
		r := &fakeRows{columns: columnsOf("x"), rows: make([][]any, 1<<20)}
		for i := range r.rows {
			r.rows[i] = []any{"0123456789"}
		}
		return r, nil
	case "EXPLAIN":
		return &fakeRows{columns: columnsOf("plan", "cost"), rows: [][]any{{"a", nil}, {"b", int64(2)}}}, nil
	case "CREATE":
		return &fakeRows{}, nil
	case "INSERT":
		panic("a defect")
	}
	return nil, &query.Error{Kind: query.KindSyntax, Message: "what is " + word + "?", Offset: 0, Line: 1, Column: 1}
}

// fakeServer serves with the fake engine.
func fakeServer(t testing.TB, change func(*runs)) (*Server, string) {
	t.Helper()
	s := testServer(t, Config{})
	q := s.cases[0].runs
	q.engine, q.ready = fakeEngine, func(context.Context) error { return nil }
	if change != nil {
		change(q)
	}
	return s, startServer(t, s)
}

func testRuns(t *testing.T, l runLimits) *runs {
	q := newRuns(l)
	q.engine, q.timeout, q.dir, q.now, q.log = fakeEngine, time.Minute, t.TempDir(), time.Now, t.Logf
	t.Cleanup(q.close)
	return q
}

func begin(t *testing.T, q *runs, id, sql string) *run {
	t.Helper()
	r := &run{id: id, api: apiAthena, sql: sql, statement: sql}
	if err := q.start(r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRuns(t *testing.T) {
	q := testRuns(t, defaultLimits)
	for sql, want := range map[string]struct {
		state runState
		err   string
		rows  int64
	}{
		"SELECT x":       {runDone, "", 1},
		"VALUES 0":       {runDone, "", 0},
		"VALUES 1234":    {runDone, "", 1234},
		"CREATE TABLE x": {runDone, "", 0},
		"nonsense":       {runFailed, "line 1, column 1: what is nonsense?", 0},
		"INSERT":         {runFailed, "a defect", 0},
	} {
		r := begin(t, q, sql, sql)
		<-r.done
		s := r.status()
		if s.state != want.state || (s.err == nil) != (want.err == "") || s.err != nil && !strings.Contains(s.err.Error(), want.err) || s.ended.Before(s.started) {
			t.Errorf("%s: %v %v", sql, s.state, s.err)
		}
		if s.result != nil && s.result.rows != want.rows {
			t.Errorf("%s: %d rows", sql, s.result.rows)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(q.dir, "*")); len(names) != 4 {
		t.Errorf("%d files, of 4 results", len(names))
	}
	q.close()
	if names, _ := filepath.Glob(filepath.Join(q.dir, "*")); len(names) != 0 {
		t.Errorf("left behind: %q", names)
	}
	if err := q.start(&run{id: "late"}); !errors.Is(err, errBusy) {
		t.Errorf("%v", err)
	}
}

func TestRunsAreStopped(t *testing.T) {
	limits := defaultLimits
	limits.running, limits.waiting = 1, 2
	q := testRuns(t, limits)
	first := begin(t, q, "first", "SELECT forever")
	for first.status().state != runRunning {
		time.Sleep(time.Millisecond)
	}
	second, third := begin(t, q, "second", "SELECT 2"), begin(t, q, "third", "SELECT 3")
	if err := q.start(&run{id: "fourth", statement: "SELECT 4"}); !errors.Is(err, errBusy) {
		t.Errorf("%v", err)
	}
	if s := second.settle(t.Context()); s.state != runQueued {
		t.Errorf("%v", s.state)
	}
	second.cancel(errCancelled) // while it waits
	<-second.done
	if s := second.status(); s.state != runCancelled || !s.started.IsZero() {
		t.Errorf("%v", s.state)
	}
	first.cancel(errCancelled) // while it runs
	<-first.done
	if s := first.status(); s.state != runCancelled {
		t.Errorf("%v: %v", s.state, s.err)
	}
	<-third.done
	if s := third.status(); s.state != runDone {
		t.Errorf("%v: %v", s.state, s.err)
	}
	third.cancel(errCancelled) // when it has ended
	if s := third.status(); s.state != runDone {
		t.Errorf("%v", s.state)
	}
	q.timeout = 10 * time.Millisecond
	slow := begin(t, q, "slow", "SELECT forever")
	<-slow.done
	if s := slow.status(); s.state != runTimedOut || !errors.Is(s.err, errTimeout) {
		t.Errorf("%v: %v", s.state, s.err)
	}
}

// Neither results nor queries are remembered without end.
func TestRunsAreForgotten(t *testing.T) {
	limits := defaultLimits
	limits.remembered, limits.known, limits.results, limits.result = 3, 6, 10_000, 8_000
	q := testRuns(t, limits)
	var all []*run
	for i := range 10 {
		r := begin(t, q, fmt.Sprint(i), "SELECT x")
		<-r.done
		all = append(all, r)
	}
	for i, r := range all {
		s := r.status()
		if remembered := i >= 7; (s.result != nil) != remembered {
			t.Errorf("query %d: %+v", i, s)
		}
		if known := i >= 4; (q.find(apiAthena, r.id) != nil) != known {
			t.Errorf("query %d: known: %t", i, !known)
		}
		if q.find(apiLake, r.id) != nil {
			t.Error("the other API sees it")
		}
	}
	big := begin(t, q, "big", "VALUES 900") // about 6 kB
	<-big.done
	also := begin(t, q, "also", "VALUES 900")
	<-also.done
	if s := big.status(); s.result != nil || !s.dropped {
		t.Errorf("%+v", s)
	}
	if s := also.status(); s.result == nil {
		t.Errorf("%+v", s)
	}
	huge := begin(t, q, "huge", "TABLE")
	<-huge.done
	if s := huge.status(); s.state != runFailed || !strings.Contains(s.err.Error(), "more than 8000 bytes") {
		t.Errorf("%v %v", s.state, s.err)
	}
	if names, _ := filepath.Glob(filepath.Join(q.dir, "*")); len(names) != 1 {
		t.Errorf("%q", names)
	}
}

// What is written is read again, from every row on; another reader of CSV agrees.
func TestResults(t *testing.T) {
	hostile := []any{nil, "", "a", `"`, `""`, `",`, ",", "\n", "\r\n", "a\nb", `=cmd|' /C calc'!A0`, "\x00\x1b", "\xff", strings.Repeat(`"x`, 5_000), int64(-1), 1.5, true, "ü"}
	in := &fakeRows{columns: columnsOf("a", `b"c`, "d\ne")}
	for i := range 777 {
		in.rows = append(in.rows, []any{hostile[i%len(hostile)], hostile[i/7%len(hostile)], hostile[i*5%len(hostile)]})
	}
	res, err := writeResult(t.Context(), t.TempDir(), in, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	text := func(v any) string {
		if v == nil {
			return "NULL"
		}
		return "=" + query.Text(v)
	}
	for _, from := range []int64{0, 1, 99, 100, 101, 555, 776, 777, 1000} {
		for _, n := range []int{1, 50, 1000} {
			page, err := res.page(from, n)
			if err != nil {
				t.Fatal(err)
			}
			if want := min(n, max(0, 777-int(from))); len(page) != want {
				t.Errorf("from %d, %d: %d rows", from, n, len(page))
			}
			for i, row := range page {
				for j, v := range row {
					got := "NULL"
					if v != nil {
						got = "=" + *v
					}
					if want := text(in.rows[int(from)+i][j]); got != want {
						t.Fatalf("row %d, column %d: %.60q, want %.60q", int(from)+i, j, got, want)
					}
				}
			}
		}
	}
	b, err := os.ReadFile(res.name)
	if err != nil || int64(len(b)) != res.size {
		t.Fatalf("%d bytes, not %d: %v", len(b), res.size, err)
	}
	lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(lines) != 778 || !slices.Equal(lines[0], []string{"a", `b"c`, "d\ne"}) {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, line := range lines[1:] {
		for j, v := range line {
			// That reader takes every \r\n for \n, and does not tell NULL.
			if want := strings.ReplaceAll(query.Text(in.rows[i][j]), "\r\n", "\n"); v != want {
				t.Fatalf("row %d, column %d: %.60q, want %.60q", i, j, v, want)
			}
		}
	}
}

// A page is bounded by bytes too, but always gets on.
func TestLongRows(t *testing.T) {
	long := strings.Repeat("x", pageBytes)
	in := &fakeRows{columns: columnsOf("a"), rows: [][]any{{long}, {"y"}, {long}}}
	res, err := writeResult(t.Context(), t.TempDir(), in, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[int64]int{0: 1, 1: 2, 2: 1} {
		if page, err := res.page(from, 1000); err != nil || len(page) != want {
			t.Errorf("from %d: %d rows, %v", from, len(page), err)
		}
	}
	res.remove()
	if _, err := res.page(0, 1); !errors.Is(err, errDropped) {
		t.Errorf("%v", err)
	}
}

func TestResultFailures(t *testing.T) {
	dir := t.TempDir()
	broken := &fakeRows{columns: columnsOf("a"), rows: [][]any{{"x"}}, err: errors.New("broken")}
	if _, err := writeResult(t.Context(), dir, broken, 1<<20); err == nil || err.Error() != "broken" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	endless := &fakeRows{columns: columnsOf("a"), rows: [][]any{{"x"}}}
	endless.each = func() { endless.at = 0 }
	if _, err := writeResult(ctx, dir, endless, 1<<20); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 0 {
		t.Errorf("left behind: %q", names)
	}
	if _, err := writeResult(t.Context(), filepath.Join(dir, "nothing"), &fakeRows{}, 1<<20); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
}

func FuzzReadRow(f *testing.F) {
	f.Add([]byte("\"a\",,\"b\"\"\"\n"), 3)
	f.Add([]byte("\n"), 1)
	f.Add([]byte("\"\"\n"), 0)
	f.Fuzz(func(t *testing.T, b []byte, columns int) {
		if columns < 0 || columns > 10 {
			return
		}
		r := bufio.NewReaderSize(bytes.NewReader(b), 16)
		row, _, err := readRow(r, columns)
		if err != nil || columns == 0 {
			return
		}
		w := &resultWriter{}
		for i, v := range row {
			if v == nil {
				w.field(i, nil)
			} else {
				w.field(i, *v)
			}
		}
		if w.line = append(w.line, '\n'); !bytes.HasPrefix(b, w.line) {
			t.Errorf("%q is read as what is written %q", b, w.line)
		}
	})
}

// Long statements are remembered less long, and those that have not ended are not forgotten.
func TestLongTextsAreForgotten(t *testing.T) {
	limits := defaultLimits
	limits.text = 10_000
	q := testRuns(t, limits)
	slow := begin(t, q, "slow", "SELECT forever")
	for i := range 20 {
		r := &run{id: fmt.Sprint(i), api: apiAthena, sql: "SELECT " + strings.Repeat("?", 500), statement: "SELECT " + strings.Repeat("x", 1000), athena: athenaContext{parameters: []string{strings.Repeat("1", 500)}}}
		if err := q.start(r); err != nil {
			t.Fatal(err)
		}
		<-r.done
		if q.text > limits.text || len(q.order) > 6 {
			t.Fatalf("%d bytes of %d queries", q.text, len(q.order))
		}
	}
	if q.find(apiAthena, "19") == nil || q.find(apiAthena, "slow") != slow || q.find(apiAthena, "0") != nil {
		t.Error("the wrong ones are remembered")
	}
	slow.cancel(errCancelled)
	<-slow.done
	begin(t, q, "last", "SELECT "+strings.Repeat("x", 20_000))
	if q.find(apiAthena, "slow") != nil || q.find(apiAthena, "19") != nil || len(q.order) != 1 || q.text != 20_007 {
		t.Errorf("%d bytes of %d queries", q.text, len(q.order))
	}
}
