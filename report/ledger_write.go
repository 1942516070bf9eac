package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A LedgerView says which of the ledgers is written, in which format, and which of its rows.
type LedgerView struct {
	Ledger string // "persistence", "data" or "defences"
	Format string // "text", "json", an array, "jsonl", a line each as in the case, or "csv"
	Linked bool   // only rows with a link to suspects
	Open   bool   // only what is, or may be, still there or still off; of data nothing is left out
}

// Write writes one of the ledgers: a table for reading, JSON lines as in the case, or CSV.
func (l *Ledger) Write(w io.Writer, v LedgerView) error {
	switch v.Ledger {
	case "persistence":
		rows := kept(l.Persistence, func(r *PersistenceRow) bool { return !v.Open || r.mayBeThere() }, v.Linked)
		return writeView(w, v.Format, rows, persistenceCells)
	case "data":
		return writeView(w, v.Format, kept(l.Data, func(*DataRow) bool { return true }, v.Linked), dataCells)
	case "defences":
		rows := kept(l.Defences, func(r *DefenceRow) bool { return !v.Open || r.Open || r.State == UnorderedOff }, v.Linked)
		return writeView(w, v.Format, rows, defenceCells)
	}
	return fmt.Errorf("ledger %s: not one of persistence, data, defences", clip(v.Ledger))
}

// mayBeThere reports whether the thing may be there at the end of the evidence: what is turned off can be turned on again, and
// of what was made and removed within one second nobody knows.
func (r *PersistenceRow) mayBeThere() bool { return r.State != Removed && r.State != Replaced }

func (r DefenceRow) linkOf() Link { return r.Link }

func kept[T linked](rows []T, keep func(*T) bool, onlyLinked bool) (out []T) {
	for i := range rows {
		if l := rows[i].linkOf(); keep(&rows[i]) && (!onlyLinked || l != "" && l != ByResponder) {
			out = append(out, rows[i])
		}
	}
	return out
}

// A ledgerCell is a column's name and a row's value in it.
type ledgerCell struct{ name, value string }

func persistenceCells(r *PersistenceRow) []ledgerCell {
	return append([]ledgerCell{
		{"state", r.State}, {"kind", r.Kind}, {"target", r.Target}, {"detail", r.Detail}, {"account", r.Account}, {"region", r.Region}, {"link", string(r.Link)}, {"calls", strconv.FormatInt(r.Calls, 10)},
	}, append(r.Made.cells("made"), r.Ended.cells("ended")...)...)
}

func dataCells(r *DataRow) []ledgerCell {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return []ledgerCell{
		{"kind", r.Kind}, {"resource", r.Resource}, {"detail", r.Detail}, {"account", r.Account}, {"region", r.Region}, {"link", string(r.Link)}, {"principal", r.Principal},
		{"credential", r.Credential}, {"source_ip", r.SourceIP}, {"events", n(r.Events)}, {"succeeded", n(r.Succeeded)}, {"denied", n(r.Denied)}, {"failed", n(r.Failed)},
		{"objects", n(r.Objects)}, {"objects_at_least", strconv.FormatBool(r.ObjectsAtLeast)}, {"bytes_sent", n(r.Bytes)}, {"first", moment(r.First)}, {"last", moment(r.Last)},
		{"first_event_id", r.FirstEvent}, {"last_event_id", r.LastEvent},
	}
}

func defenceCells(r *DefenceRow) []ledgerCell {
	return append([]ledgerCell{
		{"state", r.State}, {"kind", r.Kind}, {"target", r.Target}, {"what", r.What}, {"detail", r.Detail}, {"account", r.Account}, {"region", r.Region}, {"link", string(r.Link)},
		{"calls", strconv.FormatInt(r.Calls, 10)}, {"from", moment(r.From)}, {"to", moment(r.To)},
	}, append(r.By.cells("by"), r.Ended.cells("restored")...)...)
}

// cells are those of one of a row's events, which may be missing.
func (m *Mark) cells(prefix string) []ledgerCell {
	if m == nil {
		m = &Mark{}
	}
	return []ledgerCell{
		{prefix + "_time", moment(m.Time)}, {prefix + "_event", m.Event}, {prefix + "_event_id", m.EventID}, {prefix + "_principal", m.Principal},
		{prefix + "_credential", m.Credential}, {prefix + "_source_ip", m.SourceIP},
	}
}

func writeView[T any](w io.Writer, format string, rows []T, cells func(*T) []ledgerCell) error {
	switch format {
	case "json":
		return writeJSON(w, append([]T{}, rows...))
	case "jsonl":
		return writeLines(w, rows)
	}
	out := bufio.NewWriter(w)
	if format == "csv" {
		for i, c := range cells(new(T)) {
			out.WriteString(comma(i) + CSV(c.name))
		}
		out.WriteString("\n")
	}
	for i := range rows {
		row := cells(&rows[i])
		if format == "csv" {
			for j, c := range row {
				out.WriteString(comma(j) + CSV(c.value))
			}
			out.WriteString("\n")
			continue
		}
		out.WriteString(textRow(row))
	}
	if format == "text" && len(rows) == 0 {
		out.WriteString("None.\n")
	}
	return out.Flush()
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// textRow is a row for a terminal: its first three cells, then what else there is, named.
func textRow(row []ledgerCell) string {
	var lead, rest []string
	for i, c := range row {
		switch {
		case i < 3:
			lead = append(lead, Terminal(c.value))
		case c.value != "" && c.value != "–" && c.value != "0" && c.value != "false":
			rest = append(rest, c.name+" "+Terminal(c.value))
		}
	}
	return strings.Join(lead, " · ") + "\n    " + strings.Join(rest, ", ") + "\n"
}
