package detect

import (
	"strings"
	"sync/atomic"

	"github.com/coldtrail/coldtrail/parser"
)

// gates are the detectors of a Set that have a Gate. What they look at repeats: a few
// thousand user agents, types and error codes make all of an archive. So what the detectors
// said is kept until others take its place, in memory that is bounded. All goroutines share
// it; what one forgets, it finds out anew.
type gates struct {
	of   []int32
	kept [1 << 13]atomic.Pointer[opened]
}

// opened is what a Gate may look at, and which detectors it let through.
type opened struct {
	userAgent, errorCode, eventType, identityType string
	wanted                                        []int32
}

// maxKept is the longest text that is kept: CloudTrail cuts user agents at 1 KB.
const maxKept = 1 << 10

// wanted returns the detectors whose gates are open.
func (g *gates) wanted(ask []*Detector, r *parser.Record) []int32 {
	at := hashOf(r) & uint32(len(g.kept)-1)
	first, second := &g.kept[at], &g.kept[at^1]
	found := first.Load()
	if found.is(r) {
		return found.wanted
	}
	if other := second.Load(); other.is(r) {
		return other.wanted
	}
	o := &opened{strings.Clone(r.UserAgent), strings.Clone(r.ErrorCode), strings.Clone(r.EventType), strings.Clone(r.Identity.Type), nil}
	for _, i := range g.of {
		if ask[i].Gate(r) {
			o.wanted = append(o.wanted, i)
		}
	}
	if len(r.UserAgent)+len(r.ErrorCode)+len(r.EventType)+len(r.Identity.Type) <= maxKept {
		if found != nil {
			second.Store(found)
		}
		first.Store(o)
	}
	return o.wanted
}

func (o *opened) is(r *parser.Record) bool {
	return o != nil && o.userAgent == r.UserAgent && o.errorCode == r.ErrorCode &&
		o.identityType == r.Identity.Type && o.eventType == r.EventType
}

// hashOf is FNV-1a over what user agents that have most in common differ in: every fourth
// byte and the end; and over the lengths and ends of the rest.
func hashOf(r *parser.Record) uint32 {
	const prime = 16777619
	s := r.UserAgent
	h := uint32(2166136261) ^ uint32(len(s))
	tail := max(len(s)-8, 0)
	for i := 0; i < tail; i += 4 {
		h = (h ^ uint32(s[i])) * prime
	}
	for i := tail; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * prime
	}
	h = (h ^ uint32(len(r.ErrorCode))) * prime
	h = (h ^ uint32(len(r.Identity.Type))) * prime
	h = (h ^ uint32(len(r.EventType))) * prime
	return h ^ h>>15
}
