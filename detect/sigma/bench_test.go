package sigma

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/parser"
)

// archive returns the records of a synthetic archive: its background and its incidents.
func archive(tb testing.TB, size int64) (all []*parser.Record) {
	tb.Helper()
	dir := tb.TempDir()
	if _, err := fixtures.Write(dir, fixtures.Config{Seed: 11, Bytes: size, Incidents: fixtures.AllIncidents()}); err != nil {
		tb.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json.gz") || strings.Contains(path, "Digest") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		rd := parser.NewReader(z, parser.Origin{})
		for {
			r, err := rd.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			all = append(all, r.Clone())
		}
	})
	if err != nil || len(all) == 0 {
		tb.Fatal(len(all), err)
	}
	return all
}

// embedded are the texts of coldtrail's own rules, which this package does not import.
func embedded(tb testing.TB) (files []File) {
	tb.Helper()
	names, err := filepath.Glob("../rules/*/*.yml")
	if err != nil || len(names) == 0 {
		tb.Skip("no rules: ", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, File{name, data})
	}
	return files
}

// generated makes n rules in the style of the public ones, 49 of 50 of which name events: of
// those that the archive has, and of many that it has not.
func generated(n int, records []*parser.Record) []File {
	names := map[string]bool{}
	for _, r := range records {
		names[r.EventSource+":"+r.Action()] = true
	}
	var calls []string
	for name := range names {
		calls = append(calls, name)
	}
	slices.Sort(calls)
	for i := range 600 {
		calls = append(calls, fmt.Sprintf("service%d.amazonaws.com:DoSomething%d", i%40, i))
	}
	var files []File
	for i := range n {
		source, name, _ := strings.Cut(calls[i*7%len(calls)], ":")
		detection := fmt.Sprintf("{selection: {eventSource: %s, eventName: %s}, filter: {requestParameters.name|contains: 'x%d'}, condition: selection and filter}", source, name, i)
		switch {
		case i%50 == 0:
			detection = fmt.Sprintf("{selection: {userAgent|contains: 'evil tool %d'}, condition: selection}", i)
		case i%50 == 25:
			detection = fmt.Sprintf("{selection: {userIdentity.type: Root, sourceIPAddress|cidr: 198.51.%d.0/24}, condition: selection}", i%256)
		case i%5 == 1:
			detection = fmt.Sprintf("{selection: {eventName: [%s, Other%d], errorCode|contains: Denied}, filter: {userIdentity.arn|endswith: ':role/x%d'}, condition: selection and filter}", name, i, i)
		case i%5 == 2:
			detection = fmt.Sprintf("{selection: {eventSource: %s, eventName: %s, requestParameters|contains: 'needle-%d'}, condition: selection}", source, name, i)
		}
		files = append(files, File{fmt.Sprintf("generated/%d.yml", i), []byte(fmt.Sprintf(
			"title: Generated %d\nname: generated-%[1]d\nlogsource: {product: aws, service: cloudtrail}\nlevel: low\ndetection: %s\n", i, detection))})
	}
	return files
}

// loaded loads files, all of them.
func loaded(tb testing.TB, files []File, opt Options) []*detect.Detector {
	tb.Helper()
	c := Load(files, opt)
	for _, r := range c.Rejected {
		tb.Fatal(r)
	}
	return c.Detectors()
}

func setOf(tb testing.TB, detectors ...*detect.Detector) *detect.Set {
	tb.Helper()
	set, err := detect.NewSet(detectors)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// some takes n of the detectors, evenly, and no correlations: those bring others along.
func some(detectors []*detect.Detector, n int) (few []*detect.Detector) {
	alone := slices.DeleteFunc(slices.Clone(detectors), func(d *detect.Detector) bool { return len(d.Requires) > 0 })
	for i := range min(n, len(alone)) {
		few = append(few, alone[i*len(alone)/n])
	}
	return few
}

// sampled takes about n records, evenly: as many as stay in a processor's cache, where a
// record is that was just decoded.
func sampled(records []*parser.Record, n int) (some []*parser.Record) {
	step := max(len(records)/n, 1)
	for i := 0; i < len(records); i += step {
		some = append(some, records[i])
	}
	return some
}

// least is the shortest of several passes of each set over the records, in nanoseconds an
// event: what else the machine does makes passes longer, never shorter.
func least(records []*parser.Record, sets []*detect.Set, passes int) []float64 {
	best := make([]float64, len(sets))
	for range passes {
		for i, set := range sets {
			began := time.Now()
			for _, r := range records {
				set.Record(r, func(int, detect.Evidence) {})
			}
			each := float64(time.Since(began).Nanoseconds()) / float64(len(records))
			if best[i] == 0 || each < best[i] {
				best[i] = each
			}
		}
	}
	return best
}

// BenchmarkRules compares what 25 rules and 1,000 rules cost an event that is decoded.
func BenchmarkRules(b *testing.B) {
	all := archive(b, 16<<20)
	records := sampled(all, 1000)
	own := loaded(b, embedded(b), Options{Builtin: true})
	few := setOf(b, some(own, 25)...)
	many := setOf(b, some(own, 250)...)
	most := setOf(b, slices.Concat(some(own, 250), loaded(b, generated(750, all), Options{}))...)
	whole := setOf(b, own...)
	passes := 0
	for b.Loop() {
		passes++
	}
	best := least(records, []*detect.Set{few, many, most, whole}, max(passes, 20))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(best[0], "ns/event-25")
	b.ReportMetric(best[1], "ns/event-250")
	b.ReportMetric(best[2], "ns/event-1000")
	b.ReportMetric(best[3], fmt.Sprintf("ns/event-own-%d", whole.Len()))
	b.ReportMetric(testing.AllocsPerRun(1, func() { least(records, []*detect.Set{most}, 1) })/float64(len(records)), "allocs/event-1000")
}

// BenchmarkLoad loads coldtrail's own rules, as every run does.
func BenchmarkLoad(b *testing.B) {
	files := embedded(b)
	b.ReportAllocs()
	for b.Loop() {
		if c := Load(files, Options{Builtin: true}); len(c.Rejected) > 0 {
			b.Fatal(c.Rejected[0])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(files)), "µs/rule")
}
