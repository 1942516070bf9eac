package report

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// baselineShown is how many new values of a dimension the text shows.
const baselineShown = 40

// Write writes the baseline for reading.
func (b *Baseline) Write(w io.Writer) error {
	var out bytes.Buffer
	whose := "as given"
	if b.Own {
		whose = "its own first days"
	}
	fmt.Fprintf(&out, "%s %s\n%s of %s to %s\nordinary until %s (%s): %s\n", b.Kind, Terminal(b.Subject), plural(b.Events, "event"),
		b.First.Format(time.RFC3339), b.Last.Format(time.RFC3339), b.Until.UTC().Format(time.RFC3339), whose, plural(b.Before, "event"))
	if b.Implausible > 0 {
		fmt.Fprintf(&out, "left out: %s with an implausible time\n", plural(b.Implausible, "event"))
	}
	if b.Before == 0 {
		fmt.Fprintln(&out, "\nNothing came before: what is new cannot be told from what is usual.")
	}
	if b.Own && b.Before == b.Events {
		fmt.Fprintln(&out, "\nAll of its events lie in its own first days, so that none can be new to it: compare with a time before (--baseline-until), or fewer days.")
	}
	for i := range b.Dimensions {
		d := &b.Dimensions[i]
		more := ""
		if d.Capped {
			more = "; not all values were told apart"
		}
		fmt.Fprintf(&out, "\n%s: %d known, %d new%s\n", d.By, d.Known, len(d.New), more)
		for n, v := range d.New {
			if n == baselineShown {
				fmt.Fprintf(&out, "  and %d more, which -f json has\n", len(d.New)-n)
				break
			}
			fmt.Fprintf(&out, "  %s  %s  %s (#%d)\n", v.First.Format(time.RFC3339), Terminal(v.Words), plural(v.Events, "event"), v.Ordinal)
		}
	}
	for _, what := range b.Blind {
		fmt.Fprintf(&out, "\n%s: not told, since no database of places was given\n", what)
	}
	_, err := w.Write(out.Bytes())
	return err
}
