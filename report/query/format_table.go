package query

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/report"
)

const (
	tableGap = "  "
	// tableSample is how many rows decide how wide the columns are.
	tableSample = 200
	// leastWidth is what a column keeps of its width where a table must shrink.
	leastWidth = 8
)

// A tableFormat writes rows in columns. The first rows decide the widths; a longer value of a
// later row pushes its line out, or is cut where the width is given. Where the columns do not fit
// into the width at all, each row is a block of lines, one a column.
type tableFormat struct {
	w      io.Writer
	width  int
	screen report.Screen
	names  []string
	sample [][]string
	widths []int // nil: not decided
	blocks bool
	rows   int
	cut    int64
	b      []byte
}

func (t *tableFormat) begin(columns []Column) error {
	for i := range columns {
		t.names = append(t.names, report.Terminal(columns[i].Name))
	}
	return nil
}

func (t *tableFormat) row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = t.screen.Localize(report.Terminal(Text(v)))
	}
	if t.widths != nil {
		return t.write(cells)
	}
	if t.sample = append(t.sample, cells); len(t.sample) < tableSample {
		return nil
	}
	return t.decide()
}

func (t *tableFormat) end() error {
	if t.widths != nil || len(t.names) == 0 {
		return nil
	}
	return t.decide()
}

// decide sets the widths, and writes what waits for them.
func (t *tableFormat) decide() error {
	least, room := make([]int, len(t.names)), 0
	for i, name := range t.names {
		least[i] = leastWidth
		if name == "eventtime" || name == "event_ts" {
			least[i] = report.Cells(t.screen.Localize("2026-03-02T10:00:00Z")) // half a time is none
		}
	}
	t.widths = report.ColumnWidths(append([][]string{t.names}, t.sample...), least, t.width)
	for _, w := range t.widths {
		room += w + len(tableGap)
	}
	if t.blocks = t.width > 0 && room-len(tableGap) > t.width; t.blocks {
		t.widths = report.ColumnWidths([][]string{{longest(t.names)}}, least[:1], t.width/2)
	} else if err := t.line(t.names); err != nil {
		return err
	}
	for _, cells := range t.sample {
		if err := t.write(cells); err != nil {
			return err
		}
	}
	t.sample = nil
	return nil
}

func longest(names []string) (name string) {
	for _, s := range names {
		if report.Cells(s) > report.Cells(name) {
			name = s
		}
	}
	return name
}

func (t *tableFormat) write(cells []string) error {
	if !t.blocks {
		return t.line(cells)
	}
	t.rows++
	if _, err := fmt.Fprintf(t.w, "— row %d\n", t.rows); err != nil {
		return err
	}
	width := t.widths
	defer func() { t.widths = width }()
	t.widths = []int{width[0], max(leastWidth, t.width-width[0]-len(tableGap))}
	for i, name := range t.names {
		if err := t.line([]string{name, cells[i]}); err != nil {
			return err
		}
	}
	return nil
}

// line writes cells beside each other.
func (t *tableFormat) line(cells []string) error {
	t.b = t.b[:0]
	for i, s := range cells {
		if i > 0 {
			t.b = append(t.b, tableGap...)
		}
		if t.width > 0 {
			short, cut := report.Ellipsis(s, t.widths[i])
			if s = short; cut {
				t.cut++
			}
		}
		t.b = append(t.b, s...)
		if i < len(cells)-1 {
			t.b = append(t.b, strings.Repeat(" ", max(0, t.widths[i]-report.Cells(s)))...)
		}
	}
	_, err := t.w.Write(append(t.b, '\n'))
	return err
}
