package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A guardChange is a call that weakens, restores or alters a defence. They are applied in timeline order.
type guardChange struct {
	effect          effect
	kind, what      string
	target, detail  string
	account, region string
	mark            Mark
	caller
	everyTarget, ofTrails bool // restores whatever target; changes what a trail records
	record                []byte
	source                string
}

// key is what a restoring call must have in common with what it restores.
func (c *guardChange) key(target string) string {
	return strings.Join([]string{c.kind, c.what, c.account, c.region, target}, "\x00")
}

// A defenceItem is a change that weakened something.
type defenceItem struct {
	guardChange
	count int64
	last  Mark
	state string
	end   *Mark
}

// defences are what is known, so far in timeline order, of changes to what guards and records.
type defences struct {
	items  []defenceItem
	others int64
	open   map[string][]int // keys to items: windows that are open, and changes
	every  map[string][]int // the same by the key without target

	second   int64
	restored map[string]Mark // in the current second

	trails  *CoverageBuilder
	callers map[uint64]guardChange // of trails, by ordinal, without their records
	logs    map[string]string      // buckets and keys of trails: what for
	err     error                  // of trails
}

func (d *defences) begin(newest time.Time) {
	d.open, d.every, d.restored = map[string][]int{}, map[string][]int{}, map[string]Mark{}
	d.callers, d.logs = map[uint64]guardChange{}, map[string]string{}
	d.trails = NewCoverage(CoverageOptions{Newest: newest, ObjectLimit: 1})
}

func (d *defences) apply(c *guardChange) {
	if c.ofTrails {
		d.trail(c)
		return
	}
	if s := c.mark.Time.Unix(); s != d.second {
		d.second = s
		clear(d.restored)
	}
	switch c.effect {
	case restores:
		d.restore(c)
	default:
		d.weaken(c)
	}
}

// restore closes the windows of what the call restores.
func (d *defences) restore(c *guardChange) {
	open, key := d.open, c.key(c.target)
	if c.everyTarget {
		open, key = d.every, c.key("")
	}
	if len(d.restored) < removalLimit {
		d.restored[key] = c.mark
	}
	for _, i := range slices.Clone(open[key]) {
		it := &d.items[i]
		mark := c.mark // the change's memory is used again
		it.state, it.end = Restored, &mark
		if sameSecond(it.last.Time, c.mark.Time) {
			it.state = UnorderedOff
		}
		for _, from := range [...]map[string][]int{d.open, d.every} {
			for _, k := range [...]string{it.key(it.target), it.key("")} {
				if from[k] = slices.DeleteFunc(from[k], func(j int) bool { return i == j }); len(from[k]) == 0 {
					delete(from, k)
				}
			}
		}
	}
}

// weaken opens a window, or adds the call to the one that its caller has opened.
func (d *defences) weaken(c *guardChange) {
	key := c.key(c.target)
	for _, i := range d.open[key] {
		if it := &d.items[i]; it.same(&c.caller) && it.mark.sameCaller(&c.mark) {
			it.count++
			it.last, it.detail = c.mark, c.detail
			return
		}
	}
	if !admits(len(d.items), c.linked) {
		d.others++
		return
	}
	it := defenceItem{guardChange: *c, count: 1, last: c.mark, state: Off}
	if c.effect == alters {
		it.state = Changed
	}
	for _, k := range [...]string{key, c.key("")} {
		if m, ok := d.restored[k]; ok && it.state == Off {
			it.state, it.end = UnorderedOff, &m
		}
	}
	if it.state != UnorderedOff {
		d.open[key] = append(d.open[key], len(d.items))
		d.every[c.key("")] = append(d.every[c.key("")], len(d.items))
	}
	d.items = append(d.items, it)
}

// trail follows a change of a trail as coverage does.
func (d *defences) trail(c *guardChange) {
	e := &CoverageEvent{
		Ordinal: c.mark.Ordinal, Time: c.mark.Time, ID: c.mark.EventID, Name: c.mark.Event, Source: c.source, Region: c.region, Account: c.account,
		Principal: c.mark.Principal, Credential: c.mark.Credential, Raw: func() ([]byte, error) { return c.record, nil },
	}
	if len(d.callers) < ledgerLimit {
		d.callers[c.mark.Ordinal] = guardChange{mark: c.mark, caller: c.caller}
	}
	if err := d.trails.Add(e); err != nil && d.err == nil {
		d.err = err
	}
	rec := parser.Record{Raw: c.record}
	for _, names := range [...][2]string{{">s3BucketName|<s3BucketName", "bucket"}, {">kmsKeyId|<kmsKeyId", "KMS key"}} {
		for _, v := range resolve(&rec, names[0]) {
			if len(d.logs) < coverTrailLimit {
				d.logs[names[1]+"\x00"+plainName("kms", v)] = clip(textOfFirst(&rec, "<name|>name"))
			}
		}
	}
}

func textOfFirst(rec *parser.Record, name string) string {
	for _, v := range resolve(rec, name) {
		return v
	}
	return ""
}

// list returns the rows in the order of their first events. Windows that are open end with the evidence.
func (d *defences) list(end time.Time) []DefenceRow {
	rows := make([]DefenceRow, 0, len(d.items))
	for i := range d.items {
		it := &d.items[i]
		row := DefenceRow{
			Kind: it.kind, Target: it.target, What: it.what, Detail: d.detail(it), State: it.state, Account: it.account, Region: it.region,
			Link: it.link, By: it.mark, Calls: it.count, Last: it.last, Ended: it.end, judged: it.judged,
		}
		rows = append(rows, row.during(end))
	}
	for _, w := range d.trails.loggingWindows() {
		if w.Opened == nil || strings.HasSuffix(w.What, "the trail is deleted") { // the deletion has a row of its own
			continue
		}
		row := DefenceRow{Kind: "trail", Target: w.Trail, What: "not recorded: " + w.What, Detail: w.Note, State: Off, Account: w.Account, Region: w.Region, By: *w.Opened, Calls: 1, Ended: w.Closed}
		if strings.Contains(w.Trail, ":eventdatastore/") {
			row.Kind = "event data store"
		}
		by := d.callers[row.By.Ordinal]
		row.By.SourceIP, row.Link, row.judged = by.mark.SourceIP, by.link, by.judged
		row.Last = row.By
		if row.Ended != nil {
			row.State, row.Ended.SourceIP = Restored, d.callers[row.Ended.Ordinal].mark.SourceIP
			if sameSecond(row.By.Time, row.Ended.Time) {
				row.State = UnorderedOff
			}
		}
		rows = append(rows, row.during(end))
	}
	slices.SortStableFunc(rows, func(a, b DefenceRow) int { return cmp.Compare(a.By.Ordinal, b.By.Ordinal) })
	return rows
}

// during gives a row its times.
func (r DefenceRow) during(end time.Time) DefenceRow {
	r.From = r.By.Time.UTC()
	switch {
	case r.Ended != nil:
		r.To = r.Ended.Time.UTC()
	case r.State == Off:
		r.Open, r.To = true, end.UTC()
	default:
		r.To = r.Last.Time.UTC()
	}
	return r
}

// detail says also where a bucket or key is one of the logs.
func (d *defences) detail(it *defenceItem) string {
	kind := "KMS key"
	if strings.Contains(it.kind, "bucket") {
		kind = "bucket"
	}
	name, ok := d.logs[kind+"\x00"+it.target]
	if !ok || kind == "KMS key" && it.kind != kind {
		return it.detail
	}
	if it.detail != "" {
		return it.detail + "; it is that of trail " + name
	}
	return "it is that of trail " + name
}
