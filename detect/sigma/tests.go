package sigma

import (
	"cmp"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// anyOf fits where one of several tests does, all of which look equally deep.
type anyOf []test

func (a anyOf) match(v value) bool {
	for _, t := range a {
		if t.match(v) {
			return true
		}
	}
	return false
}

// anyLike is anyOf patterns without case, for which a text is prepared once.
type anyLike []like

func (a anyLike) match(v value) bool {
	s := v.text
	if !ascii(s) {
		s = fold(s)
	}
	for _, l := range a {
		if l.fits(s) {
			return true
		}
	}
	return false
}

func (a anyLike) depth() depth { return a[0].depth() }

func (a anyOf) depth() depth { return depthOf(a[0]) }

// equal is a text without wildcards. Of a number in the event it also asks for the
// same number.
type equal struct {
	text  string // folded unless cased
	cased bool
	num   numeric
	isNum bool
}

func newEqual(s string, cased bool) equal {
	e := equal{text: s, cased: cased}
	if !cased {
		e.text = fold(s)
	}
	e.num, e.isNum = newNumeric(s, "")
	return e
}

func (e equal) match(v value) bool {
	s := v.text
	if !e.cased && !ascii(s) {
		s = fold(s)
	}
	if len(s) == len(e.text) && samePrefix(s, e.text, !e.cased) {
		return true
	}
	return v.kind == number && e.isNum && e.num.match(v)
}

// numeric is a number of the rule: an equal number or number's text of the event.
type numeric struct {
	op  string // lt, lte, gt, gte, "": equal
	num float64
	i64 int64
	int bool
}

func newNumeric(s, op string) (numeric, bool) {
	n := numeric{op: op}
	var ok bool
	n.num, ok = float(s)
	i, err := strconv.ParseInt(s, 10, 64)
	n.i64, n.int = i, err == nil
	return n, ok
}

func (n numeric) match(v value) bool {
	if v.kind > number {
		return false
	}
	if n.int {
		if i, err := strconv.ParseInt(v.text, 10, 64); err == nil {
			return holds(n.op, cmp.Compare(i, n.i64))
		}
	}
	f, ok := float(v.text)
	return ok && holds(n.op, cmp.Compare(f, n.num))
}

func holds(op string, c int) bool {
	switch op {
	case "lt":
		return c < 0
	case "lte":
		return c <= 0
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	}
	return c == 0
}

// float reads a decimal number: no hexadecimal, no infinity, no underscore.
func float(s string) (float64, bool) {
	if s == "" || len(s) > 64 || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// like is a pattern.
type like struct{ *pattern }

func (l like) match(v value) bool { return l.pattern.match(v.text) }

// depth: a pattern looks at the leaves of an object, and at the object's text where
// it says nothing of how that begins and ends.
func (l like) depth() depth {
	if l.inner() {
		return leaves | whole | documents
	}
	return leaves
}

// matches is a regular expression.
type matches struct{ *regexp.Regexp }

func (m matches) match(v value) bool { return m.MatchString(v.text) }
func (m matches) depth() depth       { return leaves | documents }

// within is a network. What is no address is in none.
type within struct{ netip.Prefix }

func (w within) match(v value) bool {
	if v.kind != text || v.text == "" {
		return false
	}
	if c := v.text[0]; (c < '0' || c > '9') && !strings.ContainsRune(v.text, ':') {
		return false // a service's name: an error would cost memory
	}
	a, err := netip.ParseAddr(v.text)
	return err == nil && w.Contains(a.Unmap().WithZone(""))
}

// part compares a part of a date.
type part struct {
	unit string
	numeric
}

func (p part) match(v value) bool {
	if v.kind != text {
		return false
	}
	n, ok := datePart(v.text, p.unit)
	return ok && holds(p.op, cmp.Compare(n, p.i64))
}
