package integrity

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const digestTree = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/03/"

func digestKey(end time.Time) string {
	return digestTree + "111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_" + end.Format("20060102T150405Z") + ".json.gz"
}

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

// plainDigest is a digest of an hour, with what else it says.
func plainDigest(end time.Time, more map[string]any) []byte {
	d := map[string]any{
		"digestStartTime": end.Add(-time.Hour).Format(time.RFC3339), "digestEndTime": end.Format(time.RFC3339), "digestS3Bucket": "b", "digestS3Object": digestKey(end),
		"digestPublicKeyFingerprint": "aa", "digestSignatureAlgorithm": "SHA256withRSA", "previousDigestSignature": nil, "logFiles": []any{},
	}
	for k, v := range more {
		d[k] = v
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return b
}

// judgeAll judges digests, which lie where they say, and objects.
func judgeAll(t *testing.T, digests map[time.Time][]byte, objects ...*Object) (rows []Row, totals Totals) {
	t.Helper()
	l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
	n := uint64(0)
	for _, end := range slices.SortedFunc(maps.Keys(digests), time.Time.Compare) {
		if err := l.Digest(n, "s", digestKey(end), digests[end], Container{Packed: true}); err != nil {
			t.Fatal(err)
		}
		n++
	}
	for _, o := range objects {
		o.Ordinal, o.Source, o.Container.Packed = n, "s", true
		if err := l.Object(o); err != nil {
			t.Fatal(err)
		}
		n++
	}
	r, err := l.Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for row, err := range r.Rows {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows, r.Totals
}

// Whoever plants digests that name others far in the past does not make the absence of a real one unseen.
func TestTooManyClaims(t *testing.T) {
	digests := map[time.Time][]byte{}
	for i := range maxPending + 5 {
		end := noon.Add(time.Duration(i) * time.Second)
		digests[end] = plainDigest(end, map[string]any{"previousDigestS3Bucket": "b", "previousDigestS3Object": digestKey(noon.AddDate(-1, 0, 0).Add(time.Duration(i) * time.Second))})
	}
	real := noon.Add(-time.Hour)
	digests[real] = plainDigest(real, map[string]any{"previousDigestS3Bucket": "b", "previousDigestS3Object": digestKey(real.Add(-time.Hour))}) // which is gone
	digests[real.Add(-2*time.Hour)] = plainDigest(real.Add(-2*time.Hour), nil)
	rows, totals := judgeAll(t, digests)
	if totals.Failures == 0 || totals.Notes[TooMany] == 0 {
		t.Errorf("%+v", totals)
	}
	if r := rows[1]; !slices.Contains(r.Notes, TooMany) || !r.Failure {
		t.Errorf("of the one whose predecessor is gone: %+v", r)
	}
}

// A digest that names itself, the one behind it, or one of another trail as the one before it makes no circle.
func TestCyclicChain(t *testing.T) {
	a, b := noon, noon.Add(time.Hour)
	for _, previous := range []string{digestKey(a), digestKey(b), strings.Replace(digestKey(a), "_t_", "_u_", 1), "x", strings.Repeat("x", maxKey)} {
		rows, totals := judgeAll(t, map[time.Time][]byte{
			a: plainDigest(a, map[string]any{"previousDigestS3Object": previous}), b: plainDigest(b, map[string]any{"previousDigestS3Object": digestKey(a)}),
		})
		if len(rows) != 2 || !slices.Contains(rows[0].Notes, OutsideChain) || totals.Digests["absent"] > 0 {
			t.Errorf("%.100s: %+v", previous, rows)
		}
	}
}

// Many digests that name a log do not hide what one says that is proved better.
func TestTooManySays(t *testing.T) {
	g := &name{}
	for i := range 3 * maxSays {
		g.add(saying{seq: uint64(i), level: Unverified})
	}
	g.add(saying{level: Signed, seq: 1000})
	g.add(saying{level: Linked, seq: 1001})
	g.add(saying{level: Unverified, seq: 1002})
	if best := g.best(); len(g.says) != maxSays || !g.more || best.seq != 1000 || g.says[1].seq != 1001 {
		t.Errorf("%d, %+v", len(g.says), best)
	}
}

// What is longer than anything that it could stand for makes a digest invalid, and is not carried along.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	entry := func(k string) map[string]any {
		e := map[string]any{"s3Bucket": "b", "s3Object": "k", "hashValue": "00", "hashAlgorithm": "SHA-256"}
		e[k] = long
		return map[string]any{"logFiles": []any{e}}
	}
	all := []map[string]any{entry("s3Bucket"), entry("s3Object"), entry("hashValue"), entry("hashAlgorithm")}
	for _, k := range []string{
		"digestStartTime", "digestEndTime", "digestS3Bucket", "digestS3Object", "digestPublicKeyFingerprint", "digestSignatureAlgorithm",
		"previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue", "previousDigestHashAlgorithm", "previousDigestSignature",
	} {
		all = append(all, map[string]any{k: long})
	}
	for _, more := range all {
		rows, _ := judgeAll(t, map[time.Time][]byte{noon: plainDigest(noon, more)})
		if r := rows[0]; r.Verdict != Invalid || r.Reason != Format || len(fmt.Sprint(r)) > 1000 || len(rows) != 1 {
			t.Errorf("%.60q: %d rows, %.500v", fmt.Sprint(more), len(rows), r)
		}
	}
	for _, logs := range []any{nil, "x", 5, map[string]any{}, []any{5}, []any{map[string]any{"s3Object": 5}}} {
		if rows, _ := judgeAll(t, map[time.Time][]byte{noon: plainDigest(noon, map[string]any{"logFiles": logs})}); rows[0].Verdict != Invalid || rows[0].Reason != Format {
			t.Errorf("%v: %+v", logs, rows[0])
		}
	}
}

// A digest that names a million logs costs no memory for them.
func TestManyLogs(t *testing.T) {
	content := plainDigest(noon, map[string]any{"logFiles": nil})
	var b strings.Builder
	n := 30_000
	for i := range n {
		fmt.Fprintf(&b, `,{"s3Bucket":"b","s3Object":"AWSLogs/x/%d.json.gz","hashValue":"00","hashAlgorithm":"SHA-256"}`, i)
	}
	content = []byte(strings.Replace(string(content), `"logFiles":null`, `"logFiles":[`+b.String()[1:]+`]`, 1))
	before := heap()
	d, err := parseDigest(content)
	if err != nil || d.Logs.n != n {
		t.Fatalf("%d, %v", d.Logs.n, err)
	}
	if kept := heap() - before; kept > int64(n) {
		t.Errorf("%d bytes stay of %d logs", kept, n)
	}
	runtime.KeepAlive(d)
	_, totals := judgeAll(t, map[time.Time][]byte{noon: content})
	if totals.Logs["absent"] != int64(n) {
		t.Errorf("%+v", totals)
	}
}

// heap is what is in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What was planted in the evidence does not crowd out what the examiner gave, and nothing counts twice.
func TestPlantedSidecars(t *testing.T) {
	l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range maxSpot + 50 {
		check(l.Sidecar(&Sidecar{Key: digestKey(noon), Signature: fmt.Sprintf("%04x", i), Found: true}))
	}
	for range 3 {
		check(l.Sidecar(&Sidecar{Bucket: "zz", Key: digestKey(noon), Signature: "ff"}))
	}
	check(l.heads.w.Close())
	it, err := l.heads.Merge()
	check(err)
	defer it.Close()
	s := &spot{}
	for it.Next() {
		check(s.add(atSidecar, it.Value()))
	}
	if len(s.sidecars) != maxSpot || s.sidecars[0].Bucket != "zz" || s.sidecars[1].Bucket != "" || s.given != maxSpot+51 {
		t.Errorf("%d, %d given, the first %+v", len(s.sidecars), s.given, s.sidecars[:2])
	}
}

// An endingContext is done when it was asked so often.
type endingContext struct {
	context.Context
	left int
}

func (c *endingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// However many files lie at one position: whoever interrupts the judging does not wait for all of them.
func TestInterruptedAtOnePosition(t *testing.T) {
	l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
	for i := range uint64(50) {
		if err := l.Digest(i, "s", fmt.Sprintf("%d/%s", i, digestKey(noon)), plainDigest(noon, nil), Container{Packed: true}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := &endingContext{t.Context(), 10}
	if _, err := l.Judge(ctx); !errors.Is(err, context.Canceled) || ctx.left < -5 {
		t.Errorf("%v, asked %d times too often", err, -ctx.left)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// What cannot be so of a digest's times was not written by CloudTrail, unless a signature says that it was.
func TestDisorder(t *testing.T) {
	at := func(h int) string { return digestKey(noon.Add(time.Duration(h) * time.Hour)) }
	for name, c := range map[string]struct {
		more map[string]any
		want string // what is said of it; "": nothing
	}{
		"the one before it":      {map[string]any{"previousDigestS3Object": at(-1)}, ""},
		"the first":              {nil, ""},
		"a later one before it":  {map[string]any{"previousDigestS3Object": at(1)}, "it names as the digest before it one that ends no earlier: "},
		"itself before it":       {map[string]any{"previousDigestS3Object": at(0)}, "it names as the digest before it one that ends no earlier: "},
		"another trail's before": {map[string]any{"previousDigestS3Object": strings.Replace(at(1), "_t_", "_u_", 1)}, ""},
		"a backfill digest's":    {map[string]any{"previousDigestS3Object": strings.Replace(at(1), "Z.json", "Z_backfill.json", 1)}, ""},
		"no end":                 {map[string]any{"digestEndTime": "soon"}, `its window is from "2026-03-03T11:00:00Z" to "soon"`},
		"no start":               {map[string]any{"digestStartTime": ""}, `its window is from ""`},
		"the end first":          {map[string]any{"digestStartTime": "2026-03-03T12:00:01Z"}, "its window ends before it begins"},
		"an empty window":        {map[string]any{"digestStartTime": "2026-03-03T12:00:00Z"}, ""},
	} {
		b := plainDigest(noon, c.more)
		rows, _ := judgeAll(t, map[time.Time][]byte{noon: b})
		i := slices.IndexFunc(rows, func(r Row) bool { return r.Object != nil })
		if r := rows[i]; c.want == "" && (r.Verdict != Unverified || r.Failure) || c.want != "" && (r.Verdict != Invalid || r.Reason != Format || !strings.HasPrefix(r.Detail, c.want) || !r.Failure) {
			t.Errorf("%s: %+v", name, r)
		}
		k := newTestKey(t, 2048)
		ring := &Keyring{}
		ring.Add(k.Key)
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20, Keys: ring})
		h := head{End: noon.Format(time.RFC3339), Bucket: "b", Key: at(0), Hash: sha256.Sum256(b)}
		if end, ok := c.more["digestEndTime"].(string); ok {
			h.End = end
		}
		s := Sidecar{Key: at(0), Signature: k.sign(t, h.signedString())}
		if err := errors.Join(l.Digest(0, "s", at(0), b, Container{Packed: true}), l.Sidecar(&s)); err != nil {
			t.Fatal(err)
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Totals.Digests[string(Signed)] != 1 || r.Totals.Failures != 0 {
			t.Errorf("%s, signed: %+v", name, r.Totals)
		}
		r.Close()
	}
}
