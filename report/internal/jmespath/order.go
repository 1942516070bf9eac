package jmespath

import (
	"fmt"
	"slices"
)

func callReverse(args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		r := []rune(s)
		slices.Reverse(r)
		return string(r), nil
	}
	list := clone(args[0].([]any))
	slices.Reverse(list)
	return list, nil
}

func clone(list []any) []any { return append(NewArray(len(list)), list...) }

func callSort(args []any) (any, error) {
	list := clone(args[0].([]any))
	slices.SortStableFunc(list, order)
	return list, nil
}

// order is compare for values that are known to be of one type.
func order(x, y any) int {
	c, _ := compare(x, y)
	return c
}

func callMax(args []any) (any, error) { return most(args[0].([]any), args[0].([]any), 1), nil }
func callMin(args []any) (any, error) { return most(args[0].([]any), args[0].([]any), -1), nil }

// most returns the first element with the greatest key, or the least one where the sign is -1; of none null.
func most(list, keys []any, sign int) any {
	if len(list) == 0 {
		return nil
	}
	best := 0
	for i := range keys {
		if sign*order(keys[i], keys[best]) > 0 {
			best = i
		}
	}
	return list[best]
}

func callMaxBy(args []any) (any, error) { return mostBy(args, 1) }
func callMinBy(args []any) (any, error) { return mostBy(args, -1) }

func mostBy(args []any, sign int) (any, error) {
	list := args[0].([]any)
	keys, err := keysOf(list, args[1])
	if err != nil {
		return nil, err
	}
	return most(list, keys, sign), nil
}

func callSortBy(args []any) (any, error) {
	list := args[0].([]any)
	keys, err := keysOf(list, args[1])
	if err != nil || len(list) == 0 {
		return args[0], err
	}
	at := make([]int, len(list))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return order(keys[a], keys[b]) })
	out := NewArray(len(list))
	for _, n := range at {
		out = append(out, list[n])
	}
	return out, nil
}

// keysOf evaluates an expression for each element: it must give strings only, or numbers only.
func keysOf(list []any, by any) ([]any, error) {
	keys := make([]any, len(list))
	for i, v := range list {
		key, err := by.(expref).eval(v)
		if err != nil {
			return nil, err
		}
		if typ := typeName(key); typ != "string" && typ != "number" || typ != typeName(keyOr(keys, i, key)) {
			return nil, fmt.Errorf("element %d has a key of type %s: all must be strings, or all numbers", i, typ)
		}
		keys[i] = key
	}
	return keys, nil
}

// keyOr returns the first of the keys, which is this one where there is none yet.
func keyOr(keys []any, i int, key any) any {
	if i == 0 {
		return key
	}
	return keys[0]
}
