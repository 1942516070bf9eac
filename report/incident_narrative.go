package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// The bounds of a narrative.
const (
	maxSentences  = 80
	citedEvents   = 10
	namedThings   = 6
	sentencePause = 30 * time.Minute
)

// A beat is a run of events that one sentence tells: one act by one credential from one address.
type beat struct {
	act     act
	how     outcome
	who     string
	from    string
	weak    bool
	events  []*toldEvent
	one     bool // it is told by itself
	entered bool // the credential, or the address, is new in the story
}

// narrate tells the story, a sentence a beat, in the order of their first events. Of events of one second no order is claimed: no sentence says
// that one followed another.
func (d *incidentDraft) narrate() {
	beats := d.beats()
	d.Narrative = []Sentence{}
	for i, b := range beats {
		if i == maxSentences-1 && len(beats) > maxSentences {
			d.Narrative = append(d.Narrative, rest(beats[i:]))
			break
		}
		d.Narrative = append(d.Narrative, Sentence{Text: d.sentence(b), Events: cite(b.events), More: int64(max(len(b.events)-citedEvents, 0))})
	}
}

// cite lists the IDs of the first few events.
func cite(events []*toldEvent) []string {
	ids := []string{}
	for _, e := range events[:min(len(events), citedEvents)] {
		ids = append(ids, e.ID)
	}
	return ids
}

func rest(beats []*beat) Sentence {
	var all []*toldEvent
	for _, b := range beats {
		all = append(all, b.events...)
	}
	slices.SortFunc(all, func(a, b *toldEvent) int { return cmp.Compare(a.Ordinal, b.Ordinal) }) // beats overlap
	return Sentence{Text: fmt.Sprintf("%s more, until %s, are not told one by one.", plural(int64(len(all)), "event"), clockOf(all[len(all)-1].Time)),
		Events: cite(all), More: int64(max(len(all)-citedEvents, 0))}
}

// beats cuts the events into beats.
func (d *incidentDraft) beats() (all []*beat) {
	open := map[string]*beat{} // by actor and act
	seen := map[string]bool{}
	for i := range d.events {
		e := &d.events[i]
		who := e.Credential
		if who == "" {
			who = d.actor(e)
		}
		key := strings.Join([]string{who, e.SourceIP, fmt.Sprint(e.act, e.outcome, e.weak)}, "\x00")
		b := open[key]
		if b == nil || b.one || e.Time.Sub(b.events[len(b.events)-1].Time) > sentencePause {
			b = &beat{act: e.act, how: e.outcome, who: who, from: e.SourceIP, weak: e.weak, one: e.single()}
			if place := who + "\x00" + e.SourceIP; !seen[place] {
				seen[place], b.entered = true, true
			}
			open[key] = b
			all = append(all, b)
		}
		b.events = append(b.events, e)
	}
	return all
}

// single reports whether an event is told by itself. Objects are opened by the thousand.
func (e *toldEvent) single() bool {
	return e.outcome == succeeded && (e.act == actLeft || e.act == actDefence || e.act == actIssue || e.act == actSignIn || e.act == actShare && !e.open)
}

// sentence tells a beat.
func (d *incidentDraft) sentence(b *beat) string {
	var t strings.Builder
	first, last := b.events[0].Time, b.events[len(b.events)-1].Time
	if first.Unix() == last.Unix() {
		fmt.Fprintf(&t, "%s: ", clockOf(first))
	} else {
		fmt.Fprintf(&t, "%s to %s: ", clockOf(first), strings.TrimPrefix(clockOf(last), first.UTC().Format("2006-01-02 ")))
	}
	t.WriteString(d.subject(b))
	t.WriteByte(' ')
	t.WriteString(b.verb())
	if b.weak {
		t.WriteString(", as it may have in the owner's ordinary use")
	}
	t.WriteByte('.')
	return t.String()
}

// subject names who acted: in full at the first time, and from where.
func (d *incidentDraft) subject(b *beat) string {
	e := b.events[0]
	s := quoteName(b.who)
	if e.Credential == "" {
		s = who(b.who)
	} else if b.entered {
		s += " (" + who(e.Principal) + ")"
	}
	if e.SourceIP != "" {
		s += " from " + quoteName(e.SourceIP)
	}
	if b.entered && e.agent != "" {
		s += ", user agent " + quoteAgent(e.agent) + ","
	}
	return s
}

// actor names who made a call without a key. Of a user of Identity Center the record names the account, beside the user's ID.
func (d *incidentDraft) actor(e *toldEvent) string {
	if isAccount(e.Principal) && e.node >= 0 {
		return valid(d.b.lineage.Node(e.node).Principal)
	}
	return e.Principal
}

// quoteAgent shows a user agent, of which the beginning says most.
func quoteAgent(agent string) string {
	agent = strings.Trim(agent, "[]")
	const most = 90
	cut := ""
	if len(agent) > most {
		agent, cut = valid(agent[:most]), "…"
	}
	return `"` + strings.ReplaceAll(Terminal(agent), `"`, `'`) + cut + `"`
}

// verb says what the beat's events are.
func (b *beat) verb() string {
	n := int64(len(b.events))
	names := callNames(b.events)
	switch {
	case b.act == actSignIn && b.how != succeeded && b.enters():
		return fmt.Sprintf("failed to sign in, %s (%s)", plural(n, "time"), names)
	case b.act == actSignIn && b.how != succeeded:
		return fmt.Sprintf("failed at steps of signing in, %s (%s)", plural(n, "time"), names)
	case b.how == denied:
		return fmt.Sprintf("was refused %s: %s", plural(n, "call"), names)
	case b.how == failed:
		return fmt.Sprintf("made %s that failed: %s", plural(n, "call"), names)
	}
	switch b.act {
	case actProbe:
		return "asked who it is (" + names + ")" + times(n)
	case actSignIn:
		if !b.enters() {
			return "took steps of signing in (" + names + ")"
		}
		return "signed in (" + names + ")"
	case actIssue:
		return b.events[0].issuing()
	case actSecret, actRead:
		return b.read(names)
	case actShare:
		return "opened data to others or exported it (" + names + "): " + things(b.events)
	case actLeft:
		return b.events[0].making()
	case actDefence:
		return "weakened defences by " + names + about(b.events)
	case actGuard:
		return "changed what guards or records by " + names + times(n) + about(b.events)
	case actRun:
		return "ran " + names + times(n) + about(b.events)
	case actDestroy:
		return "deleted or stopped by " + names + times(n) + about(b.events)
	case actLook:
		return fmt.Sprintf("looked, by %s: %s", plural(n, "call"), names)
	}
	return "changed by " + names + times(n) + about(b.events)
}

// enters reports whether all of its events are sign-ins, and not something that goes with one.
func (b *beat) enters() bool {
	return !slices.ContainsFunc(b.events, func(e *toldEvent) bool { return !isAmong(entering, e.Source, parser.Action(e.Name)) })
}

func times(n int64) string {
	if n == 1 {
		return ""
	}
	return ", " + plural(n, "time")
}

func (e *toldEvent) call() string {
	return strings.TrimSuffix(e.Source, suffix) + ":" + quoteName(e.Name)
}

// callNames lists the calls of events, the first few by name.
func callNames(events []*toldEvent) string {
	var all []string
	for _, e := range events {
		if call := e.call(); !slices.Contains(all, call) {
			all = append(all, call)
		}
	}
	return enumerate(all)
}

func enumerate(all []string) string {
	if n := len(all) - namedThings; n > 0 {
		return strings.Join(all[:namedThings], ", ") + fmt.Sprintf(" and %s more", number(int64(n)))
	}
	return strings.Join(all, ", ")
}

// things lists what events were about.
func things(events []*toldEvent) string {
	var all []string
	for _, e := range events {
		for part := range strings.SplitSeq(e.about(), ", ") {
			if r := quoteName(part); part != "" && part != "…" && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	if all == nil {
		return "the records name nothing"
	}
	return enumerate(all)
}

// about is what an event names: its resources, or what of the defences it weakened, unless that is the account itself, or what it read
// or opened to others, which LookupEvents may take for no resource.
func (e *toldEvent) about() string {
	switch {
	case e.Resource != "":
		return e.Resource
	case len(e.targets) > 0 && !slices.Equal(e.targets, []string{e.Account}):
		return strings.Join(e.targets, ", ")
	}
	var all []string
	for _, a := range e.reads {
		if a.resource != "" {
			all = append(all, a.resource)
		}
	}
	return strings.Join(all, ", ")
}

func about(events []*toldEvent) string {
	for _, e := range events {
		if e.about() != "" {
			return ": " + things(events)
		}
	}
	return ""
}

// issuing says what an event handed out.
func (e *toldEvent) issuing() string {
	switch {
	case e.issued == "":
		return "called " + e.call() + about([]*toldEvent{e})
	case strings.HasPrefix(e.Name, "Assume"):
		return "assumed " + e.roleTaken() + " (" + e.call() + ") and got " + quoteName(e.issued)
	case len(e.made) > 0 && e.owner != "":
		return "made access key " + quoteName(e.issued) + " for IAM user " + quoteName(e.owner) + " (" + e.call() + ")"
	case len(e.made) > 0:
		return "made access key " + quoteName(e.issued) + " (" + e.call() + ")"
	}
	return "got " + quoteName(e.issued) + " (" + e.call() + ")"
}

// roleTaken names the role that an event took. Its resources name the session and its key too.
func (e *toldEvent) roleTaken() string {
	for part := range strings.SplitSeq(e.Resource, ", ") {
		if role, ok := pathName(part, ":role/"); ok && strings.HasPrefix(part, "arn:") {
			if a := accountIn(part); a != e.Account {
				return "role " + quoteName(role) + " of account " + quoteName(a)
			}
			return "role " + quoteName(role)
		}
	}
	return things([]*toldEvent{e})
}

// quoteEach quotes the parts of the name of a thing, which are parted by commas.
func quoteEach(target string) string {
	parts := strings.Split(target, ", ")
	for i := range parts {
		parts[i] = quoteName(parts[i])
	}
	return strings.Join(parts, ", ")
}

// making says what an event made.
func (e *toldEvent) making() string {
	var all []string
	for _, m := range e.made {
		all = append(all, m.family+" "+quoteEach(m.target))
	}
	if all == nil {
		return "made something by " + e.call() + about([]*toldEvent{e})
	}
	return "made or changed " + enumerate(all) + " (" + e.call() + ")"
}

// readWhat begins what a reading of a kind was of, where it is named.
func readWhat(kind string) string {
	switch kind {
	case "model":
		return "answers of model"
	case "secret", "table", "database", "log group", "queue", "repository":
		return kind
	}
	if strings.HasPrefix(kind, "parameter") {
		return kind
	}
	return kind + " of"
}

// read says what was read.
func (b *beat) read(names string) string {
	type sum struct {
		what    string
		objects map[string]bool
		bytes   int64
	}
	var sums []*sum
	for _, e := range b.events {
		for _, a := range e.reads {
			what := a.kind
			if a.resource != "" {
				what = readWhat(a.kind) + " " + quoteName(a.resource)
			}
			i := slices.IndexFunc(sums, func(s *sum) bool { return s.what == what })
			if i < 0 {
				i = len(sums)
				sums = append(sums, &sum{what, map[string]bool{}, 0})
			}
			sums[i].bytes += a.bytes
			if a.object != "" {
				sums[i].objects[a.object] = true
			}
		}
	}
	var all []string
	for _, s := range sums {
		text := s.what
		if n := len(s.objects); n > 0 {
			text += " (" + plural(int64(n), "object")
			if s.bytes > 0 {
				text += ", " + size(s.bytes)
			}
			text += ")"
		}
		all = append(all, text)
	}
	if all == nil {
		return "read by " + names
	}
	return "read " + enumerate(all) + " (" + names + times(int64(len(b.events))) + ")"
}
