package report

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/coldtrail/coldtrail/scan"
)

// manifestColumns are those of objects.parquet, in the order in which manifestRow takes them.
var manifestColumns = []string{
	"ordinal", "source", "source_bytes", "path", "path_bytes", "size", "sha256", "content_size", "content_sha256", "members",
	"shape", "status", "reason", "notes", "framed", "kept", "excluded", "bad", "other",
	"network_activity", "insights", "aggregated",
	"problems.offset", "problems.index", "problems.text", "problem_count",
}

// Objects calls yield with the objects of the case from that ordinal on, as the
// manifest lists them: with their sums and the first few problems. What lies before is not
// read. The first error of yield ends it and is returned.
func (s *EventStore) Objects(ctx context.Context, from uint64, yield func(*scan.Object) error) error {
	t, err := openTable(filepath.Join(s.dir, objectsFile), objectColumns)
	if err == nil {
		err = readManifest(ctx, t, from, yield)
		t.close()
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", s.label, objectsFile, err)
	}
	return nil
}

func readManifest(ctx context.Context, t *tableFile, from uint64, yield func(*scan.Object) error) error {
	if from > math.MaxInt64 {
		return nil
	}
	groups, err := t.groups()
	if err != nil {
		return err
	}
	pages := newPageReader()
	defer pages.zstd.Close()
	for i := range groups {
		ordinals, err := groups[i].bounds(t.leaf("ordinal"))
		if err != nil {
			return err
		}
		if ordinals.to < int64(from) {
			continue
		}
		row, err := readManifestGroup(pages, &groups[i])
		if err != nil {
			return fmt.Errorf("row group %d: %w", i, err)
		}
		for n := range groups[i].rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			if o := row.object(n); o.Ordinal >= from {
				if err := yield(o); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// manifestRow gives the rows of a row group of objects.parquet.
type manifestRow struct {
	v    []*vector
	next int // the column that the next value is of
	row  int
}

func readManifestGroup(pages *pageReader, g *tableGroup) (*manifestRow, error) {
	r := &manifestRow{v: make([]*vector, len(manifestColumns))}
	var err error
	for i, name := range manifestColumns {
		if r.v[i], err = pages.read(g, g.table.leaf(name), nil); err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
	}
	return r, nil
}

func (r *manifestRow) object(row int) *scan.Object {
	r.next, r.row = 0, row
	o := &scan.Object{
		Ordinal: uint64(r.number()), Source: r.name(), Path: r.name(), Size: r.number(), SHA256: r.text(),
		ContentSize: r.number(), ContentSHA256: r.text(), Members: int(r.number()),
		Shape: r.text(), Status: scan.Status(r.text()), Reason: r.text(), Notes: r.list(),
		Framed: r.number(), Kept: r.number(), Excluded: r.number(), Bad: r.number(), Other: r.number(),
		Kinds: scan.Kinds{NetworkActivity: r.number(), Insights: r.number(), Aggregated: r.number()},
	}
	o.Problems = r.problems()
	o.ProblemCount = r.number()
	return o
}

func (r *manifestRow) column() *vector {
	r.next++
	return r.v[r.next-1]
}

func (r *manifestRow) number() int64 {
	n, _ := r.column().number(r.row)
	return n
}

func (r *manifestRow) text() string {
	b, _ := r.column().bytes(r.row)
	return string(b)
}

// name is a text and, where that is not UTF-8, its bytes.
func (r *manifestRow) name() string {
	s := r.text()
	if b, ok := r.column().bytes(r.row); ok {
		return string(b)
	}
	return s
}

func (r *manifestRow) list() (out []string) {
	v := r.column()
	from, to := v.entries(r.row)
	for _, n := range v.index[from:to] {
		if n >= 0 {
			out = append(out, string(v.value(n)))
		}
	}
	return out
}

func (r *manifestRow) problems() (out []scan.Problem) {
	offsets, indexes, texts := r.column(), r.column(), r.column()
	from, to := offsets.entries(r.row)
	other, end := indexes.entries(r.row)
	third, last := texts.entries(r.row)
	for i := range min(to-from, end-other, last-third) {
		n, m, k := offsets.index[from+i], indexes.index[other+i], texts.index[third+i]
		if n >= 0 && m >= 0 && k >= 0 {
			out = append(out, scan.Problem{Offset: offsets.ints[n], Index: int(indexes.ints[m]), Text: string(texts.value(k))})
		}
	}
	return out
}
