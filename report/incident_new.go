package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// newTitle is the title of what Incident.New says.
const newTitle = "What was new"

// The bounds of what is said to be new.
const (
	newEach    = 6       // principals of an incident, those with the most events
	newAll     = 64      // of all incidents together, those of the highest rank
	newValues  = 1 << 16 // services, calls, regions, networks, addresses and tools of these
	newHistory = 24 * time.Hour
)

// newTold are the dimensions of a baseline in the order in which they are told, and what several of their values are called.
var newTold = []struct{ by, several string }{
	{"service", "services"}, {"API", "calls"}, {"region", "regions"}, {"network", "networks"}, {"address", "addresses"}, {"tool", "tools"},
}

// A newActor is a principal of an incident, and whose history says what is usual of it.
type newActor struct {
	principal, role string
	events          int64
	first           *toldEvent
	subjects        []int // in the query: itself, and its role, under whatever name a session of that goes
}

// news says of the principals of each incident what they did in it for the first time in the evidence.
func (b *incidentBuilder) news(drafts []*incidentDraft) error {
	q := BaselineQuery{limit: newValues, arns: map[string]int{}, times: everything}
	if !b.end.IsZero() { // that is the last plausible time
		q.times = span64{Launch.UnixMicro(), b.end.UnixMicro()}
	}
	actors := make([][]newActor, len(drafts))
	asked := 0
	for i, d := range drafts {
		d.New = []Sentence{}
		all := d.actors()
		room := min(len(all), newEach, newAll-asked)
		b.unasked += len(all) - room
		asked += room
		actors[i] = all[:room]
		for k := range actors[i] {
			a := &actors[i][k]
			a.subjects = append(a.subjects, q.subject(a.principal))
			if a.role != "" {
				a.subjects = append(a.subjects, q.subject(a.role))
			}
		}
	}
	if asked == 0 {
		return nil
	}
	seen, err := b.store.firsts(b.ctx, &q)
	if err != nil {
		return err
	}
	values := seen.bySubject()
	for i, d := range drafts {
		d.news(&q, seen, values, actors[i])
	}
	return nil
}

// subject returns the number of a subject, which is added where it is missing.
func (q *BaselineQuery) subject(arn string) int {
	n, ok := q.arns[arn]
	if !ok {
		q.Subjects = append(q.Subjects, arn)
		n = len(q.Subjects)
		q.arns[arn] = n
	}
	return n
}

// actors lists the principals of the incident by their events, without services of AWS, users that were made in it, and callers who are named by their account only.
func (d *incidentDraft) actors() (all []newActor) {
	at := map[string]int{}
	for i := range d.events {
		e := &d.events[i]
		n, ok := at[e.Principal]
		if !ok {
			n = -1
			if e.Principal != "" && !isAccount(e.Principal) && !isService(e.Principal) && (e.node < 0 || !d.b.info(e.node).service) && !d.madeHere(e.Principal) {
				n = len(all)
				all = append(all, newActor{principal: e.Principal, first: e})
			}
			at[e.Principal] = n
		}
		if n < 0 {
			continue
		}
		a := &all[n]
		a.events++
		if a.role == "" && e.node >= 0 {
			a.role = d.b.lineage.Node(e.node).Role
		}
	}
	slices.SortStableFunc(all, func(x, y newActor) int { return cmp.Compare(y.events, x.events) })
	return all
}

// madeHere reports whether an event of the incident made the user: all is new to it.
func (d *incidentDraft) madeHere(principal string) bool {
	id, ok := d.b.lineage.Principal(principal)
	if !ok {
		return false
	}
	_, tie, _ := d.b.lineage.Parent(id)
	return tie.By != "" && d.at(tie.Mark) != nil
}

// at returns the event of the incident with that place in the timeline, or nil.
func (d *incidentDraft) at(ordinal uint64) *toldEvent {
	i, ok := slices.BinarySearchFunc(d.events, ordinal, func(e toldEvent, o uint64) int { return cmp.Compare(e.Ordinal, o) })
	if !ok {
		return nil
	}
	return &d.events[i]
}

// bySubject lists the positions of the values of each subject, in the order in which they were first seen.
func (s *firstSeen) bySubject() [][]int {
	of := make([][]int, len(s.subjects))
	for i, k := range s.values.keys {
		of[k.subject] = append(of[k.subject], i)
	}
	for _, all := range of {
		slices.SortFunc(all, func(a, b int) int {
			return cmp.Or(cmp.Compare(s.values.vals[a].ordinal, s.values.vals[b].ordinal), strings.Compare(s.values.keys[a].value, s.values.keys[b].value))
		})
	}
	return of
}

// news writes what was new to the actors. Of those of whom nothing is known before, it says that.
func (d *incidentDraft) news(q *BaselineQuery, seen *firstSeen, values [][]int, actors []newActor) {
	told := map[int]bool{}
	var strangers []*toldEvent
	var names []string
	for i := range actors {
		a := &actors[i]
		n := slices.IndexFunc(a.subjects, func(subject int) bool {
			of := &seen.subjects[subject]
			return of.events > 0 && of.span.from <= d.First.Add(-newHistory).UnixMicro()
		})
		if n < 0 {
			names, strangers = append(names, d.whose(a.principal)), append(strangers, a.first)
			continue
		}
		subject := a.subjects[n]
		if told[subject] {
			continue // sessions of one role
		}
		told[subject] = true
		if s, ok := d.newTo(d.whose(q.Subjects[subject-1]), a.first, &seen.subjects[subject], seen, values[subject]); ok {
			d.New = append(d.New, s)
		}
	}
	if len(names) > 0 {
		slices.SortFunc(strangers, func(x, y *toldEvent) int { return cmp.Compare(x.Ordinal, y.Ordinal) })
		d.New = append(d.New, Sentence{Text: fmt.Sprintf("What was new to %s cannot be told: no event from a day or more before the incident is seen.", enumerate(names)),
			Events: cite(strangers), More: int64(max(len(strangers)-citedEvents, 0))})
	}
}

// whose names a principal, a role, or the user whom a federated session is of, with its account where the incident has several.
func (d *incidentDraft) whose(arn string) string {
	name := who(arn)
	if role, ok := pathName(arn, ":role/"); ok {
		name = "role " + quoteName(role)
	}
	if account := accountIn(arn); account != "" && len(d.Accounts) > 1 {
		name += " of account " + quoteName(account)
	}
	return name
}

// newTo says what was new to a subject, or that nothing was. It says neither where what was new was first seen after the incident began
// and outside of it, or where not all values were told apart.
func (d *incidentDraft) newTo(name string, first *toldEvent, of *firstSubject, seen *firstSeen, values []int) (Sentence, bool) {
	began := d.First.UnixMicro()
	found := map[string][]string{}
	var events []*toldEvent
	unsure := seen.values.others > 0
	for _, i := range values {
		k, v := &seen.values.keys[i], &seen.values.vals[i]
		if v.span.from < began {
			continue
		}
		e := d.at(v.ordinal)
		if e == nil {
			unsure = true
			continue
		}
		by := baselineDimensions[k.dimension].by
		found[by] = append(found[by], quoteName(k.value))
		if n := len(events); n == 0 || events[n-1] != e { // values come in the order of events
			events = append(events, e)
		}
	}
	before := of.history(d.First)
	switch {
	case len(events) > 0:
		var parts []string
		for _, dim := range newTold {
			if n := len(found[dim.by]); n == 1 {
				parts = append(parts, strings.Replace(dim.by, "API", "call", 1)+" "+found[dim.by][0])
			} else if n > 1 {
				parts = append(parts, dim.several+" "+enumerate(found[dim.by]))
			}
		}
		return Sentence{Text: fmt.Sprintf("New to %s, against %s: %s.", name, before, strings.Join(parts, "; ")), Events: cite(events), More: int64(max(len(events)-citedEvents, 0))}, true
	case unsure:
		return Sentence{}, false
	}
	return Sentence{Text: fmt.Sprintf("Nothing was new to %s, against %s: its services, calls, regions, addresses and tools were seen before.", name, before), Events: []string{first.ID}}, true
}

// history says in words how much is known of a subject before a time, in full hours.
func (s *firstSubject) history(start time.Time) string {
	hour := start.UnixMicro() / microsHour
	n := int64(0)
	for h, events := range s.counts {
		if h < hour {
			n += events
		}
	}
	days := int64(start.Sub(time.UnixMicro(s.span.from)) / (24 * time.Hour))
	return plural(n, "event") + " in " + plural(days, "day") + " before"
}
