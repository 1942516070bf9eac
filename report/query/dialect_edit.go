package query

import (
	"slices"
	"sort"
	"strings"
)

// A fragment of a text that is written anew: text of its own, or a range of the user's tokens with
// their edits.
type fragment struct {
	text     string
	from, to int // the tokens, if from < to
}

// An edit puts parts in the place of the tokens from the one that it belongs to up to another.
// Ranges among its parts lie within it.
type edit struct {
	to    int
	parts []fragment
	size  int // of what the parts become, about
	level int // the highest number of a macro's name in it, see expand
}

// edits are those of each token, the inner ones before the outer.
type edits [][]edit

// put makes an edit of the tokens from i up to j, around the edits that are there. A fragment is a
// string, a node or a fragment.
func (e edits) put(i, j int, parts ...any) {
	if j = min(j, len(e)); i >= j { // what goes over the end of a statement cut short
		return
	}
	d := edit{to: j}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			d.add(e, fragment{text: p})
		case node:
			d.add(e, fragment{from: p.from, to: p.to})
		case fragment:
			d.add(e, p)
		case []fragment:
			for _, q := range p {
				d.add(e, q)
			}
		}
	}
	at, _ := slices.BinarySearchFunc(e[i], j+1, func(x edit, to int) int { return x.to - to })
	e[i] = slices.Insert(e[i], at, d)
}

func (d *edit) add(e edits, p fragment) {
	if p.text == "" {
		p.to = max(p.from, min(p.to, len(e)))
	}
	size, level := len(p.text), levelOf(p.text)
	if p.from < p.to {
		size, level = e.measure(p.from, p.to)
	}
	d.parts, d.size, d.level = append(d.parts, p), d.size+size, max(d.level, level)
}

// replace puts s in the place of the tokens from i up to j, which is not one of them.
func (e edits) replace(i, j int, s string) { e.put(i, j, s) }

// wrap puts the tokens from i up to j between two texts.
func (e edits) wrap(i, j int, open, shut string) {
	e.put(i, j, open, fragment{from: i, to: j}, shut)
}

func (e edits) before(i int, s string) { e.wrap(i, i+1, s, "") }

func (e edits) after(i int, s string) { e.wrap(i, i+1, "", s) }

// tokenSize is what a token counts in sizes.
const tokenSize = 8

// measure returns about what size the tokens from i up to j have with their edits, and the
// highest level in them.
func (e edits) measure(i, j int) (size, level int) {
	for i < j {
		d := e.outermost(i, j, len(e[i]))
		if d < 0 {
			size += tokenSize
			i++
			continue
		}
		size += e[i][d].size
		level = max(level, e[i][d].level)
		i = e[i][d].to
	}
	return size, level
}

// outermost returns the number of the outermost of the first n edits of a token that ends at j or before, or -1.
func (e edits) outermost(i, j, n int) int {
	for n--; n >= 0 && e[i][n].to > j; n-- {
	}
	return n
}

// A piece says which fragment of the user's text a fragment of the new text comes from.
type piece struct {
	out, in int // offsets of its first byte
	same    bool
}

// A writing is a new text on its way.
type writing struct {
	e      edits
	tokens []token
	places []int // in tokens, of those that edits count
	b      strings.Builder
	pieces []piece
}

func (w *writing) write(s string, in int, same bool) {
	if s != "" {
		w.pieces = append(w.pieces, piece{out: w.b.Len(), in: in, same: same})
		w.b.WriteString(s)
	}
}

// token returns a token that edits count.
func (w *writing) token(i int) *token { return &w.tokens[w.places[i]] }

// render writes the tokens from i up to j with their edits, of the first one only the first n.
func (w *writing) render(i, j, n int) {
	for first := i; i < j; {
		if i > first {
			w.space(i)
			n = len(w.e[i])
		}
		d := w.e.outermost(i, j, n)
		if d < 0 {
			w.write(w.token(i).text, w.token(i).pos, true)
			i++
			continue
		}
		for _, p := range w.e[i][d].parts {
			switch {
			case p.from == p.to:
				w.write(p.text, w.token(i).pos, false)
			case p.from == i:
				w.render(p.from, p.to, d)
			default:
				w.render(p.from, p.to, len(w.e[p.from]))
			}
		}
		i = w.e[i][d].to
	}
}

// space writes the white space before a token. Comments are left out, for engines disagree
// about comments in comments.
func (w *writing) space(i int) {
	for k := w.places[i-1] + 1; k < w.places[i]; k++ {
		t := &w.tokens[k]
		if strings.HasPrefix(t.text, "--") || strings.HasPrefix(t.text, "/*") {
			w.write(" ", t.pos, false)
		} else {
			w.write(t.text, t.pos, true)
		}
	}
}

// origin returns the offset in the user's text of what stands at an offset of the
// text that was made from it.
func origin(pieces []piece, offset int) int {
	n := sort.Search(len(pieces), func(i int) bool { return pieces[i].out > offset })
	if n == 0 {
		return 0
	}
	p := pieces[n-1]
	if p.same {
		return p.in + offset - p.out
	}
	return p.in
}
