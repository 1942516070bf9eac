package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A weakening is what a call weakened, as one that takes it back has it in common; without target: all there is of it in account and region.
type weakening struct{ kind, what, account, region, target string }

// offOn are the calls that turn off what records, and those that turn it on again. The guards leave them to coverage.
var offOn = map[string]string{"StopLogging": "trail", "StartLogging": "trail", "StopEventDataStoreIngestion": "event data store", "StartEventDataStoreIngestion": "event data store"}

// weakenings returns what a call weakens, or what it takes back.
func weakenings(r *Row, rec *parser.Record, how effect) (all []weakening) {
	name, w := parser.Action(r.Text(2)), weakening{account: own(r.Text(5)), region: own(r.Text(4))}
	for i := range guards[name] {
		g := &guards[name][i]
		if g.effect != how || !serves(g.service, r.Text(3)) || !g.holds(rec) {
			continue
		}
		w.kind, w.what, w.target = g.kind, g.what, ""
		if how == restores && g.names == "" {
			all = append(all, w)
			continue
		}
		for _, w.target = range g.targets(rec, w.account) {
			all = append(all, w)
		}
	}
	if kind := offOn[name]; kind != "" && r.Text(3) == trailService && (how == restores) == strings.HasPrefix(name, "Start") {
		w.kind, w.what, w.target = kind, "not logging", plainName("cloudtrail", textOfFirst(rec, "<name|<eventDataStore"))
		all = append(all, w)
	}
	return all
}

// restoring are the calls that take back something of some kinds.
func restoring(kinds map[string]bool) *textPredicate {
	return named(func(name string) bool {
		return strings.HasPrefix(name, "Start") && kinds[offOn[name]] || slices.ContainsFunc(guards[name], func(g guard) bool { return g.effect == restores && kinds[g.kind] })
	})
}

// takenBack finds what took back what the incidents weakened, whoever did it: of each the last call; and which users were renamed and which
// keys ended since they began.
func (b *incidentBuilder) takenBack(drafts []*incidentDraft) error {
	kinds := map[string]bool{}
	since := int64(math.MaxInt64)
	b.restored, b.keys, b.renamings = map[weakening]*Mark{}, map[string]keyEnd{}, map[renamingOf][]int{}
	for _, d := range drafts {
		since = min(since, d.events[0].Time.Truncate(time.Second).UnixMicro())
		for i := range d.events {
			for _, w := range d.events[i].off {
				kinds[w.kind], b.restored[w] = true, nil
				w.target = ""
				b.restored[w] = nil
			}
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	k, calls := keeper{}, either{restoring(kinds), named(func(name string) bool { return renames[name].is != "" || keyEnds[name] })}
	return b.store.scanCalls(b.ctx, filterOf(&timePredicate{span64{since, math.MaxInt64}}, calls), keepColumns, parts, func(r *Row, rec *parser.Record) error {
		if k.outcome(r) != succeeded {
			return nil
		}
		b.renames(r, rec)
		b.endsKey(r, rec)
		for _, w := range weakenings(r, rec, restores) {
			if _, wanted := b.restored[w]; wanted {
				b.restored[w] = &Mark{Time: r.Time(), EventID: own(cmp.Or(r.Text(1), r.Text(0))), Event: own(r.Text(2))}
			}
		}
		return nil
	})
}

// restoredBy returns the last call that took back all of what an event weakened, if calls did and none in its second: the order in that
// is not known.
func (d *incidentDraft) restoredBy(e *toldEvent) (last *Mark) {
	for _, w := range e.off {
		by := d.b.restored[w]
		w.target = ""
		if every := d.b.restored[w]; by == nil || every != nil && every.Time.After(by.Time) {
			by = every
		}
		if by == nil || !by.Time.After(e.Time) || sameSecond(by.Time, e.Time) {
			return nil
		}
		if last == nil || by.Time.After(last.Time) {
			last = by
		}
	}
	return last
}

// isRestored is about what somebody has taken back: to be looked at, and not done again.
func (e *toldEvent) isRestored(r *repair, where string, by *Mark) ContainmentStep {
	why := fmt.Sprintf("See whether it is still so that %s at %s (event %s) took back %s", quoteName(by.Event), clockOf(by.Time), by.EventID, where)
	return e.restoring(&repair{verify: r.verify, note: "Then nothing is to be undone."}, why)
}
