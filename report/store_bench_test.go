package report

import (
	"testing"

	"github.com/klauspost/compress/zstd"
)

// BenchmarkStore encodes one batch of raw records after the other; zstd only
// compresses their texts, as eventjson has them.
func BenchmarkStore(b *testing.B) {
	entries := rawEntries(b, archive(b, 8<<20))
	var raw []byte
	for i := range entries {
		raw = append(raw, entries[i].Raw...)
	}
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		rows := newEventRows()
		var buffer []byte
		for b.Loop() {
			g, err := rows.encode(entries, buffer)
			if err != nil {
				b.Fatal(err)
			}
			buffer = g.bytes
		}
		b.ReportMetric(float64(len(buffer))/float64(len(raw)), "size")
	})
	b.Run("zstd", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
		if err != nil {
			b.Fatal(err)
		}
		var packed []byte
		for b.Loop() {
			packed = packed[:0]
			for rest := raw; len(rest) > 0; rest = rest[min(pageBytes, len(rest)):] {
				packed = z.EncodeAll(rest[:min(pageBytes, len(rest))], packed)
			}
		}
		b.ReportMetric(float64(len(packed))/float64(len(raw)), "size")
	})
}
