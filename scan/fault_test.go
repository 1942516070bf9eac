package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// What is wrong with an object is said of it, and what came before is kept.
func TestDamagedObjects(t *testing.T) {
	var events []string
	for i := range 200 {
		events = append(events, event(fmt.Sprintf("id-%03d", i), "eventTime", at(i%60), "note", quote(strings.Repeat(fmt.Sprint(i*7919), 20))))
	}
	whole := records(events...)
	gz := zipped(whole)
	tests := []struct {
		name, object, content string
		limits                Limits
		status                Status
		reason                string // that the reason begins with
		kept                  int64  // -1: some
		note                  string // that a note contains
	}{
		{name: "whole", object: "a.json.gz", content: gz, status: Parsed, kept: 200},
		{name: "plain with the suffix", object: "a.json.gz", content: whole, status: Parsed, kept: 200},
		{name: "gzip without the suffix", object: "a", content: gz, status: Parsed, kept: 200},
		{name: "cut gzip", object: "a.json.gz", content: gz[:len(gz)/2], status: Damaged, reason: "gzip: unexpected EOF", kept: -1},
		{name: "gzip without its trailer", object: "a.json.gz", content: gz[:len(gz)-4], status: Damaged, reason: "gzip: unexpected EOF", kept: 200},
		{name: "wrong checksum", object: "a.json.gz", content: flip(gz, len(gz)-6), status: Damaged, reason: "gzip: gzip: invalid checksum", kept: 200},
		{name: "corrupt in the middle", object: "a.json.gz", content: flip(gz, len(gz)/2), status: Damaged, kept: -1},
		{name: "only a header", object: "a.json.gz", content: gz[:10], status: Unreadable, reason: "gzip: unexpected EOF"},
		{name: "half a header", object: "a.json.gz", content: gz[:5], status: Unreadable, reason: "gzip: "},
		{name: "two members", object: "a.json.gz", content: gz + zipped("\n"+records(event("x"))), status: Parsed, kept: 201, note: "2 gzip members"},
		{name: "second member corrupt", object: "a.json.gz", content: gz + flip(zipped(records(event("x"))), 200), status: Damaged, kept: 200, note: "2 gzip members"},
		{name: "text after the gzip data", object: "a.json.gz", content: gz + "tail", status: Damaged, kept: 200, reason: "4 bytes that are not gzip"},
		{name: "zeros after the gzip data", object: "a.json.gz", content: gz + strings.Repeat("\x00", 512), status: Damaged, kept: 200, reason: "512 bytes"},
		{name: "a member appended to a delivered object", object: "111122223333_CloudTrail_us-east-1_20260302T1000Z_abcdefghijklmnop.json.gz", content: gz + zipped(records(event("x"))), status: Damaged, kept: 201, reason: "2 gzip members"},
		{name: "many empty members", object: "a.gz", content: strings.Repeat(zipped(""), 300) + gz, status: Parsed, kept: 200, note: "301 gzip members"},
		{name: "cut gzip, another name", object: "a", content: gz[:300], status: Unreadable, reason: "gzip: unexpected EOF"},
		{name: "half a header, another name", object: "a", content: gz[:5], status: Unreadable, reason: "gzip: "},
		{name: "cut JSON, another name", object: "a.txt", content: `{"Records":[{"a":1`, status: Unreadable, reason: "cut short"},
		{name: "bomb, another name", object: "a", content: zipped(strings.Repeat(" ", ratioFrom+1<<20)), limits: Limits{Ratio: 100}, status: Unreadable, reason: "content more than"},
		{name: "gzip in gzip", object: "a.json.gz", content: zipped(gz), status: Parsed, kept: 200, note: "packed as gzip, within that gzip"},
		{name: "gzip in gzip in gzip", object: "a.json.gz", content: zipped(zipped(gz)), status: Unreadable, reason: "gzip data, packed more often"},
		{name: "empty", object: "a.json.gz", content: "", status: Unreadable, reason: "empty"},
		{name: "empty gzip", object: "a.json.gz", content: zipped(""), status: Unreadable, reason: "empty"},
		{name: "empty, another name", object: "a.marker", content: "", status: Recognised, reason: "empty"},
		{name: "cut JSON", object: "a.json", content: whole[:len(whole)-100], status: Damaged, reason: "cut short", kept: 199},
		{name: "cut before a record", object: "a.json", content: `{"Records":[`, status: Unreadable, reason: "cut short"},
		{name: "cut behind the records", object: "a.json", content: whole[:len(whole)-1], status: Damaged, reason: "cut short", kept: 200},
		{name: "no records", object: "a.json", content: `{"Records":[]}`, status: Parsed},
		{name: "a bad record", object: "a.json", content: records(event("a"), `{"eventTime":1}`, event("b"), `{"x":nul}`), status: Damaged, reason: "2 problems, the first: ", kept: 2},
		{name: "only bad records", object: "a.json", content: records(`{"eventTime":nul}`), status: Unreadable, reason: "invalid JSON"},
		{name: "too deep", object: "a.json", content: records(event("a"), event("b", "x", strings.Repeat("[", 99)+strings.Repeat("]", 99))), limits: Limits{Depth: 20}, status: Damaged, reason: "nesting deeper", kept: 1},
		{name: "too long", object: "a.json", content: records(event("a"), event("b", "x", quote(strings.Repeat("x", 5000))), event("c")), limits: Limits{Record: 4096}, status: Damaged, reason: "element larger", kept: 2},
		{name: "too much content", object: "a.json.gz", content: gz, limits: Limits{Content: int64(len(whole) / 2)}, status: Damaged, reason: "content larger than", kept: -1},
		{name: "bomb", object: "a.json.gz", content: zipped(records(event("a")) + strings.Repeat(" ", ratioFrom+1<<20)), limits: Limits{Ratio: 100}, status: Damaged, reason: "content more than 100 times", kept: 1},
		{name: "text", object: "a.txt", content: "hello", status: Recognised, reason: "not JSON"},
		{name: "text with an event", object: "a.txt", content: "- see\n" + event("a"), status: Unreadable, reason: "text that has the fields of CloudTrail records"},
		{name: "table with records in it", object: "a.csv", content: "id,text,more\n1,\"" + strings.Repeat("x", 700) + "\",\"" + strings.ReplaceAll(event("a", "sourceIPAddress", `"192.0.2.1"`, "userAgent", `"x"`), `"`, `""`) + "\"\n", status: Unreadable, reason: "text that has the fields of CloudTrail records"},
		{name: "text that speaks of a field", object: "a.txt", content: strings.Repeat("hello ", 100) + "eventVersion", status: Recognised, reason: "not JSON"},
		{name: "CSV in UTF-16 without a mark", object: "a.csv", content: "e\x00v\x00e\x00n\x00t\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x00,\x00", status: Unreadable, reason: "text that has the fields of CloudTrail records"},
		{name: "text with the suffix", object: "a.json", content: "hello", status: Unreadable, reason: "neither a JSON object"},
		{name: "zip", object: "a.json.gz", content: "PK\x03\x04abc", status: Unreadable, reason: "zip archive"},
		{name: "zip in gzip", object: "a.json.gz", content: zipped("PK\x03\x04abc"), status: Unreadable, reason: "zip archive"},
		{name: "digest", object: "a.json.gz", content: zipped(`{"digestStartTime":"2026-03-02T10:00:00Z","logFiles":[]}`), status: Recognised, reason: "CloudTrail digest"},
		{name: "notification", object: "a.json", content: records(`{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2026-03-02T10:00:00.000Z","eventName":"ObjectCreated:Put","s3":{}}`), status: Recognised, reason: "S3 notification"},
		{name: "another form", object: "a.json", content: `{"Events":[{"CloudTrailEvent":"{}"}]}`, status: Unreadable, reason: "holds CloudTrail events in a form that is not read: lookup-events output"},
		{name: "other forms", object: "a.json", content: records(`{"Events":[{"CloudTrailEvent":"{}"}]}`, `{"_raw":"x"}`, `{"Events":[]}`), status: Unreadable, reason: "holds CloudTrail events in a form that is not read: lookup-events output (2)"},
		{name: "several kinds of others", object: "a.json", content: records(`{"x":1}`, event("a", "eventCategory", `"Insight"`), `{"y":1}`), status: Recognised, reason: "CloudTrail Insights events, JSON that is not a CloudTrail record"},
		{name: "several kinds beside events", object: "a.json", content: records(event("a"), `{"x":1}`, event("b", "eventCategory", `"Insight"`), `{"y":1}`), status: Parsed, kept: 1, note: "3 elements are not events: JSON that is not a CloudTrail record (2), CloudTrail Insights events (1)"},
		{name: "other JSON beside events", object: "a.json", content: records(event("a"), `{"x":1}`), status: Parsed, kept: 1, note: "1 elements are not events"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := evidence(t, map[string]string{tt.object: tt.content, "z.json": event("good")})
			o := try(t, Config{Limits: tt.limits, Detectors: detect.All()}, dir)
			b := o.object(t, tt.object)
			if b.Status != tt.status || !strings.HasPrefix(b.Reason, tt.reason) || b.Kept != tt.kept && (tt.kept >= 0 || b.Kept == 0 || b.Kept == 200) {
				t.Errorf("got %+v", b)
			}
			if !strings.Contains(strings.Join(b.Notes, "\n"), tt.note) {
				t.Errorf("notes %q", b.Notes)
			}
			if b.Size != int64(len(tt.content)) || len(b.SHA256) != 64 {
				t.Errorf("size %d of %d, hash %q", b.Size, len(tt.content), b.SHA256)
			}
			if (b.Status == Damaged || b.Status == Unreadable) != (b.ProblemCount > 0) {
				t.Errorf("%s with %d problems", b.Status, b.ProblemCount)
			}
			if !slices.Contains(o.ids(), "good") {
				t.Error("the other object was lost")
			}
		})
	}
}

func flip(s string, i int) string {
	b := []byte(s)
	b[i] ^= 0x55
	return string(b)
}

// Every cut of a gzip object keeps the complete records, and none passes for whole.
func TestCutEverywhere(t *testing.T) {
	gz := zipped(records(event("a"), event("b")))
	files := map[string]string{}
	for n := range len(gz) {
		files[fmt.Sprintf("%04d.json.gz", n)] = gz[:n]
	}
	for _, b := range try(t, Config{}, evidence(t, files)).objects {
		if b.Status != Damaged && b.Status != Unreadable || b.Status == Damaged && b.Kept == 0 {
			t.Errorf("%+v", b)
		}
	}
}

func TestUnreadableFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads every file")
	}
	dir := evidence(t, map[string]string{"a.json": event("a"), "b.json": event("b"), "closed/c.json": event("c")})
	for _, name := range []string{"a.json", "closed"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "closed"), 0o777) })
	o := try(t, Config{}, dir)
	if b := o.object(t, "a.json"); b.Status != Unreadable || !strings.Contains(b.Reason, "permission denied") {
		t.Errorf("%+v", b)
	}
	if b := o.object(t, "closed"); b.Status != Unreadable || !strings.Contains(b.Reason, "permission denied") {
		t.Errorf("%+v", b)
	}
}

// A file that shrinks or vanishes between the walk and the reading.
func TestChangedMeanwhile(t *testing.T) {
	dir := evidence(t, map[string]string{"1.json": records(event("a"), event("b")), "2.json": event("c"), "3.json": event("d")})
	cfg := Config{Listed: func(Listing) error {
		return errors.Join(os.Truncate(filepath.Join(dir, "1.json"), 500), os.Remove(filepath.Join(dir, "2.json")))
	}}
	cfg.Paths, cfg.WorkDir, cfg.Memory = []string{dir}, t.TempDir(), 1<<20
	cfg.Sinks = func(*Conclusion) ([]Sink, error) { return nil, nil }
	res, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	o := read(t, res)
	if b := o.objects[0]; b.Status == Parsed || b.Size != 500 || b.Problems[0].Text[:len("changed while it was examined")] != "changed while it was examined" {
		t.Errorf("%+v", b)
	}
	if b := o.objects[1]; b.Status != Unreadable {
		t.Errorf("%+v", b)
	}
	if b := o.objects[2]; b.Status != Parsed || o.totals.Distinct < 1 {
		t.Errorf("%+v", b)
	}
}

// many writes an archive that takes a while and spills.
func many(t *testing.T) string {
	files := map[string]string{}
	for i := range 40 {
		var events []string
		for j := range 500 {
			events = append(events, event(fmt.Sprintf("%d-%d", i, j), "eventTime", at(j%60), "note", quote(fmt.Sprint(i*j))))
		}
		files[fmt.Sprintf("%02d.json.gz", i)] = zipped(records(events...))
	}
	return evidence(t, files)
}

// A run that fails, wherever that is, leaves nothing behind.
func TestFailures(t *testing.T) {
	dir := many(t)
	failure := errors.New("no more")
	tests := map[string]func(cfg *Config, cancel context.CancelFunc, sink *collector){
		"cancelled before": func(_ *Config, cancel context.CancelFunc, _ *collector) { cancel() },
		"cancelled when listed": func(cfg *Config, cancel context.CancelFunc, _ *collector) {
			cfg.Listed = func(Listing) error { cancel(); return nil }
		},
		"cancelled while reading": func(cfg *Config, cancel context.CancelFunc, _ *collector) { cancelAt(cfg, cancel, 5000) },
		"cancelled at the end":    func(cfg *Config, cancel context.CancelFunc, _ *collector) { cancelAt(cfg, cancel, 19999) },
		"cancelled when settled": func(cfg *Config, cancel context.CancelFunc, _ *collector) {
			sinks := cfg.Sinks
			cfg.Sinks = func(c *Conclusion) ([]Sink, error) { cancel(); return sinks(c) }
		},
		"listed fails": func(cfg *Config, _ context.CancelFunc, _ *collector) {
			cfg.Listed = func(Listing) error { return failure }
		},
		"sinks fail": func(cfg *Config, _ context.CancelFunc, _ *collector) {
			cfg.Sinks = func(*Conclusion) ([]Sink, error) { return nil, failure }
		},
		"encode fails": func(_ *Config, _ context.CancelFunc, sink *collector) { sink.encodeErr = failure },
		"commit fails": func(_ *Config, _ context.CancelFunc, sink *collector) { sink.commitErr = failure },
	}
	for name, arrange := range tests {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			sink := new(collector)
			cfg := Config{Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 1 << 20, Workers: 3, Detectors: detect.All()}
			opened := false
			cfg.Sinks = func(*Conclusion) ([]Sink, error) { opened = true; return []Sink{sink}, nil }
			arrange(&cfg, cancel, sink)
			res, err := Run(ctx, cfg)
			want := failure
			if strings.HasPrefix(name, "cancelled") {
				want = context.Canceled
			}
			if !errors.Is(err, want) || res != nil {
				t.Errorf("result %v, error %v, want %v", res, err, want)
			}
			if opened != (sink.closed == 1) {
				t.Errorf("sinks made: %v, closed %d times", opened, sink.closed)
			}
			if left, _ := os.ReadDir(cfg.WorkDir); len(left) > 0 {
				t.Errorf("left in the work directory: %v", left)
			}
			settledGoroutines(t, before)
		})
	}
}

func cancelAt(cfg *Config, cancel context.CancelFunc, n int) {
	seen := make(chan struct{}, 1<<16)
	cfg.Carry = func(dst []byte, _ *parser.Record) []byte {
		seen <- struct{}{}
		if len(seen) == n {
			cancel()
		}
		return dst
	}
}

// A work directory that cannot be written, evidence that is not there.
func TestNoStart(t *testing.T) {
	dir := evidence(t, map[string]string{"a.json": event("a")})
	sinks := func(*Conclusion) ([]Sink, error) { return nil, nil }
	for name, cfg := range map[string]Config{
		"no work directory":            {Paths: []string{dir}, WorkDir: filepath.Join(dir, "none"), Sinks: sinks},
		"the work directory a file":    {Paths: []string{dir}, WorkDir: filepath.Join(dir, "a.json"), Sinks: sinks},
		"no evidence":                  {Paths: []string{filepath.Join(dir, "none")}, WorkDir: t.TempDir(), Sinks: sinks},
		"evidence and one that is not": {Paths: []string{dir, filepath.Join(dir, "none")}, WorkDir: t.TempDir(), Sinks: sinks},
	} {
		res, err := Run(t.Context(), cfg)
		if err == nil || res != nil || strings.Contains(err.Error(), "failed to") {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("something was made inside the evidence")
	}
}

// The content reader gives what it read before the error, and keeps the error.
func TestContent(t *testing.T) {
	for _, size := range []int64{0, smallSize} { // read at once, and as a stream
		testContent(t, size)
	}
}

func testContent(t *testing.T, size int64) {
	t.Helper()
	c := newContent(Limits{})
	gz := zipped(strings.Repeat("hello ", 1000)) + zipped("world") + "tail"
	for range 2 { // it is reused
		failOn(t, c.reset(strings.NewReader(gz), size, true))
		got, err := io.ReadAll(c)
		if err != nil || string(got) != strings.Repeat("hello ", 1000)+"world" || c.members != 2 || c.trailing != 4 || c.firstEnds != 6000 {
			t.Errorf("%d bytes, %v; %d members, %d trailing, first ends at %d", len(got), err, c.members, c.trailing, c.firstEnds)
		}
		failOn(t, c.drain())
		if c.stored.n != int64(len(gz)) {
			t.Errorf("%d stored bytes of %d", c.stored.n, len(gz))
		}
	}
	failOn(t, c.reset(strings.NewReader(gz[:40]), size, false))
	if _, err := io.ReadAll(c); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("again: %v", err)
	}
	failOn(t, c.reset(bytes.NewReader([]byte("plain")), size, true))
	if got, err := io.ReadAll(c); err != nil || string(got) != "plain" || c.members != 0 {
		t.Errorf("plain: %q, %v, %d members", got, err, c.members)
	}
}

// An object that has grown since it was listed is read whole all the same.
func TestGrownContent(t *testing.T) {
	c := newContent(Limits{})
	want := strings.Repeat("grown ", smallSize)
	failOn(t, c.reset(strings.NewReader(want), 10, true))
	if got, err := io.ReadAll(c); err != nil || string(got) != want || c.stored.n != int64(len(want)) {
		t.Errorf("%d bytes, %v; %d stored", len(got), err, c.stored.n)
	}
	broken := errors.New("broken")
	failOn(t, c.reset(io.MultiReader(strings.NewReader("some"), failing{broken}), 10, false))
	if got, err := io.ReadAll(c); err != broken || string(got) != "some" {
		t.Errorf("%q, %v", got, err)
	}
}

// A detector that panics costs no event, and says so.
func TestPanickingDetector(t *testing.T) {
	bad := &detect.Detector{ID: "bad", Title: "bad", Record: func(r *parser.Record) (detect.Evidence, bool) {
		if r.ID == "boom" {
			panic("no such index")
		}
		return nil, true
	}}
	dir := evidence(t, map[string]string{"1.json": records(event("a"), event("boom"), event("b")), "2.json": event("c")})
	o := try(t, Config{Detectors: []*detect.Detector{bad}}, dir)
	b := o.object(t, "1.json")
	if b.Status != Damaged || !strings.Contains(b.Reason, "panic") || !strings.Contains(b.Reason, "no such index") {
		t.Errorf("%+v", b)
	}
	if got := o.ids(); !slices.Equal(got, []string{"a", "b", "boom", "c"}) {
		t.Errorf("read %v", got)
	}
}

// What an object is called does not depend on which was read before it, nor on
// whether there is one.
func TestShapeOfUnreadable(t *testing.T) {
	dir := evidence(t, map[string]string{"1.json": records(event("a")), "2.json.gz": "\x1f\x8b\x08\x00", "3.json": event("b"), "4.json.gz": "\x1f\x8b\x08\x00"})
	o := try(t, Config{Workers: 1}, dir)
	for _, name := range []string{"2.json.gz", "4.json.gz"} {
		if b := o.object(t, name); b.Shape != "" || b.Status != Unreadable {
			t.Errorf("%+v", b)
		}
	}
}

// The content hash is that of the first member, whole, or there is none.
func TestContentHash(t *testing.T) {
	first := records(event("a"))
	sum := sha256.Sum256([]byte(first))
	want := hex.EncodeToString(sum[:])
	dir := evidence(t, map[string]string{
		"one.json.gz": zipped(first), "two.json.gz": zipped(first) + zipped(records(event("b"))), "plain.json": first,
		"after.json.gz": zipped(first + " x"), "cut.json.gz": zipped(first)[:60], "empty.json.gz": zipped("") + zipped(first), "short.json.gz": zipped("{") + zipped(first[1:]),
	})
	o := try(t, Config{ContentHash: true}, dir)
	for name, want := range map[string]string{"one.json.gz": want, "two.json.gz": want, "plain.json": want, "cut.json.gz": ""} {
		if b := o.object(t, name); b.ContentSHA256 != want {
			t.Errorf("%s: %q, want %q", name, b.ContentSHA256, want)
		}
	}
	for name, content := range map[string]string{"after.json.gz": first + " x", "empty.json.gz": "", "short.json.gz": "{"} {
		sum = sha256.Sum256([]byte(content))
		if b := o.object(t, name); b.ContentSHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("the first member has %q: %+v", content, b)
		}
	}
}

// Records that are read again must be what they were.
func TestChangedBetweenReadings(t *testing.T) {
	for name, change := range map[string]string{"another ID": "c", "gone": ""} {
		t.Run(name, func(t *testing.T) {
			dir := evidence(t, map[string]string{"1.json": records(event("a")), "2.json": indent(event("a"))})
			calls := 0
			change := func(*parser.Record) (detect.Evidence, bool) {
				if calls++; calls == 2 { // both were read: now the evidence changes
					text := ""
					if change != "" {
						text = records(event(change))
					}
					if err := os.WriteFile(filepath.Join(dir, "1.json"), []byte(text), 0o600); err != nil {
						t.Error(err)
					}
				}
				return nil, false
			}
			cfg := Config{Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 1 << 20, Workers: 1}
			cfg.Detectors = []*detect.Detector{{ID: "change", Title: "change", Record: change}}
			cfg.Sinks = func(*Conclusion) ([]Sink, error) { return nil, nil }
			res, err := Run(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), "evidence has changed") {
				t.Errorf("error %v", err)
			}
			if err == nil {
				res.Close()
			}
		})
	}
}

// panicking is a reader that panics behind what it has.
type panicking struct{ r io.Reader }

func (p panicking) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil {
		panic("no such index")
	}
	return n, nil
}

// What panics while an object is parsed, unpacked or looked at is an error of that object,
// with the place; the records before it were given.
func TestPanicWhileReading(t *testing.T) {
	in := strings.NewReader(event("a") + "\n" + event("b") + "\n{")
	w := &worker{}
	w.reader.Reset(panicking{in}, parser.Origin{})
	var ids []string
	var err error
	for err == nil {
		var rec *parser.Record
		if rec, err = w.next(); err == nil {
			ids = append(ids, rec.ID)
		}
	}
	var format *parser.FormatError
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "panic: no such index") || len(ids) == 0 || format.Offset == 0 {
		t.Errorf("%q, %v", ids, err)
	}
	for what, read := range map[string]func(r io.Reader) (int, error){
		"member": func(r io.Reader) (int, error) { return guarded{r}.Read(make([]byte, 10)) },
		"ahead":  func(r io.Reader) (int, error) { return readPart(r, make([]byte, 10)) },
		"drain": func(r io.Reader) (int, error) {
			c := newContent(Limits{})
			c.stored.r = r
			c.in = c.stream
			c.stream.Reset(&c.stored)
			return 0, c.drain()
		},
	} {
		if n, err := read(panicking{strings.NewReader("")}); n != 0 || err == nil || !strings.Contains(err.Error(), "panic: no such index") {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}

// What panics while an event is taken in ends its object, which says so; the event counts as
// one that could not be read.
func TestPanicInRecord(t *testing.T) {
	w := &worker{} // of no run, whose scope is asked for first
	w.reader.Reset(strings.NewReader(event("a")+"\n"+event("b")), parser.Origin{})
	end, err := w.records(t.Context())
	var format *parser.FormatError
	if err != nil || !errors.As(end, &format) || !strings.Contains(end.Error(), "panic: ") || w.o.Framed != 1 || w.o.Bad != 1 || w.o.Kept != 0 {
		t.Errorf("%v, %v: %+v", end, err, w.o)
	}
}
