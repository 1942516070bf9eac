package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// findingsLines are the findings for reading, with their records.
const findingsLines = "findings.jsonl"

// A huntWriter writes files of the case beside it, and gives them their places when all of
// them are complete.
type huntWriter struct {
	*Case
	mu     sync.Mutex // of files: those that are written beside may add others
	files  []custody.File
	beside []*besideFile
	disk   errgroup.Group // brings files to the disk
	page   *htmlReading   // for report.html; nil: not begun
}

func (h *hunt) newWriter() (*huntWriter, error) {
	dir, err := filepath.Abs(h.store.dir)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".hunt-")
	if err != nil {
		return nil, err
	}
	return &huntWriter{Case: &Case{dir: dir, tmp: tmp}}, nil
}

func (w *huntWriter) discard() {
	w.wait()
	if w.page != nil {
		w.page.wait()
	}
	w.Abort()
}

func (w *huntWriter) add(name string, write func(io.Writer) error) error {
	f, err := w.hashed(name, write)
	if err != nil {
		return err
	}
	w.took(f)
	w.disk.Go(func() error { return syncPath(w.Path(name), false) }) // there is less to do at the end
	return nil
}

func (w *huntWriter) took(f custody.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files = append(w.files, f)
}

// hashed writes a file and hashes what it writes: to read it again would take as long.
func (w *huntWriter) hashed(name string, write func(io.Writer) error) (custody.File, error) {
	sum := sha256.New()
	err := w.write(name, func(out io.Writer) error { return write(io.MultiWriter(out, sum)) })
	return custody.File{Path: name, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// flaggedTimeline begins a timeline.csv of the events of findings.
func (w *huntWriter) flaggedTimeline(names scan.Objects) (*Timeline, error) {
	f, err := w.File(timelineFile)
	if err != nil {
		return nil, err
	}
	w.took(custody.File{Path: timelineFile})
	t, err := NewTimeline(f, names, Flagged)
	if err != nil {
		err = errors.Join(err, f.Close())
	}
	return t, err
}

// settle gives the files their places, and returns the names of those of the case that are
// new or changed.
func (w *huntWriter) settle() (changed []custody.File, err error) {
	if err := syncTree(w.tmp); err != nil {
		return nil, err
	}
	for _, f := range w.inPlaceOrder() {
		place := os.Rename
		if isOfRevision(f.Path) {
			place = placeNew
		}
		if err := place(w.Path(f.Path), w.there(f.Path)); errors.Is(err, fs.ErrExist) {
			return changed, fmt.Errorf("%s: file exists: another run has written it meanwhile, run this again", f.Path)
		} else if err != nil {
			return changed, fmt.Errorf("%s: %w", f.Path, err)
		}
		changed = append(changed, f)
	}
	return changed, errors.Join(syncPath(w.there(findingsDir), true), syncPath(w.dir, true))
}

// keep copies the report that the revision replaces, which stays as that of its own; an earlier hunt may have done so. The case may lie where there
// are no links.
func (w *huntWriter) keep(latest int) error {
	for _, ext := range []string{"md", "json"} {
		name := revisionFile(latest, "report."+ext)
		if _, err := os.Lstat(w.there(name)); err == nil {
			continue
		}
		if err := w.add(name, func(out io.Writer) error { return w.copyOf("report."+ext, out) }); err != nil {
			return err
		}
	}
	return nil
}

// copyOf copies a file of the case to out.
func (w *huntWriter) copyOf(name string, out io.Writer) error {
	f, err := openCaseFile(w.there(name))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(out, f)
	return pathless(err)
}

// inPlaceOrder begins with the files of the revision: where another hunt was first to make it, they cannot be
// placed, and then nothing else may be, lest the report be of one hunt and the table of another.
func (w *huntWriter) inPlaceOrder() []custody.File {
	files := slices.Clone(w.files)
	slices.SortStableFunc(files, func(a, b custody.File) int {
		return cmp.Or(sooner(isOfRevision(a.Path), isOfRevision(b.Path)), strings.Compare(a.Path, b.Path))
	})
	return files
}

func isOfRevision(name string) bool { return filepath.Dir(name) == findingsDir }

func (w *huntWriter) there(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

// write writes the files of the new revision. Without incidents it is the same as the latest.
func (h *hunt) write(ctx context.Context, w *huntWriter, incidents *huntIncidents) (model *Model, err error) {
	if err := w.keep(h.latest); err != nil {
		return nil, err
	}
	for _, file := range []caseFile{{revisionFile(h.latest+1, "json"), h.writeRevision}, {revisionName(h.latest + 1), h.writeTable}} {
		if err := w.add(file.name, file.write); err != nil {
			return nil, err
		}
	}
	if incidents == nil {
		model, err = h.again(w)
	} else {
		model, err = h.conclusions(ctx, w, incidents)
	}
	if err != nil {
		return nil, err
	}
	for _, file := range []caseFile{
		{"report.json", func(w io.Writer) error { return writeJSON(w, model) }},
		{"report.md", func(w io.Writer) error { return model.Markdown(w) }},
		{"summary.json", func(w io.Writer) error { return writeJSON(w, model.summary()) }},
		{htmlFile, func(out io.Writer) error { return h.page(ctx, w).write(ctx, out) }}, // of all of these
	} {
		if err := w.add(file.name, file.write); err != nil {
			return nil, err
		}
	}
	return model, nil
}

// conclusions writes what follows from the findings, and makes the report of it.
func (h *hunt) conclusions(ctx context.Context, w *huntWriter, incidents *huntIncidents) (*Model, error) {
	in := &input{res: &scan.Result{Totals: h.was.Coverage.Totals, Evicted: h.evicted()}, opt: &Options{
		Detection: h.Detection, Enrichment: h.Enrichment,
		CaseID: h.was.ID, Scope: h.was.Coverage.Scope, Detectors: h.Detectors,
	}, detectors: byID(h.Detectors)}
	var hits *found
	if err := w.add(findingsLines, func(out io.Writer) (err error) { hits, err = h.writeFindings(out, in.detectors); return err }); err != nil {
		return nil, err
	}
	h.page(ctx, w)
	if err := h.ledgers(ctx, w); err != nil {
		return nil, err
	}
	h.evidence()
	for _, file := range h.tally.written.files() {
		if err := w.add(file.name, file.write); err != nil {
			return nil, err
		}
	}
	if err := incidents.wait(); err != nil { // the last, for it is begun first and takes longest
		return nil, err
	}
	model := build(h.tally, hits, &evidenceSide{h.was.Coverage, h.integrity}, in)
	if h.Stand {
		model.Detection = h.was.Detection
		if h.Enrichment == nil {
			h.stayWhere(model)
		}
	}
	model.Incidents = incidents.all
	return model, nil
}

// evicted counts who had to give way: to detectors that were asked, and then to those whose findings stand.
func (h *hunt) evicted() map[string]int64 {
	all := h.scan.Evicted()
	if d := h.was.Detection; d != nil {
		for i := range d.Detectors {
			if u := &d.Detectors[i]; h.stays[u.ID] && u.Evicted > 0 {
				all[u.ID] = u.Evicted
			}
		}
	}
	return all
}

func byID(detectors []*detect.Detector) map[string]*detect.Detector {
	m := make(map[string]*detect.Detector)
	for _, d := range detectors {
		m[d.ID] = d
	}
	return m
}

// ownVerdicts reads what the latest revision says of the objects.
func (h *hunt) ownVerdicts() (err error) {
	if h.was.Integrity == nil {
		return nil
	}
	if h.verdicts, err = h.store.verdicts(); err != nil {
		return err
	}
	if h.integrity, _, err = h.store.Integrity(); err == nil && h.integrity == nil {
		err = fmt.Errorf("%s: missing, although report.json has verdicts", integrityDir)
	}
	return err
}

// countsVerdicts begins to count anew by which objects' verdicts the findings stand that stay, unless these stay too.
func (h *hunt) countsVerdicts() {
	if h.was.Integrity == nil || h.unmoved() {
		return
	}
	h.stayed = make(map[string]Verdicts)
	for i := range h.concluded.findings {
		if f := &h.concluded.findings[i]; f.stays {
			h.stayed[f.Finding] = nil
		}
	}
}

// countStayed counts an event for the findings that stay: it may have been judged again since they were written.
func (h *hunt) countStayed(e *scan.Entry) {
	for _, f := range e.Findings {
		if v, stays := h.stayed[f.Finding]; stays {
			v.count(h.verdicts.event(e.Ref.Place.Object, e.Ref.Place.Offset))
			h.stayed[f.Finding] = v
		}
	}
}

// evidence gives the tally what does not depend on the findings, and of which it has seen a part.
func (h *hunt) evidence() {
	all, was := &h.tally.all, h.was
	all.evidence = Activity{was.Events.All, was.Timeframe.Evidence}
	all.implausible, all.examples = was.Timeframe.Implausible, was.Timeframe.Examples
	seen := all.accounts
	all.accounts = capped[string, accountRow]{others: was.Account.OtherEvents}
	for i := range was.Account.InEvidence {
		r := &was.Account.InEvidence[i]
		row := all.accounts.at(r.Account, nil)
		row.Activity = r.Activity
		if s := seen.row(r.Account); s != nil {
			row.suspicious = s.suspicious
		}
	}
}

// writeFindings writes findings.jsonl: the lines that stay and the new ones, in one order.
func (h *hunt) writeFindings(out io.Writer, detectors map[string]*detect.Detector) (*found, error) {
	fw := newFindingsWriter(out, &h.store.objects, detectors, &h.tally.messages, h.verdicts)
	fw.tally, fw.ours = h.tally, h.Trusted
	lines, err := h.openKept()
	if err != nil {
		return nil, err
	}
	defer lines.close()
	fresh := newFresh(h)
	defer fresh.stop()
	for i := range h.concluded.findings {
		f := &h.concluded.findings[i]
		if f.stays {
			var line *findingLine
			if line, err = lines.next(f.Finding); err == nil {
				err = fw.stays(line, lines, f.events, h.stayed[f.Finding])
			}
		} else if err = fresh.next(); err == nil {
			err = fw.finding(fresh.head, fresh.events)
		}
		if err != nil {
			return nil, fmt.Errorf("finding %s: %w", f.Finding, err)
		}
	}
	return &fw.found, h.failed()
}

// stays writes a finding that stays: its head and its verdicts anew, and what stands between as it was.
func (fw *findingsWriter) stays(line *findingLine, lines *keptLines, events int, verdicts Verdicts) (err error) {
	title, techniques := line.Title, line.Techniques
	line.Title, line.Techniques = "", nil
	if d := fw.detectors[line.Detector]; d != nil {
		line.Title, line.Techniques = d.Title, d.Techniques
	}
	shown := Shown{FindingHead: line.FindingHead, Title: line.Title}
	if len(fw.found.shown[min(line.Severity, detect.Critical)]) < HeadsPerSeverity {
		first, err := lines.events(eventsPerHead)
		if err != nil {
			return err
		}
		for i := range first {
			if err := fw.show(&shown, first[i].event()); err != nil {
				return err
			}
		}
	}
	head := lines.line[:lines.rest]
	if !fw.ours || line.Title != title || !slices.Equal(line.Techniques, techniques) {
		if err := fw.begin(*line); err != nil {
			return err
		}
		head = fw.b
	}
	if _, err := fw.w.Write(head); err != nil {
		return err
	}
	if fw.verdicts == nil {
		err = lines.copy(fw.w)
	} else {
		shown.Integrity, err = lines.judge(fw.w, verdicts)
	}
	if err != nil {
		return err
	}
	shown.More = events - len(shown.Events)
	fw.count(shown, events)
	return nil
}
