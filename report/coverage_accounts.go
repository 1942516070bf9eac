package report

import (
	"cmp"
	"slices"
	"strings"
)

// Names for what events leave out.
const (
	noAccount = "(no account)"
	noRegion  = "(no region)"
)

func accountName(s string) string { return cmp.Or(s, noAccount) }
func regionName(s string) string  { return cmp.Or(s, noRegion) }

// A accountText is what the text tells of one account.
type accountText struct {
	name    string
	row     *CoverageAccount // nil: the evidence has no event of it
	places  []*CoveragePlace
	trails  []*TrailHistory
	windows []*LoggingWindow
}

// accounts are the accounts of the evidence, and those whose trails it tells of, by name.
func (c *LogCoverage) accounts() []*accountText {
	byName := make(map[string]*accountText)
	var out []*accountText
	of := func(name string) *accountText {
		if byName[name] == nil {
			byName[name] = &accountText{name: name}
			out = append(out, byName[name])
		}
		return byName[name]
	}
	for i := range c.Accounts {
		of(c.Accounts[i].Account).row = &c.Accounts[i]
	}
	for i := range c.Places {
		a := of(c.Places[i].Account)
		a.places = append(a.places, &c.Places[i])
	}
	for i := range c.Trails {
		a := of(c.Trails[i].Account)
		a.trails = append(a.trails, &c.Trails[i])
	}
	for i := range c.Windows {
		a := of(c.Windows[i].Account)
		a.windows = append(a.windows, &c.Windows[i])
	}
	slices.SortStableFunc(out, func(a, b *accountText) int { return cmp.Compare(a.name, b.name) })
	return out
}

// events is how many events the evidence has of the account.
func (a *accountText) events() int64 {
	if a.row == nil {
		return 0
	}
	return a.row.Events
}

// foremost chooses accounts to tell of: those with windows, then those with the most events.
func foremost(all []*accountText, n int) []*accountText {
	if len(all) <= n {
		return all
	}
	chosen := slices.Clone(all)
	slices.SortStableFunc(chosen, func(a, b *accountText) int {
		return cmp.Or(cmp.Compare(min(len(b.windows), 1), min(len(a.windows), 1)), cmp.Compare(b.events(), a.events()))
	})
	chosen = chosen[:n]
	slices.SortFunc(chosen, func(a, b *accountText) int { return cmp.Compare(a.name, b.name) })
	return chosen
}

func (c *LogCoverage) textAccounts(t coverText) {
	all := c.accounts()
	shown := foremost(all, textAccounts)
	reasons := reasonList{numbers: make(map[string]int)}
	for _, a := range shown {
		if a.row == nil {
			t.head("Account %s: no event in the evidence", accountName(a.name))
		} else {
			t.head("Account %s: %s, %s, %s", accountName(a.name), plural(a.row.Events, "event"), plural(a.row.Objects, "log object"), a.row.Span.during())
		}
		a.textPlaces(t)
		a.textGaps(t)
		a.textTrails(t)
		a.textWindows(t)
		c.textAnswers(t, a, &reasons)
	}
	if n := len(all) - len(shown); n > 0 {
		t.line("")
		t.beyond("", int64(n), "account")
	}
	reasons.text(t)
}

func (a *accountText) textPlaces(t coverText) {
	var names []string
	var lag DeliveryLag
	for _, p := range a.places {
		names = append(names, regionName(p.Region)+" "+number(p.Events))
		if l := p.Lag; l != nil {
			lag.Objects += l.Objects
			lag.Early += l.Early
			lag.Late += l.Late
			lag.Newest.Max, lag.Oldest.Max = max(lag.Newest.Max, l.Newest.Max), max(lag.Oldest.Max, l.Oldest.Max)
		}
	}
	if len(names) > 0 {
		t.line("  Events      %s", listed(names, ", "))
	}
	if lag.Objects == 0 {
		return
	}
	t.line("  Delivered   at most %s after the newest event of an object and %s after the oldest (%s measured)", elapsed(lag.Newest.Max), elapsed(lag.Oldest.Max), plural(lag.Objects, "object"))
	if lag.Early+lag.Late > 0 {
		t.line("              implausible: %s before an event of its own, %s over an hour after one", plural(lag.Early, "object"), number(lag.Late))
	}
}

func (a *accountText) textGaps(t coverText) {
	if a.row == nil {
		return
	}
	own := &a.row.Gaps
	t.line("  Gaps        %s", own.sum())
	for i := range own.Shown[:min(len(own.Shown), textGaps)] {
		g := &own.Shown[i]
		t.line("              %s to %s (%s)", moment(g.From), moment(g.To), plural(g.Hours, "hour"))
	}
	t.beyond("              ", own.Count-int64(min(len(own.Shown), textGaps)), "gap")
	var regions []string
	for _, p := range a.places {
		if len(a.places) > 1 && p.Gaps.Count > 0 {
			regions = append(regions, regionName(p.Region)+" "+number(p.Gaps.Count)+" ("+plural(p.Gaps.Hours, "hour")+")")
		}
	}
	if len(regions) > 0 {
		t.line("              by region: %s", listed(regions, ", "))
	}
}

// sum writes how many gaps there are, and how long.
func (g *CoverageGaps) sum() string {
	if g.Count == 0 {
		return "none"
	}
	return plural(g.Count, "gap") + ", " + plural(g.Hours, "hour") + " in all"
}

func (a *accountText) textTrails(t coverText) {
	for i, h := range a.trails {
		if i == textRows {
			t.beyond("  ", int64(len(a.trails)-i), "trail")
			break
		}
		t.line("  %-12s%s", strings.ToUpper(h.Kind[:1])+h.Kind[1:], h.Trail)
		t.line("              at the end: logging %s, selectors: %s", h.Logging, h.Selectors)
		for j := range h.Changes[:min(len(h.Changes), textRows)] {
			m := &h.Changes[j]
			t.line("              %s %s: %s (event %s by %s)", moment(m.Time), m.Event, m.What, m.EventID, m.Principal)
		}
		t.beyond("              ", h.MoreChanges+int64(max(0, len(h.Changes)-textRows)), "change")
	}
}

func (a *accountText) textWindows(t coverText) {
	for i, w := range a.windows {
		if i == textRows {
			t.beyond("  ", int64(len(a.windows)-i), "window")
			break
		}
		t.line("  Window      %s to %s", orText(w.From.IsZero(), "before the evidence begins", moment(w.From)), orText(w.To.IsZero(), "the end of the evidence", moment(w.To)))
		t.line("              %s did not record: %s", w.Trail, w.What)
		if w.Opened != nil {
			t.line("              opened by %s", w.Opened.text())
		}
		if w.Closed != nil {
			t.line("              closed by %s", w.Closed.text())
		}
		kind := ""
		if w.OfKind != w.Events {
			kind = ", of that kind " + number(w.OfKind)
		}
		t.line("              events of the account in the evidence meanwhile: %s%s", number(w.Events), kind)
		if w.Note != "" {
			t.line("              %s", w.Note)
		}
	}
}

// textAnswers writes the account's answers.
func (c *LogCoverage) textAnswers(t coverText, a *accountText, reasons *reasonList) {
	answers := c.fold(a.name, len(a.places))
	if len(answers) > 0 {
		t.line("  What can be answered")
	}
	shown, further := make(map[string]int), 0
	for _, f := range answers {
		q := f.questions[0].text
		if shown[q]++; shown[q] > textAnswers {
			further += len(f.alike)
			continue
		}
		f.text(t, reasons)
	}
	t.beyond("    ", int64(further), "answer")
}
