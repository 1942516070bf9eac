package scan

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// event is a record of that ID. changes are pairs of member and JSON value; a
// value of "" leaves the member out.
func event(id string, changes ...string) string {
	members := [][2]string{
		{"eventVersion", `"1.08"`}, {"userIdentity", `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1EXAMPLE"}`},
		{"eventTime", `"2026-03-02T10:00:00Z"`}, {"eventSource", `"ec2.amazonaws.com"`}, {"eventName", `"DescribeInstances"`}, {"awsRegion", `"us-east-1"`},
		{"sourceIPAddress", `"192.0.2.1"`}, {"requestParameters", `{"b":[1,2],"a":"x"}`}, {"eventID", quote(id)}, {"recipientAccountId", `"111122223333"`},
	}
	for i := 0; i < len(changes); i += 2 {
		at := slices.IndexFunc(members, func(m [2]string) bool { return m[0] == changes[i] })
		if at < 0 {
			members = append(members, [2]string{changes[i], changes[i+1]})
		} else {
			members[at][1] = changes[i+1]
		}
	}
	var b strings.Builder
	for _, m := range members {
		if m[1] != "" {
			fmt.Fprintf(&b, ",%s:%s", quote(m[0]), m[1])
		}
	}
	return "{" + b.String()[1:] + "}"
}

func quote(s string) string { return string(encodeJSON(s)) }

func records(events ...string) string { return `{"Records":[` + strings.Join(events, ",") + `]}` }

func at(second int) string {
	return quote(time.Date(2026, 3, 2, 10, 0, second, 0, time.UTC).Format(time.RFC3339))
}

func zipped(content string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(content))
	z.Close()
	return b.String()
}

// collector is a Sink that keeps the timeline.
type collector struct {
	entries   []Entry
	encodeErr error
	commitErr error
	closed    int
}

func (c *collector) Encode(batch []Entry) (any, error) {
	own := make([]Entry, len(batch))
	for i, e := range batch {
		e.Ref.ID, e.Ref.Account, e.Ref.Name = strings.Clone(e.Ref.ID), strings.Clone(e.Ref.Account), strings.Clone(e.Ref.Name)
		e.Carried, e.Findings = bytes.Clone(e.Carried), slices.Clone(e.Findings)
		e.Raw, e.Places = bytes.Clone(e.Raw), slices.Clone(e.Places)
		own[i] = e
	}
	return own, c.encodeErr
}

func (c *collector) Commit(encoded any) error {
	c.entries = append(c.entries, encoded.([]Entry)...)
	return c.commitErr
}

func (c *collector) Close() error { c.closed++; return nil }

// outcome is all that a run gave.
type outcome struct {
	totals   Totals
	entries  []Entry
	objects  []Object
	problems []ObjectProblem
	copies   []Copy
	findings []found
}

type found struct {
	FindingHead
	events []FindingEvent
}

// evidence writes the files below a new directory.
func evidence(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// try runs over the evidence and checks what must hold of every run.
func try(t testing.TB, cfg Config, dirs ...string) *outcome {
	t.Helper()
	o := tryUnchecked(t, cfg, dirs...)
	o.check(t, dirs)
	return o
}

func tryUnchecked(t testing.TB, cfg Config, dirs ...string) *outcome {
	t.Helper()
	cfg.Paths, cfg.WorkDir = dirs, t.TempDir()
	cfg.Workers, cfg.Memory = max(cfg.Workers, 2), max(cfg.Memory, 4<<20)
	if cfg.Carry == nil {
		cfg.Carry = func(dst []byte, r *parser.Record) []byte { return append(dst, r.Raw...) }
	}
	sink := new(collector)
	cfg.Sinks = func(*Conclusion) ([]Sink, error) { return []Sink{sink}, nil }
	res, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	o := read(t, res)
	o.entries = sink.entries
	if err := res.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(cfg.WorkDir); len(left) > 0 || sink.closed != 1 {
		t.Errorf("left in the work directory: %v; sinks closed %d times", left, sink.closed)
	}
	return o
}

func read(t testing.TB, res *Result) *outcome {
	t.Helper()
	o := &outcome{totals: res.Totals}
	for v, err := range res.Objects {
		o.objects = append(o.objects, v)
		failOn(t, err)
	}
	for v, err := range res.Problems {
		o.problems = append(o.problems, v)
		failOn(t, err)
	}
	for v, err := range res.Copies {
		o.copies = append(o.copies, v)
		failOn(t, err)
	}
	for head, events := range res.Findings {
		f := found{FindingHead: head}
		for e, err := range events {
			failOn(t, err)
			f.events = append(f.events, e)
		}
		o.findings = append(o.findings, f)
	}
	failOn(t, res.Err())
	return o
}

func failOn(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// check is the accounting: nothing lost, nothing counted twice, all in order.
func (o *outcome) check(t testing.TB, dirs []string) {
	t.Helper()
	sum := o.totals
	if sum.Framed != sum.Kept+sum.Excluded+sum.Bad+sum.Other || sum.Kept != sum.Distinct+sum.Copies {
		t.Errorf("sums do not hold: %+v", sum)
	}
	if sum.Distinct != int64(len(o.entries)) || sum.Copies != int64(len(o.copies)) || sum.Problems != int64(len(o.problems)) || sum.Listed != int64(len(o.objects)) {
		t.Errorf("%d entries, %d copies, %d problems, %d objects: %+v", len(o.entries), len(o.copies), len(o.problems), len(o.objects), sum)
	}
	again := Totals{Objects: map[Status]int64{}, Bytes: map[Status]int64{}}
	var paths []string
	for i := range o.objects {
		b := &o.objects[i]
		again.addObject(b)
		if !strings.Contains(b.Path, "!") { // a member
			paths = append(paths, b.Path)
		}
		if b.Framed != b.Kept+b.Excluded+b.Bad+b.Other || b.Ordinal != uint64(i) || (b.Status != Parsed) != (b.Reason != "") {
			t.Errorf("object %d: %+v", i, b)
		}
	}
	again.Distinct, again.Copies = sum.Distinct, sum.Copies
	var byStatus int64
	for _, n := range sum.Objects {
		byStatus += n
	}
	for status, n := range again.Objects {
		if sum.Objects[status] != n || sum.Bytes[status] != again.Bytes[status] {
			t.Errorf("%s: %d objects of %d bytes, the sums say %+v", status, n, again.Bytes[status], sum)
		}
	}
	again.Objects, again.Bytes, sum.Objects, sum.Bytes = nil, nil, nil, nil
	if byStatus != sum.Listed || fmt.Sprint(again) != fmt.Sprint(sum) {
		t.Errorf("the objects add up to %+v, the sums say %+v", again, sum)
	}
	if want := regular(dirs); !slices.Equal(want, paths) {
		t.Errorf("listed %q, there are %q", paths, want)
	}
	o.checkOrder(t)
}

// regular lists what a walk of the roots finds.
func regular(dirs []string) (paths []string) {
	for _, dir := range dirs {
		fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				paths = append(paths, name)
			}
			return err
		})
	}
	return paths
}

func (o *outcome) checkOrder(t testing.TB) {
	t.Helper()
	merged := map[uint64]int{}
	for _, c := range o.copies {
		merged[c.Ordinal]++
	}
	for i := range o.entries {
		e := &o.entries[i]
		if e.Ordinal != uint64(i) || e.Copies != merged[e.Ordinal] {
			t.Errorf("entry %d: ordinal %d, %d copies, %d listed", i, e.Ordinal, e.Copies, merged[e.Ordinal])
		}
		if i > 0 && bytes.Compare(appendKey(nil, &o.entries[i-1].Ref), appendKey(nil, &e.Ref)) >= 0 {
			t.Errorf("entry %d is out of order", i)
		}
	}
	for _, f := range o.findings {
		if f.Count != len(f.events) {
			t.Errorf("finding %s: count %d, %d events", f.ID, f.Count, len(f.events))
		}
		for _, e := range f.events {
			if !slices.ContainsFunc(o.entries[e.Ordinal].Findings, func(m Membership) bool { return m.Finding == f.ID }) {
				t.Errorf("finding %s lists entry %d, which does not know it", f.ID, e.Ordinal)
			}
		}
	}
}

// object returns the manifest's line of a path.
func (o *outcome) object(t testing.TB, path string) *Object {
	t.Helper()
	for i := range o.objects {
		if o.objects[i].Path == path {
			return &o.objects[i]
		}
	}
	t.Fatalf("%s is not listed", path)
	return nil
}

func (o *outcome) ids() (ids []string) {
	for i := range o.entries {
		ids = append(ids, o.entries[i].Ref.ID)
	}
	return ids
}

// conflicts returns the findings about conflicting copies.
func (o *outcome) conflicts() (all []found) {
	for _, f := range o.findings {
		if f.Detector == detect.ConflictingCopies {
			all = append(all, f)
		}
	}
	return all
}

// settled waits for goroutines to end, and reports those that do not.
func settledGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
}

// The records that travel with the entries are those of the objects.
func TestCarried(t *testing.T) {
	var events []string
	for i := range 3000 {
		events = append(events, event(fmt.Sprintf("id-%04d", i), "eventTime", at(i%60), "extra", fmt.Sprint(i)))
	}
	dir := evidence(t, map[string]string{"a.json": records(events[:1000]...), "b.json.gz": zipped(records(events[1000:]...))})
	o := try(t, Config{Memory: 1 << 20, Workers: 3, Detectors: detect.All()}, dir)
	var got []string
	for _, e := range o.entries {
		got = append(got, string(e.Carried))
		want := events[e.Ref.Place.Index]
		if e.Ref.Place.Object == 1 {
			want = events[1000+e.Ref.Place.Index]
		}
		if string(e.Carried) != want {
			t.Fatalf("entry %s carries %s", e.Ref.ID, e.Carried)
		}
	}
	slices.Sort(got)
	slices.Sort(events)
	if !slices.Equal(got, events) {
		t.Errorf("%d records of %d", len(got), len(events))
	}
}

// Progress, Listed and Sign are told of everything.
func TestHooks(t *testing.T) {
	dir := evidence(t, map[string]string{
		"a.json": records(event("1", "eventSource", `"cloudtrail.amazonaws.com"`, "eventName", `"StopLogging"`)), "b.txt": "no",
	})
	var mu sync.Mutex
	var signs []string
	var listing Listing
	var progress Progress
	try(t, Config{
		Detectors: detect.All(), Progress: &progress,
		Listed: func(l Listing) error { listing = l; return nil },
		Sign: func(d *detect.Detector, _ detect.Severity, ref *detect.EventRef) {
			mu.Lock()
			defer mu.Unlock()
			signs = append(signs, d.ID+" "+ref.ID)
		},
	}, dir)
	if listing.Objects != 2 || progress.Objects.Load() != 2 || progress.Bytes.Load() != listing.Bytes || progress.Records.Load() != 1 {
		t.Errorf("listing %+v, progress %d objects, %d bytes, %d records", listing, progress.Objects.Load(), progress.Bytes.Load(), progress.Records.Load())
	}
	t.Log(signs)
}

// FuzzRun reads arbitrary bytes as one object: no panic, and the sums hold.
func FuzzRun(f *testing.F) {
	for _, s := range []string{
		records(event("a"), event("b")), zipped(records(event("a"), event("a", "x", "1"))), event("a") + "\n" + event(""), "", "{", "PK\x03\x04", "\x1f\x8b\x08",
		records(event("a", "eventID", "")), records(event("a\x00b"), `{"eventTime":"x"}`, "7"), zipped(event("a")) + zipped(event("b")) + "tail",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		dir := evidence(t, map[string]string{"object.json.gz": string(input)})
		try(t, Config{Detectors: detect.All(), Memory: 1 << 20, Limits: Limits{Content: 1 << 22}}, dir)
	})
}
