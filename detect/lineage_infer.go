package detect

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// byTarget sorts the positions of issues by target, then by time.
func byTarget(issues *pieces[lineageIssue]) []int32 {
	var all []int32
	for i := range int32(issues.n) {
		if issues.at(i).target != noNode {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b int32) int {
		x, y := issues.at(a), issues.at(b)
		return cmp.Or(cmp.Compare(x.target, y.target), cmp.Compare(x.at, y.at), cmp.Compare(x.mark, y.mark))
	})
	return all
}

// near returns those of the sorted issues that make somebody this principal, within reach of a time. What is
// appended to them does not write over those that follow.
func near(issues *pieces[lineageIssue], sorted []int32, target int32, at, reach int64) []int32 {
	from := sort.Search(len(sorted), func(i int) bool {
		n := issues.at(sorted[i])
		return n.target > target || n.target == target && n.at >= at-reach
	})
	to := from
	for to < len(sorted) && issues.at(sorted[to]).target == target && issues.at(sorted[to]).at <= at+reach {
		to++
	}
	return sorted[from:to:to]
}

// inferIssued ties a session to the event that fits best of those that issued a credential of its principal when it began.
func (l *Lineage) inferIssued(id int32) tie {
	s, n := &l.settled, l.nodes.at(id)
	issued := near(&l.issues, s.byTarget, n.principal, l.start(n), issueReach)
	fits := make([]int32, 0, len(issued))
	for _, i := range issued {
		if key := l.issues.at(i).key; key == noNode || l.nodes.at(key).calls.get() == 0 || l.nodes.at(key).session == id {
			fits = append(fits, i) // else that event began another session
		}
	}
	return l.nearest(id, &l.issues, fits, whyStart)
}

// infer ties a session to the event that fits best: one that issued a credential of its
// principal when it began, or else a sign-in.
func (l *Lineage) infer(id int32) tie {
	if t := l.inferIssued(id); t.fits > 0 {
		return t
	}
	s, n := &l.settled, l.nodes.at(id)
	start, fits := l.start(n), []int32(nil)
	used := l.firstUse(id)
	for _, i := range near(&l.begins, s.beginsBy, n.principal, start, signinReach) {
		if l.begins.at(i).at <= used+issueReach { // else it was in use before
			fits = append(fits, i)
		}
	}
	if len(fits) > 0 {
		return l.oneSignin(l.nearest(id, &l.begins, fits, whySignin), id, fits)
	}
	role := l.texts[l.roleOf(id)]
	if of, ok := s.assertions[id]; ok {
		role = l.nameOf(of)
	}
	return l.nearest(id, &l.begins, l.grantsNear(role, start), whyGrant)
}

// firstUse is when the first call of a session was made.
func (l *Lineage) firstUse(id int32) int64 {
	first := int64(math.MaxInt64 - issueReach)
	for _, of := range append([]int32{id}, l.settled.keys.of(id)...) {
		if n := l.nodes.at(of); n.calls.get() > 0 {
			first = min(first, n.first.get())
		}
	}
	return first
}

// oneSignin weighs a tie to a sign-in against others of its kind and caller: they lead to the same parent, but which of them
// began the session matters, since each has an address and a second factor of its own. A token for a sign-in is no other: it
// goes with the sign-in.
func (l *Lineage) oneSignin(t tie, id int32, fits []int32) tie {
	if t.issue == noNode {
		return t
	}
	start, best := l.start(l.nodes.at(id)), l.begins.at(t.issue)
	for _, i := range fits {
		other := l.begins.at(i)
		if i == t.issue || other.kind != best.kind || other.caller != best.caller {
			continue
		}
		t.confidence = Possible
		if max(start-other.at, other.at-start) == int64(t.apart) {
			t.why = whySignins
		}
	}
	if t.why == whySignins {
		t.issue, t.begin = noNode, false
	}
	return t
}

// roleOf returns the role of a session or of its keys.
func (l *Lineage) roleOf(id int32) uint32 {
	role := l.traits[l.nodes.at(id).traits].role
	for _, key := range l.settled.keys.of(id) {
		if r := l.traits[l.nodes.at(key).traits].role; role == 0 || r != 0 && l.texts[r] < l.texts[role] {
			role = r
		}
	}
	return role
}

// nearest ties to the nearest of the events that fit. Where those of different callers
// are equally near, none is taken.
func (l *Lineage) nearest(id int32, issues *pieces[lineageIssue], fits []int32, why uint8) tie {
	start := l.start(l.nodes.at(id))
	best, apart, callers, equal := int32(noNode), int64(0), map[int32]bool{}, map[int32]bool{}
	n := 0
	for _, i := range fits {
		issue := issues.at(i)
		caller := l.settled.shown[issue.caller]
		if caller == id {
			continue // it was there before
		}
		n++
		callers[caller] = true
		d := max(start-issue.at, issue.at-start)
		if best == noNode || d < apart {
			clear(equal)
		}
		if best == noNode || d < apart || d == apart && cmp.Or(cmp.Compare(issue.at, issues.at(best).at), cmp.Compare(issue.mark, issues.at(best).mark)) < 0 {
			best, apart = i, d
		}
		if d == apart {
			equal[caller] = true
		}
	}
	t := untied
	t.fits, t.apart = uint16(min(n, 1<<16-1)), uint8(apart)
	switch {
	case best == noNode:
		return t
	case len(equal) > 1:
		t.why = whyAmbiguous
		return t
	}
	t.parent, t.issue, t.begin, t.why = l.settled.shown[issues.at(best).caller], best, why != whyStart, why
	t.confidence = Likely
	if len(callers) > 1 {
		t.confidence = Possible
	}
	return t
}

// weighGrants makes ties by a permission set no more than possible where they cannot all be: a user of Identity Center has one name, which all
// sessions of the user have.
func (l *Lineage) weighGrants() {
	names, users := map[int32]string{}, map[string]int32{}
	several, shared := map[int32]bool{}, map[string]bool{}
	each := func(do func(t *tie, user int32, name string)) {
		for id := range l.settled.ties {
			if t := &l.settled.ties[id]; t.why == whyGrant && t.parent != noNode {
				do(t, l.nodes.at(t.parent).principal, l.nameOfUser(int32(id)))
			}
		}
	}
	each(func(_ *tie, user int32, name string) {
		if have, ok := names[user]; ok && have != name {
			several[user] = true
		}
		if have, ok := users[name]; ok && have != user {
			shared[name] = true
		}
		names[user], users[name] = name, user
	})
	each(func(t *tie, user int32, name string) {
		if several[user] || shared[name] {
			t.why, t.confidence = whyGrantOther, Possible
		}
	})
}
