package report

import (
	"bytes"
	"encoding/binary"

	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A chunk is a column of a row group while it is filled. A column with a
// dictionary, or of numbers, is one page; another one has as many as it takes.
type chunk struct {
	leaf  *leaf
	level uint8 // at which there is a value

	// The open page.
	definitions []uint8
	repetitions []uint8
	plain       []byte
	numbers     []int64
	indexes     []int32 // into the dictionary
	rows, nulls int

	dictionary *dictionary // nil: the column has none
	hashes     []uint64    // for the bloom filter of a column without a dictionary
	pages      []byte      // those that are closed
	made       chunkMeta
	firstRow   int64 // of the open page
	err        error // sticky
}

// A chunkMeta is what the footer says of a chunk. Its offsets are within the row
// group.
type chunkMeta struct {
	begin, size     int64 // of the pages
	uncompressed    int64 // size of the pages before they were compressed
	values, nulls   int64
	dictionaryBytes int64 // size of the dictionary's page, with which they begin; 0: none
	pages           []pageMeta
	least, most     []byte // nil: not known
	bloomAt         int64
	bloomBytes      int32 // 0: none
	encoding        format.Encoding
}

// A pageMeta is the place of a data page.
type pageMeta struct {
	at       int64 // from the first data page on
	size     int32
	firstRow int64
}

func newChunk(l *leaf) *chunk {
	c := &chunk{leaf: l, level: uint8(l.Definition)}
	if l.Dictionary {
		c.dictionary = newDictionary()
	}
	return c
}

func (c *chunk) reset() {
	c.emptyPage()
	c.hashes, c.pages, c.firstRow, c.err = c.hashes[:0], c.pages[:0], 0, nil
	c.made = chunkMeta{}
	if c.dictionary != nil {
		c.dictionary.reset()
	}
}

func (c *chunk) emptyPage() {
	c.definitions, c.repetitions, c.plain = c.definitions[:0], c.repetitions[:0], c.plain[:0]
	c.numbers, c.indexes, c.rows, c.nulls = c.numbers[:0], c.indexes[:0], 0, 0
}

// text adds a row: a value at the column's level, and NULL at any other.
func (c *chunk) text(e *pageEncoder, level uint8, value []byte) {
	if len(c.plain) >= pageBytes {
		c.closePage(e)
	}
	c.rows++
	if c.level > 0 {
		c.definitions = append(c.definitions, level)
		if level != c.level {
			c.nulls++
			return
		}
	}
	c.value(value)
}

// cells adds the rows of a block to a column with a dictionary that may be NULL.
func (c *chunk) cells(block [][]cell, column int) {
	for _, row := range block {
		v := &row[column]
		c.definitions = append(c.definitions, v.level)
		if v.level == c.level {
			c.indexes = append(c.indexes, c.dictionary.index(v.text))
		} else {
			c.nulls++
		}
	}
	c.rows += len(block)
}

// number adds a row of a column that is required.
func (c *chunk) number(n int64) {
	c.rows++
	c.numbers = append(c.numbers, n)
}

// element adds an element of the row's list: a text at the column's level; at any
// other it is NULL or, alone in the row, the list is. first begins a row.
func (c *chunk) element(first bool, level uint8, text []byte) {
	c.place(first, level)
	if level != c.level {
		c.nulls++
		return
	}
	c.value(text)
}

// numberElement is element for a number, which is there.
func (c *chunk) numberElement(first bool, n int64) {
	c.place(first, c.level)
	c.numbers = append(c.numbers, n)
}

func (c *chunk) place(first bool, level uint8) {
	repetition := uint8(1)
	if first {
		repetition = 0
		c.rows++
	}
	c.repetitions = append(c.repetitions, repetition)
	c.definitions = append(c.definitions, level)
}

// value adds the value of a row or element that has one.
func (c *chunk) value(value []byte) {
	if c.dictionary != nil {
		c.indexes = append(c.indexes, c.dictionary.index(value))
		return
	}
	if c.leaf.Bloom {
		c.hashes = append(c.hashes, bloom.XXH64{}.Sum64(value))
	}
	c.plain = appendPlain(c.plain, value)
}

// closePage encodes the open page.
func (c *chunk) closePage(e *pageEncoder) {
	e.begin()
	values := c.rows
	if c.leaf.Repetition > 0 {
		values = len(c.repetitions)
		e.levels(c.repetitions, c.leaf.Repetition)
	}
	if c.level > 0 {
		e.levels(c.definitions, c.leaf.Definition)
	}
	encoding, body := format.Plain, []byte(nil)
	switch {
	case len(c.indexes) > 0:
		encoding = format.RLEDictionary
		e.indexes(c.indexes, len(c.dictionary.texts))
	case c.leaf.Type == timeColumn:
		c.bound()
		e.plainNumbers(c.numbers)
	case len(c.numbers) > 0:
		c.bound()
		encoding = format.DeltaBinaryPacked
		e.numbers(c.numbers)
	case len(e.body) > 0:
		e.body = append(e.body, c.plain...)
	default: // spare the copy of what is most of all bytes
		body = c.plain
	}
	if body == nil {
		body = e.body
	}
	at := len(c.pages)
	c.pages = c.page(e, c.pages, body, &format.PageHeader{
		Type: format.DataPage,
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(values), Encoding: encoding,
			DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		}),
	})
	c.made.pages = append(c.made.pages, pageMeta{int64(at), int32(len(c.pages) - at), c.firstRow})
	c.made.encoding = encoding
	c.made.values += int64(values)
	c.made.nulls += int64(c.nulls)
	c.firstRow += int64(c.rows)
	c.emptyPage()
}

// page appends a page and counts its bytes.
func (c *chunk) page(e *pageEncoder, dst, body []byte, header *format.PageHeader) []byte {
	before := len(dst)
	dst, err := e.page(dst, body, !c.leaf.Raw, header)
	if err != nil && c.err == nil {
		c.err = err
	}
	c.made.uncompressed += int64(len(dst)-before+len(body)) - int64(header.CompressedPageSize)
	return dst
}

// finish appends the chunk to the row group's bytes.
func (c *chunk) finish(e *pageEncoder, dst []byte) ([]byte, error) {
	m := &c.made
	if c.rows > 0 {
		c.closePage(e)
	}
	m.begin = int64(len(dst))
	if c.dictionary != nil && len(c.dictionary.texts) > 0 {
		dst = c.page(e, dst, c.dictionary.plain, &format.PageHeader{
			Type: format.DictionaryPage,
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
				NumValues: int32(len(c.dictionary.texts)), Encoding: format.Plain,
			}),
		})
		m.dictionaryBytes = int64(len(dst)) - m.begin
		if c.leaf.Bounds {
			c.boundDictionary()
		}
	}
	dst = append(dst, c.pages...)
	m.size = int64(len(dst)) - m.begin
	return dst, c.err
}

// bound takes the open page's numbers into the bounds.
func (c *chunk) bound() {
	if !c.leaf.Bounds || len(c.numbers) == 0 {
		return
	}
	least, most := c.numbers[0], c.numbers[0]
	for _, n := range c.numbers {
		least, most = min(least, n), max(most, n)
	}
	if c.made.least != nil {
		least = min(least, int64(binary.LittleEndian.Uint64(c.made.least)))
		most = max(most, int64(binary.LittleEndian.Uint64(c.made.most)))
	}
	c.made.least = binary.LittleEndian.AppendUint64(nil, uint64(least))
	c.made.most = binary.LittleEndian.AppendUint64(nil, uint64(most))
}

// boundLimit is the largest text that is a bound: what is longer was written
// by nobody's service, and would fill the footer.
const boundLimit = 256

// boundDictionary finds the bounds of a column with a dictionary.
func (c *chunk) boundDictionary() {
	d := c.dictionary
	least, most := d.text(0), d.text(0)
	for i := range d.texts {
		v := d.text(i)
		if bytes.Compare(v, least) < 0 {
			least = v
		}
		if bytes.Compare(v, most) > 0 {
			most = v
		}
	}
	if len(least) <= boundLimit && len(most) <= boundLimit {
		c.made.least, c.made.most = append([]byte{}, least...), append([]byte{}, most...)
	}
}

// bloomBits a value, for about one false answer in a hundred.
const bloomBits = 10

// appendBloom appends the column's bloom filter, if it has one.
func (c *chunk) appendBloom(e *pageEncoder, dst []byte) ([]byte, error) {
	if !c.leaf.Bloom {
		return dst, nil
	}
	if d := c.dictionary; d != nil {
		for i := range d.texts {
			c.hashes = append(c.hashes, bloom.XXH64{}.Sum64(d.text(i)))
		}
	}
	if len(c.hashes) == 0 {
		return dst, nil
	}
	filter := make(bloom.SplitBlockFilter, bloom.NumSplitBlocksOf(int64(len(c.hashes)), bloomBits))
	filter.InsertBulk(c.hashes)
	header := format.BloomFilterHeader{NumBytes: int32(len(filter.Bytes()))}
	header.Algorithm.Value = &format.SplitBlockAlgorithm{}
	header.Hash.Value = &format.XxHash{}
	header.Compression.Value = &format.BloomFilterUncompressed{}
	e.header.Reset()
	if err := e.headers.Encode(&header); err != nil {
		return dst, err
	}
	at := len(dst)
	dst = append(append(dst, e.header.Bytes()...), filter.Bytes()...)
	c.made.bloomAt, c.made.bloomBytes = int64(at), int32(len(dst)-at)
	return dst, nil
}
