package report

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"

	"github.com/coldtrail/coldtrail/scan"
)

type eventSeq = iter.Seq2[scan.FindingEvent, error]

// fresh are the new findings, one at a time. The events of one are gone when the next comes.
type fresh struct {
	pull   func() (scan.FindingHead, eventSeq, bool)
	stop   func()
	failed func() error
	head   scan.FindingHead
	events eventSeq
}

func newFresh(h *hunt) *fresh {
	f := &fresh{failed: h.failed}
	f.pull, f.stop = iter.Pull2(h.fresh)
	return f
}

func (f *fresh) next() error {
	var ok bool
	if f.head, f.events, ok = f.pull(); !ok {
		return errors.Join(errors.New("it is missing"), f.failed())
	}
	return nil
}

// writeTable writes the new revision's table: rows of the findings that stay, and of the new ones.
func (h *hunt) writeTable(w io.Writer) error {
	t, err := newSideTable(w, findingColumns)
	if err != nil {
		return err
	}
	kept, err := openKeptRows(filepath.Join(h.store.dir, filepath.FromSlash(revisionName(h.latest))))
	if err != nil {
		return fmt.Errorf("%s: %w", revisionName(h.latest), err)
	}
	defer kept.close()
	fresh := newFresh(h)
	defer fresh.stop()
	for i := range h.concluded.findings {
		f := &h.concluded.findings[i]
		if f.stays {
			err = kept.copy(t, int64(i), f)
		} else if err = fresh.next(); err == nil {
			err = t.findingRows(int64(i), &fresh.head, fresh.events)
		}
		if err != nil {
			return fmt.Errorf("finding %s: %w", f.Finding, err)
		}
	}
	return errors.Join(h.failed(), t.finish())
}

// findingRows adds the rows of a finding.
func (t *sideTable) findingRows(ordinal int64, head *scan.FindingHead, events eventSeq) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		t.finding(ordinal, head, &e)
		if err := t.end(); err != nil {
			return err
		}
	}
	return nil
}

// keptRows reads a revision's table, row by row.
type keptRows struct {
	table  *tableFile
	groups []tableGroup
	pages  *pageReader
	v      []*vector
	row    int // of the first of groups
}

// The columns of keptRows, in the order of v.
var keptColumns = []string{"finding_id", "detector", "severity", "subject", "why", "ordinal", "event_id", "event_ts"}

func openKeptRows(path string) (*keptRows, error) {
	t, err := openTable(path, findingColumns)
	if err != nil {
		return nil, err
	}
	groups, err := t.groups()
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return &keptRows{table: t, groups: groups, pages: newPageReader()}, nil
}

func (k *keptRows) close() error {
	k.pages.zstd.Close()
	return k.table.close()
}

// load makes sure that there is a current row.
func (k *keptRows) load() error {
	for len(k.groups) > 0 && k.v != nil && k.row == k.groups[0].rows {
		k.groups, k.v, k.row = k.groups[1:], nil, 0
	}
	if len(k.groups) == 0 {
		return errors.New("the table has fewer rows than before")
	}
	if k.v != nil {
		return nil
	}
	for _, name := range keptColumns {
		v, err := k.pages.read(&k.groups[0], k.table.leaf(name), nil)
		if err != nil {
			return fmt.Errorf("row group %d: column %s: %w", k.groups[0].number, name, err)
		}
		k.v = append(k.v, v)
	}
	return nil
}

func (k *keptRows) text(column int) string {
	b, _ := k.v[column].bytes(k.row)
	return textOf(b)
}

// copy passes over the rows before those of a finding, and copies these.
func (k *keptRows) copy(t *sideTable, number int64, f *huntFinding) error {
	for left := f.events; left > 0; k.row++ {
		if err := k.load(); err != nil {
			return err
		}
		if k.text(0) != f.Finding {
			continue
		}
		left--
		var texts [5]string
		for i := range texts {
			texts[i] = k.text(i)
		}
		ordinal, _ := k.v[5].number(k.row)
		at, _ := k.v[7].number(k.row)
		t.findingRow(number, texts, ordinal, k.text(6), at)
		if err := t.end(); err != nil {
			return err
		}
	}
	return nil
}
