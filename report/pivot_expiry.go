package report

import (
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// expiryForms are the ways in which records write when a credential expires, in UTC.
var expiryForms = [...]string{"Jan 2, 2006, 3:04:05 PM", "Jan 2, 2006 3:04:05 PM", time.RFC3339}

// expiryOf reads when a credential expires. Some records have a narrow space before AM and PM.
func expiryOf(s string) (time.Time, bool) {
	s = strings.ReplaceAll(s, "\u202f", " ")
	for _, form := range expiryForms {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// expires notes when what an event of the tree handed out expires, and whether that is after the
// end of the evidence: such a session outlives the key that it came from.
func (p *Pivot) expires(rec *parser.Record, end time.Time) {
	key, expiry := issued(rec)
	if key == "" || expiry == "" {
		return
	}
	id, ok := p.lineage.Key(key)
	if !ok {
		return
	}
	number, ok := p.numbers[id]
	if !ok || number >= len(p.Nodes) {
		return
	}
	n := &p.Nodes[number]
	at, ok := expiryOf(expiry)
	switch {
	case !ok:
		n.Expiry = expiry
	case at.After(n.Expires): // of a session of several keys the last one
		n.Expires, n.Alive = at, at.After(end)
	}
}
