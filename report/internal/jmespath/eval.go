package jmespath

import (
	"errors"
	"fmt"
)

// An expref is an expression as a value: &name.
type expref struct{ eval }

func current(v any) (any, error) { return v, nil }

func constant(c any) eval { return func(any) (any, error) { return c, nil } }

func field(name string) eval {
	return func(v any) (any, error) {
		if o, ok := v.(*Object); ok {
			return o.Get(name), nil
		}
		return nil, nil
	}
}

func reference(e eval) eval { return constant(expref{e}) }

func pipe(left, right eval) eval {
	return func(v any) (any, error) {
		v, err := left(v)
		if err != nil {
			return nil, err
		}
		return right(v)
	}
}

func or(left, right eval) eval {
	return func(v any) (any, error) {
		l, err := left(v)
		if err != nil || truth(l) {
			return l, err
		}
		return right(v)
	}
}

func and(left, right eval) eval {
	return func(v any) (any, error) {
		l, err := left(v)
		if err != nil || !truth(l) {
			return l, err
		}
		return right(v)
	}
}

func not(e eval) eval {
	return func(v any) (any, error) {
		v, err := e(v)
		return !truth(v), err
	}
}

// comparison compares. < and the like are of numbers and of strings; of anything else the result is null.
func comparison(op kind, left, right eval) eval {
	return func(v any) (any, error) {
		l, err := left(v)
		if err != nil {
			return nil, err
		}
		r, err := right(v)
		if err != nil {
			return nil, err
		}
		switch op {
		case "==":
			return equal(l, r), nil
		case "!=":
			return !equal(l, r), nil
		}
		if !comparable(l) || !comparable(r) {
			return nil, nil
		}
		c, ok := compare(l, r)
		if !ok {
			return nil, fmt.Errorf("%s: a %s cannot be compared with a %s", op, typeName(l), typeName(r))
		}
		return op == "<" && c < 0 || op == "<=" && c <= 0 || op == ">" && c > 0 || op == ">=" && c >= 0, nil
	}
}

func comparable(v any) bool {
	switch v.(type) {
	case int64, float64, string:
		return true
	}
	return false
}

// overList applies each to the elements of an array that meet the condition, if there is one,
// and leaves out what gives null. Of any other value the result is null.
func overList(base, each, condition eval) eval {
	return func(v any) (any, error) {
		v, err := base(v)
		list, ok := v.([]any)
		if err != nil || !ok {
			return nil, err
		}
		out := NewArray(0)
		for _, element := range list {
			if condition != nil {
				met, err := condition(element)
				if err != nil {
					return nil, err
				}
				if !truth(met) {
					continue
				}
			}
			r, err := each(element)
			if err != nil {
				return nil, err
			}
			if r != nil {
				out = append(out, r)
			}
		}
		return out, nil
	}
}

// overValues is overList for the values of an object.
func overValues(base, each eval) eval {
	return overList(func(v any) (any, error) {
		v, err := base(v)
		o, ok := v.(*Object)
		if err != nil || !ok {
			return nil, err
		}
		return o.values(), nil
	}, each, nil)
}

func (o *Object) values() []any {
	list := NewArray(len(o.Members))
	for i := range o.Members {
		list = append(list, o.Members[i].Value)
	}
	return list
}

// flattened puts the elements of arrays in an array in their place.
func flattened(base eval) eval {
	return func(v any) (any, error) {
		v, err := base(v)
		list, ok := v.([]any)
		if err != nil || !ok {
			return nil, err
		}
		out := NewArray(0)
		for _, element := range list {
			if inner, ok := element.([]any); ok {
				out = append(out, inner...)
			} else {
				out = append(out, element)
			}
		}
		return out, nil
	}
}

func index(base eval, n int) eval {
	return func(v any) (any, error) {
		v, err := base(v)
		list, ok := v.([]any)
		if err != nil || !ok {
			return nil, err
		}
		i := n
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil, nil
		}
		return list[i], nil
	}
}

// slice takes elements as Python does: from start to before stop, every step-th.
func slice(base eval, parts [3]*int) eval {
	return func(v any) (any, error) {
		v, err := base(v)
		list, ok := v.([]any)
		if err != nil || !ok {
			return nil, err
		}
		step := 1
		if parts[2] != nil {
			step = *parts[2]
		}
		if step == 0 {
			return nil, errors.New("a slice's step is 0")
		}
		first, last := 0, len(list) // bounds, for a step forward
		if step < 0 {
			first, last = -1, len(list)-1
		}
		start, stop := bound(parts[0], len(list), first, last, step > 0), bound(parts[1], len(list), first, last, step < 0)
		out := NewArray(0)
		for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
			out = append(out, list[i])
			if step > 0 && i > stop-step || step < 0 && i < stop-step {
				break // the next one lies beyond, and the sum might overflow
			}
		}
		return out, nil
	}
}

// bound places an end of a slice between first and last. One that is missing is first or last.
func bound(n *int, length, first, last int, isFirst bool) int {
	if n == nil {
		if isFirst {
			return first
		}
		return last
	}
	i := *n
	if i < 0 {
		i += length
	}
	return max(first, min(i, last))
}

// listOf makes an array of what several expressions give; of null it is null.
func listOf(parts []eval) eval {
	return func(v any) (any, error) {
		if v == nil {
			return nil, nil
		}
		list := make([]any, len(parts))
		for i, e := range parts {
			r, err := e(v)
			if err != nil {
				return nil, err
			}
			list[i] = r
		}
		return list, nil
	}
}

// hashOf makes an object of what several expressions give; of null it is null.
func hashOf(names []string, parts []eval) eval {
	return func(v any) (any, error) {
		if v == nil {
			return nil, nil
		}
		o := &Object{}
		for i, e := range parts {
			r, err := e(v)
			if err != nil {
				return nil, err
			}
			o.Set(names[i], r)
		}
		return o, nil
	}
}
