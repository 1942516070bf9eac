package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A pageReader takes pages apart: those that coldtrail writes, and no others. It
// belongs to one goroutine.
//
// The library's own reader takes the compression of a file's first row group
// for that of all, and copies texts twice.
type pageReader struct {
	zstd    *zstd.Decoder
	stored  []byte // the pages as they are in the file
	levels  [2][]uint8
	indexes []int32
	ints    []int64
	folded  []byte   // a column's texts in lower case
	free    [][]byte // memory for texts that is not in use
}

// Memory for texts is kept for the next row group from keptFrom bytes on, in
// keptMost pieces at most.
const (
	keptFrom = 256 << 10
	keptMost = 4
	roomMost = 64 << 20 // what a header can ask for before a byte was read
)

// room returns memory for about that many bytes of text.
func (r *pageReader) room(size int64) []byte {
	size = min(max(size, 0), roomMost)
	for i, b := range r.free {
		if int64(cap(b)) >= size && size >= keptFrom {
			r.free = slices.Delete(r.free, i, i+1)
			return b[:0]
		}
	}
	return make([]byte, 0, size)
}

// keep takes back memory that room gave.
func (r *pageReader) keep(b []byte) {
	if cap(b) >= keptFrom && len(r.free) < keptMost {
		r.free = append(r.free, b)
	}
}

// What a file can make the reader take into memory. coldtrail's own pages have
// about a megabyte, or one record, and its row groups some eight.
const (
	maxPage  = 256 << 20 // a page, unpacked
	maxChunk = 1 << 30   // the pages of a column of a row group, as stored
)

func newPageReader() *pageReader {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return &pageReader{zstd: z}
}

// idleReaders are page readers that nobody uses, of one store: a question goes over it several times, and what a reader has
// grown to is of use to the next.
type idleReaders struct {
	mu   sync.Mutex
	idle []*pageReader
}

// take returns a reader, which nobody else uses.
func (p *idleReaders) take() *pageReader {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return newPageReader()
	}
	r := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return r
}

// keptReader bounds what an idle reader may hold: a few row groups' pages and texts.
const keptReader = 32 << 20

// give takes a reader back. So many are kept as one pass uses.
func (p *idleReaders) give(r *pageReader) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) < readers && r.size() <= keptReader {
		p.idle = append(p.idle, r)
	} else {
		r.zstd.Close()
	}
}

// size is about how many bytes the reader holds.
func (r *pageReader) size() int {
	n := cap(r.stored) + cap(r.folded) + 4*cap(r.indexes) + 8*cap(r.ints)
	for _, b := range r.free {
		n += cap(b)
	}
	return n
}

// close lets go of all that are idle.
func (p *idleReaders) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.idle {
		r.zstd.Close()
	}
	p.idle = nil
}

// A dataPage is a page of a column, taken apart: the levels of its entries, and where its
// values lie. It is valid until the next page.
type dataPage struct {
	entries     int
	repetitions []uint8 // nil: every entry is a row
	definitions []uint8 // nil: every entry has a value
	indexes     []int32 // into the dictionary
	ints        []int64
	from, to    int // of plain texts in the vector's data
	kind        pageKind
}

type pageKind uint8

const (
	plainTexts pageKind = iota
	indexPage
	numberPage
	dictionaryPage
)

// fetch reads a range of the file into the reader's memory.
func (r *pageReader) fetch(f io.ReaderAt, at, size, fileSize int64) ([]byte, error) {
	if at < 0 || size < 0 || size > maxChunk || at > fileSize-size {
		return nil, errors.New("pages lie outside the file")
	}
	if int64(cap(r.stored)) < size {
		r.stored = make([]byte, size+size/4)
	}
	b := r.stored[:size]
	if _, err := f.ReadAt(b, at); err != nil {
		return nil, pathless(err)
	}
	return b, nil
}

// next takes a page off the front of b. Texts go to the vector's data.
func (r *pageReader) next(b []byte, l *leaf, codec format.CompressionCodec, v *vector) (p dataPage, rest []byte, err error) {
	var header format.PageHeader
	protocol := thrift.CompactProtocol{}
	in := protocol.NewReaderFromBytes(b)
	if err := thrift.NewDecoder(in).Decode(&header); err != nil {
		return p, nil, fmt.Errorf("page header: %w", err)
	}
	b = b[in.BytesRead():]
	size := int(header.CompressedPageSize)
	if size < 0 || size > len(b) || header.UncompressedPageSize < 0 || header.UncompressedPageSize > maxPage {
		return p, nil, errors.New("page header: its sizes do not add up")
	}
	stored, rest := b[:size], b[size:]
	if header.CRC != 0 && uint32(header.CRC) != crc32.ChecksumIEEE(stored) {
		return p, nil, errors.New("checksum of a page does not agree")
	}
	at := len(v.data)
	if at+int(header.UncompressedPageSize) > maxVector {
		return p, nil, errors.New("more text than a row group can have")
	}
	if v.data, err = r.unpack(v.data, stored, codec); err != nil {
		return p, nil, err
	}
	if len(v.data)-at != int(header.UncompressedPageSize) {
		return p, nil, errors.New("page of another length than its header says")
	}
	p, err = r.open(v.data, at, l, &header)
	if p.kind != plainTexts && p.kind != dictionaryPage {
		v.data = v.data[:at] // nothing refers to it
	}
	return p, rest, err
}

func (r *pageReader) unpack(dst, stored []byte, codec format.CompressionCodec) ([]byte, error) {
	switch codec {
	case format.Uncompressed:
		return append(dst, stored...), nil
	case format.Zstd:
		if len(stored) == 0 {
			return dst, nil
		}
		return r.zstd.DecodeAll(stored, dst)
	}
	return dst, fmt.Errorf("compression %s, which coldtrail does not write", codec)
}

var errPage = errors.New("page of a kind that coldtrail does not write")

// open finds levels and values in the page that data has from at on.
func (r *pageReader) open(data []byte, at int, l *leaf, header *format.PageHeader) (p dataPage, err error) {
	if header.Type == format.DictionaryPage && header.DictionaryPageHeader.Valid {
		return dataPage{kind: dictionaryPage, from: at, to: len(data)}, nil
	}
	if header.Type != format.DataPage || !header.DataPageHeader.Valid || header.DataPageHeader.V.NumValues < 0 {
		return p, errPage
	}
	h := &header.DataPageHeader.V
	p.entries = int(h.NumValues)
	body := data[at:]
	for i, most := range [...]int{l.Repetition, l.Definition} {
		if most == 0 {
			continue
		}
		if r.levels[i], body, err = readLevels(r.levels[i], body, most, p.entries); err != nil {
			return p, err
		}
	}
	if l.Repetition > 0 {
		p.repetitions = r.levels[0]
	}
	if l.Definition > 0 {
		p.definitions = r.levels[1]
	}
	p.from, p.to = len(data)-len(body), len(data)
	return p, r.values(&p, body, l, h.Encoding)
}

// readLevels reads levels up to most, as many as there are entries.
func readLevels(dst []uint8, body []byte, most, entries int) (levels []uint8, rest []byte, err error) {
	if len(body) < 4 {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n := int(binary.LittleEndian.Uint32(body))
	if body = body[4:]; n < 0 || n > len(body) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	encoding := rle.Encoding{BitWidth: bits.Len(uint(most))}
	if err := checkRuns(body[:n], encoding.BitWidth, entries); err != nil {
		return nil, nil, err
	}
	levels, err = encoding.DecodeLevels(dst, body[:n])
	if err == nil && len(levels) < entries {
		err = errValues
	}
	if err != nil {
		return nil, nil, err
	}
	levels = levels[:entries]
	for _, l := range levels {
		if int(l) > most {
			return nil, nil, errValues
		}
	}
	return levels, body[n:], nil
}

func (r *pageReader) values(p *dataPage, body []byte, l *leaf, encoding format.Encoding) (err error) {
	text := l.text()
	switch {
	case text && encoding == format.Plain:
		p.kind = plainTexts
	case encoding == format.RLEDictionary:
		p.kind = indexPage
		r.indexes = r.indexes[:0]
		if len(body) == 0 {
			break // every value is NULL
		}
		width := rle.Encoding{BitWidth: int(body[0])}
		if err := checkRuns(body[1:], width.BitWidth, p.entries); err != nil {
			return err
		}
		r.indexes, err = width.DecodeInt32(r.indexes, body[1:])
		p.indexes = r.indexes
	case !text && encoding == format.Plain:
		p.kind = numberPage
		r.ints = appendInts(r.ints[:0], body)
		p.ints = r.ints
	case !text && encoding == format.DeltaBinaryPacked:
		p.kind = numberPage
		if err := checkDeltas(body, p.entries); err != nil {
			return err
		}
		r.ints, err = new(delta.BinaryPackedEncoding).DecodeInt64(r.ints, body)
		p.ints = r.ints
	default:
		err = errPage
	}
	return err
}

// checkRuns refuses run lengths of more than n values, for which the library would
// take memory without end. The last run may fill up its group of eight.
func checkRuns(b []byte, width, n int) error {
	if width > 32 {
		return errPage
	}
	for left := n; len(b) > 0; {
		u, size := binary.Uvarint(b)
		if size <= 0 || u>>1 > uint64(n) {
			return errValues
		}
		count, bytes := int(u>>1), (width+7)/8
		if u&1 != 0 {
			count, bytes = 8*count, width*count
		}
		if left -= count; left <= -8 || bytes > len(b)-size {
			return errValues
		}
		b = b[size+bytes:]
	}
	return nil
}

// checkDeltas is checkRuns for differences, whose number stands behind the size of a
// block and how many parts it has.
func checkDeltas(b []byte, n int) error {
	var header [3]uint64
	for i := range header {
		u, size := binary.Uvarint(b)
		if size <= 0 {
			return errValues
		}
		header[i], b = u, b[size:]
	}
	if header[2] > uint64(n) {
		return errValues
	}
	return nil
}

// text reports whether the column's values are bytes, and not numbers.
func (l *leaf) text() bool { return l.Type != numberColumn && l.Type != timeColumn }
