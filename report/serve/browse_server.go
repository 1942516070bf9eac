package serve

import (
	"context"
	"errors"
	"net/http"

	"github.com/coldtrail/coldtrail/report/query"
)

// browser answers browsers: the pages of each case, and the list of the cases where there are several.
func (s *Server) browser() http.Handler {
	index := s.index()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := caseOf(r); c != nil {
			c.pages.ServeHTTP(w, r)
		} else {
			index.ServeHTTP(w, r)
		}
	})
}

// index lists the cases. Its style is the first one's.
func (s *Server) index() http.Handler {
	b := &browser{browserConfig: browserConfig{Base: s.cases[0].base, Timeout: s.cfg.Timeout, Log: s.logf}}
	return b.handler(func(r *http.Request) (*answer, error) {
		if r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead {
			return nil, notFound("page: there is none of that name")
		}
		type row struct {
			Name, Base string
			Events     int64
		}
		var rows []row
		for _, c := range s.cases {
			n, err := c.store.Events()
			if err != nil {
				return nil, err
			}
			rows = append(rows, row{c.name, c.base, n})
		}
		return &answer{template: "cases", title: "Cases", data: rows}, nil
	})
}

// changesWithin bounds how often what a request asks for is begun anew because the case was changed meanwhile: a hunt or a
// judgement takes longer than any of that, so that many in a row are a case which is not what it says.
const changesWithin = 8

// A sqlEngine gives the case's engine, which it opens when it is first asked.
type sqlEngine func(context.Context) (*query.DB, error)

// query runs a statement; found: there was an engine, and the error is the statement's. Between the two
// another request may close the engine, which no query uses yet, because the case has later findings.
func (e sqlEngine) query(ctx context.Context, sql string) (rows *query.Rows, found bool, err error) {
	for range changesWithin {
		db, err := e(ctx)
		if err != nil {
			return nil, false, err
		}
		if rows, err = db.Query(ctx, sql); !errors.Is(err, query.ErrClosed) {
			return rows, true, err
		}
	}
	return nil, true, query.ErrClosed
}
