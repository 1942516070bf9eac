package report

import (
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/scan"
)

const (
	troubleLimit = 1000 // objects that the report names as damaged or unreadable
	shapeLimit   = 100

	filteredLimit = 100 // remarks about exports that may be filtered
)

// manifestFile lists all objects of the evidence.
const manifestFile = "manifest.jsonl"

// A manifestLine is a line of manifestFile.
type manifestLine struct {
	scan.Object
	// PathBytes is the path where that is not UTF-8 and Path shows bytes as \xNN.
	PathBytes string `json:"path_base64,omitempty"`
}

// restore gives the object its path as it was.
func (l *manifestLine) restore() error {
	if l.PathBytes == "" {
		return nil
	}
	path, err := base64.StdEncoding.DecodeString(l.PathBytes)
	if err != nil {
		return fmt.Errorf("%s: object %d: path_base64: %w", manifestFile, l.Ordinal, err)
	}
	l.Path = string(path)
	return nil
}

// CaseObjects yields the objects of the case in dir, which needs no event store, as its
// manifest lists them.
func CaseObjects(dir string) iter.Seq2[scan.Object, error] {
	return func(yield func(scan.Object, error) bool) {
		for line, err := range manifestLines(dir) {
			if !yield(line.Object, err) || err != nil {
				return
			}
		}
	}
}

// manifestLines yields the lines of the manifest of the case in dir. That there are other objects than the case counts, or in another order,
// is an error.
func manifestLines(dir string) iter.Seq2[manifestLine, error] {
	return func(yield func(manifestLine, error) bool) {
		n := uint64(0)
		for line, err := range jsonLines[manifestLine](dir, manifestFile) {
			if err == nil && line.Ordinal != n {
				err = fmt.Errorf("%s: object %d stands where object %d should", manifestFile, line.Ordinal, n)
			}
			if err == nil {
				err = line.restore()
			}
			n++
			if !yield(line, err) || err != nil {
				return
			}
		}
		t, err := countedTotals(dir)
		if err == nil && t != nil && t.Listed != int64(n) {
			err = fmt.Errorf("%s: %d objects, and summary.json counts %d: it was changed", manifestFile, n, t.Listed)
		}
		if err != nil {
			yield(manifestLine{}, err)
		}
	}
}

// A Trouble is an object that was not wholly read.
type Trouble struct {
	Ordinal  uint64      `json:"ordinal"`
	Object   string      `json:"object"`
	Status   scan.Status `json:"status"`
	Reason   string      `json:"reason"`
	Kept     int64       `json:"kept"`
	Bad      int64       `json:"bad"`
	Problems int64       `json:"problems"`
}

// manifested is what writing the manifest tells of the objects.
type manifested struct {
	sums    scan.Totals
	bytes   int64 // of all objects
	trouble capped[uint64, Trouble]
	shapes  capped[shapeKey, count] // objects by what they were

	filtered     []Remark
	moreFiltered int64
}

type shapeKey struct {
	status scan.Status
	shape  string // or the reason, for an object recognised or out of scope
}

// writeManifest writes manifest.jsonl; to nil it only sums up.
func writeManifest(w io.Writer, res *scan.Result) (*manifested, error) {
	m := &manifested{sums: scan.Totals{Objects: make(map[scan.Status]int64), Bytes: make(map[scan.Status]int64)}}
	m.trouble.limit, m.shapes.limit = troubleLimit, shapeLimit
	var b []byte
	if res.Objects == nil {
		return m, nil
	}
	for o, err := range res.Objects {
		if err != nil {
			return nil, err
		}
		m.add(&o)
		if w == nil {
			continue
		}
		line := manifestLine{Object: o}
		if !utf8.ValidString(o.Path) {
			line.PathBytes = base64.StdEncoding.EncodeToString([]byte(o.Path))
		}
		line.Source, line.Path, line.Reason, line.Notes = valid(o.Source), valid(o.Path), valid(o.Reason), validAll(o.Notes)
		line.Problems = slices.Clone(o.Problems)
		for i := range line.Problems {
			line.Problems[i].Text = valid(line.Problems[i].Text)
		}
		if b, err = appendJSON(b[:0], line, ""); err != nil {
			return nil, fmt.Errorf("object %d: %w", o.Ordinal, err)
		}
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *manifested) add(o *scan.Object) {
	s := &m.sums
	s.Listed++
	s.Objects[o.Status]++
	s.Bytes[o.Status] += o.Size
	m.bytes += o.Size
	s.Content += o.ContentSize
	s.Framed += o.Framed
	s.Kept += o.Kept
	s.Excluded += o.Excluded
	s.Bad += o.Bad
	s.Other += o.Other
	s.Kinds.Add(&o.Kinds)
	key := shapeKey{o.Status, clip(o.Shape)}
	if o.Shape == "" || o.Status == scan.Recognised && o.Reason != "" {
		key.shape = clip(o.Reason)
	}
	if o.Status == scan.Damaged || o.Status == scan.Unreadable {
		key.shape = clip(o.Shape)
		t := Trouble{o.Ordinal, valid(objectName(o.Source, o.Path)), o.Status, valid(o.Reason), o.Kept, o.Bad, o.ProblemCount}
		if row := m.trouble.at(o.Ordinal, nil); row != nil {
			*row = t
		} else {
			m.trouble.others++
		}
	}
	for _, note := range o.Notes {
		if !strings.HasPrefix(note, "possibly filtered: ") {
			continue
		}
		if len(m.filtered) == filteredLimit {
			m.moreFiltered++
			continue
		}
		m.filtered = append(m.filtered, Remark{o.Ordinal, valid(objectName(o.Source, o.Path)), valid(strings.TrimPrefix(note, "possibly filtered: "))})
	}
	if row := m.shapes.at(key, nil); row != nil {
		*row++
	} else {
		m.shapes.others++
	}
}

// disagreements says where the manifest and the totals do not add up.
func (m *manifested) disagreements(t *scan.Totals) []string {
	var out []string
	check := func(what string, a, b int64) {
		if a != b {
			out = append(out, fmt.Sprintf("%s: %d and %d", what, a, b))
		}
	}
	s := &m.sums
	objects, bytes := int64(0), int64(0)
	for _, status := range statuses {
		objects, bytes = objects+t.Objects[status], bytes+t.Bytes[status]
	}
	check("objects listed, and parsed + recognised + damaged + unreadable + out of scope", t.Listed, objects)
	check("bytes of those, and in the manifest", bytes, m.bytes)
	check("objects listed, and in the manifest", t.Listed, s.Listed)
	for _, status := range statuses {
		check(fmt.Sprintf("objects %s, and in the manifest", status), t.Objects[status], s.Objects[status])
	}
	check("records framed, and in the manifest", t.Framed, s.Framed)
	check("records kept, and in the manifest", t.Kept, s.Kept)
	check("records framed, and kept + excluded + bad + other", t.Framed, t.Kept+t.Excluded+t.Bad+t.Other)
	check("records kept, and distinct + copies", t.Kept, t.Distinct+t.Copies)
	check("Insights events, and in the manifest", t.Insights, s.Insights)
	check("aggregated events, and in the manifest", t.Aggregated, s.Aggregated)
	check("events of network activity, and in the manifest", t.NetworkActivity, s.NetworkActivity)
	return out
}

// statuses are those of package scan, in the order of the report.
var statuses = []scan.Status{scan.Parsed, scan.Recognised, scan.Damaged, scan.Unreadable, scan.OutOfScope}

// writeProblems writes problems.jsonl.
func writeProblems(w io.Writer, res *scan.Result) error {
	if res.Problems == nil {
		return nil
	}
	names := objectNames{objects: res.Names, encode: jsonName}
	var b []byte
	for p, err := range res.Problems {
		if err != nil {
			return err
		}
		name, err := names.field(p.Object)
		if err != nil {
			return err
		}
		b = fmt.Appendf(b[:0], `{"object":%d,`, p.Object)
		b = append(b, name...)
		b = fmt.Appendf(b, `,"index":%d,"offset":%d,"text":`, p.Index, p.Offset)
		b = append(appendJSONString(b, p.Text), "}\n"...)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// writeCopies writes copies.jsonl.
func writeCopies(w io.Writer, res *scan.Result) error {
	if res.Copies == nil {
		return nil
	}
	names := objectNames{objects: res.Names, encode: jsonName}
	var b []byte
	for c, err := range res.Copies {
		if err != nil {
			return err
		}
		b = fmt.Appendf(b[:0], `{"ordinal":%d,"event_id":`, c.Ordinal)
		b = append(appendJSONString(b, c.ID), ',')
		if b, err = names.place(b, c.Place); err != nil {
			return err
		}
		if _, err := w.Write(append(b, "}\n"...)); err != nil {
			return err
		}
	}
	return nil
}
