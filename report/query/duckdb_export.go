//go:build cgo

package query

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// Export writes the rows of a query, at most limit if that is not 0, to Options.Output as Parquet.
// Columns have the names that Query gives them, made different from each other.
func (db *DB) Export(ctx context.Context, sql string, limit int64) (Exported, error) {
	if db.output == "" {
		return Exported{}, errors.New("no file to write to")
	}
	s, err := db.begin(ctx, sql)
	if err != nil {
		return Exported{}, err
	}
	defer s.close()
	rows, err := s.export(limit)
	if err != nil {
		return Exported{}, s.explain(err)
	}
	return Exported{rows, s.r.Notes}, nil
}

func (s *statement) export(limit int64) (rows int64, err error) {
	if err := s.check(); err != nil {
		return 0, err
	}
	if statementTypes[s.r.Kind] != duckdb.StatementTypeSelect {
		return 0, at(KindRefused, s.sql, 0, "%s has no rows to write as Parquet", s.r.Kind)
	}
	selected, inner := s.exported()
	text := "COPY (SELECT " + selected + " FROM ("
	s.shift = len(text) // what the engine says of places is about text
	text += s.text + "\n) AS _(" + inner + ")"
	if limit > 0 {
		text += " LIMIT " + strconv.FormatInt(limit, 10)
	}
	text += ") TO " + literal(s.db.output) + " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
	var res duckdb.Result
	stopped := s.do(func() {
		defer duckdb.DestroyResult(&res)
		if duckdb.Query(s.handle, text, &res) == duckdb.StateError {
			err = readEngineError(duckdb.ResultError(&res))
			return
		}
		rows = int64(duckdb.RowsChanged(&res))
	})
	if stopped != nil {
		err = stopped
	}
	return rows, err
}

// exported returns the items that are written, and the names that the query's columns get for it.
// The engine has no Parquet type for its HUGEINT but DOUBLE.
func (s *statement) exported() (items, names string) {
	n := int(duckdb.PreparedStatementColumnCount(s.prepared))
	engine := make([]string, n)
	for i := range engine {
		engine[i] = duckdb.PreparedStatementColumnName(s.prepared, duckdb.IdxT(i))
	}
	columns := make([]Column, n)
	for i, name := range columnNames(s.items(), engine, s.r.Lake) {
		columns[i].Name = name
	}
	var all, inner []string
	for i, name := range UniqueNames(columns) {
		inner = append(inner, fmt.Sprintf("c%d", i))
		item := inner[i]
		switch duckdb.PreparedStatementColumnType(s.prepared, duckdb.IdxT(i)) {
		case duckdb.TypeHugeInt, duckdb.TypeUHugeInt:
			item = "CAST(" + item + " AS BIGINT)"
		}
		all = append(all, item+` AS "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
	}
	return strings.Join(all, ", "), strings.Join(inner, ", ")
}
