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
	"time"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

var manyCuts = []rowCuts{
	{rows: 1000, groups: 1, page: 1 << 20},
	{rows: 64, groups: 3, page: 200},
	{rows: 7, groups: 100, page: 50, plain: true},
	{rows: 300, groups: 1, page: 1000},
}

func openTestStore(t testing.TB, dir string) *EventStore {
	t.Helper()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Every value comes back, wherever the store was cut.
func TestStoreReadsWhatWasWritten(t *testing.T) {
	rows := randomRows(1, 700)
	var names []string
	for _, l := range eventLeaves {
		names = append(names, l.name())
	}
	for _, cuts := range manyCuts {
		dir := t.TempDir()
		writeStore(t, dir, rows, cuts)
		s := openTestStore(t, dir)
		if n, err := s.Events(); n != int64(len(rows)) || err != nil {
			t.Fatalf("%+v: %d events, %v", cuts, n, err)
		}
		first, last, err := s.Span()
		if err != nil || !first.Equal(rows[0]["event_ts"].(time.Time)) || !last.Equal(rows[len(rows)-1]["event_ts"].(time.Time)) {
			t.Errorf("%+v: span %s %s %v", cuts, first, last, err)
		}
		readsRows(t, s, names, rows)
		const room = 100_000
		s.Remember(room)
		readsRows(t, s, names, rows)
		readsRows(t, s, names, rows)
		kept := int64(0)
		for _, v := range s.columns.columns {
			kept += v.size()
		}
		if kept == 0 || kept != room-s.columns.room {
			t.Errorf("%+v: %d bytes are kept, and room for %d is left of %d", cuts, kept, s.columns.room, room)
		}
	}
}

func readsRows(t *testing.T, s *EventStore, names []string, rows []storeRow) {
	t.Helper()
	n := 0
	err := s.Scan(context.Background(), nil, names, func(r *Row) error {
		if r.Ordinal() != uint64(n) || !r.Time().Equal(rows[n]["event_ts"].(time.Time)) {
			t.Fatalf("row %d: ordinal %d, time %s", n, r.Ordinal(), r.Time())
		}
		for i, name := range names {
			if got, want := shownColumn(r, i), shownValue(rows[n][name]); got != want {
				t.Fatalf("row %d: %s: %q, want %q", n, name, got, want)
			}
		}
		n++
		return nil
	})
	if err != nil || n != len(rows) {
		t.Errorf("%d rows, %v", n, err)
	}
}

func shownColumn(r *Row, i int) string {
	l := &eventLeaves[r.leaves[i]]
	switch {
	case r.Null(i):
		return "NULL"
	case l.Repetition > 0 && l.kind() == eventLeaves[leafOrdinal].kind():
		return "numbers"
	case l.Repetition > 0:
		return fmt.Sprintf("%q", slices.Collect(func(yield func(string) bool) {
			for b := range r.Values(i) {
				yield(string(b))
			}
		}))
	case l.kind() == eventLeaves[leafOrdinal].kind():
		return fmt.Sprint(r.Int(i))
	}
	return r.Text(i)
}

func shownValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case time.Time:
		return fmt.Sprint(v.UnixMicro())
	case []any:
		var out []string
		for _, e := range v {
			if e != nil {
				out = append(out, e.(string))
			}
		}
		return fmt.Sprintf("%q", out)
	}
	return fmt.Sprint(v)
}

func TestScanEnds(t *testing.T) {
	dir := t.TempDir()
	writeStore(t, dir, randomRows(2, 300), manyCuts[1])
	s := openTestStore(t, dir)
	stop := errors.New("stop")
	n := 0
	if err := s.Scan(context.Background(), nil, nil, func(*Row) error {
		if n++; n == 100 {
			return stop
		}
		return nil
	}); err != stop || n != 100 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Scan(ctx, nil, nil, func(*Row) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := s.Scan(context.Background(), nil, []string{"useridentity"}, nil); err == nil || !strings.Contains(err.Error(), `"useridentity"`) {
		t.Errorf("a group as a column: %v", err)
	}
}

// What is missing or damaged is said, with the file's name; nothing panics.
func TestStoreErrors(t *testing.T) {
	dir := t.TempDir()
	check := func(want string) {
		t.Helper()
		s, err := OpenStore(dir)
		if err == nil {
			var names []string
			for _, l := range eventLeaves {
				names = append(names, l.name())
			}
			err = s.Scan(context.Background(), nil, names, func(*Row) error { return nil })
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "failed to") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	check("it is no case")
	if err := os.WriteFile(filepath.Join(dir, "manifest.jsonl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check("no events/part-00000.parquet: the case has no event store")
	writeStore(t, dir, randomRows(3, 700), rowCuts{rows: 50, groups: 2, page: 300})
	path := filepath.Join(dir, "events", "part-00002.parquet")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check("events/part-00002.parquet: missing, although a later part is there")
	for _, n := range []int{0, 4, 11, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		check("events/part-00002.parquet: ")
	}
	huge := slices.Clone(whole)
	copy(huge[len(huge)-8:], "\xff\xff\xff\x7f")
	if err := os.WriteFile(path, huge, 0o600); err != nil {
		t.Fatal(err)
	}
	check("events/part-00002.parquet: footer of 2147483647 bytes")
}

// Whatever byte of a part is wrong: an error that names it, or values that
// are none of ours, but never a panic.
func TestDamagedPartsDoNotPanic(t *testing.T) {
	dir := t.TempDir()
	writeStore(t, dir, randomRows(4, 40), rowCuts{rows: 20, groups: 9, page: 200})
	path := filepath.Join(dir, partName(0))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range eventLeaves {
		names = append(names, l.name())
	}
	step := len(whole)/150 + 1
	for at := 0; at < len(whole); at += step {
		broken := slices.Clone(whole)
		broken[at] ^= 0xff
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Scan(context.Background(), nil, names, func(r *Row) error {
			for i := range names {
				r.Null(i)
			}
			return nil
		})
		s.Close()
		if err != nil && !strings.Contains(err.Error(), partName(0)) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// Whatever the bytes of a page: an error or values, never more rows than there
// are, and no panic that is not turned into an error.
func FuzzPages(f *testing.F) {
	dir := f.TempDir()
	writeStore(f, dir, randomRows(5, 60), rowCuts{rows: 60, groups: 1, page: 100})
	s := openTestStore(f, dir)
	part, err := s.part(0)
	if err != nil {
		f.Fatal(err)
	}
	pages := newPageReader()
	for leaf := range eventLeaves {
		meta := part.groups[0].chunk(leaf)
		at := meta.data
		if meta.dictionary > 0 {
			at = meta.dictionary
		}
		b, err := pages.fetch(part.f, at, meta.stored, part.size)
		for err == nil && len(b) > 0 {
			var h format.PageHeader
			in := new(thrift.CompactProtocol).NewReaderFromBytes(b)
			if err = thrift.NewDecoder(in).Decode(&h); err != nil {
				break
			}
			b = b[in.BytesRead():]
			var body []byte
			body, err = pages.unpack(nil, b[:h.CompressedPageSize], meta.codec)
			b = b[h.CompressedPageSize:]
			f.Add(body, uint8(leaf), uint8(h.DataPageHeader.V.Encoding), uint16(h.DataPageHeader.V.NumValues), h.Type == format.DictionaryPage)
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, leaf, encoding uint8, entries uint16, dictionary bool) {
		l := &eventLeaves[int(leaf)%len(eventLeaves)]
		c := &chunkReader{pageReader: new(pageReader), v: &vector{text: l.text()}, leaf: l, element: elementLevel(eventColumns, l.Path), rows: 60, base: -1}
		h := &format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{NumValues: int32(entries), Encoding: format.Encoding(encoding)})}
		if dictionary {
			h = &format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{})}
		}
		if c.fuzz(body, h) != nil {
			return
		}
		for _, n := range c.v.index {
			if n >= int32(c.v.values()) || n < -1-int32(l.Definition) {
				t.Fatalf("value %d of %d", n, c.v.values())
			}
			if n >= 0 && c.v.text {
				c.v.value(n)
			}
		}
		if c.done() > c.rows {
			t.Fatalf("%d rows", c.done())
		}
	})
}

// fuzz takes a page twice, so that a dictionary is followed by what leads into it.
func (c *chunkReader) fuzz(body []byte, h *format.PageHeader) (err error) {
	defer recovered(&err)
	for range 2 {
		at := len(c.v.data)
		c.v.data = append(c.v.data, body...)
		p, err := c.open(c.v.data, at, c.leaf, h)
		if err == nil {
			err = c.page(&p)
		}
		if err != nil {
			return err
		}
		h.Type, h.DataPageHeader = format.DataPage, thrift.New(format.DataPageHeader{NumValues: 60, Encoding: format.RLEDictionary})
	}
	return nil
}
