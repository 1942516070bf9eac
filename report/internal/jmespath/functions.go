package jmespath

import (
	"fmt"
	"strings"
)

// A signature says what a function takes: for each argument the types that it may have, joined
// by "|"; "" for any. "array-number" is an array of numbers.
type signature struct {
	args     []string
	variadic bool // the last argument may come again
	call     func(args []any) (any, error)
}

// functions are those of the specification. It is filled by a function, because calls evaluate
// expressions that call functions.
var functions = makeFunctions()

func makeFunctions() map[string]signature {
	of := func(call func([]any) (any, error), args ...string) signature {
		return signature{args: args, call: call}
	}
	some := func(call func([]any) (any, error), args ...string) signature { return signature{args, true, call} }
	const ordered = "array-number|array-string"
	return map[string]signature{
		"abs": of(callAbs, "number"), "avg": of(callAvg, "array-number"), "ceil": of(callCeil, "number"),
		"contains": of(callContains, "array|string", ""), "ends_with": of(callEndsWith, "string", "string"),
		"floor": of(callFloor, "number"), "join": of(callJoin, "string", "array-string"), "keys": of(callKeys, "object"),
		"length": of(callLength, "string|array|object"), "map": of(callMap, "expref", "array"),
		"max": of(callMax, ordered), "max_by": of(callMaxBy, "array", "expref"), "merge": some(callMerge, "object"),
		"min": of(callMin, ordered), "min_by": of(callMinBy, "array", "expref"), "not_null": some(callNotNull, ""),
		"reverse": of(callReverse, "array|string"), "sort": of(callSort, ordered), "sort_by": of(callSortBy, "array", "expref"),
		"starts_with": of(callStartsWith, "string", "string"), "sum": of(callSum, "array-number"), "to_array": of(callToArray, ""),
		"to_number": of(callToNumber, ""), "to_string": of(callToString, ""), "type": of(callType, ""), "values": of(callValues, "object"),
	}
}

// function makes a call. An unknown function or a wrong number of arguments is an error.
func function(name string, parts []eval) (eval, error) {
	f, ok := functions[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("no function has the name %s", name)
	case len(parts) < len(f.args), len(parts) > len(f.args) && !f.variadic:
		return nil, fmt.Errorf("%s() with %d arguments: it takes %d", name, len(parts), len(f.args))
	}
	return func(v any) (any, error) {
		args := make([]any, len(parts))
		for i, e := range parts {
			a, err := e(v)
			if err == nil {
				err = checkType(a, f.args[min(i, len(f.args)-1)])
			}
			if err != nil {
				return nil, fmt.Errorf("%s(): %w", name, err)
			}
			args[i] = a
		}
		r, err := f.call(args)
		if err != nil {
			return nil, fmt.Errorf("%s(): %w", name, err)
		}
		return r, nil
	}, nil
}

// checkType says what is wrong with an argument.
func checkType(v any, allowed string) error {
	if allowed == "" {
		return nil
	}
	is := typeName(v)
	for a := range strings.SplitSeq(allowed, "|") {
		array, element, _ := strings.Cut(a, "-")
		if array == is && (element == "" || allOf(v.([]any), element)) {
			return nil
		}
	}
	return fmt.Errorf("an argument of type %s, where %s is wanted", is, strings.ReplaceAll(allowed, "|", " or "))
}

func allOf(list []any, typ string) bool {
	for _, v := range list {
		if typeName(v) != typ {
			return false
		}
	}
	return true
}

func callContains(args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		part, ok := args[1].(string)
		if !ok {
			return nil, fmt.Errorf("a string cannot contain a %s", typeName(args[1]))
		}
		return strings.Contains(s, part), nil
	}
	for _, v := range args[0].([]any) {
		if same(v, args[1]) {
			return true, nil
		}
	}
	return false, nil
}

func callEndsWith(args []any) (any, error) {
	return strings.HasSuffix(args[0].(string), args[1].(string)), nil
}

func callStartsWith(args []any) (any, error) {
	return strings.HasPrefix(args[0].(string), args[1].(string)), nil
}

func callJoin(args []any) (any, error) {
	list := args[1].([]any)
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = v.(string)
	}
	return strings.Join(parts, args[0].(string)), nil
}

func callKeys(args []any) (any, error) {
	list := NewArray(0)
	for _, m := range args[0].(*Object).Members {
		list = append(list, m.Name)
	}
	return list, nil
}

func callValues(args []any) (any, error) { return args[0].(*Object).values(), nil }

func callLength(args []any) (any, error) {
	switch v := args[0].(type) {
	case []any:
		return int64(len(v)), nil
	case *Object:
		return int64(len(v.Members)), nil
	}
	return int64(len([]rune(args[0].(string)))), nil
}

func callMap(args []any) (any, error) {
	list := args[1].([]any)
	out := NewArray(len(list))
	for _, v := range list {
		r, err := args[0].(expref).eval(v)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func callMerge(args []any) (any, error) {
	merged := &Object{}
	for _, a := range args {
		for _, m := range a.(*Object).Members {
			merged.Set(m.Name, m.Value)
		}
	}
	return merged, nil
}

func callNotNull(args []any) (any, error) {
	for _, v := range args {
		if v != nil {
			return v, nil
		}
	}
	return nil, nil
}

func callToArray(args []any) (any, error) {
	if list, ok := args[0].([]any); ok {
		return list, nil
	}
	return append(NewArray(1), args[0]), nil
}

func callType(args []any) (any, error) { return typeName(args[0]), nil }
