package report

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// destroysMore are guards' calls whose loss is that of data, which weighs more than that they guard as well.
var destroysMore = []string{"DeleteBucket", "DisableKey", "ScheduleKeyDeletion", "DeleteImportedKeyMaterial", "DeleteBackupPlan", "DeleteBackupVault"}

// guarding says what a call does to what guards or records, as the ledger of defences tells it: by the parameters, since the same call turns
// things on and off.
func (e *toldEvent) guarding(rec *parser.Record) act {
	name := parser.Action(e.Name)
	have := e.act
	for i := range guards[name] {
		g := &guards[name][i]
		if g.effect == restores || !serves(g.service, e.Source) || !g.holds(rec) {
			continue
		}
		if g.effect == weakens || e.targets == nil {
			e.targets, e.parts = g.targets(rec, e.Account), max(len(strings.Fields(g.names)), 1)
		}
		switch {
		case e.act == actDestroy && slices.Contains(destroysMore, name):
			return e.act
		case g.effect == weakens:
			return actDefence
		}
		if e.act == actChange || e.act == actDestroy {
			have = actGuard
		}
	}
	if _, trail := trailCalls[name]; trail && e.Source == trailService {
		e.targets, e.parts = []string{textOfFirst(rec, "<name|<trailName|<eventDataStore")}, 1
		if e.act == actChange {
			have = ofTrail(name, rec)
		}
	}
	return have
}

// ofTrail says what a call that sets how a trail or event data store records does: it weakens it where it turns something off, or leaves all
// reads or writes among management events out. What it was before, the call does not say.
func ofTrail(name string, rec *parser.Record) act {
	req, ok := rec.Get("requestParameters")
	switch {
	case strings.HasPrefix(name, "Create"), strings.HasPrefix(name, "Start"), strings.HasPrefix(name, "Restore"):
		return actChange
	case !ok || req.IsNull():
		return actGuard
	}
	for _, names := range flagNames {
		for _, n := range names {
			if triOf(textAt(req, n)) == isFalse {
				return actDefence
			}
		}
	}
	if s := parseSelectors(req); s != nil {
		if reads, writes := s.access(probe{category: catManagement}); reads == recordsNot || writes == recordsNot {
			return actDefence
		}
	}
	if v, ok := req.Get("insightSelectors"); ok && name == "PutInsightSelectors" {
		n := 0
		v.Each(func(parser.Value) bool { n++; return true })
		if n == 0 {
			return actDefence
		}
	}
	return actGuard
}
