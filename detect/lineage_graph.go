package detect

import (
	"iter"
	"strings"
	"time"
)

// A NodeID names a node of a settled Lineage.
type NodeID int32

// A LineageNode is what is known of a node. Times are whole seconds.
type LineageNode struct {
	Kind      NodeKind
	Principal string // "": no call with the key was seen
	Type      string // userIdentity.type of its calls
	Name      string // of a key or principal
	Keys      []string
	Started   time.Time // of a session
	Role      string
	// Source and Behalf say which human is behind it: sourceIdentity, and onBehalfOf's user ID.
	Source, Behalf string
	Forwarded      bool // only services used it, on behalf of its principal
	Torn           bool // calls disagree about whose key it is, and no renaming of a user is seen: some record is false
	Calls          int64
	First, Last    time.Time // of the calls; zero: none was seen
}

// Node returns what is known of a node, what its keys did included.
func (l *Lineage) Node(id NodeID) LineageNode {
	n := l.nodes.at(int32(id))
	t := l.traits[n.traits]
	out := LineageNode{Kind: n.kind, Name: l.name(n), Type: l.texts[t.typ], Source: l.texts[t.source], Behalf: l.texts[t.behalf],
		Role: l.texts[l.roleOf(int32(id))], Torn: n.torn, Forwarded: l.isForwarded(int32(id))}
	if n.principal != noNode {
		out.Principal = l.nameOf(n.principal)
	}
	if n.kind == SessionNode {
		out.Started = time.Unix(l.start(n), 0).UTC()
	}
	if n.kind == KeyNode {
		out.Keys = []string{out.Name}
	}
	out.saw(n)
	for _, key := range l.settled.keys.of(int32(id)) {
		k := l.nodes.at(key)
		t := l.traits[k.traits]
		out.Keys = append(out.Keys, l.name(k))
		out.saw(k)
		out.Torn = out.Torn || k.torn
		for _, text := range []struct {
			have *string
			id   uint32
		}{{&out.Type, t.typ}, {&out.Source, t.source}, {&out.Behalf, t.behalf}} {
			if more := l.texts[text.id]; *text.have == "" || more != "" && more < *text.have {
				*text.have = more
			}
		}
	}
	return out
}

func (n *LineageNode) saw(of *lineageNode) {
	calls := of.calls.get()
	if calls == 0 {
		return
	}
	first, last := time.Unix(of.first.get(), 0).UTC(), time.Unix(of.last.get(), 0).UTC()
	if n.Calls == 0 || first.Before(n.First) {
		n.First = first
	}
	if n.Calls == 0 || last.After(n.Last) {
		n.Last = last
	}
	n.Calls += calls
}

// Label names a node in a few words: the key, the session, the principal.
func (n *LineageNode) Label() string {
	switch n.Kind {
	case KeyNode:
		return n.Name
	case SessionNode:
		return n.Principal + " since " + n.Started.Format(time.RFC3339)
	}
	return n.Name
}

// Human names whom a node points to, and by which field; "": it names nobody.
func (n *LineageNode) Human() (name, by string) {
	switch {
	case n.Source != "":
		return n.Source, "sourceIdentity"
	case n.Behalf != "":
		return n.Behalf, "onBehalfOf"
	}
	switch n.Type {
	case "IAMUser":
		return n.Principal[strings.LastIndexByte(n.Principal, '/')+1:], "IAM user"
	case "Root":
		return "root", "root user"
	case "SAMLUser", "WebIdentityUser", "IdentityCenterUser", "Directory", "AWSAccount":
		return n.Principal, n.Type
	}
	if _, session, ok := strings.Cut(n.Principal, ":assumed-role/"); ok {
		return session[strings.LastIndexByte(session, '/')+1:], "role session name"
	}
	return "", ""
}

// Nodes yields every node that stands for itself; the keys that a session stands for are not among them, nor is what is left
// of a session all whose keys stand for themselves.
func (l *Lineage) Nodes() iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		for id := range l.nodes.n {
			if l.stands(int32(id)) && !l.empty(int32(id)) && !yield(NodeID(id)) {
				return
			}
		}
	}
}

func (l *Lineage) empty(id int32) bool {
	return l.nodes.at(id).kind == SessionNode && !l.used(id) && len(l.settled.keys.of(id)) == 0 && len(l.settled.children.of(id)) == 0
}

// Size returns how many nodes there are: a NodeID is less.
func (l *Lineage) Size() int { return l.nodes.n }

// Key returns the node that stands for an access key.
func (l *Lineage) Key(key string) (NodeID, bool) {
	id := l.find(KeyNode, key)
	if id == noNode {
		return 0, false
	}
	return NodeID(l.settled.shown[id]), true
}

// Principal returns the node of a principal.
func (l *Lineage) Principal(name string) (NodeID, bool) {
	id := l.find(PrincipalNode, name)
	return NodeID(max(id, 0)), id != noNode
}

// Holds yields the credentials whose calls name a principal.
func (l *Lineage) Holds(match func(principal, role string) bool) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		for id := range l.Nodes() {
			n := l.nodes.at(int32(id))
			if n.principal != noNode && match(l.nameOf(n.principal), l.texts[l.roleOf(int32(id))]) && !yield(id) {
				return
			}
		}
	}
}

// Of returns the node that stands for a caller.
func (l *Lineage) Of(c *Caller) (NodeID, bool) {
	id := int32(noNode)
	if isKey(c.Key) {
		id = l.find(KeyNode, c.Key)
	} else if id = l.find(PrincipalNode, c.who()); id != noNode {
		if at, err := time.Parse(time.RFC3339, c.SessionStart); err == nil {
			name := sessionNameOf(id, at.Unix())
			if session := l.find(SessionNode, string(name[:])); session != noNode {
				id = session
			}
		}
	}
	if id == noNode {
		return 0, false
	}
	return NodeID(l.settled.shown[id]), true
}

// Parent returns what a node came from, and how that is known. ok is false where there is none.
func (l *Lineage) Parent(id NodeID) (parent NodeID, t Tie, ok bool) {
	have := &l.settled.ties[id]
	t = Tie{Confidence: have.confidence, Why: have.words()}
	if have.issue != noNode {
		issue := l.issueOf(have)
		t.By, t.Mark, t.At = issuings[issue.kind].name, issue.mark, time.Unix(issue.at, 0).UTC()
	}
	return NodeID(max(have.parent, 0)), t, have.parent != noNode
}

// Compare orders nodes by when they began, then by what they are: not by their IDs, which depend on the
// order in which the graph was fed.
func (l *Lineage) Compare(a, b NodeID) int { return l.compare(int32(a), int32(b)) }

// Children returns the nodes that came from a node, by when they began.
func (l *Lineage) Children(id NodeID) []NodeID {
	of := l.settled.children.of(int32(id))
	out := make([]NodeID, len(of))
	for i, c := range of {
		out[i] = NodeID(c)
	}
	return out
}

// Above returns a node's ancestors, the nearest first.
func (l *Lineage) Above(id NodeID) (above []NodeID) {
	seen := map[NodeID]bool{id: true}
	for {
		parent, _, ok := l.Parent(id)
		if !ok || seen[parent] {
			return above // a circle: records that contradict each other
		}
		seen[parent] = true
		above = append(above, parent)
		id = parent
	}
}

// Below calls yield with nodes and all that came from them, each once, parents first.
// depth counts from the nodes given; where yield returns false its children are left out.
func (l *Lineage) Below(roots []NodeID, yield func(id NodeID, depth int) bool) {
	type step struct {
		id    NodeID
		depth int
	}
	seen := make(map[NodeID]bool, len(roots))
	var stack []step
	push := func(ids []NodeID, depth int) {
		for i := len(ids) - 1; i >= 0; i-- {
			stack = append(stack, step{ids[i], depth})
		}
	}
	push(roots, 0)
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[s.id] {
			continue
		}
		seen[s.id] = true
		if yield(s.id, s.depth) {
			push(l.Children(s.id), s.depth+1)
		}
	}
}

// LineageCounts says of how many credentials it is known how they began.
type LineageCounts struct {
	Exact    int `json:"exact"`
	Inferred int `json:"inferred"`
	Untied   int `json:"untied"`
	Unused   int `json:"unused"` // issued in the evidence; no call with it is seen
}

// Counts counts the temporary credentials, sessions and keys, and the long-term keys that
// were issued in the evidence, by how their beginning is known.
func (l *Lineage) Counts() (c LineageCounts) {
	for id := range l.Nodes() {
		n, t := l.nodes.at(int32(id)), &l.settled.ties[id]
		switch {
		case n.kind == PrincipalNode, t.why == whyOwned:
		case n.kind == SessionNode && !l.used(int32(id)): // an assertion, which no call can be made with
		case !l.used(int32(id)):
			c.Unused++
		case t.confidence == Exact:
			c.Exact++
		case t.confidence == Untied:
			c.Untied++
		default:
			c.Inferred++
		}
	}
	return c
}
