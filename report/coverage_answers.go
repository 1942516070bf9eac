package report

import (
	"cmp"
	"slices"
)

// This file lists the questions that are asked of each account and region, and what
// of the evidence bears on each; coverage_judge.go answers them.

// A rule says what may be concluded where no trail's selectors are known.
type rule uint8

const (
	ruleManagement rule = iota // recorded unless told otherwise: what is seen speaks for itself
	ruleWithin                 // some of the management events, shown to be recorded by one of them and, from there on, by any
	ruleSignin                 // the same, shown by any: no selector excludes them; those of users of IAM are recorded in several regions
	ruleData                   // recorded only where asked for, by resource
	ruleRest                   // the resources that no other answer names
	ruleOptional               // recorded only where asked for
)

// A question is one that an Answer answers.
type question struct {
	Answer
	rule   rule
	probe  probe
	region string // "": not known, or all
	place  int    // -1: the evidence has no log of it
	global bool   // about a global service

	own   seenSets // the events asked about
	with  seenSets // events that the same selectors record, more frequent than own; own among them
	class seenSets // events that show that the like is recorded in this place; own among them
	proof seenSets // the same, anywhere in the account
	files int64    // objects that hold such records, which are no events
	about string   // what all the events of the class are about that do not count
}

// seenSets are events of several kinds, or places.
type seenSets []stretches

func (s seenSets) between(from, to int) (sum stretch) {
	for _, set := range s {
		one := set.between(from, to)
		sum.plus(&one)
	}
	return sum
}

// An accountView is what the questions about one account share.
type accountView struct {
	*CoverageBuilder
	account string
	mine    []int // its places, sorted by region
	known   []*trail
	gaps    [][2]int64 // the longest of a day or more, without a log in any of its regions
	more    [][2]int64 // further such gaps
	cuts    []int      // the epochs in which what is known of these trails changes
	byARN   bool       // selectors tell resources apart
	cached  map[phaseKey][]phase
	offAt   map[int]int // by epoch, see off
	offSets map[string]int
	byType  map[string]*typeView
	types   []string
	out     []question
}

// A typeView is the data events of one type of resource in an account.
type typeView struct {
	resources []int // into dataTable.resources: the most events first, log buckets last
	named     []string
	proof     stretches          // of those that hold no logs
	places    map[int]*stretches // the same by place
	logs      int64              // events that do not count: they are about log buckets
}

// count takes in events of a resource that holds no logs.
func (t *typeView) count(place int, r *dataResource) {
	if t.places[place] == nil {
		t.places[place] = new(stretches)
	}
	t.proof = t.proof.merge(r.reads).merge(r.writes)
	*t.places[place] = t.places[place].merge(r.reads).merge(r.writes)
}

// in returns what was counted in a place, or in all of them.
func (t *typeView) in(place int) stretches {
	switch {
	case place < 0:
		return t.proof
	case t.places[place] == nil:
		return nil
	}
	return *t.places[place]
}

// answers asks all questions, account by account.
func (b *CoverageBuilder) answers() []Answer {
	out := []Answer{}
	if b.span.First.IsZero() {
		return out
	}
	places := b.sortedPlaces()
	for from := 0; from < len(places); {
		account := b.places.keys[places[from]].account
		to := from
		for to < len(places) && b.places.keys[places[to]].account == account {
			to++
		}
		v := accountView{CoverageBuilder: b, account: account, mine: places[from:to]}
		v.look()
		v.management()
		v.optional()
		v.resources()
		out = append(out, v.answer()...)
		from = to
	}
	return out
}

// look finds the trails and the data events that bear on the account.
func (v *accountView) look() {
	for _, t := range v.trails.vals {
		if t.key.store || t.key.account != v.account && (!t.everOrganisation() || v.apart(t.key.account)) {
			continue
		}
		v.known = append(v.known, t)
		for i := range t.history {
			v.cuts = append(v.cuts, t.history[i].epoch)
			v.byARN = v.byARN || t.history[i].state.selectors.byARN()
		}
	}
	v.cuts = append(v.cuts, 0)
	if v.epochsFull {
		v.cuts = append(v.cuts, len(v.epochs)-1)
	}
	slices.Sort(v.cuts)
	v.cuts = slices.Compact(v.cuts)
	v.gaps, v.more = v.cells.silences(v.mine, v.epochs[0], v.end())
	v.byType = make(map[string]*typeView)
	for _, typ := range [...]string{s3Object, lambdaFunction, dynamoTable} {
		v.typeOf(typ)
	}
	v.seenTypes()
	v.namedTypes()
	rest := v.types[3:]
	slices.Sort(rest)
}

func (t *trail) everOrganisation() bool {
	return slices.ContainsFunc(t.history, func(h trailEpoch) bool { return h.state.flags[flagOrg] == isTrue })
}

// apart reports whether the account and another one are known to be of different organizations: a trail of the one's records nothing of
// the other.
func (v *accountView) apart(other string) bool {
	of := func(account string) []string {
		if i, ok := v.accounts.index[account]; ok {
			return v.accounts.vals[i].organizations
		}
		return nil
	}
	mine, theirs := of(v.account), of(other)
	return len(mine) > 0 && len(theirs) > 0 && !slices.ContainsFunc(mine, func(o string) bool { return slices.Contains(theirs, o) })
}

func (v *accountView) typeOf(typ string) *typeView {
	if v.byType[typ] == nil {
		v.byType[typ] = &typeView{places: make(map[int]*stretches)}
		v.types = append(v.types, typ)
	}
	return v.byType[typ]
}

// seenTypes takes in the resources that events are about.
func (v *accountView) seenTypes() {
	t := &v.data
	for i := range t.resources.keys {
		k, r := &t.resources.keys[i], &t.resources.vals[i]
		if v.isMine(k.place) {
			view := v.typeOf(k.typ)
			view.resources = append(view.resources, i)
			if v.holdsLogs(k, r) {
				view.logs += r.logs + r.others
			} else {
				view.count(k.place, r)
			}
		}
	}
	for i := range t.rest.keys {
		if k, r := &t.rest.keys[i], &t.rest.vals[i]; v.isMine(k.place) {
			view := v.typeOf(k.typ)
			view.count(k.place, r)
		}
	}
	for _, typ := range v.types {
		slices.SortStableFunc(v.byType[typ].resources, func(i, j int) int {
			a, b := &t.resources.vals[i], &t.resources.vals[j]
			return cmp.Or(sooner(v.holdsLogs(&t.resources.keys[j], b), v.holdsLogs(&t.resources.keys[i], a)), cmp.Compare(b.logs+b.others, a.logs+a.others), cmp.Compare(t.resources.keys[i].name, t.resources.keys[j].name))
		})
	}
}

// isMine reports whether a place is the account's.
func (v *accountView) isMine(place int) bool {
	return v.places.keys[place].account == v.account
}

// namedTypes takes in the resources that selectors name, and no event is about.
func (v *accountView) namedTypes() {
	for _, t := range v.known {
		for i := range t.probes {
			p := &t.probes[i]
			if p.category != catData {
				continue
			}
			view := v.typeOf(p.typ)
			if p.resource == "*" || slices.Contains(view.named, p.resource) || v.sees(view, p.resource) {
				continue
			}
			view.named = append(view.named, p.resource)
		}
	}
	for _, typ := range v.types {
		slices.Sort(v.byType[typ].named)
	}
}

func (v *accountView) sees(view *typeView, resource string) bool {
	return slices.ContainsFunc(view.resources, func(i int) bool { return v.data.resources.keys[i].name == resource })
}

// ask adds a question about a place.
func (v *accountView) ask(text string, r rule, place int, p probe) *question {
	q := question{Answer: Answer{Question: text, Account: v.account, Type: p.typ, Resource: p.resource, Regions: []string{}}, rule: r, probe: p, place: place}
	if place >= 0 {
		q.region = v.places.keys[place].region
		q.Regions = []string{q.region}
	}
	v.out = append(v.out, q)
	return &v.out[len(v.out)-1]
}

// seen returns what was seen of some classes in a place, or in all of the account's.
func (v *accountView) seen(place int, classes ...seenClass) (sets seenSets) {
	for _, i := range v.mine {
		if place >= 0 && i != place {
			continue
		}
		for _, c := range classes {
			sets = append(sets, v.places.vals[i].seen[c])
		}
	}
	return sets
}

// management asks about management events.
func (v *accountView) management() {
	reads, writes := probe{category: catManagement, reads: true}, probe{category: catManagement, writes: true}
	proof := v.seen(-1, seenReads, seenChanges)
	globals, signins := writes, writes
	globals.global, signins.source = true, "signin.amazonaws.com"
	for _, r := range v.globalRegions() {
		place := v.placeOf(r)
		q := v.ask("IAM and other global changes", ruleWithin, place, globals)
		q.global, q.region, q.Regions, q.proof = true, r, []string{r}, proof
		q.own, q.with, q.class = v.seen(place, seenGlobal), v.seen(place, seenChanges), v.seen(place, seenReads, seenChanges)
		q = v.ask("console sign-ins", ruleSignin, place, signins)
		q.global, q.region, q.Regions, q.proof = true, r, []string{r}, proof
		q.own, q.with, q.class = v.seen(-1, seenSignins), v.seen(place, seenChanges), v.seen(place, seenReads, seenChanges)
	}
	for _, place := range v.mine {
		class := v.seen(place, seenReads, seenChanges)
		q := v.ask("management changes", ruleManagement, place, writes)
		q.own, q.with, q.class, q.proof = v.seen(place, seenChanges), v.seen(place, seenChanges), class, proof
		q = v.ask("management reads", ruleManagement, place, reads)
		q.own, q.with, q.class, q.proof = v.seen(place, seenReads), v.seen(place, seenReads), class, proof
		keys := reads
		keys.source = "kms.amazonaws.com"
		q = v.ask("use of KMS keys", ruleWithin, place, keys)
		q.own, q.with, q.class, q.proof = v.seen(place, seenKeys), v.seen(place, seenKeys, seenReads), class, proof
	}
}

// globalRegions lists where the account's partitions record global services.
func (v *accountView) globalRegions() (out []string) {
	for _, i := range v.mine {
		if _, r := PartitionOf(v.places.keys[i].region); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

// placeOf returns the account's place of that region, or -1.
func (v *accountView) placeOf(region string) int {
	for _, i := range v.mine {
		if v.places.keys[i].region == region {
			return i
		}
	}
	return -1
}

// optional asks about what trails record only where they are told to.
func (v *accountView) optional() {
	for _, place := range v.mine {
		q := v.ask("network activity", ruleOptional, place, probe{category: catNetwork, reads: true, writes: true})
		q.own, q.class, q.proof = v.seen(place, seenNetwork), v.seen(place, seenNetwork), v.seen(-1, seenNetwork)
		q = v.ask("Insights", ruleOptional, place, probe{category: "Insight", reads: true, writes: true})
		q.own, q.class, q.proof = v.seen(place, seenInsight), v.seen(place, seenInsight), v.seen(-1, seenInsight)
		q.files = v.places.vals[place].insights
	}
}

// dataNouns word the questions about reads and writes of a type.
func dataNouns(typ string) (reads, writes string) {
	switch typ {
	case s3Object:
		return "object reads", "object writes"
	case lambdaFunction:
		return "", "function invocations"
	case dynamoTable:
		return "item reads", "item writes"
	}
	return "data reads", "data writes"
}

// resources asks about data events: of each resource that is seen or selected, and of the rest.
func (v *accountView) resources() {
	for _, typ := range v.types {
		view := v.byType[typ]
		for _, place := range v.mine {
			rest := v.data.rest.row(typeKey{place, typ})
			if rest == nil {
				rest = new(dataResource)
			}
			v.resource(view, place, typ, "*", rest.reads, rest.writes, false)
		}
		for _, i := range view.resources {
			k, r := &v.data.resources.keys[i], &v.data.resources.vals[i]
			v.resource(view, k.place, typ, k.name, r.reads, r.writes, v.holdsLogs(k, r))
		}
		for _, name := range view.named {
			v.resource(view, -1, typ, name, nil, nil, typ == s3Object && v.buckets[name])
		}
	}
}

// resource asks about the reads and the writes of one resource, or of the rest of a type.
func (v *accountView) resource(view *typeView, place int, typ, name string, reads, writes stretches, logs bool) {
	first, second := dataNouns(typ)
	r := ruleData
	if name == "*" {
		r = ruleRest
	}
	class, proof := seenSets{view.in(place)}, seenSets{view.proof}
	if logs {
		class, proof = seenSets{reads, writes}, seenSets{reads, writes}
	}
	add := func(noun string, read, write bool, own ...stretches) {
		q := v.ask(noun, r, place, probe{category: catData, reads: read, writes: write, typ: typ, resource: name})
		q.own, q.class, q.proof, q.LogBucket = own, class, proof, logs
		if view.logs > 0 && !logs {
			q.about = are(view.logs, "data event", "").is + " about log buckets"
		}
	}
	if first == "" { // one kind of call only
		add(second, false, true, reads, writes)
		return
	}
	add(first, true, false, reads)
	add(second, false, true, writes)
}
