//go:build cgo

package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// A conn is a connection of one query.
type conn struct {
	db     *DB
	handle duckdb.Connection

	stop      func() bool   // ends the watch of the context
	cancelled chan struct{} // closed when the context ends; cause is set before
	cause     error

	lost    bool          // a call does not return although it was interrupted
	running chan struct{} // that call's end
}

const (
	// interruptEvery is how often a call that goes on is interrupted: the engine
	// forgets an interrupt that comes between two of its steps.
	interruptEvery = 10 * time.Millisecond
	// patience is after how many interrupts a call is left alone. Between two looks at the
	// interrupt the engine may compute one function for 2,048 rows.
	patience = 200
	// maxLost is how many calls may be left alone at once: each takes a processor, and memory.
	maxLost = 4
)

// errStuck is what a cancelled query gets that the engine does not stop.
var errStuck = errors.New("the engine is in the middle of a function, and was left to itself")

// An endedError says why the context of a query ended. It is the context's error and its cause.
type endedError struct{ err, cause error }

func (e *endedError) Error() string   { return e.cause.Error() }
func (e *endedError) Unwrap() []error { return []error{e.err, e.cause} }

// connect makes a connection for a query with that context.
func (db *DB) connect(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil, ErrClosed
	}
	if db.lost >= maxLost {
		return nil, fmt.Errorf("%d queries that were stopped are still in the middle of a function: no other is run before one of them ends", db.lost)
	}
	c := &conn{db: db, cancelled: make(chan struct{})}
	if duckdb.Connect(db.instance, &c.handle) == duckdb.StateError {
		return nil, errors.New("no connection to the engine")
	}
	db.users++
	c.stop = context.AfterFunc(ctx, func() {
		c.cause = &endedError{ctx.Err(), context.Cause(ctx)}
		close(c.cancelled)
	})
	return c, nil
}

// close gives the connection back; free destroys what belongs to it. Where a call is still
// running, that happens when it ends.
func (c *conn) close(free ...func()) {
	c.stop()
	end := func() {
		for _, f := range free {
			f()
		}
		duckdb.Disconnect(&c.handle)
		c.db.mu.Lock()
		defer c.db.mu.Unlock()
		c.db.users--
		if c.lost {
			c.db.lost--
		}
	}
	if !c.lost {
		end()
		return
	}
	go func() {
		<-c.running
		end()
	}()
}

// do runs a call into the engine, and interrupts it when the context ends.
func (c *conn) do(call func()) error {
	if c.lost {
		return fmt.Errorf("%w: %w", c.cause, errStuck)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	select {
	case <-done:
		return nil
	case <-c.cancelled:
	}
	tick := time.NewTicker(interruptEvery)
	defer tick.Stop()
	for range c.db.patience {
		duckdb.Interrupt(c.handle)
		select {
		case <-done:
			return c.cause
		case <-tick.C:
		}
	}
	c.lost, c.running = true, done
	c.db.mu.Lock()
	c.db.lost++
	c.db.mu.Unlock()
	return fmt.Errorf("%w: %w", c.cause, errStuck)
}

// run executes a statement of the engine's own that has no result to speak of.
func (c *conn) run(sql string) (err error) {
	var res duckdb.Result
	if stopped := c.do(func() {
		if duckdb.Query(c.handle, sql, &res) == duckdb.StateError {
			err = readEngineError(duckdb.ResultError(&res))
		}
		duckdb.DestroyResult(&res)
	}); stopped != nil {
		return stopped
	}
	return err
}
