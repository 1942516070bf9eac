package detect

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/parser"
)

// archive makes an archive with all incidents and reads its records.
func archive(t testing.TB, seed uint64, size int64) ([]*parser.Record, *fixtures.Truth) {
	t.Helper()
	dir := t.TempDir()
	truth, err := fixtures.Write(dir, fixtures.Config{Seed: seed, Bytes: size, DuplicateRate: -1, Incidents: fixtures.AllIncidents()})
	if err != nil {
		t.Fatal(err)
	}
	var all []*parser.Record
	for name, content := range contents(t, dir) {
		if strings.Contains(name, "/CloudTrail/") {
			all = append(all, readRecords(t, bytes.NewReader(content))...)
		}
	}
	slices.SortStableFunc(all, func(a, b *parser.Record) int { return a.Time.Compare(b.Time) })
	return all, truth
}

// contents yields the files below a directory, decompressed, in order of their names.
func contents(t testing.TB, dir string) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if z, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
				if content, err = io.ReadAll(z); err != nil {
					return err
				}
			}
			if !yield(filepath.ToSlash(path), content) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// lineageOf makes the graph of records in an order; their marks are their places in the list.
func lineageOf(records []*parser.Record, order []int) *Lineage {
	l := NewLineage(0)
	for _, i := range order {
		l.Record(records[i], uint64(i))
	}
	l.Settle()
	return l
}

func upTo(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// A lineageEdge is an issue that names the key that it handed out.
type lineageEdge struct {
	From string // the issuer's key or, where its record has none, its principal
	To   string // the key that was issued
	By   string // the event's name
	Mark uint64 // of the event
}

// edges yields the exact edges between keys, a contested one as its better record has it.
func (l *Lineage) edges() iter.Seq[lineageEdge] {
	return func(yield func(lineageEdge) bool) {
		for id := range l.nodes.n {
			n := l.nodes.at(int32(id))
			if n.kind != KeyNode || n.issue == noNode {
				continue
			}
			issue := l.issues.at(n.issue)
			caller := l.nodes.at(issue.caller)
			from := l.name(caller)
			if caller.kind == SessionNode {
				from = l.nameOf(caller.principal)
			}
			if !yield(lineageEdge{from, l.name(n), issuings[issue.kind].name, issue.mark}) {
				return
			}
		}
	}
}

// What the generator scripted is found again: every edge that an event names, and none
// besides that touches a credential of an incident.
func TestLineageOfIncidents(t *testing.T) {
	var exact, found, extra, inferred, inferredFound int
	for seed := uint64(9101); seed < 9107; seed++ {
		records, truth := archive(t, seed, 300_000)
		l := lineageOf(records, upTo(len(records)))
		ours := map[string]bool{}
		want := map[lineageEdge]bool{}
		for _, in := range truth.Incidents {
			for _, e := range in.Lineage {
				ours[e.To] = true
				if e.Exact {
					exact++
					want[lineageEdge{From: e.From, To: e.To, By: e.By}] = true
				} else {
					inferred++
					if id, ok := l.Key(e.To); ok && isInferred(l, id, &e, records) {
						inferredFound++
					} else {
						t.Errorf("seed %d: %s: %+v is not inferred", seed, in.Name, e)
					}
				}
			}
			if in.Name != "forged-copy" { // its key is a person's of the background
				for _, key := range in.Credentials[1:] {
					ours[key] = true
				}
			}
		}
		for e := range l.edges() {
			e.Mark = 0
			switch {
			case want[e]:
				found++
			case ours[e.From] || ours[e.To]:
				extra++
				t.Errorf("seed %d: %+v is no edge of an incident", seed, e)
			}
		}
	}
	t.Logf("exact: %d of %d found, recall %.3f, precision %.3f; inferred: %d of %d", found, exact,
		float64(found)/float64(exact), float64(found)/float64(found+extra), inferredFound, inferred)
	if found < exact*98/100 || exact < 20 || extra > 0 {
		t.Errorf("%d of %d edges, %d besides", found, exact, extra)
	}
}

// isInferred reports whether a node is tied, by inference, to the event of an edge.
func isInferred(l *Lineage, id NodeID, e *fixtures.Edge, records []*parser.Record) bool {
	parent, tie, ok := l.Parent(id)
	n := l.Node(parent)
	return ok && (tie.Confidence == Likely || tie.Confidence == Possible) && tie.By == e.By && n.Principal == e.From && records[tie.Mark].ID == e.Event
}

// Over a whole archive the exact edges are those that encoding/json finds by looking for
// an access key in the response, and every key that was used after it was issued is tied.
func TestLineageAgreesWithJSON(t *testing.T) {
	records, _ := archive(t, 9200, 2<<20)
	l := lineageOf(records, upTo(len(records)))
	want := map[lineageEdge]bool{}
	for i, r := range records {
		var v struct {
			UserIdentity     struct{ AccessKeyID, ARN, InvokedBy, PrincipalID string }
			ResponseElements struct{ Credentials, AccessKey struct{ AccessKeyID string } }
			ErrorCode        string
		}
		if err := json.Unmarshal(r.Raw, &v); err != nil {
			t.Fatal(err)
		}
		key := v.ResponseElements.Credentials.AccessKeyID + v.ResponseElements.AccessKey.AccessKeyID
		if key == "" || v.ErrorCode != "" {
			continue
		}
		from := v.UserIdentity.AccessKeyID
		for _, s := range []string{v.UserIdentity.ARN, v.UserIdentity.InvokedBy, v.UserIdentity.PrincipalID} {
			if from == "" {
				from = s
			}
		}
		want[lineageEdge{from, key, r.Name, uint64(i)}] = true
	}
	n := 0
	for e := range l.edges() {
		if n++; !want[e] {
			t.Errorf("%+v", e)
		}
		id, _ := l.Key(e.To)
		if _, tie, ok := l.Parent(id); !ok || tie.Confidence != Exact || tie.Mark != e.Mark {
			t.Errorf("%s: %+v", e.To, tie)
		}
	}
	if n != len(want) || n < 100 {
		t.Errorf("%d edges, encoding/json finds %d", n, len(want))
	}
	t.Logf("%d records, %d edges; %+v", len(records), n, l.Counts())
}

// outlineOf writes a graph with names in place of numbers.
func outlineOf(l *Lineage) string {
	var lines []string
	for id := range l.Nodes() {
		n := l.Node(id)
		parent, tie, ok := l.Parent(id)
		line := fmt.Sprintf("%+v %+v", n, tie)
		if ok {
			p := l.Node(parent)
			line += " ← " + p.Label()
		}
		for _, c := range l.Children(id) {
			n := l.Node(c)
			line += " → " + n.Label()
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// The order within a second, and even the order of seconds, makes no other graph.
func TestLineageOrder(t *testing.T) {
	records, _ := archive(t, 9300, 500_000)
	want := outlineOf(lineageOf(records, upTo(len(records))))
	rng := rand.New(rand.NewPCG(7, 8))
	for range 3 {
		if got := outlineOf(lineageOf(records, shuffledSeconds(records, rng))); got != want {
			t.Fatal("another order within seconds makes another graph")
		}
	}
	if got := outlineOf(lineageOf(records, rng.Perm(len(records)))); got != want {
		t.Error("another order makes another graph")
	}
}

// Of published records, which are samples: how many credentials are tied.
func TestLineagePublicData(t *testing.T) {
	const public = "../../shared/data/public"
	if _, err := os.Stat(public); err != nil {
		t.Skip(err)
	}
	var sum LineageCounts
	for _, folder := range []string{"stratus-red-team", "umccr", "splunk-security-content", "cribl", "plaso", "cloud-custodian"} {
		var of LineageCounts
		n := 0
		for _, content := range contents(t, filepath.Join(public, folder)) {
			l := NewLineage(0)
			for rd := parser.NewReader(bytes.NewReader(content), parser.Origin{}); ; {
				r, err := rd.Next()
				if _, bad := err.(*parser.RecordError); bad {
					continue
				} else if err != nil {
					break
				}
				l.Record(r, uint64(n))
				n++
			}
			l.Settle()
			c := l.Counts()
			of.Exact, of.Inferred, of.Untied, of.Unused = of.Exact+c.Exact, of.Inferred+c.Inferred, of.Untied+c.Untied, of.Unused+c.Unused
		}
		t.Logf("%-24s %3d records: %+v", folder, n, of)
		sum.Exact, sum.Inferred, sum.Untied, sum.Unused = sum.Exact+of.Exact, sum.Inferred+of.Inferred, sum.Untied+of.Untied, sum.Unused+of.Unused
	}
	if sum.Exact == 0 || sum.Untied == 0 {
		t.Errorf("%+v", sum)
	}
}
