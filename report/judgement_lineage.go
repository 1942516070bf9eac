package report

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// inherit hands what is held of credentials, and of the events that issued some, down to what came from them. l must be
// that of the store; it goes downwards alone: who is above a subject is another question.
func (s *Judgements) inherit(ctx context.Context, l *detect.Lineage, store *EventStore) error {
	if !s.Any() {
		return nil
	}
	h := &heritage{s: s, l: l, issued: map[uint64][]Subject{}}
	s.carried, s.along, s.heirs = map[Subject]carry{}, map[Subject]carry{}, map[string]int{}
	if err := h.issuings(ctx, store); err != nil {
		return err
	}
	seen := make([]bool, l.Size())
	visit := func(id detect.NodeID, _ int) bool {
		if seen[id] {
			return false
		}
		seen[id] = true
		h.node(id)
		return true
	}
	var circles []detect.NodeID
	for id := range l.Nodes() {
		if _, _, ok := l.Parent(id); !ok {
			l.Below([]detect.NodeID{id}, visit)
		}
	}
	for id := range l.Nodes() {
		if !seen[id] {
			circles = append(circles, id)
		}
	}
	slices.SortFunc(circles, l.Compare)
	l.Below(circles, visit)
	s.sessions = true
	return nil
}

// A heritage is the state of inherit.
type heritage struct {
	s      *Judgements
	l      *detect.Lineage
	issued map[uint64][]Subject // by the ordinal of an issuing event: those of its subjects that are judged
}

// count counts a node among the heirs of a judgement, unless it is what the judgement is about.
func (h *heritage) count(own []Subject, by []*Judgement) {
	for _, j := range by {
		if !slices.Contains(own, Subject{j.Kind, j.Subject}) {
			h.s.heirs[j.ID]++
		}
	}
}

// issuings finds what is held of the events that issued credentials, by what these alone say: the
// event's ID, the address, the user agent.
func (h *heritage) issuings(ctx context.Context, store *EventStore) error {
	if !h.s.judgesEvents() {
		return nil
	}
	var ordinals []uint64
	for id := range h.l.Nodes() {
		if _, tie, _ := h.l.Parent(id); tie.By != "" {
			ordinals = append(ordinals, tie.Mark)
		}
	}
	slices.Sort(ordinals)
	if ordinals = slices.Compact(ordinals); len(ordinals) == 0 {
		return nil
	}
	return store.Scan(ctx, ordinalFilter(ordinals...), []string{"eventid", "derived_id", "sourceipaddress", "useragent"}, func(r *Row) error {
		id := r.Text(1)
		if id == "" {
			id = r.Text(0)
		}
		var judged []Subject
		for _, sub := range [...]Subject{{EventSubject, id}, {AddressSubject, r.Text(2)}, {UserAgentSubject, r.Text(3)}} {
			if _, ok := h.s.Of(r.Time(), sub); ok {
				sub.Name = strings.Clone(sub.Name)
				judged = append(judged, sub)
			}
		}
		if judged != nil {
			h.issued[r.Ordinal()] = judged
		}
		return nil
	})
}

// judgesEvents reports whether some judgement is on what only events have.
func (s *Judgements) judgesEvents() bool {
	for sub := range s.bySubject {
		switch sub.Kind {
		case EventSubject, AddressSubject, NetworkSubject, UserAgentSubject:
			return true
		}
	}
	return false
}

// node decides what a node inherits: of its own keys and session what is held of one holds of all, and else
// what is held of its parent when it was issued. Its parent was decided before.
func (h *heritage) node(id detect.NodeID) {
	n := h.l.Node(id)
	if n.Kind == detect.PrincipalNode {
		return
	}
	own := ownSubjects(&n)
	if v, ok := h.s.Of(anyTime, own...); ok && !v.Inherited {
		h.put(h.s.carried, own, carry{Verdict: v, from: start(v.By), to: end(v.By)})
		return
	}
	parent, tie, ok := h.l.Parent(id)
	if !ok {
		return
	}
	up := h.l.Node(parent)
	from := ownSubjects(&up)
	if up.Principal != n.Principal { // else its own events name the same principal
		from = append(from, Subject{PrincipalSubject, up.Principal})
	}
	if tie.By != "" {
		from = append(from, h.issued[tie.Mark]...)
	}
	v, ok := h.s.Of(tie.At, from...)
	if !ok {
		return
	}
	c := carry{Verdict: v}
	if ofPlace(&v) { // whoever is there was given it, and it may have been taken from them
		h.put(h.s.along, own, c)
		return
	}
	switch {
	case tie.By != "": // it was issued within the time frame: all that was done with it counts
	case v.Inherited:
		above := h.s.carried[from[0]]
		c.from, c.to = above.from, above.to
	default:
		c.from, c.to = start(v.By), end(v.By)
	}
	if tie.Confidence < detect.Exact {
		if c.Inferred = true; c.As == Malicious {
			c.As = Suspect
		}
		if tie.Confidence == detect.Possible && !c.As.Accuses() {
			return // who clears by one of several that fit may clear the wrong one
		}
	}
	h.put(h.s.carried, own, c)
}

// ofPlace reports whether somebody is cleared by an address, a network or a user agent alone. What was issued from there and is used from
// elsewhere that does not clear, and only what services did with it is taken for theirs.
func ofPlace(v *Verdict) bool {
	return !v.As.Accuses() && !v.Inherited && !slices.ContainsFunc(v.By, func(j *Judgement) bool {
		return j.Kind != AddressSubject && j.Kind != NetworkSubject && j.Kind != UserAgentSubject
	})
}

// ownSubjects are the keys of a node, and its session.
func ownSubjects(n *detect.LineageNode) (subjects []Subject) {
	for _, key := range n.Keys {
		subjects = append(subjects, Subject{KeySubject, key})
	}
	if n.Kind == detect.SessionNode {
		subjects = append(subjects, Subject{SessionSubject, SessionName(n.Principal, n.Started.Format(time.RFC3339))})
	}
	return subjects
}

func (h *heritage) put(to map[Subject]carry, subjects []Subject, c carry) {
	c.Inherited = true
	h.count(subjects, c.By)
	for _, sub := range subjects {
		to[sub] = c
	}
}

// start and end are the time frame of judgements that count together: where they differ, whenever one of them holds.
func start(all []*Judgement) (at time.Time) {
	for i, j := range all {
		if i == 0 || j.From.Before(at) {
			at = j.From
		}
	}
	return at
}

func end(all []*Judgement) (at time.Time) {
	for i, j := range all {
		if i == 0 || j.To.IsZero() || !at.IsZero() && j.To.After(at) {
			at = j.To
		}
	}
	return at
}
