package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// numbersOf walks over numbers.
func numbersOf(all []uint64) pageWalk[uint64] {
	return func(ctx context.Context, from, to uint64, yield func(uint64, uint64) error) error {
		for _, n := range all {
			if err := ctx.Err(); err != nil {
				return err
			}
			if from <= n && n < to {
				if err := yield(n, n*2); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// A part of a list is what it would be if the list were read whole, wherever its items lie.
func TestSlices(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		end := uint64(r.IntN(5000))
		var all []uint64
		for n, every := uint64(0), 1+r.IntN(900); n < end; n++ {
			if r.IntN(every) == 0 {
				all = append(all, n)
			}
		}
		at, n := uint64(r.IntN(int(end)+2)), 1+r.IntN(60)
		from, _ := slices.BinarySearch(all, at)
		to := min(from+n, len(all))
		s, err := numbersOf(all).forward(t.Context(), at, end, n)
		checkSlice(t, s, err, all[from:to], s.Before, to < len(all))
		first := max(0, from-n)
		s, err = numbersOf(all).backward(t.Context(), at, n)
		checkSlice(t, s, err, all[first:from], first > 0, s.After)
	}
}

func checkSlice(t *testing.T, s slice[uint64], err error, want []uint64, before, after bool) {
	t.Helper()
	var doubled []uint64
	for _, n := range want {
		doubled = append(doubled, n*2)
	}
	if err != nil || !slices.Equal(s.Items, doubled) || s.Short || s.Before != before || s.After != after ||
		len(want) > 0 && (s.First != want[0] || s.Last != want[len(want)-1]) {
		t.Fatalf("%+v, %v; want %v", s, err, want)
	}
}

// A search that runs out of time says how far it came, and going on there finds all, once.
func TestSearchIsEnded(t *testing.T) { synctest.Test(t, searchIsEnded) } // its clock does not wait

func searchIsEnded(t *testing.T) {
	const end = 4000
	slow := func(ctx context.Context, from, to uint64, yield func(uint64, uint64) error) error {
		for n := from; n < to; n++ {
			if n%1000 == 999 {
				if err := yield(n, n); err != nil {
					return err
				}
			}
			if n == 2500 && from < 2500 { // it takes for ever to come past this in one go
				<-ctx.Done()
				return ctx.Err()
			}
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s, err := pageWalk[uint64](slow).forward(ctx, 0, end, 10)
	if err != nil || !s.Short || !slices.Equal(s.Items, []uint64{999, 1999}) || s.Reached < 2000 || s.Reached > 2500 {
		t.Fatalf("%+v %v", s, err)
	}
	rest, err := pageWalk[uint64](slow).forward(ctx, 2501, end, 10)
	if err != nil || rest.Short || !slices.Equal(rest.Items, []uint64{2999, 3999}) {
		t.Fatalf("%+v %v", rest, err)
	}
	// Who goes away is no search that took long.
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := numbersOf([]uint64{1}).forward(gone, 0, 2, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := numbersOf([]uint64{1}).backward(gone, 2, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestMemo(t *testing.T) {
	var m memo[int]
	m.init(2, nil)
	made := 0
	get := func(key string) int {
		v, err := m.get(t.Context(), key, func(context.Context) (int, error) { made++; return len(key), nil })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, key := range []string{"a", "bb", "a", "ccc", "a", "bb"} {
		if get(key) != len(key) {
			t.Error(key)
		}
	}
	if made != 4 || len(m.values) != 2 || len(m.keys) != 2 { // bb was forgotten for ccc
		t.Errorf("made %d, %v", made, m.values)
	}
	failed := errors.New("failed")
	if _, err := m.get(t.Context(), "x", func(context.Context) (int, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if get("x") != 1 {
		t.Error("what failed was kept")
	}
}

// Who waits for a value need not make it, and need not wait longer than it has time.
func TestMemoWaits(t *testing.T) {
	var m memo[int]
	m.init(1, nil)
	begun, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, _ = m.get(t.Context(), "k", func(context.Context) (int, error) { close(begun); <-end; return 7, nil })
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.get(ctx, "k", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	all.Go(func() {
		if v, err := m.get(t.Context(), "k", func(context.Context) (int, error) { return 8, nil }); v != 7 || err != nil {
			t.Error(v, err)
		}
	})
	close(end)
	all.Wait()
}

// A page may begin at any line of a file, whether it is long, empty or not ended.
func TestLineIndex(t *testing.T) {
	for _, content := range []string{"", "one", "one\n", "\n\n", strings.Repeat("a line\n", 1000) + "last", strings.Repeat("x", 600<<10) + "\nshort\n" + strings.Repeat("y\n", 300)} {
		b := &browser{browserConfig: browserConfig{Dir: t.TempDir()}}
		if err := os.WriteFile(filepath.Join(b.Dir, "f"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(content, "\n"), "\n")
		if content == "" {
			want = nil
		}
		x, err := b.index(t.Context(), "f")
		if err != nil || x.lines != uint64(len(want)) {
			t.Fatalf("%d lines, %v; want %d", x.lines, err, len(want))
		}
		for _, from := range []uint64{0, 1, 63, 64, 65, 127, 300, 999, 1000, 5000} {
			var got []string
			err := b.lines("f", x)(t.Context(), from, from+70, func(n uint64, line []byte) error {
				if n != from+uint64(len(got)) {
					t.Errorf("line %d", n)
				}
				got = append(got, string(line))
				return nil
			})
			part := want[min(from, uint64(len(want))):min(from+70, uint64(len(want)))]
			if err != nil || !slices.Equal(got, part) {
				t.Fatalf("from %d: %d lines, %v; want %d", from, len(got), err, len(part))
			}
		}
	}
}

// What is no regular file of the case is not opened.
func TestCaseFileRefuses(t *testing.T) {
	b := &browser{browserConfig: browserConfig{Dir: t.TempDir(), Name: "c"}}
	if err := os.Symlink("/etc/passwd", filepath.Join(b.Dir, "link")); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"link", ".", "missing"} {
		if _, err := b.caseFile(name); err == nil || strings.Contains(err.Error(), b.Dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The heads of findings are found whatever the reader gives at once, and whatever they hold.
func TestEachHead(t *testing.T) {
	heads := []string{`{"id":"a","why":"x"}`, `{"id":"b","why":",\"events\":[ }"}`, `{"id":"` + strings.Repeat("c", 5000) + `"}`}
	var file bytes.Buffer
	var at []int64
	for i, h := range heads {
		at = append(at, int64(file.Len()))
		file.WriteString(strings.TrimSuffix(h, "}") + `,"events":[` + strings.Repeat(`{"events":[]},`, i*500) + "{}],\"records\":[]}\n")
	}
	for _, r := range []func() ([]string, []int64, error){
		func() ([]string, []int64, error) { return headsOf(t, bytes.NewReader(file.Bytes())) },
		func() ([]string, []int64, error) {
			return headsOf(t, iotest.OneByteReader(bytes.NewReader(file.Bytes())))
		},
	} {
		got, places, err := r()
		if err != nil || !slices.Equal(got, heads) || !slices.Equal(places, at) {
			t.Errorf("%.200q %v %v", got, places, err)
		}
	}
	for _, damaged := range []string{"{\"id\":\"a\"}\n", `{"id":"a"`, "{\"id\":\"a\"" + strings.Repeat(" ", maxHead+1), "nothing,\"events\":[\n"} {
		if _, _, err := headsOf(t, strings.NewReader(damaged)); err == nil {
			t.Errorf("%.50q: no error", damaged)
		}
	}
}

func headsOf(t *testing.T, r interface{ Read([]byte) (int, error) }) (heads []string, at []int64, err error) {
	err = eachHead(t.Context(), r, func(place int64, head []byte) error {
		if _, err := parseHead(head); err != nil {
			return err
		}
		heads, at = append(heads, string(head)+"}"), append(at, place)
		return nil
	})
	return heads, at, err
}

// A record is shown as encoding/json indents it, with the rest of the program's escapes.
func TestPretty(t *testing.T) {
	for _, raw := range []string{
		`{}`, `[]`, `{"a":1}`, `{"a":[],"b":{},"c":[1,{"d":null}],"a":"twice"}`, ` { "n" : 1.688560107857E9 , "t":true,"s":"a\"b\\" } `,
		`{"a:b":"c:{d},[e]","x":"` + "\u202e\u0085\xff" + `"}`, hostileRecord(3), `[ ]`, `{"deep":[[[[[["x"]]]]]]}`, `{"a": [ ] , "b" : { } }`,
	} {
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(strings.TrimSpace(raw)), "", "  "); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(want.String(), "\n")
		for i := range lines {
			lines[i] = report.Terminal(lines[i])
		}
		p := pretty([]byte(raw))
		var got strings.Builder
		for _, token := range p.Tokens {
			got.WriteString(token.Text)
		}
		if got.String() != strings.Join(lines, "\n") || p.Cut {
			t.Errorf("%s\nwant %s", got.String(), strings.Join(lines, "\n"))
		}
	}
}

// A record that is long, or deep, makes no page that is longer than the bound, and the page says so.
func TestPrettyIsBounded(t *testing.T) {
	deep := strings.Repeat("[", 500) + strings.Repeat("1,", 100_000) + "1" + strings.Repeat("]", 500)
	for _, raw := range []string{deep, `"` + strings.Repeat("x", 2*maxRecord) + `"`, strings.Repeat("[", 1<<20), `{"a":"b`, `"\`, `}}}}`, ``, `:,:`} {
		p := pretty([]byte(raw))
		n := 0
		for _, token := range p.Tokens {
			n += len(token.Text)
		}
		if n > 2*maxRecord || p.Cut != (len(raw) > maxRecord || raw == deep) {
			t.Errorf("%.20s: %d bytes, %t", raw, n, p.Cut)
		}
	}
}

// The bars hold all of a time, however it lies.
func TestBarsOver(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		first := time.Unix(r.Int64N(2_000_000_000), 0)
		last := first.Add(time.Duration(r.Int64N(int64(time.Second) << r.IntN(30))))
		from, per := barsOver(first, last)
		if from.After(first) || last.Sub(from)/per >= bars || last.Sub(first) > time.Hour && last.Sub(first)/per < bars/8 {
			t.Fatalf("%s to %s: from %s, each %s", first, last, from, per)
		}
	}
}

func TestSplitARN(t *testing.T) {
	for s, want := range map[string]splitName{
		"arn:aws:iam::1:user/a": {"arn:aws:iam::1:", "user/a"}, "arn:aws:s3:::b": {"arn:aws:s3:::", "b"}, "arn:aws:x:y:z:a:b:a:b": {"arn:aws:x:y:z:", "a:b:a:b"}, "alice": {"", "alice"}, "": {}, "a:b:c:d:e:f": {"", "a:b:c:d:e:f"},
	} {
		if got := splitARN(s); got != want {
			t.Errorf("%s: %q", s, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := number(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := fmt.Sprintln(size(999), size(1500), size(2_500_000), plural(1, "row"), plural(uint64(2), "row")); got != "999 bytes 1.5 kB 2.5 MB 1 row 2 rows\n" {
		t.Error(got)
	}
}
