package query

import "strconv"

// settle writes what could not be known before the end: the views that stand for tables, and the
// names of the columns.
func (r *rewriter) settle() {
	r.settleTables()
	for _, s := range r.selects {
		r.settleItems(s)
	}
}

// settleItems gives each item of a SELECT the name that Trino would give it: a column's as it is
// typed, and _col0 and so on to what has none (Athena calls it so; "_col" and its number).
func (r *rewriter) settleItems(s *selection) {
	for i, it := range s.items {
		if s.outermost {
			r.out.Items = append(r.out.Items, Item{Name: it.name, Star: it.star})
		}
		if it.star || it.named || it.from == it.to {
			if it.star && it.to == it.from+1 && s.located && r.mentioned["$path"] {
				r.e.wrap(it.from, it.to, "", ` EXCLUDE ("$path")`)
			}
			continue
		}
		name := it.name
		if name == "" {
			name = "_col" + strconv.Itoa(i)
		}
		r.e.wrap(it.from, it.to, "", " AS "+quoteName(name))
	}
}
