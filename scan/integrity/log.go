package integrity

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A saying is what a digest says of a log.
type saying struct {
	seq     uint64
	ordinal uint64 // of the digest
	entry
	level Verdict
	chain int
}

// A name is all that there is under one name.
type name struct {
	base   string
	says   []saying
	more   bool // than are looked at
	listed []Listed
	found  bool // the copy has it
}

// maxSays bounds how many digests are looked at that name one log: CloudTrail's name it once.
const maxSays = 100

// judgeLogs brings together what digests and listings say of logs, and what the copy has.
func (l *Ledger) judgeLogs(ctx context.Context) error {
	it, err := l.names.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	where := l.places()
	var hash string
	var group []*name
	var places []*place
	for n := 0; it.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key := it.Key()
		if h := string(key[:8]); h != hash {
			l.judgeNames(group)
			l.absentResults(places)
			hash, group, places = h, nil, nil
		}
		f := &fields{b: it.Value()}
		if l.judgePlace(&places, key, f) {
			if f.err != nil {
				return f.err
			}
			continue
		}
		switch key[8] {
		case nameEntry:
			s := saying{seq: f.number(), ordinal: f.number(), entry: entry{f.text(), f.text(), f.text(), f.text()}}
			s.level, s.chain = verdictOf(l.levels[s.seq]), int(l.chain[s.seq])
			under(&group, s.Object).add(s)
		case nameListed:
			e := listedOf(f)
			g := under(&group, e.Key)
			if len(g.listed) < maxSays {
				g.listed = append(g.listed, e)
			}
		default:
			o := objectOf(number(key[9:]), f)
			g := under(&group, o.Path) // what is said of it came before
			g.found = true
			l.judgeObject(g, o, where)
		}
		if f.err != nil {
			return f.err
		}
	}
	l.judgeNames(group)
	l.absentResults(places)
	return it.Err()
}

// under finds or makes the name in a group of those that have one hash.
func under(group *[]*name, path string) *name {
	base := strings.TrimSuffix(Base(path), ".gz")
	for _, g := range *group {
		if g.base == base {
			return g
		}
	}
	g := &name{base: base}
	*group = append(*group, g)
	return g
}

// add adds what a digest says. Of too much, what is proved best stays: whoever plants digests must not hide what a real one says.
func (g *name) add(s saying) {
	if len(g.says) < maxSays {
		g.says = append(g.says, s)
		return
	}
	g.more = true
	worst := 0
	for i := range g.says {
		if levelOf(g.says[i].level) < levelOf(g.says[worst].level) {
			worst = i
		}
	}
	if levelOf(s.level) > levelOf(g.says[worst].level) {
		g.says[worst] = s
	}
}

// judgeNames lists what is named and not there.
func (l *Ledger) judgeNames(group []*name) {
	for _, g := range group {
		if len(g.says) > 0 && !g.found {
			l.absentLog(g)
		}
	}
}

// absentLog lists a log that a digest names and the copy has not.
func (l *Ledger) absentLog(g *name) {
	s := g.best()
	r := &Row{Kind: KindLog, Verdict: Absent, By: string(s.level), Bucket: s.Bucket, Key: s.Object, Chain: s.chain, Digest: &s.ordinal}
	r.Listed = listingOf(g.listed, "")
	r.Beyond = l.beyond(s)
	r.Failure = !r.Beyond && s.level != Invalid // which may name anything
	l.put(r, append([]byte{1}, g.base...))
}

// beyond reports whether a log lies beyond the edge of any copy that begins with some day: the
// first digest of a day names logs that were delivered on the day before.
func (l *Ledger) beyond(s *saying) bool {
	if s.chain < 0 {
		return false
	}
	c := l.chains[s.chain]
	day, ok := dayOf(s.Object)
	return ok && s.ordinal == c.oldest && day.Before(c.oldestEnd.Truncate(24*time.Hour))
}

// dayOf is the day in a log's name.
func dayOf(key string) (time.Time, bool) {
	parts := strings.Split(Base(key), "_")
	if len(parts) < 5 || len(parts[len(parts)-2]) < 8 {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102", parts[len(parts)-2][:8])
	return t, err == nil
}

// best returns what the digest says that is proved best.
func (g *name) best() *saying {
	best := &g.says[0]
	for i := range g.says {
		if levelOf(g.says[i].level) > levelOf(best.level) {
			best = &g.says[i]
		}
	}
	return best
}

// judgeObject judges an object by what digests say of its name.
func (l *Ledger) judgeObject(g *name, o *Object, where places) {
	if !o.Log && len(g.says) == 0 {
		return
	}
	ordinal := o.Ordinal
	r := &Row{Kind: KindLog, Object: &ordinal, Chain: -1}
	says, note := l.aboutHere(o, g.says)
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	if len(says) > 0 {
		r.judge(o, says)
		if g.more {
			r.note(TooMany)
			r.Failure = true
		}
	} else {
		r.Verdict, r.Where = Uncovered, where.of(o)
		if o.Unread == OutOfScope {
			r.Verdict, r.Reason, r.Where = Unreadable, OutOfScope, ""
		}
	}
	if o.Unread == "" {
		r.Notes = append(r.Notes, o.Container.notes()...)
	}
	if o.Container.Appended && len(says) > 0 {
		first := o.Container.First
		r.Signed, r.Failure = &first, true
	}
	l.put(r, nil)
}

// aboutHere returns of what digests say of a log what they say of one in its place, or else in its bucket, or else all, and a
// note on that.
func (l *Ledger) aboutHere(o *Object, says []saying) (about []saying, note string) {
	at := l.site(o.Source, o.Path)
	var here, near []saying
	for _, s := range says {
		switch at.relate(s.Bucket, s.Object) {
		case inPlace:
			here = append(here, s)
		case relocated, moved, other:
			near = append(near, s)
		}
	}
	switch {
	case len(here) > 0 || len(says) == 0:
		return here, ""
	case len(near) > 0:
		return near, Relocated
	}
	return says, OtherBucket
}

// weighty returns what counts of what digests say: what proved ones do, or else those that are not invalid, or else all.
func weighty(says []saying) []saying {
	for _, counts := range [...]func(Verdict) bool{Verdict.proves, func(v Verdict) bool { return v != Invalid }} {
		if some := slices.DeleteFunc(slices.Clone(says), func(s saying) bool { return !counts(s.level) }); len(some) > 0 {
			return some
		}
	}
	return slices.Clone(says)
}

// judge compares a log with what digests say of it.
func (r *Row) judge(o *Object, says []saying) {
	says = weighty(says)
	slices.SortStableFunc(says, func(a, b saying) int { return int(levelOf(b.level)) - int(levelOf(a.level)) })
	match, differ, odd := -1, -1, -1
	for i := range says {
		s := &says[i]
		switch {
		case s.Algorithm != "SHA-256":
			odd = i
		case strings.EqualFold(s.Hash, o.ContentSHA256) && len(s.Hash) == hex.EncodedLen(32):
			if match < 0 {
				match = i
			}
		case differ < 0:
			differ = i
		}
	}
	by := func(i int) {
		s := &says[i]
		r.By, r.Bucket, r.Key, r.Chain, r.Digest = string(s.level), s.Bucket, s.Object, s.chain, &s.ordinal
	}
	switch {
	case o.Unread != "":
		by(0)
		r.Verdict, r.Reason = Unreadable, o.Unread
	case match >= 0:
		by(match)
		r.Verdict = Consistent
		if says[match].level.proves() {
			r.Verdict = Verified
		}
		if differ >= 0 {
			r.Notes, r.Failure = append(r.Notes, Contradicted), true
			r.Detail = fmt.Sprintf("the digest that is object %d names another hash of it", says[differ].ordinal)
		}
	case differ >= 0 && says[differ].level == Invalid:
		by(differ)
		r.Verdict, r.Reason, r.Where = Uncovered, Unproved, Inside
	case differ >= 0:
		by(differ)
		r.Verdict, r.Failure = Modified, true
		r.Detail = "content " + o.ContentSHA256 + ", the digest names " + strings.ToLower(says[differ].Hash)
	default:
		by(odd)
		r.Verdict, r.Reason, r.Where = Uncovered, Algorithm, Inside
	}
}

// places are the chains by account and region.
type places map[string][]*Chain

func (l *Ledger) places() places {
	p := places{}
	for _, c := range l.chains {
		if !c.Backfill && !c.Last.IsZero() {
			key := c.Account + "/" + c.Region
			p[key] = append(p[key], c)
		}
	}
	return p
}

// lateness is how long after the time in its name a log may be delivered, and so be named by a later digest.
const lateness = 15 * time.Minute

// of says where a log lies that no digest names.
func (p places) of(o *Object) Where {
	best := NoChain
	rank := []Where{NoChain, Before, After, InGap, Inside}
	for _, c := range p[o.Account+"/"+o.Region] {
		if w := c.where(o.Delivered); slices.Index(rank, w) > slices.Index(rank, best) {
			best = w
		}
	}
	return best
}

func (c *Chain) where(t time.Time) Where {
	switch {
	case t.IsZero():
		return NoChain
	case t.Before(c.First):
		return Before
	case !t.Before(c.Last.Add(-lateness)):
		return After
	}
	for _, s := range c.Spans {
		if (s.State == SpanAbsent || s.State == SpanGap) && !t.Before(s.From.Add(-lateness)) && t.Before(s.To) {
			return InGap
		}
	}
	return Inside
}
