package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// lineageFile is the graph of all credentials of the case: detect.LineageRow. It is made when it is first asked for, and the same whoever
// makes it. It is missing where the graph found no room, and in cases of earlier coldtrails.
const lineageFile = "lineage.parquet"

// lineageColumns are its columns. Numbers of nodes are those of rows, from 0; -1: none.
var lineageColumns = []column{
	required(word("kind")), texts("name"), integer("started"),
	integer("first"), integer("last"), integer("calls"), integer("direct"), integer("torn"), // of its own calls; times are Unix seconds
	word("type"), texts("role"), texts("source_identity"), texts("on_behalf_of"),
	integer("principal"), integer("shown"), integer("parent"),
	required(word("confidence")), required(word("why")), integer("seconds"), integer("fitting"), word("event"), integer("event_ordinal"), integer("event_time"),
}

var lineageNames = func() (names []string) {
	for i := range lineageColumns {
		names = append(names, lineageColumns[i].Name)
	}
	return names
}()

// writeLineage writes lineageFile.
func writeLineage(w io.Writer, nodes iter.Seq[*detect.LineageRow]) error {
	t, err := newSideTable(w, lineageColumns)
	if err != nil {
		return err
	}
	for r := range nodes {
		t.text(r.Kind.String())
		t.text(r.Name)
		t.numbers(r.Start, r.First, r.Last, r.Calls, bit(r.Direct), bit(r.Torn))
		for _, s := range [...]string{r.Type, r.Role, r.Source, r.Behalf} {
			t.text(s)
		}
		t.numbers(int64(r.Principal), int64(r.Shown), int64(r.Parent))
		t.text(r.Confidence.String())
		t.text(r.Why)
		t.numbers(int64(r.Apart), int64(r.Fits))
		t.text(r.By)
		t.numbers(int64(r.Mark), r.At)
		if err := t.end(); err != nil {
			return err
		}
	}
	return t.finish()
}

// areTexts reports whether no name is told from another by bytes that are no text, which would be lost.
func areTexts(nodes iter.Seq[*detect.LineageRow]) bool {
	for r := range nodes {
		for _, s := range [...]string{r.Name, r.Type, r.Role, r.Source, r.Behalf} {
			if valid(s) != s {
				return false
			}
		}
	}
	return true
}

// readLineage reads lineageFile; fs.ErrNotExist: there is none.
func readLineage(ctx context.Context, dir string) (*detect.Lineage, error) {
	path := filepath.Join(dir, lineageFile)
	t, err := openTable(path, lineageColumns)
	if err != nil {
		return nil, err
	}
	groups, err := t.groups()
	if err = errors.Join(err, t.close()); err != nil {
		return nil, err
	}
	rows := 0
	for i := range groups {
		rows += groups[i].rows
	}
	if rows > incidentNodes {
		return nil, fmt.Errorf("%d nodes: more than a graph has", rows)
	}
	return detect.ReadLineage(rows, func(yield func(*detect.LineageRow, error) bool) {
		more := true
		err := readTable(path, lineageColumns, lineageNames, func(rows int, v []*vector) error {
			r := lineageReader{v: v}
			for r.row = 0; more && r.row < rows; r.row++ {
				more = yield(r.node())
			}
			return ctx.Err()
		})
		if err != nil && more {
			yield(nil, err)
		}
	})
}

// A lineageReader reads a row group, column by column.
type lineageReader struct {
	v           []*vector
	row, column int
	n           detect.LineageRow // the row, until the next one
}

func (r *lineageReader) text() string {
	b, _ := r.v[r.column].bytes(r.row) // what has names is kept with them
	r.column++
	return textOf(b)
}

func (r *lineageReader) number() int64 {
	n, _ := r.v[r.column].number(r.row)
	r.column++
	return n
}

var (
	lineageKinds      = []string{detect.PrincipalNode.String(), detect.SessionNode.String(), detect.KeyNode.String()}
	lineageConfidence = []string{detect.Untied.String(), detect.Possible.String(), detect.Likely.String(), detect.Exact.String()}
)

func (r *lineageReader) node() (*detect.LineageRow, error) {
	r.column = 0
	n := &r.n
	kind := slices.Index(lineageKinds, r.text())
	n.Name, n.Start, n.First, n.Last, n.Calls, n.Direct, n.Torn = r.text(), r.number(), r.number(), r.number(), r.number(), r.number() != 0, r.number() != 0
	n.Type, n.Role, n.Source, n.Behalf = r.text(), r.text(), r.text(), r.text()
	n.Principal, n.Shown, n.Parent = int32(r.number()), int32(r.number()), int32(r.number())
	confidence := slices.Index(lineageConfidence, r.text())
	n.Why, n.Apart, n.Fits, n.By, n.Mark, n.At = r.text(), uint8(r.number()), uint16(r.number()), r.text(), uint64(r.number()), r.number()
	if kind < 0 || confidence < 0 {
		return nil, fmt.Errorf("row %d: kind or confidence: not known", r.row)
	}
	n.Kind, n.Confidence = detect.NodeKind(kind), detect.Confidence(confidence)
	return n, nil
}

// graph returns the graph of the case's credentials: that of lineageFile, if this program has made it. What had to be made from the events is kept.
func (src *incidentSource) graph(ctx context.Context) (*detect.Lineage, error) {
	if src.kept {
		l, err := readLineage(ctx, src.store.dir)
		switch {
		case err == nil:
			return l, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", lineageFile, err)
		}
	}
	l, err := src.store.Lineage(ctx, incidentNodes)
	if err != nil {
		return nil, err
	}
	if nodes := l.Rows(); src.keep != nil && l.Left() == 0 && areTexts(nodes) {
		err = src.keep(lineageFile, func(w io.Writer) error { return writeLineage(w, nodes) })
	}
	return l, err
}
