package query

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonPath returns a JSON path as the engine reads it. Trino has $ and, after it, .name,
// ["name"] and [0] (JsonPathTokenizer.java). More names than Trino's stand without quotes here, such as
// those with a hyphen. A name that is a number means an element of an array, whichever way
// it is written: an object that has such names is not reached.
func jsonPath(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return "", errors.New("it begins with $")
	}
	var b strings.Builder
	b.WriteByte('$')
	for rest != "" {
		name, after, err := pathStep(rest)
		if err != nil {
			return "", err
		}
		writeStep(&b, name)
		rest = after
	}
	return b.String(), nil
}

func writeStep(b *strings.Builder, name string) {
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		b.WriteString("[" + strconv.FormatUint(n, 10) + "]")
		return
	}
	b.WriteString(`."` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`)
}

// pathStep returns the name that a path begins with, and the rest of the path.
func pathStep(path string) (name, rest string, err error) {
	switch {
	case strings.HasPrefix(path, ".."), strings.HasPrefix(path, ".*"), strings.HasPrefix(path, "[*"), strings.HasPrefix(path, "[?"):
		return "", "", errors.New("wildcards, filters and .. are not supported, in Athena neither")
	case strings.HasPrefix(path, `["`):
		return quotedStep(path, `"]`)
	case strings.HasPrefix(path, "['"):
		return quotedStep(path, "']")
	case path[0] == '[':
		name, rest, ok := strings.Cut(path[1:], "]")
		if !ok || name == "" || strings.ContainsAny(name, `."'[(: `) {
			return "", "", errors.New(`[ wants a number or a name in double quotes, and ]`)
		}
		return name, rest, nil
	case strings.HasPrefix(path, `."`):
		name, rest, ok := strings.Cut(path[2:], `"`)
		if !ok {
			return "", "", errors.New(`" has no end`)
		}
		return name, rest, nil
	case path[0] == '.':
		n := len(path) - 1
		if i := strings.IndexAny(path[1:], ".["); i >= 0 {
			n = i
		}
		if name = path[1 : 1+n]; name == "" || strings.ContainsAny(name, `"'*?()]`) {
			return "", "", errors.New("no name follows the point")
		}
		return name, path[1+n:], nil
	default:
		r, _ := utf8.DecodeRuneInString(path)
		return "", "", errors.New(". or [ is expected, not " + string(r))
	}
}

// quotedStep reads a name in brackets and quotes, in which \ takes a quote and itself.
func quotedStep(path, shut string) (name, rest string, err error) {
	var b strings.Builder
	for i := 2; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path) && (path[i+1] == shut[0] || path[i+1] == '\\'):
			i++
			b.WriteByte(path[i])
		case path[i] == '\\':
			return "", "", errors.New(`\ stands before a quote or another \ only`)
		case path[i] == shut[0]:
			if !strings.HasPrefix(path[i:], shut) {
				return "", "", errors.New("] is expected after the name")
			}
			return b.String(), path[i+2:], nil
		default:
			b.WriteByte(path[i])
		}
	}
	return "", "", errors.New("name in quotes has no end")
}
