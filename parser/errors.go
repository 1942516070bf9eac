package parser

import (
	"errors"
	"fmt"
)

// A RecordError says that one element could not be used, or that something
// stands where no element should be. The Reader goes on after it.
type RecordError struct {
	Index  int   // of the element in the object; -1: not an element, but the structure around them
	Offset int64 // in the decompressed object
	Err    error
}

// Error gives offset and reason; whoever opened the object adds its name.
func (e *RecordError) Error() string { return fmt.Sprintf("offset %d: %v", e.Offset, e.Err) }

// Unwrap returns the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// A FormatError ends the reading of an object: what stands at Offset is not the
// JSON of CloudTrail, or the input was cut short there.
type FormatError struct {
	Offset int64
	Err    error // io.ErrUnexpectedEOF where the input was cut short
}

// Error gives offset and reason.
func (e *FormatError) Error() string { return fmt.Sprintf("offset %d: %v", e.Offset, e.Err) }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

// ErrNotJSON is in a FormatError where the content is not JSON from its first byte on.
var ErrNotJSON = errors.New("neither a JSON object nor an array")

var (
	errTrailing = errors.New("unexpected data after the end of the JSON document")
	errComma    = errors.New("no comma between two elements")
	errNoValue  = errors.New("comma without an element")
	errEnvelope = errors.New("malformed envelope after its records")
)
