package report

import (
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// Limits of the tally's tables. What a table could not hold is counted, and the
// report says so.
const (
	accountLimit  = scan.MaxHomes
	actorLimit    = 500
	othersLimit   = 200 // actors seen at a suspected address only
	tallyIPLimit  = 5000
	actionLimit   = 2000
	fieldLimit    = 2000 // rows of a ledger in the report
	issuedLimit   = 1000
	keyMarkLimit  = 10 // changes of one key's state
	exampleLimit  = 5
	partKeepLimit = 1 << 14 // a part that grew beyond is not used again
)

// Launch is the day on which AWS announced CloudTrail. No event is older.
var Launch = time.Date(2013, 11, 13, 0, 0, 0, 0, time.UTC)

// Distant bounds plausible times where the caller knows nothing better.
var Distant = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// A Tally is the Sink that gathers, in bounded memory, what the report says of
// the timeline as a whole. Encode may be called by many goroutines.
type Tally struct {
	suspects *suspects
	newest   int64 // seconds since 1970: later times are not plausible
	pool     spare[*part]
	all      part // the sum of what was committed
	books    books
	keys     keyBook
	without  bool    // nothing is entered in the books
	written  *Ledger // what the books hold at the end, with links
	messages messages
	marked   *marked         // of the event store; nil: there is none
	held     *Judgements     // nil: none
	followed map[string]bool // keys, where some are held
	listed   *Judgements     // all, also where none is in force; nil: there are none
}

// NewTally reads the heads of the findings. Times before Launch, or after
// newest where that is set, count as implausible.
func NewTally(c *scan.Conclusion, newest time.Time) (*Tally, error) {
	s, err := gather(c)
	if err != nil {
		return nil, err
	}
	if newest.IsZero() {
		newest = Distant
	}
	t := &Tally{suspects: s, newest: newest.Unix()}
	t.pool.make = func() *part { return new(part) }
	t.all.limits()
	t.keys.limits()
	t.books.begin(newest)
	return t, nil
}

// A part is what one batch adds to the tally. Its tables have no limit, because
// a batch has one: only so is the sum independent of where batches were cut.
type part struct {
	accounts    capped[string, accountRow]
	days        capped[dayKey, count]
	evidence    Activity
	implausible int64
	examples    []Mark // of implausible times

	flagged    Counts // events of any finding
	suspicious Activity
	suspected  Activity // events linked by identity, in findings or not
	confirmed  Activity // of these, those that an examiner holds malicious

	judged     capped[string, judgedRow] // by the judgement's ID
	responders capped[actor, actorRow]
	stands     capped[string, stand] // by the finding's ID

	actors    capped[actor, actorRow]
	others    capped[actor, actorRow] // linked by address only
	addresses capped[string, addressRow]
	malformed capped[string, addressRow] // what reads as an address, and is none
	services  capped[string, addressRow] // whatever else is not an address
	actions   capped[actionKey, Activity]
	keys      []keyChange
	messages  []message
	books     bookPart
}

func (p *part) limits() {
	p.accounts.limit, p.days.limit = accountLimit, dailyLimit
	p.actors.limit, p.others.limit = actorLimit, othersLimit
	p.addresses.limit, p.malformed.limit, p.services.limit = tallyIPLimit, tallyIPLimit, tallyIPLimit
	p.actions.limit, p.responders.limit, p.stands.limit = actionLimit, actorLimit, standingLimit
}

func (p *part) reset() {
	p.accounts.reset()
	p.days.reset()
	p.evidence, p.implausible, p.flagged, p.suspicious, p.suspected, p.confirmed = Activity{}, 0, Counts{}, Activity{}, Activity{}, Activity{}
	p.judged.reset()
	p.responders.reset()
	p.stands.reset()
	p.actors.reset()
	p.others.reset()
	p.addresses.reset()
	p.malformed.reset()
	p.services.reset()
	p.actions.reset()
	p.books.reset()
	clear(p.examples)
	clear(p.keys)
	clear(p.messages)
	p.examples, p.keys, p.messages = p.examples[:0], p.keys[:0], p.messages[:0]
}

func (p *part) big() bool {
	return p.books.big() || max(cap(p.keys), cap(p.messages), cap(p.actors.keys), cap(p.addresses.keys), cap(p.actions.keys)) > partKeepLimit
}

// An event is an entry on its way into a part.
type event struct {
	*scan.Entry
	ref       *detect.EventRef
	outcome   outcome
	plausible bool
	flagged   bool // in a finding that makes suspects
	link      Link // "": none
	verdict   Verdict
	judged    bool // verdict is what is held of it
}

// Encode implements scan.Sink.
func (t *Tally) Encode(batch []scan.Entry) (any, error) {
	p := t.pool.get()
	for i := range batch {
		t.see(p, &batch[i])
	}
	return p, nil
}

// event is an entry with what is known of it at once.
func (t *Tally) event(entry *scan.Entry) event {
	e := event{Entry: entry, ref: &entry.Ref, outcome: outcomeOf(&entry.Ref)}
	sec := e.ref.Time.Unix()
	e.plausible = sec >= Launch.Unix() && sec <= t.newest
	return e
}

// see adds one entry. For nearly all entries it is a few look-ups: only what is
// linked to a finding, or carries something for the ledgers, is looked at closely.
func (t *Tally) see(p *part, entry *scan.Entry) {
	e := t.event(entry)
	if !e.plausible {
		p.implausible++
		if len(p.examples) < exampleLimit {
			p.examples = append(p.examples, e.mark())
		}
	}
	p.evidence.see(&e)
	if len(e.Findings) > 0 {
		p.flagged.see(e.outcome)
		if e.ref.ErrorCode == "" && e.ref.ErrorMessage != "" {
			p.messages = append(p.messages, message{e.Ordinal, own(e.ref.ErrorMessage)})
		}
		for i := range e.Findings {
			f := &e.Findings[i]
			e.flagged = e.flagged || accuses(f.Detector, f.Severity) && !t.held.clears(f.Finding)
		}
	}
	if t.held != nil {
		t.judge(p, &e)
	}
	e.link = t.link(&e)
	account := p.account(e.ref.Account)
	account.Activity.see(&e)
	if e.plausible {
		p.day(e.ref.Account, e.ref.Time.Unix()/daySeconds)
	}
	switch e.link {
	case "":
	case ByResponder:
		t.respond(p, &e)
	default:
		if e.link.Suspect() {
			account.suspicious++
		}
		t.suspect(p, &e)
	}
	if e.outcome == succeeded {
		t.key(p, &e)
	}
	if !t.without {
		t.book(&p.books, &e)
	}
}

func (p *part) account(id string) *accountRow {
	// Neighbours in the timeline mostly belong to one account.
	if n := len(p.accounts.keys); n > 0 && p.accounts.keys[n-1] == id {
		return &p.accounts.vals[n-1]
	}
	return p.accounts.at(clip(id), own)
}

// day counts an event of an account.
func (p *part) day(account string, day int64) {
	if n := len(p.days.keys); n > 0 && p.days.keys[n-1].account == account && p.days.keys[n-1].day == day {
		p.days.vals[n-1]++
		return
	}
	*p.days.at(dayKey{clip(account), day}, func(k dayKey) dayKey { return dayKey{own(k.account), k.day} })++
}

// link says what ties an event to the findings.
func (t *Tally) link(e *event) Link {
	switch {
	case e.judged:
		return e.verdict.link()
	case e.flagged:
		return ByIdentity
	}
	return t.linkTo(e.ref.Principal, e.ref.Credential, e.ref.SourceIP)
}

// linkTo says what ties whoever made an event to the findings.
func (t *Tally) linkTo(principal, credential, address string) Link {
	s := t.suspects
	switch {
	case s.credentials[credential], credential == "" && s.principals[principal]:
		return ByIdentity
	case s.addresses[address]:
		return ByAddress
	}
	return ""
}

// suspect adds an event that is linked to a finding.
func (t *Tally) suspect(p *part, e *event) {
	ref := e.ref
	if e.flagged {
		p.suspicious.see(e)
	}
	actors := &p.others
	if e.link.Suspect() {
		actors = &p.actors
		p.suspected.see(e)
	}
	if e.link == Confirmed {
		p.confirmed.see(e)
	}
	key := actorOf(ref)
	if key.credential != "" || key.principal != "" && !isService(key.principal) {
		actors.at(key, actor.own).see(e)
	}
	p.from(e)
	t.acts(p, e)
}

// see adds an event of the actor.
func (r *actorRow) see(e *event) {
	ref := e.ref
	r.Activity.see(e)
	if e.judged {
		r.judge(&e.verdict)
	}
	if e.flagged {
		r.flagged++
		for _, m := range e.Findings {
			if accuses(m.Detector, m.Severity) && r.milder(m.Severity) {
				r.why = scan.Membership{Finding: own(m.Finding), Detector: own(m.Detector), Severity: m.Severity}
			}
		}
	}
	see(&r.principals, ref.Principal)
	see(&r.types, ref.PrincipalType)
	see(&r.sessions, ref.SessionStart)
	see(&r.agents, ref.UserAgent)
	see(&r.addresses, ref.SourceIP)
}

// acts adds what a suspect or responder did and read.
func (t *Tally) acts(p *part, e *event) {
	ref := e.ref
	if ref.ReadOnly != "true" {
		p.actions.at(actionKey{e.link, clip(ref.EventSource), clip(ref.Action())}, actionKey.own).see(e)
	}
}

// from adds the event to the row of its source.
func (p *part) from(e *event) {
	if e.ref.SourceIP == "" {
		return
	}
	table := &p.addresses
	switch {
	case isAddress(e.ref.SourceIP):
	case isMalformed(e.ref.SourceIP):
		table = &p.malformed
	default:
		table = &p.services
	}
	r := table.at(clip(e.ref.SourceIP), own)
	if e.link.Suspect() {
		r.Activity.see(e)
	} else {
		r.byOthers++
	}
	if e.link == Confirmed {
		r.confirmed++
	}
}

// Commit implements scan.Sink.
func (t *Tally) Commit(encoded any) error {
	p, all := encoded.(*part), &t.all
	merge(&all.accounts, &p.accounts)
	merge(&all.days, &p.days)
	all.evidence.add(&p.evidence)
	all.implausible += p.implausible
	all.examples = append(all.examples, p.examples[:min(len(p.examples), exampleLimit-len(all.examples))]...)
	all.flagged.plus(&p.flagged)
	all.suspicious.add(&p.suspicious)
	all.suspected.add(&p.suspected)
	all.confirmed.add(&p.confirmed)
	merge(&all.judged, &p.judged)
	merge(&all.responders, &p.responders)
	merge(&all.stands, &p.stands)
	merge(&all.actors, &p.actors)
	merge(&all.others, &p.others)
	merge(&all.addresses, &p.addresses)
	merge(&all.malformed, &p.malformed)
	merge(&all.services, &p.services)
	merge(&all.actions, &p.actions)
	for i := range p.keys {
		t.keys.apply(&p.keys[i], t.suspects)
	}
	if err := t.books.commit(&p.books); err != nil {
		return err
	}
	for _, m := range p.messages {
		t.messages.add(m)
	}
	if !p.big() {
		p.reset()
		t.pool.put(p)
	}
	return nil
}

// Close implements scan.Sink.
func (t *Tally) Close() error {
	t.pool.drop()
	return t.books.closeRest()
}
