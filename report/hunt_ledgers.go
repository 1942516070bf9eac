package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// ledgers gives the tally the ledgers. What they say of the evidence stays, and only the links to suspects are made anew,
// and where one was full the rows of other suspects. Where the case does not have these, or examiners hold something, which
// they may hold of some events of a row only, the events are read again.
func (h *hunt) ledgers(ctx context.Context, w *huntWriter) (err error) {
	l, err := h.standingLedgers()
	if err == nil {
		h.tally.ties(l)
	}
	if !errors.Is(err, errAnew) {
		return err
	}
	h.closely, h.recorded = either{named(func(action string) bool { return ledgerCalls[action] != nil })}, &ordinalPredicate{}
	sink := only{h.tally}
	if !h.held.Any() { // else rows are told apart by what is held
		books := &h.tally.books
		books.keepRest(w.Case)
		defer func() {
			err = errors.Join(err, books.closeRest())
			for _, rest := range [...]*restTable{books.data.rest, books.left.rest} {
				if rest.begun {
					w.took(custody.File{Path: rest.name})
				}
			}
		}()
	}
	next := h.concluded.events
	err = eachBlock(ctx, h.store, anyOf(h.closely), h.entries, func(batch []scan.Entry) error {
		for i := range batch {
			for len(next) > 0 && next[0].ordinal < batch[i].Ordinal {
				next = next[1:]
			}
			batch[i].Findings, next = h.concluded.of(batch[i].Ordinal, next)
		}
		encoded, err := sink.Encode(batch)
		if err == nil {
			err = sink.Commit(encoded)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("ledgers: %w", err)
	}
	return h.tally.closeBooks(h.was.Timeframe.Evidence.Last)
}

// standingLedgers are those that can be had without the events; errAnew: they cannot.
func (h *hunt) standingLedgers() (*Ledger, error) {
	switch {
	case h.held.Any():
		return nil, errAnew
	case !h.Trusted && !h.Stand: // another program may have had other readings
		return nil, errAnew
	case !h.was.Ledgers.Whole:
		return h.readmitted()
	}
	l, err := ReadLedger(h.store.dir)
	if err != nil {
		return nil, err
	}
	l.sums = h.was.Ledgers
	return l, nil
}
