package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Rows that the text shows of each list. The JSON form has all.
const (
	textAnswers = 24 // of one question
	textRows    = 20
	textLine    = 360 // bytes of one line; a longer one is cut, and ends in an ellipsis
)

// A coverText writes lines in which nothing can steer a terminal.
type coverText struct {
	w *bufio.Writer
}

func (t coverText) line(format string, args ...any) {
	s := Terminal(fmt.Sprintf(format, args...))
	if len(s) > textLine {
		s = strings.ToValidUTF8(s[:textLine], "") + "…"
	}
	t.w.WriteString(strings.TrimRight(s, " ") + "\n")
}

func (t coverText) head(format string, args ...any) {
	t.line("")
	t.line(format, args...)
}

// beyond says that more rows follow in the JSON form.
func (t coverText) beyond(n int64, what string) {
	if n > 0 {
		t.line("  … %s more: see the JSON form", plural(n, what))
	}
}

// Text writes the coverage for a terminal.
func (c *LogCoverage) Text(w io.Writer) error {
	t := coverText{bufio.NewWriter(w)}
	c.textHead(t)
	if c.Evidence.First.IsZero() {
		t.line("No event with a plausible time: there is nothing to say.")
		return t.w.Flush()
	}
	c.textMap(t)
	c.textPlaces(t)
	c.textGaps(t)
	c.textTrails(t)
	c.textWindows(t)
	c.textAnswers(t)
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

func (c *LogCoverage) textPlaces(t coverText) {
	t.head("Accounts and regions (an object's name has the minute of its delivery, so that it can seem up to 60 s early)")
	for i := range c.Places {
		if i == 3*textRows {
			t.beyond(int64(len(c.Places)-i), "region")
			break
		}
		p := &c.Places[i]
		t.line("  %-12s %-14s %s, %s, %s", p.Account, p.Region, plural(p.Events, "event"), plural(p.Objects, "log object"), p.Span.during())
		if l := p.Lag; l != nil {
			t.line("    delivered after the newest event: median %s, 95th percentile %s, at most %s; after the oldest: at most %s (%s measured)",
				elapsed(l.Newest.Median), elapsed(l.Newest.P95), elapsed(l.Newest.Max), elapsed(l.Oldest.Max), plural(l.Objects, "object"))
			if l.Early+l.Late > 0 {
				t.line("    implausible: %s before an event in it, %s over an hour after one", plural(l.Early, "object"), number(l.Late))
			}
		}
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

func (c *LogCoverage) textGaps(t coverText) {
	t.head("Gaps: whole hours between logs without any, the longest first. No record is not no act; a region that is little used has gaps.")
	if c.CellHours > 1 {
		t.line("  (counted by days, because there are too many hours)")
	}
	c.Gaps.text(t, "everywhere", false)
	for i := range c.Accounts {
		if len(c.Accounts) > 1 && i < textRows && c.Accounts[i].Gaps.Count > 0 {
			c.Accounts[i].Gaps.text(t, c.Accounts[i].Account+", all regions", false)
		}
	}
	for i := range c.Places {
		if len(c.Places) > 1 && i < 3*textRows && c.Places[i].Gaps.Count > 0 {
			c.Places[i].Gaps.text(t, c.Places[i].Account+" "+c.Places[i].Region, true)
		}
	}
}

// text writes the longest gaps of a place.
func (g *CoverageGaps) text(t coverText, where string, elsewhere bool) {
	if g.Count == 0 {
		t.line("  %s: none", where)
		return
	}
	t.line("  %s: %s, %s in all", where, plural(g.Count, "gap"), plural(g.Hours, "hour"))
	for i := range min(3, len(g.Shown)) {
		s := &g.Shown[i]
		more := ""
		if elsewhere {
			more = ", while the account's other regions have " + plural(s.Elsewhere, "event")
		}
		t.line("    %s to %s (%s)%s", moment(s.From), moment(s.To), plural(s.Hours, "hour"), more)
	}
}

func (c *LogCoverage) textTrails(t coverText) {
	t.head("Trails that calls in the evidence have changed")
	if len(c.Trails) == 0 {
		t.line("  none: what trails there are, and what they record, is not known from this evidence")
	}
	for i := range c.Trails {
		if i == textRows {
			t.beyond(int64(len(c.Trails)-i), "trail")
			break
		}
		h := &c.Trails[i]
		t.line("  %s %s", h.Kind, h.Trail)
		t.line("    at the end: logging %s, selectors: %s", h.Logging, h.Selectors)
		for j := range h.Changes {
			if j == textRows {
				break
			}
			t.line("    %s %s: %s (event %s by %s)", moment(h.Changes[j].Time), h.Changes[j].Event, h.Changes[j].What, h.Changes[j].EventID, h.Changes[j].Principal)
		}
		t.beyond(h.MoreChanges+int64(max(0, len(h.Changes)-textRows)), "change")
	}
	if c.OtherTrails > 0 {
		t.line("  %s of trails beyond the first %d", plural(c.OtherTrails, "change"), coverTrailLimit)
	}
	if len(c.Refused) > 0 {
		t.line("  Refused or failed, which changed nothing:")
	}
	for i := range c.Refused {
		if i == textRows {
			t.beyond(int64(len(c.Refused)-i)+c.MoreRefused, "call")
			break
		}
		t.line("    %s %s (event %s by %s)", moment(c.Refused[i].Time), c.Refused[i].Event, c.Refused[i].EventID, c.Refused[i].Principal)
	}
}

func (c *LogCoverage) textWindows(t coverText) {
	t.head("Windows in which a trail was off, or recorded less")
	if len(c.Windows) == 0 {
		t.line("  none that the evidence tells of")
	}
	for i := range c.Windows {
		if i == 2*textRows {
			t.beyond(int64(len(c.Windows)-i)+c.MoreWindows, "window")
			break
		}
		w := &c.Windows[i]
		t.line("  %s to %s", orText(w.From.IsZero(), "before the evidence begins", moment(w.From)), orText(w.To.IsZero(), "the end of the evidence", moment(w.To)))
		t.line("    %s did not record: %s", w.Trail, w.What)
		if w.Opened != nil {
			t.line("    opened by %s", w.Opened.text())
		}
		if w.Closed != nil {
			t.line("    closed by %s", w.Closed.text())
		}
		kind := ""
		if w.OfKind != w.Events {
			kind = ", of that kind " + number(w.OfKind)
		}
		t.line("    events of the account in the evidence meanwhile: %s%s", number(w.Events), kind)
		if w.Note != "" {
			t.line("    %s", w.Note)
		}
	}
}

func orText(use bool, text, otherwise string) string {
	if use {
		return text
	}
	return otherwise
}

// text names a call and who made it.
func (m *Mark) text() string {
	return fmt.Sprintf("%s, event %s, line %d of the timeline, by %s", m.Event, m.EventID, m.Ordinal, m.Principal)
}

func (c *LogCoverage) textAnswers(t coverText) {
	t.head("What can be answered")
	var done []string
	for i := range c.Answers {
		q := c.Answers[i].Question
		if containsText(done, q) {
			continue
		}
		done = append(done, q)
		t.line("  %s", strings.ToUpper(q[:1])+q[1:])
		shown, further := 0, int64(0)
		for j := i; j < len(c.Answers); j++ {
			switch a := &c.Answers[j]; {
			case a.Question != q:
			case shown == textAnswers:
				further++
			default:
				a.text(t)
				shown++
			}
		}
		t.beyond(further, "answer")
	}
	if c.OtherData > 0 {
		t.line("  %s of further resources, beyond the first %d, are counted with those not named", plural(c.OtherData, "data event"), coverResourceLimit)
	}
}

func containsText(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// text writes one answer.
func (a *Answer) text(t coverText) {
	where := a.Account + " " + orText(len(a.Regions) == 0, "in a region that is not known", strings.Join(a.Regions, ", "))
	switch {
	case a.Resource == "*":
		where += ": " + a.restWords()
	case a.Resource != "":
		where += ": " + a.Resource
	case a.Type != "":
		where += ": " + a.Type
	}
	if a.LogBucket {
		where += " (holds the logs themselves)"
	}
	t.line("    %s", where)
	for i := range a.Segments {
		s := &a.Segments[i]
		t.line("      %s to %s  %s: %s", moment(s.From), moment(s.To), s.Status, s.Reason)
	}
}

func (a *Answer) restWords() string {
	switch a.Type {
	case s3Object:
		return "buckets not named below"
	case lambdaFunction:
		return "functions not named below"
	case dynamoTable:
		return "tables not named below"
	}
	return a.Type + ", those not named below"
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
}

func textObjects(t coverText, rows []DeliveredObject, total int64, noun string) {
	for i := range rows {
		if i == textRows {
			break
		}
		t.line("    %s/%s", rows[i].Bucket, rows[i].Key)
		t.line("      %s, %s", moment(rows[i].By.Time), rows[i].By.text())
	}
	t.beyond(total-int64(min(len(rows), textRows)), noun)
}

func (c *LogCoverage) textLate(t coverText) {
	if len(c.Late) == 0 {
		return
	}
	t.head("Objects delivered before an event in them, or over an hour after one")
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
	t.beyond(c.MoreLate+int64(max(0, len(c.Late)-textRows)), "object")
}
