//go:build cgo

package query

import (
	"fmt"
	"math"
	"math/big"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// A scalar is how values of a type are read, and what Athena calls it. For unsigned types,
// which Athena lacks, it is the next larger one. The engine's HUGEINT, of which none of Athena's functions is, is called
// bigint, and what is larger is a Number.
type scalar struct {
	word  string
	fetch func(*vector, int) any
}

var scalars = map[duckdb.Type]scalar{
	duckdb.TypeBoolean:     {"boolean", func(v *vector, row int) any { return get[bool](v, row) }},
	duckdb.TypeTinyInt:     {"tinyint", func(v *vector, row int) any { return int64(get[int8](v, row)) }},
	duckdb.TypeSmallInt:    {"smallint", func(v *vector, row int) any { return int64(get[int16](v, row)) }},
	duckdb.TypeInteger:     {"integer", func(v *vector, row int) any { return int64(get[int32](v, row)) }},
	duckdb.TypeBigInt:      {"bigint", func(v *vector, row int) any { return get[int64](v, row) }},
	duckdb.TypeUTinyInt:    {"smallint", func(v *vector, row int) any { return int64(get[uint8](v, row)) }},
	duckdb.TypeUSmallInt:   {"integer", func(v *vector, row int) any { return int64(get[uint16](v, row)) }},
	duckdb.TypeUInteger:    {"bigint", func(v *vector, row int) any { return int64(get[uint32](v, row)) }},
	duckdb.TypeUBigInt:     {"bigint", func(v *vector, row int) any { return integer(new(big.Int).SetUint64(get[uint64](v, row))) }},
	duckdb.TypeHugeInt:     {"bigint", func(v *vector, row int) any { return integer(get[wide](v, row).big()) }},
	duckdb.TypeUHugeInt:    {"bigint", func(v *vector, row int) any { return integer(get[wide](v, row).unsigned()) }},
	duckdb.TypeFloat:       {"float", func(v *vector, row int) any { return get[float32](v, row) }},
	duckdb.TypeDouble:      {"double", func(v *vector, row int) any { return get[float64](v, row) }},
	duckdb.TypeVarchar:     {"varchar", func(v *vector, row int) any { return v.text(row) }},
	duckdb.TypeBlob:        {"varbinary", func(v *vector, row int) any { return []byte(v.text(row)) }},
	duckdb.TypeDate:        {"date", func(v *vector, row int) any { return day(get[int32](v, row)) }},
	duckdb.TypeTime:        {"time", func(v *vector, row int) any { return clock(get[int64](v, row)) }},
	duckdb.TypeTimestamp:   {"timestamp", func(v *vector, row int) any { return moment(get[int64](v, row), time.Microsecond) }},
	duckdb.TypeTimestampS:  {"timestamp", func(v *vector, row int) any { return moment(get[int64](v, row), time.Second) }},
	duckdb.TypeTimestampMS: {"timestamp", func(v *vector, row int) any { return moment(get[int64](v, row), time.Millisecond) }},
	duckdb.TypeTimestampNS: {"timestamp", func(v *vector, row int) any { return moment(get[int64](v, row), time.Nanosecond) }},
	duckdb.TypeTimestampTZ: {"timestamp with time zone", func(v *vector, row int) any { return zoned(get[int64](v, row)) }},
	duckdb.TypeInterval:    {"interval", func(v *vector, row int) any { return get[interval](v, row).String() }},
	duckdb.TypeUUID:        {"uuid", func(v *vector, row int) any { return get[wide](v, row).uuid() }},
	duckdb.TypeSQLNull:     {"unknown", func(*vector, int) any { return nil }},
}

// A wide is an integer of 128 bits.
type wide struct {
	low  uint64
	high int64
}

func (w wide) big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(w.high), 64)
	return n.Add(n, new(big.Int).SetUint64(w.low))
}

func (w wide) unsigned() *big.Int {
	n := new(big.Int).Lsh(new(big.Int).SetUint64(uint64(w.high)), 64)
	return n.Add(n, new(big.Int).SetUint64(w.low))
}

// uuid returns the text of a UUID, which has its first bit flipped so that it sorts.
func (w wide) uuid() string {
	high := uint64(w.high) ^ 1<<63
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, w.low>>48, w.low&(1<<48-1))
}

// integer returns an int64, or a Number where it is too large for one.
func integer(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return Number(n.String())
}

// decimal returns n with its last scale digits behind the point.
func decimal(n *big.Int, scale int) Number {
	if scale == 0 {
		return Number(n.String())
	}
	sign, digits := "", new(big.Int).Abs(n).String()
	if n.Sign() < 0 {
		sign = "-"
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	point := len(digits) - scale
	return Number(sign + digits[:point] + "." + digits[point:])
}

// Times that the engine calls infinite are texts, because no time is.
func moment(n int64, unit time.Duration) any {
	if word := infinite(n); word != "" {
		return word
	}
	return instant(n, unit)
}

func zoned(n int64) any {
	if word := infinite(n); word != "" {
		return word
	}
	return ZonedTime{instant(n, time.Microsecond)}
}

func infinite(n int64) string {
	switch n {
	case math.MaxInt64:
		return "infinity"
	case -math.MaxInt64:
		return "-infinity"
	}
	return ""
}

// day is a date, in days since 1970.
func day(n int32) any {
	switch n {
	case math.MaxInt32:
		return "infinity"
	case -math.MaxInt32:
		return "-infinity"
	}
	return Date{time.Unix(int64(n)*24*60*60, 0).UTC()}
}

// clock is a time of day, in microseconds, as Athena writes it.
func clock(n int64) string { return instant(n, time.Microsecond).Format("15:04:05.000") }

// An interval is the engine's: Athena's two kinds of interval in one.
type interval struct {
	months, days int32
	micros       int64
}

// String returns it as Athena writes years and months, 2-3, or days and times, 1 02:03:04.000.
func (i interval) String() string {
	if i.days == 0 && i.micros == 0 && i.months != 0 {
		sign, months := "", int64(i.months)
		if months < 0 {
			sign, months = "-", -months
		}
		return fmt.Sprintf("%s%d-%d", sign, months/12, months%12)
	}
	const perDay = int64(24 * time.Hour / time.Microsecond)
	sign, micros := "", (int64(i.months)*30+int64(i.days))*perDay+i.micros
	if micros < 0 {
		sign, micros = "-", -micros
	}
	return fmt.Sprintf("%s%d %s", sign, micros/perDay, clock(micros%perDay))
}
