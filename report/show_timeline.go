package report

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A TimelineView says how events are listed.
type TimelineView struct {
	Format  string   // "table", "csv", "json" (an array) or "jsonl" (a line each)
	Columns []string // nil: TimelineColumns, and in a table the ordinal in front of them
	Screen  Screen   // of a table, which has local time beside UTC where that has a zone
	// Enrichment says where addresses are, for the columns ip_…; nil: only ranges that are nobody's are known.
	Enrichment *Enrichment
}

// TimelineFormats are the formats of a TimelineView.
var TimelineFormats = []string{"table", "csv", "json", "jsonl"}

// Check says what is wrong with a view: its format, or a column that does not exist.
func (v *TimelineView) Check() error {
	if !slices.Contains(TimelineFormats, v.Format) {
		return fmt.Errorf("timeline format %q: not one of %q", v.Format, TimelineFormats)
	}
	_, err := v.fields()
	return err
}

func (v *TimelineView) fields() (fields []field, err error) {
	columns := v.Columns
	if columns == nil {
		columns = TimelineColumns
	}
	for _, name := range columns {
		f, err := findField(name)
		if err != nil {
			return nil, err
		}
		if part, of := whereFields[f.name]; of {
			f.text = whereText(part, v.Enrichment)
		}
		fields = append(fields, f)
		if f.name == "time" && v.Format == "table" && v.Screen.Zone != nil {
			fields = append(fields, localField(v.Screen))
		}
	}
	return fields, nil
}

// Listed says what a timeline shows, and what it leaves out.
type Listed struct {
	Events int64
	Cut    int64    // values of a table that were too long, and end in an ellipsis
	Left   []string // columns for which the table had no room
}

// WriteTimeline lists the events that the filter selects. A value is escaped for
// the format; jsonl has the values that are JSON themselves as such.
func (s *EventStore) WriteTimeline(ctx context.Context, w io.Writer, f *Filter, view TimelineView) (Listed, error) {
	var listed Listed
	if err := view.Check(); err != nil {
		return listed, err
	}
	if view.Columns == nil && view.Format == "table" {
		view.Columns, listed.Left = columnsFor(view.Screen)
	}
	fields, err := view.fields()
	if err != nil {
		return listed, err
	}
	var out lister
	switch view.Format {
	case "table":
		n, err := s.Events()
		if err != nil {
			return listed, err
		}
		out = &tableLister{fields: fields, width: view.Screen.Width, w: w, digits: len(strconv.FormatInt(max(n-1, 0), 10))}
	case "csv":
		out = csvLister(fields)
		if _, err := w.Write(csvHeader(fields)); err != nil {
			return listed, err
		}
	case "json":
		array := &jsonArray{w: w}
		if err := s.listRows(ctx, array, f, fields, jsonLister(fields), &listed); err != nil {
			return listed, err
		}
		return listed, array.end()
	case "jsonl":
		out = jsonLister(fields)
	}
	err = s.listRows(ctx, w, f, fields, out, &listed)
	return listed, err
}

// A lister encodes the rows of a block: into bytes, or into what its own writer
// takes in order.
type lister interface{ encode(v *view) lines }

// lines are the encoded rows of a block.
type lines struct {
	b     []byte
	cells [][]string // of a table
	n     int64
}

func (s *EventStore) listRows(ctx context.Context, w io.Writer, f *Filter, fields []field, out lister, listed *Listed) error {
	found := &memberships{}
	leaves := []int{leafTime}
	for i := range fields {
		leaves = append(leaves, fields[i].leaves...)
		if fields[i].leaves == nil && len(found.events) == 0 { // what findings say
			var err error
			if found, err = s.memberships(); err != nil {
				return err
			}
		}
	}
	slices.Sort(leaves)
	leaves = slices.Compact(leaves)
	table, _ := out.(*tableLister)
	err := eachBlock(ctx, s, f, func(b *block) (lines, error) {
		defer b.done()
		if err := b.load(leaves); err != nil {
			return lines{}, err
		}
		v := newView(b, found)
		l := out.encode(v)
		return l, v.err
	}, func(l lines) (err error) {
		listed.Events += l.n
		if table != nil {
			return table.take(l.cells)
		}
		_, err = w.Write(l.b)
		return err
	})
	if err == nil && table != nil {
		err = table.flush()
		listed.Cut = table.cut
	}
	return err
}

type csvLister []field

func csvHeader(fields []field) (b []byte) {
	for i := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCSV(b, fields[i].name)
	}
	return append(b, '\n')
}

func (l csvLister) encode(v *view) (out lines) {
	for row := range v.rows {
		for i := range l {
			if i > 0 {
				out.b = append(out.b, ',')
			}
			if text := l[i].text(v, row); l[i].own {
				out.b = append(out.b, text...)
			} else {
				out.b = appendCSV(out.b, text)
			}
		}
		out.b = append(out.b, '\n')
		out.n++
	}
	return out
}

type jsonLister []field

func (l jsonLister) encode(v *view) (out lines) {
	for row := range v.rows {
		for i := range l {
			out.b = append(out.b, "{,"[min(i, 1)], '"')
			out.b = append(append(out.b, l[i].name...), `":`...)
			if l[i].json != nil {
				out.b = l[i].json(v, out.b, row)
			} else if text := l[i].text(v, row); len(text) > 0 {
				out.b = appendJSONString(out.b, textOf(text))
			} else {
				out.b = append(out.b, "null"...)
			}
		}
		out.b = append(out.b, "}\n"...)
		out.n++
	}
	return out
}

// tableRoom is what a column of a table takes at least, in the order in which
// columns are left out where a terminal is narrow: the last ones first.
var tableRoom = []struct {
	name string
	room int
}{
	{"time", 20}, {"event_name", 18}, {ordinalColumn, 6}, {"principal", 20}, {"source_ip", 15}, {"error", 11}, {"credential", 20}, {"findings", 16},
	{"region", 12}, {"account", 12}, {"event_source", 20}, {"user_agent", 20}, {"event_id", 36}, {"object", 30}, {"index", 5}, {"copies", 6},
}

// ordinalColumn is an event's place in the timeline, which a table shows first: it is what
// "show '#N'" takes. Its header is ordinalHeader.
const (
	ordinalColumn = "ordinal"
	ordinalHeader = "#"
)

// localColumn is local time, which only tables have: files are the same on every machine.
const localColumn = "local_time"

func localField(screen Screen) field {
	return field{name: localColumn, leaves: []int{leafTime}, text: func(v *view, row int) []byte {
		return []byte(screen.Local(v.time(row)))
	}}
}

// columnsFor returns the table's columns that fit a screen, and the others.
func columnsFor(screen Screen) (columns, left []string) {
	width, taken := screen.Width, 0
	if screen.Zone != nil {
		taken = len(LocalFormat) + len(tableGap)
	}
	fit := map[string]bool{}
	for _, c := range tableRoom {
		taken += c.room + len(tableGap)
		fit[c.name] = width == 0 || taken-len(tableGap) <= width || len(fit) < 2
	}
	for _, name := range append([]string{ordinalColumn}, TimelineColumns...) {
		if fit[name] {
			columns = append(columns, name)
		} else {
			left = append(left, name)
		}
	}
	return columns, left
}

const tableGap = "  "

// tableSample is how many rows decide how wide the columns are.
const tableSample = 200

// A tableLister writes rows in columns. Those of the first rows decide the
// widths; a longer value than that of a later row pushes its line out, or is cut
// where the width is given, and ends in an ellipsis.
type tableLister struct {
	fields []field
	width  int
	w      io.Writer
	digits int // of the last ordinal: the first rows do not tell how wide these get
	sample [][]string
	widths []int
	cut    int64
	b      []byte
}

func (t *tableLister) encode(v *view) (out lines) {
	for row := range v.rows {
		cells := make([]string, len(t.fields))
		for i := range t.fields {
			cells[i] = Terminal(string(t.fields[i].text(v, row)))
		}
		out.cells = append(out.cells, cells)
		out.n++
	}
	return out
}

func (t *tableLister) take(cells [][]string) error {
	if t.widths == nil {
		t.sample = append(t.sample, cells...)
		if len(t.sample) < tableSample {
			return nil
		}
		return t.flush()
	}
	return t.write(cells)
}

// flush decides the widths, where that was not done, and writes what waits.
func (t *tableLister) flush() error {
	if t.widths != nil || len(t.sample) == 0 {
		return nil
	}
	header, least, last := make([]string, len(t.fields)), make([]int, len(t.fields)), make([]string, len(t.fields))
	for i := range t.fields {
		header[i], least[i] = t.fields[i].name, leastWidth
		switch header[i] {
		case "time", "event_ts":
			least[i] = len("2026-03-02T10:00:00Z") // half a time is none
		case localColumn:
			least[i] = len(LocalFormat)
		case ordinalColumn:
			header[i], least[i], last[i] = ordinalHeader, t.digits, strings.Repeat("9", t.digits)
		}
	}
	rows := append([][]string{header}, t.sample...)
	n := min(len(rows), tableSample+1)
	t.widths = ColumnWidths(append(rows[:n:n], last), least, t.width)
	t.sample = nil
	return t.write(rows)
}

func (t *tableLister) write(rows [][]string) error {
	t.b = t.b[:0]
	for _, cells := range rows {
		for i, s := range cells {
			if t.width > 0 {
				short, cut := Ellipsis(s, t.widths[i])
				if cut {
					t.cut++
				}
				s = short
			}
			t.b = append(t.b, s...)
			if i < len(cells)-1 {
				t.b = append(appendSpaces(t.b, t.widths[i]-Cells(s)), tableGap...)
			}
		}
		t.b = append(bytes.TrimRight(t.b, " "), '\n')
	}
	_, err := t.w.Write(t.b)
	return err
}
