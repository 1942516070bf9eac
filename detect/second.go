package detect

import (
	"strings"
	"time"
)

// hit is what a Stream sees at once.
type hit struct {
	ref *EventRef
	e   Evidence
}

// maxBatch bounds the hits of one second that are held back to be judged
// together. In a second with more, those behind the first so many are judged
// after them: the busiest accounts make about a tenth of that.
const maxBatch = 4096

// bySecond makes a Stream of a judge that sees all hits of one second at once,
// since which of them came first is not known.
func bySecond(judge func(batch []hit, emit func(Finding)), flush func(emit func(Finding))) Stream {
	var batch []hit
	end := func(emit func(Finding)) {
		if len(batch) > 0 {
			judge(batch, emit)
		}
		clear(batch)
		batch = batch[:0]
	}
	return Stream{
		Next: func(ref *EventRef, e Evidence, emit func(Finding)) {
			if len(batch) >= maxBatch || len(batch) > 0 && batch[0].ref.Time.Unix() != ref.Time.Unix() {
				end(emit)
			}
			batch = append(batch, hit{ref, e})
		},
		Flush: func(emit func(Finding)) { end(emit); flush(emit) },
	}
}

// recent counts the distinct values seen within a span that ends now, and the
// most that it ever counted. It keeps at most max values.
type recent struct {
	span time.Duration
	max  int
	at   map[string]time.Time // when each was seen last
	last time.Time
	peak int

	bytes int // that the values take
}

// recentBytes is the memory that a value takes beside its text.
const recentBytes = valueBytes + 24

// add notes a value; times must not fall. What it counts at the end of a second
// does not depend on the order within it.
func (s *recent) add(value string, t time.Time) {
	if t.After(s.last) {
		for v, seen := range s.at {
			if t.Sub(seen) > s.span {
				delete(s.at, v)
				s.bytes -= recentBytes + len(v)
			}
		}
		s.last = t
	}
	if s.at == nil {
		s.at, s.bytes = map[string]time.Time{}, setBytes
	}
	if _, ok := s.at[value]; ok {
		s.at[value] = t
	} else if len(s.at) < s.max {
		s.at[strings.Clone(value)] = t
		s.bytes += recentBytes + len(value)
	}
	s.peak = max(s.peak, len(s.at))
}

// credentialOf names the credential that made the call: the access key, or else
// the principal with the start of its session, or the address that it came from.
func credentialOf(r *EventRef) string {
	switch {
	case r.Credential != "":
		return r.Credential
	case r.SessionStart != "":
		return r.Principal + " session " + r.SessionStart
	case r.SourceIP != "":
		return r.Principal + " from " + r.SourceIP
	}
	return SubjectOf(r)
}
