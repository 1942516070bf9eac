package report

import (
	"context"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// A lookupPage is an answer of LookupEvents.
type lookupPage struct {
	events []LookupEvent
	next   string // AWS's token for the following page; "" where this is the last
}

func (p *lookupPage) objects() []any {
	list := jmespath.NewArray(len(p.events))
	for i := range p.events {
		list = append(list, p.events[i].object())
	}
	return list
}

// A lookupPager asks for page after page as the AWS CLI does.
type lookupPager struct {
	store  *EventStore
	query  *LookupQuery
	view   *LookupView
	size   int
	seen   int64  // events that were handed on
	resume string // the AWS CLI's token, where the limit left out some
}

func newLookupPager(s *EventStore, q *LookupQuery, v *LookupView) *lookupPager {
	p := &lookupPager{store: s, query: q, view: v, size: v.PageSize}
	if p.size == 0 {
		p.size = MaxLookupResults
	}
	return p
}

// fewPages is up to how many pages they are asked for one by one. More are taken from one long
// reading, which costs less a page and more for the first one.
const fewPages = 20

// each yields the pages. The yielded page is valid until the next one.
func (p *lookupPager) each(ctx context.Context, yield func(*lookupPage) error) error {
	if p.view.Single {
		return p.single(ctx, yield)
	}
	token, err := parseCLIToken(p.view.StartingToken)
	if p.view.StartingToken == "" {
		token, err = cliToken{}, nil
	}
	if err != nil {
		return err
	}
	from := LookupPlace{}
	if token.NextToken != nil {
		if from, err = p.store.LookupPlace(p.query, *token.NextToken); err != nil {
			return err
		}
	}
	limit := &pageLimit{pager: p, at: token, left: p.view.MaxItems, yield: yield}
	if p.view.MaxItems >= 0 && p.view.MaxItems < fewPages*p.size {
		return p.few(ctx, from, limit)
	}
	return p.many(ctx, from, limit)
}

func (p *lookupPager) single(ctx context.Context, yield func(*lookupPage) error) error {
	from, err := p.store.LookupPlace(p.query, p.view.NextToken)
	if err != nil {
		return err
	}
	page, _, err := p.ask(ctx, from)
	if err != nil {
		return err
	}
	p.seen = int64(len(page.events))
	return yield(page)
}

// ask asks for a page, and says where the following one begins.
func (p *lookupPager) ask(ctx context.Context, from LookupPlace) (page *lookupPage, next LookupPlace, err error) {
	events, next, more, err := p.store.Lookup(ctx, p.query, from, p.size)
	page = &lookupPage{events: events}
	if err == nil && more {
		page.next, err = p.store.LookupToken(p.query, next)
	}
	return page, next, err
}

func (p *lookupPager) few(ctx context.Context, from LookupPlace, limit *pageLimit) error {
	for {
		page, next, err := p.ask(ctx, from)
		if err != nil {
			return err
		}
		if done, err := limit.take(page); done || err != nil {
			return err
		}
		from = next
	}
}

func (p *lookupPager) many(ctx context.Context, from LookupPlace, limit *pageLimit) error {
	page, size := &lookupPage{}, lookupSize{most: p.size}
	done := false
	err := p.store.LookupAll(ctx, p.query, from, func(e *LookupEvent) (err error) {
		if size.full() { // there is one more, so there is a next page
			last := &page.events[len(page.events)-1]
			if page.next, err = p.store.LookupToken(p.query, LookupPlace{last.Ordinal}); err != nil {
				return err
			}
			if done, err = limit.take(page); err != nil {
				return err
			}
			if done {
				return errEnough
			}
			*page, size = lookupPage{events: page.events[:0]}, lookupSize{most: p.size}
		}
		size.add(e)
		page.events = append(page.events, *e)
		return nil
	})
	if err == errEnough {
		return nil
	}
	if err == nil {
		_, err = limit.take(page)
	}
	return err
}

// A pageLimit hands pages on until there are as many events as are wanted.
type pageLimit struct {
	pager *lookupPager
	at    cliToken // of the page that is taken next; Shown counts for the first one only
	left  int      // events; less than 0: no limit
	yield func(*lookupPage) error
}

// take hands a page on, as much of it as is wanted, and says whether it was the last.
func (l *pageLimit) take(page *lookupPage) (done bool, err error) {
	shown := min(l.at.Shown, len(page.events))
	page.events = page.events[shown:]
	skipped := l.at.Shown
	l.at.Shown = 0
	limited := l.left >= 0
	if limited && len(page.events) > l.left {
		page.events = page.events[:l.left]
		next := ""
		if l.at.NextToken != nil {
			next = *l.at.NextToken
		}
		l.pager.resume = cliTokenText(next, l.left+skipped)
		done = true
	}
	l.left -= len(page.events)
	if limited && !done && l.left == 0 && page.next != "" {
		l.pager.resume = cliTokenText(page.next, -1)
		done = true
	}
	l.pager.seen += int64(len(page.events))
	if err := l.yield(page); err != nil {
		return true, err
	}
	next := page.next
	l.at.NextToken = &next
	return done || page.next == "", nil
}
