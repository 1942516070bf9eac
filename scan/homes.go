package scan

import (
	"slices"
	"strings"
)

// homes are the accounts that receive the events of a run. Where there are more than
// MaxHomes, none is told: which of them a worker meets first is chance.
type homes struct {
	last string
	all  map[string]bool
	many bool
}

// MaxHomes is how many accounts are held to be one's own because the evidence has their
// events. The report lists as many.
const MaxHomes = 1000

// see notes the account of a record, whose text may change.
func (h *homes) see(account string) {
	if account == h.last || h.many {
		return
	}
	h.last = strings.Clone(account)
	h.add(h.last)
}

func (h *homes) add(account string) {
	switch {
	case account == "" || h.all[account] || h.many:
	case len(h.all) >= MaxHomes:
		h.many, h.all = true, nil
	default:
		if h.all == nil {
			h.all = map[string]bool{}
		}
		h.all[account] = true
	}
}

// merge adds what another has seen.
func (h *homes) merge(o *homes) {
	if o.many {
		h.many, h.all = true, nil
	}
	for account := range o.all {
		h.add(account)
	}
}

// list returns the accounts, sorted.
func (h *homes) list() (all []string) {
	for account := range h.all {
		all = append(all, account)
	}
	slices.Sort(all)
	return all
}
