package report

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
)

// Limits of an export, whatever the number of its partitions.
const (
	exportMemory = 256 << 20 // of rows that wait for their row group
	exportGroup  = 32 << 20  // bytes of a row group, before compression
	exportRows   = 64 << 10  // rows of a row group
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
	x := newExporter(c)
	defer x.abort()
	limit(x)
	all := make([]int, len(eventLeaves))
	for i := range all {
		all[i] = i
	}
	err = eachBlock(ctx, s, f, func(b *block) (*block, error) { return b, b.load(all) }, x.block)
	if err == nil {
		err = x.finish()
	}
	if err == nil {
		err = x.texts(ddl())
	}
	if err == nil {
		_, err = c.Settle()
	}
	return &x.told, err
}

func newExporter(c *Case) *exporter {
	return &exporter{c: c, parts: map[string]*exportPart{}, made: map[string]int{}, pages: newPageEncoder(), memory: exportMemory, files: exportOpen}
}

// abort closes what is open and removes what was written, unless that is settled.
func (x *exporter) abort() {
	for _, p := range x.open {
		p.w.Close()
	}
	x.c.Abort()
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// An exporter distributes rows to partitions. Since the store is sorted by time,
// the partitions of a day are done with when the next day begins.
type exporter struct {
	c      *Case
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

// block distributes the rows of a block.
func (x *exporter) block(b *block) error {
	var p *exportPart
	var last partition
	regions, accounts := b.vectors[leafRegion], b.vectors[leafAccount]
	text := func(v *vector, row int) string { t, _ := v.bytes(row); return textOf(t) }
	for row := range b.rows {
		at := partitionOf(text(accounts, row), text(regions, row), b.time(row))
		if p == nil || at != last {
			var err error
			if p, err = x.part(&at); err != nil {
				return err
			}
			last = at
		}
		if err := x.add(p, b, row); err != nil {
			return err
		}
	}
	return nil
}

// part returns a partition.
func (x *exporter) part(at *partition) (*exportPart, error) {
	if day := at.dayPath(); day != x.day {
		if err := x.finish(); err != nil {
			return nil, err
		}
		x.day = day
	}
	dir := at.path()
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
	for _, dir := range sortedKeys(x.parts) {
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
	p.rows.begin()
	x.idle = append(x.idle, p.rows)
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
	for _, dir := range sortedKeys(x.parts) {
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

// texts writes files of text.
func (x *exporter) texts(files map[string]string) error {
	for _, name := range sortedKeys(files) {
		f, err := x.c.File(name)
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
