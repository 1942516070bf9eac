package scan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rawCollector is a Sink that keeps what it is given of the records, and where
// batches ended.
type rawCollector struct {
	raw    []string // by ordinal
	shapes []string
	ends   []int
}

type rawBatch struct{ raw, shapes []string }

func (c *rawCollector) Encode(batch []Entry) (any, error) {
	var b rawBatch
	for _, e := range batch {
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
			slices.Sort(c.raw)
			if !slices.Equal(want, c.raw) {
				t.Errorf("%d workers, %d bytes: other records", workers, memory)
			}
		}
	}
}

// TestSpoolDamage: what changed on the disk is an error, not a record.
func TestSpoolDamage(t *testing.T) {
	s := newSpool(t.TempDir(), 1<<20)
	w := &spooler{s: s}
	spots := make([]spot, 100)
	for i := range spots {
		var err error
		spots[i], err = w.add(bytes.Repeat([]byte{byte(i)}, 3000+i))
		failOn(t, err)
	}
	failOn(t, w.close())
	for i, at := range spots {
		got, err := s.read(nil, at)
		if err != nil || len(got) != 3000+i || got[0] != byte(i) {
			t.Fatalf("record %d: %d bytes, %v", i, len(got), err)
		}
	}
	clear(s.blocks.sets)
	_, err := s.files[0].WriteAt([]byte("?"), blockHeader+3)
	failOn(t, err)
	if _, err := s.read(nil, spots[0]); err == nil {
		t.Error("a damaged block was read")
	}
	failOn(t, s.close())
}
