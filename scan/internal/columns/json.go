package columns

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A node is a column, or a group of them, of the schema.
type node struct {
	name               string
	optional, repeated bool
	rep, def           int // the levels at which it is there
	from, to           int // its leaves
	children           []*node
	unit               time.Duration // of a time; 0: it is none
	date, binary       bool
}

// treeOf returns the tree of a file's schema.
func treeOf(c *parquet.Column) (*node, error) {
	next := 0
	return tree(c, &node{}, &next, 0)
}

func tree(c *parquet.Column, above *node, next *int, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errors.New("columns that nest too deep")
	}
	n := &node{name: c.Name(), rep: above.rep, def: above.def, from: *next}
	if depth > 0 {
		n.optional, n.repeated = c.Optional(), c.Repeated()
	}
	if n.optional || n.repeated {
		n.def++
	}
	if n.repeated {
		n.rep++
	}
	if c.Leaf() {
		*next++
		n.kind(c)
	}
	for _, below := range c.Columns() {
		child, err := tree(below, n, next, depth+1)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, child)
	}
	n.to = *next
	return n, nil
}

// kind notes what a leaf's values stand for.
func (n *node) kind(c *parquet.Column) {
	t := c.Type()
	logical := t.LogicalType()
	if t.Kind() == parquet.ByteArray || t.Kind() == parquet.FixedLenByteArray {
		n.binary = logical == nil && t.ConvertedType() == nil
	}
	if logical != nil {
		switch l := logical.Value.(type) {
		case *format.TimestampType:
			if l.Unit.Value != nil {
				n.unit = l.Unit.Value.Duration()
			}
		case *format.DateType:
			n.date = true
		}
	}
}

// eachLeaf calls yield with the leaves, in their order.
func (n *node) eachLeaf(c *parquet.Column, yield func(*parquet.Column)) {
	if c.Leaf() {
		yield(c)
	}
	for _, below := range c.Columns() {
		n.eachLeaf(below, yield)
	}
}

// group writes an object of the children that are not null.
func (n *node) group(dst []byte, columns [][]parquet.Value) []byte {
	dst = append(dst, '{')
	first := true
	for _, c := range n.children {
		part := columns[c.from-n.from : c.to-n.from]
		if len(part) == 0 || c.absent(part) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, c.name), ':')
		dst = c.value(dst, part)
	}
	return append(dst, '}')
}

// absent reports whether the value is null.
func (n *node) absent(columns [][]parquet.Value) bool {
	if n.repeated {
		return false
	}
	return len(columns[0]) == 0 || n.optional && columns[0][0].DefinitionLevel() < n.def
}

func (n *node) value(dst []byte, columns [][]parquet.Value) []byte {
	switch {
	case n.repeated:
		return n.list(dst, columns, n.one)
	case len(n.children) == 0:
		return n.leaf(dst, &columns[0][0])
	case n.isList():
		list := n.children[0]
		element := list.one
		if len(list.children) == 1 {
			element = list.children[0].orNull
		}
		return list.list(dst, columns, element)
	case n.isMap():
		return n.children[0].entries(dst, columns)
	}
	return n.group(dst, columns)
}

// one writes a repeated node's element.
func (n *node) one(dst []byte, columns [][]parquet.Value) []byte {
	if len(n.children) == 0 {
		return n.leaf(dst, &columns[0][0])
	}
	return n.group(dst, columns)
}

func (n *node) orNull(dst []byte, columns [][]parquet.Value) []byte {
	if n.absent(columns) {
		return append(dst, "null"...)
	}
	return n.value(dst, columns)
}

// isList and isMap go by the structure that the format's rules prescribe, whatever the names
// that a writer gives.
func (n *node) isList() bool {
	return len(n.children) == 1 && n.children[0].repeated && len(n.children[0].children) < 2
}

func (n *node) isMap() bool {
	return len(n.children) == 1 && n.children[0].repeated && len(n.children[0].children) == 2 && n.children[0].children[0].name == "key"
}

// list writes an array of a repeated node's elements.
func (n *node) list(dst []byte, columns [][]parquet.Value, element func([]byte, [][]parquet.Value) []byte) []byte {
	dst = append(dst, '[')
	first := true
	for part := range n.split(columns) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = element(dst, part)
	}
	return append(dst, ']')
}

// entries writes an object of a map's pairs.
func (n *node) entries(dst []byte, columns [][]parquet.Value) []byte {
	key, value := n.children[0], n.children[1]
	dst = append(dst, '{')
	first := true
	for part := range n.split(columns) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		name := key.orNull(nil, part[:key.to-n.from])
		if len(name) == 0 || name[0] != '"' {
			name = appendString(nil, string(name))
		}
		dst = append(append(dst, name...), ':')
		dst = value.orNull(dst, part[value.from-n.from:])
	}
	return append(dst, '}')
}

// split yields the columns of each element of a repeated node.
func (n *node) split(columns [][]parquet.Value) func(yield func([][]parquet.Value) bool) {
	return func(yield func([][]parquet.Value) bool) {
		if len(columns[0]) == 0 || columns[0][0].DefinitionLevel() < n.def {
			return
		}
		rest := append([][]parquet.Value(nil), columns...)
		part := make([][]parquet.Value, len(columns))
		for len(rest[0]) > 0 {
			for i, values := range rest {
				end := 1
				for end < len(values) && values[end].RepetitionLevel() > n.rep {
					end++
				}
				part[i], rest[i] = values[:end], values[end:]
			}
			if !yield(part) {
				return
			}
		}
	}
}

// maxLines is how much the lines of a batch may have: a few bytes can stand for a text that a
// dictionary has, any number of times.
const maxLines = 64 << 20

var errLines = errors.New("rows of more than 64 MiB")

// leaf writes a value.
func (n *node) leaf(dst []byte, v *parquet.Value) []byte {
	switch {
	case len(dst) > maxLines:
		panic(errLines) // which Read turns into an error
	case v.IsNull():
		return append(dst, "null"...)
	case n.unit > 0 && v.Kind() == parquet.Int64:
		return appendTime(dst, v.Int64(), n.unit)
	case n.date:
		return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(dst, `"2006-01-02"`)
	}
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean())
	case parquet.Int32:
		return strconv.AppendInt(dst, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case parquet.Int96: // days of the Julian calendar, after the nanoseconds of the day
		i := v.Int96()
		day := int64(i[2]) - 2440588
		return time.Unix(day*86400, int64(uint64(i[1])<<32|uint64(i[0]))).UTC().AppendFormat(dst, `"`+moment+`"`)
	case parquet.Float:
		return appendFloat(dst, float64(v.Float()), 32)
	case parquet.Double:
		return appendFloat(dst, v.Double(), 64)
	}
	if b := v.ByteArray(); n.binary && !utf8.Valid(b) {
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
	}
	return appendString(dst, string(v.ByteArray()))
}

const moment = "2006-01-02T15:04:05.999999999Z"

func appendTime(dst []byte, v int64, unit time.Duration) []byte {
	per := int64(time.Second / unit)
	seconds, rest := v/per, v%per
	if rest < 0 {
		seconds, rest = seconds-1, rest+per
	}
	return time.Unix(seconds, rest*int64(unit)).UTC().AppendFormat(dst, `"`+moment+`"`)
}

func appendFloat(dst []byte, f float64, size int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, size)
}

// appendString writes a JSON string of the bytes as they are.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
