package serve

import (
	"context"
	"errors"
	"time"
)

// A pageWalk calls yield with what lies at the places from one up to another (which is not
// included) and is wanted, in order.
type pageWalk[T any] func(ctx context.Context, from, to uint64, yield func(place uint64, v T) error) error

// A slice is a page's part of a list that is too long to be read for it.
type slice[T any] struct {
	Items       []T
	First, Last uint64 // places of the first and the last item
	Before      bool   // there are items before the first one
	After       bool   // and after the last one
	// Reached is where a search ended that ran out of time, and Short says that it did: what lies
	// beyond (or, of a search backwards, before) was not looked at.
	Reached uint64
	Short   bool
}

// The sizes of a step, in places. A page of a list of which all is wanted takes one small step;
// where little is wanted the steps grow, because each has its own cost.
const (
	firstStep = 512
	stepFold  = 4
	maxStep   = 1 << 19
)

// searchTime is how long a page searches before it shows what it has.
const searchTime = 5 * time.Second

// errEnough ends a walk.
var errEnough = errors.New("enough")

// forward takes the first n items at or after a place.
func (w pageWalk[T]) forward(ctx context.Context, at, end uint64, n int) (s slice[T], err error) {
	search, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	step := uint64(firstStep)
	for at < end && !s.After {
		to := end
		if end-at > step {
			to = at + step
		}
		err := w(search, at, to, func(place uint64, v T) error {
			if len(s.Items) == n {
				s.After = true
				return errEnough
			}
			if len(s.Items) == 0 {
				s.First = place
			}
			s.Items, s.Last = append(s.Items, v), place
			at = place + 1
			return nil
		})
		switch {
		case err == nil:
			at = to
		case errors.Is(err, errEnough):
		case search.Err() != nil && ctx.Err() == nil:
			s.Short, s.Reached = true, at
			return s, nil
		default:
			return s, err
		}
		step = min(step*stepFold, maxStep)
	}
	return s, nil
}

// backward takes the last n items before a place.
func (w pageWalk[T]) backward(ctx context.Context, before uint64, n int) (s slice[T], err error) {
	search, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	type placed struct {
		place uint64
		v     T
	}
	var all []placed // in reverse order
	step := uint64(firstStep)
	for before > 0 && len(all) <= n {
		from := before - min(before, step)
		var part []placed
		err := w(search, from, before, func(place uint64, v T) error {
			if len(part) > 2*n {
				part = append(part[:0], part[n:]...)
			}
			part = append(part, placed{place, v})
			return nil
		})
		if err != nil && search.Err() != nil && ctx.Err() == nil {
			s.Short, s.Reached = true, before
			break
		} else if err != nil {
			return s, err
		}
		for i := len(part) - 1; i >= 0 && len(all) <= n; i-- {
			all = append(all, part[i])
		}
		before = from
		step = min(step*stepFold, maxStep)
	}
	if len(all) > n {
		s.Before, all = true, all[:n]
	}
	for i := len(all) - 1; i >= 0; i-- {
		s.Items = append(s.Items, all[i].v)
	}
	if len(all) > 0 {
		s.First, s.Last = all[len(all)-1].place, all[0].place
	}
	return s, nil
}

// unlessEnough takes the end of a walk that had enough for none.
func unlessEnough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnd ends a walk over what has no end of its own.
var errEnd = errors.New("end")

func unlessEnd(err error) error {
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}
