package report

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// pageBytes is how large a page of values grows before it is closed: what has to
// be unpacked to read one record. A larger record is a page of its own.
const pageBytes = 2 << 20

// A pageEncoder turns the values of pages into bytes. It belongs to one
// goroutine, and what it makes does not depend on what it made before.
type pageEncoder struct {
	zstd    *zstd.Encoder
	body    []byte // of the page that is made
	part    []byte // of the body
	packed  []byte // the body, compressed
	header  bytes.Buffer
	headers *thrift.Encoder
}

func newPageEncoder() *pageEncoder {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true), zstd.WithWindowSize(pageBytes), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	e := &pageEncoder{zstd: z}
	e.headers = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&e.header))
	return e
}

// begin empties the body.
func (e *pageEncoder) begin() { e.body = e.body[:0] }

// levels adds repetition or definition levels up to max.
func (e *pageEncoder) levels(levels []uint8, most int) {
	width := rle.Encoding{BitWidth: bits.Len(uint(most))}
	e.part, _ = width.EncodeLevels(e.part, levels) // no level exceeds the width
	e.body = append(binary.LittleEndian.AppendUint32(e.body, uint32(len(e.part))), e.part...)
}

// indexes adds indexes into a dictionary of that many values.
func (e *pageEncoder) indexes(indexes []int32, values int) {
	width := rle.Encoding{BitWidth: max(1, bits.Len(uint(values-1)))}
	e.part, _ = width.EncodeInt32(e.part, indexes)
	e.body = append(append(e.body, byte(width.BitWidth)), e.part...)
}

// numbers adds numbers as differences.
func (e *pageEncoder) numbers(numbers []int64) {
	e.part, _ = new(delta.BinaryPackedEncoding).EncodeInt64(e.part, numbers)
	e.body = append(e.body, e.part...)
}

// plainNumbers adds numbers as they are: so are times, whose differences are so
// wide that fastparquet 2026.9 reads them wrong.
func (e *pageEncoder) plainNumbers(numbers []int64) {
	for _, n := range numbers {
		e.body = binary.LittleEndian.AppendUint64(e.body, uint64(n))
	}
}

// page appends a page with that body, compressed or as it is.
func (e *pageEncoder) page(dst, body []byte, packed bool, header *format.PageHeader) ([]byte, error) {
	header.UncompressedPageSize = int32(len(body))
	if packed {
		e.packed = e.zstd.EncodeAll(body, e.packed[:0])
		body = e.packed
	}
	header.CompressedPageSize, header.CRC = int32(len(body)), int32(crc32.ChecksumIEEE(body))
	e.header.Reset()
	if err := e.headers.Encode(header); err != nil {
		return dst, err
	}
	return append(append(dst, e.header.Bytes()...), body...), nil
}

// appendPlain appends a text as Parquet's PLAIN encoding has it.
func appendPlain(dst, value []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(value))), value...)
}
