//go:build cgo

package query

import (
	"errors"
	"io"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// change runs a statement that changes the session's tables. Whatever it was taken for, it is undone
// if it changed anything else: what the case's tables and the dialect's functions mean must not
// depend on what was asked before.
func (s *statement) change() (*Rows, error) {
	s.db.changes.Lock()
	defer s.db.changes.Unlock()
	if err := s.run("BEGIN TRANSACTION"); err != nil {
		return nil, err
	}
	changed, err := s.changeWithin()
	end := "COMMIT"
	if err != nil {
		end = "ROLLBACK"
	}
	if e := s.run(end); err == nil {
		err = e
	}
	if err == nil {
		err = s.db.listSession(s.conn)
	}
	if err != nil {
		return nil, err
	}
	s.close()
	return &Rows{changed: changed, notes: s.r.Notes, lake: s.r.Lake, source: nothing{}}, nil
}

func (s *statement) changeWithin() (changed int64, err error) {
	before, err := s.made()
	if err != nil {
		return 0, err
	}
	if err := s.execute(); err != nil {
		return 0, err
	}
	// The rows that were changed are the one value of the one row of the result.
	if s.do(func() {
		chunk := duckdb.FetchChunk(s.result)
		defer duckdb.DestroyDataChunk(&chunk)
		if chunk.Ptr == nil {
			if text := duckdb.ResultError(&s.result); text != "" {
				err = readEngineError(text)
			}
			return
		}
		if duckdb.DataChunkGetSize(chunk) == 1 && duckdb.ColumnType(&s.result, 0) == duckdb.TypeBigInt {
			var v vector
			v.bind(duckdb.DataChunkGetVector(chunk, 0))
			changed = get[int64](&v, 0)
		}
	}); err != nil {
		return 0, err
	}
	after, err := s.made()
	if err == nil && after != before {
		err = at(KindRefused, s.sql, 0, refusal)
	}
	return changed, err
}

// made returns a fingerprint of what coldtrail made: its views and macros, and that there is nothing
// else than the session's tables and views.
func (c *conn) made() (string, error) {
	all, err := c.texts(`SELECT md5(coalesce(string_agg(x, chr(10) ORDER BY x), '')) FROM (
SELECT concat_ws(' ', 'view', view_name, sql) AS x FROM duckdb_views() WHERE schema_name = 'ct'
UNION ALL SELECT concat_ws(' ', 'macro', schema_name, function_name, parameters, macro_definition) FROM duckdb_functions() WHERE NOT internal
UNION ALL SELECT concat_ws(' ', 'schema', database_name, schema_name) FROM duckdb_schemas() WHERE NOT internal
UNION ALL SELECT concat_ws(' ', 'type', type_name) FROM duckdb_types() WHERE NOT internal
UNION ALL SELECT concat_ws(' ', 'sequence', sequence_name) FROM duckdb_sequences()
UNION ALL SELECT concat_ws(' ', 'index', index_name) FROM duckdb_indexes()
UNION ALL SELECT concat_ws(' ', 'table', table_name) FROM duckdb_tables() WHERE schema_name <> 'main' OR temporary)`)
	if err != nil || len(all) != 1 {
		return "", errors.Join(err, io.ErrUnexpectedEOF)
	}
	return all[0], nil
}

// listSession brings the names of the session's tables and views up to date.
func (db *DB) listSession(c *conn) error {
	names, err := c.texts(`SELECT lower(table_name) FROM duckdb_tables() WHERE schema_name = 'main'
UNION ALL SELECT lower(view_name) FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal`)
	if err != nil {
		return err
	}
	session := make(map[string]bool, len(names))
	for _, name := range names {
		session[name] = true
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.session = session
	return nil
}

// texts returns the values of a query of the engine's own that has one column of texts.
func (c *conn) texts(sql string) (all []string, err error) {
	var res duckdb.Result
	stopped := c.do(func() {
		defer duckdb.DestroyResult(&res)
		if duckdb.Query(c.handle, sql, &res) == duckdb.StateError {
			err = readEngineError(duckdb.ResultError(&res))
			return
		}
		for {
			chunk := duckdb.FetchChunk(res)
			if chunk.Ptr == nil {
				return
			}
			var v vector
			v.bind(duckdb.DataChunkGetVector(chunk, 0))
			for row := range int(duckdb.DataChunkGetSize(chunk)) {
				all = append(all, v.text(row))
			}
			duckdb.DestroyDataChunk(&chunk)
		}
	})
	if stopped != nil {
		return nil, stopped
	}
	return all, err
}

// nothing is the result of a statement that has none.
type nothing struct{}

func (nothing) next() ([]any, error) { return nil, io.EOF }
func (nothing) close() error         { return nil }
