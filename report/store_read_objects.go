package report

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"sync"

	"github.com/coldtrail/coldtrail/scan"
)

// objectsFile is the case's table of objects.
const objectsFile = "objects.parquet"

// An objectTable reads the case's table of objects. It is safe for use by many
// goroutines, and keeps the names of some million objects at most.
type objectTable struct {
	dir  string
	show func(string) string // how names are shown; nil: as they are

	mu     sync.Mutex
	table  *tableFile
	pages  *pageReader
	groups []objectGroup
	recent []*objectGroup // whose columns are read; the one used last at the end
}

// An objectGroup is a row group of the table.
type objectGroup struct {
	tableGroup
	ordinals span64
	columns  []*vector // nil: not read
}

// objectGroups is how many row groups, of some 8 MiB each, stay read.
const objectGroups = 32

// The columns that are read, in the order of objectGroup.columns.
var objectNeeds = []string{"source", "source_bytes", "path", "path_bytes", "size", "sha256", "members", "shape", "status"}

func (o *objectTable) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.table == nil {
		return nil
	}
	o.pages.zstd.Close()
	return o.table.close()
}

// Name implements scan.Objects.
func (o *objectTable) Name(ordinal uint64) (source, path string, err error) {
	obj, err := o.object(ordinal)
	if err != nil {
		return "", "", err
	}
	if o.show != nil {
		return o.show(obj.Source), o.show(obj.Path), nil
	}
	return obj.Source, obj.Path, nil
}

// object returns what the case says of an object, as far as its columns are read.
func (o *objectTable) object(ordinal uint64) (*scan.Object, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	obj, err := o.find(int64(ordinal))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", objectsFile, err)
	}
	return obj, nil
}

func (o *objectTable) find(ordinal int64) (*scan.Object, error) {
	if err := o.open(); err != nil {
		return nil, err
	}
	i := sort.Search(len(o.groups), func(i int) bool { return o.groups[i].ordinals.to >= ordinal })
	if i == len(o.groups) || o.groups[i].ordinals.from > ordinal {
		return nil, fmt.Errorf("has no object %d", uint64(ordinal))
	}
	g := &o.groups[i]
	if err := o.read(g); err != nil {
		return nil, fmt.Errorf("row group %d: %w", g.number, err)
	}
	return g.object(int(ordinal - g.ordinals.from)), nil
}

func (o *objectTable) open() (err error) {
	if o.table != nil {
		return nil
	}
	t, err := openTable(filepath.Join(o.dir, objectsFile), objectColumns)
	if err != nil {
		return err
	}
	groups, err := t.groups()
	var next int64
	for i := 0; err == nil && i < len(groups); i++ {
		g := objectGroup{tableGroup: groups[i]}
		if g.ordinals, err = g.bounds(t.leaf("ordinal")); err == nil && g.ordinals != (span64{next, next + int64(g.rows) - 1}) {
			err = fmt.Errorf("row group %d: does not follow the one before it", i)
		}
		next = g.ordinals.to + 1
		o.groups = append(o.groups, g)
	}
	if err != nil {
		o.groups = nil
		return errors.Join(err, t.close())
	}
	o.table, o.pages = t, newPageReader()
	return nil
}

// read reads the group's columns, and drops those of the one that was used longest ago.
func (o *objectTable) read(g *objectGroup) error {
	if g.columns != nil {
		if n := len(o.recent); o.recent[n-1] != g {
			i := slices.Index(o.recent, g)
			o.recent = append(slices.Delete(o.recent, i, i+1), g)
		}
		return nil
	}
	columns := make([]*vector, len(objectNeeds))
	for i, name := range objectNeeds {
		v, err := o.pages.read(&g.tableGroup, o.table.leaf(name), nil)
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		columns[i] = v
	}
	g.columns = columns
	if o.recent = append(o.recent, g); len(o.recent) > objectGroups {
		o.recent[0].columns = nil
		o.recent = slices.Delete(o.recent, 0, 1)
	}
	return nil
}

func (g *objectGroup) object(row int) *scan.Object {
	text := func(columns ...int) string { // the first that is not NULL
		for _, c := range columns {
			if b, ok := g.columns[c].bytes(row); ok {
				return string(b)
			}
		}
		return ""
	}
	number := func(c int) int64 { n, _ := g.columns[c].number(row); return n }
	return &scan.Object{
		Ordinal: uint64(g.ordinals.from) + uint64(row), Source: text(1, 0), Path: text(3, 2), Size: number(4), SHA256: text(5),
		Members: int(number(6)), Shape: text(7), Status: scan.Status(text(8)),
	}
}

// all yields every object, as far as its columns are read.
func (o *objectTable) all(yield func(*scan.Object, error) bool) {
	o.mu.Lock()
	err := o.open()
	n := uint64(0)
	if err == nil && len(o.groups) > 0 {
		n = uint64(o.groups[len(o.groups)-1].ordinals.to) + 1
	}
	o.mu.Unlock()
	if err != nil {
		yield(nil, fmt.Errorf("%s: %w", objectsFile, err))
		return
	}
	for ordinal := range n {
		obj, err := o.object(ordinal)
		if !yield(obj, err) || err != nil {
			return
		}
	}
}
