package query

import (
	"sort"
	"strings"
)

// An edit is what is done to one token of the user's text.
type edit struct {
	before  []string // written before the token, the last one first: outer calls are added later
	after   []string // written after it, in order
	text    string   // instead of the token
	changed bool     // text holds
}

// edits are those of a statement's tokens, by their place.
type edits []edit

func (e edits) before(i int, s string) { e[i].before = append(e[i].before, s) }

func (e edits) after(i int, s string) { e[i].after = append(e[i].after, s) }

// replace puts s in the place of the tokens from i up to j, which is not one of them.
// What was written before and after all of them stays.
func (e edits) replace(i, j int, s string) {
	if i >= j {
		return
	}
	before, after := e[i].before, e[j-1].after
	e.cut(i, j)
	e[i].text, e[i].before = s, before
	e[j-1].after = after
}

// cut takes the tokens from i up to j away, with all that was written before and after them.
func (e edits) cut(i, j int) {
	for k := i; k < j; k++ {
		e[k] = edit{changed: true}
	}
}

// wrap puts the tokens from i up to j between two texts.
func (e edits) wrap(i, j int, open, shut string) {
	if i < j {
		e.before(i, open)
		e.after(j-1, shut)
	}
}

// A piece says which part of the user's text a part of the new text comes from.
type piece struct {
	out, in int // offsets of its first byte
	same    bool
}

// apply writes the tokens from number i up to j with their edits: those at places are what
// the edits count, all others are white space and comments, which become white space.
func (e edits) apply(tokens []token, places []int, i, j int) (string, []piece) {
	var b strings.Builder
	var pieces []piece
	put := func(s string, in int, same bool) {
		if s != "" {
			pieces = append(pieces, piece{out: b.Len(), in: in, same: same})
			b.WriteString(s)
		}
	}
	first, last := 0, len(tokens)
	if i > 0 {
		first = places[i]
	}
	if j < len(places) {
		last = places[j]
	}
	for k := first; k < last; k++ {
		t := &tokens[k]
		if i == j || places[i] != k {
			put(blank(t), t.pos, false)
			continue
		}
		d := &e[i]
		i++
		for j := len(d.before) - 1; j >= 0; j-- {
			put(d.before[j], t.pos, false)
		}
		if d.changed {
			put(d.text, t.pos, false)
		} else {
			put(t.text, t.pos, true)
		}
		for _, s := range d.after {
			put(s, t.end()-1, false)
		}
	}
	return b.String(), pieces
}

// blank returns the white space that a token stands for. Comments are left out, for
// engines disagree about comments in comments.
func blank(t *token) string {
	if strings.HasPrefix(t.text, "--") || strings.HasPrefix(t.text, "/*") {
		return " "
	}
	return t.text
}

// origin returns the offset in the user's text of what stands at an offset of the
// text that was made from it.
func origin(pieces []piece, offset int) int {
	n := sort.Search(len(pieces), func(i int) bool { return pieces[i].out > offset })
	if n == 0 {
		return 0
	}
	s := pieces[n-1]
	if s.same {
		return s.in + offset - s.out
	}
	return s.in
}
