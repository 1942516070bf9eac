package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/coldtrail/coldtrail/scan"
)

// incidentsFile is the incidents with all of their events that are told, one a line, by rank.
const incidentsFile = "incidents.jsonl"

// write builds the incidents, writes them to w as incidents.jsonl has them, and returns them as the report has them.
func (src incidentSource) write(ctx context.Context, w io.Writer) (*Incidents, error) {
	b := src.builder(ctx)
	if err := b.signs(); err != nil {
		return nil, fmt.Errorf("%s: %w", incidentsFile, err)
	}
	return b.write(w)
}

// write is incidentSource.write behind the signs.
func (b *incidentBuilder) write(w io.Writer) (*Incidents, error) {
	var line []byte
	all, err := b.incidents(func(in *Incident) (err error) {
		if line, err = appendJSON(line[:0], in, ""); err == nil {
			_, err = w.Write(line)
		}
		in.shorten()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", incidentsFile, err)
	}
	return all, nil
}

// shorten leaves the first events only.
func (in *Incident) shorten() {
	if n := len(in.Events) - shownEvents; n > 0 {
		in.Events = slices.Clone(in.Events[:shownEvents])
		in.MoreEvents += int64(n)
	}
}

// incidents makes the incidents of a run, from the event store that the case has so far.
func (c *Case) incidents(ctx context.Context, w io.Writer, in *input, t *Tally) (*Incidents, error) {
	store, err := OpenStore(c.tmp)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	store.Reuse(reusedColumns)
	store.latest = time.Unix(t.newest, 0).UTC()
	return incidentSource{store: store, detectors: in.detectors, end: t.all.evidence.Last.UTC(), keep: c.write, walk: func(_ func(*scan.Membership, []uint64) bool, want func(*scan.FindingHead) bool, event func(uint64)) error {
		return walkFindings(ctx, in.res, want, event)
	}}.write(ctx, w)
}

// reusedColumns is about what two row groups take of the columns that incidents are made of.
const reusedColumns = 8 << 20

// walkFindings goes over the findings of a run.
func walkFindings(ctx context.Context, res *scan.Result, want func(*scan.FindingHead) bool, event func(uint64)) error {
	if res.Findings != nil {
		for head, events := range res.Findings {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !want(&head) {
				continue
			}
			for e, err := range events {
				if err != nil {
					return err
				}
				event(e.Ordinal)
			}
		}
	}
	if res.Err != nil {
		return res.Err()
	}
	return nil
}

// walk goes over the findings of a hunt.
func (h *hunt) walk(ctx context.Context) findingWalk {
	from := make([]int, len(h.concluded.findings)+1) // by finding: where its events begin
	for _, e := range h.concluded.events {
		from[e.finding+1]++
	}
	for i := range h.concluded.findings {
		from[i+1] += from[i]
	}
	ordinals, next := make([]uint64, len(h.concluded.events)), slices.Clone(from)
	for _, e := range h.concluded.events {
		ordinals[next[e.finding]] = e.ordinal
		next[e.finding]++
	}
	events := func(number int) []uint64 { return ordinals[from[number]:from[number+1]] }
	return func(may func(*scan.Membership, []uint64) bool, want func(*scan.FindingHead) bool, event func(uint64)) error {
		for n, err := range h.headsOf(func(i int) bool { return may(&h.concluded.findings[i].Membership, events(i)) }) {
			if err = cmp.Or(err, ctx.Err()); err != nil {
				return err
			}
			if want(&n.FindingHead) {
				for _, o := range events(n.number) {
					event(o)
				}
			}
		}
		return nil
	}
}

// ReadIncident reads the incident of that rank of the case in dir, with all of its events that are told.
func ReadIncident(dir string, number int) (*Incident, error) {
	f, err := openCaseFile(filepath.Join(dir, incidentsFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", incidentsFile, err)
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	n := 0
	for ; dec.More(); n++ {
		in := new(Incident)
		if err := dec.Decode(in); err != nil {
			return nil, fmt.Errorf("%s: %w", incidentsFile, err)
		}
		if in.Number == number {
			return in, nil
		}
	}
	if m, err := ReadModel(dir); err != nil {
		return nil, err
	} else if err := m.Incidents.fits(n); err != nil {
		return nil, err
	}
	return nil, noIncident(strconv.Itoa(number), n)
}

// fits reports that incidents.jsonl has other incidents than the report.
func (l *Incidents) fits(n int) error {
	if l == nil || n == len(l.Rows) {
		return nil
	}
	return fmt.Errorf("%s: %d incidents, and report.json has %d: it was changed", incidentsFile, n, len(l.Rows))
}

// None is the error that stands for an incident that is not there. Those that are not told have no number.
func (l *Incidents) None(number string) error { return noIncident(number, len(l.Rows)) }

func noIncident(number string, n int) error {
	if n == 0 {
		return fmt.Errorf("no incident %s: there is none", number)
	}
	return fmt.Errorf("no incident %s: a number from 1 to %d", number, n)
}
