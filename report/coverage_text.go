package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// What the text shows of each list. The JSON form has all.
const (
	textAccounts = 10  // accounts
	textMapRows  = 30  // accounts and regions in the map
	textAnswers  = 3   // different answers to one question in one account
	textStatuses = 8   // of an answer, by time
	textRows     = 6   // rows of other lists
	textGaps     = 3   // gaps of an account
	textList     = 200 // bytes of names in one line
	textWidth    = 110 // bytes of a line of our own words
	textLine     = 400 // bytes of one line; a longer one is cut, and says so
)

// A coverText writes lines in which nothing can steer a terminal.
type coverText struct {
	w *bufio.Writer
}

func (t coverText) line(format string, args ...any) {
	s := Terminal(fmt.Sprintf(format, args...))
	if len(s) > textLine {
		s = strings.ToValidUTF8(s[:textLine], "") + "… (cut, see --format json)"
	}
	t.w.WriteString(strings.TrimRight(s, " ") + "\n")
}

func (t coverText) head(format string, args ...any) {
	t.line("")
	t.line(format, args...)
}

// beyond says that more rows follow in the JSON form.
func (t coverText) beyond(indent string, n int64, noun string) {
	if n > 0 {
		t.line("%s+%s", indent, moreOf(n, noun))
	}
}

func moreOf(n int64, noun string) string { return plural(n, "more "+noun) + ", see --format json" }

// listed joins names for one line, and says how many there is no room for.
func listed(names []string, sep string) string {
	out := ""
	for i, n := range names {
		if i > 0 && len(out)+len(n) > textList {
			return out + sep + "+" + number(int64(len(names)-i)) + " more, see --format json"
		}
		if i > 0 {
			out += sep
		}
		out += n
	}
	return out
}

// Text writes the coverage for a terminal: account by account, and what is alike
// together. Where it leaves out, it says how much.
func (c *LogCoverage) Text(w io.Writer) error {
	t := coverText{bufio.NewWriter(w)}
	c.textHead(t)
	if c.Evidence.First.IsZero() {
		t.line("No event with a plausible time: there is nothing to say.")
		return t.w.Flush()
	}
	c.textMap(t)
	c.textAccounts(t)
	c.textRefused(t)
	c.textDelivered(t)
	c.textLate(t)
	t.head("Limits")
	for _, s := range c.Limits {
		for _, l := range wrap(s, 100) {
			t.line("  %s", l)
		}
	}
	return t.w.Flush()
}

// wrap breaks a sentence of ours into lines.
func wrap(s string, width int) (lines []string) {
	lines = []string{""}
	for word := range strings.FieldsSeq(s) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) > width:
			lines = append(lines, "  "+word)
		default:
			*last += " " + word
		}
	}
	return lines
}

func (c *LogCoverage) textHead(t coverText) {
	t.line("Coverage    %s", c.Evidence.during())
	t.line("Events      %s in %s, %s of account and region", number(c.Events), plural(int64(len(c.Accounts)), "account"), plural(int64(len(c.Places)), "pair"))
	o := &c.Objects
	t.line("Log objects %s by their names; %s of other names, %s; %s not read", number(o.Named), number(o.Unnamed), plural(o.Digests, "digest"), number(o.Unread))
	if c.Implausible > 0 {
		t.line("            %s with an implausible time left out", plural(c.Implausible, "event"))
	}
	if c.OtherEvents > 0 {
		t.line("            %s of accounts and regions beyond the first %d", plural(c.OtherEvents, "event"), coverPlaceLimit)
	}
	for _, s := range c.Scope {
		t.line("Filter      %s", s)
	}
}

// elapsed writes a duration in seconds.
func elapsed(sec int64) string {
	switch {
	case sec < 0:
		return "-" + elapsed(-sec)
	case sec < 60:
		return fmt.Sprintf("%d s", sec)
	case sec < 3600:
		return fmt.Sprintf("%d min", sec/60)
	case sec < 48*3600:
		return fmt.Sprintf("%d h %d min", sec/3600, sec/60%60)
	}
	return fmt.Sprintf("%d d %d h", sec/86400, sec/3600%24)
}

func orText(use bool, text, otherwise string) string {
	if use {
		return text
	}
	return otherwise
}

// text names a call and who made it.
func (m *Mark) text() string {
	return fmt.Sprintf("%s (#%d of the timeline, event %s) by %s", m.Event, m.Ordinal, m.EventID, m.Principal)
}

// textRefused writes the calls that changed no trail, and what did not fit into tables.
func (c *LogCoverage) textRefused(t coverText) {
	if len(c.Trails) == 0 {
		t.head("No call in the evidence changed a trail: what trails there are, and what they record, is not known from it.")
	}
	if len(c.Refused) > 0 {
		t.head("Changes of trails that were refused or failed, and changed nothing")
	}
	for i := range c.Refused[:min(len(c.Refused), textRows)] {
		m := &c.Refused[i]
		t.line("  %s %s (event %s by %s)", moment(m.Time), m.Event, m.EventID, m.Principal)
	}
	t.beyond("  ", int64(max(0, len(c.Refused)-textRows))+c.MoreRefused, "call")
	if c.OtherTrails+c.MoreWindows+c.OtherData > 0 {
		t.head("Counted only")
	}
	if c.OtherTrails > 0 {
		t.line("  %s of trails beyond the first %d", plural(c.OtherTrails, "change"), coverTrailLimit)
	}
	if c.MoreWindows > 0 {
		t.line("  %s beyond the first %d", plural(c.MoreWindows, "window"), coverWindowLimit)
	}
	if c.OtherData > 0 {
		t.line("  %s of further resources, beyond the first %d, which are among the others", plural(c.OtherData, "data event"), coverResourceLimit)
	}
}

func (c *LogCoverage) textDelivered(t coverText) {
	t.head("Log objects that data events about log buckets name")
	d := &c.Delivered
	switch {
	case d.Named == 0:
		t.line("  none: the evidence has no data event about a delivery, so it cannot be told from them whether objects are missing")
	case !d.Compared:
		t.line("  %s named; there are too many objects here to compare", plural(d.Named, "delivery"))
	default:
		t.line("  deliveries named: %s; objects of these that are not here: %s", number(d.Named), number(d.Missing))
	}
	textObjects(t, d.MissingRows, d.Missing, "object")
	if d.Deleted > 0 {
		t.line("  calls that deleted a log object: %s", number(d.Deleted))
		textObjects(t, d.DeletedRows, d.Deleted, "call")
	}
	if d.Swept > 0 {
		t.line("  calls of DeleteObjects in buckets that hold logs, whose records do not say which objects they deleted: %s", number(d.Swept))
		textObjects(t, d.SweptRows, d.Swept, "call")
	}
}

func textObjects(t coverText, rows []DeliveredObject, total int64, noun string) {
	for i := range rows {
		if i == textRows {
			break
		}
		t.line("    %s/%s", rows[i].Bucket, rows[i].Key)
		t.line("      %s, %s", moment(rows[i].By.Time), rows[i].By.text())
	}
	t.beyond("    ", total-int64(min(len(rows), textRows)), noun)
}

func (c *LogCoverage) textLate(t coverText) {
	if len(c.Late) == 0 {
		return
	}
	t.head("Objects delivered before an event in them, or over an hour after one (names have the minute, so that up to 60 s early is none)")
	for i := range c.Late {
		if i == textRows {
			break
		}
		l := &c.Late[i]
		name := objectName(l.Source, l.Path)
		if l.Path == "" {
			name = fmt.Sprintf("object %d", l.Ordinal)
		}
		t.line("  %s delivered %s, events %s to %s", name, moment(l.Delivered), moment(l.Oldest), moment(l.Newest))
	}
	t.beyond("  ", c.MoreLate+int64(max(0, len(c.Late)-textRows)), "object")
}
