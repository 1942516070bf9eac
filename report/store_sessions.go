package report

import (
	"hash/maphash"

	"github.com/coldtrail/coldtrail/detect"
)

// sessions are the userIdentity objects of a row group. They decide a third of
// the columns and in most records are, byte for byte, those of an earlier one:
// each is taken apart once, and the rows of its columns follow at the end.
type sessions struct {
	columns []int // those with a dictionary that userIdentity alone decides
	rest    []int // those without, or that repeat

	rows  [][]identityRow // by column, then by session
	cells []cell          // by session, then by rest
	of    []int32         // by row: its session

	seed   maphash.Seed
	recent [recentSessions]recentSession
}

// An identityRow is what a session makes of a column with a dictionary.
type identityRow struct {
	level uint8
	index int32
}

// A recentSession is found by what tells a session from others. Its text
// aliases a record of the batch.
type recentSession struct {
	text   []byte
	number int32
}

const recentSessions = 4096

func newSessions(all []leaf) *sessions {
	s := &sessions{seed: maphash.MakeSeed()}
	for i := range all {
		switch {
		case !ofIdentity(i):
		case all[i].Dictionary && all[i].Repetition == 0:
			s.columns = append(s.columns, i)
		default:
			s.rest = append(s.rest, i)
		}
	}
	s.rows = make([][]identityRow, len(s.columns))
	return s
}

// ofIdentity reports whether userIdentity alone decides what a column has.
func ofIdentity(leaf int) bool {
	switch leaf {
	case leafLookupUser, leafPrincipal, leafCredential, leafSession:
		return true
	}
	for _, b := range members[identityMember].below {
		if b.leaf == leaf {
			return true
		}
	}
	return false
}

// reset forgets the sessions: their numbers belong to one row group.
func (s *sessions) reset() {
	for i := range s.rows {
		s.rows[i] = s.rows[i][:0]
	}
	clear(s.cells)
	clear(s.recent[:])
	s.cells, s.of = s.cells[:0], s.of[:0]
}

// find returns where the session of that call is, if it is a recent one.
func (s *sessions) find(ref *detect.EventRef) *recentSession {
	h := maphash.String(s.seed, ref.Principal)
	h = h*31 + maphash.String(s.seed, ref.Credential)
	h = h*31 + maphash.String(s.seed, ref.SessionStart)
	return &s.recent[h>>32%recentSessions]
}

// add makes what was extracted a session, and returns its number.
func (s *sessions) add(x *extractor, chunks []*chunk) int32 {
	for i, leaf := range s.columns {
		row := identityRow{level: x.cells[leaf].level}
		if row.level == x.full[leaf] {
			row.index = chunks[leaf].dictionary.index(x.cells[leaf].text)
		}
		s.rows[i] = append(s.rows[i], row)
	}
	for _, leaf := range s.rest {
		s.cells = append(s.cells, x.cells[leaf])
	}
	return int32(len(s.rows[0]) - 1)
}

// restore gives the extractor what a session has in the columns that fill does
// not write.
func (s *sessions) restore(x *extractor, number int32) {
	cells := s.cells[int(number)*len(s.rest):]
	for i, leaf := range s.rest {
		x.cells[leaf] = cells[i]
	}
}

// fill writes the columns that the sessions decide.
func (s *sessions) fill(chunks []*chunk) {
	for i, leaf := range s.columns {
		c, rows := chunks[leaf], s.rows[i]
		for _, number := range s.of {
			r := rows[number]
			c.definitions = append(c.definitions, r.level)
			if r.level == c.level {
				c.indexes = append(c.indexes, r.index)
			}
		}
		c.rows = len(s.of)
		c.nulls = c.rows - len(c.indexes)
	}
}
