package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Confidence says how sure the tie of a credential to its issuer is.
type Confidence uint8

// The levels of confidence, in rising order.
const (
	// Untied: no event in the evidence shows how it began. Its parent is the principal that its calls
	// name, where that outlives a session, and else there is none.
	Untied Confidence = iota
	// Possible: inferred; it is the nearest of several events that fit, or one of several sign-ins, or records contradict each other.
	Possible
	// Likely: inferred; one event fits, or several of one issuer.
	Likely
	// Exact: the issuing event names the key, or the key's own calls name the user that it belongs to.
	Exact
)

// String returns the confidence in words.
func (c Confidence) String() string {
	return [...]string{"not tied", "inferred, possible", "inferred, likely", "exact"}[c]
}

// MarshalText writes the confidence in words.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// A Tie leads from a credential to what it came from.
type Tie struct {
	Confidence Confidence
	By         string    // the issuing event's name; "": none
	Mark       uint64    // of that event
	At         time.Time // its time
	Why        string    // in words
}

// The reaches of inference: AssumeRole's event and creationDate differ by the seconds that
// a call takes, a sign-in's by those that the redirects of a browser take.
const (
	issueReach  = 2
	signinReach = 60
)

// Why a tie is what it is.
const (
	whyNothing uint8 = iota
	whyIssued
	whySameSession
	whyContested
	whyMixed
	whyOwned
	whyMade
	whyStart
	whySignin
	whyGrant
	whyGrantOther
	whyAmbiguous
	whySignins
	whyOnlyCredential
	whyForwarded
	whyOnlySession
	whyFederated
	whyRenamed
)

// whys are the reasons in words; %s is the distance in time.
var whys = [...]string{
	whyNothing:        "no event in the evidence shows how it began",
	whyIssued:         "the event that issued it names its key",
	whySameSession:    "an event names one of its keys; the others have its principal and start",
	whyContested:      "two credentials are said to have issued it: one of the records is false",
	whyMixed:          "its keys come from different credentials, and this one is named by no event",
	whyOwned:          "its calls name the user that it belongs to",
	whyMade:           "an event made this user",
	whyStart:          "same principal, issued %s from its start",
	whySignin:         "same principal, sign-in %s from its start",
	whyGrant:          "same account and permission set, taken %s from its start",
	whyGrantOther:     "same account and permission set, taken %s from its start, by one who is tied to sessions of other names, or one of several tied to this name",
	whyAmbiguous:      "events of different credentials fit equally, %s from its start",
	whySignins:        "sign-ins of the same principal fit equally, %s from its start: which of them began it is not told",
	whyOnlyCredential: "forward access session: a service acts for its principal, of whom one credential is seen",
	whyForwarded:      "forward access session: a service acts for its principal; for which credential is not told",
	whyOnlySession:    "calls without a key, of a principal of whom one session is seen",
	whyFederated:      "its calls name the user who asked for it; with which credential is not told",
	whyRenamed:        "the same user: UpdateUser gave it this name",
}

// A tie is a Tie while the graph is made.
type tie struct {
	parent     int32
	issue      int32 // position in issues, or in begins where begin is set
	fits       uint16
	apart      uint8
	why        uint8
	confidence Confidence
	begin      bool
}

var untied = tie{parent: noNode, issue: noNode}

// A settledLineage is what Settle makes.
type settledLineage struct {
	ties       []tie
	shown      []int32 // by key: the node that stands for it
	children   lists
	keys       lists           // by session: the keys that it stands for
	byTarget   []int32         // issues by target, then by time
	beginsBy   []int32         // begins, likewise
	remade     map[int32]bool  // users of whose name there were several: see birth
	renamed    map[int32]int32 // users: what they were called before
	assertions map[int32]int32 // sessions of SAML users: the principal that each began
	soleOwned  []int32         // by principal: its only credential that is no forward access session; mixed: several
}

// mixed stands for several nodes.
const mixed = -2

// lists are lists of nodes by node, in one piece of memory.
type lists struct{ from, all []int32 }

func (l *lists) of(id int32) []int32 { return l.all[l.from[id]:l.from[id+1]] }

// newLists makes the lists of pairs, each sorted.
func newLists(n int, pairs func(yield func(of, id int32))) (l lists) {
	l.from = make([]int32, n+1)
	pairs(func(of, _ int32) { l.from[of+1]++ })
	for i := range n {
		l.from[i+1] += l.from[i]
	}
	l.all = make([]int32, l.from[n])
	at := slices.Clone(l.from)
	pairs(func(of, id int32) { l.all[at[of]] = id; at[of]++ })
	return l
}

// Settle ties every credential to what it came from. Nothing may be fed afterwards.
func (l *Lineage) Settle() {
	l.settle()
	l.forget()
}

// forget drops what only feeding and tying asks for.
func (l *Lineage) forget() {
	l.settled.byTarget, l.settled.beginsBy, l.settled.soleOwned, l.settled.remade, l.settled.assertions, l.settled.renamed = nil, nil, nil, nil, nil, nil
	l.shared, l.grants, l.born, l.rivals, l.renamings, l.textIDs, l.traitIDs = nil, nil, nil, nil, nil, nil, nil
}

func (l *Lineage) settle() {
	s := &l.settled
	l.rename()
	l.orderGrants()
	l.assertions()
	s.ties = slices.Repeat([]tie{untied}, l.nodes.n)
	exact := l.group()
	s.byTarget, s.beginsBy = byTarget(&l.issues), byTarget(&l.begins)
	l.births()
	for id := range l.nodes.n {
		if l.stands(int32(id)) {
			s.ties[id] = l.tieOf(int32(id), exact)
		}
	}
	l.weighGrants()
	l.soleCredentials()
	for id := range l.nodes.n {
		if l.stands(int32(id)) {
			l.rollUp(int32(id))
		}
	}
	l.parted()
	l.renamedUsers()
	s.children = newLists(l.nodes.n, func(yield func(of, id int32)) {
		for id := range s.ties {
			if p := s.ties[id].parent; p != noNode {
				yield(p, int32(id))
			}
		}
	})
	for id := range l.nodes.n { // by start and name, not by who came first
		slices.SortFunc(s.children.of(int32(id)), l.compare)
	}
}

// stands reports whether a node stands for itself.
func (l *Lineage) stands(id int32) bool { return l.settled.shown[id] == id }

// group decides which keys a session stands for, and returns by session the key of its first issue.
func (l *Lineage) group() (exact []int32) {
	s := &l.settled
	exact = slices.Repeat([]int32{noNode}, l.nodes.n)
	for id := range l.nodes.n {
		n := l.nodes.at(int32(id))
		if n.kind != KeyNode || n.session == noNode || n.issue == noNode {
			continue
		}
		switch have := exact[n.session]; {
		case have == noNode:
			exact[n.session] = int32(id)
		case have == mixed:
		case l.home(l.issues.at(n.issue).caller) != l.home(l.issues.at(l.nodes.at(have).issue).caller):
			exact[n.session] = mixed
		case l.better(l.issues.at(n.issue), l.issues.at(l.nodes.at(have).issue)):
			exact[n.session] = int32(id)
		}
	}
	s.shown = make([]int32, l.nodes.n)
	for id := range l.nodes.n {
		n := l.nodes.at(int32(id))
		s.shown[id] = int32(id)
		// A key that an event of its own names is a credential of its own, though another began in the same second.
		if n.kind == KeyNode && n.session != noNode && (n.issue == noNode || exact[n.session] == int32(id)) {
			s.shown[id] = n.session
		}
	}
	l.listKeys()
	return exact
}

// listKeys lists the keys that each session stands for, by name.
func (l *Lineage) listKeys() {
	s := &l.settled
	s.keys = newLists(l.nodes.n, func(yield func(of, id int32)) {
		for id := range l.nodes.n {
			if shown := s.shown[id]; shown != int32(id) {
				yield(shown, int32(id))
			}
		}
	})
	for id := range l.nodes.n {
		slices.SortFunc(s.keys.of(int32(id)), func(a, b int32) int { return strings.Compare(l.nameOf(a), l.nameOf(b)) })
	}
}

// home returns the session of a key, where it has one.
func (l *Lineage) home(id int32) int32 {
	if s := l.nodes.at(id).session; s != noNode {
		return s
	}
	return id
}

// compare orders nodes by what they are, whoever came first.
func (l *Lineage) compare(a, b int32) int {
	x, y := l.nodes.at(a), l.nodes.at(b)
	if c := cmp.Or(cmp.Compare(l.began(a), l.began(b)), cmp.Compare(x.kind, y.kind)); c != 0 {
		return c // mostly: names lie elsewhere
	}
	return cmp.Or(strings.Compare(l.nameOf(x.principal), l.nameOf(y.principal)), strings.Compare(l.name(x), l.name(y)),
		cmp.Compare(l.start(x), l.start(y)))
}

// began is when a credential began, as far as that is told.
func (l *Lineage) began(id int32) int64 {
	n, t := l.nodes.at(id), &l.settled.ties[id]
	switch {
	case n.kind == SessionNode:
		return l.start(n)
	case t.issue != noNode:
		return l.issueOf(t).at
	}
	return n.first.get()
}

func (l *Lineage) issueOf(t *tie) *lineageIssue {
	if t.begin {
		return l.begins.at(t.issue)
	}
	return l.issues.at(t.issue)
}

// tieOf ties a node by what names it, or by what fits.
func (l *Lineage) tieOf(id int32, exact []int32) tie {
	n := l.nodes.at(id)
	switch n.kind {
	case KeyNode:
		return l.named(id, whyIssued)
	case SessionNode:
		switch key := exact[id]; {
		case key == mixed:
			t := untied
			t.why = whyMixed
			return t
		case key != noNode && len(l.settled.keys.of(id)) == 1:
			return l.named(key, whyIssued)
		case key != noNode:
			return l.named(key, whySameSession)
		case l.forwarded(id): // its principal's, unless it was issued for it
			return l.inferIssued(id)
		}
		return l.infer(id)
	}
	if l.settled.remade[id] {
		return untied
	}
	return l.made(id, id, math.MaxInt64)
}

// named ties by the event that names a key.
func (l *Lineage) named(key int32, why uint8) tie {
	n := l.nodes.at(key)
	if n.issue == noNode {
		return untied
	}
	t := tie{parent: l.settled.shown[l.issues.at(n.issue).caller], issue: n.issue, fits: 1, why: why, confidence: Exact}
	if n.contested {
		t.why, t.confidence = whyContested, Possible
	}
	if t.parent == l.settled.shown[key] {
		return untied // a record that says that a key issued itself
	}
	return t
}

// forwarded reports whether all calls of a session were made by services on behalf of it.
func (l *Lineage) forwarded(id int32) bool {
	n := l.nodes.at(id)
	calls, direct := n.calls.get(), n.direct
	for _, key := range l.settled.keys.of(id) {
		k := l.nodes.at(key)
		calls += k.calls.get()
		direct = direct || k.direct
	}
	return calls > 0 && !direct
}

// soleCredentials finds each principal's only credential.
func (l *Lineage) soleCredentials() {
	s := &l.settled
	s.soleOwned = slices.Repeat([]int32{noNode}, l.nodes.n)
	for id := range l.nodes.n {
		n := l.nodes.at(int32(id))
		if n.kind == PrincipalNode || n.principal == noNode || !l.stands(int32(id)) || l.isForwarded(int32(id)) || !l.used(int32(id)) {
			continue
		}
		if s.soleOwned[n.principal] == noNode {
			s.soleOwned[n.principal] = int32(id)
		} else {
			s.soleOwned[n.principal] = mixed
		}
	}
}

func (l *Lineage) used(id int32) bool {
	for _, key := range l.settled.keys.of(id) {
		if l.nodes.at(key).calls.get() > 0 {
			return true
		}
	}
	return l.nodes.at(id).calls.get() > 0
}

func (l *Lineage) isForwarded(id int32) bool {
	return l.settled.ties[id].confidence < Exact && l.forwarded(id)
}

// rollUp gives a parent to what no event begins: forward access sessions go to their
// principal's only credential, or to the principal; what a user holds goes to the user.
func (l *Lineage) rollUp(id int32) {
	n, t := l.nodes.at(id), &l.settled.ties[id]
	if t.parent != noNode || n.principal == noNode {
		return
	}
	sole := l.settled.soleOwned[n.principal]
	switch issuer := l.federatedBy(id); {
	case issuer != noNode:
		t.parent, t.why, t.confidence = issuer, whyFederated, Exact
	case n.kind == PrincipalNode:
		if sole >= 0 && lasting(l.name(n)) == "" && n.calls.get() > 0 && l.texts[l.traits[n.traits].typ] == "AssumedRole" {
			*t = tie{parent: sole, issue: noNode, why: whyOnlySession, confidence: Likely}
		}
	case l.isForwarded(id) && sole >= 0:
		*t = tie{parent: sole, issue: noNode, why: whyOnlyCredential, confidence: Likely}
	case l.isForwarded(id):
		*t = tie{parent: n.principal, issue: noNode, why: whyForwarded, confidence: Likely}
	case n.kind == KeyNode && lasting(l.nameOf(n.principal)) != "" && longTerm(l.name(n)):
		t.parent, t.why, t.confidence = n.principal, whyOwned, Exact
	case lasting(l.nameOf(n.principal)) != "" || l.asserted(id):
		t.parent = n.principal
	}
}

// federatedBy returns the user or root whom the calls of a federated user's session name as its issuer.
func (l *Lineage) federatedBy(id int32) int32 {
	if n := l.nodes.at(id); n.kind == PrincipalNode || l.texts[l.traits[l.nodes.at(n.principal).traits].typ] != federatedUserType {
		return noNode
	}
	issuer := l.texts[l.roleOf(id)]
	if lasting(issuer) == "" {
		return noNode
	}
	return l.find(PrincipalNode, issuer)
}

// federatedUserType is the userIdentity.type of those who use GetFederationToken's sessions.
const federatedUserType = "FederatedUser"

// lasting says what kind of principal outlives its sessions: a user or root. Of others it is empty.
func lasting(principal string) string {
	switch {
	case !strings.HasPrefix(principal, "arn:"):
	case strings.Contains(principal, ":user/"):
		return "user"
	case strings.HasSuffix(principal, ":root"):
		return "root"
	}
	return ""
}

// words returns why a tie is what it is.
func (t *tie) words() string {
	why := whys[t.why]
	switch {
	case !strings.Contains(why, "%"):
		return why
	case t.fits == 1:
		return fmt.Sprintf(why+"; no other event fits", seconds(t.apart))
	}
	return fmt.Sprintf(why+"; %d events fit", seconds(t.apart), t.fits)
}

func seconds(n uint8) string { return fmt.Sprintf("%d s", n) }
