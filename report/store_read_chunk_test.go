package report

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// What is kept of a part's footer says the same as the library reads from it: where pages lie, and what filters have.
func TestStoredChunksAgreeWithTheLibrary(t *testing.T) {
	s := caseOf(t, partLimit, manyEntries(t, 1500))
	p, err := s.part(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.release(p)
	if p.file != nil {
		t.Error("the footer is kept whole")
	}
	raw, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(p.name)))
	if err != nil {
		t.Fatal(err)
	}
	file := openParquet(t, raw)
	var paged, filtered, spared int
	for i := range p.groups {
		for leaf := range eventLeaves {
			c := p.groups[i].chunk(leaf)
			want := file.RowGroups()[i].ColumnChunks()[p.columns[leaf]].(*parquet.FileColumnChunk)
			if c.nulls != want.NullCount() {
				t.Errorf("column %d: %d NULL, want %d", leaf, c.nulls, want.NullCount())
			}
			index, err := want.OffsetIndex()
			pages := p.pages(c)
			if err != nil || len(pages) != index.NumPages() {
				t.Fatalf("column %d: %d pages, want %d, %v", leaf, len(pages), index.NumPages(), err)
			}
			for n := range pages {
				if g := &pages[n]; g.Offset != index.Offset(n) || int64(g.CompressedPageSize) != index.CompressedPageSize(n) || g.FirstRowIndex != index.FirstRowIndex(n) {
					t.Errorf("column %d: page %d: %+v", leaf, n, g)
				}
				paged++
			}
			filter, err := p.filter(c)
			if err != nil || (filter != nil) != (want.BloomFilter() != nil) {
				t.Fatalf("column %d: filter %v, %v", leaf, filter, err)
			}
			if filter == nil {
				continue
			}
			filtered++
			for n := range 200 {
				for _, text := range []string{fmt.Sprint("id-", n*10), fmt.Sprint("AKIA", n), fmt.Sprint("E", n)} {
					has, err := filter.has(text)
					should, werr := want.BloomFilter().Check(parquet.ValueOf(text))
					if err != nil || werr != nil || has != should {
						t.Errorf("column %d: %s: %t, want %t, %v", leaf, text, has, should, err)
					}
					if !has {
						spared++
					}
				}
			}
		}
	}
	if paged == 0 || filtered == 0 || spared == 0 {
		t.Errorf("%d pages, %d filters that spare %d: nothing was compared", paged, filtered, spared)
	}
}

// Where a footer leads out of its file, all pages are read, and a filter is an error and no answer.
func TestStoredChunksOutsideTheFile(t *testing.T) {
	s := caseOf(t, partLimit, manyEntries(t, 10))
	p, err := s.part(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.release(p)
	for _, c := range []storedChunk{{}, {index: -1, indexBytes: 5}, {index: 8, indexBytes: -1}, {index: p.size - 3, indexBytes: 4}, {index: 4, indexBytes: 1<<31 - 1}, {index: 4, indexBytes: 9}} {
		if pages := p.pages(&c); len(pages) > 0 {
			t.Errorf("%+v: %d pages", c, len(pages))
		}
	}
	for _, at := range []int64{-1, p.size, p.size + 1, 1 << 62} {
		if filter, err := p.filter(&storedChunk{bloom: at}); err == nil {
			t.Errorf("%d: filter %v", at, filter)
		}
	}
}
