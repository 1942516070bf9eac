package report

import (
	"errors"
	"io"

	"github.com/coldtrail/coldtrail/scan"
)

// partLimit is how large a part of the event store may grow: what Athena, Spark
// and object stores handle well in one piece.
const partLimit = 512 << 20

// groupFooter is more than the footer takes for a row group of events.
const groupFooter = 48 << 10

// A Store is the Sink that writes the event store, events/part-NNNNN.parquet.
// Each batch becomes a row group, so that the bytes depend on where the batches
// were cut, and on nothing else. Encode makes the row group in memory, which takes
// a third of the batch's size beside the some 16 MiB that each worker keeps for
// batches of 8 MiB; Commit only appends it.
type Store struct {
	create func(name string) (io.WriteCloser, error)
	limit  int64
	sorted []int

	encoders spare[*eventRows]
	marked   marked
	buffers  spare[[]byte]

	w     io.WriteCloser
	part  *parquetFile
	parts int
}

// NewStore begins the first part of a case's event store. There is always one,
// though it may have no rows.
func NewStore(c *Case) (*Store, error) {
	return newStore(func(name string) (io.WriteCloser, error) { return c.File(name) }, partLimit)
}

func newStore(create func(string) (io.WriteCloser, error), limit int64) (*Store, error) {
	s := &Store{create: create, limit: limit, sorted: []int{leafTime, leafOrdinal}}
	s.encoders.make = func() *eventRows {
		r := newEventRows()
		r.marked = &s.marked
		return r
	}
	s.buffers.make = func() []byte { return nil }
	return s, s.begin()
}

// begin begins the next part.
func (s *Store) begin() error {
	w, err := s.create(partName(s.parts))
	if err != nil {
		return err
	}
	part, err := newParquetFile(w, eventColumns, s.sorted...)
	if err != nil {
		return errors.Join(err, w.Close())
	}
	s.w, s.part = w, part
	s.parts++
	return nil
}

// end writes the footer of the part.
func (s *Store) end() error {
	err := s.part.finish()
	if cerr := s.w.Close(); err == nil {
		err = cerr
	}
	s.w, s.part = nil, nil
	return err
}

// Encode implements scan.Sink. The entries must have Raw and Shape, and Places
// where there are copies.
func (s *Store) Encode(batch []scan.Entry) (any, error) {
	r := s.encoders.get()
	defer s.encoders.put(r)
	return r.encode(batch, s.buffers.get())
}

// Commit implements scan.Sink.
func (s *Store) Commit(encoded any) error {
	g := encoded.(*encodedGroup)
	if g.rows == 0 {
		return nil
	}
	size := s.part.at + int64(len(g.bytes)) + int64(len(s.part.groups)+1)*groupFooter
	if size > s.limit && len(s.part.groups) > 0 {
		if err := s.end(); err != nil {
			return err
		}
		if err := s.begin(); err != nil {
			return err
		}
	}
	err := s.part.add(g)
	if cap(g.bytes) <= bufferLimit {
		s.buffers.put(g.bytes)
	}
	g.bytes = nil
	return err
}

// Close implements scan.Sink.
func (s *Store) Close() error {
	s.encoders.drop()
	s.buffers.drop()
	if s.w == nil {
		return nil
	}
	return s.end()
}
