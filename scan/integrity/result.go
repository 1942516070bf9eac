package integrity

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
)

// A Result is what a Ledger was judged to be.
type Result struct {
	Totals Totals
	Chains []*Chain
	// Rows yields the rows of objects in the order of their ordinals, then those of what is absent.
	Rows iter.Seq2[Row, error]

	close func() error
}

// Close removes what was spilled.
func (r *Result) Close() error { return r.close() }

// Failed reports whether something is wrong: invalid, modified, appended to, or absent inside the span of the copy.
func (r *Result) Failed() bool { return r.Totals.Failures > 0 }

// Judge judges all that was added. An error is ours, not the evidence's.
func (l *Ledger) Judge(ctx context.Context) (*Result, error) {
	if l.err == nil {
		l.fail(errors.Join(l.heads.w.Close(), l.names.w.Close()))
	}
	if l.err == nil {
		l.fail(l.judgeChains(ctx))
	}
	if l.err == nil {
		l.fail(l.judgeLogs(ctx))
	}
	if l.err == nil {
		l.fail(l.out.w.Close())
	}
	if l.err != nil {
		return nil, l.err
	}
	r := &l.result
	r.Totals.Unused = l.unused()
	r.Chains, r.Rows, r.close = l.chains, l.rows, l.Close
	return r, nil
}

func (l *Ledger) rows(yield func(Row, error) bool) {
	it, err := l.out.Merge()
	if err != nil {
		yield(Row{}, err)
		return
	}
	defer it.Close()
	for it.Next() {
		var r Row
		err := json.Unmarshal(it.Value(), &r)
		if !yield(r, err) || err != nil {
			return
		}
	}
	if err := it.Err(); err != nil {
		yield(Row{}, err)
	}
}
