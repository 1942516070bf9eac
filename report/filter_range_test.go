package report

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

func ordinalsOf(t *testing.T, s *EventStore, f *Filter) (out []uint64) {
	t.Helper()
	if err := s.Scan(context.Background(), f, nil, func(r *Row) error { out = append(out, r.Ordinal()); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// A range takes its part of what the filter selects, wherever row groups are cut.
func TestFilterWithin(t *testing.T) {
	rows := randomRows(5, 500)
	for _, cuts := range manyCuts {
		dir := t.TempDir()
		writeStore(t, dir, rows, cuts)
		s := openTestStore(t, dir)
		for _, terms := range [][]Term{nil, {{Flag: "event-name", Value: "GetObject"}}, {{Flag: "error", Value: "any", Not: true}}} {
			f, err := NewFilter(terms, 0)
			if err != nil {
				t.Fatal(err)
			}
			all := ordinalsOf(t, s, f)
			for _, r := range [][2]uint64{{0, 500}, {0, 1}, {63, 65}, {7, 7}, {9, 8}, {250, 1 << 63}, {500, 1<<64 - 1}} {
				var want []uint64
				for _, o := range all {
					if r[0] <= o && o < r[1] {
						want = append(want, o)
					}
				}
				if got := ordinalsOf(t, s, f.Within(r[0], r[1])); !slices.Equal(got, want) {
					t.Errorf("%+v: %v within %v: %v, want %v", cuts, terms, r, got, want)
				}
			}
			if got := ordinalsOf(t, s, f); !slices.Equal(got, all) {
				t.Errorf("%+v: %v: the filter was changed", cuts, terms)
			}
		}
	}
}

// A filter selects the same after it is resolved, and what the case does not know is told then.
func TestResolve(t *testing.T) {
	dir := t.TempDir()
	writeStore(t, dir, randomRows(6, 300), manyCuts[1])
	s := openTestStore(t, dir)
	f, err := NewFilter([]Term{{Flag: "around", Value: "#100"}, {Flag: "event-name", Value: "G*"}}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ordinalsOf(t, s, r), ordinalsOf(t, s, f); !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("%v, want %v", got, want)
	}
	if r.String() != f.String() || fmt.Sprint(r.Terms()) != fmt.Sprint(f.Terms()) {
		t.Errorf("%s, want %s", r, f)
	}
	f, err = NewFilter([]Term{{Flag: "around", Value: "#300"}}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(context.Background(), f); err == nil {
		t.Error("an event that is not there was resolved")
	}
}
