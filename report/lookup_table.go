package report

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// A lookupTable is what --output table shows: sections below each other, all as wide
// as the widest. A section is deeper the deeper its value lies, which bars at both
// of its sides show.
type lookupTable struct {
	sections []*tableSection
	room     int // characters that a line may have; a wider table is turned on its side, where that is possible
}

// A tableSection has a title, and rows of cells below their headers; any of these may be missing.
type tableSection struct {
	title   string
	depth   int
	headers []string
	rows    [][]string
	widths  []int // of the columns' longest cells
}

// cellGap is the least room that a column has beside its longest cell.
const cellGap = 4

// lookupTableOf makes the table of a value, whose title is the command's name. It is empty where the value is.
func lookupTableOf(v any, room int, show func(string) string) (t *lookupTable, err error) {
	t = &lookupTable{room: room}
	b := tableBuilder{table: t, show: show}
	b.value("LookupEvents", v, 0)
	return t, b.err
}

type tableBuilder struct {
	table *lookupTable
	show  func(string) string
	err   error
}

func (b *tableBuilder) section(title string, depth int) {
	b.table.sections = append(b.table.sections, &tableSection{title: b.show(title), depth: depth})
}

func (b *tableBuilder) last() *tableSection { return b.table.sections[len(b.table.sections)-1] }

// row adds a row to the last section. All rows and the headers must have as many cells.
func (b *tableBuilder) row(values ...any) {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = b.show(pythonText(v))
	}
	s := b.last()
	s.rows = append(s.rows, cells)
	b.widen(s, cells)
}

// header sets the headers of the last section.
func (b *tableBuilder) header(names []string) {
	s := b.last()
	s.headers = nil
	for _, n := range names {
		s.headers = append(s.headers, b.show(n))
	}
	b.widen(s, s.headers)
}

func (b *tableBuilder) widen(s *tableSection, cells []string) {
	if s.widths != nil && len(cells) != len(s.widths) {
		if b.err == nil {
			b.err = fmt.Errorf("table: %d cells below %d: the lists in the result must be of one length", len(cells), len(s.widths))
		}
		return
	}
	s.widen(cells)
}

func (s *tableSection) widen(cells []string) {
	if s.widths == nil {
		s.widths = make([]int, len(cells))
	}
	for i, c := range cells {
		s.widths[i] = max(s.widths[i], cellsOf(c))
	}
}

// value adds the sections of a value; of one that is empty there are none.
func (b *tableBuilder) value(title string, v any, depth int) {
	if isBlank(v) {
		return
	}
	b.section(title, depth)
	switch v := v.(type) {
	case *jmespath.Object:
		b.object(v, depth)
	case []any:
		if _, ok := v[0].(*jmespath.Object); ok {
			b.objects(title, v, depth)
			return
		}
		b.list(v, depth)
	}
}

// list adds the elements of an array as rows.
func (b *tableBuilder) list(list []any, depth int) {
	for _, v := range list {
		inner, ok := v.([]any)
		o, isObject := v.(*jmespath.Object)
		switch {
		case !ok && !isObject:
			b.row(v)
		case ok && !slices.ContainsFunc(inner, isNested):
			b.row(inner...)
		case isObject: // its names count as scalars
			var names []any
			for _, m := range o.Members {
				names = append(names, m.Name)
			}
			b.row(names...)
		default: // goes on in the section
			b.nested(inner, depth)
		}
	}
}

// nested adds what a list in a list has, as if it had no title.
func (b *tableBuilder) nested(list []any, depth int) {
	if _, ok := list[0].(*jmespath.Object); ok {
		b.objects("", list, 0)
		return
	}
	b.list(list, depth)
}

// object adds an object: its scalars in one row, and the rest in sections of their own.
func (b *tableBuilder) object(o *jmespath.Object, depth int) {
	scalars, nested := namesOf(o)
	switch {
	case len(scalars) == 1:
		b.row(scalars[0], o.Get(scalars[0]))
	case len(scalars) > 1:
		b.header(scalars)
		values := make([]any, len(scalars))
		for i, name := range scalars {
			values[i] = o.Get(name)
		}
		b.row(values...)
	}
	for _, name := range nested {
		b.value(name, o.Get(name), depth+1)
	}
}

// objects adds a list of objects: a row each, in one section if none of them has anything nested.
func (b *tableBuilder) objects(title string, list []any, depth int) {
	var scalars, nested []string
	for _, v := range list {
		o, ok := v.(*jmespath.Object)
		if !ok {
			b.fail(v)
			return
		}
		s, n := namesOf(o)
		scalars, nested = append(scalars, s...), append(nested, n...)
	}
	for _, names := range [...]*[]string{&scalars, &nested} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	b.header(scalars)
	for i, v := range list {
		o := v.(*jmespath.Object)
		if i > 0 && len(nested) > 0 {
			b.section(title, depth)
			b.header(scalars)
		}
		values := make([]any, len(scalars))
		for i, name := range scalars {
			if values[i] = any(""); o.Has(name) {
				values[i] = o.Get(name)
			}
		}
		b.row(values...)
		for _, name := range nested {
			if o.Has(name) {
				b.value(name, o.Get(name), depth+1)
			}
		}
	}
}

func (b *tableBuilder) fail(v any) {
	if b.err == nil {
		b.err = fmt.Errorf("table: %.40s stands among objects: a list must have one or the other", pythonText(v))
	}
}

// namesOf returns the names of an object's scalars and of the rest, sorted.
func namesOf(o *jmespath.Object) (scalars, nested []string) {
	for _, m := range o.Members {
		if isNested(m.Value) {
			nested = append(nested, m.Name)
		} else {
			scalars = append(scalars, m.Name)
		}
	}
	slices.Sort(scalars)
	slices.Sort(nested)
	return scalars, nested
}

// isBlank reports whether Python takes a value for false.
func isBlank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case int64:
		return v == 0
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case *jmespath.Object:
		return len(v.Members) == 0
	}
	return false
}

// render writes the table.
func (t *lookupTable) render() []byte {
	if len(t.sections) == 0 {
		return nil
	}
	if t.width() > t.room {
		for i, s := range t.sections {
			t.sections[i] = s.turned()
		}
	}
	var b bytes.Buffer
	wide := t.width()
	b.WriteString(strings.Repeat("-", wide) + "\n")
	for _, s := range t.sections {
		s.render(&b, wide-2*s.depth)
	}
	return b.Bytes()
}

func (t *lookupTable) width() (n int) {
	for _, s := range t.sections {
		n = max(n, s.width())
	}
	return n
}

// width is what a section takes with its edges.
func (s *tableSection) width() int {
	n := 2
	for _, w := range s.widths {
		n += w + cellGap
	}
	return max(n, cellsOf(s.title)+2) + 2*s.depth
}

// turned makes of a section of one row one with a row for each header.
func (s *tableSection) turned() *tableSection {
	if len(s.rows) != 1 || len(s.headers) == 0 {
		return s
	}
	t := &tableSection{title: s.title, depth: s.depth}
	for i, h := range s.headers {
		cells := []string{h, s.rows[0][i]}
		t.rows = append(t.rows, cells)
		t.widen(cells)
	}
	return t
}

func (s *tableSection) render(b *bytes.Buffer, wide int) {
	line := func(text string) {
		bars := strings.Repeat("|", s.depth)
		b.WriteString(bars + text + bars + "\n")
	}
	widths := s.fit(wide)
	var rule strings.Builder
	for i, w := range widths {
		if i == 0 {
			rule.WriteString("+" + strings.Repeat("-", max(w-2, 0)) + "+")
		} else {
			rule.WriteString(strings.Repeat("-", max(w-1, 0)) + "+")
		}
	}
	if s.title != "" {
		line(centered(s.title, wide, "|"))
		if len(s.headers) == 0 && len(s.rows) == 0 {
			line("+" + strings.Repeat("-", wide-2) + "+")
		}
	}
	if len(s.headers) > 0 {
		line(rule.String())
		line(joined(s.headers, widths, centered))
	}
	if len(s.rows) > 0 && len(widths) > 0 {
		line(rule.String())
		for _, cells := range s.rows {
			line(joined(cells, widths, leftAligned))
		}
		line(rule.String())
	}
}

// joined writes cells beside each other; only the first one has a left edge.
func joined(cells []string, widths []int, place func(text string, length int, left string) string) string {
	var b strings.Builder
	for i := range min(len(cells), len(widths)) {
		left := ""
		if i == 0 {
			left = "|"
		}
		b.WriteString(place(cells[i], widths[i], left))
	}
	return b.String()
}

func centered(text string, length int, left string) string {
	n := cellsOf(text)
	before := length/2 - n/2 - 1
	return left + blanks(before) + text + blanks(length-1-len(left)-before-n) + "|"
}

func leftAligned(text string, length int, left string) string {
	n, padding := cellsOf(text), 2
	if length < n+padding+len(left)+1 {
		padding = 0
	}
	return left + blanks(padding) + text + blanks(length-len(left)-padding-n-1) + "|"
}

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

// fit spreads the columns over a width. Each gets its share, rounded; what is over or missing
// is taken from the columns in order, or given to them from the last one on.
func (s *tableSection) fit(wide int) []int {
	sum := 0
	for _, w := range s.widths {
		sum += w + cellGap
	}
	widths := make([]int, len(s.widths))
	over := -wide
	for i, w := range s.widths {
		widths[i] = int(math.RoundToEven(float64(wide) / float64(sum) * float64(w+cellGap)))
		over += widths[i]
	}
	for n := len(widths); over != 0 && n > 0; {
		for i := 0; i < n && over != 0; i++ {
			if over > 0 {
				widths[i]--
				over--
			} else {
				widths[n-1-i]++
				over++
			}
		}
	}
	return widths
}

// cellsOf returns how many columns of a terminal a text takes, as the AWS CLI counts: two
// for each wide, fullwidth or ambiguous character of East Asia.
func cellsOf(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianAmbiguous, width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
