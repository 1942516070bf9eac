package detect

import (
	"cmp"
	"slices"
	"strings"
)

// births sorts by time who made each user, and finds those that were made again after they had been used: then there were several users of the
// name, one after the other, and what one of them did is none of another's.
func (l *Lineage) births() {
	l.settled.remade = map[int32]bool{}
	if len(l.born) == 0 {
		return
	}
	first := map[int32]int64{}
	for id := range l.nodes.n {
		n := l.nodes.at(int32(id))
		if n.calls.get() == 0 || l.born[n.principal] == nil {
			continue
		}
		if at, ok := first[n.principal]; !ok || n.first.get() < at {
			first[n.principal] = n.first.get()
		}
	}
	for user, made := range l.born {
		slices.SortFunc(made, func(a, b int32) int {
			x, y := l.begins.at(a), l.begins.at(b)
			return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(l.nodes.at(y.caller).kind, l.nodes.at(x.caller).kind),
				strings.Compare(l.name(l.nodes.at(x.caller)), l.name(l.nodes.at(y.caller))), cmp.Compare(x.mark, y.mark))
		})
		if used, ok := first[user]; ok && l.begins.at(made[len(made)-1]).at > used+issueReach {
			l.settled.remade[user] = true
		}
	}
}

// birth returns which of the events that made a user made the one who was there at a time; noNode: none did.
func (l *Lineage) birth(user int32, at int64) int32 {
	found := int32(noNode)
	for _, b := range l.born[user] {
		if t := l.begins.at(b).at; t-issueReach > at {
			break
		} else if found == noNode || t > l.begins.at(found).at { // of one second the one that says most
			found = b
		}
	}
	return found
}

// made ties a node to whoever made the user that it is or belongs to.
func (l *Lineage) made(id, user int32, at int64) tie {
	b := l.birth(user, at)
	if b == noNode {
		return untied
	}
	parent := l.settled.shown[l.begins.at(b).caller]
	if parent == id || l.nodes.at(parent).principal == user {
		return untied
	}
	return tie{parent: parent, issue: b, begin: true, fits: 1, why: whyMade, confidence: Exact}
}

// parted ties what several users of one name hold to whoever made the one that it is of, and leaves with the name what is of one whom no event
// made.
func (l *Lineage) parted() {
	for id := range l.settled.ties {
		t := &l.settled.ties[id]
		if t.parent == noNode || !l.settled.remade[t.parent] {
			continue
		}
		made := l.made(int32(id), t.parent, l.began(int32(id)))
		switch {
		case made.parent == noNode:
		case t.issue == noNode:
			*t = made
		default: // it signed in, or the like
			t.parent = made.parent
		}
	}
}
