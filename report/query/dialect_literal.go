package query

import (
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plainLiteral returns what the engine has for a string with letters before its
// quote (Trino, "Data types: VARCHAR, VARBINARY"), or why there is nothing.
func plainLiteral(text string) (string, string) {
	content := text[strings.IndexByte(text, '\'')+1 : len(text)-1]
	switch text[0] | 0x20 {
	case 'x':
		return hexLiteral(content)
	case 'u':
		s, ok := unescapeUnicode(strings.ReplaceAll(content, "''", "'"))
		if !ok {
			return "", `U&'…' has an escape that is neither \XXXX nor \+XXXXXX`
		}
		return quoteText(s), ""
	default:
		return text, ""
	}
}

// quoteText returns s as a string of SQL.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func hexLiteral(content string) (string, string) {
	digits := strings.Join(strings.Fields(content), "")
	if len(digits)%2 != 0 || span(digits, isHex) != len(digits) {
		return "", "X'…' needs pairs of hexadecimal digits"
	}
	var b strings.Builder
	b.WriteString("('")
	for i := 0; i < len(digits); i += 2 {
		b.WriteString(`\x` + strings.ToUpper(digits[i:i+2]))
	}
	b.WriteString("'::BLOB)")
	return b.String(), ""
}

// unescapeUnicode replaces \XXXX and \+XXXXXX by the characters that they name, and \\ by \.
func unescapeUnicode(s string) (string, bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		n := 4
		switch {
		case strings.HasPrefix(after, `\`):
			b.WriteByte('\\')
			s = after[1:]
			continue
		case strings.HasPrefix(after, "+"):
			after, n = after[1:], 6
		}
		if len(after) < n {
			return "", false
		}
		code, err := strconv.ParseUint(after[:n], 16, 32)
		if err != nil || code == 0 || !utf8.ValidRune(rune(code)) {
			return "", false
		}
		b.WriteRune(rune(code))
		s = after[n:]
	}
}

// plainNumber returns a number as the engine reads it, which takes 0x1f to be 0 with the name
// x1f. It reports whether the number fits: what is too long for its type the engine makes a wider one of, or a double
// that has lost digits. Integers have 64 bits, numbers with a point 38 digits (Trino, "Data types").
func plainNumber(text string, negative bool) (string, bool) {
	if len(text) > 1 && text[0] == '0' && strings.IndexByte("xXoObB", text[1]) >= 0 {
		n, err := strconv.ParseInt(text, 0, 64)
		return strconv.FormatInt(n, 10), err == nil
	}
	text = strings.ReplaceAll(text, "_", "")
	switch whole, fraction, point := strings.Cut(text, "."); {
	case strings.ContainsAny(text, "eE"):
		_, err := strconv.ParseFloat(text, 64)
		return text, err == nil
	case point:
		return text, len(strings.TrimLeft(whole, "0"))+len(fraction) <= maxDigits
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return text, err == nil && (n <= math.MaxInt64 || negative && n == math.MaxInt64+1)
}

// maxDigits is how many digits a decimal has at most.
const maxDigits = 38

// interval goes over INTERVAL [+ | -] 'number' unit.
func (r *rewriter) interval() {
	from := r.n
	r.n++
	sign := r.n
	if r.next().isAny("+", "-") {
		r.n++
	}
	if r.next().kind != textToken {
		r.refuse(r.n, KindSyntax, "INTERVAL wants a string here%s", r.found())
		return
	}
	r.n++
	if r.next().kind == wordToken && !reserved[upper(r.next().text)] {
		r.n++
	}
	if r.next().is("TO") {
		r.refuse(r.n, KindSyntax, "an INTERVAL of several units is not supported: add one interval for each unit")
	}
	if r.err == nil && sign+1 < r.n && r.token(sign).kind == opToken {
		r.e.put(from, r.n, "("+r.token(sign).text+" INTERVAL ", fragment{from: sign + 1, to: r.n}, ")")
	}
}

var (
	decimalPattern = regexp.MustCompile(`^[+-]?([0-9]+)(\.([0-9]+))?$`)
	spacedOffset   = regexp.MustCompile(`\s+([+-][0-9:]+\s*)$`)
	zonePattern    = regexp.MustCompile(`^\s*\d+-\d+-\d+[ T]\d+:\d+(:\d+(\.\d+)?)?\s*[-+A-Za-z]`)
)

// typedLiteral goes over a type and a string, and reports whether that is what comes next. The
// type timestamp is one with time zone if the string has one.
func (r *rewriter) typedLiteral(t *token) bool {
	name := strings.ToLower(t.text)
	text := literalText(r.token(r.n + 1))
	switch name {
	case "date", "time":
	case "timestamp":
		if zonePattern.MatchString(text) {
			r.e.replace(r.n, r.n+2, "TIMESTAMPTZ "+quoteText(spacedOffset.ReplaceAllString(text, "$1")))
		}
	case "decimal":
		m := decimalPattern.FindStringSubmatch(text)
		if m == nil {
			r.refuse(r.n+1, KindValue, "DECIMAL wants digits, and a point among them")
			return true
		}
		r.e.replace(r.n, r.n+2, "CAST("+quoteText(text)+" AS DECIMAL("+number(len(m[1])+len(m[3]))+", "+number(len(m[3]))+"))")
	case "varchar", "char":
		r.e.replace(r.n, r.n+1, "")
	case "ipaddress":
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			r.refuse(r.n+1, KindValue, "Cannot cast value to IPADDRESS: %s", text)
			return true
		}
		r.e.replace(r.n, r.n+2, addressNumber(a))
	case "json", "uuid", "bigint", "integer", "int", "smallint", "tinyint", "double", "real", "boolean":
		r.e.replace(r.n, r.n+1, "CAST(")
		r.e.after(r.n+1, " AS "+engineTypes[name]+")")
	default:
		return false
	}
	r.n += 2
	return true
}
