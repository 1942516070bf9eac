package scan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// rawCollector is a Sink that keeps what it is given of the records, and where
// batches ended.
type rawCollector struct {
	raw    []string // by ordinal
	shapes []string
	ends   []int
	apart  atomic.Int64 // records that do not begin where the one before them in the batch ends
}

type rawBatch struct{ raw, shapes []string }

func (c *rawCollector) Encode(batch []Entry) (any, error) {
	var b rawBatch
	for i, e := range batch {
		if i > 0 && unsafe.Add(unsafe.Pointer(unsafe.SliceData(batch[i-1].Raw)), len(batch[i-1].Raw)) != unsafe.Pointer(unsafe.SliceData(e.Raw)) {
			c.apart.Add(1)
		}
		b.raw, b.shapes = append(b.raw, string(e.Raw)), append(b.shapes, e.Shape)
	}
	return b, nil
}

func (c *rawCollector) Commit(encoded any) error {
	b := encoded.(rawBatch)
	c.raw, c.shapes = append(c.raw, b.raw...), append(c.shapes, b.shapes...)
	c.ends = append(c.ends, len(c.raw))
	return nil
}

func (c *rawCollector) Close() error { return nil }

// TestRaw: sinks get each record's bytes, in batches that are cut at the same
// entries.
func TestRaw(t *testing.T) {
	var want []string
	files := map[string]string{}
	padding := strings.Repeat("0123456789abcdef", 1<<10)
	for o := range 8 {
		var events []string
		for i := range 150 {
			e := event(fmt.Sprintf("%d-%d", o, i), "eventTime", at(i/3), "additionalEventData", quote(padding[:(i*977+o)%len(padding)]))
			events = append(events, e)
		}
		if o == 3 { // one record that is larger than a block
			events = append(events, event("large", "additionalEventData", quote(strings.Repeat("x", 5<<20))))
		}
		want = append(want, events...)
		files[fmt.Sprintf("%d.json.gz", o)] = zipped(records(events...))
	}
	files["single.json"] = event("single")
	want = append(want, event("single"))
	slices.Sort(want)
	dir := evidence(t, files)
	var ends []int
	for _, memory := range []int64{1 << 20, 16 << 20, 1 << 30} {
		for _, workers := range []int{1, 3} {
			c := &rawCollector{}
			cfg := Config{Paths: []string{dir}, Workers: workers, Memory: memory, WorkDir: t.TempDir(), Raw: true}
			cfg.Sinks = func(*Conclusion) ([]Sink, error) { return []Sink{c}, nil }
			res, err := Run(t.Context(), cfg)
			failOn(t, err)
			failOn(t, res.Close())
			if ends == nil {
				ends = c.ends
			}
			if !slices.Equal(ends, c.ends) || len(ends) < 2 {
				t.Errorf("%d workers, %d bytes: batches end at %v and at %v", workers, memory, ends, c.ends)
			}
			if n := slices.Index(c.raw, event("single")); c.shapes[n] != "event" || c.shapes[0] != "records" {
				t.Errorf("shapes %q and %q", c.shapes[n], c.shapes[0])
			}
			// Had the memory of those from the disk grown under way, entries would keep what it grew from.
			if n := c.apart.Load(); memory < roomFrom && n > 0 {
				t.Errorf("%d workers, %d bytes: %d records lie apart from those before them", workers, memory, n)
			}
			slices.Sort(c.raw)
			if !slices.Equal(want, c.raw) {
				t.Errorf("%d workers, %d bytes: other records", workers, memory)
			}
		}
	}
}

// TestSpoolDamage: what changed on the disk is an error, not a record.
func TestSpoolDamage(t *testing.T) {
	s := newSpool(t.TempDir(), 0, 1<<20, 0)
	w := &spooler{s: s}
	spots := make([]spot, 100)
	for i := range spots {
		var err error
		spots[i], err = w.place(bytes.Repeat([]byte{byte(i)}, 3000+i))
		failOn(t, err)
	}
	failOn(t, w.close())
	for i, at := range spots {
		got, _, err := s.read(nil, at)
		if err != nil || len(got) != 3000+i || got[0] != byte(i) {
			t.Fatalf("record %d: %d bytes, %v", i, len(got), err)
		}
	}
	clear(s.blocks.sets)
	_, err := s.files[0].WriteAt([]byte("?"), 11)
	failOn(t, err)
	if _, _, err := s.read(nil, spots[0]); err == nil {
		t.Error("a damaged block was read")
	}
	failOn(t, s.close())
}

// TestSpoolOrder: records that wait together are written in order of time, and so
// each block is wanted once.
func TestSpoolOrder(t *testing.T) {
	s := newSpool(t.TempDir(), 0, 1<<20, 4<<20)
	entries := extsort.New(extsort.Config{Dir: t.TempDir(), Memory: 1 << 20, Writers: 1, MaxRuns: 32})
	w := &spooler{s: s, entries: entries.NewWriter()}
	const n = 3000 // of 1000 bytes, less than what waits
	for i := range n {
		second := i * 7 % n // as from seven objects of the same time
		key := appendKey(nil, &detect.EventRef{Time: time.Unix(int64(second), 0), ID: fmt.Sprint(i)})
		failOn(t, w.add(bytes.Repeat([]byte{byte(second)}, 1000), key, make([]byte, hashBytes), []byte("reference"), nil))
	}
	failOn(t, errors.Join(w.close(), w.entries.Close()))
	it, err := entries.Merge()
	failOn(t, err)
	seen, last := map[uint64]bool{}, uint64(0)
	for second := 0; it.Next(); second++ {
		at := spotOf(it.Value()[hashBytes:])
		if at.where != last && seen[at.where] {
			t.Fatalf("second %d: its block was left before", second)
		}
		seen[at.where], last = true, at.where
		raw, _, err := s.read(nil, at)
		failOn(t, err)
		if len(raw) != 1000 || raw[0] != byte(second) {
			t.Fatalf("second %d: another record", second)
		}
	}
	if len(seen) < n*1000/blockBytes {
		t.Errorf("%d blocks", len(seen))
	}
	failOn(t, errors.Join(it.Err(), it.Close(), entries.Close(), s.close()))
}

// TestSpoolRoom: as many records as there is room for stay in memory, the others and
// those larger than a chunk go to the disk, and each comes back.
func TestSpoolRoom(t *testing.T) {
	s := newSpool(t.TempDir(), 2*chunkBytes+chunkBytes/2, 1<<20, 4<<20)
	entries := extsort.New(extsort.Config{Dir: t.TempDir(), Memory: 1 << 20, Writers: 1, MaxRuns: 32})
	w := &spooler{s: s, entries: entries.NewWriter()}
	const n, size = 40, 1 << 20
	sizeOf := func(i int) int {
		if i == 3 {
			return chunkBytes + 1
		}
		return size + i
	}
	for i := range n {
		key := appendKey(nil, &detect.EventRef{Time: time.Unix(int64(i), 0), ID: fmt.Sprint(i)})
		failOn(t, w.add(bytes.Repeat([]byte{byte(i)}, sizeOf(i)), key, make([]byte, hashBytes), []byte("reference"), nil))
	}
	failOn(t, errors.Join(w.close(), w.entries.Close()))
	it, err := entries.Merge()
	failOn(t, err)
	var stayed int
	for i := 0; it.Next(); i++ {
		at := spotOf(it.Value()[hashBytes:])
		if at.where&inMemory != 0 {
			stayed++
		}
		raw, _, err := s.read(nil, at)
		failOn(t, err)
		if len(raw) != sizeOf(i) || raw[0] != byte(i) || raw[len(raw)-1] != byte(i) {
			t.Fatalf("record %d: another one", i)
		}
	}
	if most := 2 * chunkBytes / size; len(s.chunks) != 2 || stayed < most-2 || stayed > most {
		t.Errorf("%d records in %d chunks in memory", stayed, len(s.chunks))
	}
	failOn(t, errors.Join(it.Err(), it.Close(), entries.Close(), s.close()))
}
