package report

import (
	"io"
	"path/filepath"
	"testing"
)

// A table that cannot be begun is an error for each of its rows, the removals of the second in which the ledger fills among them.
func TestRestTableThatCannotBegin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeTo(t, file, func(io.Writer) error { return nil })
	l := &ledger{items: make([]item, ledgerLimit), rest: restOfChanges(&Case{tmp: file})}
	l.removals = map[string]Mark{}
	for _, k := range []string{"a\x00b\x00c\x00d", "a\x00b\x00c\x00e"} {
		l.removals[k] = Mark{}
	}
	l.late(&change{kind: removed, thing: thing{keys: []string{"k"}}})
	if l.err == nil {
		t.Error("no error")
	}
	if err := l.rest.close(); err != nil {
		t.Error(err)
	}
}
