package report

import (
	"context"
	"io"

	"github.com/coldtrail/coldtrail/scan/custody"
)

// besideMemory is the memory from which on a hunt does several things that read the event store at once.
const besideMemory = 1 << 30

// A besideFile is a file of the case that is written beside others.
type besideFile struct {
	done chan struct{}
	file custody.File
	err  error
}

// start writes a file on a goroutine of its own and brings it to the disk.
func (w *huntWriter) start(name string, write func(io.Writer) error) *besideFile {
	f := &besideFile{done: make(chan struct{})}
	w.beside = append(w.beside, f)
	go func() {
		defer close(f.done)
		if f.file, f.err = w.hashed(name, write); f.err == nil {
			f.err = syncPath(w.Path(name), false)
		}
	}()
	return f
}

func (f *besideFile) wait() error {
	<-f.done
	return f.err
}

// wait waits for all that is done beside, and takes its files.
func (w *huntWriter) wait() (err error) {
	for _, f := range w.beside {
		if ferr := f.wait(); ferr == nil {
			w.took(f.file)
		} else if err == nil {
			err = ferr
		}
	}
	w.beside = nil
	if derr := w.disk.Wait(); err == nil {
		err = derr
	}
	return err
}

// page begins to read for report.html, once findings.jsonl is written.
func (h *hunt) page(ctx context.Context, w *huntWriter) *htmlReading {
	if w.page == nil {
		w.page = readHTML(ctx, w.tmp, h.store, HTMLOptions{})
	}
	return w.page
}

// huntIncidents are the incidents of a hunt while they are made.
type huntIncidents struct {
	all  *Incidents
	wait func() error
}

// beginIncidents begins to make the incidents, for which nothing that gather and ledgers find out is needed. Where examiners hold something, or there
// is little memory, they are made when they are waited for.
func (h *hunt) beginIncidents(ctx context.Context, w *huntWriter) (*huntIncidents, error) {
	b := incidentSource{
		store: h.store, detectors: byID(h.Detectors), end: h.was.Timeframe.Evidence.Last.UTC(), judged: h.held, kept: h.Trusted, keep: w.add, walk: h.walk(ctx),
	}.builder(ctx)
	if err := b.signs(); err != nil {
		return nil, err
	}
	in := &huntIncidents{}
	write := func(out io.Writer) (err error) { in.all, err = b.write(out); return err }
	if h.held.Any() || h.Memory < besideMemory {
		in.wait = func() error { return w.add(incidentsFile, write) }
	} else {
		in.wait = w.start(incidentsFile, write).wait
	}
	return in, nil
}
