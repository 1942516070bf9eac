package detect

import (
	"strings"
	"sync/atomic"
)

// memo remembers what was found out about texts that repeat: a few thousand user agents make all of an
// archive. What it has is kept until others take its place, in memory that is bounded, as that of gates is.
// All goroutines share it; what it forgets is found out anew.
type memo[T any] struct {
	of   func(text string) T // it is given a text that is nobody else's
	kept [1 << 12]atomic.Pointer[remembered[T]]
}

type remembered[T any] struct {
	text string
	v    T
}

// get returns what of says of the text.
func (m *memo[T]) get(text string) T {
	at := &m.kept[hashText(0, text)&uint32(len(m.kept)-1)]
	if known := at.Load(); known != nil && known.text == text {
		return known.v
	}
	text = strings.Clone(text)
	known := &remembered[T]{text, m.of(text)}
	if len(text) <= maxKept {
		at.Store(known)
	}
	return known.v
}

// hashText mixes a text, eight bytes at a time, into what was mixed before.
func hashText(h uint64, s string) uint32 {
	for ; len(s) >= 8; s = s[8:] {
		h = mix(h, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
	}
	for i := range len(s) {
		h = mix(h, uint64(s[i]))
	}
	return uint32(mix(h, h>>32) >> 40)
}
