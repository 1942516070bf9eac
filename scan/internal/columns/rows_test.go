package columns

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// An event has what a schema can have: nesting, lists, maps, times, and what is null.
type event struct {
	Time     int64             `parquet:"time"`
	TimeDT   time.Time         `parquet:"time_dt,timestamp(microsecond)"`
	API      api               `parquet:"api"`
	Resource []resource        `parquet:"resources,list"`
	Plain    []string          `parquet:"plain"`
	Unmapped map[string]string `parquet:"unmapped"`
	User     *user             `parquet:"user,optional"`
	MFA      *bool             `parquet:"mfa,optional"`
	Score    float64           `parquet:"score"`
	Class    int32             `parquet:"class_uid,dict"`
	Same     string            `parquet:"same,dict"`
	Delta    int64             `parquet:"delta,delta"`
}

type api struct {
	Operation string  `parquet:"operation,dict"`
	Error     *string `parquet:"error,optional"`
}

type resource struct {
	UID  string  `parquet:"uid"`
	Type *string `parquet:"type,optional"`
}

type user struct {
	Name *string  `parquet:"name,optional"`
	Tags []string `parquet:"tags,list"`
}

func text(s string) *string { return &s }

func truth(b bool) *bool { return &b }

var at = time.Date(2026, 3, 2, 8, 11, 5, 250_000_000, time.UTC)

var events = []event{
	{Time: 1772439065000, TimeDT: at, API: api{"CreateUser", text("no \"such\"\n")}, Resource: []resource{{"a", text("T")}, {"b", nil}}, Plain: []string{"x", "y"},
		Unmapped: map[string]string{"k": "v"}, User: &user{text("u"), []string{"t", ""}}, MFA: truth(false), Score: 1.5, Class: 6003, Same: "s", Delta: 7},
	{Time: -1, TimeDT: time.Unix(-1, 0).UTC(), API: api{Operation: "X"}, User: &user{}, Class: 3001, Same: "s", Delta: 8},
	{TimeDT: at, Class: 3002, Same: "é\x00"},
}

const lines = `{"time":1772439065000,"time_dt":"2026-03-02T08:11:05.25Z","api":{"operation":"CreateUser","error":"no \"such\"\u000a"},"resources":[{"uid":"a","type":"T"},{"uid":"b"}],"plain":["x","y"],"unmapped":{"k":"v"},"user":{"name":"u","tags":["t",""]},"mfa":false,"score":1.5,"class_uid":6003,"same":"s","delta":7}
{"time":-1,"time_dt":"1969-12-31T23:59:59Z","api":{"operation":"X"},"resources":[],"plain":[],"unmapped":{},"user":{"tags":[]},"score":0,"class_uid":3001,"same":"s","delta":8}
{"time":0,"time_dt":"2026-03-02T08:11:05.25Z","api":{"operation":""},"resources":[],"plain":[],"unmapped":{},"score":0,"class_uid":3002,"same":"é\u0000","delta":0}
`

var codecs = map[string]compress.Codec{"none": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip, "zstd": &parquet.Zstd}

func file(t testing.TB, rows []event, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[event](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var limits = Limits{Held: 16 << 20}

func all(b []byte, l Limits) (string, error) {
	r, err := Open(bytes.NewReader(b), int64(len(b)), l)
	if err != nil {
		return "", err
	}
	out, err := io.ReadAll(r)
	return string(out), err
}

func TestRows(t *testing.T) {
	for name, codec := range codecs {
		for version := 1; version <= 2; version++ {
			b := file(t, events, parquet.Compression(codec), parquet.DataPageVersion(version))
			got, err := all(b, limits)
			if err != nil || got != lines {
				t.Errorf("%s, pages of version %d: %v\n%s\nwant\n%s", name, version, err, got, lines)
			}
		}
	}
	if _, err := all(file(t, events, parquet.Compression(&parquet.Brotli)), limits); err == nil || !strings.Contains(err.Error(), "BROTLI is not read") {
		t.Errorf("Brotli: %v", err)
	}
}

// Many rows, in several row groups and pages, read by single bytes.
func TestManyRows(t *testing.T) {
	var many []event
	for range 500 {
		many = append(many, events...)
	}
	b := file(t, many, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(400), parquet.PageBufferSize(200))
	got, err := all(b, limits)
	if err != nil || got != strings.Repeat(lines, 500) {
		t.Fatalf("%v, %d bytes", err, len(got))
	}
	r, err := Open(bytes.NewReader(b), int64(len(b)), limits)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := io.ReadAll(iotest.OneByteReader(r))
	if err != nil || string(slow) != got {
		t.Errorf("by one byte: %v, %d bytes", err, len(slow))
	}
	if got, err := all(b, Limits{Held: 20 << 10}); !errors.Is(err, errMuch) {
		t.Errorf("held to 20 KiB: %d bytes, %v", len(got), err)
	}
}

// Cut anywhere, a file has no footer: it is never read as if it were whole.
func TestTruncated(t *testing.T) {
	b := file(t, events, parquet.Compression(&parquet.Gzip))
	for n := range b {
		if got, err := all(b[:n], limits); err == nil {
			t.Fatalf("cut at %d of %d: %s", n, len(b), got)
		}
	}
}

// Whatever byte is changed: no panic, and memory that keeps to what may be held.
func TestDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, codec := range codecs {
		b := file(t, events, parquet.Compression(codec))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range b {
			bad := bytes.Clone(b)
			bad[i] ^= byte(1 + rng.IntN(255))
			for line := range strings.Lines(must(all(bad, limits))) {
				if !json.Valid([]byte(strings.ToValidUTF8(line, "?"))) {
					t.Fatalf("%s, byte %d: %q", name, i, line)
				}
			}
		}
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) / uint64(len(b)); took > 8<<20 {
			t.Errorf("%s: %d bytes allocated for a damaged file of %d", name, took, len(b))
		}
	}
}

func must(s string, _ error) string { return s }

func FuzzRows(f *testing.F) {
	for _, codec := range codecs {
		for version := 1; version <= 2; version++ {
			f.Add(file(f, events, parquet.Compression(codec), parquet.DataPageVersion(version)))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := all(b, Limits{Held: 1 << 20})
		again, err2 := all(b, Limits{Held: 1 << 20})
		if first != again || (err == nil) != (err2 == nil) {
			t.Fatalf("read twice: %d and %d bytes, %v and %v", len(first), len(again), err, err2)
		}
	})
}
