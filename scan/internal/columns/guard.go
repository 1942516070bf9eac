package columns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A guard goes through the pages of row groups before they are read.
type guard struct {
	at     io.ReaderAt
	size   int64
	held   int64
	zstd   *zstd.Decoder
	stored []byte
	page   []byte
}

var (
	errPage  = errors.New("page: its sizes do not add up")
	errRuns  = errors.New("page: more values than its header says")
	errMuch  = errors.New("its pages take more memory than may be held: unpack it with another tool, or give more memory")
	errCodes = errors.New("page: encoding that is not read")
)

// plainDictionary is what writers before version 2 of the format call a dictionary's encodings.
const plainDictionary = format.Encoding(2)

// headerMost is what a page's header may take. It has statistics, whose texts are cut.
const headerMost = 64 << 10

// rowGroup checks every page of a row group.
func (g *guard) rowGroup(rg *format.RowGroup, leaves []*parquet.Column) error {
	if len(rg.Columns) != len(leaves) {
		return fmt.Errorf("row group of %d columns in a file of %d", len(rg.Columns), len(leaves))
	}
	need := int64(0)
	for i := range rg.Columns {
		n, err := g.chunk(&rg.Columns[i].MetaData, leaves[i])
		if err != nil {
			return fmt.Errorf("column %q: %w", leaves[i].Path(), err)
		}
		if need += n; need > g.held {
			return errMuch
		}
	}
	return nil
}

// chunk checks a column's pages, and returns what the largest of them, with its dictionary, takes.
func (g *guard) chunk(m *format.ColumnMetaData, leaf *parquet.Column) (need int64, err error) {
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	if at < 0 || m.TotalCompressedSize < 0 || at > g.size-m.TotalCompressedSize {
		return 0, errors.New("it lies outside the file")
	}
	dictionary, largest, total := int64(0), int64(0), int64(0)
	for end := at + m.TotalCompressedSize; at < end; {
		n, header, err := g.next(at, end, m.Codec)
		if err != nil {
			return 0, err
		}
		at += n
		values, err := g.values(header, leaf)
		if err != nil {
			return 0, err
		}
		takes := int64(header.UncompressedPageSize) + 32*int64(values)
		if header.Type == format.DictionaryPage {
			dictionary = takes
		} else if total += int64(values); leaf.MaxRepetitionLevel() > 0 && total > g.held/8 { // they may all be one row's
			return 0, errMuch
		}
		largest = max(largest, takes)
	}
	return dictionary + largest, nil
}

// next reads and unpacks the page at an offset, and returns what it takes of the file.
func (g *guard) next(at, end int64, codec format.CompressionCodec) (int64, *format.PageHeader, error) {
	head, err := g.read(at, min(end-at, headerMost))
	if err != nil {
		return 0, nil, err
	}
	n, err := skim(head)
	if err != nil {
		return 0, nil, err
	}
	header := new(format.PageHeader)
	protocol := thrift.CompactProtocol{}
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(head[:n])).Decode(header); err != nil {
		return 0, nil, fmt.Errorf("page header: %w", err)
	}
	at += int64(n)
	packed, plain := int64(header.CompressedPageSize), int64(header.UncompressedPageSize)
	if packed < 0 || plain < 0 || packed > end-at || plain > g.held {
		return 0, nil, errPage
	}
	stored, err := g.read(at, packed)
	if err != nil {
		return 0, nil, err
	}
	return int64(n) + packed, header, g.unpack(stored, header, codec)
}

func (g *guard) read(at, n int64) ([]byte, error) {
	if int64(cap(g.stored)) < n {
		g.stored = make([]byte, n+n/4)
	}
	b := g.stored[:n]
	if _, err := g.at.ReadAt(b, at); err != nil {
		return nil, err
	}
	return b, nil
}

// unpack puts what a page unpacks to into g.page: no more than its header says, and no less.
func (g *guard) unpack(stored []byte, h *format.PageHeader, codec format.CompressionCodec) error {
	size := int(h.UncompressedPageSize)
	g.page = g.page[:0]
	if h.Type == format.DataPageV2 { // whose levels are never compressed
		v2 := h.DataPageHeaderV2.V
		levels := int64(v2.DefinitionLevelsByteLength) + int64(v2.RepetitionLevelsByteLength)
		if v2.DefinitionLevelsByteLength < 0 || v2.RepetitionLevelsByteLength < 0 || levels > int64(len(stored)) || levels > int64(size) {
			return errPage
		}
		g.page = append(g.page, stored[:levels]...)
		stored = stored[levels:]
		if v2.IsCompressed.Valid && !v2.IsCompressed.V {
			codec = format.Uncompressed
		}
	}
	want := size - len(g.page)
	var err error
	switch {
	case codec == format.Uncompressed:
		g.page = append(g.page, stored...)
	case len(stored) == 0:
	case codec == format.Snappy:
		if n, derr := s2.DecodedLen(stored); derr != nil || n != want {
			return errPage
		}
		var b []byte
		b, err = s2.Decode(nil, stored)
		g.page = append(g.page, b...)
	case codec == format.Gzip:
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(stored)); err == nil {
			err = g.take(z, want)
		}
	case codec == format.Zstd:
		if g.zstd == nil {
			g.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(max(g.held, 1<<20))))
		}
		if err == nil {
			if err = g.zstd.Reset(bytes.NewReader(stored)); err == nil {
				err = g.take(g.zstd, want)
			}
		}
	default:
		err = fmt.Errorf("compression %s is not read", codec)
	}
	if err == nil && len(g.page) != size {
		err = errPage
	}
	return err
}

// take appends what r gives to the page, and no more than a byte beyond n.
func (g *guard) take(r io.Reader, n int) error {
	b := bytes.NewBuffer(g.page)
	_, err := io.Copy(b, io.LimitReader(r, int64(n)+1))
	g.page = b.Bytes()
	return err
}

// values checks that what is in g.page has no more values than its header says.
func (g *guard) values(h *format.PageHeader, leaf *parquet.Column) (int32, error) {
	b := g.page
	switch h.Type {
	case format.DictionaryPage:
		v := h.DictionaryPageHeader.V
		if !h.DictionaryPageHeader.Valid || v.NumValues < 0 || int(v.NumValues) > len(b)*8 || v.Encoding != format.Plain && v.Encoding != plainDictionary {
			return 0, errPage
		}
		return v.NumValues, nil
	case format.DataPage:
		v := h.DataPageHeader.V
		if !h.DataPageHeader.Valid || v.NumValues < 0 {
			return 0, errPage
		}
		for _, level := range [...]int{leaf.MaxRepetitionLevel(), leaf.MaxDefinitionLevel()} {
			if level == 0 {
				continue
			}
			if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
				return 0, errPage
			}
			n := 4 + int(binary.LittleEndian.Uint32(b))
			if err := runs(b[4:n], bits.Len(uint(level)), v.NumValues); err != nil {
				return 0, err
			}
			b = b[n:]
		}
		return v.NumValues, encoded(b, v.Encoding, v.NumValues)
	case format.DataPageV2:
		v := h.DataPageHeaderV2.V
		if !h.DataPageHeaderV2.Valid || v.NumValues < 0 {
			return 0, errPage
		}
		r, d := int(v.RepetitionLevelsByteLength), int(v.DefinitionLevelsByteLength)
		if err := runs(b[:r], bits.Len(uint(leaf.MaxRepetitionLevel())), v.NumValues); err != nil {
			return 0, err
		}
		if err := runs(b[r:r+d], bits.Len(uint(leaf.MaxDefinitionLevel())), v.NumValues); err != nil {
			return 0, err
		}
		return v.NumValues, encoded(b[r+d:], v.Encoding, v.NumValues)
	}
	return 0, errPage
}

// encoded checks a page's values.
func encoded(b []byte, e format.Encoding, n int32) error {
	switch e {
	case format.Plain:
		return nil // as many values as there are bytes for
	case plainDictionary, format.RLEDictionary:
		if len(b) == 0 {
			return nil
		}
		return runs(b[1:], int(b[0]), n)
	case format.RLE: // of truths, with their length before them
		if len(b) < 4 {
			return errPage
		}
		return runs(b[4:], 1, n)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		block, i := binary.Uvarint(b)
		if i <= 0 || block > 1<<16 {
			return errPage
		}
		mini, j := binary.Uvarint(b[i:])
		if j <= 0 || mini == 0 || mini > block {
			return errPage
		}
		if total, k := binary.Uvarint(b[i+j:]); k <= 0 || total > uint64(n) {
			return errRuns
		}
		return nil
	}
	return fmt.Errorf("%w: %s", errCodes, e)
}

// runs goes over the hybrid of runs and packed bits that holds levels and indexes.
func runs(b []byte, width int, n int32) error {
	if width > 32 {
		return errPage
	}
	total := uint64(0)
	for len(b) > 0 {
		head, i := binary.Uvarint(b)
		if i <= 0 {
			return errPage
		}
		b = b[i:]
		count, size := head>>1, uint64(width+7)/8
		if head&1 == 1 { // packed: eight values in as many bytes as one has bits
			count, size = count*8, count*uint64(width)
		}
		if count > uint64(n)+8*64 || head > 1<<40 { // the last pack may be filled up
			return errRuns
		}
		if total += count; total > uint64(n)+8*64 {
			return errRuns
		}
		b = b[min(size, uint64(len(b))):]
	}
	return nil
}
