//go:build cgo

package query

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"

func TestTimeout(t *testing.T) {
	db := opened(t, caseOf(t, `{"eventTime":"2026-03-04T10:32:26Z","eventSource":"x","eventName":"y","eventID":"e1"}`))
	cause := errors.New("that was long enough")
	for _, sql := range []string{
		endless,
		"SELECT max(a.range * b.range) FROM range(1000000000) a, range(10000) b",
		"SELECT a.range FROM range(1000000000000) a WHERE a.range < 0", // while rows are fetched
	} {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, cause)
		_, err := runWith(ctx, t, db, &Rewritten{Kind: "SELECT", SQL: sql})
		if !errors.Is(err, cause) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", sql, err)
		}
		cancel()
	}
	want(t, db, "SELECT 1", "1")
}

// A query that was cancelled before it began does not begin.
func TestCancelled(t *testing.T) {
	db := opened(t, caseOf(t, `{"eventTime":"2026-03-04T10:32:26Z","eventSource":"x","eventName":"y","eventID":"e1"}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Query(ctx, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Open(ctx, db.files.Objects.Name(), Options{}); err == nil {
		t.Error("a file was opened as a case")
	}
}

// One function may compute for longer than anybody waits: the query ends, and the
// rest ends by itself. Nothing that it still uses is freed before.
func TestStuck(t *testing.T) {
	db, err := Open(t.Context(), caseOf(t, `{"eventTime":"2026-03-04T10:32:26Z","eventSource":"x","eventName":"y","eventID":"e1"}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	db.patience = 3
	_, err = runWith(ctx, t, db, &Rewritten{Kind: "SELECT", SQL: "SELECT levenshtein(repeat('a', 20000), repeat('b', 20000))"})
	if err == nil {
		t.Skip("the engine was fast")
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	want(t, db, "SELECT 1", "1")
	lose := func(n int) {
		db.mu.Lock()
		defer db.mu.Unlock()
		db.lost += n
	}
	lose(maxLost) // as if more such queries had been stopped
	if _, err := ask(t, db, "SELECT 1"); err == nil || !strings.Contains(err.Error(), "queries that were stopped") {
		t.Errorf("with %d lost queries and more: %v", maxLost, err)
	}
	lose(-maxLost)
	for {
		db.mu.Lock()
		users := db.users
		db.mu.Unlock()
		if users == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	want(t, db, "SELECT 1", "1") // the one has ended
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestMemoryLimit(t *testing.T) {
	dir := caseOf(t, `{"eventTime":"2026-03-04T10:32:26Z","eventSource":"x","eventName":"y","eventID":"e1"}`)
	db, err := Open(t.Context(), dir, Options{Memory: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, sql := range []string{
		"SELECT count(DISTINCT md5(range::VARCHAR)) FROM range(10000000)",
		"SELECT * FROM range(100000000) ORDER BY hash(range)",
		"SELECT string_agg(repeat('x', 100000), '') FROM range(10000)",
		"SELECT list(range) FROM range(100000000)",
		"CREATE TABLE big AS SELECT range, md5(range::VARCHAR) AS m FROM range(10000000)",
	} {
		r := &Rewritten{SQL: sql, Kind: "SELECT"}
		if sql[0] == 'C' {
			r.Kind, r.Inner = "CREATE TABLE", sql[len("CREATE TABLE big AS "):]
		}
		_, err := run(t, db, r)
		if err == nil {
			t.Errorf("%s: was run", sql)
			continue
		}
		var e *Error
		if s := (&statement{sql: sql, r: r, text: sql}); !errors.As(s.explain(err), &e) || e.Kind != KindMemory {
			t.Errorf("%s: %v", sql, err)
		}
	}
	want(t, db, "SELECT 1", "1")
}

// With a directory to spill into, the same memory does; nothing stays there.
func TestSpill(t *testing.T) {
	dir := caseOf(t, `{"eventTime":"2026-03-04T10:32:26Z","eventSource":"x","eventName":"y","eventID":"e1"}`)
	temp := t.TempDir()
	db, err := Open(t.Context(), dir, Options{Memory: 64 << 20, TempDir: temp, Spill: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := run(t, db, &Rewritten{Kind: "SELECT", SQL: "SELECT count(DISTINCT m) FROM (SELECT md5(range::VARCHAR) AS m FROM range(1200000) ORDER BY m)"})
	if err != nil || len(lines) != 1 || lines[0] != "{row=[1200000]}" {
		t.Errorf("%q, %v", lines, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// Many queries at once share the case, and go away whether they are read to their end, closed in
// the middle, or cancelled.
func TestConcurrency(t *testing.T) {
	db := opened(t, demoCase(t))
	before := runtime.NumGoroutine()
	lines, err := ask(t, db, "SELECT count(*) FROM events")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 2 {
				if err := disturbed(t.Context(), db, i, lines[0]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if db.users != 0 {
		t.Errorf("%d connections are left", db.users)
	}
	for range 100 { // a goroutine that has ended is counted for a moment
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, were %d", runtime.NumGoroutine(), before)
}

// disturbed asks for all events, and reads on in one of four ways.
func disturbed(ctx context.Context, db *DB, way int, count string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.Query(ctx, "SELECT eventid, eventjson FROM events")
	if err != nil {
		return err
	}
	n := 0
	for rows.Next() {
		if n++; n == 100 && way%4 == 1 {
			break
		} else if n == 100 && way%4 == 2 {
			cancel()
		}
	}
	err = rows.Err()
	switch {
	case way%4 == 2 && err != nil && !errors.Is(err, context.Canceled): // the last rows may be there already
		return err
	case way%4 != 2 && err != nil:
		return err
	case way%4 == 0 && fmt.Sprint(n) != count:
		return fmt.Errorf("%d rows of %s", n, count)
	}
	return rows.Close()
}
