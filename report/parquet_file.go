package report

import (
	"bufio"
	"encoding/binary"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	parquetMagic = "PAR1"
	createdBy    = "coldtrail" // no version: it would change the bytes
)

// A parquetFile is a Parquet file while it is written: row groups are appended,
// and Close writes what leads to them.
type parquetFile struct {
	w       io.Writer
	columns []column
	leaves  []leaf
	sorted  []int // leaves by whose values the rows rise
	at      int64
	groups  []groupMeta
}

// groupMeta is what the footer says of a row group.
type groupMeta struct {
	at, rows int64
	chunks   []chunkMeta // offsets within the row group
}

// newParquetFile begins a file.
func newParquetFile(w io.Writer, columns []column, sorted ...int) (*parquetFile, error) {
	f := &parquetFile{w: w, columns: columns, leaves: leaves(columns), sorted: sorted}
	return f, f.write([]byte(parquetMagic))
}

func (f *parquetFile) write(b []byte) error {
	n, err := f.w.Write(b)
	f.at += int64(n)
	return err
}

// add appends a row group. The bytes are the caller's again afterwards.
func (f *parquetFile) add(g *encodedGroup) error {
	f.groups = append(f.groups, groupMeta{f.at, g.rows, g.chunks})
	return f.write(g.bytes)
}

// finish writes the places of the pages and the footer, a row group at a time: the
// structs of a large part would take more than its row groups.
func (f *parquetFile) finish() error {
	b := bufio.NewWriterSize(f.w, 64<<10)
	w := &countingWriter{w: b, n: f.at}
	encoder := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(w))
	places := make([]int64, 0, len(f.groups)*len(f.leaves)+1)
	var rows int64
	for i := range f.groups {
		g := &f.groups[i]
		rows += g.rows
		for j := range g.chunks {
			places = append(places, w.n)
			if err := encoder.Encode(g.offsetIndex(j)); err != nil {
				return err
			}
		}
	}
	from := w.n
	err := encoder.Encode(&footer{
		Version: 2, Schema: f.schema(), NumRows: rows, CreatedBy: createdBy,
		RowGroups: footerGroups{f, append(places, from)}, ColumnOrders: columnOrders(len(f.leaves)),
	})
	if err != nil {
		return err
	}
	tail := binary.LittleEndian.AppendUint32(nil, uint32(w.n-from))
	if _, err := w.Write(append(tail, parquetMagic...)); err != nil {
		return err
	}
	return b.Flush()
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// offsetIndex says where the pages of a chunk are. There is no column index with
// it: a column of which the least and greatest values are kept is one page.
func (g *groupMeta) offsetIndex(chunk int) *format.OffsetIndex {
	c := &g.chunks[chunk]
	index := &format.OffsetIndex{PageLocations: make([]format.PageLocation, len(c.pages))}
	for i, p := range c.pages {
		index.PageLocations[i] = format.PageLocation{
			Offset: g.at + c.begin + c.dictionaryBytes + p.at, CompressedPageSize: p.size, FirstRowIndex: p.firstRow,
		}
	}
	return index
}

// footer is format.FileMetaData with row groups that are made one by one.
type footer struct {
	Version      int32                              `thrift:"1,required"`
	Schema       thrift.Slice[format.SchemaElement] `thrift:"2,required"`
	NumRows      int64                              `thrift:"3,required"`
	RowGroups    footerGroups                       `thrift:"4,required"`
	CreatedBy    string                             `thrift:"6,optional"`
	ColumnOrders thrift.Slice[format.ColumnOrder]   `thrift:"7,optional"`
}

// footerGroups is the list of row groups. It implements thrift.Value.
type footerGroups struct {
	file   *parquetFile
	places []int64 // of the chunks' offset indexes, and their end
}

// Type implements thrift.Value.
func (footerGroups) Type() thrift.Type { return thrift.LIST }

// NullFunc implements thrift.Value.
func (footerGroups) NullFunc() thrift.NullFunc { return func(reflect.Value) bool { return false } }

// DecodeFunc implements thrift.Value. A footer is not read as one.
func (footerGroups) DecodeFunc(thrift.DecodeFuncCache) thrift.DecodeFunc { return nil }

// EncodeFunc implements thrift.Value.
func (footerGroups) EncodeFunc(cache thrift.EncodeFuncCache) thrift.EncodeFunc {
	encode := thrift.EncodeFuncFor[format.RowGroup](cache)
	return func(w thrift.Writer, v reflect.Value, flags thrift.Flags) error {
		list := v.Interface().(footerGroups)
		groups := list.file.groups
		if err := w.WriteList(thrift.List{Size: int32(len(groups)), Type: thrift.STRUCT}); err != nil {
			return err
		}
		for i := range groups {
			n := len(groups[i].chunks)
			group := list.file.rowGroup(i, list.places[i*n:])
			if err := encode(w, reflect.ValueOf(group), flags); err != nil {
				return err
			}
		}
		return nil
	}
}

// rowGroup returns what the footer says of a row group.
func (f *parquetFile) rowGroup(i int, places []int64) format.RowGroup {
	g := &f.groups[i]
	group := format.RowGroup{NumRows: g.rows, FileOffset: g.at, Ordinal: int16(i)}
	for _, leaf := range f.sorted {
		group.SortingColumns = append(group.SortingColumns, format.SortingColumn{ColumnIdx: int32(leaf)})
	}
	group.Columns = make([]format.ColumnChunk, len(g.chunks))
	for j := range g.chunks {
		c := &g.chunks[j]
		group.TotalByteSize += c.uncompressed
		group.TotalCompressedSize += c.size
		group.Columns[j] = format.ColumnChunk{
			MetaData:          f.leaves[j].metaData(c, g.at),
			OffsetIndexOffset: places[j], OffsetIndexLength: int32(places[j+1] - places[j]),
		}
	}
	return group
}

// metaData returns what the footer says of a chunk in a row group at that offset.
func (l *leaf) metaData(c *chunkMeta, at int64) format.ColumnMetaData {
	m := format.ColumnMetaData{
		Type: l.physicalType(), PathInSchema: l.Path, Codec: format.Uncompressed,
		NumValues: c.values, TotalUncompressedSize: c.uncompressed, TotalCompressedSize: c.size,
		DataPageOffset: at + c.begin + c.dictionaryBytes,
		Statistics:     format.Statistics{NullCount: c.nulls, MinValue: c.least, MaxValue: c.most},
		Encoding:       []format.Encoding{c.encoding},
		EncodingStats:  []format.PageEncodingStats{{PageType: format.DataPage, Encoding: c.encoding, Count: int32(len(c.pages))}},
	}
	if !l.Raw {
		m.Codec = format.Zstd
	}
	if l.Definition+l.Repetition > 0 {
		m.Encoding = append(m.Encoding, format.RLE)
	}
	if c.dictionaryBytes > 0 {
		m.DictionaryPageOffset = at + c.begin
		m.Encoding = append(m.Encoding, format.Plain)
		m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Count: 1})
	}
	if c.bloomBytes > 0 {
		m.BloomFilterOffset, m.BloomFilterLength = at+c.bloomAt, c.bloomBytes
	}
	return m
}

func (l *leaf) physicalType() format.Type {
	if l.Type == numberColumn || l.Type == timeColumn {
		return format.Int64
	}
	return format.ByteArray
}

// columnOrders says that values are compared as their types are.
func columnOrders(n int) []format.ColumnOrder {
	orders := make([]format.ColumnOrder, n)
	for i := range orders {
		orders[i].Value = &format.TypeDefinedOrder{}
	}
	return orders
}

// schema returns the columns as Parquet lists them: each before those in it.
func (f *parquetFile) schema() []format.SchemaElement {
	root := format.SchemaElement{Name: "schema", NumChildren: thrift.New(int32(len(f.columns)))}
	return appendSchema([]format.SchemaElement{root}, f.columns)
}

func appendSchema(dst []format.SchemaElement, columns []column) []format.SchemaElement {
	for i := range columns {
		c := &columns[i]
		e := format.SchemaElement{Name: c.Name, RepetitionType: thrift.New(format.Optional)}
		if c.Required {
			e.RepetitionType = thrift.New(format.Required)
		}
		kind := (&leaf{column: c}).physicalType()
		switch c.Type {
		case textColumn, jsonColumn:
			e.ConvertedType = thrift.New(deprecated.UTF8)
			e.LogicalType.Value = &format.StringType{}
		case timeColumn:
			e.ConvertedType = thrift.New(deprecated.TimestampMicros)
			micros := format.TimeUnit{Value: &format.MicroSeconds{}}
			e.LogicalType.Value = &format.TimestampType{IsAdjustedToUTC: true, Unit: micros}
		case listColumn:
			e.ConvertedType = thrift.New(deprecated.List)
			e.LogicalType.Value = &format.ListType{}
		case mapColumn:
			e.ConvertedType = thrift.New(deprecated.Map)
			e.LogicalType.Value = &format.MapType{}
		}
		group, repeats := groupNames[c.Type]
		switch {
		case repeats:
			e.NumChildren = thrift.New(int32(1))
			dst = append(dst, e, format.SchemaElement{
				Name: group, RepetitionType: thrift.New(format.Repeated), NumChildren: thrift.New(int32(len(c.Fields))),
			})
		case c.Fields != nil:
			e.NumChildren = thrift.New(int32(len(c.Fields)))
			dst = append(dst, e)
		default:
			e.Type = thrift.New(kind)
			dst = append(dst, e)
		}
		dst = appendSchema(dst, c.Fields)
	}
	return dst
}
