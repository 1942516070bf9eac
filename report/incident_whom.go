package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

func incidentID(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// The bounds of an incident's lists.
const (
	incidentCredentials = 500
	incidentValues      = 200
)

// whom lists the credentials, principals and addresses.
func (d *incidentDraft) whom() {
	d.credentials()
	d.Principals, d.MorePrincipals = d.values(func(e *toldEvent) string { return e.Principal }, func(string) string { return "" })
	d.Addresses, d.MoreAddresses = d.values(func(e *toldEvent) string { return e.SourceIP }, d.addressNote)
}

// values counts the events by one field, and how many values found no room.
func (d *incidentDraft) values(of func(*toldEvent) string, note func(string) string) (out []IncidentValue, more int) {
	at := map[string]int{}
	out = []IncidentValue{}
	for i := range d.events {
		e := &d.events[i]
		v := of(e)
		if v == "" {
			continue
		}
		n, ok := at[v]
		if !ok {
			n = len(at)
			at[v] = n
			if n < incidentValues {
				out = append(out, IncidentValue{Value: v, Note: note(v)})
			}
		}
		if n < incidentValues {
			out[n].Events++
			out[n].Span.see(e.Time)
		}
	}
	return out, len(at) - len(out)
}

// addressNote says who else uses an address.
func (d *incidentDraft) addressNote(ip string) string {
	c := d.c
	n, ok := d.b.ips[ip]
	switch {
	case !ok, !isAddress(ip):
		return ""
	case isPrivate(ip):
		return "private: it says nothing about who used it"
	case !d.b.wanted[ip], d.b.full:
		return "" // not all that was done from there is known
	}
	others := map[detect.NodeID]bool{}
	known := false
	for _, h := range c.places[n].all {
		for _, row := range h.rows {
			if c.owner[row] == unclaimed && h.who != nobody {
				others[h.who] = true
				known = known || c.rows[row].at < d.First.Unix()-lookBack
			}
		}
	}
	switch {
	case len(others) == 0:
		return "nobody else who is named used it in the evidence"
	case known:
		return "also used by " + plural(int64(len(others)), "principal") + " outside of this incident, before it too"
	}
	return "also used by " + plural(int64(len(others)), "principal") + " outside of this incident"
}

// credentials lists the nodes of the graph that took part, parents before what came from them.
func (d *incidentDraft) credentials() {
	l := d.b.lineage
	d.numbers = map[detect.NodeID]int{}
	type use struct {
		events int64
		span   Span
	}
	uses := map[detect.NodeID]*use{}
	var ids []detect.NodeID
	add := func(id detect.NodeID) *use {
		u := uses[id]
		if u == nil {
			u = &use{}
			uses[id] = u
			ids = append(ids, id)
		}
		return u
	}
	for i := range d.events {
		if e := &d.events[i]; e.node >= 0 {
			u := add(e.node)
			u.events++
			u.span.see(e.Time)
		}
	}
	for i := range d.events { // handed out and not used, or used by nobody that is seen
		e := &d.events[i]
		for _, id := range d.c.issued[e.Ordinal] {
			if _, used := uses[id]; !e.weak && (used || d.c.surely(d.c.row(e.Ordinal), id)) {
				add(id)
			}
		}
	}
	in := make(map[detect.NodeID]bool, len(ids))
	for _, id := range ids {
		in[id] = true
	}
	var tops []detect.NodeID
	for _, id := range ids {
		if parent, _, ok := l.Parent(id); !ok || !in[parent] {
			tops = append(tops, id)
		}
	}
	slices.SortFunc(tops, l.Compare)
	d.Credentials, d.Roots = []IncidentCredential{}, []int{}
	list := func(tops []detect.NodeID) {
		l.Below(tops, func(id detect.NodeID, _ int) bool {
			if _, listed := d.numbers[id]; listed || !in[id] || len(d.Credentials) >= incidentCredentials {
				return false
			}
			u := uses[id]
			d.credential(id, u.events, u.span)
			return true
		})
	}
	list(tops)
	for _, id := range ids { // what no top leads to is in a circle, or below one
		if _, listed := d.numbers[id]; listed {
			continue
		}
		if len(d.Credentials) >= incidentCredentials {
			break
		}
		if above := l.Above(id); len(above) > 0 {
			id, _, _ = l.Parent(above[len(above)-1]) // where the walk up came round: itself, if it is in the circle
		}
		list([]detect.NodeID{id})
	}
	d.MoreCredentials = len(ids) - len(d.Credentials)
}

// credential lists one.
func (d *incidentDraft) credential(id detect.NodeID, events int64, span Span) {
	l := d.b.lineage
	n := l.Node(id)
	parent, tie, ok := l.Parent(id)
	at, in := d.numbers[parent]
	if !ok || !in {
		at = -1
		d.Roots = append(d.Roots, len(d.Credentials))
	}
	c := IncidentCredential{Kind: n.Kind.String(), Principal: valid(n.Principal), Type: valid(n.Type), Parent: at, Events: events, All: n.Calls, Span: span}
	c.Human, c.HumanBy = n.Human()
	c.Human = valid(c.Human)
	if len(n.Keys) > 0 {
		keys := validAll(n.Keys)
		c.Credential, c.Keys, c.MoreKeys = keys[0], keys[1:min(len(keys), 20)], max(len(keys)-20, 0)
	}
	if n.Kind != detect.PrincipalNode || tie.By != "" {
		c.Tie = tie.Confidence.String()
	}
	_, c.Whole = d.c.whole[id]
	c.Status = d.judgedCredential(&c, &n)
	c.Whole = c.Whole && !c.spared()
	if tie.By != "" {
		if i, ok := slices.BinarySearchFunc(d.events, tie.Mark, func(e toldEvent, o uint64) int { return cmp.Compare(e.Ordinal, o) }); ok {
			e := d.events[i]
			c.By = &e.IncidentEvent
			if c.Principal == "" && len(e.made) > 0 && e.made[0].family == "access key" {
				c.For = e.owner
			}
			c.Principal = cmp.Or(c.Principal, e.issuedTo) // nobody has used it yet
			if !e.expires.IsZero() {
				c.Expires, c.Alive = e.expires, e.expires.After(d.b.end)
			}
		}
	}
	d.numbers[id] = len(d.Credentials)
	d.Credentials = append(d.Credentials, c)
}

// who names a credential's principal in a few words.
func who(principal string) string {
	kind := func(mark, words string) (string, bool) {
		_, name, ok := strings.Cut(principal, mark)
		return words + " " + quoteName(name[strings.LastIndexByte(name, '/')+1:]), ok
	}
	if s, ok := kind(":user/", "IAM user"); ok {
		return s
	}
	if s, ok := kind(":federated-user/", "federated user"); ok {
		return s
	}
	if _, rest, ok := strings.Cut(principal, ":assumed-role/"); ok {
		role, session, _ := strings.Cut(rest, "/")
		if session == "" { // of records that somebody has made anonymous
			return "role " + quoteName(role)
		}
		return "role " + quoteName(role) + ", session " + quoteName(session)
	}
	if strings.HasSuffix(principal, ":root") && strings.HasPrefix(principal, "arn:") {
		return "root user of account " + quoteName(accountIn(principal))
	}
	if principal == "" {
		return "an unnamed caller"
	}
	return quoteName(principal)
}

// quoteName shows a name inside a sentence. What is not a plain name stands in quotation marks, so that it cannot pass for the sentence's own words.
func quoteName(s string) string {
	const most = 160
	if len(s) > most {
		s = valid(s[:most]) + "…"
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("+=,.@_/:-*", c) < 0 {
			return `"` + strings.ReplaceAll(Terminal(s), `"`, `'`) + `"`
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

// name names a credential of the incident.
func (c *IncidentCredential) name() string {
	switch {
	case c.For != "":
		return quoteName(c.Credential) + " (made for IAM user " + quoteName(c.For) + ")"
	case c.Credential != "":
		return quoteName(c.Credential) + " (" + who(c.Principal) + ")"
	case c.Kind == principalKind:
		return who(c.Principal)
	}
	return "a session of " + who(c.Principal)
}

// principalKind is the kind of those that acted without a key.
var principalKind = detect.PrincipalNode.String()

func clockOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }
