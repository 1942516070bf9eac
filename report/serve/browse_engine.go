package serve

import (
	"context"

	"github.com/coldtrail/coldtrail/report/query"
)

func (c *served) engine() sqlEngine {
	return func(ctx context.Context) (*query.DB, error) { return query.Open(ctx, c.dir, query.Options{}) }
}
