package report

import "hash/maphash"

// A dictionary numbers the distinct texts of a column of a row group, in the
// order in which they come.
type dictionary struct {
	seed  maphash.Seed
	slots []slot // a power of two, at most half of them taken
	texts []extent
	plain []byte // the dictionary's page
	last  int32  // what index returned last, -1 in an empty dictionary
}

// An extent is the place of a text in the dictionary's page.
type extent struct{ from, to uint32 }

type slot struct {
	hash  uint32
	index int32 // plus one; 0: free
	extent
}

const (
	firstSlots = 64
	keptSlots  = 1 << 15 // a larger table is not kept for another row group
)

func newDictionary() *dictionary { return &dictionary{seed: maphash.MakeSeed(), last: -1} }

func (d *dictionary) reset() {
	if len(d.slots) == 0 || len(d.slots) > keptSlots {
		d.slots = make([]slot, firstSlots)
	} else if len(d.texts) > 0 {
		clear(d.slots)
	}
	d.texts, d.plain, d.last = d.texts[:0], d.plain[:0], -1
}

// text returns the text of that number.
func (d *dictionary) text(index int) []byte {
	e := d.texts[index]
	return d.plain[e.from:e.to]
}

// index returns the number of a text. Which number that is does not depend on
// the seed.
func (d *dictionary) index(text []byte) int32 {
	if d.last >= 0 { // neighbours are much alike
		if e := d.texts[d.last]; int(e.to-e.from) == len(text) && string(d.plain[e.from:e.to]) == string(text) {
			return d.last
		}
	}
	hash := maphash.Bytes(d.seed, text)
	mask := uint64(len(d.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &d.slots[i]
		if s.index == 0 {
			d.last = d.add(s, uint32(hash>>32), text)
			return d.last
		}
		if s.hash == uint32(hash>>32) && string(d.plain[s.from:s.to]) == string(text) {
			d.last = s.index - 1
			return d.last
		}
	}
}

func (d *dictionary) add(s *slot, hash uint32, text []byte) int32 {
	index := int32(len(d.texts))
	d.plain = appendPlain(d.plain, text)
	e := extent{uint32(len(d.plain) - len(text)), uint32(len(d.plain))}
	*s = slot{hash, index + 1, e}
	d.texts = append(d.texts, e)
	if 2*len(d.texts) > len(d.slots) {
		d.grow()
	}
	return index
}

func (d *dictionary) grow() {
	d.slots = make([]slot, 4*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for index, e := range d.texts {
		hash := maphash.Bytes(d.seed, d.plain[e.from:e.to])
		i := hash & mask
		for d.slots[i].index != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = slot{uint32(hash >> 32), int32(index) + 1, e}
	}
}
