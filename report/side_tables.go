package report

import (
	"io"

	"github.com/coldtrail/coldtrail/scan"
)

// objectColumns are the columns of objects.parquet: scan.Object, a row each, in
// the order of the ordinals. path and source show bytes that are not UTF-8 as
// \xNN; where there are any, path_bytes and source_bytes have what it really is.
var objectColumns = []column{
	ranged(integer("ordinal")),
	required(word("source")), {Name: "source_bytes", Type: bytesColumn},
	required(column{Name: "path"}), {Name: "path_bytes", Type: bytesColumn},
	integer("size"), random("sha256"), integer("content_size"), random("content_sha256"), integer("members"),
	word("shape"), required(word("status")), texts("reason"), required(listOf("notes", required(texts("element")))),
	integer("framed"), integer("kept"), integer("excluded"), integer("bad"), integer("other"),
	integer("network_activity"), integer("insights"), integer("aggregated"), // of those kept, and of the others
	required(listOf("problems", required(structOf("element", // the first few; problems.jsonl has all
		integer("offset"), integer("index"), required(texts("text")))))),
	integer("problem_count"),
}

// findingColumns are the columns of findings/rev-NNN.parquet: a row for each
// event of each finding, in the order of findings.jsonl and its events.
var findingColumns = []column{
	ranged(integer("finding_ordinal")),
	required(ranged(texts("finding_id"))), required(ranged(word("detector"))), required(ranged(word("severity"))),
	required(texts("subject")), required(texts("why")),
	ranged(integer("ordinal")),   // the event's, in the event store
	required(random("event_id")), // eventid, or derived_id
	{Name: "event_ts", Type: timeColumn, Required: true, Bounds: true},
}

const (
	sideRows  = 64 << 10 // rows of a row group
	sideBytes = 8 << 20  // about as many bytes in a row group
)

// A sideTable writes a Parquet file row by row, in few row groups.
type sideTable struct {
	file   *parquetFile
	group  *groupEncoder
	next   int // the chunk that the row's next value is for
	rows   int
	bytes  int
	buffer []byte
}

func newSideTable(w io.Writer, columns []column) (*sideTable, error) {
	file, err := newParquetFile(w, columns)
	if err != nil {
		return nil, err
	}
	t := &sideTable{file: file, group: newGroupEncoder(columns)}
	t.group.begin()
	return t, nil
}

// text gives the row's next column a text; NULL if it is empty and may be.
func (t *sideTable) text(s string) {
	c := t.group.chunks[t.next]
	t.next++
	t.bytes += len(s)
	if s == "" && c.level > 0 {
		c.text(t.group.pages, 0, nil)
		return
	}
	c.text(t.group.pages, c.level, aliased(valid(s)))
}

// name is text for two columns: what shows, and its bytes where they differ.
func (t *sideTable) name(s string) {
	t.text(s)
	c := t.group.chunks[t.next]
	t.next++
	if shown := valid(s); shown == s {
		c.text(t.group.pages, 0, nil)
		return
	}
	c.text(t.group.pages, 1, aliased(s))
}

// numbers gives the row's next columns numbers.
func (t *sideTable) numbers(all ...int64) {
	for _, n := range all {
		t.group.chunks[t.next].number(n)
		t.next++
	}
}

// list gives the row's next column a list of texts.
func (t *sideTable) list(texts []string) {
	c := t.group.chunks[t.next]
	t.next++
	if len(texts) == 0 {
		c.element(true, 0, nil)
	}
	for i, s := range texts {
		t.bytes += len(s)
		c.element(i == 0, c.level, aliased(valid(s)))
	}
}

// problems gives the row's next columns a list of problems.
func (t *sideTable) problems(all []scan.Problem) {
	columns := t.group.chunks[t.next : t.next+3]
	t.next += 3
	if len(all) == 0 {
		for _, c := range columns {
			c.element(true, 0, nil)
		}
	}
	for i := range all {
		p := &all[i]
		t.bytes += len(p.Text)
		columns[0].numberElement(i == 0, p.Offset)
		columns[1].numberElement(i == 0, int64(p.Index))
		columns[2].element(i == 0, columns[2].level, aliased(valid(p.Text)))
	}
}

// end ends the row.
func (t *sideTable) end() error {
	t.next = 0
	t.rows++
	if t.rows < sideRows && t.bytes < sideBytes {
		return nil
	}
	return t.flush()
}

func (t *sideTable) flush() error {
	if t.rows == 0 {
		return nil
	}
	g, err := t.group.finish(t.buffer, t.rows)
	if err != nil {
		return err
	}
	t.buffer, t.rows, t.bytes = g.bytes, 0, 0
	t.group.begin()
	return t.file.add(g)
}

// finish writes what is left, and the footer.
func (t *sideTable) finish() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.file.finish()
}

// writeObjects writes objects.parquet.
func writeObjects(w io.Writer, res *scan.Result) error {
	t, err := newSideTable(w, objectColumns)
	if err != nil {
		return err
	}
	if res.Objects != nil {
		for o, err := range res.Objects {
			if err != nil {
				return err
			}
			t.object(&o)
			if err := t.end(); err != nil {
				return err
			}
		}
	}
	return t.finish()
}

func (t *sideTable) object(o *scan.Object) {
	t.numbers(int64(o.Ordinal))
	t.name(o.Source)
	t.name(o.Path)
	t.numbers(o.Size)
	t.text(o.SHA256)
	t.numbers(o.ContentSize)
	t.text(o.ContentSHA256)
	t.numbers(int64(o.Members))
	t.text(o.Shape)
	t.text(string(o.Status))
	t.text(o.Reason)
	t.list(o.Notes)
	t.numbers(o.Framed, o.Kept, o.Excluded, o.Bad, o.Other, o.NetworkActivity, o.Insights, o.Aggregated)
	t.problems(o.Problems)
	t.numbers(o.ProblemCount)
}

// writeFindingTable writes the first revision of the findings.
func writeFindingTable(w io.Writer, res *scan.Result) error {
	t, err := newSideTable(w, findingColumns)
	if err != nil {
		return err
	}
	if res.Findings != nil {
		ordinal := int64(0)
		for head, events := range res.Findings {
			for e, err := range events {
				if err != nil {
					return err
				}
				t.finding(ordinal, &head, &e)
				if err := t.end(); err != nil {
					return err
				}
			}
			ordinal++
		}
	}
	if res.Err != nil {
		if err := res.Err(); err != nil {
			return err
		}
	}
	return t.finish()
}

func (t *sideTable) finding(ordinal int64, head *scan.FindingHead, e *scan.FindingEvent) {
	t.findingRow(ordinal, [...]string{head.ID, head.Detector, head.Severity.String(), head.Subject, head.Why}, int64(e.Ordinal), e.ID, e.Time.UnixMicro())
}

// findingRow gives a row of findingColumns its values.
func (t *sideTable) findingRow(finding int64, texts [5]string, ordinal int64, id string, at int64) {
	t.numbers(finding)
	for _, s := range texts {
		t.text(s)
	}
	t.numbers(ordinal)
	t.text(id)
	t.numbers(at)
}
