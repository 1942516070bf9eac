package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// rowsOf reads a file of the case, a row a line; a file that is not there has none.
func rowsOf[T any](c *toldCase, name string) (rows []T, there bool) {
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	} else if err != nil {
		c.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		var row T
		if err := json.Unmarshal(line, &row); err != nil {
			c.Fatalf("%s: %v", name, err)
		}
		rows = append(rows, row)
	}
	return rows, true
}

// isOf reports whether an event is of an incident, or beside it.
func isOf(in *fixtures.Incident) (of, beside map[string]bool) {
	of, beside = map[string]bool{}, map[string]bool{}
	for _, e := range in.Events {
		of[e.ID] = true
	}
	for _, id := range in.Beside {
		beside[id] = true
	}
	return of, beside
}

// gradeIncidents takes for each story the incident of the case that has most of its events: what else that
// incident has is wrong, and what lies in others is missing.
func (c *toldCase) gradeIncidents() {
	all, there := rowsOf[report.Incident](c, "incidents.jsonl")
	if !there {
		c.Log("the case has no incidents.jsonl")
		return
	}
	for i := range c.truth.Incidents {
		in := &c.truth.Incidents[i]
		of, beside := isOf(in)
		best, pieces := grade{want: len(of)}, 0
		var number int
		for k := range all {
			g := grade{want: len(of)}
			for _, e := range all[k].Events {
				switch {
				case of[e.ID]:
					g.found++
				case !beside[e.ID]:
					g.wrong++
				}
			}
			if g.found > 0 {
				pieces++
			}
			if g.found > best.found {
				best, number = g, k
			}
		}
		c.grades.add(in.Name, membership, best)
		if f := best.f1(); f < 0.95 || pieces > 1 {
			c.Logf("seed %d: %s: F1 %.3f, in %d incidents", c.seed, in.Name, f, pieces)
			if best.found > 0 {
				c.differences(in, &all[number], of, beside)
			}
		}
	}
}

// differences logs what an incident lacks and has besides, by name.
func (c *toldCase) differences(in *fixtures.Incident, got *report.Incident, of, beside map[string]bool) {
	has := map[string]bool{}
	var lacks, besides []string
	for _, e := range got.Events {
		has[e.ID] = true
		if !of[e.ID] && !beside[e.ID] {
			besides = append(besides, e.Name+" by "+e.Principal+" from "+e.SourceIP)
		}
	}
	for _, e := range in.Events {
		if !has[e.ID] {
			lacks = append(lacks, e.Name)
		}
	}
	c.Logf("  lacks %s\n  besides %s", counted(lacks), counted(besides))
}

// counted lists texts with their numbers.
func counted(texts []string) string {
	n := map[string]int{}
	for _, t := range texts {
		n[t]++
	}
	var b strings.Builder
	for i, t := range slices.Sorted(maps.Keys(n)) {
		if i == 8 {
			b.WriteString(" …")
			break
		}
		b.WriteString(" " + t)
		if n[t] > 1 {
			b.WriteString(" ×" + strconv.Itoa(n[t]))
		}
	}
	return b.String()
}

// gradePersistence asks for a row of every thing that was left, by the event that made it, in the state that the script
// left it in. Rows of other events of the incident are wrong.
func (c *toldCase) gradePersistence() {
	rows, there := rowsOf[report.PersistenceRow](c, "persistence.jsonl")
	if !there {
		c.Log("the case has no persistence.jsonl")
		return
	}
	for i := range c.truth.Incidents {
		in := &c.truth.Incidents[i]
		of, _ := isOf(in)
		known := map[string]bool{}
		for _, left := range in.Ledger.Left {
			known[left.Made] = true
			g := grade{want: 1}
			k := slices.IndexFunc(rows, func(r report.PersistenceRow) bool { return r.Made.EventID == left.Made && right(&r, &left) })
			if k >= 0 {
				g.found = 1
			} else {
				c.Logf("seed %d: %s: no row of %+v", c.seed, in.Name, left)
			}
			c.grades.add(in.Name, persistence, g)
		}
		for _, r := range rows {
			if of[r.Made.EventID] && !known[r.Made.EventID] {
				c.grades.add(in.Name, persistence, grade{wrong: 1})
				c.Logf("seed %d: %s: besides %s %s by %s", c.seed, in.Name, r.Kind, r.Target, r.Made.Event)
			}
		}
	}
}

// right reports whether a row is in the state that the truth has.
func right(r *report.PersistenceRow, left *fixtures.LeftBehind) bool {
	if left.Gone == "" {
		return r.State == report.Present && strings.Contains(r.Target, strings.Fields(left.Name)[0])
	}
	return (r.State == report.Removed || r.State == report.Unordered) && r.Ended != nil && r.Ended.EventID == left.Gone
}

// gradeData asks for calls, objects and bytes of every resource by credential: a row is of one address, so they are added up.
func (c *toldCase) gradeData() {
	rows, there := rowsOf[report.DataRow](c, "data-access.jsonl")
	if !there {
		c.Log("the case has no data-access.jsonl")
		return
	}
	for i := range c.truth.Incidents {
		in := &c.truth.Incidents[i]
		of, _ := isOf(in)
		for _, read := range in.Ledger.Read {
			var calls, objects, bytes int64
			for _, r := range rows {
				if r.Credential == read.By && r.Resource == read.Name && strings.Contains(r.Kind, "copied") == (read.Kind == "bucket copied") {
					calls, objects, bytes = calls+r.Succeeded, objects+r.Objects, bytes+r.Bytes
				}
			}
			g := grade{want: 1}
			if calls == int64(read.Calls) && bytes == read.Bytes && (read.Objects == 0 || objects == int64(read.Objects)) {
				g.found = 1
			} else {
				c.Logf("seed %d: %s: %+v: %d calls, %d objects, %d bytes", c.seed, in.Name, read, calls, objects, bytes)
			}
			c.grades.add(in.Name, dataRead, g)
		}
		for _, r := range rows {
			known := slices.ContainsFunc(in.Ledger.Read, func(t fixtures.ReadFrom) bool { return t.By == r.Credential && t.Name == r.Resource })
			encrypted := strings.Contains(r.Kind, "copied") && strings.HasPrefix(in.Name, "ransom-") // over itself: nobody got it
			if of[r.FirstEvent] && r.Succeeded > 0 && !known && !encrypted {
				c.grades.add(in.Name, dataRead, grade{wrong: 1})
				c.Logf("seed %d: %s: besides %s %s", c.seed, in.Name, r.Kind, r.Resource)
			}
		}
	}
}

// gradeDefences asks for every window, by the calls that open and close it.
func (c *toldCase) gradeDefences() {
	rows, there := rowsOf[report.DefenceRow](c, "defences.jsonl")
	if !there {
		c.Log("the case has no defences.jsonl")
		return
	}
	for i := range c.truth.Incidents {
		in := &c.truth.Incidents[i]
		of, _ := isOf(in)
		known := map[string]bool{}
		for _, b := range in.Ledger.Blind {
			known[b.Off] = true
			g := grade{want: 1}
			k := slices.IndexFunc(rows, func(r report.DefenceRow) bool {
				return r.By.EventID == b.Off && (b.On == "" && r.Ended == nil || r.Ended != nil && r.Ended.EventID == b.On)
			})
			if k >= 0 {
				g.found = 1
			} else {
				c.Logf("seed %d: %s: no row of %+v", c.seed, in.Name, b)
			}
			c.grades.add(in.Name, defences, g)
		}
		for _, r := range rows {
			if of[r.By.EventID] && !known[r.By.EventID] {
				c.grades.add(in.Name, defences, grade{wrong: 1})
				c.Logf("seed %d: %s: besides %s %s %s by %s", c.seed, in.Name, r.Kind, r.Target, r.What, r.By.Event)
			}
		}
	}
}
