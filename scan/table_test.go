package scan

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

func TestTable(t *testing.T) {
	dir := t.TempDir()
	tb, err := newTable(dir)
	failOn(t, err)
	tb.labels = []string{"one", "two"}
	var want []listed
	for i := range 5000 {
		want = append(want, listed{source: i % 2, size: int64(i-1) * 1e9, reason: strings.Repeat("why", i%3), path: fmt.Sprintf("d/%d\x00\xff\n", i), kind: unpack.Kind(i % 4)})
		if i%5 == 0 {
			want[i].member = &member{container: uint64(i), name: i % 3, level: byte(i%2 + 1), flags: byte(i % 7), at: unpack.Locator{Shared: i%2 == 0, Skip: int64(i), Size: -1, Packed: 1 << 40}}
		}
		failOn(t, tb.add(want[i]))
	}
	failOn(t, tb.filled())
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := n; i < len(want); i += 1 + n {
				got, err := tb.object(uint64(i))
				source, path, nerr := tb.Name(uint64(i))
				if err != nil || nerr != nil || !reflect.DeepEqual(got, want[i]) || path != shown(want[i].path) || source != tb.labels[i%2] {
					t.Errorf("object %d: %+v, %v; %s %q, %v", i, got, err, source, path, nerr)
				}
			}
		})
	}
	wg.Wait()
	if _, err := tb.object(5000); err == nil {
		t.Error("an ordinal that there is not")
	}
	failOn(t, tb.close())
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestLabel(t *testing.T) {
	var taken []string
	for _, base := range []string{"evidence", "Evidence", "evidence", "b", "evidence#2"} {
		taken = append(taken, label(base, taken))
	}
	if want := []string{"evidence", "Evidence#2", "evidence#3", "b", "evidence#2#2"}; !slices.Equal(taken, want) {
		t.Errorf("%q, want %q", taken, want)
	}
}

// Several roots, one of them a file, and the same one twice.
func TestSeveralSources(t *testing.T) {
	one, two := evidence(t, map[string]string{"a.json": event("a")}), evidence(t, map[string]string{"a.json": event("a"), "b.json": event("b")})
	cfg := Config{Paths: []string{two, one, filepath.Join(one, "a.json"), one}, WorkDir: t.TempDir(), Memory: 1 << 20}
	sink := new(collector)
	cfg.Sinks = func(*Conclusion) ([]Sink, error) { return []Sink{sink}, nil }
	res, err := Run(t.Context(), cfg)
	failOn(t, err)
	defer res.Close()
	o := read(t, res)
	if len(sink.entries) != 2 || len(o.copies) != 3 || len(o.objects) != 5 {
		t.Errorf("%d entries, %d copies, %d objects", len(sink.entries), len(o.copies), len(o.objects))
	}
	labels := map[string]bool{}
	for _, b := range o.objects {
		labels[b.Source] = true
		source, path, err := res.Names.Name(b.Ordinal)
		if source != b.Source || path != b.Path || err != nil {
			t.Errorf("object %d: %s %s, %v", b.Ordinal, source, path, err)
		}
	}
	if len(labels) != 4 {
		t.Errorf("labels %v", labels)
	}
}

// Keys sort as their fields do, and no key is another's beginning.
func TestKeys(t *testing.T) {
	var refs []detect.EventRef
	for _, tm := range []time.Time{{}, time.Unix(-1, 999999999).UTC(), time.Unix(0, 0).UTC(), time.Unix(0, 1).UTC(), time.Unix(1<<33, 0).UTC()} {
		for _, id := range []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00b", "ab", "\xff"} {
			for _, p := range []detect.Place{{Object: 0, Index: 0}, {Object: 0, Index: 256}, {Object: 1, Index: 0}, {Object: 1 << 40, Index: 1<<31 - 1}} {
				refs = append(refs, detect.EventRef{Time: tm, ID: id, Account: "acct", Place: p})
			}
		}
	}
	for i := range refs {
		key := appendKey(nil, &refs[i])
		if i > 0 {
			before := appendKey(nil, &refs[i-1])
			if bytes.Compare(before, key) >= 0 || bytes.HasPrefix(key, before) {
				t.Errorf("%+v and %+v: %q, %q", refs[i-1], refs[i], before, key)
			}
		}
		if want := appendText(appendTime(nil, refs[i].Time), refs[i].ID); !bytes.Equal(eventPart(key), want) {
			t.Errorf("event part of %q: %q", key, eventPart(key))
		}
	}
}

func TestShownPaths(t *testing.T) {
	for path, want := range map[string]string{
		"a/b.json": "a/b.json", "a\xff": `a\xff`, `a\xff`: `a\\xff`, "a\uFFFD": "a\uFFFD", "\xfe\uFFFDé": "\\xfe\uFFFDé",
	} {
		if got := shown(path); got != want {
			t.Errorf("shown(%q) = %q, want %q", path, got, want)
		}
	}
}
