package detect

import "slices"

// grams finds four-letter words in long texts by looking at every third pair of
// letters only: of the three pairs in a word, one lies at such a place. A table
// of 8 KiB tells the pairs that occur in some word from the rest.
type grams struct {
	pairs [1 << 16 / 64]uint64
	words []uint32
}

// toolGrams holds a word out of every text that one of tools matches: without
// one of them in it, a user agent is nothing to run ten regular expressions on.
var toolGrams = newGrams("kali", "arro", "ntoo", "acu-", "7.61", "eHog", "tus-", "Suit", "Brow", "owle", "_182", "n-re")

func newGrams(words ...string) *grams {
	g := new(grams)
	for _, w := range words {
		g.words = append(g.words, gram(w))
		for i := range 3 {
			p := pair(w[i:])
			g.pairs[p/64] |= 1 << (p % 64)
		}
	}
	return g
}

func (g *grams) in(s string) bool {
	for i := 0; i+1 < len(s); i += 3 {
		p := uint(s[i]) | uint(s[i+1])<<8
		if g.pairs[p/64&1023]&(1<<(p%64)) != 0 && g.near(s, i) {
			return true
		}
	}
	return false
}

// near reports whether one of the words covers the pair at i.
func (g *grams) near(s string, i int) bool {
	for from := max(i-2, 0); from <= i && from+4 <= len(s); from++ {
		if slices.Contains(g.words, gram(s[from:])) {
			return true
		}
	}
	return false
}

func pair(s string) uint { return uint(s[0]) | uint(s[1])<<8 }

func gram(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}
