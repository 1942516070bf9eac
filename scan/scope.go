package scan

import (
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// Scope says which events are wanted. Its zero value wants all.
type Scope struct {
	Since    time.Time // events at this time or later
	Until    time.Time // events before this time
	Accounts []string  // recipient accounts
	Regions  []string
}

// LateDelivery is how long after an event its log file may still be delivered
// before an object is skipped by the time in its name. CloudTrail promises
// nothing; it names five minutes as typical, and outages have taken hours.
const LateDelivery = 48 * time.Hour

// clockSlack is by how much an event's time may lie after the minute in the
// name of its file: names are cut to the minute, and clocks differ.
const clockSlack = time.Hour

// includes reports whether the event is wanted.
func (s *Scope) includes(r *parser.Record) bool {
	switch {
	case !s.Since.IsZero() && r.Time.Before(s.Since),
		!s.Until.IsZero() && !r.Time.Before(s.Until),
		len(s.Accounts) > 0 && !slices.Contains(s.Accounts, r.Account),
		len(s.Regions) > 0 && !slices.Contains(s.Regions, r.Region):
		return false
	}
	return true
}

// excludes gives the reason for which no event in an object of that name can be
// in scope, or "".
func (s *Scope) excludes(path string) string {
	if s.Since.IsZero() && s.Until.IsZero() && len(s.Accounts) == 0 && len(s.Regions) == 0 {
		return ""
	}
	p, ok := ParseObjectName(path)
	switch {
	case !ok:
		return ""
	case len(s.Accounts) > 0 && !slices.Contains(s.Accounts, p.Account):
		return "account " + p.Account + " is not asked for"
	case len(s.Regions) > 0 && !slices.Contains(s.Regions, p.Region):
		return "region " + p.Region + " is not asked for"
	case !s.Since.IsZero() && p.Delivered.Add(clockSlack).Before(s.Since):
		return "delivered before the time asked for"
	case !s.Until.IsZero() && p.Delivered.Add(-LateDelivery).After(s.Until):
		return "delivered more than " + LateDelivery.String() + " after the time asked for"
	}
	return ""
}
