package report

import (
	"io"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A storedChunk is what it takes to read a column of a row group. Of a part of the event store, which has some thirty thousand
// of them, what the library makes of the footer has seven times the size.
type storedChunk struct {
	data, dictionary int64 // where the pages begin; 0: there is no dictionary
	stored, unpacked int64 // bytes of all pages
	nulls            int64
	bloom            int64 // where its filter lies; 0: it has none
	index            int64 // where the places of its pages lie; 0: nowhere
	indexBytes       int32
	codec            format.CompressionCodec
}

func storedChunks(columns []format.ColumnChunk) []storedChunk {
	out := make([]storedChunk, len(columns))
	for i := range columns {
		c, m := &columns[i], &columns[i].MetaData
		out[i] = storedChunk{
			data: m.DataPageOffset, dictionary: m.DictionaryPageOffset, stored: m.TotalCompressedSize, unpacked: m.TotalUncompressedSize,
			nulls: m.Statistics.NullCount, bloom: m.BloomFilterOffset, index: c.OffsetIndexOffset, indexBytes: c.OffsetIndexLength, codec: m.Codec,
		}
	}
	return out
}

// pages returns where the pages of a chunk lie; nil where the file does not say so.
func (t *tableFile) pages(c *storedChunk) []format.PageLocation {
	if c.index <= 0 || c.indexBytes <= 0 || c.index > t.size-int64(c.indexBytes) {
		return nil
	}
	b := make([]byte, c.indexBytes)
	if _, err := t.f.ReadAt(b, c.index); err != nil {
		return nil
	}
	var index format.OffsetIndex
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), b, &index); err != nil {
		return nil
	}
	return index.PageLocations
}

// A bloomFilter is the filter of a chunk, in the file.
type bloomFilter struct {
	bits io.ReaderAt
	size int64
}

// bloomHeader is more than the header of a filter has.
const bloomHeader = 64

// filter returns the filter of a chunk; nil where it has none that coldtrail writes.
func (t *tableFile) filter(c *storedChunk) (*bloomFilter, error) {
	if c.bloom == 0 {
		return nil, nil
	}
	b := make([]byte, min(bloomHeader, max(0, t.size-c.bloom)))
	if _, err := t.f.ReadAt(b, c.bloom); err != nil {
		return nil, pathless(err)
	}
	var header format.BloomFilterHeader
	protocol := thrift.CompactProtocol{}
	in := protocol.NewReaderFromBytes(b)
	if err := thrift.NewDecoder(in).Decode(&header); err != nil {
		return nil, err
	}
	_, split := header.Algorithm.Value.(*format.SplitBlockAlgorithm)
	_, hash := header.Hash.Value.(*format.XxHash)
	_, plain := header.Compression.Value.(*format.BloomFilterUncompressed)
	if !split || !hash || !plain || header.NumBytes < bloom.BlockSize {
		return nil, nil
	}
	size := int64(header.NumBytes)
	return &bloomFilter{io.NewSectionReader(t.f, c.bloom+int64(in.BytesRead()), size), size}, nil
}

// has reports whether a chunk may hold a text.
func (f *bloomFilter) has(text string) (bool, error) {
	return bloom.CheckSplitBlock(f.bits, f.size, bloom.XXH64{}.Sum64([]byte(text)))
}
