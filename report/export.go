package report

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"path"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Limits of an export, whatever the number of its partitions.
const (
	exportMemory = 128 << 20 // of rows that wait for their row group
	exportGroup  = 32 << 20  // bytes of a row group, before compression
	exportRows   = 64 << 10  // rows of a row group
	exportCost   = 128 << 10 // of a partition that waits, before its first row
	exportIdle   = 16        // encoders that are kept for further partitions
	exportOpen   = 64        // files; of a partition whose file was closed, more go into a further one
)

// An Exported says what an export holds.
type Exported struct {
	Events     int64
	Files      int64
	Partitions int64 // directories of a day
}

// Export writes the events that the filter selects into a directory that must not
// exist, as Parquet in Hive's layout: account=/region=/year=/month=/day=, in UTC.
// The directory has its name only when everything in it is on the disk.
func (s *EventStore) Export(ctx context.Context, dir string, f *Filter) (*Exported, error) {
	return s.export(ctx, dir, f, func(*exporter) {})
}

// export is Export with other limits.
func (s *EventStore) export(ctx context.Context, dir string, f *Filter, limit func(*exporter)) (*Exported, error) {
	c, err := Create(dir, false)
	if err != nil {
		return nil, err
	}
	defer c.Abort()
	var all exporters
	for i := range readers {
		x := newExporter(c, i)
		defer x.abort()
		limit(x)
		all = append(all, x)
	}
	columns := make([]int, len(eventLeaves))
	for i := range columns {
		columns[i] = i
	}
	err = eachBlock(ctx, s, f, func(b *block) (*block, error) { return b, b.load(columns) }, all.block)
	if err == nil {
		err = all.finish()
	}
	if err == nil {
		err = writeTexts(c, ddl())
	}
	if err == nil {
		_, err = c.Settle()
	}
	return all.told(), err
}

// exporters share the partitions out among themselves, so that each can work on
// its own.
type exporters []*exporter

func (all exporters) block(b *block) error {
	return all.each(func(x *exporter) error { return x.block(b) })
}

func (all exporters) finish() error { return all.each((*exporter).finish) }

func (all exporters) each(do func(*exporter) error) error {
	var g errgroup.Group
	for _, x := range all {
		g.Go(func() error { return do(x) })
	}
	return g.Wait()
}

func (all exporters) told() *Exported {
	var sum Exported
	for _, x := range all {
		sum.Events += x.told.Events
		sum.Files += x.told.Files
		sum.Partitions += x.told.Partitions
	}
	return &sum
}

func newExporter(c *Case, number int) *exporter {
	return &exporter{
		c: c, number: number, parts: map[string]*exportPart{}, made: map[string]int{}, pages: newPageEncoder(),
		memory: exportMemory / readers, files: exportOpen / readers,
	}
}

// abort closes what is open.
func (x *exporter) abort() {
	for _, p := range x.open {
		p.w.Close()
	}
}

// An exporter distributes rows to partitions. Since the store is sorted by time,
// the partitions of a day are done with when the next day begins.
type exporter struct {
	c      *Case
	number int                    // among the exporters
	parts  map[string]*exportPart // those of the day, by their directories
	made   map[string]int         // of each directory of the day: how many files it has
	pages  *pageEncoder
	idle   []*groupEncoder
	memory int           // limit of size
	files  int           // limit of open
	size   int           // bytes of rows that wait
	open   []*exportPart // with an open file; the one that was written last at the end
	day    string
	told   Exported
	out    []byte
}

// An exportPart is a partition that may get more rows.
type exportPart struct {
	dir  string
	rows *groupEncoder // nil: none wait
	n    int           // rows that wait
	size int           // their bytes, about
	file *parquetFile  // nil: none is open
	w    *File         // what it writes to
}

// block distributes those rows of a block whose partitions are this exporter's.
func (x *exporter) block(b *block) error {
	regions, accounts, times := b.vectors[leafRegion], b.vectors[leafAccount], b.vectors[leafTime]
	type key struct {
		account, region int32 // numbers of values
		day             int64
	}
	known := make(map[key]*exportPart) // nil: another exporter's
	last := int64(math.MinInt64)
	for row := range b.rows {
		t, _ := times.number(row)
		if t < last { // a day that was finished would come again
			return b.group.errorf(leafTime, errors.New("the times do not rise"))
		}
		last = t
		k := key{accounts.index[row], regions.index[row], floorDiv(t, secondsPerDay*1e6)}
		p, ok := known[k]
		if !ok {
			account, _ := accounts.bytes(row)
			region, _ := regions.bytes(row)
			var err error
			if p, err = x.part(partitionOf(string(account), string(region), b.time(row))); err != nil {
				return err
			}
			known[k] = p
		}
		if p == nil {
			continue
		}
		if err := x.add(p, b, row); err != nil {
			return err
		}
	}
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// part returns a partition, or nil where it is another exporter's.
func (x *exporter) part(at partition) (*exportPart, error) {
	dir := at.path()
	if int(crc32.ChecksumIEEE([]byte(dir)))%readers != x.number {
		return nil, nil
	}
	if day := at.dayPath(); day != x.day {
		if err := x.finish(); err != nil {
			return nil, err
		}
		x.day = day
	}
	p := x.parts[dir]
	if p == nil {
		p = &exportPart{dir: dir}
		x.parts[dir] = p
	}
	return p, nil
}

func (x *exporter) add(p *exportPart, b *block, row int) error {
	if p.rows == nil {
		p.rows = x.encoder()
		p.size, x.size = exportCost, x.size+exportCost
	}
	n := addRow(p.rows, b, row)
	p.n++
	p.size += n
	x.size += n
	x.told.Events++
	if p.size >= exportGroup || p.n >= exportRows {
		return x.flush(p)
	}
	if x.size < x.memory {
		return nil
	}
	return x.flush(x.largest())
}

// largest returns the partition with the most that waits.
func (x *exporter) largest() (largest *exportPart) {
	for _, dir := range slices.Sorted(maps.Keys(x.parts)) {
		if p := x.parts[dir]; largest == nil || p.size > largest.size {
			largest = p
		}
	}
	return largest
}

func (x *exporter) encoder() *groupEncoder {
	if n := len(x.idle); n > 0 {
		g := x.idle[n-1]
		x.idle = x.idle[:n-1]
		return g
	}
	g := newGroupEncoder(exportColumns)
	g.pages = x.pages
	g.begin()
	return g
}

// flush writes what waits in a partition as a row group of its file.
func (x *exporter) flush(p *exportPart) error {
	made, err := p.rows.finish(x.out, p.n)
	if err != nil {
		return fmt.Errorf("%s: %w", p.dir, err)
	}
	x.out = made.bytes
	if err := x.opened(p); err != nil {
		return err
	}
	if err := p.file.add(made); err != nil {
		return fmt.Errorf("%s: %w", p.dir, err)
	}
	x.size -= p.size
	if len(x.idle) < exportIdle {
		p.rows.begin()
		x.idle = append(x.idle, p.rows)
	}
	p.rows, p.n, p.size = nil, 0, 0
	return nil
}

// opened opens the partition's file, and closes the one that was written longest
// ago where too many are open.
func (x *exporter) opened(p *exportPart) error {
	if i := slices.Index(x.open, p); i >= 0 {
		x.open = append(slices.Delete(x.open, i, i+1), p)
		return nil
	}
	if len(x.open) >= x.files {
		oldest := x.open[0]
		x.open = slices.Delete(x.open, 0, 1)
		if err := x.close(oldest); err != nil {
			return err
		}
	}
	n := x.made[p.dir]
	x.made[p.dir]++
	w, err := x.c.File(path.Join(p.dir, fmt.Sprintf("part-%d.parquet", n)))
	if err != nil {
		return err
	}
	x.told.Files++
	p.w = w
	x.open = append(x.open, p)
	p.file, err = newParquetFile(w, exportColumns, exportSorted...)
	return err
}

func (x *exporter) close(p *exportPart) error {
	err := p.file.finish()
	if cerr := p.w.Close(); err == nil {
		err = cerr
	}
	p.file, p.w = nil, nil
	if err != nil {
		return fmt.Errorf("%s: %w", p.dir, err)
	}
	return nil
}

// finish writes all that waits and closes every file.
func (x *exporter) finish() error {
	for _, dir := range slices.Sorted(maps.Keys(x.parts)) {
		if p := x.parts[dir]; p.n > 0 {
			if err := x.flush(p); err != nil {
				return err
			}
		}
	}
	for len(x.open) > 0 {
		p := x.open[0]
		x.open = x.open[1:]
		if err := x.close(p); err != nil {
			return err
		}
	}
	clear(x.parts)
	x.told.Partitions += int64(len(x.made))
	clear(x.made)
	return nil
}

// writeTexts writes files of text.
func writeTexts(c *Case, files map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := c.File(name)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(files[name]); err != nil {
			return errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
