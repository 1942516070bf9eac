//go:build cgo

package query

import (
	"fmt"
	"math/big"
	"time"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// A vector is a column of a result, or a part of one: how to read its values out of the
// engine's memory. What value returns is a copy.
type vector struct {
	word  string // Athena's for the type
	fetch func(v *vector, row int) any

	data  unsafe.Pointer // of the chunk that is bound
	valid unsafe.Pointer // a bit for each row; nil: all are
	parts []*vector      // fields of a struct, the element of a list, key and value of a map
	names []string       // of the parts of a struct; the values of an enum
	scale int            // of a decimal
	size  int            // of an array
}

// newVector makes what reads values of a type.
func newVector(t duckdb.LogicalType) (*vector, error) {
	id := duckdb.GetTypeId(t)
	if s, ok := scalars[id]; ok {
		v := &vector{word: s.word, fetch: s.fetch}
		if id == duckdb.TypeVarchar && duckdb.LogicalTypeGetAlias(t) == "JSON" {
			v.word = "json"
		}
		return v, nil
	}
	switch id {
	case duckdb.TypeDecimal:
		return newDecimal(t), nil
	case duckdb.TypeEnum:
		return newEnum(t), nil
	case duckdb.TypeStruct:
		return newStruct(t)
	case duckdb.TypeList:
		element := duckdb.ListTypeChildType(t)
		return withParts(&vector{word: "array", fetch: (*vector).list}, element)
	case duckdb.TypeArray:
		v := &vector{word: "array", fetch: (*vector).array, size: int(duckdb.ArrayTypeArraySize(t))}
		return withParts(v, duckdb.ArrayTypeChildType(t))
	case duckdb.TypeMap:
		return withParts(&vector{word: "map", fetch: (*vector).mapping}, duckdb.MapTypeKeyType(t), duckdb.MapTypeValueType(t))
	}
	return nil, fmt.Errorf("values of this type cannot be shown: cast it to VARCHAR (type %d of the engine)", id)
}

// withParts makes the parts of those types, which it destroys.
func withParts(v *vector, types ...duckdb.LogicalType) (*vector, error) {
	for i := range types {
		defer duckdb.DestroyLogicalType(&types[i])
	}
	for _, t := range types {
		part, err := newVector(t)
		if err != nil {
			return nil, err
		}
		v.parts = append(v.parts, part)
	}
	return v, nil
}

func newStruct(t duckdb.LogicalType) (*vector, error) {
	v := &vector{word: "row", fetch: (*vector).record}
	types := make([]duckdb.LogicalType, duckdb.StructTypeChildCount(t))
	for i := range types {
		v.names = append(v.names, duckdb.StructTypeChildName(t, duckdb.IdxT(i)))
		types[i] = duckdb.StructTypeChildType(t, duckdb.IdxT(i))
	}
	return withParts(v, types...)
}

func newEnum(t duckdb.LogicalType) *vector {
	v := &vector{word: "varchar"}
	for i := range duckdb.EnumDictionarySize(t) {
		v.names = append(v.names, duckdb.EnumDictionaryValue(t, duckdb.IdxT(i)))
	}
	switch duckdb.EnumInternalType(t) {
	case duckdb.TypeUTinyInt:
		v.fetch = func(v *vector, row int) any { return v.names[get[uint8](v, row)] }
	case duckdb.TypeUSmallInt:
		v.fetch = func(v *vector, row int) any { return v.names[get[uint16](v, row)] }
	default:
		v.fetch = func(v *vector, row int) any { return v.names[get[uint32](v, row)] }
	}
	return v
}

func newDecimal(t duckdb.LogicalType) *vector {
	v := &vector{word: "decimal", scale: int(duckdb.DecimalScale(t))}
	switch duckdb.DecimalInternalType(t) {
	case duckdb.TypeSmallInt:
		v.fetch = func(v *vector, row int) any { return decimal(big.NewInt(int64(get[int16](v, row))), v.scale) }
	case duckdb.TypeInteger:
		v.fetch = func(v *vector, row int) any { return decimal(big.NewInt(int64(get[int32](v, row))), v.scale) }
	case duckdb.TypeBigInt:
		v.fetch = func(v *vector, row int) any { return decimal(big.NewInt(get[int64](v, row)), v.scale) }
	default:
		v.fetch = func(v *vector, row int) any { return decimal(get[wide](v, row).big(), v.scale) }
	}
	return v
}

// bind points the vector at a chunk's, which lives until the next fetch.
func (v *vector) bind(from duckdb.Vector) {
	v.data, v.valid = duckdb.VectorGetData(from), duckdb.VectorGetValidity(from)
	switch v.word {
	case "row":
		for i, part := range v.parts {
			part.bind(duckdb.StructVectorGetChild(from, duckdb.IdxT(i)))
		}
	case "array":
		if v.size > 0 {
			v.parts[0].bind(duckdb.ArrayVectorGetChild(from))
		} else {
			v.parts[0].bind(duckdb.ListVectorGetChild(from))
		}
	case "map": // is a list of structs of key and value
		entry := duckdb.ListVectorGetChild(from)
		for i, part := range v.parts {
			part.bind(duckdb.StructVectorGetChild(entry, duckdb.IdxT(i)))
		}
	}
}

// value returns the value of a row; nil: NULL.
func (v *vector) value(row int) any {
	if v.valid != nil && *(*uint64)(unsafe.Add(v.valid, row/64*8))&(1<<(row%64)) == 0 {
		return nil
	}
	return v.fetch(v, row)
}

// get reads a row's value of fixed size.
func get[T any](v *vector, row int) T {
	var zero T
	return *(*T)(unsafe.Add(v.data, row*int(unsafe.Sizeof(zero))))
}

// text reads a duckdb_string_t: 4 bytes of length; up to 12 bytes then lie in it, and of more
// a pointer to them, after the first 4.
func (v *vector) text(row int) string {
	const inline, size = 12, 16
	at := unsafe.Add(v.data, row*size)
	n := *(*uint32)(at)
	from := unsafe.Add(at, 4)
	if n > inline {
		from = *(*unsafe.Pointer)(unsafe.Add(at, 8))
	}
	return string(unsafe.Slice((*byte)(from), int(n)))
}

func (v *vector) record(row int) any {
	s := make(Struct, len(v.parts))
	for i, part := range v.parts {
		s[i] = Field{v.names[i], part.value(row)}
	}
	return s
}

// A listEntry is where a list's elements lie.
type listEntry struct{ from, n uint64 }

func (v *vector) list(row int) any {
	e := get[listEntry](v, row)
	return v.elements(int(e.from), int(e.n))
}

func (v *vector) array(row int) any { return v.elements(row*v.size, v.size) }

func (v *vector) elements(from, n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = v.parts[0].value(from + i)
	}
	return all
}

func (v *vector) mapping(row int) any {
	e := get[listEntry](v, row)
	m := make(Map, e.n)
	for i := range m {
		at := int(e.from) + i
		m[i] = Entry{v.parts[0].value(at), v.parts[1].value(at)}
	}
	return m
}

// instant is a point in time of n units since 1970.
func instant(n int64, unit time.Duration) time.Time {
	perSecond := int64(time.Second / unit)
	s, rest := n/perSecond, n%perSecond
	return time.Unix(s, rest*int64(unit)).UTC()
}
