package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// note follows the keys that the second's calls issued: a call whose caller's key another one issued, after that one.
// Within a second there is no order.
func (s *chains) note(batch []hit) {
	waiting := make([]*hit, 0, len(batch))
	awaited := map[string]int{} // keys that calls which wait issued
	for i := range batch {
		if key := batch[i].e.Get(FactIssuedKey); key != "" && batch[i].e.Get(FactOutcome) == succeeded {
			waiting = append(waiting, &batch[i])
			awaited[key]++
		}
	}
	slices.SortFunc(waiting, func(a, b *hit) int { return compareRefs(a.ref, b.ref) })
	for more := true; more; {
		more = false
		waiting = slices.DeleteFunc(waiting, func(h *hit) bool {
			if awaited[h.ref.Credential] > 0 {
				return false
			}
			s.follow(h)
			awaited[h.e.Get(FactIssuedKey)]--
			more = true
			return true
		})
	}
	for _, h := range waiting { // keys that issue each other, as no keys do
		s.follow(h)
	}
}

// copied reports whether the hit is what the role's account recorded of a call of which the caller's account told, with the
// caller's key. It knows the key's way no better.
func (s *chains) copied(h *hit) bool {
	if h.ref.Credential != "" {
		return false
	}
	c := s.of.peek(h.e.Get(FactIssuedKey), h.ref.Time)
	return c != nil && c.path[len(c.path)-1] == withoutPath(h.e.Get(FactRole))
}

func (s *chains) follow(h *hit) {
	if s.copied(h) {
		return
	}
	ref, role := h.ref, withoutPath(h.e.Get(FactRole))
	var c chain
	// A key is of one role: a record that says otherwise is no part of the chain.
	if from := s.of.peek(ref.Credential, ref.Time); from != nil && from.path[len(from.path)-1] == RoleOf(ref.Principal) {
		c = *from
	} else {
		c = chain{root: strings.Clone(credentialOf(ref)), since: ref.Time}
		if own := RoleOf(ref.Principal); own != "" {
			c.path = []string{own}
		}
	}
	back := slices.Contains(c.path, role)
	round := back && c.path[len(c.path)-1] != role
	if len(c.path) == 0 || c.path[len(c.path)-1] != role {
		c.path = append(slices.Clone(c.path), strings.Clone(role))
	}
	if len(c.path) > maxPath {
		c.path = c.path[len(c.path)-maxPath:]
	}
	*s.of.touch(h.e.Get(FactIssuedKey), ref.Time) = c
	if len(c.path) < 2 && !back {
		return
	}
	v := s.found.touch(c.root, ref)
	if len(c.path) > len(v.x.longest.path) {
		v.x.longest = c
	}
	if back {
		v.x.back = c
	}
	if round {
		v.x.round = c
	}
	s.found.add(v, ref)
}

// withoutPath returns a role's ARN as its sessions' ARNs tell it.
func withoutPath(role string) string {
	head, name, ok := strings.Cut(role, ":role/")
	if !ok {
		return role
	}
	return head + ":role/" + name[strings.LastIndexByte(name, '/')+1:]
}

func (s *chains) judge(v *spell[chainUse]) (Severity, string, bool) {
	long, back := v.x.longest, v.x.back
	var accounts, strangers few
	for _, role := range long.path {
		a := accountOf(role)
		accounts.add(a)
		if s.c.Accounts.Listed() > 0 && s.c.Accounts.Kind(a) == Foreign {
			strangers.add(a)
		}
	}
	way := strings.Join(long.path, " → ")
	switch lasted := v.last.Sub(back.since); {
	case len(back.path) > 0 && lasted >= s.renewed:
		return Medium, fmt.Sprintf("a session renewed itself for %s by assuming %s again: longer than any session may last", lasted.Round(time.Hour), strings.Join(back.path, " → ")), true
	case strangers.len() > 0:
		return Medium, fmt.Sprintf("%d roles, one with the session of the other, into account %s that nobody listed: %s", len(long.path), leastOf(&strangers), way), true
	case len(v.x.round.path) > 0 && accounts.len() >= s.accounts:
		return Medium, fmt.Sprintf("roles in %s, one with the session of the other, and back to one that was left before: %s; the longest way: %s",
			plural(accounts.len(), "account"), strings.Join(v.x.round.path, " → "), way), true
	case len(long.path) >= s.roles || accounts.len() >= s.accounts:
		return Low, fmt.Sprintf("%d roles in %s, one with the session of the other: %s", len(long.path), plural(accounts.len(), "account"), way), true
	}
	return 0, "", false
}
