package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// The times of what takes longer than somebody waits for a page.
const (
	patience    = 3 * time.Second  // how long a request waits for a value
	lookAgain   = "1"              // seconds until the browser asks again
	neglectTime = 30 * time.Second // after which what nobody asks for any more is given up
	leftTime    = 5 * time.Second  // the same where the last who asked went away: longer than others take to ask again
)

// maxMaking bounds how many values are made or wait for their turn.
const maxMaking = 16

// errMaking says that a value is not there yet.
var errMaking = errors.New("it is being made")

// A patientMemo is a memo of what may take longer than a request waits. A value is made apart from the
// requests that ask for it, and is given up when none asks any more.
type patientMemo[T any] struct {
	memo     memo[T]
	timeout  time.Duration // of making a value
	patience time.Duration
	neglect  time.Duration

	all    sync.WaitGroup
	mu     sync.Mutex
	closed bool
	making map[string]*making[T] // those that failed, too, until somebody was told
}

// A making is a value that is being made. What is above done may be read when that is closed.
type making[T any] struct {
	value   T
	err     error
	done    chan struct{}
	cancel  context.CancelFunc
	neglect *time.Timer
}

// init prepares a patientMemo, as a memo.
func (p *patientMemo[T]) init(limit int, slot chan struct{}, timeout time.Duration) {
	p.memo.init(limit, slot)
	p.timeout, p.patience, p.neglect, p.making = timeout, patience, neglectTime, map[string]*making[T]{}
}

// get returns the value of a key, or errMaking where that takes longer.
func (p *patientMemo[T]) get(ctx context.Context, key string, f func(context.Context) (T, error)) (none T, err error) {
	if v, ok := p.memo.recall(key); ok {
		return v, nil
	}
	m, err := p.begin(ctx, key, f)
	if err != nil {
		return none, err
	}
	enough := time.NewTimer(p.patience)
	defer enough.Stop()
	select {
	case <-m.done:
		p.forget(key, m)
		return m.value, m.err
	case <-enough.C:
		return none, errMaking
	case <-ctx.Done():
		m.neglect.Reset(min(leftTime, p.neglect))
		return none, ctx.Err()
	}
}

// begin begins to make a value, unless that has begun.
func (p *patientMemo[T]) begin(ctx context.Context, key string, f func(context.Context) (T, error)) (*making[T], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.making[key]; m != nil {
		m.neglect.Reset(p.neglect)
		return m, nil
	}
	if p.closed || len(p.making) >= maxMaking {
		return nil, &pageError{http.StatusServiceUnavailable, errors.New("too many pages are being made: try again later")}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.timeout)
	m := &making[T]{done: make(chan struct{}), cancel: cancel}
	m.neglect = time.AfterFunc(p.neglect, func() {
		cancel()
		p.forget(key, m)
	})
	p.making[key] = m
	p.all.Go(func() {
		defer cancel()
		defer close(m.done)
		m.value, m.err = p.memo.get(ctx, key, unbroken(f))
	})
	return m, nil
}

// unbroken makes an error of a defect, which outside of a request would end the program.
func unbroken[T any](f func(context.Context) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (v T, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("a defect: %v\n%s", p, debug.Stack())
			}
		}()
		return f(ctx)
	}
}

// forget forgets what was made or given up.
func (p *patientMemo[T]) forget(key string, m *making[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.neglect.Stop()
	if p.making[key] == m {
		delete(p.making, key)
	}
}

// close gives up what is being made, and waits for that.
func (p *patientMemo[T]) close() {
	p.mu.Lock()
	p.closed = true
	for _, m := range p.making {
		m.neglect.Stop()
		m.cancel()
	}
	p.mu.Unlock()
	p.all.Wait()
}
