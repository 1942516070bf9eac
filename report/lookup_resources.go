package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A resourceCall is the call of an event, as the rules know it.
type resourceCall struct{ service, name string }

func newResourceCall(source, name string) resourceCall {
	return resourceCall{strings.TrimSuffix(source, ".amazonaws.com"), parser.Action(name)}
}

// typeOf returns the type of the resource that a member names, which is in the object in; ok says that
// it names one.
func (c resourceCall) typeOf(in, key []byte) (typ string, ok bool) {
	var room [2][maxKeyName]byte
	rules := keyRules[textOf(lowerFirst(room[0][:0], key))]
	if rules == nil {
		return "", false
	}
	above := textOf(lowerFirst(room[1][:0], in))
	for i := range rules {
		if r := &rules[i]; (r.in == "" || r.in == above) && r.of(c) {
			return r.typ, !r.none
		}
	}
	return "", false
}

// maxKeyName is more than the longest name that a rule knows.
const maxKeyName = 64

// lowerFirst returns a name that begins with a lower-case letter, in dst where the name does not.
func lowerFirst(dst, name []byte) []byte {
	if len(name) == 0 || len(name) > cap(dst) || name[0] < 'A' || name[0] > 'Z' {
		return name
	}
	dst = append(dst, name...)
	dst[0] |= 0x20
	return dst
}

// types returns which types of resources the call has at most; all: any.
func (c resourceCall) types() (types map[string]bool, all bool) {
	types, known := callSets[c.service][c.name]
	if known {
		return types, false
	}
	// Calls that describe and list have none, as far as was seen.
	return nil, !strings.HasPrefix(c.name, "Describe") && !strings.HasPrefix(c.name, "List")
}

// mayHave reports whether a resource of a type can be one of the call's.
func (c resourceCall) mayHave(typ string) bool {
	types, all := c.types()
	return all || types[typ]
}

// A resourceWalk takes names of resources out of a text of JSON.
type resourceWalk struct {
	call  resourceCall
	types map[string]bool
	all   bool
	walk  parser.Walk
	found []LookupResource
}

// namedIn returns the resources that the requestParameters and the responseElements of a record name.
func (c resourceCall) namedIn(record []byte) []LookupResource {
	w := resourceWalk{call: c}
	if w.types, w.all = c.types(); !w.all && len(w.types) == 0 {
		return nil
	}
	w.walk = parser.NewWalk(record)
	var response []LookupResource // of members that are there twice the last one counts
	for w.walk.Enter('{'); ; {
		name, ok := w.walk.Key()
		switch {
		case !ok:
			return append(w.found, response...)
		case string(name) == "requestParameters":
			w.found = nil
			w.value(nil, nil)
		case string(name) == "responseElements":
			request := w.found
			w.found = nil
			w.value(nil, nil)
			w.found, response = request, w.found
		default:
			w.walk.Value()
		}
	}
}

// value passes the next value, the member key of an object of the name in. The elements of an array
// are taken for the member.
func (w *resourceWalk) value(in, key []byte) {
	_, first := w.walk.Next()
	switch first {
	case '[':
		for w.walk.Enter('['); w.walk.More(); {
			w.value(in, key)
		}
	case '{':
		for w.walk.Enter('{'); ; {
			name, ok := w.walk.Key()
			if !ok {
				return
			}
			w.value(key, name)
		}
	case '"':
		text, _ := w.walk.Value()
		if len(text) <= 2 {
			return
		}
		if typ, ok := w.call.typeOf(in, key); ok && (w.all || w.types[typ]) {
			w.found = append(w.found, LookupResource{typ, string(parser.AppendString(nil, text))})
		}
	default:
		w.walk.Value()
	}
}

// recorded returns the record's own resources.
func recorded(rec *parser.Record) (all []LookupResource) {
	list, _ := rec.Get("resources")
	list.Each(func(r parser.Value) bool {
		if arn := textAt(r, "ARN"); arn != "" {
			all = append(all, LookupResource{textAt(r, "type"), arn})
		}
		return true
	})
	return all
}

// sortResources sorts resources and drops those that are there twice. AWS has no order: it differs
// between two equal calls.
func sortResources(all []LookupResource) []LookupResource {
	slices.SortFunc(all, func(a, b LookupResource) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(all)
}
