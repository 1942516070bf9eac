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
	kept [1 << 12]atomic.Pointer[opened]
}

// opened is what a Gate may look at, and which detectors it let through.
type opened struct {
	userAgent, errorCode, eventType, identityType string
	wanted                                        []int32
}

// maxKept is the longest that is kept, so that all take 3 MB at most: few user agents are longer.
const maxKept = 512

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

// hashOf mixes the user agent with how long the rest is.
func hashOf(r *parser.Record) uint32 {
	return hashText(mix(0, uint64(len(r.ErrorCode)+len(r.EventType)<<8+len(r.Identity.Type)<<16)), r.UserAgent)
}

// mix is a step of a hash: the constants are 2 to the 64 divided by the golden ratio, and
// one of MurmurHash3's.
func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9E3779B97F4A7C15
	h = (h ^ h>>32) * 0xFF51AFD7ED558CCD
	return h
}
