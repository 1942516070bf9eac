package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// Options are what the caller knows and the evidence does not say.
type Options struct {
	CaseID    string             // the report's name; "": made of the newest event's day
	Scope     []string           // the filters, as given: "--since 2024-05-01"
	Sources   []string           // labels of the evidence roots
	Timeline  Mode               // "": Full
	Store     bool               // make the event store, for which the run keeps the records
	Newest    time.Time          // later event times are implausible; zero: Distant
	Detectors []*detect.Detector // those of the run; nil: detect.All()
	Detection *Detection         // where they came from; nil: the report does not say
	// Enrichment says where addresses are; nil: nobody does.
	Enrichment *Enrichment
}

// Sinks makes the Sinks that a run must feed for Write: the tally, which is also
// returned, the event store if it is wanted, and the timeline unless its mode is None.
func Sinks(c *Case, concl *scan.Conclusion, opt Options) ([]scan.Sink, *Tally, error) {
	tally, err := NewTally(concl, opt.Newest)
	if err != nil {
		return nil, nil, fmt.Errorf("tally: %w", err)
	}
	sinks := []scan.Sink{tally}
	if opt.Store {
		store, err := NewStore(c)
		if err != nil {
			return nil, nil, err
		}
		tally.marked = &store.marked
		sinks = append(sinks, store)
		tally.books.keepRest(c)
	}
	if opt.Timeline == None {
		return sinks, tally, nil
	}
	if opt.Timeline == "" {
		opt.Timeline = Full
	}
	f, err := c.File("timeline.csv")
	if err != nil {
		return nil, nil, errors.Join(err, closeAll(sinks))
	}
	timeline, err := NewTimeline(f, concl.Objects, opt.Timeline)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close(), closeAll(sinks))
	}
	return append(sinks, timeline), tally, nil
}

func closeAll(sinks []scan.Sink) error {
	var errs []error
	for _, s := range sinks {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// input is what the parts of a report are made from.
type input struct {
	res       *scan.Result
	opt       *Options
	detectors map[string]*detect.Detector
	integrity *Integrity
}

// Write writes every file of the case but the timeline, from the settled result
// and the tally that saw all its events. It does not settle the case. Where the
// case is nil it only makes the model, and spends nothing on the rest. The context ends the making of incidents.
func Write(ctx context.Context, c *Case, res *scan.Result, t *Tally, opt Options) (*Model, error) {
	if opt.Detectors == nil {
		opt.Detectors = detect.All()
	}
	in := &input{res: res, opt: &opt, detectors: byID(opt.Detectors)}
	verdicts, err := verdictsOf(res.Integrity)
	if err == nil {
		in.integrity, err = NewIntegrity(res.Integrity, res.Names)
	}
	if err != nil {
		return nil, fmt.Errorf("integrity: %w", err)
	}
	if err := t.closeBooks(t.all.evidence.Last); err != nil {
		return nil, err
	}
	if c == nil {
		objects, err := writeManifest(nil, res)
		if err != nil {
			return nil, err
		}
		hits, err := writeFindings(nil, res, in.detectors, &t.messages, verdicts)
		if err != nil {
			return nil, err
		}
		return build(t, hits, objects.seen(t, in), in), nil
	}
	var hits *found
	var objects *manifested
	var model *Model
	var incidents *Incidents
	files := []caseFile{
		{manifestFile, func(w io.Writer) (err error) { objects, err = writeManifest(w, res); return err }},
		{"problems.jsonl", func(w io.Writer) error { return writeProblems(w, res) }},
		{"copies.jsonl", func(w io.Writer) error { return writeCopies(w, res) }},
		{"findings.jsonl", func(w io.Writer) (err error) {
			hits, err = writeFindings(w, res, in.detectors, &t.messages, verdicts)
			return err
		}},
	}
	if opt.Store {
		files = append(files, caseFile{incidentsFile, func(w io.Writer) (err error) { incidents, err = c.incidents(ctx, w, in, t); return err }})
	}
	files = append(files, []caseFile{
		{"report.json", func(w io.Writer) error {
			model = build(t, hits, objects.seen(t, in), in)
			model.Incidents = incidents
			return writeJSON(w, model)
		}},
		{"report.md", func(w io.Writer) error { return model.Markdown(w) }},
		{"summary.json", func(w io.Writer) error { return writeJSON(w, model.summary()) }},
	}...)
	files = append(files, t.written.files()...)
	if opt.Store {
		files = append(files,
			caseFile{"objects.parquet", func(w io.Writer) error { return writeObjects(w, res) }},
			caseFile{revisionName(1), func(w io.Writer) error { return writeFindingTable(w, res) }},
			caseFile{revisionFile(1, "json"), func(w io.Writer) error { return writeRevision(w, opt.Detectors) }})
	}
	if res.Integrity != nil {
		files = append(files, caseFile{integrityFile, func(w io.Writer) error { return WriteIntegrity(w, res.Integrity, res.Names) }})
		if opt.Store {
			files = append(files,
				caseFile{integrityRevision(1, "parquet"), func(w io.Writer) error { return writeIntegrityTable(w, res.Integrity) }},
				caseFile{digestsFile, func(w io.Writer) error { return writeDigests(w, res) }})
		}
	}
	files = append(files, caseFile{htmlFile, func(w io.Writer) error { return WriteHTML(ctx, w, c.tmp, HTMLOptions{}) }})
	for _, file := range files {
		if err := c.write(file.name, file.write); err != nil {
			return nil, err
		}
	}
	return model, nil
}

// A caseFile is a file of the case and what writes it.
type caseFile struct {
	name  string
	write func(io.Writer) error
}

func (c *Case) write(name string, write func(io.Writer) error) error {
	f, err := c.File(name)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		return cerr
	}
	return fmt.Errorf("%s: %w", name, err)
}

func writeJSON(w io.Writer, v any) error {
	b, err := appendJSON(nil, v, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// WriteJSON writes a value as JSON, indented, in which every character prints. Its texts must be valid UTF-8.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v) }

// JSON writes the model as report.json.
func (m *Model) JSON(w io.Writer) error { return writeJSON(w, m) }
