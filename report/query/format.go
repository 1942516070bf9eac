package query

import (
	"fmt"
	"io"
	"strconv"

	"github.com/coldtrail/coldtrail/report"
)

// Formats are the formats that Write knows.
var Formats = []string{"table", "csv", "json", "jsonl"}

// A View says how rows are written.
type View struct {
	Format string        // one of Formats
	Screen report.Screen // of a table, where times in UTC have the local one behind
	Limit  int64         // rows at most; 0: all
}

// Written says what was written, and what was left out.
type Written struct {
	Rows int64
	More bool  // there are more rows than the limit
	Cut  int64 // values of a table that end in an ellipsis
}

// A formatter writes rows.
type formatter interface {
	begin(columns []Column) error
	row(values []any) error
	end() error
}

// Write writes rows, each value escaped for the format. In CSV a NULL is nothing between
// commas and an empty text "". An object of JSON has a member for each column; where columns
// have the same name, the later ones get _1, _2 … behind it.
func Write(w io.Writer, rows *Rows, v View) (written Written, err error) {
	var f formatter
	var table *tableFormat
	switch v.Format {
	case "table":
		table = &tableFormat{w: w, screen: v.Screen, width: v.Screen.Width}
		f = table
	case "csv":
		f = &csvFormat{w: w}
	case "json":
		f = &jsonFormat{w: w, array: true}
	case "jsonl":
		f = &jsonFormat{w: w}
	default:
		return written, fmt.Errorf("format %q: not one of %q", v.Format, Formats)
	}
	if err := f.begin(rows.Columns()); err != nil {
		return written, err
	}
	for rows.Next() {
		if v.Limit > 0 && written.Rows == v.Limit {
			written.More = true
			break
		}
		if err := f.row(rows.Values()); err != nil {
			return written, err
		}
		written.Rows++
	}
	if err := rows.Err(); err != nil {
		return written, err
	}
	err = f.end()
	if table != nil {
		written.Cut = table.cut
	}
	return written, err
}

// csvFormat writes a line a row, as a spreadsheet may open it.
type csvFormat struct {
	w io.Writer
	b []byte
}

func (c *csvFormat) begin(columns []Column) error {
	for i := range columns {
		c.cell(i, columns[i].Name)
	}
	return c.line()
}

func (c *csvFormat) row(values []any) error {
	for i, v := range values {
		c.cell(i, v)
	}
	return c.line()
}

func (c *csvFormat) cell(i int, v any) {
	if i > 0 {
		c.b = append(c.b, ',')
	}
	switch v := v.(type) {
	case nil:
	case bool, int64, float64, float32, Number: // nobody wrote these: -5 is no formula
		c.b = AppendText(c.b, v)
	case string:
		if v == "" {
			c.b = append(c.b, `""`...)
		}
		c.b = append(c.b, report.CSV(v)...)
	default:
		c.b = append(c.b, report.CSV(Text(v))...)
	}
}

func (c *csvFormat) line() error {
	_, err := c.w.Write(append(c.b, '\n'))
	c.b = c.b[:0]
	return err
}

func (c *csvFormat) end() error { return nil }

// jsonFormat writes an object a row: a line each, or within an array.
type jsonFormat struct {
	w     io.Writer
	array bool
	names []string // as JSON, with the colon
	b     []byte
	rows  int
}

func (j *jsonFormat) begin(columns []Column) error {
	for _, name := range UniqueNames(columns) {
		j.names = append(j.names, string(report.AppendJSONString(nil, name))+":")
	}
	return nil
}

func (j *jsonFormat) row(values []any) error {
	switch {
	case j.array && j.rows == 0:
		j.b = append(j.b, '[')
	case j.array:
		j.b = append(j.b, ",\n"...)
	}
	j.rows++
	j.b = append(j.b, '{')
	for i, v := range values {
		if i > 0 {
			j.b = append(j.b, ',')
		}
		j.b = AppendJSON(append(j.b, j.names[i]...), v)
	}
	j.b = append(j.b, '}')
	if !j.array {
		j.b = append(j.b, '\n')
	}
	_, err := j.w.Write(j.b)
	j.b = j.b[:0]
	return err
}

func (j *jsonFormat) end() error {
	end := ""
	switch {
	case j.array && j.rows == 0:
		end = "[]\n"
	case j.array:
		end = "]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}

// UniqueNames returns the columns' names, made different from each other where some are the same.
func UniqueNames(columns []Column) []string {
	names := make([]string, len(columns))
	taken := make(map[string]bool, len(columns))
	for i := range columns {
		taken[columns[i].Name] = true
	}
	used := make(map[string]bool, len(columns))
	for i := range columns {
		name := columns[i].Name
		for n := 1; used[name]; n++ {
			if next := columns[i].Name + "_" + strconv.Itoa(n); !taken[next] {
				name = next
			}
		}
		used[name], taken[name] = true, true
		names[i] = name
	}
	return names
}
