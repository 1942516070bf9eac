//go:build cgo

package query

import (
	"context"
	"io"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// A statement is a statement on its way through the engine.
type statement struct {
	*conn
	sql      string // as the user wrote it
	r        *Rewritten
	prepared duckdb.PreparedStatement
	result   duckdb.Result
}

// Query runs one statement in Athena's dialect. Rows come as they are made, and end with
// ctx: its end interrupts the engine. The error is an *Error where the statement is at fault.
func (db *DB) Query(ctx context.Context, sql string) (*Rows, error) {
	r, err := rewrite(sql, db.isSession)
	if err != nil {
		return nil, err
	}
	c, err := db.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &statement{conn: c, sql: sql, r: r}
	rows, err := s.rows()
	if err != nil {
		s.close()
		return nil, explain(sql, r, err)
	}
	return rows, nil
}

// rows prepares, checks and runs the statement.
func (s *statement) rows() (*Rows, error) {
	kind, err := s.prepare(s.r.SQL)
	if err != nil {
		return nil, err
	}
	if err := s.allowed(kind); err != nil {
		return nil, err
	}
	if kind != duckdb.StatementTypeSelect && kind != duckdb.StatementTypeExplain {
		return s.change()
	}
	if err := s.execute(); err != nil {
		return nil, err
	}
	return s.stream()
}

// prepare makes a prepared statement of the one statement in sql.
func (s *statement) prepare(sql string) (kind duckdb.StatementType, err error) {
	if strings.IndexByte(sql, 0) >= 0 {
		return 0, at(KindSyntax, s.sql, strings.IndexByte(s.sql, 0), "a NUL character is no part of SQL")
	}
	var extracted duckdb.ExtractedStatements
	stopped := s.do(func() {
		defer duckdb.DestroyExtracted(&extracted)
		switch n := duckdb.ExtractStatements(s.handle, sql, &extracted); {
		case n == 0 && duckdb.ExtractStatementsError(extracted) != "":
			err = engineError(duckdb.ExtractStatementsError(extracted))
		case n == 0:
			err = at(KindSyntax, s.sql, -1, "no statement")
		case n > 1:
			err = at(KindRefused, s.sql, -1, "%d statements: one is run at a time", n)
		case duckdb.PrepareExtractedStatement(s.handle, extracted, 0, &s.prepared) == duckdb.StateError:
			err = engineError(duckdb.PrepareError(s.prepared))
		default:
			kind = duckdb.PreparedStatementType(s.prepared)
			if duckdb.NParams(s.prepared) > 0 {
				err = at(KindRefused, s.sql, -1, "the statement has parameters, which have no values")
			}
		}
	})
	if stopped != nil {
		return 0, stopped
	}
	return kind, err
}

// The statements that are run, by the engine's own judgement of what they are.
var allowedTypes = []duckdb.StatementType{
	duckdb.StatementTypeSelect, duckdb.StatementTypeExplain, duckdb.StatementTypeCreate, duckdb.StatementTypeInsert, duckdb.StatementTypeDrop,
}

// allowed refuses statements that do more than ask, or make tables of the session. What is explained
// must be a question: EXPLAIN ANALYZE runs it.
func (s *statement) allowed(kind duckdb.StatementType) error {
	if !slices.Contains(allowedTypes, kind) {
		return at(KindRefused, s.sql, 0, "only SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN, and CREATE, INSERT INTO and DROP of the session's own tables are run")
	}
	return nil
}

// execute starts the statement: its rows are then made as they are fetched.
func (s *statement) execute() (err error) {
	var pending duckdb.PendingResult
	stopped := s.do(func() {
		defer duckdb.DestroyPending(&pending)
		if duckdb.PendingPreparedStreaming(s.prepared, &pending) == duckdb.StateError {
			err = engineError(duckdb.PendingError(pending))
		} else if duckdb.ExecutePending(pending, &s.result) == duckdb.StateError {
			err = engineError(duckdb.ResultError(&s.result))
		}
	})
	if stopped != nil {
		return stopped
	}
	return err
}

// change runs a statement that changes the session's tables.
func (s *statement) change() (*Rows, error) {
	if err := s.execute(); err != nil {
		return nil, err
	}
	s.close()
	return &Rows{notes: s.r.Notes, lake: s.r.Lake, source: nothing{}}, nil
}

// nothing is the result of a statement that has none.
type nothing struct{}

func (nothing) next() ([]any, error) { return nil, io.EOF }
func (nothing) close() error         { return nil }

// close frees what the statement has.
func (s *statement) close() {
	s.conn.close(func() {
		duckdb.DestroyResult(&s.result)
		duckdb.DestroyPrepare(&s.prepared)
	})
}
