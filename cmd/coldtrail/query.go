package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/coldtrail/coldtrail/report/query"
)

type queryCmd struct {
	caseArg
	SQL string `arg:"" optional:"" name:"sql" help:"The query."`
}

// Run implements the command.
func (q *queryCmd) Run(ctx context.Context, c *console) error {
	db, err := query.Open(ctx, q.Case, query.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(ctx, q.SQL)
	if err != nil {
		return err
	}
	defer rows.Close()
	out := bufio.NewWriter(c.out)
	for rows.Next() {
		for i, v := range rows.Values() {
			if i > 0 {
				out.WriteByte(',')
			}
			out.Write(query.AppendJSON(nil, v))
		}
		fmt.Fprintln(out)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return rows.Err()
}
