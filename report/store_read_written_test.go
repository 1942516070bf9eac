package report

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/scan"
)

// caseOf writes a store with the sink of analyze, cut into batches, and opens it.
func caseOf(t testing.TB, limit int64, batches ...[]scan.Entry) *EventStore {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "events"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range written(t, limit, batches...) {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return openTestStore(t, dir)
}

// allColumns shows all columns of a store as lines of JSON.
func allColumns(t testing.TB, s *EventStore, f *Filter) string {
	t.Helper()
	var columns []string
	for i := range eventColumns {
		columns = append(columns, eventColumns[i].Name)
	}
	got, _ := timelineText(t, s, f, TimelineView{Format: "jsonl", Columns: columns})
	return got
}

// What analyze writes is read, wherever it was cut.
func TestReaderReadsWhatAnalyzeWrites(t *testing.T) {
	entries := manyEntries(t, 2000)
	for i, e := range rawEntries(t, odd()) {
		e.Ordinal, e.Ref.Time = uint64(len(entries)), entries[len(entries)-1].Ref.Time
		e.Ref.Place.Index = i
		entries = append(entries, e)
	}
	n := len(entries)
	whole := caseOf(t, partLimit, entries)
	batches := [][]scan.Entry{entries[:3], entries[3:1500], entries[1500:1501], entries[1501:1990], entries[1990:]}
	cut, parts := caseOf(t, partLimit, batches...), caseOf(t, 300<<10, batches...)
	for _, s := range []*EventStore{cut, parts} {
		if allColumns(t, s, nil) != allColumns(t, whole, nil) {
			t.Error("the rows depend on where the store was cut")
		}
	}
	for _, s := range []*EventStore{whole, cut, parts} {
		i := 0
		err := s.Scan(context.Background(), nil, append([]string{"principal", "account"}, RawColumns...), func(r *Row) error {
			e := &entries[i]
			if r.Ordinal() != e.Ordinal || !r.Time().Equal(e.Ref.Time) || string(r.Raw()) != string(e.Raw) || utf8.ValidString(e.Ref.Principal) && r.Text(0) != e.Ref.Principal {
				t.Errorf("row %d: %d %s %q %s", i, r.Ordinal(), r.Time(), r.Text(0), r.Raw())
			}
			i++
			return nil
		})
		if err != nil || i != n {
			t.Fatalf("%d rows of %d, %v", i, n, err)
		}
	}
}

// Bloom filters, bounds and page indexes of analyze's stores change no result.
func TestFiltersOnWhatAnalyzeWrites(t *testing.T) {
	entries := manyEntries(t, 1000)
	whole := caseOf(t, partLimit, entries)
	cut := caseOf(t, 200<<10, slices.Collect(slices.Chunk(entries, 150))...)
	for _, i := range []int{0, 777, 999} {
		e := &entries[i].Ref
		for _, term := range []Term{
			{Flag: "event-id", Value: e.ID}, {Flag: "access-key", Value: e.Credential}, {Flag: "principal", Value: e.Principal}, {Flag: "event-name", Value: e.Name},
			{Flag: "event-id", Value: e.ID, Not: true}, {Flag: "around", Value: "#777"}, {Flag: "grep", Value: e.ID}, {Flag: "resource", Value: "no such"},
		} {
			if term.Value == "" {
				continue
			}
			f, err := NewFilter([]Term{term}, testWindow)
			if err != nil {
				t.Fatal(err)
			}
			a, b := allColumns(t, whole, f), allColumns(t, cut, f)
			if a != b || (a == "") != (term.Flag == "resource") {
				t.Errorf("%s: %d bytes and %d", term, len(a), len(b))
			}
		}
	}
}
