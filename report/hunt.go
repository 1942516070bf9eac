package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// A Hunting is what a settled case is asked anew, without the evidence.
type Hunting struct {
	Detectors []*detect.Detector
	Detection *Detection // where they came from; nil: the report does not say
	// Trusted says that the latest revision was made by this very program: then what its
	// detectors found stands for those of the same identity, and only the others are asked.
	Trusted bool
	// Enrichment says where addresses are; nil: nobody does, and with Stand what the latest revision says stays.
	Enrichment *Enrichment
	// Accounts, where set, is told whose events the case has.
	Accounts *detect.Accounts
	// Found, where it is set, is told how many findings are new, and how many events they list together, long before the revision is
	// complete: it is for whoever waits.
	Found func(findings, events int)
	// Ready, where it is set, is asked when the revision is complete and nothing of it has its
	// place yet: with an error the case stays as it was.
	Ready   func() error
	Workers int
	Memory  int64
	WorkDir string
	// Stand asks no detector: all findings stay, and only what examiners hold of them is new. Detectors and
	// Detection are then those of the latest revision.
	Stand bool
}

// A Hunted is what came of it.
type Hunted struct {
	Model    *Model
	Revision int
	Files    []custody.File // of the case, that were written; with their hashes, where these are known
	Asked    []string       // IDs of the detectors that were asked; of the others the findings stood
}

// hunt is the state of one Hunt.
type hunt struct {
	*Hunting
	p         *SettledCase
	store     *EventStore
	latest    int // revision
	was       *Model
	asked     []*detect.Detector
	stays     map[string]bool // detectors whose findings stay, by ID
	scan      *scan.Hunt
	asking    asking
	concluded *concluded
	tally     *Tally
	fresh     iter.Seq2[scan.FindingHead, eventSeq]
	failed    func() error
	verdicts  *verdicts
	integrity *Integrity          // of the latest revision
	stayed    map[string]Verdicts // of findings that stay; nil: the case has no digests, or they stay too
	flagged   *flaggedChange      // nil: gather sees all events of findings
	closely   either              // holds of the events of whose records gather wants parts
	recorded  predicate           // holds of those of which it wants them whole
	reading   sync.Mutex          // of the findings' heads
	held      *Judgements         // of examiners, with what descends from them; nil: there are none
}

// Hunt re-evaluates detectors over the case's event store, and writes what they find as the
// next revision of the findings, and the report anew: as a run over the evidence with
// these detectors would have written them. What it says of the evidence stays. With an error it
// returns what it has changed of the case, if it has come that far.
func (p *SettledCase) Hunt(ctx context.Context, what Hunting) (*Hunted, error) {
	h := &hunt{Hunting: &what, p: p, store: p.store}
	h.store.Remember(h.Memory/16, onlyGathered...)
	h.asking = asking{room: h.Memory / 256, records: map[uint64][]byte{}}
	if h.Detectors == nil {
		h.Detectors = detect.All()
	}
	out, err := h.run(ctx)
	if h.scan != nil {
		err = errors.Join(err, h.scan.Close())
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", p.store.label, err)
	}
	return out, err
}

func (h *hunt) run(ctx context.Context) (*Hunted, error) {
	if err := h.begin(); err != nil {
		return nil, err
	}
	if err := h.ask(ctx); err != nil {
		return nil, err
	}
	if err := h.scan.Conclude(ctx); err != nil {
		return nil, err
	}
	var err error
	if h.concluded, err = h.conclude(); err != nil {
		return nil, err
	}
	if h.Found != nil {
		h.Found(h.concluded.fresh())
	}
	w, err := h.newWriter()
	if err != nil {
		return nil, err
	}
	defer w.discard()
	ctx, stop := context.WithCancel(ctx)
	defer stop() // before discard waits
	if err := h.ownVerdicts(); err != nil {
		return nil, err
	}
	if err := h.judge(ctx); err != nil {
		return nil, err
	}
	h.beginTimeline(ctx, w)
	var incidents *huntIncidents
	if !h.same() {
		if incidents, err = h.beginIncidents(ctx, w); err != nil {
			return nil, err
		}
		if err := h.gather(ctx, w); err != nil {
			return nil, err
		}
	}
	if h.fresh, h.failed, err = h.scan.Findings(ctx); err != nil {
		return nil, err
	}
	model, err := h.write(ctx, w, incidents)
	if err != nil {
		return nil, err
	}
	out := &Hunted{Model: model, Revision: h.latest + 1}
	for _, d := range h.asked {
		out.Asked = append(out.Asked, d.ID)
	}
	if err := w.wait(); err != nil {
		return nil, err
	}
	if h.Ready != nil {
		if err := h.Ready(); err != nil {
			return nil, err
		}
	}
	out.Files, err = w.settle()
	return out, err
}

// begin reads what the case says of itself, and decides which detectors are asked.
func (h *hunt) begin() (err error) {
	if h.latest, err = latestRevision(h.store.dir); err != nil {
		return fmt.Errorf("%s: %w", findingsDir, err)
	}
	if h.was, err = h.p.model(); err != nil {
		return err
	}
	if h.Stand {
		if err := h.stand(); err != nil {
			return err
		}
	}
	known := map[string]string{}
	if h.Trusted && !h.Stand {
		if known, err = identities(h.store.dir, h.latest); err != nil {
			return err
		}
	}
	h.stays = map[string]bool{detect.ConflictingCopies: true} // they are found by comparing, for which the evidence is needed
	for _, d := range h.Detectors {
		switch id := detect.Identity(d); {
		case h.Stand:
			h.stays[d.ID] = true
		case d.Record == nil:
		case id != "" && known[d.ID] == id:
			h.stays[d.ID] = true
		default:
			h.asked = append(h.asked, d)
		}
	}
	if h.Accounts != nil && h.was.Account.OtherEvents == 0 { // else there are more than scan.MaxHomes
		for i := range h.was.Account.InEvidence {
			h.Accounts.Receive(h.was.Account.InEvidence[i].Account)
		}
	}
	h.scan, err = scan.NewHunt(scan.Config{Detectors: h.asked, Workers: h.Workers, Memory: h.Memory, WorkDir: h.WorkDir})
	return err
}

// model returns the case's report.
func (p *SettledCase) model() (*Model, error) { return ReadModel(p.dir) }

// ReadModel reads the report of the case in dir.
func ReadModel(dir string) (*Model, error) {
	b, err := readCaseFile(filepath.Join(dir, "report.json"))
	m := new(Model)
	if err == nil {
		err = json.Unmarshal(b, m)
	}
	if err != nil {
		return nil, fmt.Errorf("report.json: %w", err)
	}
	return m, nil
}

// ask shows the detectors the events that they want.
func (h *hunt) ask(ctx context.Context) error {
	if len(h.asked) == 0 {
		return nil
	}
	set, err := detect.NewSet(h.asked)
	if err != nil {
		return err
	}
	return eachBlock(ctx, h.store, wantedFilter(set.Wanted()), func(b *block) (struct{}, error) {
		if err := b.load(rawLeaves); err != nil {
			return struct{}{}, err
		}
		a := h.scan.Asker()
		defer h.scan.Done(a)
		for row := range b.rows {
			if err := a.Ask(b.ordinal(row), b.raw(row)); err != nil {
				return struct{}{}, err
			}
			h.asking.remember(b.ordinal(row), b.raw(row))
		}
		b.done()
		return struct{}{}, nil
	}, func(struct{}) error { return nil })
}

var rawLeaves = []int{leafRaw, leafRawBytes}

// gather goes over the events that the report is about: those of findings, unless it is known what they come to, and those that
// suspects have to do with.
func (h *hunt) gather(ctx context.Context, w *huntWriter) error {
	concl := &scan.Conclusion{Findings: h.accusing(ctx)}
	newest, err := h.store.newest()
	if err != nil {
		return err
	}
	if h.tally, err = NewTally(concl, newest); err != nil {
		return err
	}
	h.tally.hold(h.held)
	h.tally.without = true // see ledgers
	h.countsVerdicts()
	h.flagged = h.changeOfFlagged()
	sinks := []scan.Sink{h.tally}
	if h.was.Coverage.Timeline == Flagged {
		t, err := w.flaggedTimeline(&h.store.objects)
		if err != nil {
			return err
		}
		sinks = append(sinks, t)
	}
	next := h.concluded.events
	err = eachBlock(ctx, h.store, h.selectEvents(), func(b *block) (gathered, error) {
		entries, err := h.entries(b)
		return gathered{b, entries}, err
	}, func(g gathered) error {
		defer g.block.taken()
		batch := g.entries
		for i := range batch {
			e := &batch[i]
			if h.flagged != nil {
				h.flagged.see(e)
				next = from(e.Ordinal, next)
			}
			e.Findings, next = h.concluded.of(e.Ordinal, next)
			h.countStayed(e)
			if err := h.scan.Event(e); err != nil {
				return err
			}
		}
		for _, s := range sinks {
			encoded, err := s.Encode(batch)
			if err == nil {
				err = s.Commit(encoded)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if h.flagged != nil {
		h.flagged.apply(&h.tally.all.flagged)
	} else if err == nil && len(next) > 0 {
		err = fmt.Errorf("findings list event #%d, which the event store lacks", next[0].ordinal)
	}
	return errors.Join(err, closeAll(sinks))
}
