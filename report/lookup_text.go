package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// A textWriter writes values as --output text does: a line for an object's scalars, sorted by
// their names and with tabs between them; its arrays and objects on lines of their own, which
// begin with their name in upper case.
type textWriter struct {
	bytes.Buffer
	show func(string) string // what makes a text fit for its place
	err  error
}

// value writes a value of a name, "" where it has none. The scalars of an object are those of the names, if
// these are not nil.
func (w *textWriter) value(v any, name string, scalars []string) {
	switch v := v.(type) {
	case *jmespath.Object:
		w.object(v, name, scalars)
	case []any:
		w.array(v, name)
	default:
		w.WriteString(w.show(pythonText(v)) + "\n")
	}
}

func isNested(v any) bool { return identity(v) != nil }

func isObject(v any) bool {
	_, ok := v.(*jmespath.Object)
	return ok
}

func (w *textWriter) array(list []any, name string) {
	switch {
	case len(list) == 0:
	case slices.ContainsFunc(list, isObject):
		names := scalarNames(list)
		for _, v := range list {
			if !isObject(v) && w.err == nil {
				w.err = fmt.Errorf("text: %.40s stands among objects: a list must have one or the other", pythonText(v))
			}
			w.value(v, name, names)
		}
	case slices.ContainsFunc(list, isNested):
		var scalars []any
		for _, v := range list {
			if !isNested(v) {
				scalars = append(scalars, v)
			}
		}
		if scalars != nil {
			w.scalars(scalars, name)
		}
		for _, v := range list {
			if isNested(v) {
				w.value(v, name, nil)
			}
		}
	default:
		w.scalars(list, name)
	}
}

// scalars writes the scalars of an array: each on its line behind the name, or all on one.
func (w *textWriter) scalars(list []any, name string) {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = w.show(pythonText(v))
		if name != "" {
			w.WriteString(w.show(strings.ToUpper(name)) + "\t" + texts[i] + "\n")
		}
	}
	if name == "" {
		w.WriteString(strings.Join(texts, "\t") + "\n")
	}
}

// scalarNames returns the names under which an object of the list has a scalar, sorted. They are not nil.
func scalarNames(list []any) []string {
	names := []string{}
	for _, v := range list {
		if o, ok := v.(*jmespath.Object); ok {
			for i := range o.Members {
				if !isNested(o.Members[i].Value) {
					names = append(names, o.Members[i].Name)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (w *textWriter) object(o *jmespath.Object, name string, scalars []string) {
	members := slices.Clone(o.Members)
	slices.SortFunc(members, func(a, b jmespath.Member) int { return strings.Compare(a.Name, b.Name) })
	var line []string
	var nested []jmespath.Member
	if scalars == nil {
		for _, m := range members {
			if isNested(m.Value) {
				nested = append(nested, m)
			} else {
				line = append(line, w.show(pythonText(m.Value)))
			}
		}
	} else {
		for _, s := range scalars {
			text := ""
			if o.Has(s) {
				text = w.show(pythonText(o.Get(s)))
			}
			line = append(line, text)
		}
		for _, m := range members {
			if _, ok := slices.BinarySearch(scalars, m.Name); !ok {
				nested = append(nested, m)
			}
		}
	}
	if len(line) > 0 {
		if name != "" {
			line = slices.Insert(line, 0, w.show(strings.ToUpper(name)))
		}
		w.WriteString(strings.Join(line, "\t") + "\n")
	}
	for _, m := range nested {
		w.value(m.Value, m.Name, nil)
	}
}
