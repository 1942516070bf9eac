package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// The parts that report.html is put together from. They hold text just as it is in the case: the
// template escapes all of it for its place, and nothing is marked as safe but the program's own style and script.

// A htmlSection is a part of the page with a heading.
type htmlSection struct {
	ID, Title, Nav string
	Blocks         []htmlBlock
}

// A htmlBlock is one thing of a section: the field that is set.
type htmlBlock struct {
	Sub     string   // a heading of the third rank
	Name    string   // its anchor
	Head    string   // a heading of the fourth rank
	Para    htmlCell // running text
	Note    string
	Call    *htmlCall
	List    []htmlCell
	Steps   []htmlCell // a numbered list
	Facts   []htmlFact
	Table   *htmlTable
	Figure  *htmlFigure
	Finding *htmlFinding
	Matrix  []htmlTactic
	Chain   []htmlStage
	Do      []htmlStep
	Slot    string // an element that the script fills
}

// A htmlCall is a sentence that stands out: "bad", "warn" or "good".
type htmlCall struct {
	Class string
	Text  htmlCell
}

// A htmlFact is a term and what is so of it.
type htmlFact struct {
	Term string
	Text htmlCell
}

// A htmlBit is a piece of text; a cell is pieces in a row.
type (
	htmlBit struct {
		Text   string
		Class  string // of style.css; "code": a value of the evidence
		Anchor string // of this page; "": no link
	}
	htmlCell []htmlBit
)

// A htmlTable shows its first rows; the folded ones open on demand, and Rest says what else there is and where.
type htmlTable struct {
	Label        string
	names        []string // of the rows, on the page; nil: they have none
	Columns      []htmlColumn
	Rows, Folded [][]htmlCell
	Rest         string
}

type htmlColumn struct {
	Name, Class string
}

// plainCell is text that the program wrote. Where its own words end with a space, something follows.
func plainCell(format string, args ...any) htmlCell {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	text = strings.Join(strings.Fields(text), " ")
	if strings.HasSuffix(format, " ") {
		text += " "
	}
	return htmlCell{{Text: text}}
}

// valueCell is a value of the evidence, or an en dash.
func valueCell(s string) htmlCell {
	if s == "" {
		return htmlCell{{Text: "–", Class: "dim"}}
	}
	return htmlCell{{Text: s, Class: "code"}}
}

func numberCell(n int64) htmlCell { return htmlCell{{Text: number(n)}} }

// duringCell is a span, in two parts that break between them.
func duringCell(s Span) htmlCell {
	if s.First.IsZero() {
		return valueCell("")
	}
	if s.First.Equal(s.Last) {
		return htmlCell{{Text: moment(s.First), Class: "time"}}
	}
	return htmlCell{{Text: moment(s.First), Class: "time"}, {Text: " "}, {Text: "to " + moment(s.Last), Class: "time"}}
}

func badgeCell(s detect.Severity) htmlCell {
	return htmlCell{{Text: s.String(), Class: "badge sev-" + s.String()}}
}

// stateCell marks what is still there.
func stateCell(state string) htmlCell {
	class := "tag gone"
	if state == Present {
		class = "tag here"
	}
	return htmlCell{{Text: state, Class: class}}
}

// joinCells puts cells in a row with a text between them.
func joinCells(between string, cells ...htmlCell) (out htmlCell) {
	for i, c := range cells {
		if i > 0 {
			out = append(out, htmlBit{Text: between})
		}
		out = append(out, c...)
	}
	return out
}

// valuesCell lists the first n values of a list, with the numbers of their events.
func valuesCell(l *List, n int) htmlCell {
	if len(l.Values) == 0 {
		return valueCell("")
	}
	var cells []htmlCell
	for _, v := range l.Values[:min(n, len(l.Values))] {
		cells = append(cells, htmlCell{{Text: v.Value, Class: "code"}, {Text: " (" + number(v.Events) + ")", Class: "dim"}})
	}
	out := joinCells(", ", cells...)
	if rest := more(int64(len(l.Values)-len(cells)), "in report.json"); rest != "" {
		out = append(out, htmlBit{Text: rest, Class: "dim"})
	}
	if l.OtherEvents > 0 {
		out = append(out, htmlBit{Text: fmt.Sprintf(" (and others in %s, see timeline.csv)", plural(l.OtherEvents, "event")), Class: "dim"})
	}
	return out
}

// codeCells lists values.
func codeCells(values []string) htmlCell {
	if len(values) == 0 {
		return plainCell("none")
	}
	var cells []htmlCell
	for _, v := range values {
		cells = append(cells, valueCell(v))
	}
	return joinCells(", ", cells...)
}

// htmlRows is how many rows a table shows before it folds.
const htmlRows = 10

// table makes a table of which row(i) is the i-th of n rows: ten are shown, as many more as the fold
// allows are folded, and of what is left it is said where it stands. A column that begins with # has numbers.
func (b *htmlBuilder) table(label, columns string, n int, row func(int) []htmlCell, where, rest string) htmlBlock {
	t := &htmlTable{Label: label}
	for name := range strings.SplitSeq(columns, ",") {
		c := htmlColumn{Name: strings.TrimPrefix(name, "#")}
		if c.Name != name {
			c.Class = "num"
		}
		t.Columns = append(t.Columns, c)
	}
	for i := range min(n, max(b.fold.rows, htmlRows)) {
		if i < htmlRows {
			t.Rows = append(t.Rows, row(i))
		} else {
			t.Folded = append(t.Folded, row(i))
		}
	}
	if left := n - len(t.Rows) - len(t.Folded); left > 0 {
		t.Rest = fmt.Sprintf("+%s, see %s.", number(int64(left)), where)
		b.folded(label, int64(left), where)
	}
	if rest != "" {
		t.Rest = strings.TrimSpace(t.Rest + " " + rest)
	}
	return htmlBlock{Table: t}
}

// Empty reports whether there is nothing to show.
func (t *htmlTable) Empty() bool { return len(t.Rows) == 0 && t.Rest == "" }

// Name is a row's name on the page.
func (t *htmlTable) Name(row int) string {
	if row < len(t.names) {
		return t.names[row]
	}
	return ""
}

// A htmlTableRows is a part of a table.
type htmlTableRows struct {
	Table *htmlTable
	Rows  [][]htmlCell
}

// More says how many rows are folded.
func (t *htmlTable) More() string { return "+" + number(int64(len(t.Folded))) + " more" }

// event is a link to an event that the page describes further down.
func (b *htmlBuilder) event(name, id string, ordinal uint64) htmlCell {
	out := htmlCell{{Text: name, Class: "code", Anchor: b.cite(ordinal, name, id)}}
	return out
}

// mark is an event with its time and who made it.
func (b *htmlBuilder) mark(m *Mark) htmlCell {
	out := b.event(m.Event, m.EventID, m.Ordinal)
	out = append(out, htmlBit{Text: " "}, htmlBit{Text: moment(m.Time), Class: "time"})
	if who := m.who(); who != "" {
		out = append(out, htmlBit{Text: " with "}, htmlBit{Text: who, Class: "code"})
	}
	return out
}

func (b *htmlBuilder) marks(marks []Mark, further int64) htmlCell {
	if len(marks) == 0 {
		return plainCell("none seen")
	}
	var cells []htmlCell
	for i := range marks {
		cells = append(cells, b.mark(&marks[i]))
	}
	out := joinCells("; ", cells...)
	if further > 0 {
		out = append(out, htmlBit{Text: more(further, "in timeline.csv"), Class: "dim"})
	}
	return out
}

// anchorOf names an event on the page.
func anchorOf(ordinal uint64) string { return "e" + strconv.FormatUint(ordinal, 10) }
