package report

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// The bounds of what building incidents holds. What they leave out is counted and said. They do not follow --memory: the same
// evidence makes the same incidents, whatever the memory.
const (
	incidentFindings = 20_000     // findings that incidents are made of
	incidentSeeds    = 1 << 18    // events of these
	incidentRows     = 1 << 20    // events of whoever has to do with them, at some 40 bytes each
	incidentNodes    = 1 << 20    // of the graph, at some 130 bytes each
	incidentRounds   = 3          // of finding out who else has to do with them
	incidentLimit    = 200        // incidents
	incidentTold     = 200_000    // events that are told, of all incidents together
	day              = 86_400     // seconds
	lookBack         = day        // how long before the first sign of it a use from a new address may have begun
	lookOn           = 7 * day    // how long after the last sign such a use is followed
	joinGap          = day        // up to how far apart findings on one principal at one address are one story
	nearby           = int64(900) // seconds around a sign that count where somebody's own use cannot be told from it
)

// A findingWalk goes over findings in their order. Of those that want says yes to, event is called with the place of
// every event. To ask want of a finding costs something: who knows it and its events (nil: they are not known) beforehand asks may first.
type findingWalk func(may func(f *scan.Membership, events []uint64) bool, want func(*scan.FindingHead) bool, event func(ordinal uint64)) error

// incidentSource is what incidents are made from: the same for a run and for a hunt.
type incidentSource struct {
	store     *EventStore
	walk      findingWalk
	detectors map[string]*detect.Detector
	judged    *Judgements                                          // nil: nobody has judged
	end       time.Time                                            // of the evidence
	kept      bool                                                 // lineageFile, if there is one, is of this very program
	keep      func(name string, write func(io.Writer) error) error // writes a file of the case
}

// An incidentUnit is a finding that incidents are made of.
type incidentUnit struct {
	head   scan.FindingHead
	events []uint64
}

// An incidentBuilder joins findings into incidents.
//
//	signs    the findings that accuse, and their events
//	graph    who came from whom (detect.Lineage), over the whole case
//	rows     the events of all that has to do with the signs: their principals, what came from these, their addresses
//	claim    which of these events are the intruder's: see incidentClaims
//	tell     the events of each incident, in full
//
// Findings whose events are claimed together are one incident.
type incidentBuilder struct {
	incidentSource
	ctx       context.Context
	units     []incidentUnit
	left      int64 // findings and events for which there was no room
	unplaced  int   // findings of which no row is claimed
	unasked   int   // principals of incidents of whom it is not told what was new to them
	lineage   *detect.Lineage
	nodes     map[detect.NodeID]incidentNode
	chosen    map[detect.NodeID]bool // whose events are wanted
	reuse     spare[[]foundRow]      // whose rows nobody wants any more
	callers   spare[[]knownCaller]
	ips       map[string]int32
	ipNames   []string
	wanted    map[string]bool // addresses of which all events are wanted
	rows      []incidentRow
	full      bool                 // there were more rows
	hasty     bool                 // hands were too many to compare all with each other
	objects   map[string]bool      // accounts with events on objects of S3
	texts     map[string]string    // of what is told, each once
	restored  map[weakening]*Mark  // what took back what incidents weakened; nil: nothing
	renamed   []renaming           // since the incidents began
	renamings map[renamingOf][]int // positions in renamed
	unnamed   int64                // renamings for which there was no room
	keys      map[string]keyEnd    // access keys that somebody ended since
}

// An incidentNode is what is asked of a node of the graph.
type incidentNode struct {
	who      detect.NodeID // its principal, or itself where none is known; nobody
	kind     detect.NodeKind
	service  bool // AWS itself
	asserted bool // an assertion of Identity Center
}

const nobody detect.NodeID = -1

// An incidentRow is an event of whoever has to do with a sign.
type incidentRow struct {
	ordinal uint64
	at      int64 // Unix seconds
	node    detect.NodeID
	who     detect.NodeID // whose it is; nobody
	ip      int32
	ok      bool // it succeeded
	opens   bool // it may open a way in for somebody: a password, a user, a role's trust
}

// incidents makes the incidents of a case from the signs. Each is given to write, by rank, with all of its events that are told; what it
// leaves of them is returned.
func (b *incidentBuilder) incidents(write func(*Incident) error) (*Incidents, error) {
	if len(b.units) == 0 {
		return &Incidents{Rows: []Incident{}, Limits: b.limits(0)}, nil
	}
	var err error
	if b.lineage, err = b.graph(b.ctx); err != nil {
		return nil, err
	}
	if err := b.begin(); err != nil {
		return nil, err
	}
	c, err := b.claims()
	if err != nil {
		return nil, err
	}
	all, more, err := b.tell(c, write)
	if err != nil {
		return nil, err
	}
	return &Incidents{Rows: all, More: more, Unplaced: b.unplaced, Limits: b.limits(more)}, nil
}

func (src incidentSource) builder(ctx context.Context) *incidentBuilder {
	return &incidentBuilder{incidentSource: src, ctx: ctx, nodes: map[detect.NodeID]incidentNode{}, chosen: map[detect.NodeID]bool{}, reuse: spare[[]foundRow]{make: func() []foundRow { return nil }}, callers: spare[[]knownCaller]{make: func() []knownCaller { return nil }}, ips: map[string]int32{}, wanted: map[string]bool{}, texts: map[string]string{}}
}

// starts reports whether a finding can be what an incident is made of. suspect-activity is not: it spreads suspicion in a way of its
// own, by addresses too, and says nothing that the findings do not say from which it spreads.
func starts(h *scan.FindingHead) bool {
	return accuses(h.Detector, h.Severity) && h.Suppressed == "" && h.Detector != suspectActivity
}

// signs gathers the findings that accuse, and where their events lie.
func (b *incidentBuilder) signs() error {
	events := 0
	return b.walk(func(f *scan.Membership, _ []uint64) bool { return accuses(f.Detector, f.Severity) }, func(h *scan.FindingHead) bool {
		switch {
		case !starts(h):
			return false
		case len(b.units) >= incidentFindings:
			b.left++
			return false
		}
		b.units = append(b.units, incidentUnit{head: validHead(*h)})
		return true
	}, func(ordinal uint64) {
		if events++; events > incidentSeeds {
			b.left++
			return
		}
		u := &b.units[len(b.units)-1]
		u.events = append(u.events, ordinal)
	})
}

// begin finds whose events the findings list, and with them who has to do with the findings: these principals with all their
// credentials, what came from these, and what they came from.
func (b *incidentBuilder) begin() error {
	var all []uint64
	for i := range b.units {
		all = append(all, b.units[i].events...)
	}
	slices.Sort(all)
	seen := map[detect.NodeID]bool{}
	err := b.store.Scan(b.ctx, ordinalFilter(slices.Compact(all)...), incidentColumns, func(r *Row) error {
		n := b.nodeOf(r)
		if ip := r.Text(columnIP); isAddress(ip) && !isPrivate(ip) {
			b.wanted[own(ip)] = true
		}
		if n >= 0 {
			seen[n] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.choose(seen)
	return nil
}

// choose adds nodes: what they came from, their principals with all the credentials that these hold, and all that came from
// any of these. It reports whether that was news.
func (b *incidentBuilder) choose(ids map[detect.NodeID]bool) (more bool) {
	l := b.lineage
	var roots []detect.NodeID
	names, passed := map[string]bool{}, map[detect.NodeID]bool{}
	for id := range ids {
		if b.info(id).service || b.chosen[id] {
			continue
		}
		for up, ok := id, true; ok && !passed[up]; up, _, ok = l.Parent(up) {
			if passed[up] = true; !b.info(up).service {
				roots = append(roots, up)
			}
		}
		if who := b.info(id).who; who >= 0 {
			names[l.Node(who).Name] = true
		}
	}
	if len(roots) == 0 {
		return false
	}
	for id := range l.Holds(func(principal, _ string) bool { return names[principal] }) {
		roots = append(roots, id)
	}
	l.Below(roots, func(id detect.NodeID, _ int) bool {
		if b.info(id).service || len(b.chosen) >= incidentNodes {
			return false
		}
		more = more || !b.chosen[id]
		b.chosen[id] = true
		if b.asserted(id) {
			b.chosen[b.info(id).who] = true // whom the call that exchanges it names
		}
		return true
	})
	return more
}

// asserted reports whether a node is an assertion of Identity Center: a session that no call is made with but the one that exchanges it.
func (b *incidentBuilder) asserted(id detect.NodeID) bool { return b.info(id).asserted }

// info returns what is asked of a node.
func (b *incidentBuilder) info(id detect.NodeID) incidentNode {
	n, ok := b.nodes[id]
	if !ok {
		node := b.lineage.Node(id)
		n = incidentNode{who: id, kind: node.Kind, service: isService(node.Principal) || isService(node.Name), asserted: node.Kind == detect.SessionNode && node.Calls == 0}
		if who, ok := b.lineage.Principal(node.Principal); ok {
			n.who = who
		}
		b.nodes[id] = n
	}
	return n
}

// incidentColumns make a caller, and say from where.
var incidentColumns = []string{"useridentity.type", "principal", "credential", "session_start", "useridentity.onbehalfof.userid", "useridentity.accountid", "sourceipaddress"}

const columnIP = 6

// nodeOf returns the node of a row with incidentColumns; nobody where it has none.
func (b *incidentBuilder) nodeOf(r *Row) detect.NodeID {
	c := detect.Caller{Type: r.Text(0), Principal: r.Text(1), Key: r.Text(2), SessionStart: r.Text(3), OnBehalfOf: r.Text(4), Account: r.Text(5)}
	if id, ok := b.lineage.Of(&c); ok {
		return id
	}
	return nobody
}

// unplacedWords say of findings why no incident has them.
const unplacedWords = "without any call of a principal, AWS itself apart, or from a public address"

// none says why there is no incident.
func (all *Incidents) none() string {
	if all.Unplaced > 0 {
		return fmt.Sprintf("%s of severity %s or above, all %s. See findings.", plural(int64(all.Unplaced), "finding"), SuspectFrom, unplacedWords)
	}
	return fmt.Sprintf("no finding of severity %s or above accuses anybody. This does not mean that nothing happened.", SuspectFrom)
}

const tooManyHands = "Principals and addresses were too many to compare all with each other, so that incidents may be apart that belong together."

// limits says what incidents cannot tell.
func (b *incidentBuilder) limits(more int) []string {
	out := []string{
		"What coldtrail joins by itself is suspected, and a score ranks and is no probability. An examiner's judgement decides.",
		"A principal is not a person. Where an owner's use and somebody else's share a credential, they are told apart by address and time: see the questions of each incident.",
		"The order of events within one second is not known, and nothing here relies on it.",
		"What no detector saw, and what was not logged or not collected, is in no incident.",
	}
	if b.left > 0 {
		out = append(out, fmt.Sprintf("Findings, and events of these, that were too many to be joined: %s.", number(b.left)))
	}
	if b.unplaced > 0 {
		out = append(out, fmt.Sprintf("In no incident: %s %s; see findings.", plural(int64(b.unplaced), "finding"), unplacedWords))
	}
	if b.unasked > 0 {
		out = append(out, fmt.Sprintf("What was new to its principals is not told of %s, for which there was no room: see coldtrail baseline.", plural(int64(b.unasked), "principal")))
	}
	if b.full {
		out = append(out, fmt.Sprintf("Only the first %s events of those who have to do with findings were looked at: pivot on their credentials for the rest.", number(incidentRows)))
	}
	if b.hasty {
		out = append(out, tooManyHands)
	}
	if b.lineage != nil && b.lineage.Left() > 0 {
		out = append(out, fmt.Sprintf("The graph of credentials was full: %s found no room, so that incidents may be apart that belong together.", plural(b.lineage.Left(), "credential")))
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("%s of lower score are not told.", plural(int64(more), "further incident")))
	}
	return out
}
