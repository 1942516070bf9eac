package serve

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

type column struct {
	CatalogName, SchemaName, TableName string
	Name, Label, Type                  string
	Precision, Scale                   int
	Nullable                           string
	CaseSensitive                      bool
}

// precisions are those of Athena's types.
var precisions = map[string][2]int{
	"varchar": {1<<31 - 1, 0}, "char": {1<<31 - 1, 0}, "tinyint": {3, 0}, "smallint": {5, 0}, "integer": {10, 0}, "bigint": {19, 0},
	"double": {17, 0}, "real": {17, 0}, "float": {17, 0}, "timestamp": {3, 0}, "timestamp with time zone": {3, 0}, "varbinary": {1 << 30, 0},
}

func (res *result) columnInfo() []column {
	columns := []column{}
	for _, c := range res.columns {
		p := precisions[c.Type]
		columns = append(columns, column{
			CatalogName: "hive", Name: c.Name, Label: c.Name, Type: c.Type, Precision: p[0], Scale: p[1], Nullable: "UNKNOWN", CaseSensitive: c.Type == "varchar" || c.Type == "char",
		})
	}
	return columns
}

type datum struct {
	VarCharValue *string `json:",omitempty"`
}

type resultRow struct{ Data []datum }

// finished returns the result of a run that has one.
func finished(ctx context.Context, r *run) (*result, error) {
	switch s := r.settle(ctx); {
	case s.state < runDone:
		return nil, invalidRequest("Query has not yet finished. Current state: %s", athenaStates[s.state])
	case s.state != runDone:
		return nil, invalidRequest("Query did not finish successfully. Final query state: %s", athenaStates[s.state])
	case s.result == nil:
		return nil, invalidRequest("%v", errDropped)
	default:
		return s.result, nil
	}
}

// athenaResults is GetQueryResults: the first row of the first page of DML is the header.
func athenaResults(c *call, in *struct {
	QueryExecutionId string //nolint:revive // the member's name
	NextToken        string
	MaxResults       *int
}) (any, error) {
	r, err := c.athenaRun(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	res, err := finished(c.context(), r)
	if err != nil {
		return nil, err
	}
	n := 1000
	if in.MaxResults != nil {
		if n = *in.MaxResults; n < 1 || n > 1000 {
			return nil, invalidRequest("MaxResults is not from 1 to 1000")
		}
	}
	from, ok := rowToken(r.id, in.NextToken)
	if !ok {
		return nil, invalidRequest("NextToken is not one that was given for this query")
	}
	type metadata struct{ ColumnInfo []column }
	type set struct {
		Rows              []resultRow
		ResultSetMetadata metadata
	}
	rows := []resultRow{}
	if in.NextToken == "" && r.athena.kind == "DML" && len(res.columns) > 0 {
		var header resultRow
		for _, col := range res.columns {
			header.Data = append(header.Data, datum{&col.Name})
		}
		rows = append(rows, header)
		n--
	}
	page, err := res.page(from, n)
	if err != nil {
		return nil, invalidRequest("%v", err)
	}
	for _, values := range page {
		row := resultRow{Data: make([]datum, len(values))}
		for i, v := range values {
			row.Data[i].VarCharValue = v
		}
		rows = append(rows, row)
	}
	next := ""
	if at := from + int64(len(page)); at < res.rows {
		next = makeRowToken(r.id, at)
	}
	return struct {
		UpdateCount int64
		ResultSet   set
		NextToken   string `json:",omitempty"`
	}{0, set{rows, metadata{res.columnInfo()}}, next}, nil
}

// makeRowToken makes the token of a page of a query's result.
func makeRowToken(id string, row int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d", id, row))
}

// rowToken returns the row that a page begins with.
func rowToken(id, token string) (row int64, ok bool) {
	if token == "" {
		return 0, true
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	text, found := strings.CutPrefix(string(b), id+" ")
	row, perr := strconv.ParseInt(text, 10, 64)
	return row, err == nil && perr == nil && found && row >= 0
}

type pageInput struct {
	NextToken  string
	MaxResults *int
	WorkGroup  string
}

// page cuts a page out of a list of names. The token is the name that it begins with.
func (in *pageInput) page(all []string) (page []string, next string, err error) {
	const most = 50
	n := most
	if in.MaxResults != nil && *in.MaxResults != 0 {
		if n = *in.MaxResults; n < 0 || n > most {
			return nil, "", invalidRequest("MaxResults is not from 1 to %d", most)
		}
	}
	if in.NextToken != "" {
		b, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		i := slices.Index(all, string(b))
		if err != nil || i < 0 {
			return nil, "", invalidRequest("NextToken is not one that was given")
		}
		all = all[i:]
	}
	if len(all) > n {
		return all[:n], base64.RawURLEncoding.EncodeToString([]byte(all[n])), nil
	}
	return all, "", nil
}
