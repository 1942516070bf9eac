package scan

import (
	"bytes"

	"github.com/coldtrail/coldtrail/parser"
)

// agree reports whether two records of one event, of different fidelity, contradict each
// other nowhere: what both have is the same. What only one of them has the other may have
// lost on its way. Nothing agrees with a record that could not be read again.
func agree(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	x, _ := (&parser.Record{Raw: a}).Get("")
	y, _ := (&parser.Record{Raw: b}).Get("")
	return agreeing(x, y)
}

func agreeing(a, b parser.Value) bool {
	if isObject(a) && isObject(b) {
		ok := true
		a.Members(func(name string, _ parser.Value) bool {
			x, _ := a.Member(name) // of duplicates the last
			y, has := b.Member(name)
			ok = !has || lost(x) || lost(y) || agreeing(x, y)
			return ok
		})
		return ok
	}
	if bytes.Equal(appendCanonical(nil, a), appendCanonical(nil, b)) {
		return true
	}
	// Columns have no types: what was true is "true" there, and what was an object its text.
	return isText(a) != isText(b) && string(canonical([]byte(a.String()))) == string(canonical([]byte(b.String())))
}

// lost reports whether a value may stand for one that got lost: columns have nothing
// or an empty text for it.
func lost(v parser.Value) bool { return v.IsNull() || string(v.Raw()) == `""` }

func isObject(v parser.Value) bool { return len(v.Raw()) > 0 && v.Raw()[0] == '{' }

func isText(v parser.Value) bool { return len(v.Raw()) > 0 && v.Raw()[0] == '"' }
