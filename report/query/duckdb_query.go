//go:build cgo

package query

import (
	"cmp"
	"context"
	"fmt"
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
	tree     *syntaxTree // nil: not a query
	text     string      // what the engine runs: SQL, with faster views
	shift    int         // where text begins in what the engine was given
	replaced []replaced  // in SQL
}

// items describes the columns of the result.
func (s *statement) items() []Item {
	if s.r.Items == nil && s.r.Inner == "" && s.tree != nil {
		return s.tree.items
	}
	return s.r.Items
}

// maxSQL is Athena's limit for a query, in bytes.
const maxSQL = 262144

// Query runs one statement in Athena's dialect. Rows come as they are made, and end with
// ctx: its end interrupts the engine. The error is an *Error where the statement is at fault.
func (db *DB) Query(ctx context.Context, sql string) (*Rows, error) {
	s, err := db.begin(ctx, sql)
	if err != nil {
		return nil, err
	}
	rows, err := s.rows()
	if err != nil {
		s.close()
		return nil, s.explain(err)
	}
	return rows, nil
}

// begin translates a statement, and makes a connection for it.
func (db *DB) begin(ctx context.Context, sql string) (*statement, error) {
	if len(sql) > maxSQL {
		return nil, at(KindRefused, sql, -1, "%d bytes: a query has at most %d", len(sql), maxSQL)
	}
	r, err := rewrite(sql, db.isSession)
	if err != nil {
		return nil, err
	}
	c, err := db.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &statement{conn: c, sql: sql, r: r}, nil
}

// rows checks, prepares and runs the statement.
func (s *statement) rows() (*Rows, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	switch statementTypes[s.r.Kind] {
	case duckdb.StatementTypeSelect, duckdb.StatementTypeExplain:
		if err := s.execute(); err != nil {
			return nil, err
		}
		return s.stream()
	}
	return s.change()
}

// check prepares the statement, and refuses what is not to be run.
func (s *statement) check() error {
	if err := s.inspect(); err != nil {
		return err
	}
	s.text = s.r.SQL
	if s.tree != nil {
		inner := cmp.Or(s.r.Inner, s.r.SQL)
		before := strings.TrimSuffix(s.r.SQL, inner)
		s.text, s.replaced = s.tree.planned(inner)
		s.text = before + s.text
		for i := range s.replaced {
			s.replaced[i].at += len(before)
		}
	}
	if err := s.db.define(s.conn, s.text); err != nil {
		return err
	}
	kind, err := s.prepare(s.text)
	if err != nil {
		return err
	}
	if want, ok := statementTypes[s.r.Kind]; !ok || kind != want {
		return at(KindRefused, s.sql, 0, refusal)
	}
	return nil
}

// statementTypes are the statements that are run: what the dialect takes them for, and what
// the engine must take them for.
var statementTypes = map[string]duckdb.StatementType{
	"SELECT": duckdb.StatementTypeSelect, "WITH": duckdb.StatementTypeSelect, "VALUES": duckdb.StatementTypeSelect,
	"SHOW": duckdb.StatementTypeSelect, "DESCRIBE": duckdb.StatementTypeSelect, "EXPLAIN": duckdb.StatementTypeExplain,
	"CREATE TABLE": duckdb.StatementTypeCreate, "CREATE VIEW": duckdb.StatementTypeCreate, "INSERT": duckdb.StatementTypeInsert,
	"DROP TABLE": duckdb.StatementTypeDrop, "DROP VIEW": duckdb.StatementTypeDrop,
}

const refusal = "only SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN, and CREATE TABLE AS, CREATE VIEW AS, INSERT INTO and DROP of the session's own tables are run"

// inspect has the engine parse the query, or the query within the statement, and refuses what a query may not
// call. That comes first: to prepare a statement is to call its table functions. What is
// explained is so known to be a question, which matters because EXPLAIN ANALYZE runs it.
func (s *statement) inspect() error {
	sql, inner := s.r.SQL, s.r.Inner != ""
	switch {
	case inner:
		sql = s.r.Inner
		if before, ok := strings.CutSuffix(s.r.SQL, sql); !ok || !leads(s.r.Kind, before) {
			return fmt.Errorf("%s: the query within the statement is not its end", s.r.Kind)
		}
	case strings.HasPrefix(s.r.Kind, "DROP "):
		return nil
	}
	if i := strings.IndexByte(s.sql, 0); i >= 0 {
		return at(KindSyntax, s.sql, i, "a NUL character is no part of SQL")
	}
	text, err := s.serialized(sql)
	if err != nil {
		return err
	}
	position := func(n int) int {
		if n < 0 || inner {
			return -1
		}
		return s.r.Position(n)
	}
	tree, err := parseTree(text)
	if e, ok := err.(*treeError); ok {
		kind := KindRefused
		if e.kind == "parser" || e.kind == "syntax" {
			kind = KindSyntax
		} else if e.kind == "not implemented" {
			e.message = refusal
		}
		return at(kind, s.sql, position(e.position), "%s", e.message)
	} else if err != nil {
		return fmt.Errorf("syntax tree: %w", err)
	}
	if c := tree.refused(); c != nil {
		return at(KindRefused, s.sql, position(c.location), "%s: not a function that a query may use", c.name)
	}
	s.tree = tree
	return nil
}

// leads reports whether before can stand before the query within a statement of that kind: a call there
// would not be seen.
func leads(kind, before string) bool {
	switch kind {
	case "EXPLAIN":
		before = strings.TrimSpace(before)
		return before == "EXPLAIN" || before == "EXPLAIN ANALYZE"
	case "INSERT": // may have a list of columns
		return true
	}
	return !strings.ContainsRune(before, '(')
}

// serialized returns the engine's syntax tree of a query.
func (s *statement) serialized(sql string) (text []byte, err error) {
	var prepared duckdb.PreparedStatement
	var res duckdb.Result
	stopped := s.do(func() {
		defer duckdb.DestroyPrepare(&prepared)
		defer duckdb.DestroyResult(&res)
		if duckdb.Prepare(s.handle, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", &prepared) == duckdb.StateError {
			err = readEngineError(duckdb.PrepareError(prepared))
		} else if duckdb.BindVarchar(prepared, 1, sql); duckdb.ExecutePrepared(prepared, &res) == duckdb.StateError {
			err = readEngineError(duckdb.ResultError(&res))
		} else {
			chunk := duckdb.FetchChunk(res)
			defer duckdb.DestroyDataChunk(&chunk)
			var v vector
			v.bind(duckdb.DataChunkGetVector(chunk, 0))
			text = []byte(v.text(0))
		}
	})
	if stopped != nil {
		return nil, stopped
	}
	return text, err
}

// prepare makes a prepared statement of the one statement in sql.
func (s *statement) prepare(sql string) (kind duckdb.StatementType, err error) {
	var extracted duckdb.ExtractedStatements
	stopped := s.do(func() {
		defer duckdb.DestroyExtracted(&extracted)
		switch n := duckdb.ExtractStatements(s.handle, sql, &extracted); {
		case n == 0 && duckdb.ExtractStatementsError(extracted) != "":
			err = readEngineError(duckdb.ExtractStatementsError(extracted))
		case n == 0:
			err = at(KindSyntax, s.sql, -1, "no statement")
		case n > 1:
			err = at(KindRefused, s.sql, -1, "%d statements: one is run at a time", n)
		case duckdb.PrepareExtractedStatement(s.handle, extracted, 0, &s.prepared) == duckdb.StateError:
			err = readEngineError(duckdb.PrepareError(s.prepared))
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

// execute starts the statement: its rows are then made as they are fetched.
func (s *statement) execute() (err error) {
	var pending duckdb.PendingResult
	stopped := s.do(func() {
		defer duckdb.DestroyPending(&pending)
		if duckdb.PendingPreparedStreaming(s.prepared, &pending) == duckdb.StateError {
			err = readEngineError(duckdb.PendingError(pending))
		} else if duckdb.ExecutePending(pending, &s.result) == duckdb.StateError {
			err = readEngineError(duckdb.ResultError(&s.result))
		}
	})
	if stopped != nil {
		return stopped
	}
	return err
}

// close frees what the statement has.
func (s *statement) close() {
	s.conn.close(func() {
		duckdb.DestroyResult(&s.result)
		duckdb.DestroyPrepare(&s.prepared)
	})
}
