package scan

import (
	"bytes"
	"context"
	"io"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// Members that share a stream are read by the goroutine that hands out the work, in
// their order: it decodes the stream, and the workers do the rest. A member that is
// small is handed over as a whole; of a larger one the worker reads the stream while
// the others wait.

// given is a member whose bytes were read, or can be.
type given struct {
	ordinal uint64
	object  listed
	buf     []byte // of the member; nil: stream has it
	n       int
	err     error // at the end of buf
	stream  io.Reader
	done    chan struct{} // closed when the stream is no longer read
}

// reader reads the member.
func (g *given) reader() io.Reader {
	if g.buf == nil {
		return g.stream
	}
	return io.MultiReader(bytes.NewReader(g.buf[:g.n]), failing{g.err})
}

// A giver gives out the members of streams.
type giver struct {
	run  *run
	from opener
	to   chan<- stretch
	free chan []byte // buffers
}

func (r *run) newGiver(to chan<- stretch) *giver {
	g := &giver{run: r, from: opener{s: r.sources}, to: to, free: make(chan []byte, r.cfg.Workers+1)}
	for range cap(g.free) {
		g.free <- nil // made when it is wanted
	}
	return g
}

// give gives out the objects of a range that shares streams.
func (g *giver) give(ctx context.Context, s stretch) error {
	return g.run.sources.table.each(s.from, s.to, func(ordinal uint64, l listed) error {
		if l.kind != unpack.NoArchive { // its line is written
			return nil
		}
		if l.reason != "" || g.run.cfg.Scope.excludes(l.path) != "" {
			return send(ctx, g.to, stretch{from: ordinal, to: ordinal + 1})
		}
		return g.member(ctx, ordinal, l)
	})
}

func (g *giver) member(ctx context.Context, ordinal uint64, l listed) error {
	given := &given{ordinal: ordinal, object: l}
	r, err := g.from.open(l)
	if err != nil {
		r = io.NopCloser(failing{err})
	}
	if l.size >= 0 && l.size <= smallSize {
		select {
		case given.buf = <-g.free:
		case <-ctx.Done():
			return ctx.Err()
		}
		if given.buf == nil {
			given.buf = make([]byte, smallSize)
		}
		given.n, given.err = readPart(r, given.buf[:l.size])
		if given.err == nil { // the end, and what the checksum says
			_, given.err = r.Read(make([]byte, 1))
		}
		return send(ctx, g.to, stretch{given: given})
	}
	given.stream, given.done = r, make(chan struct{})
	if err := send(ctx, g.to, stretch{given: given}); err != nil {
		return err
	}
	<-given.done // the worker ends it, whatever happens
	return nil
}

// give reads a member that was given.
func (w *worker) give(ctx context.Context, g *given, free chan<- []byte) error {
	defer func() {
		if g.done != nil {
			close(g.done)
		} else {
			free <- g.buf // has room for all
		}
	}()
	return w.object(ctx, g.ordinal, g.object, g.reader())
}
