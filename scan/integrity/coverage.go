package integrity

import (
	"slices"
	"strings"
	"time"
)

// A builder makes a chain's spans, from the newest digest to the oldest.
type builder struct {
	chain   *Chain
	last    *neighbour // the digest that came before this one, which follows it in time
	missing int64      // digests that are named and not there, since
	oldest  uint64     // the last one's ordinal
}

// A neighbour is what a digest's window is compared with.
type neighbour struct {
	start time.Time // zero: not known
	first bool      // it follows no other
	prev  string    // base name of the one before it
	end   time.Time
}

// maxSpans bounds the spans of a chain. One with more was taken apart.
const maxSpans = 1000

// maxPlaces bounds the places of a chain: a trail seldom changes its bucket.
const maxPlaces = 16

// note notes on a digest what its window says beside the one that follows.
func (b *builder) note(h *head, row *Row, claims []*claim) {
	n := b.last
	if n == nil || b.chain.Backfill || h.Problem != "" || n.start.IsZero() || b.missing > 0 || len(claims) == 0 {
		return
	}
	if _, end := h.window(); !end.IsZero() && n.start.Before(end) {
		row.Notes = append(row.Notes, Overlap)
	}
}

// add adds the next older digest.
func (b *builder) add(h *head, row *Row, claims []*claim) {
	c := b.chain
	start, end := time.Time{}, h.Name.End.UTC()
	if h.Problem == "" {
		start, _ = h.window()
	}
	if start.After(end) {
		start = time.Time{}
	}
	if b.last == nil {
		c.Last = end
	} else {
		b.between(end, claims)
	}
	if row.Verdict == Unverified && row.Reason == NoSignature {
		c.Unproved++
	}
	from := start
	if from.IsZero() {
		from = end
	}
	b.span(Span{From: from, To: end, State: string(row.Verdict), Count: 1})
	b.last = &neighbour{start: start, first: h.Problem == "" && h.PrevKey == "" && h.PrevSig == nil, prev: Base(h.PrevKey), end: end}
	b.missing, b.oldest = 0, h.Ordinal
	if place := strings.TrimSuffix(h.Bucket+"/"+prefixOf(h.Key), "/"); h.Problem == "" && !slices.Contains(c.Places, place) && len(c.Places) < maxPlaces {
		c.Places = append(c.Places, place)
	}
}

// prefixOf is what stands before AWSLogs in a key.
func prefixOf(key string) string {
	at, _ := Canonical(key)
	return strings.TrimSuffix(key, at)
}

// between adds what lies between this digest's end and the start of the one that follows.
func (b *builder) between(end time.Time, claims []*claim) {
	n := b.last
	to := n.start
	if to.IsZero() {
		to = n.end
	}
	switch {
	case b.missing > 0:
		b.span(Span{From: end, To: to, State: SpanAbsent, Named: b.missing})
	case b.chain.Backfill || n.start.IsZero() || !end.Before(to):
	case n.first || len(claims) > 0:
		b.span(Span{From: end, To: to, State: SpanGap})
	default:
		b.span(Span{From: end, To: to, State: SpanAbsent})
	}
}

// span adds a span before those that are there, or joins it with the first.
func (b *builder) span(s Span) {
	c := b.chain
	if n := len(c.Spans); n > 0 && s.Count > 0 {
		if first := &c.Spans[n-1]; first.State == s.State && !first.From.After(s.To) {
			if s.From.Before(first.From) {
				first.From = s.From
			}
			first.Count += s.Count
			return
		}
	}
	if len(c.Spans) == maxSpans {
		c.More++
		return
	}
	c.Spans = append(c.Spans, s)
}

// finish ends the chain. edge says that its first digest names one before it that is not in this copy.
func (b *builder) finish(edge bool) {
	c := b.chain
	slices.Reverse(c.Spans)
	slices.Reverse(c.Places)
	if b.last == nil {
		return
	}
	if c.First = b.last.start; c.First.IsZero() {
		c.First = b.last.end
	}
	switch {
	case b.last.first:
		c.Begins = "start"
	case edge:
		c.Begins = "edge"
	}
	c.oldest, c.oldestEnd = b.oldest, b.last.end
}
