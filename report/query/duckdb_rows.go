//go:build cgo

package query

import (
	"errors"
	"io"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// A stream yields the rows of a statement that was started.
type stream struct {
	*statement
	columns []*vector
	chunk   duckdb.DataChunk
	at, n   int // of the chunk's rows
	ended   bool
}

// stream describes the result.
func (s *statement) stream() (*Rows, error) {
	src := &stream{statement: s}
	names := make([]string, duckdb.ColumnCount(&s.result))
	columns := make([]Column, len(names))
	for i := range names {
		names[i] = duckdb.ColumnName(&s.result, duckdb.IdxT(i))
		t := duckdb.ColumnLogicalType(&s.result, duckdb.IdxT(i))
		v, err := newVector(t)
		duckdb.DestroyLogicalType(&t)
		if err != nil {
			return nil, at(KindName, s.sql, -1, "column %s: %s", names[i], err)
		}
		src.columns = append(src.columns, v)
		columns[i].Type = v.word
	}
	for i, name := range columnNames(s.items(), names, s.r.Lake) {
		columns[i].Name = name
	}
	return &Rows{columns: columns, lake: s.r.Lake, notes: s.r.Notes, source: src}, nil
}

// next implements rowSource.
func (s *stream) next() ([]any, error) {
	for s.at == s.n {
		if s.ended {
			return nil, io.EOF
		}
		if err := s.fetch(); err != nil {
			return nil, s.explain(err)
		}
	}
	row := make([]any, len(s.columns))
	for i, v := range s.columns {
		row[i] = v.value(s.at)
	}
	s.at++
	return row, nil
}

// fetch gets the next chunk.
func (s *stream) fetch() (err error) {
	stopped := s.do(func() {
		duckdb.DestroyDataChunk(&s.chunk)
		s.chunk = duckdb.FetchChunk(s.result)
		if s.chunk.Ptr == nil {
			if text := duckdb.ResultError(&s.result); text != "" {
				err = readEngineError(text)
			}
		}
	})
	if stopped != nil {
		err = stopped
	}
	if err != nil || s.chunk.Ptr == nil {
		s.ended = true
		return err
	}
	s.at, s.n = 0, int(duckdb.DataChunkGetSize(s.chunk))
	for i, v := range s.columns {
		v.bind(duckdb.DataChunkGetVector(s.chunk, duckdb.IdxT(i)))
	}
	return nil
}

// close implements rowSource.
func (s *stream) close() error {
	s.ended, s.at, s.n = true, 0, 0
	if s.handle.Ptr == nil {
		return errors.New("rows: closed twice")
	}
	s.conn.close(func() {
		duckdb.DestroyDataChunk(&s.chunk)
		duckdb.DestroyResult(&s.result)
		duckdb.DestroyPrepare(&s.prepared)
	})
	return nil
}
