package report

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// blockOrdinals returns the places of what a filter selects, block by block.
func blockOrdinals(t *testing.T, each func(func(*block) ([]uint64, error), func([]uint64) error) error) (all [][]uint64) {
	t.Helper()
	err := each(func(b *block) (ordinals []uint64, err error) {
		defer b.done()
		for row := range b.rows {
			ordinals = append(ordinals, b.ordinal(row))
		}
		return ordinals, nil
	}, func(ordinals []uint64) error {
		all = append(all, ordinals)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Backward come the same row groups as forward, the last one first.
func TestBackward(t *testing.T) {
	rows := randomRows(5, 900)
	for _, cuts := range []rowCuts{{rows: 20, groups: 2, page: 300}, {rows: 64, groups: 100, page: 300}, {rows: 900, groups: 1, page: 300}} {
		s := openLookupStore(t, rows, cuts)
		filters := []*Filter{nil, ordinalFilter(3), ordinalFilter(0, 400, 899), {clauses: []clause{{any: []predicate{&ordinalRange{span64{50, 700}}}}}}}
		for _, flag := range []string{"since", "until", "access-key", "ip", "around", "event-id"} {
			for _, value := range terms[flag] {
				f, err := NewFilter([]Term{{Flag: flag, Value: value}}, testWindow)
				if err != nil {
					t.Fatal(err)
				}
				filters = append(filters, f)
			}
		}
		for i, f := range filters {
			forward := blockOrdinals(t, func(work func(*block) ([]uint64, error), take func([]uint64) error) error {
				return eachBlock(context.Background(), s, f, work, take)
			})
			backward := blockOrdinals(t, func(work func(*block) ([]uint64, error), take func([]uint64) error) error {
				return eachBlockBackward(context.Background(), s, f, work, take)
			})
			slices.Reverse(backward)
			if fmt.Sprint(forward) != fmt.Sprint(backward) {
				t.Errorf("%+v, filter %d (%s):\nforward  %v\nbackward %v", cuts, i, f, forward, backward)
			}
		}
	}
}

// A look-up that has enough leaves no part in use, so that parts can be closed.
func TestEnoughReleasesParts(t *testing.T) {
	s := openLookupStore(t, randomRows(5, 900), rowCuts{rows: 10, groups: 3, page: 300})
	enough := errors.New("enough")
	for range 20 {
		n := 0
		err := eachBlockBackward(context.Background(), s, nil, func(b *block) (int, error) { b.done(); return 0, nil }, func(int) error {
			if n++; n == 7 {
				return enough
			}
			return nil
		})
		if err != enough {
			t.Fatal(err)
		}
		for _, p := range s.open {
			if p.users != 0 {
				t.Fatalf("%s: %d users are left", p.name, p.users)
			}
		}
		if len(s.open) > openParts {
			t.Fatalf("%d parts are open", len(s.open))
		}
	}
}

// A part that is another case's is noticed backward too.
func TestBackwardNoticesParts(t *testing.T) {
	dir := t.TempDir()
	writeStore(t, dir, randomRows(5, 90), rowCuts{rows: 10, groups: 3, page: 300})
	other := t.TempDir()
	writeStore(t, other, randomRows(5, 90), rowCuts{rows: 10, groups: 2, page: 300})
	if err := os.Rename(filepath.Join(other, partName(1)), filepath.Join(dir, partName(1))); err != nil {
		t.Fatal(err)
	}
	s := openTestStore(t, dir)
	err := s.LookupAll(context.Background(), &LookupQuery{All: true}, LookupPlace{}, func(*LookupEvent) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "not of this case") {
		t.Errorf("%v", err)
	}
}
