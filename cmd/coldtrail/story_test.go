package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// storySeeds are those of CI. Those of the note are of no use to anybody who writes code: they are
// looked at when all is written, with
//
//	COLDTRAIL_STORIES=held-out go test ./cmd/coldtrail -run '^TestStories$' -v
var (
	storySeeds   = []uint64{7001, 7002}
	heldOutSeeds = []uint64{930117, 930228, 930339, 930441, 930552, 930663, 930774, 930885}
)

// A grade counts what was to be found of a kind, what was, and what was said besides that is wrong.
type grade struct{ want, found, wrong int }

func (g grade) recall() float64 { return float64(g.found) / float64(max(g.want, 1)) }

func (g grade) precision() float64 { return float64(g.found) / float64(max(g.found+g.wrong, 1)) }

func (g grade) f1() float64 {
	r, p := g.recall(), g.precision()
	return 2 * r * p / max(r+p, 1e-9)
}

func (g *grade) add(o grade) {
	g.want, g.found, g.wrong = g.want+o.want, g.found+o.found, g.wrong+o.wrong
}

// The kinds of what is graded.
const (
	exactEdges    = "edges, exact"
	inferredEdges = "edges, inferred"
	wholeTrees    = "keys below the origin"
	membership    = "events of the incident"
	persistence   = "persistence"
	dataRead      = "data read"
	defences      = "defences"
)

var gradedKinds = []string{exactEdges, inferredEdges, wholeTrees, membership, persistence, dataRead, defences}

// grades are the grades by story and kind.
type grades map[string]map[string]grade

func (gs grades) add(story, kind string, g grade) {
	if gs[story] == nil {
		gs[story] = map[string]grade{}
	}
	have := gs[story][kind]
	have.add(g)
	gs[story][kind] = have
}

// table writes by story and kind what was found of what there is, what is wrong besides, recall and precision.
func (gs grades) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %-22s |", "story")
	for _, kind := range gradedKinds {
		fmt.Fprintf(&b, " %-24s |", kind)
	}
	for _, story := range append(slices.Sorted(maps.Keys(gs)), "all") {
		fmt.Fprintf(&b, "\n| %-22s |", story)
		for _, kind := range gradedKinds {
			g := gs.sum(story, kind)
			text := "–"
			if g.want+g.wrong > 0 {
				text = fmt.Sprintf("%d/%d +%d: %.3f %.3f", g.found, g.want, g.wrong, g.recall(), g.precision())
				if kind == membership {
					text += fmt.Sprintf(" F1 %.3f", g.f1())
				}
			}
			fmt.Fprintf(&b, " %-24s |", text)
		}
	}
	return b.String()
}

func (gs grades) sum(story, kind string) (sum grade) {
	if story != "all" {
		return gs[story][kind]
	}
	for _, kinds := range gs {
		sum.add(kinds[kind])
	}
	return sum
}

// A toldCase is an analyzed archive with all stories in it, and what is known of it.
type toldCase struct {
	*testing.T
	seed     uint64
	dir      string
	truth    *fixtures.Truth
	ordinals map[string]uint64 // by event ID
	grades   grades
}

// TestStories grades what a case tells of the scripted intrusions, which lie in the everyday business of a
// company with thirteen accounts, beside the use that their owners make of the same keys and roles.
func TestStories(t *testing.T) {
	seeds := storySeeds
	if os.Getenv("COLDTRAIL_STORIES") == "held-out" {
		seeds = heldOutSeeds
	} else if testing.Short() {
		seeds = seeds[:1]
	}
	all := grades{}
	for _, seed := range seeds {
		c := tell(t, seed, all)
		for _, judge := range []func(){c.gradeLineage, c.gradeIncidents, c.gradePersistence, c.gradeData, c.gradeDefences} {
			judge()
		}
	}
	t.Logf("seeds %v\n%s", seeds, all.table())
	if g := all.sum("all", exactEdges); g.recall() < 0.98 || g.wrong > 0 {
		t.Errorf("exact edges: %+v", g)
	}
	if g := all.sum("all", inferredEdges); g.recall() < 0.98 {
		t.Errorf("inferred edges: %+v", g)
	}
	if g := all.sum("all", membership); g.f1() < 0.95 {
		t.Errorf("events of incidents: %+v, F1 %.3f", g, g.f1())
	}
	for _, kind := range []string{persistence, dataRead, defences} {
		if g := all.sum("all", kind); g.found != g.want || g.wrong > 0 {
			t.Errorf("%s: %+v", kind, g)
		}
	}
}

// tell makes an archive with all stories and analyzes it.
func tell(t *testing.T, seed uint64, all grades) *toldCase {
	t.Helper()
	accounts := make([]string, len(fixtures.AllStories()))
	for i := range accounts {
		accounts[i] = fmt.Sprintf("%011d%d", 11111111111*(1+i%9), i/9)
	}
	dir := filepath.Join(t.TempDir(), "evidence")
	truth, err := fixtures.Write(dir, fixtures.Config{Seed: seed, Bytes: 2 << 20, Days: 6, Accounts: accounts, Everyday: true, Incidents: fixtures.AllStories()})
	if err != nil {
		t.Fatal(err)
	}
	c := &toldCase{T: t, seed: seed, truth: truth, ordinals: map[string]uint64{}, grades: all,
		dir: makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 256 << 20}, Timeline: "full"})}
	f, err := os.Open(filepath.Join(c.dir, "timeline.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows[1:] {
		c.ordinals[row[1]] = uint64(i)
	}
	return c
}

// gradeLineage asks the graph for every edge of the truth, and the pivot of an incident's origin for
// all that came from it.
func (c *toldCase) gradeLineage() {
	s, err := report.OpenStore(c.dir)
	if err != nil {
		c.Fatal(err)
	}
	defer s.Close()
	l, err := s.Lineage(c.Context(), 0)
	if err != nil {
		c.Fatal(err)
	}
	for i := range c.truth.Incidents {
		in := &c.truth.Incidents[i]
		came := map[string]bool{}
		for _, e := range in.Lineage {
			came[e.To] = true
			kind := inferredEdges
			if e.Exact {
				kind = exactEdges
			}
			c.grades.add(in.Name, kind, c.edge(in, l, &e))
		}
		for _, key := range in.Credentials {
			if id, ok := l.Key(key); ok && !came[key] {
				if _, tie, _ := l.Parent(id); tie.By != "" {
					c.Errorf("seed %d: %s: %s is the first, and is said to come from %s", c.seed, in.Name, key, tie.By)
					c.grades.add(in.Name, exactEdges, grade{wrong: 1})
				}
			}
		}
		c.tree(s, in, came)
	}
}

// edge grades one edge. What is said to be exact and is not is wrong; an inferred one that is not found is missing.
func (c *toldCase) edge(in *fixtures.Incident, l *detect.Lineage, e *fixtures.Edge) grade {
	g := grade{want: 1}
	id, ok := l.Key(e.To)
	parent, tie, tied := l.Parent(id)
	n := l.Node(parent)
	ordinal, known := c.ordinals[e.Event]
	switch right := ok && tied && known && tie.By == e.By && tie.Mark == ordinal && (slices.Contains(n.Keys, e.From) || n.Name == e.From || n.Principal == e.From); {
	case right && (!e.Exact || tie.Confidence == detect.Exact):
		g.found = 1
	default:
		if tie.Confidence == detect.Exact {
			g.wrong = 1
		}
		c.Logf("seed %d: %s: %+v is %v: from %+v by %+v", c.seed, in.Name, *e, ok && tied, n, tie)
	}
	return g
}

// tree grades whether the pivot of the origin shows all that came of it.
func (c *toldCase) tree(s *report.EventStore, in *fixtures.Incident, came map[string]bool) {
	has := map[string]bool{}
	p, err := s.Pivot(c.Context(), report.PivotQuery{Subject: in.Origin, Down: true})
	if err != nil {
		c.Fatal(err)
	}
	for _, n := range p.Nodes {
		for _, key := range n.Keys {
			has[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(came)) {
		if !slices.Contains(in.Credentials, key) {
			continue // nobody used it
		}
		g := grade{want: 1}
		if has[key] {
			g.found = 1
		} else {
			c.Logf("seed %d: %s: %s is not in the tree of %s", c.seed, in.Name, key, in.Origin)
		}
		c.grades.add(in.Name, wholeTrees, g)
	}
}
