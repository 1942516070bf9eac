package report

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A Row is an event of the store, as far as its columns were asked for. It is
// valid until the call that received it returns.
type Row struct {
	b      *block
	row    int
	leaves []int
}

// Ordinal returns the event's place in the timeline, from 0.
func (r *Row) Ordinal() uint64 { return r.b.ordinal(r.row) }

// Time returns the event's time, to the microsecond.
func (r *Row) Time() time.Time { return r.b.time(r.row) }

// Bytes returns the text of column i of those that were asked for; nil where it
// is NULL.
func (r *Row) Bytes(i int) []byte {
	b, _ := r.b.bytes(r.leaves[i], r.row)
	return b
}

// Text returns the text of column i; "" where it is NULL. It aliases the row.
func (r *Row) Text(i int) string { return textOf(r.Bytes(i)) }

// Int returns the number of column i; 0 where it is NULL. Times are
// microseconds since 1970.
func (r *Row) Int(i int) int64 { return r.b.number(r.leaves[i], r.row) }

// Null reports whether column i is NULL; a list is where it has no element.
func (r *Row) Null(i int) bool {
	v := r.b.vectors[r.leaves[i]]
	from, to := v.entries(r.row)
	return from == to || v.first == nil && v.index[from] < 0
}

// Values yields the texts of column i: the elements of a list, NULL ones left out,
// or the one of a column that is no list.
func (r *Row) Values(i int) func(yield func([]byte) bool) {
	v := r.b.vectors[r.leaves[i]]
	return func(yield func([]byte) bool) {
		from, to := v.entries(r.row)
		for _, n := range v.index[from:to] {
			if n >= 0 && !yield(v.value(n)) {
				return
			}
		}
	}
}

// Raw returns the exact bytes of the event's record. The columns must include
// RawColumns, as the last ones.
func (r *Row) Raw() []byte { return r.b.raw(r.row) }

// RawColumns are those that Row.Raw needs. They are most of a case.
var RawColumns = []string{"eventjson", "eventbytes"}

// raw returns the exact bytes of a row's record: eventbytes, where eventjson had
// to be changed to be UTF-8.
func (b *block) raw(row int) []byte {
	if raw, ok := b.bytes(leafRawBytes, row); ok {
		return raw
	}
	raw, _ := b.bytes(leafRaw, row)
	return raw
}

// Scan calls yield with the events that the filter selects, in timeline order, by
// one goroutine. The columns are named by their paths with dots, such as
// "useridentity.arn" or "marks", and must have values; Row's methods know them by
// their numbers in that list. Time and ordinal need not be among them. The first error
// of yield ends the scan and is returned.
func (s *EventStore) Scan(ctx context.Context, f *Filter, columns []string, yield func(*Row) error) error {
	wanted, err := columnLeaves(columns)
	if err != nil {
		return err
	}
	load := append([]int{leafTime}, wanted...)
	return eachBlock(ctx, s, f, func(b *block) (*block, error) {
		return b, b.load(load)
	}, func(b *block) (err error) {
		defer b.taken()
		r := &Row{b: b, leaves: wanted}
		for row := range b.rows {
			r.row = row
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func columnLeaves(columns []string) ([]int, error) {
	out := make([]int, len(columns))
	for i, name := range columns {
		if out[i] = leafNamed(name); out[i] < 0 {
			return nil, fmt.Errorf("column %q: the event store has none of that name that holds values", name)
		}
	}
	return out, nil
}

// scanCalls is Scan for those who want of the records what was asked and answered: these parts of them,
// in memory of its own. To read these takes a fourth of what records take, which are read only where the columns have less.
func (s *EventStore) scanCalls(ctx context.Context, f *Filter, columns []string, parts []recordPart, yield func(*Row, *parser.Record) error) error {
	wanted, err := columnLeaves(columns)
	if err != nil {
		return err
	}
	load := append([]int{leafTime, leafName}, wanted...)
	for _, p := range parts {
		load = append(load, p.leaf)
	}
	return eachBlock(ctx, s, f, func(b *block) (*block, error) {
		if err := b.load(load); err != nil {
			return nil, err
		}
		whole := newRowBits(b.group.rows)
		for row := range b.rows {
			if !b.exact(row, parts) {
				whole.set(row)
			}
		}
		return b, b.only(whole, rawLeaves...)
	}, func(b *block) error {
		defer b.taken()
		r := &Row{b: b, leaves: wanted}
		for row := range b.rows {
			r.row = row
			var raw []byte // yield may keep parts of it
			if b.exact(row, parts) {
				raw = b.partsOf(row, parts)
			} else {
				raw = bytes.Clone(b.raw(row))
			}
			if err := yield(r, &parser.Record{Raw: raw}); err != nil {
				return err
			}
		}
		return nil
	})
}
