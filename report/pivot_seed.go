package report

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// The kinds of what a pivot can start from.
const (
	subjectKey       = "access key"
	subjectPrincipal = "principal"
	subjectRole      = "role"
	subjectUser      = "user"
	subjectAddress   = "source IP"
	subjectEvent     = "event"
	subjectHuman     = "name of a session or person" // detect.LineageNode.Human, and a session's own
)

// A seed is where a pivot starts: what the subject is, and the nodes that it stands for.
type seed struct {
	kind  string
	nodes []detect.NodeID
	has   map[detect.NodeID]bool
}

// seed finds what a subject stands for: an access key, an ARN, an address or network, the name of a user
// or role, an event's ID or '#' and its ordinal.
func (s *EventStore) seed(ctx context.Context, l *detect.Lineage, subject string) (found seed, err error) {
	if id, ok := l.Key(subject); ok {
		found.kind = subjectKey
		found.add(id)
		return found, nil
	}
	if strings.HasPrefix(subject, "#") {
		return s.seedEvent(ctx, l, subject)
	}
	if isNetwork(subject) {
		f, err := NewFilter([]Term{{Flag: "ip", Value: subject}}, 0)
		if err != nil {
			return seed{}, err
		}
		return s.seedCallers(ctx, l, subjectAddress, f)
	}
	if found = seedNamed(l, subject); found.nodes != nil {
		return found, nil
	}
	found, err = s.seedEvent(ctx, l, subject)
	if err == nil && found.nodes == nil {
		err = fmt.Errorf("subject %s: no access key, principal, role, user, address or event of the case%s", subject, ofFullGraph(l))
	}
	return found, err
}

// ofFullGraph says of a graph that was full that what is not in it may be in the case.
func ofFullGraph(l *detect.Lineage) string {
	if l.Left() == 0 {
		return ""
	}
	return fmt.Sprintf(" that is in the graph, which was full at %d nodes (--nodes)", l.Size())
}

func isNetwork(s string) bool {
	_, err := netip.ParseAddr(s)
	if err != nil {
		_, err = netip.ParsePrefix(s)
	}
	return err == nil
}

// seedNamed finds a principal by its ARN, a role by its ARN, and both by name, a user that was renamed by any of its names; and else sessions by
// their own names, or by those of the people behind them.
func seedNamed(l *detect.Lineage, subject string) seed {
	found := seedOfName(l, subject)
	names := map[string]bool{}
	for _, id := range slices.Clone(found.nodes) {
		if l.Node(id).Kind != detect.PrincipalNode {
			continue
		}
		for _, other := range l.OtherNames(id) {
			names[l.Node(other).Principal] = true
		}
	}
	if len(names) > 0 {
		for id := range l.Holds(func(p, _ string) bool { return names[p] }) {
			found.add(id)
		}
	}
	return found
}

func seedOfName(l *detect.Lineage, subject string) (found seed) {
	if subject == "" {
		return found
	}
	if id, ok := l.Principal(subject); ok {
		found.kind = subjectPrincipal
		found.add(id)
		for id := range l.Holds(func(p, role string) bool { return p == subject || role == subject }) {
			found.add(id)
		}
		for id := range l.Nodes() { // a person of Identity Center: what is done on behalf of it
			if l.Node(id).Behalf == subject {
				found.add(id)
			}
		}
		return found
	}
	var kinds []string
	role := func(arn string) bool { return arn == subject }
	if !strings.HasPrefix(subject, "arn:") {
		role = func(arn string) bool { return isNamed(arn, ":role/", subject) }
	}
	for id := range l.Holds(func(_, arn string) bool { return arn != "" && role(arn) }) {
		found.add(id)
	}
	roles := len(found.nodes)
	if roles > 0 {
		kinds = append(kinds, subjectRole)
	}
	for id := range l.Holds(func(p, _ string) bool { return isNamed(p, ":user/", subject) }) {
		found.add(id)
	}
	if len(found.nodes) > roles {
		kinds = append(kinds, subjectUser)
	}
	if found.nodes == nil {
		kinds = append(kinds, subjectHuman)
		for id := range l.Nodes() {
			n := l.Node(id)
			if human, _ := n.Human(); human == subject || n.Behalf == subject || string(sessionName([]byte(n.Principal))) == subject {
				found.add(id)
			}
		}
	}
	found.kind = strings.Join(kinds, " and ")
	return found
}

func (s *seed) add(id detect.NodeID) {
	if !s.has[id] {
		if s.has == nil {
			s.has = map[detect.NodeID]bool{}
		}
		s.has[id] = true
		s.nodes = append(s.nodes, id)
	}
}

// isNamed reports whether an ARN is that of a user or role of a name, below whatever path.
func isNamed(arn, kind, name string) bool {
	_, path, ok := strings.Cut(arn, kind)
	return ok && (path == name || strings.HasSuffix(path, "/"+name))
}

// seedEvent finds who made an event.
func (s *EventStore) seedEvent(ctx context.Context, l *detect.Lineage, id string) (seed, error) {
	f, err := EventFilter(id)
	if err != nil {
		return seed{}, err
	}
	return s.seedCallers(ctx, l, subjectEvent, f)
}

// seedCallers finds who made the events that a filter selects.
func (s *EventStore) seedCallers(ctx context.Context, l *detect.Lineage, kind string, f *Filter) (found seed, err error) {
	found.kind = kind
	err = eachBlock(ctx, s, f, func(b *block) (ids []detect.NodeID, err error) {
		defer b.done()
		if err := b.load(append([]int{leafKind}, callerLeaves...)); err != nil {
			return nil, err
		}
		known := map[callerNumbers]bool{}
		for row := range b.rows {
			numbers := b.callerNumbers(row)
			if known[numbers] || !b.isCall(row) {
				continue
			}
			known[numbers] = true
			c := b.callerOf(row)
			if id, ok := l.Of(&c); ok {
				ids = append(ids, id)
			}
		}
		return ids, nil
	}, func(ids []detect.NodeID) error {
		for _, id := range ids {
			found.add(id)
		}
		return nil
	})
	return found, err
}
