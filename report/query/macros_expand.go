package query

import (
	"strconv"
	"strings"
)

// levelOf returns the highest number in the names that lambdas of macros have in a text: t, a number, _ and the name in
// the definition.
func levelOf(text string) (level int) {
	for i := strings.IndexByte(text, 't'); i >= 0; {
		digits := span(text[i+1:], isDigit)
		rest := text[i+1+digits:]
		if 0 < digits && digits < maxLevel && len(rest) > 1 && rest[0] == '_' && 'a' <= rest[1] && rest[1] <= 'z' && (i == 0 || wordSpan(text[i-1:i]) == 0) {
			n, _ := strconv.Atoi(text[i+1 : i+1+digits]) // fits
			level = max(level, n)
		}
		n := strings.IndexByte(rest, 't')
		if n < 0 {
			break
		}
		i += 1 + digits + n
	}
	return level
}

// maxLevel is the number of digits from which on a number is none of a macro's.
const maxLevel = 10

// prepare writes the macro out once, with the macros that it calls.
func (m *macro) prepare() {
	m.once.Do(func() {
		m.parts = m.expandBody(m.body, nil)
		m.size = macroSize(m.parts)
		m.uses = make([]int, len(m.params))
		for _, p := range m.parts {
			if p.param >= 0 {
				m.uses[p.param]++
			}
		}
	})
}

// A scope has the parameters of the lambdas around a place in a macro's body, with their levels.
type scope struct {
	names map[string]int
	outer *scope
}

func (s *scope) level(name string) int {
	for ; s != nil; s = s.outer {
		if n, ok := s.names[name]; ok {
			return n
		}
	}
	return 0
}

// expandBody writes tokens of the body out. The last token of a fragment is followed by a space, since the
// tokens come without theirs.
func (m *macro) expandBody(body []token, s *scope) []macroPart {
	var parts []macroPart
	for i := 0; i < len(body); i++ {
		t := &body[i]
		switch {
		case t.is("trino") && i+2 < len(body) && body[i+1].is("."):
			name, _ := body[i+2].name()
			end := i + 3 + closing(body[i+3:])
			parts = append(parts, m.expandCall(name, body[i+4:end], s)...)
			i = end
		case t.is("lambda"):
			colon := i
			names := map[string]int{}
			for colon++; !body[colon].is(":"); colon++ {
				if body[colon].kind == wordToken {
					names[body[colon].text] = 0
				}
			}
			end := colon + 1 + argumentEnd(body[colon+1:])
			parts = append(parts, m.expandLambda(body[i:colon+1], names, body[colon+1:end], s)...)
			i = end - 1
		case t.kind == wordToken && s.level(t.text) > 0 && !precededByDot(body, i) && !namesField(body, i):
			parts = append(parts, macroPart{text: t.text, param: -1, level: s.level(t.text)})
		case t.kind == wordToken && m.param(t.text) >= 0 && !precededByDot(body, i) && !namesField(body, i):
			parts = append(parts, macroPart{param: m.param(t.text)})
		default:
			m.tries = m.tries || t.is("TRY")
			parts = append(parts, macroPart{text: t.text, param: -1})
		}
	}
	return parts
}

func precededByDot(body []token, i int) bool { return i > 0 && body[i-1].is(".") }

// namesField reports whether a word is the name of a field in struct_pack(name := …).
func namesField(body []token, i int) bool { return i+1 < len(body) && body[i+1].is(":=") }

func (m *macro) param(name string) int {
	for i, p := range m.params {
		if p == name {
			return i
		}
	}
	return -1
}

// closing returns the number of the token that closes the bracket with which a list begins.
func closing(t []token) int {
	depth := 0
	for i := range t {
		if depth += nesting(&t[i]); depth == 0 {
			return i
		}
	}
	return len(t) - 1
}

// argumentEnd returns the number of the token after an argument that begins a list.
func argumentEnd(t []token) int {
	depth := 0
	for i := range t {
		if depth == 0 && t[i].is(",") {
			return i
		}
		if depth += nesting(&t[i]); depth < 0 {
			return i
		}
	}
	return len(t)
}

// expandLambda writes a lambda out, whose parameters get names above all those in its body's surroundings.
func (m *macro) expandLambda(head []token, names map[string]int, body []token, s *scope) []macroPart {
	level := 1
	for o := s; o != nil; o = o.outer {
		for _, n := range o.names {
			level = max(level, n+1)
		}
	}
	for name := range names {
		names[name] = level
	}
	inner := &scope{names: names, outer: s}
	var parts []macroPart
	for i := range head {
		p := macroPart{text: head[i].text, param: -1}
		if _, ok := names[p.text]; ok && head[i].kind == wordToken {
			p.level = level
		}
		parts = append(parts, p)
	}
	return append(parts, m.expandBody(body, inner)...)
}

// expandCall writes the call of another macro out.
func (m *macro) expandCall(name string, list []token, s *scope) []macroPart {
	var args [][]macroPart
	for len(list) > 0 {
		n := argumentEnd(list)
		args = append(args, m.expandBody(list[:n], s))
		list = list[min(n+1, len(list)):]
	}
	called := macros()[name][len(args)]
	called.prepare()
	m.tries = m.tries || called.tries
	return called.substitute(args)
}

// bindingSize is how much longer a text may become by arguments that are written more than once.
// Beyond that an argument is given a name by a lambda, which costs a little when the query runs.
const bindingSize = 240

// boundEnd takes the value out of the list that a lambda gave. The slice tells the engine that there may be an
// error, which it does not see in lambdas: else it would compute a condition before those that stand before it.
const boundEnd = ")[1:1][1]"

func macroSize(parts []macroPart) int {
	n := 0
	for _, p := range parts {
		n += max(len(p.text)+1, tokenSize)
	}
	return n
}

func macroLevel(parts []macroPart) int {
	level := 0
	for _, p := range parts {
		level = max(level, p.level)
	}
	return level
}

// substitute writes the macro out with arguments that are parts of another macro's body.
func (m *macro) substitute(args [][]macroPart) []macroPart {
	base := 0
	bound := make([]bool, len(args))
	any := false
	for i, a := range args {
		base = max(base, macroLevel(a))
		bound[i] = len(a) > 1 && m.uses[i] > 1 && (m.uses[i]-1)*macroSize(a) > bindingSize && !m.tries
		any = any || bound[i]
	}
	var out []macroPart
	text := func(s string) { out = append(out, macroPart{text: s, param: -1}) }
	level := base
	if any {
		level++
		text("list_transform([struct_pack(")
		first := true
		for i := range args {
			if !bound[i] {
				continue
			}
			if !first {
				text(",")
			}
			first = false
			text(m.params[i] + " :=")
			out = append(out, args[i]...)
		}
		text(")], lambda")
		out = append(out, macroPart{text: "p", param: -1, level: level})
		text(":")
	}
	for _, p := range m.parts {
		switch {
		case p.param >= 0 && bound[p.param]:
			out = append(out, macroPart{text: "p." + m.params[p.param], param: -1, level: level})
		case p.param >= 0 && len(args[p.param]) == 1:
			out = append(out, args[p.param]...)
		case p.param >= 0:
			text("(")
			out = append(out, args[p.param]...)
			text(")")
		case p.level > 0:
			p.level += level
			out = append(out, p)
		default:
			out = append(out, p)
		}
	}
	if any {
		text(boundEnd)
	}
	return out
}

// isMacro reports whether a function of Trino is one of the macros.
func isMacro(name string) bool { return macros()[name] != nil }

// callMacro puts a macro's body in the place of the tokens from i up to j.
func (r *rewriter) callMacro(i, j int, name string, args ...node) {
	if m := r.macro(i, name, args); m != nil {
		r.e.put(i, j, r.written(m, args))
	}
}

// macro finds a macro for arguments. It refuses a number of them that no macro takes.
func (r *rewriter) macro(at int, name string, args []node) *macro {
	m := macros()[name][len(args)]
	if m == nil {
		r.refuse(at, KindName, "function %s does not take %d arguments", name, len(args))
		return nil
	}
	m.prepare()
	if m.tries && r.binds(m, args) {
		if valid := macros()["valid_"+name][len(args)]; valid != nil {
			valid.prepare()
			return valid
		}
	}
	return m
}

// binds reports whether any of the arguments is given a name.
func (r *rewriter) binds(m *macro, args []node) bool {
	for i := range args {
		if r.bound(m, i, args[i]) {
			return true
		}
	}
	return false
}

// bound reports whether an argument is given a name: because it would be written too often, or because
// it has another value each time.
func (r *rewriter) bound(m *macro, i int, arg node) bool {
	if m.uses[i] < 2 || arg.to-arg.from < 2 || arg.shape == columnShape {
		return false
	}
	size, _ := r.e.measure(arg.from, arg.to)
	if (m.uses[i]-1)*size > bindingSize {
		return true
	}
	for k := arg.from; k < arg.to; k++ {
		if r.token(k).isAny("RANDOM", "RAND", "UUID") {
			return true
		}
	}
	return false
}

// maxGrowth bounds what macros add to a statement, in bytes. The engine would take minutes and gigabytes to parse more.
const maxGrowth = 8 << 20

// written returns the macro's body with arguments that are ranges of tokens.
func (r *rewriter) written(m *macro, args []node) []fragment {
	if r.grown += m.size; r.grown > maxGrowth {
		r.refuse(r.n, KindSyntax, "statement becomes too long: it calls too many functions that have to be translated")
		return nil
	}
	level := r.level
	for _, a := range args {
		_, n := r.e.measure(a.from, a.to)
		level = max(level, n)
	}
	var out []fragment
	text := func(s string) { out = append(out, fragment{text: s}) }
	bound := make([]bool, len(args))
	opened := false
	for i, a := range args {
		if bound[i] = r.bound(m, i, a) && !m.tries; !bound[i] {
			continue
		}
		if opened {
			text(", ")
		} else {
			opened = true
			text("list_transform([struct_pack(")
		}
		text(m.params[i] + " := ")
		out = append(out, fragment{from: a.from, to: a.to})
	}
	if opened {
		level++
		text(")], lambda " + levelName(level, "p") + ": ")
	}
	for _, p := range m.parts {
		switch {
		case p.param >= 0 && bound[p.param]:
			text(levelName(level, "p") + "." + m.params[p.param] + " ")
		case p.param >= 0:
			out = append(out, r.argumentParts(args[p.param])...)
		case p.level > 0:
			text(levelName(level+p.level, p.text) + " ")
		default:
			text(p.text + " ")
		}
	}
	if opened {
		text(boundEnd)
	}
	return joined(out)
}

func levelName(level int, name string) string { return "t" + number(level) + "_" + name }

// argumentParts returns an argument, in parentheses if it may need them.
func (*rewriter) argumentParts(a node) []fragment {
	inner := fragment{from: a.from, to: a.to}
	if a.to-a.from == 1 && a.shape != otherShape || a.shape == columnShape {
		return []fragment{inner, {text: " "}}
	}
	return []fragment{{text: "("}, inner, {text: ") "}}
}

// joined makes one of texts that follow each other.
func joined(parts []fragment) []fragment {
	var out []fragment
	for _, p := range parts {
		if n := len(out); n > 0 && p.from == p.to && out[n-1].from == out[n-1].to {
			out[n-1].text += p.text
		} else {
			out = append(out, p)
		}
	}
	return out
}
