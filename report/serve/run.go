package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

// A runState is how far a query is.
type runState uint8

const (
	runQueued runState = iota
	runRunning
	runDone
	runFailed
	runCancelled
	runTimedOut
)

// An api is whose operation started a query. Its queries are not seen by the other one.
type api string

const (
	apiAthena api = "athena"
	apiLake   api = "lake"
)

// A run is a query that was started, whether it has ended or not. What is above mu does
// not change.
type run struct {
	id        string
	api       api
	sql       string // as the client sent it
	statement string // what is run: its parameters have their values
	submitted time.Time
	athena    athenaContext // of Athena's
	cancel    context.CancelCauseFunc
	done      chan struct{} // closed when it has ended

	mu sync.Mutex
	runStatus
}

// A runStatus is what changes of a run.
type runStatus struct {
	state          runState
	started, ended time.Time
	err            error
	result         *result // nil: none, or not any more
	dropped        bool    // it had one
}

// status returns the run's state as it is now.
func (r *run) status() runStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runStatus
}

// settle waits a moment for the end: most queries are faster than their clients' next question.
func (r *run) settle(ctx context.Context) runStatus {
	ctx, stop := context.WithTimeout(ctx, settleTime)
	defer stop()
	select {
	case <-r.done:
	case <-ctx.Done():
	}
	return r.status()
}

const settleTime = 300 * time.Millisecond

// The reasons for which a run is stopped.
var (
	errCancelled = errors.New("the query was cancelled")
	errTimeout   = errors.New("the query took longer than it may")
	errBusy      = errors.New("too many queries wait")
)

// runLimits bound what queries take.
type runLimits struct {
	running    int   // at once
	waiting    int   // for their turn
	result     int64 // bytes of a result
	results    int64 // bytes of all results that are remembered
	remembered int   // results
	known      int   // queries of which the state is remembered
	text       int64 // bytes of those queries' texts
}

var defaultLimits = runLimits{running: 2, waiting: 50, result: 2 << 30, results: 8 << 30, remembered: 200, known: 2000, text: 64 << 20}

// rows are the rows of a result: *query.Rows.
type rows interface {
	Columns() []query.Column
	Next() bool
	Values() []any
	Err() error
	Close() error
	Notes() []string
}

// An engine runs a statement.
type engine func(ctx context.Context, sql string) (rows, error)

// runs are the queries of a case. The oldest result is dropped where there are too many.
type runs struct {
	runLimits
	engine  engine
	ready   func(context.Context) error // query.ErrNoSQL: there is no engine
	timeout time.Duration
	dir     string // of the results
	now     func() time.Time
	log     func(format string, args ...any)

	slots chan struct{}
	all   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	byID    map[string]*run
	order   []*run // by their start
	text    int64  // bytes of their texts
	waiting int
}

func newRuns(l runLimits) *runs {
	return &runs{runLimits: l, slots: make(chan struct{}, l.running), byID: map[string]*run{}}
}

// start starts a run, whose fields above cancel are set.
func (q *runs) start(r *run) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.waiting >= q.runLimits.waiting {
		return errBusy
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	r.submitted, r.cancel, r.done = q.now(), cancel, make(chan struct{})
	q.waiting++
	q.byID[r.id] = r
	q.order = append(q.order, r)
	q.text += r.textSize()
	q.forget()
	q.all.Go(func() {
		defer cancel(nil)
		q.execute(ctx, r)
	})
	return nil
}

// execute waits for the run's turn, and runs it.
func (q *runs) execute(ctx context.Context, r *run) {
	defer close(r.done)
	select {
	case q.slots <- struct{}{}:
		defer func() { <-q.slots }()
	case <-ctx.Done():
	}
	q.mu.Lock()
	q.waiting--
	q.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		q.end(r, nil, err)
		return
	}
	r.mu.Lock()
	r.state, r.started = runRunning, q.now()
	r.mu.Unlock()
	ctx, stop := context.WithTimeoutCause(ctx, q.timeout, errTimeout)
	defer stop()
	res, err := q.run(ctx, r.statement)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	q.end(r, res, err)
}

// run writes the result of a statement.
func (q *runs) run(ctx context.Context, statement string) (res *result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a defect: %v", p)
		}
	}()
	rows, err := q.engine(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // all that can go wrong is said before
	return writeResult(ctx, q.dir, rows, q.result)
}

// end keeps how a run ended, and drops what is too much.
func (q *runs) end(r *run, res *result, err error) {
	r.mu.Lock()
	r.ended, r.err, r.result = q.now(), err, res
	switch {
	case err == nil:
		r.state = runDone
	case errors.Is(err, errCancelled):
		r.state = runCancelled
	case errors.Is(err, errTimeout):
		r.state = runTimedOut
	default:
		r.state = runFailed
	}
	r.mu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop()
}

// drop removes the oldest results until there are as many as may be. The newest one stays.
func (q *runs) drop() {
	var bytes int64
	n := 0
	for i := len(q.order) - 1; i >= 0; i-- {
		r := q.order[i]
		r.mu.Lock()
		if r.result != nil {
			n++
			bytes += r.result.size
			if n > 1 && (n > q.remembered || bytes > q.results) {
				r.result.remove()
				r.result, r.dropped = nil, true
				q.log("query %s: its result was dropped: %d results and %d bytes are remembered", r.id, q.remembered, q.results)
			}
		}
		r.mu.Unlock()
	}
}

// textSize returns how many bytes a run holds of what its client sent.
func (r *run) textSize() int64 {
	n := len(r.sql) + len(r.athena.token)
	for _, p := range r.athena.parameters {
		n += len(p)
	}
	if len(r.athena.parameters) > 0 { // else the statement is the text
		n += len(r.statement)
	}
	return int64(n)
}

// forget forgets the oldest queries that have ended, where there are too many, or too long ones.
func (q *runs) forget() {
	for i := 0; i < len(q.order) && (len(q.order) > q.known || q.text > q.runLimits.text); {
		r := q.order[i]
		r.mu.Lock()
		ended := r.state >= runDone
		if ended && r.result != nil {
			r.result.remove()
			r.result = nil
		}
		r.mu.Unlock()
		if !ended {
			i++
			continue
		}
		delete(q.byID, r.id)
		q.text -= r.textSize()
		q.order = slices.Delete(q.order, i, i+1) // which lets go of it
	}
}

// find returns a query of an API.
func (q *runs) find(a api, id string) *run {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r := q.byID[id]; r != nil && r.api == a {
		return r
	}
	return nil
}

// list returns an API's queries, the newest first.
func (q *runs) list(a api) (list []*run) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := len(q.order) - 1; i >= 0; i-- {
		if q.order[i].api == a {
			list = append(list, q.order[i])
		}
	}
	return list
}

// close cancels all queries and waits for them.
func (q *runs) close() {
	q.mu.Lock()
	q.closed = true
	for _, r := range q.order {
		r.cancel(errCancelled)
	}
	q.mu.Unlock()
	q.all.Wait()
	for _, r := range q.order {
		if r.result != nil {
			r.result.remove()
		}
	}
}

// sql returns the case's SQL engine, which is opened when it is first asked for, and anew when the case has later
// findings, unless something would be lost. The error is query.ErrNoSQL in a program that has none.
func (c *served) sql(ctx context.Context) (*query.DB, error) {
	c.db.Lock()
	defer c.db.Unlock()
	if c.db.open != nil {
		later, closed, err := c.db.open.CloseOutdated()
		switch {
		case closed:
			c.db.open = nil
		case later != "" && later != c.db.told:
			c.db.told = later
			c.s.cfg.Log("case %s: SQL sees the findings and verdicts of when it was first asked, and there are later ones: queries are under way, or tables were made in it", report.Terminal(c.name))
		}
		if err != nil {
			return nil, err
		}
	}
	if c.db.open == nil {
		db, err := query.Open(ctx, c.dir, c.s.cfg.Options)
		if err != nil {
			return nil, err
		}
		c.db.open = db
	}
	return c.db.open, nil
}

// sqlReady says why there is no SQL, if that is so.
func (c *served) sqlReady(ctx context.Context) error {
	_, err := c.sql(ctx)
	return err
}

// query runs a statement in the case's SQL engine, and logs what it has to remark.
func (c *served) query(ctx context.Context, sql string) (rows, error) {
	r, _, err := sqlEngine(c.sql).query(ctx, sql)
	if err != nil {
		return nil, err
	}
	for _, note := range r.Notes() {
		c.s.cfg.Log("query: %s", report.Terminal(note))
	}
	return r, nil
}
