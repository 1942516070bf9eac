package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/coldtrail/coldtrail/report/internal/jmespath"
)

// A yamlWriter writes values as the AWS CLI's --output yaml does, which is what libyaml's
// emitter makes of YAML 1.2 with members sorted by name: block style, lines folded at spaces beyond
// the 80th column, quotes where a text would be taken for something else.
type yamlWriter struct {
	bytes.Buffer
	column int
	show   func(string) string
	seen   map[unsafe.Pointer]bool
	err    error
}

// yamlWidth is the column behind which a line is folded at the next space.
const yamlWidth = 80

var errYAMLTwice = errors.New("yaml: the result has an object or list more than once, for which the AWS CLI writes an anchor and aliases: use another --output")

// document writes a value, which is no scalar.
func (w *yamlWriter) document(v any) error {
	w.seen = map[unsafe.Pointer]bool{}
	w.node(v, 0, false)
	w.text("\n")
	return w.err
}

func (w *yamlWriter) text(s string) {
	w.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		w.column = 0
		s = s[i+1:]
	}
	w.column += utf8.RuneCountInString(s)
}

func (w *yamlWriter) breakLine(indent int) {
	w.text("\n")
	w.text(strings.Repeat(" ", indent))
}

// node writes a value whose lines have an indent. inMember says that it stands behind a member's
// colon: there a list of several lines begins on a line of its own, as an object does.
func (w *yamlWriter) node(v any, indent int, inMember bool) {
	if p := identity(v); p != nil {
		if w.seen[p] && w.err == nil {
			w.err = errYAMLTwice
		}
		w.seen[p] = true
	}
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			w.behind(inMember, "[]")
			return
		}
		for i, element := range v {
			if i > 0 || inMember {
				w.breakLine(indent)
			}
			w.text("- ")
			w.node(element, indent+2, false)
		}
	case *jmespath.Object:
		if len(v.Members) == 0 {
			w.behind(inMember, "{}")
			return
		}
		w.object(v, indent, inMember)
	case string:
		if inMember {
			w.text(" ")
		}
		w.scalar(w.show(v), indent, true)
	default:
		w.behind(inMember, yamlScalar(v))
	}
}

func (w *yamlWriter) behind(inMember bool, s string) {
	if inMember {
		w.text(" ")
	}
	w.text(s)
}

func (w *yamlWriter) object(o *jmespath.Object, indent int, inMember bool) {
	members := slices.Clone(o.Members)
	slices.SortFunc(members, func(a, b jmespath.Member) int { return strings.Compare(a.Name, b.Name) })
	for i, m := range members {
		if i > 0 || inMember {
			w.breakLine(indent)
		}
		if (len(m.Name) > maxSimpleKey || strings.ContainsFunc(m.Name, isYAMLBreak)) && w.err == nil {
			w.err = fmt.Errorf("yaml: the name %.20q has a line break, or more than %d bytes: use another --output", m.Name, maxSimpleKey)
		}
		w.scalar(w.show(m.Name), indent, false)
		w.text(":")
		inner := indent + 2
		if _, ok := m.Value.([]any); ok {
			inner = indent // a list's dashes stand below the name
		}
		w.node(m.Value, inner, true)
	}
}

// maxSimpleKey is how long a name can be that YAML writes before a colon without ado.
const maxSimpleKey = 128

// yamlScalar writes null, booleans and numbers.
func yamlScalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strings.ToLower(pythonText(v))
	case float64:
		switch s := jmespath.FormatFloat(v); s {
		case "nan", "inf":
			return "." + s
		case "-inf":
			return "-.inf"
		}
	}
	return pythonText(v)
}

// scalar writes a text: plain, in single quotes or, with escapes, in double ones. fold says that it may be
// continued on further lines, with the indent.
func (w *yamlWriter) scalar(s string, indent int, fold bool) {
	var style func(s string, indent int, fold bool)
	switch f := yamlFacts(s); {
	case f.escapes || f.breaks && !fold:
		style = w.doubleQuoted
	case f.quotes || f.breaks || s == "" || yamlOther(s):
		style = w.singleQuoted
	default:
		style = w.plain
	}
	style(s, indent, fold)
}

// A yamlText is what decides about the style of a text.
type yamlText struct {
	escapes bool // it has what only double quotes can show
	quotes  bool // plain it would be something else
	breaks  bool // it has line breaks
}

func yamlFacts(s string) (f yamlText) {
	f.quotes = strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...")
	afterSpace, afterBreak, first := false, false, true
	blankBefore := true
	for i, r := range s {
		size := utf8.RuneLen(r)
		last := i+size == len(s)
		blankNext := last || isYAMLBlank(s[i+size:])
		switch {
		case first && strings.ContainsRune("#,[]{}&*!|>'\"%@`", r):
			f.quotes = true
		case r == ':' && blankNext, first && (r == '?' || r == '-') && blankNext:
			f.quotes = true
		case r == '#' && blankBefore:
			f.quotes = true
		}
		switch {
		case r == ' ':
			f.quotes = f.quotes || first || last
			f.escapes = f.escapes || afterBreak
		case isYAMLBreak(r):
			f.breaks = true
			f.escapes = f.escapes || afterSpace
		}
		if !isYAMLPrintable(r) {
			f.escapes = true
		}
		afterSpace, afterBreak = r == ' ', isYAMLBreak(r)
		blankBefore = r == ' ' || r == '\t' || afterBreak
		first = false
	}
	return f
}

func isYAMLBlank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == ' ' || r == '\t' || isYAMLBreak(r)
}

func isYAMLBreak(r rune) bool {
	return r == '\r' || r == '\n' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// isYAMLPrintable is libyaml's opinion: nothing beyond the basic plane prints.
func isYAMLPrintable(r rune) bool {
	return r == '\n' || r >= 0x20 && r <= 0x7e || r >= 0xa0 && r <= 0xfffd && r != '\ufeff'
}

// yamlOthers are the plain texts that YAML 1.2 takes for null, booleans, numbers, times and the like.
var yamlOthers = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`true|True|TRUE|false|False|FALSE`,
	`~|null|Null|NULL|<<|=`,
	`[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+`,
	`[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+`,
	`[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)`,
	`[0-9]{4}-[0-9]{2}-[0-9]{2}`,
	`[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?`,
}, "|") + `)$`)

// yamlOther reports whether YAML takes a text for something else. A number begins with a sign, digit or dot.
func yamlOther(s string) bool {
	if strings.HasPrefix(s, "_") {
		return false
	}
	return yamlOthers.MatchString(s)
}

// plain writes a text as it stands.
func (w *yamlWriter) plain(s string, indent int, fold bool) { w.folded(s, indent, fold, false) }

func (w *yamlWriter) singleQuoted(s string, indent int, fold bool) {
	w.text("'")
	w.folded(s, indent, fold, true)
	w.text("'")
}

// folded writes a text in which a single space beyond the width becomes a line break, and a line break two.
func (w *yamlWriter) folded(s string, indent int, fold, quoted bool) {
	afterSpace, afterBreak := false, false
	for i, r := range s {
		inside := !quoted || i > 0 && i < len(s)-1
		switch {
		case r == ' ':
			if fold && !afterSpace && w.column > yamlWidth && inside && !strings.HasPrefix(s[i+1:], " ") {
				w.breakLine(indent)
			} else {
				w.text(" ")
			}
			afterSpace = true
			continue
		case isYAMLBreak(r):
			if !afterBreak && r == '\n' {
				w.text("\n")
			}
			w.text(string(r))
			w.column = 0
			afterBreak = true
			continue
		case afterBreak:
			w.text(strings.Repeat(" ", indent))
		}
		if r == '\'' && quoted {
			w.text("'")
		}
		w.text(string(r))
		afterSpace, afterBreak = false, false
	}
	if afterBreak {
		w.text(strings.Repeat(" ", indent))
	}
}

// yamlEscapes are the escapes of one letter.
var yamlEscapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", '"': `"`, '\\': `\`,
	0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

func (w *yamlWriter) doubleQuoted(s string, indent int, fold bool) {
	w.text(`"`)
	afterSpace := false
	for i, r := range s {
		switch {
		case !isYAMLPrintable(r) || isYAMLBreak(r) || r == '"' || r == '\\':
			w.text(`\` + yamlEscape(r))
			afterSpace = false
		case r == ' ' && fold && !afterSpace && w.column > yamlWidth && i > 0 && i < len(s)-1:
			w.breakLine(indent)
			if s[i+1] == ' ' {
				w.text(`\`)
			}
			afterSpace = true
		default:
			w.text(string(r))
			afterSpace = r == ' '
		}
	}
	w.text(`"`)
}

func yamlEscape(r rune) string {
	switch letter, ok := yamlEscapes[r]; {
	case ok:
		return letter
	case r <= 0xff:
		return fmt.Sprintf("x%02X", r)
	case r <= 0xffff:
		return fmt.Sprintf("u%04X", r)
	}
	return fmt.Sprintf("U%08X", r)
}
