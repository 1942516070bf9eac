package report

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

const (
	// htmlFindingLimit bounds the findings of which the page can hold more than a number.
	htmlFindingLimit = 10_000
	// htmlEventsPerFinding is how many events of a finding the page's timeline has.
	htmlEventsPerFinding = 10
)

// htmlFindings are the findings as far as the page can hold them, and what it says of all.
type htmlFindings struct {
	list       []htmlFound // in the order of their first events
	total      int64
	suppressed int64
	events     int64 // that the findings list, counted once for each
	techniques map[string]*htmlTechnique
	strings    map[string]string
	once       sync.Once
	inOrder    []htmlItem // see items
}

// A htmlFound is a finding with its first events.
type htmlFound struct {
	findingLine
	events []keptEvent
	all    int // events that it lists
}

// readHTMLFindings reads findings.jsonl in dir. Of too many findings it keeps the severest.
func readHTMLFindings(ctx context.Context, dir string) (*htmlFindings, error) {
	f, err := openCaseFile(filepath.Join(dir, findingsLines))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", findingsLines, err)
	}
	defer f.Close()
	out := &htmlFindings{techniques: map[string]*htmlTechnique{}, strings: map[string]string{}}
	k := &keptLines{f: f, r: bufio.NewReaderSize(f, keptBuffer)}
	for ctx.Err() == nil {
		found, err := k.found()
		if err == io.EOF {
			out.settle()
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out.add(found)
	}
	return nil, ctx.Err()
}

// found reads the following finding, with its first events; io.EOF: there is none.
func (k *keptLines) found() (*htmlFound, error) {
	line := new(htmlFound)
	if err := k.following(&line.findingLine); err != nil {
		return nil, err
	}
	var err error
	if line.events, err = k.events(htmlEventsPerFinding); err != nil {
		return nil, err
	}
	line.all = max(line.Count, len(line.events))
	return line, k.skip()
}

// add keeps a finding, in the place of a milder one where there are too many.
func (h *htmlFindings) add(f *htmlFound) {
	if f.Suppressed != "" {
		h.suppressed++
		return
	}
	f.Severity = min(f.Severity, detect.Critical)
	h.total++
	h.events += int64(f.all)
	for _, id := range f.Techniques {
		h.technique(id).add(f)
	}
	for i := range f.events {
		e := &f.events[i]
		e.Name, e.Error = h.intern(e.Name), h.intern(e.Error)
	}
	f.Title, f.Detector, f.Why, f.Subject = h.intern(f.Title), h.intern(f.Detector), h.intern(f.Why), h.intern(f.Subject)
	h.list = append(h.list, *f)
	if len(h.list) >= 2*htmlFindingLimit {
		h.trim()
	}
}

// intern keeps one of equal texts: most findings have the words of others.
func (h *htmlFindings) intern(s string) string {
	if t, ok := h.strings[s]; ok {
		return t
	}
	h.strings[s] = s
	return s
}

// trim leaves the severest findings, of equals the first.
func (h *htmlFindings) trim() {
	if len(h.list) <= htmlFindingLimit {
		return
	}
	slices.SortStableFunc(h.list, func(a, b htmlFound) int { return cmp.Compare(b.Severity, a.Severity) })
	clear(h.list[htmlFindingLimit:])
	h.list = h.list[:htmlFindingLimit]
	slices.SortStableFunc(h.list, func(a, b htmlFound) int { return a.First.Compare(b.First) })
	clear(h.strings) // most are of findings that are gone
}

func (h *htmlFindings) settle() {
	h.trim()
	h.strings = nil
}

// A htmlTechnique is an ATT&CK technique of findings.
type htmlTechnique struct {
	id       string
	worst    detect.Severity
	findings int64
	detector string // the first of the severest
	Span
}

func (h *htmlFindings) technique(id string) *htmlTechnique {
	t := h.techniques[id]
	if t == nil {
		t = &htmlTechnique{id: id}
		h.techniques[id] = t
	}
	return t
}

func (t *htmlTechnique) add(f *htmlFound) {
	if t.findings == 0 || f.Severity > t.worst {
		t.worst, t.detector = f.Severity, f.Detector
	}
	t.findings++
	t.Span.plus(&Span{f.First, f.Last})
}

// A htmlEvent is an event that the page describes: what it is and where it lies.
type htmlEvent struct {
	Ordinal               uint64
	Time                  time.Time
	Name, ID, Error       string
	Principal, Credential string
	SourceIP              string
	Account, Region       string
	Object                string
	Index                 int
	Offset                int64
	Known                 bool // the event store has it
}

// Anchor names the event on the page.
func (e *htmlEvent) Anchor() string { return anchorOf(e.Ordinal) }

// htmlColumns are what is read of an event: beside what a finding says of its events, and what it says.
var (
	htmlBeside  = []string{"errorcode", "errormessage", "principal", "credential", "sourceipaddress", "account", "awsregion", "object_ordinal"}
	htmlColumns = append(slices.Clip(htmlBeside), "eventid", "derived_id", "eventname", "record_index", "record_offset")
)

// eachHTMLEvent yields the events of these ordinals, which are sorted, with htmlColumns or with htmlBeside.
func eachHTMLEvent(ctx context.Context, store *EventStore, ordinals []uint64, columns []string, yield func(*htmlEvent) error) error {
	if store == nil || len(ordinals) == 0 {
		return nil
	}
	return store.Scan(ctx, ordinalFilter(ordinals...), columns, func(r *Row) error {
		text := func(i int) string { return valid(string(r.Bytes(i))) }
		source, path, err := store.objects.Name(uint64(r.Int(7)))
		if err != nil {
			return err
		}
		e := &htmlEvent{
			Ordinal: r.Ordinal(), Time: r.Time(), Error: cmp.Or(text(0), text(1)), Principal: text(2), Credential: text(3), SourceIP: text(4),
			Account: text(5), Region: text(6), Object: valid(objectName(source, path)), Known: true,
		}
		if len(columns) > len(htmlBeside) {
			e.ID, e.Name, e.Index, e.Offset = cmp.Or(text(9), text(8)), text(10), int(r.Int(11)), r.Int(12)
		}
		return yield(e)
	})
}

// describe reads what the store knows of the events that the page names.
func (b *htmlBuilder) describe(ctx context.Context, store *EventStore) error {
	ordinals := make([]uint64, len(b.events))
	for i := range b.events {
		ordinals[i] = b.events[i].Ordinal
	}
	slices.Sort(ordinals)
	err := eachHTMLEvent(ctx, store, ordinals, htmlColumns, func(e *htmlEvent) error {
		b.events[b.cited[e.Ordinal]] = *e
		return nil
	})
	b.known()
	slices.SortFunc(b.events, func(x, y htmlEvent) int { return cmp.Compare(x.Ordinal, y.Ordinal) })
	return err
}

// known fills in what the findings say of events, where there is no store.
func (b *htmlBuilder) known() {
	for i := range b.Findings.BySeverity {
		for _, f := range b.Findings.BySeverity[i].Shown {
			for _, s := range f.Events {
				if at, ok := b.cited[s.Ordinal]; ok && !b.events[at].Known {
					b.events[at] = htmlEvent{Ordinal: s.Ordinal, Time: s.Time, Name: s.Name, ID: s.ID, Error: s.Error, Object: s.Object, Index: s.Index, Offset: s.Offset, Known: true}
				}
			}
		}
	}
}
