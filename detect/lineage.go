package detect

import (
	"cmp"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A Lineage is a graph of principals, sessions and access keys: who held which
// credential, which event handed it out, and who had asked for it.
//
//	l := detect.NewLineage(0)
//	for … { l.Record(r, ordinal) } // in timeline order; or See and Issue, from columns
//	l.Settle()
//	id, ok := l.Key("ASIA…")
//	parent, tie := l.Parent(id)
//
// What it is fed adds up: the graph is the same for any order, within a second and
// beyond, so an issue and the first use of what it issued may come in either order.
//
// Sessions group by principal and start (creationDate), not by key: a session of the
// console changes its keys as it goes. Where two keys of one principal and start were
// issued by different credentials they are not one session, and stay apart, as two that are named by
// an event each do. A user who was made in the evidence comes from the credential that made it, but for what one of that
// name did before: see birth.
//
// A Lineage keeps some 310 bytes for a credential that was issued and used (a test
// measures it), and admits a fixed number of nodes; Left counts what found no room.
// It belongs to one goroutine until it is settled, and is only read from then on.
type Lineage struct {
	limit int
	left  int64

	nodes    pieces[lineageNode]
	spelt    lineageNames
	index    lineageIndex
	texts    []string
	textIDs  map[string]uint32
	traits   []traits
	traitIDs map[traits]uint32

	issues    pieces[lineageIssue]
	begins    pieces[lineageIssue] // sign-ins and the like, which name no key
	shared    map[sharedID]int32
	grants    map[string][]int32 // account/permission set of Identity Center: positions in begins, by time once settled
	born      map[int32][]int32  // users: positions in begins of who made them
	rivals    map[int32][]int32  // keys that are torn: the principals that their calls name besides the least
	renamings []userRenaming

	settled settledLineage
}

// DefaultLineageNodes bounds the nodes of a Lineage. A role's session has two, its key and itself, and a third
// where its name is its own: a million credentials or more find room, in a third of a GiB.
const DefaultLineageNodes = 5 << 19

// NewLineage makes an empty graph of at most so many nodes; 0: DefaultLineageNodes.
func NewLineage(limit int) *Lineage {
	return &Lineage{
		limit: cmp.Or(limit, DefaultLineageNodes), texts: []string{""}, textIDs: map[string]uint32{"": 0},
		traits: make([]traits, 1), traitIDs: map[traits]uint32{},
		shared: map[sharedID]int32{}, grants: map[string][]int32{}, born: map[int32][]int32{}, rivals: map[int32][]int32{},
	}
}

// A NodeKind says what a node of a Lineage is.
type NodeKind uint8

// The kinds of nodes.
const (
	PrincipalNode NodeKind = iota // a user, a role's session as such, a service, an account
	SessionNode                   // a principal and the second in which its session began
	KeyNode                       // an access key
)

// String returns the kind's name.
func (k NodeKind) String() string { return [...]string{"principal", "session", "key"}[k] }

// MarshalText writes the kind's name.
func (k NodeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

const noNode = -1

// A lineageNode has no pointers, and is small, because a large archive has hundreds of thousands.
type lineageNode struct {
	name        uint32 // of a principal or key, or a sessionName: in Lineage.spelt
	principal   int32
	session     int32  // of a key
	issue       int32  // the best of those that name the key
	traits      uint32 // in Lineage.traits
	first, last int48  // calls, in Unix seconds
	calls       int48
	kind        NodeKind
	direct      bool // some call was not made by a service on behalf of it
	contested   bool // issued by two credentials: one of the records is false
	torn        bool // its calls name different principals or starts
}

// A Caller is the identity of an event, as far as lineage asks for it.
type Caller struct {
	Type           string // userIdentity.type
	Principal      string // parser.Identity.Principal
	Key            string // userIdentity.accessKeyId
	SessionStart   string // sessionContext.attributes.creationDate
	Role           string // sessionContext.sessionIssuer.arn: of a federated user the user who asked for the token
	InvokedBy      string
	SourceIdentity string // sessionContext.sourceIdentity
	OnBehalfOf     string // onBehalfOf.userId
	Account        string // userIdentity.accountId
}

// CallerOf returns the identity of a record. It aliases the record.
func CallerOf(r *parser.Record) Caller {
	id := &r.Identity
	return Caller{
		Type: id.Type, Principal: id.Principal(), Key: id.AccessKeyID, SessionStart: sessionStart(id.CreationDate), Role: id.IssuerARN,
		InvokedBy: id.InvokedBy, SourceIdentity: id.SourceIdentity, OnBehalfOf: id.OnBehalfOf, Account: id.AccountID,
	}
}

// forwarded reports whether a service made the call with a credential of its own that
// stands for the caller's: a forward access session. A service-linked role is the service's own.
func (c *Caller) forwarded() bool {
	return c.Type != awsService && operational(c.Type, c.InvokedBy) && !strings.Contains(c.Role, ":role/aws-service-role/")
}

// who names the caller. Of a user of Identity Center a record may have the account alone
// beside the user's ID.
func (c *Caller) who() string {
	if c.OnBehalfOf != "" && (c.Principal == "" || c.Principal == c.Account) {
		return c.OnBehalfOf
	}
	return c.Principal
}

// Record feeds one record, with a mark by which the caller of Record knows it again.
func (l *Lineage) Record(r *parser.Record, mark uint64) {
	c := CallerOf(r)
	l.See(&c, r.Time, r.Time, 1)
	if Issues(r.EventSource, r.Name) {
		l.Issue(&IssuingEvent{
			Source: r.EventSource, Name: r.Name, Caller: c, Time: r.Time, Mark: mark, SharedID: r.SharedID,
			Failed: r.ErrorCode != "", Get: r.Get,
		})
	}
}

// See notes calls of one identity, made between two times.
func (l *Lineage) See(c *Caller, first, last time.Time, calls int64) {
	id := l.caller(c)
	if id == noNode {
		return
	}
	n := l.nodes.at(id)
	from, to, before := first.Unix(), last.Unix(), n.calls.get()
	if before > 0 {
		from, to = min(n.first.get(), from), max(n.last.get(), to)
	}
	n.first, n.last, n.calls = int48Of(from), int48Of(to), int48Of(before+calls)
	n.direct = n.direct || !c.forwarded()
	t := l.traits[n.traits]
	l.least(&t.role, c.Role)
	l.least(&t.source, c.SourceIdentity)
	l.least(&t.behalf, c.OnBehalfOf)
	l.least(&t.typ, c.Type)
	l.have(n, t)
}

// have gives a node traits.
func (l *Lineage) have(n *lineageNode, t traits) {
	if t != l.traits[n.traits] {
		n.traits = l.traitsOf(t)
	}
}

// leastType gives a node the type, if it is less than what it has.
func (l *Lineage) leastType(id int32, typ string) {
	n := l.nodes.at(id)
	t := l.traits[n.traits]
	l.least(&t.typ, typ)
	l.have(n, t)
}

// least keeps the least of the texts that are not empty: which comes first must not matter.
func (l *Lineage) least(have *uint32, text string) {
	if text == "" || *have != 0 && l.texts[*have] <= text {
		return
	}
	*have = l.text(text)
}

func (l *Lineage) text(s string) uint32 {
	id, ok := l.textIDs[s]
	if !ok {
		s = strings.Clone(s)
		id = uint32(len(l.texts))
		l.texts = append(l.texts, s)
		l.textIDs[s] = id
	}
	return id
}

// caller returns the node that holds the identity, made where it is missing: the key,
// or else the session, or else the principal.
func (l *Lineage) caller(c *Caller) int32 {
	key := l.key(c.Key)
	if key == noNode && isKey(c.Key) {
		return noNode // no room
	}
	principal := l.principal(c.who())
	if principal != noNode {
		l.leastType(principal, c.Type)
	}
	if c.Type == federatedUserType && lasting(c.Role) != "" {
		l.principal(c.Role) // what untied sessions go to
	}
	session := int32(noNode)
	if !longTerm(c.Key) {
		session = l.session(principal, c.SessionStart)
	}
	switch {
	case key != noNode:
		l.holds(key, principal, session)
		return key
	case session != noNode:
		l.leastType(session, c.Type)
		return session
	}
	return principal
}

// isKey reports whether a text can be an access key ID.
func isKey(key string) bool { return key != "" && key != Hidden }

// longTerm reports whether a key is a user's own, which has no session, though the records of some
// calls with it name a start.
func longTerm(key string) bool { return strings.HasPrefix(key, "AKIA") }

func (l *Lineage) key(name string) int32 {
	if !isKey(name) {
		return noNode
	}
	id := l.find(KeyNode, name)
	if id == noNode {
		id = l.admit(KeyNode, name)
	}
	return id
}

func (l *Lineage) principal(name string) int32 {
	if name == "" {
		return noNode
	}
	id := l.find(PrincipalNode, name)
	if id == noNode {
		if id = l.admit(PrincipalNode, name); id != noNode {
			l.nodes.at(id).principal = id
		}
	}
	return id
}

func (l *Lineage) session(principal int32, start string) int32 {
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return noNode
	}
	return l.sessionAt(principal, at.Unix())
}

func (l *Lineage) sessionAt(principal int32, start int64) int32 {
	if principal == noNode {
		return noNode
	}
	name := sessionNameOf(principal, start)
	id := l.find(SessionNode, string(name[:]))
	if id == noNode {
		if id = l.admit(SessionNode, string(name[:])); id != noNode {
			l.nodes.at(id).principal = principal
		}
	}
	return id
}

func (l *Lineage) admit(kind NodeKind, name string) int32 {
	place, ok := uint32(0), l.nodes.n < l.limit
	if ok {
		place, ok = l.spelt.put(name)
	}
	if !ok {
		l.left++
		return noNode
	}
	id := l.nodes.add(lineageNode{kind: kind, name: place, principal: noNode, session: noNode, issue: noNode})
	l.file(id)
	return id
}

// Left counts the times that a node was wanted, or a renaming to be kept, and found no room. The graph is
// whole where it is 0.
func (l *Lineage) Left() int64 { return l.left }

// holds notes whose key it is. Where calls disagree, of which one must be false, the
// least is kept, so that the order of the calls does not matter.
func (l *Lineage) holds(key, principal, session int32) {
	n := l.nodes.at(key)
	switch {
	case principal == noNode:
	case n.principal == noNode:
		n.principal = principal
	case n.principal != principal:
		n.torn = true
		if l.nameOf(principal) < l.nameOf(n.principal) {
			n.principal, principal = principal, n.principal
		}
		l.rival(key, principal)
	}
	switch {
	case session == noNode:
	case n.session == noNode:
		n.session = session
	case n.session != session:
		n.torn = true
		l.rival(key, noNode)
		if l.before(session, n.session) {
			n.session = session
		}
	}
}

func (l *Lineage) before(a, b int32) bool {
	x, y := l.nodes.at(a), l.nodes.at(b)
	return cmp.Or(strings.Compare(l.nameOf(x.principal), l.nameOf(y.principal)), cmp.Compare(l.start(x), l.start(y))) < 0
}
