package extsort

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRadixPass sorts runs long enough for the radix pass, with keys that spread
// over buckets in different ways, against the comparison sort alone.
func TestRadixPass(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	for name, hi := range map[string]func(i int) uint64{
		"random":      func(int) uint64 { return r.Uint64() },
		"one day":     func(int) uint64 { return 1_688_947_200 + r.Uint64N(86400) },
		"two values":  func(int) uint64 { return 5 + r.Uint64N(2) },
		"one value":   func(int) uint64 { return 5 },
		"extremes":    func(i int) uint64 { return -uint64(i % 2) },
		"one outlier": func(i int) uint64 { return uint64(min(i, 1)) << 63 },
		"sorted":      func(i int) uint64 { return uint64(i) },
		"reversed":    func(i int) uint64 { return -uint64(i) },
		"2048 values": func(int) uint64 { return r.Uint64N(1 << bucketBits) },
	} {
		for _, n := range []int{2<<bucketBits - 1, 2 << bucketBits, 50_000} {
			got := &memoryRun{refs: make([]ref, n)}
			for i := range got.refs {
				got.refs[i] = ref{hi: hi(i), lo: uint64(i) * 0x9E3779B97F4A7C15}
			}
			want := &memoryRun{refs: slices.Clone(got.refs)}
			got.sort()
			want.sortRange(0, n)
			if !slices.Equal(got.refs, want.refs) {
				t.Errorf("%s, %d references: order differs", name, n)
			}
		}
	}
}

func BenchmarkSortRun(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	refs := make([]ref, 1<<20)
	for i := range refs {
		refs[i] = ref{hi: 1_688_947_200 + r.Uint64N(86400), lo: r.Uint64()}
	}
	run := &memoryRun{refs: make([]ref, len(refs))}
	for name, f := range map[string]func(){
		"radix":      run.sort,
		"comparison": func() { run.sortRange(0, len(refs)) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				copy(run.refs, refs)
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(refs)), "ns/entry")
		})
	}
}
