package detect

import "strings"

// kept are the hits of a course that are kept. Whoever makes noise must not be found less for it, so room is dealt out:
// hits that are alike have little, a kind has its share, and the first of a kind have room where all else is full.
type kept struct {
	hits  []hit
	kinds map[kind]int // how many there are of each; nil while nothing can be too many
	twins map[twin]int
	bytes int
	more  int // hits that are not kept
}

// A kind is what a flood of events has in common.
type kind struct{ step, call, region string }

// A twin is what makes two hits the same to a judge, but for the time.
type twin struct {
	kind
	about, where, facts   string
	principal, credential string
	from                  string
}

// countsSize is roughly what counting costs in memory for each hit, as a course's maps hold it.
const countsSize = 400

// fullCourse is by how much the first few of many kinds may exceed the course's room.
const fullCourse = 4

func (h *hit) kind() kind {
	return kind{step: h.e.Get(factStep), call: h.ref.Name, region: h.ref.Region}
}

func (h *hit) twin() twin {
	a := twin{kind: h.kind(), about: h.e.Get(factAbout), where: h.e.Get(factWhere),
		principal: h.ref.Principal, credential: h.ref.Credential, from: h.ref.SourceIP}
	var more []string
	for _, f := range h.e {
		if f.Name != factStep && f.Name != factAbout && f.Name != factWhere {
			more = append(more, f.Name, f.Value)
		}
	}
	a.facts = strings.Join(more, "\x00")
	return a
}

// keep keeps the hit where there is room.
func (s *courses) keep(p *progress, h *hit) {
	before := p.bytes
	if s.room(&p.kept, h) {
		p.hits = append(p.hits, *h)
		p.bytes += h.size()
		if p.kinds != nil {
			p.count(h)
		}
	} else {
		p.more++
	}
	s.bytes += p.bytes - before
}

// room reports whether there is room for the hit. Nothing is counted before something can be too many.
func (c *course) room(k *kept, h *hit) bool {
	if len(k.hits) < c.same {
		return true
	}
	if k.kinds == nil {
		k.kinds, k.twins = map[kind]int{}, map[twin]int{}
		for i := range k.hits {
			k.count(&k.hits[i])
		}
	}
	n, all := k.kinds[h.kind()], len(k.hits)
	if n >= c.each || all >= c.max && n >= c.each/5 || all >= fullCourse*c.max {
		return false
	}
	return k.twins[h.twin()] < c.same
}

func (k *kept) count(h *hit) {
	k.kinds[h.kind()]++
	k.twins[h.twin()]++
	k.bytes += countsSize
}
