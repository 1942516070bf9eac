package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Write writes the breakdown for reading. A value stands at the end of its line,
// so that it is never cut.
func (b *Breakdown) Write(w io.Writer) error {
	var out bytes.Buffer
	if b.Filter != "" {
		fmt.Fprintf(&out, "%-10s%s\n", "Filter", Terminal(b.Filter))
	}
	fmt.Fprintf(&out, "%-10s%s\n", "Events", b.Counts.text())
	fmt.Fprintf(&out, "%-10s%s\n", "Time", b.Span.during())
	if b.Implausible > 0 {
		fmt.Fprintf(&out, "%-10s%s with an implausible time, in all figures below\n", "Of these", plural(b.Implausible, "event"))
	}
	for _, k := range b.Other {
		fmt.Fprintf(&out, "%-10s%s of kind %s, in no figure below\n", "Besides", plural(k.Lines, "line"), Terminal(k.Kind))
	}
	for i := range b.Tables {
		b.Tables[i].write(&out, b.Screen)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (t *BreakdownTable) write(out *bytes.Buffer, screen Screen) {
	if len(t.Rows) == 0 {
		return
	}
	lines := [][]string{{"events", "succeeded", "denied", "failed", "first seen", "last seen", t.title()}}
	for i := range t.Rows {
		r := &t.Rows[i]
		lines = append(lines, append(r.Counts.cells(), screen.moment(r.First), screen.moment(r.Last), r.name()))
	}
	if t.Others != nil {
		others := "others: " + number(int64(t.Values-len(t.Rows)))
		if t.Capped {
			others += " or more"
		}
		lines = append(lines, append(t.Others.cells(), "", "", others))
	}
	widths := make([]int, 6)
	for _, cells := range lines {
		for i := range widths {
			widths[i] = max(widths[i], Cells(cells[i]))
		}
	}
	out.WriteByte('\n')
	for _, cells := range lines {
		for i, width := range widths {
			if i < 4 { // numbers stand to the right
				width = -width
			}
			fmt.Fprintf(out, "%*s  ", -width, cells[i])
		}
		out.WriteString(cells[6] + "\n")
	}
}

func (t *BreakdownTable) title() string {
	s := t.By
	if t.Values > len(t.Rows) {
		s += fmt.Sprintf(" (the %d with the most events)", len(t.Rows))
	}
	return s
}

func (c *Counts) cells() []string {
	return []string{number(c.Events), number(c.Succeeded), number(c.Denied), number(c.Failed)}
}

// name is the value and, of a credential, whose it was.
func (r *BreakdownRow) name() string {
	s := Terminal(r.Value)
	if s == "" {
		s = "(none)"
	}
	if u := r.CredentialUse; u != nil {
		s += "  " + u.text()
	}
	if r.Where != nil {
		s += "  " + Terminal(r.Where.String())
	}
	if u := r.ToolUse; u != nil && len(u.UsedBy) > 0 {
		s += "  " + someOf(u.UsedBy)
	}
	return s
}

func (u *CredentialUse) text() string {
	parts := []string{"long-term"}
	if u.Temporary {
		parts[0] = "temporary"
	}
	if len(u.Sessions) > 0 {
		parts = append(parts, "session of "+someOf(u.Sessions))
	}
	if len(u.Principals) > 0 {
		parts = append(parts, someOf(u.Principals))
	}
	if i := u.IssuedBy; i != nil {
		parts = append(parts, fmt.Sprintf("issued by %s of %s, #%d, to %s", Terminal(i.Name), moment(i.Time), i.Ordinal, orID(Terminal(i.Principal), "nobody named")))
	}
	return strings.Join(parts, "; ")
}

// someOf joins the first few values.
func someOf(values []string) string {
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = Terminal(v)
	}
	s := strings.Join(shown, ", ")
	if len(values) == usersShown {
		s += ", …"
	}
	return s
}

// Empty reports whether nothing was selected.
func (b *Breakdown) Empty() bool { return b.Counts.Events == 0 && len(b.Other) == 0 }

// JSON writes the breakdown as JSON.
func (b *Breakdown) JSON(w io.Writer) error { return writeJSON(w, b) }
