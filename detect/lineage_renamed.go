package detect

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A userRenaming is a call that gave an IAM user another name.
type userRenaming struct {
	at               int64 // Unix seconds
	account, was, is string
}

// The bounds of what is kept for renamed users: renamings, torn keys, what the calls of each name besides the least, users of one name
// (an account has one, but records may say anything), and how far ties are followed.
const (
	maxRenamings = 10_000
	maxTorn      = 100_000
	maxRivals    = 4
	maxNamesakes = 4
	maxAbove     = 1000
)

// renamedUser: a user gets another name, under which its keys and sessions go on.
func renamedUser(l *Lineage, e *IssuingEvent, _ uint8) {
	was, is := text(e.Get("requestParameters.userName")), text(e.Get("requestParameters.newUserName"))
	switch {
	case was == "" || is == "" || was == is:
		return
	case len(l.renamings) >= maxRenamings:
		l.left++
		return
	}
	l.renamings = append(l.renamings, userRenaming{e.Time.Unix(), strings.Clone(e.Caller.Account), strings.Clone(was), strings.Clone(is)})
}

// rival notes what a key's calls name besides its principal; noNode: what no renaming explains, such as another start.
func (l *Lineage) rival(key, principal int32) {
	if principal != noNode && lasting(l.nameOf(principal)) != "user" {
		principal = noNode
	}
	if have := l.rivals[key]; len(l.rivals) <= maxTorn && len(have) < maxRivals && !slices.Contains(have, principal) {
		l.rivals[key] = append(have, principal)
	}
}

// rename finds which users were called otherwise before, and gives keys whose calls name one user by several names to the last of them.
func (l *Lineage) rename() {
	l.settled.renamed = map[int32]int32{}
	if len(l.renamings) == 0 {
		return
	}
	slices.SortFunc(l.renamings, func(a, b userRenaming) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.account, b.account), strings.Compare(a.was, b.was), strings.Compare(a.is, b.is))
	})
	users, first := l.usersByName(), l.firstUses()
	l.newNames(users)
	same, last := sameUsers{}, map[int32]int{}
	for i := range l.renamings {
		r := &l.renamings[i]
		for _, is := range users[r.account+"/"+r.is] {
			for _, was := range users[r.account+"/"+r.was] {
				same[same.of(is)], last[is] = same.of(was), i+1
				if used, seen := first[is]; !seen || used >= r.at-issueReach { // else somebody had the name before
					l.settled.renamed[is] = was
				}
			}
		}
	}
	if len(l.rivals) > maxTorn {
		return
	}
	for key, rivals := range l.rivals {
		n := l.nodes.at(key)
		if n.torn = len(rivals) >= maxRivals || !same.all(n.principal, rivals); !n.torn {
			n.principal = slices.MaxFunc(append(rivals, n.principal), func(a, b int32) int {
				return cmp.Or(last[a]-last[b], strings.Compare(l.nameOf(b), l.nameOf(a)))
			})
		}
	}
}

// renamedUsers ties the new names of users to the old ones. Of several users of a name none is another.
func (l *Lineage) renamedUsers() {
	for _, is := range slices.SortedFunc(maps.Keys(l.settled.renamed), func(a, b int32) int { return strings.Compare(l.nameOf(a), l.nameOf(b)) }) {
		was := l.settled.renamed[is]
		if !l.settled.remade[is] && !l.settled.remade[was] && l.settled.ties[is].parent == noNode && !l.above(was, is) {
			l.settled.ties[is] = tie{parent: was, issue: noNode, why: whyRenamed, confidence: Exact}
		}
	}
}

// newNames admits names that no call was made under: one between two renamings, so that these make a chain, and the last.
func (l *Lineage) newNames(users map[string][]int32) {
	for i := range l.renamings {
		r := &l.renamings[i]
		was, is := users[r.account+"/"+r.was], r.account+"/"+r.is
		if len(was) == 0 || len(users[is]) > 0 {
			continue
		}
		if id := l.principal(strings.TrimSuffix(l.nameOf(was[0]), r.was) + r.is); id != noNode {
			l.leastType(id, "IAMUser")
			users[is] = []int32{id}
		}
	}
}

// OtherNames returns the principals that are the same IAM user by other names.
func (l *Lineage) OtherNames(id NodeID) (names []NodeID) {
	ties := l.settled.ties
	seen := map[int32]bool{int32(id): true}
	for next := []int32{int32(id)}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		other := func(name int32) {
			if !seen[name] {
				seen[name] = true
				names, next = append(names, NodeID(name)), append(next, name)
			}
		}
		if t := &ties[at]; t.why == whyRenamed && t.parent != noNode {
			other(t.parent)
		}
		for _, child := range l.settled.children.of(at) {
			if ties[child].why == whyRenamed {
				other(child)
			}
		}
	}
	return names
}

// sameUsers leads from a user to one of whom it is another name, and so on to the one who stands for all.
type sameUsers map[int32]int32

func (s sameUsers) of(user int32) int32 {
	for {
		next, ok := s[user]
		if !ok || next == user {
			return user
		}
		if after, ok := s[next]; ok {
			s[user] = after // half the way the next time
		}
		user = next
	}
}

// all reports whether renamings lead from a user to all others.
func (s sameUsers) all(user int32, others []int32) bool {
	return !slices.ContainsFunc(others, func(id int32) bool { return s.of(id) != s.of(user) })
}

// usersByName lists the principals that are IAM users by account and name.
func (l *Lineage) usersByName() map[string][]int32 {
	users := map[string][]int32{}
	for id := range l.nodes.n {
		if n := l.nodes.at(int32(id)); n.kind == PrincipalNode {
			if arn := l.name(n); lasting(arn) == "user" {
				name := accountOf(arn) + "/" + arn[strings.LastIndexByte(arn, '/')+1:]
				users[name] = append(users[name], int32(id))
			}
		}
	}
	for name, ids := range users {
		slices.SortFunc(ids, func(a, b int32) int { return strings.Compare(l.nameOf(a), l.nameOf(b)) })
		users[name] = ids[:min(len(ids), maxNamesakes)]
	}
	return users
}

// firstUses returns when calls first named each principal, as far as their keys name no other.
func (l *Lineage) firstUses() map[int32]int64 {
	first := map[int32]int64{}
	for id := range l.nodes.n {
		n := l.nodes.at(int32(id))
		if n.calls.get() == 0 || n.principal == noNode || n.torn {
			continue
		}
		if at, ok := first[n.principal]; !ok || n.first.get() < at {
			first[n.principal] = n.first.get()
		}
	}
	return first
}

// above reports whether a node is the other one, or comes of it.
func (l *Lineage) above(id, other int32) bool {
	for steps := 0; id != noNode && steps < maxAbove; steps++ {
		if id == other {
			return true
		}
		id = l.settled.ties[id].parent
	}
	return id != noNode
}
