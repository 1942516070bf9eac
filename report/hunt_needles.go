package report

import (
	"bytes"
	"context"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// needles are what the request of a call must name for the call to matter to what suspects left
// behind: without them, each record of a call that takes something away would be read.
type needles struct {
	values map[string]bool
	all    bool // they are too many: any such call may matter
}

// maxNeedles is how many are looked for in a request, for some 20 ns each.
const maxNeedles = 512

func (n *needles) add(value string) {
	if value == "" || n.all {
		return
	}
	if n.values == nil {
		n.values = map[string]bool{}
	}
	n.values[value] = true
	n.all = len(n.values) > maxNeedles
}

// predicate holds of the calls that may matter; nil: none does.
func (n *needles) predicate() predicate {
	takesAway := named(func(action string) bool { return mayEnd(action) && ended[action] != nil })
	switch {
	case n.all:
		return takesAway
	case len(n.values) == 0:
		return nil
	}
	var values [][]byte
	for v := range n.values {
		values = append(values, []byte(v))
	}
	return &bothPredicate{takesAway, &textPredicate{leaves: []int{leafRequest}, tests: tests(func(b []byte) bool {
		if bytes.IndexByte(b, '\\') >= 0 { // what it names may be escaped
			return true
		}
		for _, v := range values {
			if bytes.Contains(b, v) {
				return true
			}
		}
		return false
	})}}
}

// needles looks for what suspects left behind, and for their keys.
func (h *hunt) needles(ctx context.Context) (*needles, error) {
	n := &needles{}
	for key := range h.tally.suspects.keys() {
		n.add(key)
	}
	linked := h.linked()
	makes := &bothPredicate{named(func(action string) bool { return made[action] != nil || issues(action) }), linked}
	h.closely, h.recorded = append(either{makes}, h.handOut()...), &ordinalPredicate{}
	err := eachBlock(ctx, h.store, anyOf(h.closely), h.entries, func(batch []scan.Entry) error {
		for i := range batch {
			n.left(&batch[i])
		}
		return nil
	})
	return n, err
}

// left adds what a call left behind or handed out.
func (n *needles) left(e *scan.Entry) {
	rec := parser.Record{Raw: e.Carried}
	action := e.Ref.Action()
	if outcomeOf(&e.Ref) != succeeded {
		return
	}
	if issues(action) {
		key, _ := issued(&rec)
		n.add(key)
	}
	for i := range made[action] {
		tr := &made[action][i]
		if !serves(tr.service, e.Ref.EventSource) {
			continue
		}
		for _, thing := range tr.things(&rec, "", "") {
			for _, key := range thing.keys {
				for _, value := range strings.Split(key, "\x00")[3:] { // behind family, account and region
					n.add(value)
				}
			}
		}
	}
}
