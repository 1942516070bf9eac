package report

import (
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/scan"
)

// An objectTime is what is known of one object, in 16 bytes: times are in
// seconds since Launch.
type objectTime struct {
	place          int32 // into CoverageBuilder.places; -1: its delivery is not measured
	delivered      uint32
	oldest, newest uint32 // of its events; newest < oldest: it has none
}

// lags returns how long after its newest and its oldest event it was delivered, in seconds.
func (o *objectTime) lags() (newest, oldest int64) {
	return int64(o.delivered) - int64(o.newest), int64(o.delivered) - int64(o.oldest)
}

// logObjects holds what is known of objects, by ordinal.
type logObjects struct {
	counts CoverageObjects
	times  []objectTime
	names  []uint64 // hashes of the names of AWS's objects, sorted once sorted is set
	sorted bool
	full   bool // there are more objects than fit
}

// Object takes the next object of the case. Every object comes before the first event.
func (b *CoverageBuilder) Object(o *scan.Object) {
	t := &b.objects
	t.counts.Listed++
	n, ok := scan.ParseObjectName(o.Path)
	ok = ok && !n.Delivered.Before(Launch) && n.Delivered.Before(Distant)
	place := -1
	if ok {
		place = b.namedObject(o, &n)
	} else {
		t.counts.Unnamed++
	}
	if o.Ordinal >= uint64(b.opt.ObjectLimit) {
		t.counts.Unmeasured++
		t.full = true
		return
	}
	if ok {
		t.names = append(t.names, hashName(o.Path))
	}
	for uint64(len(t.times)) <= o.Ordinal {
		t.times = append(t.times, objectTime{place: -1})
	}
	if n.Kind != "" {
		place = -1
	}
	t.times[o.Ordinal] = objectTime{int32(place), uint32(n.Delivered.Unix() - Launch.Unix()), math.MaxUint32, 0}
}

// namedObject counts an object whose name says what it is, and returns its place, or -1.
func (b *CoverageBuilder) namedObject(o *scan.Object, n *scan.ObjectName) int {
	c := &b.objects.counts
	if n.Kind == "-Digest" {
		c.Digests++
		return -1
	}
	i := b.place(n.Account, n.Region)
	if i < 0 {
		c.Other++
		return -1
	}
	p := &b.places.vals[i]
	b.accounts.vals[p.account].ofOrganization(organizationIn(o.Path, n.Account))
	if o.Status == scan.OutOfScope || o.Status == scan.Unreadable {
		c.Unread++
		p.unread++
		return -1
	}
	c.Named++
	p.objects++
	b.accounts.vals[p.account].objects++
	b.cells.add(i, n.Delivered.Unix()/3600, 0, 1)
	if n.Kind == "-Insight" {
		p.insights++
	}
	return i
}

// organizationsLimit is more organizations than an account moves through.
const organizationsLimit = 8

func (a *logAccount) ofOrganization(id string) {
	if id != "" && len(a.organizations) < organizationsLimit && !slices.Contains(a.organizations, id) {
		a.organizations = append(a.organizations, strings.Clone(id))
	}
}

// organizationIn returns the ID of the organization that stands before an account in the path of an object of an organization's trail:
// AWSLogs/o-exampleorg1/111122223333/CloudTrail/…
func organizationIn(path, account string) string {
	before, _, found := strings.Cut(path, "/"+account+"/CloudTrail")
	id := before[strings.LastIndexByte(before, '/')+1:]
	if rest, is := strings.CutPrefix(id, "o-"); !found || !is || len(rest) < 10 || len(rest) > 32 || strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	return id
}

// see takes the time of an event of an object.
func (t *logObjects) see(ordinal uint64, sec int64) {
	if ordinal >= uint64(len(t.times)) {
		return
	}
	o, s := &t.times[ordinal], uint32(sec-Launch.Unix())
	o.oldest, o.newest = min(o.oldest, s), max(o.newest, s)
}

// hashName hashes the last element of a path without the endings that a copy may have lost:
// its sixteen random characters tell an object from all others.
func hashName(path string) uint64 {
	base := path[strings.LastIndexByte(path, '/')+1:]
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".json")
	h := fnv.New64a()
	io.WriteString(h, base)
	return h.Sum64()
}

// has reports whether the evidence has an object with the name of a key.
func (t *logObjects) has(key string) bool {
	if !t.sorted {
		slices.Sort(t.names)
		t.sorted = true
	}
	_, found := slices.BinarySearch(t.names, hashName(key))
	return found
}

// Bounds of plausible delivery, in seconds. A name is cut to the minute, so that an
// event may be as much younger than it. Later deliveries happen, and are worth a look.
const (
	lagSlack = 60
	lagLate  = 3600
)

// A lagTable counts delays of an account and region.
type lagTable struct {
	newest, oldest lags
	early, late    int64
}

// lags counts delays in bins of a minute, then of an hour, then of a day.
type lags struct {
	n        int64
	min, max int64
	bins     [1 + 60 + 47 + 30 + 1]int64
}

func lagBin(sec int64) int {
	switch {
	case sec < 0:
		return 0
	case sec < 3600:
		return 1 + int(sec/60)
	case sec < 48*3600:
		return 60 + int(sec/3600)
	}
	return min(106+int(sec/86400), len(lags{}.bins)-1)
}

// floor is the smallest delay that lies in a bin.
func (l *lags) floor(bin int) int64 {
	switch {
	case bin == 0:
		return l.min
	case bin <= 60:
		return int64(bin-1) * 60
	case bin < 108:
		return int64(bin-60) * 3600
	}
	return int64(bin-106) * 86400
}

func (l *lags) see(sec int64) {
	if l.n == 0 {
		l.min, l.max = sec, sec
	}
	l.min, l.max = min(l.min, sec), max(l.max, sec)
	l.n++
	l.bins[lagBin(sec)]++
}

// quantile returns the delay below which the percentage of all lie.
func (l *lags) quantile(percent int64) int64 {
	want := (l.n*percent + 99) / 100
	for i, n := range l.bins {
		if want -= n; want <= 0 {
			return l.floor(i)
		}
	}
	return l.max
}

func (l *lags) stats() LagStats { return LagStats{l.quantile(50), l.quantile(95), l.max, l.min} }

func (t *lagTable) row() *DeliveryLag {
	if t == nil {
		return nil
	}
	return &DeliveryLag{t.newest.n, t.newest.stats(), t.oldest.stats(), t.early, t.late}
}

// measure measures the delivery of all objects. It runs before the places are written.
func (b *CoverageBuilder) measure() {
	for i := range b.objects.times {
		o := &b.objects.times[i]
		if o.place < 0 || o.newest < o.oldest {
			continue
		}
		p := &b.places.vals[o.place]
		if p.lag == nil {
			p.lag = new(lagTable)
		}
		newest, oldest := o.lags()
		p.lag.newest.see(newest)
		p.lag.oldest.see(oldest)
		if newest < -lagSlack {
			p.lag.early++
		}
		if oldest > lagLate {
			p.lag.late++
		}
	}
}

// late lists the objects whose delivery stands out, by ordinal.
func (b *CoverageBuilder) late(c *LogCoverage) error {
	c.Late = []LateObject{}
	for i := range b.objects.times {
		o := &b.objects.times[i]
		if o.place < 0 || o.newest < o.oldest {
			continue
		}
		if newest, oldest := o.lags(); newest >= -lagSlack && oldest <= lagLate {
			continue
		}
		if len(c.Late) >= coverListLimit {
			c.MoreLate++
			continue
		}
		key := b.places.keys[o.place]
		row := LateObject{Ordinal: uint64(i), Account: key.account, Region: key.region,
			Delivered: sinceLaunch(o.delivered), Oldest: sinceLaunch(o.oldest), Newest: sinceLaunch(o.newest)}
		if b.opt.Names != nil {
			source, path, err := b.opt.Names.Name(row.Ordinal)
			if err != nil {
				return fmt.Errorf("object %d: %w", i, err)
			}
			row.Source, row.Path = valid(source), valid(path)
		}
		c.Late = append(c.Late, row)
	}
	return nil
}

func sinceLaunch(s uint32) time.Time { return seconds(int64(s) + Launch.Unix()) }
