package report

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// htmlFile is the report for people: one file that needs nothing else.
const htmlFile = "report.html"

// DefaultHTMLBudget is how large report.html may be, in bytes, unless told otherwise.
const DefaultHTMLBudget = 15_000_000

// HTMLOptions are how report.html is written.
type HTMLOptions struct {
	Budget   int64 // of bytes; 0: DefaultHTMLBudget
	Incident int   // tell of the incident of this rank only; 0: of all
	// Enrichment says where addresses are, in the place of what the report has; nil: that stays.
	Enrichment *Enrichment
}

func (o *HTMLOptions) budget() int64 { return cmp.Or(o.Budget, DefaultHTMLBudget) }

// A htmlFold is how much of long lists the page holds.
type htmlFold struct {
	rows  int // of a table, shown and folded ones
	cited int // events that are described
}

// htmlFolds are tried in turn until the page fits.
var htmlFolds = []htmlFold{{200, 5000}, {60, 1500}, {htmlRows, 400}, {htmlRows, 100}}

// WriteHTML writes report.html of the case in dir.
func WriteHTML(ctx context.Context, w io.Writer, dir string, opt HTMLOptions) error {
	store, err := OpenStore(dir)
	if _, missing := os.Lstat(filepath.Join(dir, filepath.FromSlash(partName(0)))); errors.Is(missing, fs.ErrNotExist) {
		store, err = nil, nil
	}
	if err != nil {
		return err
	}
	err = readHTML(ctx, dir, store, opt).write(ctx, w)
	if store != nil {
		err = errors.Join(err, store.Close())
	}
	return err
}

// A htmlReading reads the findings for report.html, then their events, and encodes these, on a goroutine of its own: that takes most of the time.
type htmlReading struct {
	dir    string
	store  *EventStore // nil: there is none
	opt    HTMLOptions
	events chan struct{} // closed when the events are read

	findings chan struct{} // closed when the findings are read
	found    *htmlFindings
	err      error // of the findings
	known    *htmlKnown
	data     *htmlEncoded // of these; nil: not encoded
	lost     error        // of the events
}

// readHTML begins to read for the report.html of the case of which findings.jsonl lies in dir.
func readHTML(ctx context.Context, dir string, store *EventStore, opt HTMLOptions) *htmlReading {
	r := &htmlReading{dir: dir, store: store, opt: opt, findings: make(chan struct{}), events: make(chan struct{})}
	go func() {
		defer close(r.events)
		r.found, r.err = readHTMLFindings(ctx, dir)
		close(r.findings)
		if r.err == nil && opt.Incident == 0 {
			r.known, r.lost = r.found.know(ctx, store)
		}
		if r.known != nil && r.lost == nil {
			r.data, r.lost = r.found.encode(r.known, opt.budget())
		}
	}()
	return r
}

// wait returns when nothing is read any more.
func (r *htmlReading) wait() { <-r.events }

// write writes report.html of the case whose other files lie in the same place by now. It reads what is written there and
// nothing else, so that whoever writes it again gets the same bytes.
func (r *htmlReading) write(ctx context.Context, w io.Writer) error {
	defer r.wait()
	dir, store, opt := r.dir, r.store, r.opt
	opt.Budget = opt.budget()
	m, err := ReadModel(dir)
	if err != nil {
		return err
	}
	if opt.Enrichment != nil {
		m.Enrich(opt.Enrichment)
	}
	stories, err := readHTMLIncidents(dir, m, opt.Incident)
	if err != nil {
		return err
	}
	ledgers, err := readHTMLLedgers(dir, m)
	if err != nil {
		return err
	}
	<-r.findings
	if r.err != nil {
		return r.err
	}
	found := r.found
	if found.total != m.Findings.Total || found.suppressed != m.Findings.Suppressed {
		return fmt.Errorf("%s: %d findings and %d suppressed ones, and report.json counts %d and %d: it was changed",
			findingsLines, found.total, found.suppressed, m.Findings.Total, m.Findings.Suppressed)
	}
	if stories.told != nil {
		found.only(stories.told)
	}
	var page bytes.Buffer
	var b *htmlBuilder
	for i, fold := range htmlFolds {
		b = &htmlBuilder{Model: m, found: found, stories: stories, ledgers: ledgers, fold: fold, opt: opt, cited: map[uint64]int{}}
		page.Reset()
		if err := b.static(ctx, &page, store); err != nil {
			return err
		}
		if i == len(htmlFolds)-1 || int64(page.Len()) <= opt.Budget/2 {
			break
		}
	}
	if r.wait(); opt.Incident != 0 { // of these findings only
		r.known, r.lost = found.know(ctx, store)
	}
	if r.lost != nil {
		return r.lost
	}
	data, err := b.data(r.known, r.data, opt.Budget-int64(page.Len())-htmlTail)
	if err != nil {
		return err
	}
	page.WriteString("\n" + `<script type="application/json" id="report-data">`)
	tail := bytes.NewBufferString("</script>\n")
	if err := htmlTemplates().ExecuteTemplate(tail, "tail.html", b.tail(opt.Budget)); err != nil {
		return err
	}
	if n := int64(page.Len() + len(data) + tail.Len()); n > opt.Budget {
		return fmt.Errorf("report.html takes %s with everything folded that can be, and the budget is %s", size(n), size(opt.Budget))
	}
	for _, part := range [][]byte{page.Bytes(), data, tail.Bytes()} { // the data is too large to be copied for nothing
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// htmlTail is more than what stands behind the data takes, in bytes.
const htmlTail = 64 << 10

// A htmlBuilder puts the page together.
type htmlBuilder struct {
	*Model
	found   *htmlFindings
	stories *htmlIncidents
	ledgers htmlLedgers
	fold    htmlFold
	opt     HTMLOptions

	Sections []htmlSection
	Screen   []htmlCard

	cited   map[uint64]int // where in events, by ordinal
	events  []htmlEvent
	unnamed int64 // events that the page names and does not describe
	folds   []htmlFolded
}

// A htmlFolded says what is not on the page, and where it is in full.
type htmlFolded struct {
	What  string
	Count int64
	Where string
}

func (b *htmlBuilder) folded(what string, n int64, where string) {
	b.folds = append(b.folds, htmlFolded{what, n, where})
}

// static writes what of the page can be read without its script.
func (b *htmlBuilder) static(ctx context.Context, w io.Writer, store *EventStore) error {
	if in := b.stories.told; in != nil {
		b.incidentScreen(in)
		b.incidentsSection()
		b.timelineSection()
		b.matrixSection()
		b.daysSection()
		b.integritySection()
		b.methodSection()
		return b.finish(ctx, w, store)
	}
	b.screen()
	b.fields()
	b.judgedSection()
	b.incidentsSection()
	b.timelineSection()
	b.lineageSection()
	b.sourcesSection()
	b.matrixSection()
	b.ledgersSection()
	b.respondersSection()
	b.daysSection()
	b.integritySection()
	b.findingsSection()
	b.methodSection()
	b.rulesSection()
	return b.finish(ctx, w, store)
}

// finish describes the events that the page names, and writes it.
func (b *htmlBuilder) finish(ctx context.Context, w io.Writer, store *EventStore) error {
	if err := b.describe(ctx, store); err != nil {
		return err
	}
	b.eventsSection()
	return b.fill(w)
}

// fill fills in the templates: of the sections several at once, for that takes most of the time that the page takes when all else is there.
func (b *htmlBuilder) fill(w io.Writer) error {
	if err := htmlTemplates().ExecuteTemplate(w, "page.html", b); err != nil {
		return err
	}
	sections := make([]bytes.Buffer, len(b.Sections))
	var g errgroup.Group
	g.SetLimit(readers)
	for i := range sections {
		g.Go(func() error { return htmlTemplates().ExecuteTemplate(&sections[i], "section.html", &b.Sections[i]) })
	}
	err := g.Wait()
	for i := 0; i < len(sections) && err == nil; i++ {
		_, err = sections[i].WriteTo(w)
	}
	return err
}

func (b *htmlBuilder) section(id, nav, title string, blocks ...htmlBlock) {
	b.Sections = append(b.Sections, htmlSection{id, title, nav, blocks})
}

// cite takes note that the page names an event, and returns its anchor, or "" where it names too many.
func (b *htmlBuilder) cite(ordinal uint64, name, id string) string {
	if _, ok := b.cited[ordinal]; !ok {
		if len(b.events) >= b.fold.cited {
			b.unnamed++
			return ""
		}
		b.cited[ordinal] = len(b.events)
		b.events = append(b.events, htmlEvent{Ordinal: ordinal, Name: name, ID: id})
	}
	return anchorOf(ordinal)
}

// A htmlTailView is what stands behind the data.
type htmlTailView struct {
	Budget string
	Folded []htmlFolded
}

func (b *htmlBuilder) tail(budget int64) htmlTailView {
	if b.unnamed > 0 {
		b.folded("events that this page names without describing them", b.unnamed, "timeline.csv, and coldtrail show")
	}
	return htmlTailView{size(budget), b.folds}
}
