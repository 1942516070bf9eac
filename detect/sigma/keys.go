package sigma

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A key is what an event needs for an expr to be true: its source and its name in
// lower case, "" being any.
type key struct{ source, name string }

// maxKeys bounds the keys of one rule: with more it is asked of every event.
const maxKeys = 2_000

// maxKey bytes are as much as a Set indexes.
const maxKey = 100

// keysOf returns keys of which any event that fits has one. Without ok, nothing is
// known; with ok and no keys, no event fits.
func keysOf(e expr) (keys []key, ok bool) {
	switch e := e.(type) {
	case never:
		return nil, true
	case and:
		for _, part := range e {
			more, known := keysOf(part)
			switch {
			case !known:
			case !ok:
				keys, ok = more, true
			default:
				keys = both(keys, more)
			}
		}
		return keys, ok
	case or:
		for _, part := range e {
			more, known := keysOf(part)
			if !known || len(keys)+len(more) > maxKeys {
				return nil, false
			}
			for _, k := range more {
				if !slices.Contains(keys, k) {
					keys = append(keys, k)
				}
			}
		}
		return keys, true
	case equals:
		return keysOfComparison(e.name, e.texts)
	case compare:
		if f, ok := e.test.(equal); ok { // with case, or a field that is read from the event itself
			return keysOfComparison(e.name, []string{fold(f.text)})
		}
	}
	return nil, false
}

func keysOfComparison(field string, texts []string) (keys []key, ok bool) {
	if field != "eventName" && field != "eventSource" {
		return nil, false
	}
	for _, t := range texts {
		if t == "" || len(t) > maxKey || !ascii(t) {
			return nil, false
		}
		// In the forms in which a detect.Set knows them: without .cn, without version.
		k := key{source: t}
		if source, china := strings.CutSuffix(t, ".cn"); china {
			k.source = source
		}
		if field == "eventName" {
			k = key{name: parser.Action(t)}
		}
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys, len(keys) <= maxKeys
}

// both returns the keys of events that have one of a and one of b.
func both(a, b []key) (keys []key) {
	if len(a)*len(b) > maxKeys {
		if len(a) < len(b) {
			return a
		}
		return b
	}
	for _, x := range a {
		for _, y := range b {
			source, sok := same(x.source, y.source)
			name, nok := same(x.name, y.name)
			if k := (key{source, name}); sok && nok && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

func same(a, b string) (string, bool) {
	switch {
	case a == "":
		return b, true
	case b == "" || a == b:
		return a, true
	}
	return "", false
}
