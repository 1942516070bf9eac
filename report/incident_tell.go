package report

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// An incidentDraft is an incident while it is told.
type incidentDraft struct {
	Incident
	b        *incidentBuilder
	c        *incidentClaims
	units    []int32
	rows     []int32 // in timeline order; those that are told
	worst    detect.Severity
	events   []toldEvent // in timeline order
	keep     *keeper
	data     PivotData
	left     PivotPersistence
	ended    map[leftThing]*Mark
	numbers  map[detect.NodeID]int // positions in Credentials
	accused  map[uint64]bool       // events of findings
	defences int
}

// A toldEvent is an event of an incident and what is known of it.
type toldEvent struct {
	IncidentEvent
	node       detect.NodeID
	weak       bool
	agent      string
	session    string // when its session began
	act        act
	made       []made1
	reads      []access
	issued     string   // the access key that it handed out
	issuedTo   string   // whose session that key is: an ARN
	owner      string   // of what it made: the user of a key, the group of a rule
	targets    []string // what it weakened or changed that guards or records
	parts      int      // of each of them
	off        []weakening
	open       bool // it made a bucket's list, or an object's, let everybody in
	expires    time.Time
	techniques []string
	weight     detect.Severity // of the severest finding from low on whose techniques they are
	outcome    outcome
}

// A made1 is a thing that an event made.
type made1 struct{ family, target string }

// tell makes the incidents of what was claimed, and gives each to write.
func (b *incidentBuilder) tell(c *incidentClaims, write func(*Incident) error) (all []Incident, more int, err error) {
	drafts, more := b.drafts(c)
	if err := b.read(drafts); err != nil {
		return nil, 0, err
	}
	b.texts = nil
	for _, d := range drafts {
		d.finish()
	}
	slices.SortStableFunc(drafts, func(x, y *incidentDraft) int {
		return cmp.Or(sooner(x.Status != IncidentCleared && x.Status != IncidentResponder, y.Status != IncidentCleared && y.Status != IncidentResponder),
			cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.Score.Total, x.Score.Total), x.First.Compare(y.First))
	})
	if err := b.news(drafts); err != nil {
		return nil, 0, err
	}
	all = []Incident{}
	for i, d := range drafts {
		d.Number = i + 1
		d.list()
		if err := write(&d.Incident); err != nil {
			return nil, 0, err
		}
		all = append(all, d.Incident)
		drafts[i] = nil // its events are written
	}
	return all, more, nil
}

// drafts sorts units and rows by incident. Of more incidents than are told, those with the severest findings, and most of them, are.
func (b *incidentBuilder) drafts(c *incidentClaims) (all []*incidentDraft, more int) {
	byRoot := map[int32]*incidentDraft{}
	for u := range b.units {
		root := c.root(int32(u))
		d := byRoot[root]
		if d == nil {
			d = &incidentDraft{b: b, c: c, keep: &keeper{reads: capped[pivotReadKey, PivotRead]{limit: pivotReadLimit}, objects: map[[16]byte]struct{}{}}, accused: map[uint64]bool{}}
			byRoot[root] = d
			all = append(all, d)
		}
		d.units = append(d.units, int32(u))
		d.worst = max(d.worst, b.units[u].head.Severity)
		for _, o := range b.units[u].events {
			d.accused[o] = true
		}
	}
	slices.SortStableFunc(all, func(x, y *incidentDraft) int {
		return cmp.Or(cmp.Compare(y.worst, x.worst), cmp.Compare(len(y.units), len(x.units)))
	})
	if len(all) > incidentLimit {
		more = len(all) - incidentLimit
		for _, d := range all[incidentLimit:] {
			delete(byRoot, c.root(d.units[0]))
		}
		all = all[:incidentLimit]
	}
	each := max(incidentTold/max(len(all), 1), 1000)
	for i := range b.rows {
		if c.owner[i] == unclaimed {
			continue
		}
		d := byRoot[c.root(c.owner[i])]
		switch {
		case d == nil:
		case len(d.rows) >= each:
			d.Untold++
		default:
			d.rows = append(d.rows, int32(i))
		}
	}
	return slices.DeleteFunc(all, b.nowhere), more
}

// nowhere reports whether an incident would have no event, and counts the findings that have some.
func (b *incidentBuilder) nowhere(d *incidentDraft) bool {
	if len(d.rows) > 0 {
		return false
	}
	for _, u := range d.units {
		if len(b.units[u].events) > 0 { // those without are counted where their events were left out
			b.unplaced++
		}
	}
	return true
}

// tellColumns are pivotColumns and the names of resources.
var tellColumns = append(slices.Clone(pivotColumns), "resource_names")

// read reads the events that are told: their columns, of those whose contents matter the records, and what took away again what was made.
func (b *incidentBuilder) read(drafts []*incidentDraft) error {
	of := map[uint64]*incidentDraft{}
	var ordinals []uint64
	for _, d := range drafts {
		d.events = make([]toldEvent, 0, len(d.rows))
		for _, row := range d.rows {
			of[b.rows[row].ordinal] = d
			ordinals = append(ordinals, b.rows[row].ordinal)
		}
	}
	slices.Sort(ordinals)
	told := ordinalFilter(ordinals...)
	err := b.store.Scan(b.ctx, told, tellColumns, func(r *Row) error {
		d := of[r.Ordinal()]
		d.events = append(d.events, d.event(r))
		return nil
	})
	if err == nil {
		err = b.techniques(of)
	}
	if err != nil {
		return err
	}
	at := map[*incidentDraft]int{}
	wanted := named(func(name string) bool {
		_, trail := trailCalls[name]
		return readings[name] != nil || made[name] != nil || guards[name] != nil || trail || name == opensObject || detect.HandsOut(name)
	})
	f := &Filter{clauses: append([]clause{{any: []predicate{wanted}}}, told.clauses...)}
	err = b.store.scanCalls(b.ctx, f, keepColumns, parts, func(r *Row, rec *parser.Record) error {
		d := of[r.Ordinal()]
		i := at[d]
		for d.events[i].Ordinal < r.Ordinal() {
			i++
		}
		at[d] = i
		d.contents(r, rec, &d.events[i])
		return nil
	})
	if err == nil {
		err = b.takenAway(drafts)
	}
	if err == nil {
		err = b.takenBack(drafts)
	}
	if err == nil {
		b.objects, err = b.objectEvents()
	}
	return err
}

// event takes a row with tellColumns.
func (d *incidentDraft) event(r *Row) toldEvent {
	row := d.c.row(r.Ordinal())
	p := Pivot{lineage: d.b.lineage}
	e := p.eventOf(r)
	text := d.b.text
	t := toldEvent{node: d.b.rows[row].node, weak: d.c.weak[row], agent: text(e.UserAgent), session: text(r.Text(columnSession)), outcome: e.outcome}
	t.IncidentEvent = IncidentEvent{
		Ordinal: e.Ordinal, Time: e.Time, ID: own(e.ID), Name: text(e.Name), Source: text(e.Source), Region: text(e.Region), Account: text(e.Account), Principal: text(e.Principal),
		Credential: text(e.Credential), SourceIP: text(e.SourceIP), Outcome: outcomes[e.outcome], Error: text(e.Error),
		Resource: text(subjectsOf(r.Values(len(pivotColumns)))), InFinding: d.accused[e.Ordinal],
	}
	t.act = actOf(&t.IncidentEvent, e.ReadOnly)
	return t
}

// text returns a copy of s that outlives the block, and is the same for all that is told.
func (b *incidentBuilder) text(s string) string {
	have, ok := b.texts[s]
	if !ok {
		have = own(s)
		key := have
		if key != s { // it was cut
			key = strings.Clone(s)
		}
		b.texts[key] = have
	}
	return have
}

// contents takes what the record of an event says, see scanCalls.
func (d *incidentDraft) contents(r *Row, rec *parser.Record, e *toldEvent) {
	d.keep.see(r, rec)
	name := parser.Action(r.Text(2))
	if e.outcome == succeeded {
		for _, ch := range d.keep.changes(r, rec, made, left) {
			e.made = append(e.made, made1{ch.family, ch.thing.target})
		}
		for i := range e.made {
			if names := owners[e.made[i].family]; names != "" {
				e.owner = own(valid(textOfFirst(rec, names)))
			}
			e.open = e.open || e.made[i].family == "bucket ACL" && opensList(rec)
		}
		if name == opensObject && serves("s3", r.Text(3)) && opensList(rec) {
			e.act, e.open, e.targets, e.parts = actShare, true, []string{textOfFirst(rec, "<bucketName")}, 1
		}
		if detect.HandsOut(name) {
			key, expiry := issued(rec)
			e.issued = key
			e.expires, _ = expiryOf(expiry)
			e.issuedTo = own(valid(textOfFirst(rec, ">assumedRoleUser.arn|>federatedUser.arn|>credentialSet[].assumedRoleUser.arn")))
		}
	}
	for _, how := range readings[name] {
		if serves(how.service, r.Text(3)) {
			e.reads = append(e.reads, how.accesses(rec)...)
		}
	}
	if len(e.reads) > 0 && e.outcome == succeeded {
		e.act = actOfReading(e.reads[0].kind, e.act)
	}
	if e.act = e.guarding(rec); e.outcome == succeeded {
		e.off = weakenings(r, rec, weakens)
	}
	if len(e.made) > 0 && e.act == actChange {
		e.act = actLeft
	}
}

// owners are where a call names what the thing that it makes belongs to.
var owners = map[string]string{
	"access key": ">accessKey.userName|<userName", "service credential": "<userName|>serviceSpecificCredential.userName", "SSH key": "<userName", "signing certificate": "<userName",
	"security group rule": "<groupId|>securityGroupRuleSet.items[].groupId", "key grant": "<keyId",
}

// opensObject is the call that may let everybody in to an object.
const opensObject = "PutObjectAcl"

// opensList reports whether the list that a request sets lets everybody in, or everybody who has an account.
func opensList(rec *parser.Record) bool {
	v, _ := rec.Get("requestParameters")
	raw := string(v.Raw())
	for _, to := range [...]string{`"public-read"`, `"public-read-write"`, `"authenticated-read"`, "groups/global/AllUsers", "groups/global/AuthenticatedUsers"} {
		if strings.Contains(strings.ReplaceAll(raw, `\/`, "/"), to) {
			return true
		}
	}
	return false
}

// saysWho are detectors whose techniques are about the caller, whatever its events do.
var saysWho = map[string]bool{"suspect-activity": true, "suspicious-user-agent": true}

// techniques gives the events the techniques of the findings that list them, suppressed ones apart.
func (b *incidentBuilder) techniques(of map[uint64]*incidentDraft) error {
	var have *detect.Detector
	var weight detect.Severity
	telling := func(detector string) bool {
		have = b.detectors[detector]
		return have != nil && len(have.Techniques) > 0 && detector != detect.ConflictingCopies && !saysWho[detector]
	}
	return b.walk(func(f *scan.Membership, events []uint64) bool {
		return telling(f.Detector) && (events == nil || slices.ContainsFunc(events, func(o uint64) bool { return of[o] != nil }))
	}, func(h *scan.FindingHead) bool {
		weight = h.Severity
		return telling(h.Detector) && h.Suppressed == ""
	}, func(ordinal uint64) {
		d := of[ordinal]
		if d == nil {
			return
		}
		i, ok := slices.BinarySearchFunc(d.events, ordinal, func(e toldEvent, o uint64) int { return cmp.Compare(e.Ordinal, o) })
		if !ok {
			return
		}
		e := &d.events[i]
		for _, t := range have.Techniques {
			if !slices.Contains(e.techniques, t) {
				e.techniques = append(e.techniques, t)
			}
		}
		e.weight = max(e.weight, weight)
	})
}

// takenAway follows what took away again what the incidents made, whoever did it, in one pass for all.
func (b *incidentBuilder) takenAway(drafts []*incidentDraft) error {
	families := map[string]bool{}
	since := int64(math.MaxInt64)
	for _, d := range drafts {
		for i := range d.keep.made {
			families[d.keep.made[i].family] = true
		}
		if len(d.keep.made) > 0 {
			since = min(since, d.keep.made[0].mark.Time.Truncate(time.Second).UnixMicro())
		}
	}
	if len(families) == 0 {
		return nil
	}
	ends := endsOf(families)
	err := b.store.scanCalls(b.ctx, filterOf(&timePredicate{span64{since, math.MaxInt64}}, ends), keepColumns, parts, func(r *Row, rec *parser.Record) error {
		changes := drafts[0].keep.ending(r, rec) // the same for all
		for _, d := range drafts {
			k := d.keep
			if len(k.made) == 0 && len(k.ledger.items) == 0 {
				continue
			}
			k.makeUpTo(r.Ordinal())
			k.end(changes)
		}
		return nil
	})
	for _, d := range drafts {
		d.keep.makeUpTo(math.MaxUint64)
	}
	return err
}

// finish makes the incident of its events.
func (d *incidentDraft) finish() {
	d.data, d.left = d.keep.data(), d.keep.left()
	d.ended = d.endings()
	d.First, d.Last = d.events[0].Time, d.events[len(d.events)-1].Time
	for i := range d.events {
		e := &d.events[i]
		d.Counts.see(e.outcome)
		if !slices.Contains(d.Accounts, e.Account) && e.Account != "" {
			d.Accounts = append(d.Accounts, e.Account)
		}
		if e.act == actDefence && e.outcome == succeeded {
			d.defences++
		}
	}
	slices.Sort(d.Accounts)
	d.findings()
	d.whom()
	d.chain()
	d.score()
	d.title()
	d.narrate()
	d.ask()
	d.contain()
}

// shownEvents is how many events of an incident the report lists.
const shownEvents = 100

// list lists the events that are told.
func (d *incidentDraft) list() {
	d.Events = make([]IncidentEvent, 0, len(d.events))
	for i := range d.events {
		d.Events = append(d.Events, d.events[i].IncidentEvent)
	}
	d.MoreEvents = d.Untold
}

// shownFindings is how many findings of an incident are listed.
const shownFindings = 200

func (d *incidentDraft) findings() {
	for _, u := range d.units {
		h := &d.b.units[u].head
		f := IncidentFinding{ID: h.ID, Detector: h.Detector, Severity: h.Severity, Why: h.Why, Events: h.Count, Span: Span{h.First, h.Last}, Title: valid(title(d.b.detectors, h.Detector))}
		d.Findings = append(d.Findings, f)
	}
	slices.SortStableFunc(d.Findings, func(a, b IncidentFinding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.First.Compare(b.First), strings.Compare(a.ID, b.ID))
	})
	d.ID = "INC-" + incidentID(d.b.units[d.units[0]].head.ID)
	if n := len(d.Findings); n > shownFindings {
		d.Findings, d.MoreFinding = d.Findings[:shownFindings], n-shownFindings
	}
}
