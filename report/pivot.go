package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// A PivotQuery asks for the tree of credentials around a subject.
type PivotQuery struct {
	// Subject is an access key, an ARN, an address or network, the name of a user or role, an
	// event's ID, or '#' and an event's ordinal.
	Subject string
	// Up asks for what the subject came from, up to its origin, and Down for all that
	// came from the subject. Neither asks for both.
	Up, Down bool
	Nodes    int // bounds the graph; 0: detect.DefaultLineageNodes

	remember int // pivotOrdinals, but in tests
}

// pivotSchema names the form of a pivot's JSON.
const pivotSchema = "coldtrail pivot 1"

// A Pivot is the tree of credentials around a subject, and what was done with them.
type Pivot struct {
	Screen  Screen                `json:"-"` // that text is for
	Schema  string                `json:"schema"`
	Subject string                `json:"subject"`
	Is      string                `json:"subject_is"`
	Up      bool                  `json:"up"`
	Down    bool                  `json:"down"`
	Graph   PivotGraph            `json:"graph"`
	Tree    PivotTree             `json:"tree"`
	Origins []PivotOrigin         `json:"origins"`
	More    int                   `json:"more_origins,omitempty"`
	Nodes   []PivotNode           `json:"nodes"` // parents before children
	Events  Counts                `json:"events"`
	Time    Span                  `json:"time"`
	By      []BreakdownTable      `json:"by"`
	Data    PivotData             `json:"data_read"`
	Changed PivotChanges          `json:"resources_changed"`
	Left    PivotPersistence      `json:"persistence"`
	Limits  []string              `json:"limits"`
	store   *EventStore           // for the timeline
	filter  *Filter               // the tree's events
	lineage *detect.Lineage       //
	held    *Judgements           // of examiners
	numbers map[detect.NodeID]int // positions in Nodes
	beganBy []int                 // by node: its origin's position; -1: one of More
	runs    pivotRuns
}

// A PivotGraph is what is known of the credentials of the whole case.
type PivotGraph struct {
	Nodes int   `json:"nodes"`
	Left  int64 `json:"left_out,omitempty"` // times that a node found no room
	detect.LineageCounts
}

// A PivotTree counts the credentials of the tree by how they are tied.
type PivotTree struct {
	Nodes    int `json:"nodes"` // all of them, principals too
	Exact    int `json:"exact"`
	Inferred int `json:"inferred"`
	Untied   int `json:"untied"`
	More     int `json:"more_nodes,omitempty"` // beyond those that are listed
	Aside    int `json:"aside,omitempty"`      // what came from its upper part beside it, with --up
}

// A PivotNode is a principal or credential of the tree.
type PivotNode struct {
	Number     int             `json:"number"`
	Parent     int             `json:"parent"` // -1: none in the tree
	Depth      int             `json:"depth"`
	Kind       detect.NodeKind `json:"kind"`
	Principal  string          `json:"principal,omitempty"`
	Type       string          `json:"type,omitempty"`
	Keys       []string        `json:"keys,omitempty"`
	Started    time.Time       `json:"started,omitzero"`
	Role       string          `json:"role,omitempty"`
	Human      string          `json:"human,omitempty"`
	HumanBy    string          `json:"human_by,omitempty"`
	Forwarded  bool            `json:"forward_access_session,omitempty"`
	Torn       bool            `json:"contradictory,omitempty"`
	Subject    bool            `json:"is_subject,omitempty"`
	Counted    bool            `json:"counted"` // its calls are in the figures
	Calls      int64           `json:"calls"`
	First      time.Time       `json:"first,omitzero"`
	Last       time.Time       `json:"last,omitzero"`
	Expires    time.Time       `json:"expires,omitzero"`               // as the event that issued it says
	Expiry     string          `json:"expires_as_recorded,omitempty"`  // where that cannot be read
	Alive      bool            `json:"unexpired_at_the_end,omitempty"` // of the evidence
	Judged     *PivotJudged    `json:"judged,omitempty"`               // nil: no examiner has
	Confidence string          `json:"tie,omitempty"`
	Why        string          `json:"tie_why,omitempty"`
	By         *PivotEvent     `json:"tie_event,omitempty"`
	label      string
}

// A PivotEvent is an event of the timeline.
type PivotEvent struct {
	Ordinal    uint64    `json:"ordinal"`
	Time       time.Time `json:"time"`
	ID         string    `json:"event_id"`
	Name       string    `json:"event"`
	Source     string    `json:"service"`
	Region     string    `json:"region,omitempty"`
	Account    string    `json:"account,omitempty"`
	Node       int       `json:"node"` // -1: of none of the tree
	Principal  string    `json:"principal,omitempty"`
	Home       string    `json:"caller_account,omitempty"` // where it is another than the account of the record
	Credential string    `json:"credential,omitempty"`
	SourceIP   string    `json:"source_ip,omitempty"`
	UserAgent  string    `json:"user_agent,omitempty"`
	Error      string    `json:"error,omitempty"`
	ReadOnly   string    `json:"read_only,omitempty"`
	outcome    outcome
}

// A PivotOrigin is where a tree begins.
type PivotOrigin struct {
	Node    int         `json:"node"`
	Human   string      `json:"human,omitempty"`
	HumanBy string      `json:"human_by,omitempty"`
	First   *PivotEvent `json:"first_event,omitempty"` // of it and of what came from it, the first in the evidence
}

// The bounds of what a Pivot holds.
const (
	pivotNodeLimit   = 10_000
	pivotOriginLimit = 20
	pivotTableRows   = 1000
)

// Pivot finds the tree of credentials around a subject. What it asks of the case are the columns of identity of
// all events, once; of the tree's events the columns of the timeline; and the records of those that
// read data, hand out credentials or leave something behind.
func (s *EventStore) Pivot(ctx context.Context, q PivotQuery) (*Pivot, error) {
	if !q.Up && !q.Down {
		q.Up, q.Down = true, true
	}
	l, err := s.Lineage(ctx, q.Nodes)
	if err != nil {
		return nil, err
	}
	from, err := s.seed(ctx, l, q.Subject)
	if err != nil {
		return nil, err
	}
	p := &Pivot{Schema: pivotSchema, Subject: valid(q.Subject), Is: from.kind, Up: q.Up, Down: q.Down, store: s, lineage: l,
		Graph: PivotGraph{l.Size(), l.Left(), l.Counts()}, Origins: []PivotOrigin{}, Nodes: []PivotNode{}}
	if len(from.nodes) == 0 {
		return p, nil
	}
	if p.held, err = ReadJudgements(s.dir); err == nil {
		err = p.held.inherit(ctx, l, s)
	}
	if err != nil {
		return nil, err
	}
	t := p.grow(from.nodes)
	if err := p.choose(ctx, t, cmp.Or(q.remember, pivotOrdinals)); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{p.sum, p.tell, p.keep} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	p.limits()
	return p, nil
}

// A tree is the nodes of a pivot while it is made.
type tree struct {
	ids     []detect.NodeID // parents before children
	tops    []detect.NodeID
	members []detect.NodeID // those whose calls count
	links   []uint64        // the events that tie them
}

// grow finds the nodes of the tree.
func (p *Pivot) grow(seeds []detect.NodeID) *tree {
	l, t := p.lineage, &tree{}
	is, within, above := map[detect.NodeID]bool{}, map[detect.NodeID]bool{}, map[detect.NodeID]bool{}
	for _, id := range seeds {
		is[id], within[id] = true, true
		if p.Up {
			for up, _, ok := l.Parent(id); ok && !above[up]; up, _, ok = l.Parent(up) {
				above[up], within[up] = true, true
			}
		}
	}
	if p.Down {
		l.Below(seeds, func(id detect.NodeID, _ int) bool { within[id] = true; return true })
	}
	for id := range l.Nodes() {
		if !within[id] {
			continue
		}
		if parent, _, ok := l.Parent(id); !ok || !within[parent] {
			t.tops = append(t.tops, id)
		}
	}
	if t.tops == nil { // a circle
		t.tops = []detect.NodeID{slices.MinFunc(seeds, l.Compare)}
	}
	slices.SortFunc(t.tops, l.Compare)
	depths := map[detect.NodeID]int{}
	l.Below(t.tops, func(id detect.NodeID, depth int) bool {
		if !within[id] {
			p.Tree.Aside++
			return false
		}
		depths[id] = depth
		t.ids = append(t.ids, id)
		return true
	})
	p.list(t, is, depths)
	return t
}

// list describes the nodes, and says which calls count: those of credentials. What a principal does without
// one, such as signing in again, counts where the subject is that principal; else only the event that ties.
func (p *Pivot) list(t *tree, seeds map[detect.NodeID]bool, depths map[detect.NodeID]int) {
	l := p.lineage
	p.numbers = make(map[detect.NodeID]int, len(t.ids))
	p.Tree.Nodes = len(t.ids)
	for i, id := range t.ids {
		p.numbers[id] = i
		n := l.Node(id)
		parent, tie, ok := l.Parent(id)
		number, inTree := p.numbers[parent]
		if !ok || !inTree || number == i {
			number = -1
		}
		counted := seeds[id] || n.Kind != detect.PrincipalNode
		if counted {
			t.members = append(t.members, id)
		}
		if tie.By != "" && (number >= 0 || ok && p.Up) {
			t.links = append(t.links, tie.Mark)
		}
		p.countTie(&n, tie)
		if i >= pivotNodeLimit {
			p.Tree.More++
			continue
		}
		node := PivotNode{
			Number: i, Parent: number, Depth: depths[id], Kind: n.Kind, Principal: valid(n.Principal), Type: valid(n.Type), Keys: validAll(n.Keys), Started: n.Started,
			Role: valid(n.Role), Forwarded: n.Forwarded, Torn: n.Torn, Subject: seeds[id], Counted: counted, Calls: n.Calls, First: n.First, Last: n.Last, label: n.Label(),
		}
		node.Judged = p.held.node(&n)
		node.Human, node.HumanBy = n.Human()
		node.Human = valid(node.Human)
		if n.Kind != detect.PrincipalNode || tie.By != "" || tie.Confidence == detect.Exact {
			node.Confidence, node.Why = tie.Confidence.String(), tie.Why
			if tie.By != "" {
				node.By = &PivotEvent{Ordinal: tie.Mark, Time: tie.At, Name: tie.By, Node: number}
			}
		}
		p.Nodes = append(p.Nodes, node)
	}
	p.begin()
}

// begin lists the origins: the nodes without a parent in the tree.
func (p *Pivot) begin() {
	p.beganBy = make([]int, len(p.Nodes))
	for i := range p.Nodes {
		n := &p.Nodes[i]
		switch {
		case n.Parent >= 0 && n.Parent < i:
			p.beganBy[i] = p.beganBy[n.Parent]
		case len(p.Origins) < pivotOriginLimit:
			p.beganBy[i] = len(p.Origins)
			p.Origins = append(p.Origins, PivotOrigin{Node: i, Human: n.Human, HumanBy: n.HumanBy})
		default:
			p.beganBy[i] = -1
			p.More++
		}
	}
}

func (p *Pivot) countTie(n *detect.LineageNode, t detect.Tie) {
	switch {
	case n.Kind == detect.PrincipalNode:
	case t.Confidence == detect.Exact:
		p.Tree.Exact++
	case t.Confidence == detect.Untied:
		p.Tree.Untied++
	default:
		p.Tree.Inferred++
	}
}

// pivotOrdinals is up to how many events of a tree are remembered by their places, at 8
// bytes each; of more each pass finds them anew.
const pivotOrdinals = 4 << 20

// choose finds the events of the tree, and with them the copies that other accounts got.
func (p *Pivot) choose(ctx context.Context, t *tree, most int) error {
	found := newTreePredicate(p.lineage, t.members, t.links)
	ordinals, err := p.members(ctx, found, most)
	if err != nil {
		return err
	}
	if ordinals == nil {
		p.filter = filterOf(found)
		return nil
	}
	p.filter = ordinalFilter(ordinals...)
	return nil
}

// sum counts the events.
func (p *Pivot) sum(ctx context.Context) error {
	all, err := p.store.shares(ctx, p.filter)
	if err != nil {
		return err
	}
	b := all.breakdown(pivotTableRows)
	p.Events, p.Time = b.Counts, b.Span
	for _, table := range b.Tables {
		if table.By != "principal" && table.By != "credential" { // the nodes
			for i := range table.Rows {
				table.Rows[i].Value = valid(table.Rows[i].Value)
			}
			p.By = append(p.By, table)
		}
	}
	return nil
}

// limits says what a pivot cannot tell.
func (p *Pivot) limits() {
	p.Limits = []string{
		"Ties are as exact as each says. An inferred one is a lead: look at the events on both sides before relying on it.",
		"The first event is the first in the evidence: what was handed out before it began, or in an account or region that it lacks, has its beginning elsewhere.",
		"All that a credential did is counted, its owner's ordinary use too. A principal is not a person, and an address is not a place.",
		"The order of events within one second is stable, not causal.",
		"Reads of data are there only where data events were logged. Bytes are those that the service says it sent. Persistence is as of the end of the evidence, by name.",
	}
	if p.Graph.Left > 0 {
		p.Limits = slices.Insert(p.Limits, 0, fmt.Sprintf("The graph was full at %s nodes (--nodes): %s more were wanted and found no room, so that the tree may be incomplete.",
			number(int64(p.Graph.Nodes)), number(p.Graph.Left)))
	}
}
