package sigma

import (
	"cmp"
	"slices"
)

// ordered returns an expr that is as true as e, and in which what is asked first is what
// costs least: hot fields before those that have to be looked for.
func ordered(e expr) expr {
	switch e := e.(type) {
	case and:
		parts := make(and, 0, len(e))
		for _, part := range flatten(e) {
			parts = append(parts, ordered(part))
		}
		slices.SortStableFunc(parts, func(a, b expr) int { return cmp.Compare(cost(a), cost(b)) })
		if len(parts) == 1 {
			return parts[0]
		}
		return parts
	case or:
		parts := make(or, 0, len(e))
		for _, part := range e {
			parts = append(parts, ordered(part))
		}
		slices.SortStableFunc(parts, func(a, b expr) int { return cmp.Compare(cost(a), cost(b)) })
		if len(parts) == 1 {
			return parts[0]
		}
		return parts
	case not:
		return not{ordered(e.expr)}
	}
	return e
}

// cost says in what order things are asked: roughly, what each takes.
func cost(e expr) int {
	switch e := e.(type) {
	case never:
		return 0
	case equals:
		return e.price()
	case compare:
		price := e.price()
		if _, slow := e.test.(matches); slow {
			price += 5
		}
		return price + 1
	case exists:
		return e.price() + 3
	case absent:
		return e.price() + 3
	case not:
		return cost(e.expr) + 12 // filters seldom decide
	case and:
		return most(e)
	case or:
		return most(e)
	case refer:
		return 20
	}
	return 100 // keywords look at the whole event
}

func most(parts []expr) (price int) {
	for _, part := range parts {
		price += cost(part)
	}
	return price
}

// price is what it takes to find the field.
func (f *field) price() int {
	switch {
	case f.head == "coldtrail":
		return 30
	case f.name == "eventName":
		return 1
	case f.hot != nil:
		return 2
	}
	return 12
}
