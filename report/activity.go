package report

import (
	"net/netip"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// Counts are numbers of distinct events. Events = Succeeded + Denied + Failed.
type Counts struct {
	Events    int64 `json:"events"`
	Succeeded int64 `json:"succeeded"` // no error
	Denied    int64 `json:"denied"`    // errorCode says that access was refused
	Failed    int64 `json:"failed"`    // any other error
}

// An outcome is how a call ended.
type outcome uint8

const (
	succeeded outcome = iota
	denied
	failed
)

// outcomeOf reads the outcome from the error. A sign-in that failed has an
// errorMessage ("Failed authentication") and no errorCode.
func outcomeOf(ref *detect.EventRef) outcome {
	switch {
	case ref.ErrorCode == "" && ref.ErrorMessage == "":
		return succeeded
	case ref.ErrorCode != "" && detect.Denied(ref.ErrorCode):
		return denied
	}
	return failed
}

func (c *Counts) see(o outcome) {
	c.Events++
	switch o {
	case succeeded:
		c.Succeeded++
	case denied:
		c.Denied++
	case failed:
		c.Failed++
	}
}

func (c *Counts) plus(o *Counts) {
	c.Events += o.Events
	c.Succeeded += o.Succeeded
	c.Denied += o.Denied
	c.Failed += o.Failed
}

// A Span is the time from the first to the last of some events, of those whose
// time is plausible. It is zero where there are none.
type Span struct {
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
}

func (s *Span) see(t time.Time) {
	if s.First.IsZero() || t.Before(s.First) {
		s.First = t
	}
	if s.Last.IsZero() || t.After(s.Last) {
		s.Last = t
	}
}

func (s *Span) plus(o *Span) {
	if !o.First.IsZero() {
		s.see(o.First)
		s.see(o.Last)
	}
}

// Activity is what a table's row knows of its events.
type Activity struct {
	Counts
	Span
}

func (a *Activity) see(e *event) {
	a.Counts.see(e.outcome)
	if e.plausible {
		a.Span.see(e.ref.Time)
	}
}

func (a *Activity) add(o *Activity) {
	a.Counts.plus(&o.Counts)
	a.Span.plus(&o.Span)
}

func (a *Activity) events() int64 { return a.Events }

// A Link says what ties an event to a finding.
type Link string

// The links.
const (
	// ByIdentity: the event is part of a finding, or was made with a credential
	// (or, lacking one, by a principal) of a finding.
	ByIdentity Link = "identity"
	// ByAddress: only the source address is one of a finding. An office or a
	// proxy shares its address among many.
	ByAddress Link = "address"
)

// A Mark is one event that the report names.
type Mark struct {
	Time       time.Time `json:"time"`
	EventID    string    `json:"event_id"`
	Event      string    `json:"event"`
	Principal  string    `json:"principal,omitempty"`
	Credential string    `json:"credential,omitempty"`
	Ordinal    uint64    `json:"ordinal"`             // place in the timeline
	SourceIP   string    `json:"source_ip,omitempty"` // in the ledgers
}

// An actor is whom a row is about: a credential or, for events without one, a
// principal.
type actor struct{ credential, principal string }

func actorOf(ref *detect.EventRef) actor {
	if ref.Credential != "" {
		return actor{credential: clip(ref.Credential)}
	}
	return actor{principal: clip(ref.Principal)}
}

func (a actor) own() actor {
	return actor{strings.Clone(a.credential), strings.Clone(a.principal)}
}

// accountRow sums up the events of one account.
type accountRow struct {
	Activity
	suspicious int64 // in findings, or linked to one by identity
}

func (r *accountRow) add(o *accountRow) {
	r.Activity.add(&o.Activity)
	r.suspicious += o.suspicious
}

// actorRow sums up the events of one actor.
type actorRow struct {
	Activity
	flagged    int64           // events in findings
	confirmed  int64           // events that an examiner holds malicious
	held       []string        // IDs of the judgements on its events, the first few
	why        scan.Membership // the severest of these, of equals the first
	principals values
	types      values
	addresses  values
	agents     values
	sessions   values // sessionContext.attributes.creationDate
}

// Limits of the lists in an actor's row.
const (
	principalLimit = 5
	addressLimit   = 20
	agentLimit     = 10
)

// milder reports whether no finding as severe is known of the actor.
func (r *actorRow) milder(s detect.Severity) bool { return r.why.Finding == "" || s > r.why.Severity }

func (r *actorRow) add(o *actorRow) {
	r.Activity.add(&o.Activity)
	if o.why.Finding != "" && r.milder(o.why.Severity) {
		r.why = o.why
	}
	r.flagged += o.flagged
	r.addHeld(o)
	r.principals.limit, r.types.limit, r.sessions.limit = principalLimit, principalLimit, principalLimit
	r.addresses.limit, r.agents.limit = addressLimit, agentLimit
	merge(&r.principals, &o.principals)
	merge(&r.types, &o.types)
	merge(&r.sessions, &o.sessions)
	merge(&r.addresses, &o.addresses)
	merge(&r.agents, &o.agents)
}

// addressRow sums up the suspects' events from one sourceIPAddress.
type addressRow struct {
	Activity        // of the events linked by identity
	byOthers  count // further events from there
	confirmed int64 // of Activity, those that an examiner holds malicious
}

func (r *addressRow) add(o *addressRow) {
	r.Activity.add(&o.Activity)
	r.byOthers += o.byOthers
	r.confirmed += o.confirmed
}

func (r *addressRow) events() int64 { return r.Events + int64(r.byOthers) }

type actionKey struct {
	link            Link
	service, action string
}

func (k actionKey) own() actionKey {
	return actionKey{k.link, strings.Clone(k.service), strings.Clone(k.action)}
}

// isAddress reports whether a sourceIPAddress is an address, and not the name
// of an AWS service.
func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// isMalformed reports whether a sourceIPAddress reads as an address, and is none: with a leading zero, a port, or a part that is too large.
// Whatever wrote it so meant a place, and no service.
func isMalformed(s string) bool {
	return !isAddress(s) && strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789abcdefABCDEF.:[]/, ") == "" &&
		(strings.Count(s, ".") >= 3 || strings.Count(s, ":") >= 2)
}

// isService reports whether a principal or sourceIPAddress names AWS itself.
func isService(s string) bool {
	return s == "AWS Internal" || strings.HasSuffix(s, ".amazonaws.com") || strings.HasSuffix(s, ".amazonaws.com.cn")
}
