package report

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = exportFormat(ExportFormat{
	Name:  "plaso",
	Doc:   "lines of JSON as plaso's parser jsonl/aws_cloudtrail_log reads them, which are answers of LookupEvents, of all events and in the timeline's order: log2timeline.py --parsers jsonl/aws_cloudtrail_log",
	write: (*EventStore).writePlaso,
})

const (
	// plasoFirst is how many bytes plaso reads of the first line to see what file it
	// has (20260720: jsonl_parser.py). It refuses a file whose first line is longer.
	plasoFirst = 64 << 10
	// plasoHeld bounds the memory for events that wait for a shorter one.
	plasoHeld = 32 << 20
)

// noIdentity is what is put at the end of a record that has no identity which is an object:
// plaso asks each for its ARN, and at the first one without leaves the rest of the file out.
const noIdentity = `"userIdentity":{}}`

// plasoLines are the encoded events of a block.
type plasoLines struct {
	b        []byte
	ends     []int // of the lines in b
	identity int64 // how many lacked one
}

func (s *EventStore) writePlaso(ctx context.Context, w io.Writer, f *Filter) (told FileExported, err error) {
	out := plasoWriter{w: w}
	var identity int64
	err = eachBlock(ctx, s, f, plasoBlock, func(l plasoLines) error {
		told.Events += int64(len(l.ends))
		identity += l.identity
		return out.add(&l)
	})
	if err == nil {
		err = out.end()
	}
	if identity > 0 {
		told.Notes = append(told.Notes, fmt.Sprintf("%s no userIdentity, without which plaso would stop: an empty one stands at the end of CloudTrailEvent", recordsHave(identity)))
	}
	if out.long {
		told.Notes = append(told.Notes, fmt.Sprintf("the first line has more than the %d bytes that plaso reads of it: it refuses the file", plasoFirst))
	}
	return told, err
}

func recordsHave(n int64) string {
	if n == 1 {
		return "1 record has"
	}
	return plural(n, "record") + " have"
}

func plasoBlock(b *block) (l plasoLines, err error) {
	defer b.done()
	if err := b.load(eventLookup); err != nil {
		return l, err
	}
	v := lookupView{resources: "both"}
	var line []byte
	for row := range b.rows {
		e := v.event(b, row)
		if !hasIdentity(e.Record) {
			l.identity++
			e.Record = withIdentity(e.Record)
		}
		line = append(e.AppendJSON(line[:0], SpacedTime), '\n')
		l.b = appendPrintable(l.b, line)
		l.ends = append(l.ends, len(l.b))
	}
	return l, nil
}

// hasIdentity reports whether a record's identity is an object.
func hasIdentity(record []byte) bool {
	v, ok := (&parser.Record{Raw: record}).Get("userIdentity")
	return ok && len(v.Raw()) > 0 && v.Raw()[0] == '{'
}

// withIdentity returns the record with an empty identity, which of two is the one that counts.
func withIdentity(record []byte) []byte {
	end := len(record) - 1
	out := append(make([]byte, 0, len(record)+len(noIdentity)+1), record[:end]...)
	if end > 1 {
		out = append(out, ',')
	}
	return append(out, noIdentity...)
}

// A plasoWriter holds events back until there is one that may be the first.
type plasoWriter struct {
	w     io.Writer
	begun bool
	held  []byte
	long  bool // none could be the first
}

func (p *plasoWriter) add(l *plasoLines) error {
	from := 0
	for i := 0; !p.begun && i < len(l.ends); i++ {
		line := l.b[from:l.ends[i]]
		from = l.ends[i]
		if len(line) <= plasoFirst {
			p.held = append(slices.Clone(line), p.held...)
		} else {
			p.held = append(p.held, line...)
			p.long = len(p.held) > plasoHeld
		}
		if len(line) <= plasoFirst || p.long {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	_, err := p.w.Write(l.b[from:])
	return err
}

func (p *plasoWriter) flush() error {
	p.begun = true
	_, err := p.w.Write(p.held)
	p.held = nil
	return err
}

// end writes what is still held, because all of it is long.
func (p *plasoWriter) end() error {
	p.long = p.long || len(p.held) > 0
	return p.flush()
}
