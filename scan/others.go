package scan

import (
	"fmt"
	"slices"
	"strings"
)

// others counts the elements of an object that are no events, by what they were recognised
// as, in the order in which they were met: parser has a few dozen names for them.
type others []otherKind

type otherKind struct {
	what string
	n    int64
}

func (o *others) see(what string) {
	for i := range *o {
		if (*o)[i].what == what {
			(*o)[i].n++
			return
		}
	}
	*o = append(*o, otherKind{what, 1})
}

// String names them in alphabetical order: objects are told apart by that.
func (o others) String() string {
	var names []string
	for _, k := range o {
		names = append(names, k.what)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// note says how many there are.
func (o others) note(all int64) string {
	if len(o) == 1 {
		return fmt.Sprintf("%d elements are not events: %s", all, o)
	}
	return fmt.Sprintf("%d elements are not events: %s", all, o.counted())
}

// counted names them with their numbers.
func (o others) counted() string {
	var b strings.Builder
	for i, k := range o {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%d)", k.what, k.n)
	}
	return b.String()
}
