package query

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// ErrNoSQL is what Open returns in a program that was built without the SQL engine.
var ErrNoSQL = errors.New("this program was built without SQL: it needs cgo and a C compiler: CGO_ENABLED=1 go build ./cmd/coldtrail")

// ErrClosed is what a query gets of a DB that was closed.
var ErrClosed = errors.New("the case is closed")

// Options are the limits of a DB. The zero value is useful.
type Options struct {
	Memory  int64  // bytes that all queries of the DB may take together; 0: DefaultMemory
	Threads int    // of a query; 0: one for each core
	TempDir string // where a query that does not fit into Memory may spill; "": nowhere, it fails
	Spill   int64  // bytes in TempDir at most; 0: DefaultSpill
	// Output is the one file that may be written: by Export. Queries cannot name it to write it.
	Output *os.File
}

// The defaults of Options.
const (
	DefaultMemory = 1 << 30
	DefaultSpill  = 16 << 30
)

// A Column is a column of a result.
type Column struct {
	Name string // as Athena or CloudTrail Lake name it: see Rewritten
	Type string // Athena's word: varchar, bigint, double, boolean, timestamp, array, map, row, json …
}

// An Error is what is wrong with a statement, and where. Offset counts bytes from 0, Line
// and Column (in characters) from 1, all in the user's own text; where the place is not known,
// Offset is -1 and the others are 0.
type Error struct {
	Kind                 Kind
	Message              string
	Offset, Line, Column int
}

// A Kind says what sort of an Error it is.
type Kind string

// The kinds of Error.
const (
	KindSyntax  Kind = "syntax"  // it cannot be parsed
	KindName    Kind = "name"    // no such table, column or function; or types that do not fit
	KindValue   Kind = "value"   // a value cannot be converted or is out of range
	KindRefused Kind = "refused" // what a query may not do
	KindMemory  Kind = "memory"  // the memory limit was reached
	KindEngine  Kind = "engine"  // something else that the engine says
)

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// at makes an Error at a byte of the user's text; offset -1: nowhere in particular.
func at(kind Kind, sql string, offset int, format string, args ...any) *Error {
	e := &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Offset: -1}
	if offset < 0 || offset > len(sql) {
		return e
	}
	before := sql[:offset]
	e.Offset, e.Line = offset, 1+strings.Count(before, "\n")
	e.Column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return e
}

// Rows are the rows of a result. They must be closed, and are for one goroutine.
type Rows struct {
	columns []Column
	lake    bool
	notes   []string
	changed int64
	source  rowSource
	row     []any
	err     error
}

// A rowSource yields rows: io.EOF after the last one.
type rowSource interface {
	next() ([]any, error)
	close() error
}

// Columns returns the columns of the result.
func (r *Rows) Columns() []Column { return r.columns }

// Lake reports whether an event data store was asked, whose columns keep the case in which
// they were typed.
func (r *Rows) Lake() bool { return r.lake }

// Notes returns what the dialect changed or dropped that the user should know.
func (r *Rows) Notes() []string { return r.notes }

// Changed returns how many rows CREATE TABLE AS or INSERT has written.
func (r *Rows) Changed() int64 { return r.changed }

// Next makes the following row the one that Values returns, and reports whether there is one.
func (r *Rows) Next() bool {
	if r.err != nil || r.source == nil {
		return false
	}
	r.row, r.err = r.source.next()
	return r.err == nil
}

// Values returns the values of the row, which are the caller's: nil, bool, int64, float32,
// float64, string, time.Time, ZonedTime, Date, Number, []byte, []any, Struct or Map.
func (r *Rows) Values() []any { return r.row }

// Err returns the error that ended the rows, or nil. Where the context of the
// query ended, it wraps the context's error.
func (r *Rows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Close ends the query, whether all rows were read or not.
func (r *Rows) Close() error {
	if r.source == nil {
		return nil
	}
	err := r.source.close()
	r.source = nil
	return err
}

// Exported says what Export wrote.
type Exported struct {
	Rows  int64
	Notes []string // see Rows.Notes
}
