package scan

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A worker reads objects, one at a time. It owns all that it writes to.
type worker struct {
	run     *run
	opener  opener
	content *content
	ahead   readAhead
	reader  parser.Reader
	entries *extsort.Writer
	hits    *extsort.Writer
	ids     *extsort.Writer
	objects *extsort.Writer
	spool   *spooler // nil: records are not kept
	sums    Totals

	o        Object // that is being read
	problems uint64
	other    others // elements that are no events
	again    bool   // prior events are read, whose problems are listed
	alike    likeness
	odd      oddities
	unread   others // of them, those that hold events in a form that is not read
	encode   refEncoder
	copies   copyKeys
	ref      detect.EventRef // of the current record; here so that it is not allocated anew
	key      []byte
	value    []byte
	evidence []byte // of the current record
	carried  []byte
	head     [hashBytes]byte
	homes    homes
}

// shownProblems is how many problems an object's own line lists; problems.jsonl has all.
const shownProblems = 10

func (w *worker) work(ctx context.Context, stretches <-chan stretch, free chan<- []byte) error {
	defer w.opener.close()
	w.again = false
	for s := range stretches {
		if s.given != nil {
			if err := w.give(ctx, s.given, free); err != nil {
				return err
			}
			continue
		}
		err := w.run.sources.table.each(s.from, s.to, func(ordinal uint64, o listed) error {
			if o.kind != unpack.NoArchive { // its line is written
				return nil
			}
			return w.object(ctx, ordinal, o, nil)
		})
		if err != nil {
			return err
		}
	}
	if w.spool != nil {
		if err := w.spool.close(); err != nil {
			return err
		}
	}
	return errors.Join(w.entries.Close(), w.hits.Close(), w.ids.Close(), w.objects.Close())
}

// object reads one object and lists it; from is where its bytes come from, nil if it
// is to be opened. An error is ours, not the object's.
func (w *worker) object(ctx context.Context, ordinal uint64, l listed, from io.Reader) error {
	w.o = Object{Ordinal: ordinal, Source: w.run.sources.table.labels[l.source], Path: shown(l.path), Size: max(l.size, 0), Notes: l.member.notes(l.path)}
	w.odd.reset()
	w.problems, w.other, w.unread, w.alike = 0, w.other[:0], w.unread[:0], likeness{}
	why := w.run.cfg.Scope.excludes(l.path)
	var err error
	switch {
	case l.reason != "" && l.member != nil && l.member.flags&harmless != 0:
		w.o.Status, w.o.Reason = Recognised, l.reason
	case l.reason != "":
		w.o.Status, w.o.Reason = Unreadable, l.reason
		err = w.problem(-1, -1, l.reason)
	case why != "":
		w.o.Status, w.o.Reason = OutOfScope, why
	case from != nil:
		err = w.read(ctx, l, from)
	default:
		err = w.open(ctx, l)
	}
	if err == nil {
		err = w.vouched()
	}
	if err != nil {
		return fmt.Errorf("source %s: object %s: %w", w.o.Source, w.o.Path, err)
	}
	return w.list()
}

// vouched adds what the bag says of the object, if it lies in one.
func (w *worker) vouched() error {
	v, ok := w.run.bagSays[w.o.Ordinal]
	if !ok {
		return nil
	}
	w.o.Notes = append(w.o.Notes, v.notes...)
	for _, text := range v.problems {
		if w.o.Status == Parsed || w.o.Status == Recognised {
			w.o.Status, w.o.Reason = Damaged, text
		}
		if err := w.problem(-1, -1, text); err != nil {
			return err
		}
	}
	return nil
}

// list writes the object's line and adds it to the sums.
func (w *worker) list() error {
	o := &w.o
	o.ProblemCount = int64(w.problems)
	w.sums.addObject(o)
	w.run.cfg.Progress.add(o)
	w.value = o.append(w.value[:0])
	return w.objects.Add(objectKey(o.Ordinal, 0), w.value)
}

func objectKey(ordinal, n uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, ordinal), n)
}

// problem lists something that could not be read.
func (w *worker) problem(offset int64, index int, text string) error {
	if w.again {
		return nil
	}
	p := Problem{Offset: offset, Index: index, Text: text}
	if w.problems++; w.problems <= shownProblems {
		w.o.Problems = append(w.o.Problems, p)
	}
	return w.objects.Add(objectKey(w.o.Ordinal, w.problems), encodeJSON(ObjectProblem{w.o.Ordinal, p}))
}

func (w *worker) open(ctx context.Context, l listed) error {
	f, err := w.opener.open(l)
	if err != nil {
		w.o.Status, w.o.Reason = Unreadable, reasonOf(err)
		return w.problem(-1, -1, w.o.Reason)
	}
	defer f.Close()
	return w.read(ctx, l, f)
}

// read reads an object's bytes.
func (w *worker) read(ctx context.Context, l listed, f io.Reader) error {
	w.reader.Reset(w.content, parser.Origin{Source: w.o.Source, Object: w.o.Path})
	f = until(ctx, f)
	if w.run.surveys {
		return errors.Join(w.look(l, f), ctx.Err())
	}
	var end error
	w.content.cost = -1
	if l.member != nil {
		w.content.cost = l.member.at.Packed
	}
	if err := w.begin(f, l.size); err != nil {
		end = &parser.FormatError{Offset: 0, Err: err}
	} else if w.run.cfg.HashOnly {
		_, end = io.Copy(io.Discard, w.content)
		return w.judgeHashed(l, end)
	} else if end, err = w.parse(ctx, l.size >= aheadFrom); err != nil {
		return err
	}
	if l.size >= aheadFrom && end != io.EOF {
		// How far it was read ahead of the end is chance; what is said of the object must not be.
		io.Copy(io.Discard, w.content)
	}
	if err := w.content.drain(); err != nil && end == io.EOF {
		end = err
	}
	if ctx.Err() != nil { // which may be all that is wrong with the object
		return ctx.Err()
	}
	return w.judge(l, end)
}

// A reading is an io.Reader that is a function.
type reading func(p []byte) (int, error)

func (r reading) Read(p []byte) (int, error) { return r(p) }

// until reads f until ctx ends: one element may be as long as a disk, and is looked at in between by nobody.
func until(ctx context.Context, f io.Reader) io.Reader {
	r := reading(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return f.Read(p)
	})
	if at, ok := f.(io.ReaderAt); ok { // which Parquet is read by
		return struct {
			reading
			io.ReaderAt
		}{r, at}
	}
	return r
}

// begin makes the content ready. A panic in there is the object's problem.
func (w *worker) begin(f io.Reader, size int64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return w.content.reset(f, size, w.run.wantsContentHash(w.o.Ordinal))
}

// parse reads the object's elements from the content, ahead of them if it is huge.
func (w *worker) parse(ctx context.Context, huge bool) (end, err error) {
	if huge {
		w.ahead.start(w.content)
		defer w.ahead.stop()
		w.reader.Reset(&w.ahead, parser.Origin{Source: w.o.Source, Object: w.o.Path})
	}
	return w.records(ctx)
}

// records reads the object's elements. end is what the parser ended with. A panic in there
// is the object's problem, as one of the parser is.
func (w *worker) records(ctx context.Context) (end, err error) {
	defer func() {
		if p := recover(); p != nil {
			end, err = w.broken(p), nil
		}
	}()
	for n := 0; ; n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rec, end := w.reader.Next()
		if bad, ok := end.(*parser.RecordError); ok {
			if bad.Index >= 0 {
				w.o.Framed++
				w.o.Bad++
			}
			if err := w.problem(bad.Offset, bad.Index, bad.Err.Error()); err != nil {
				return nil, err
			}
			continue
		}
		if end != nil {
			return end, nil
		}
		w.o.Framed++
		if err := w.record(rec); err != nil {
			return nil, err
		}
	}
}

// next is the reader's Next, for who looks at some elements only.
func (w *worker) next() (rec *parser.Record, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = w.broken(p)
		}
	}()
	return w.reader.Next()
}

// broken is how an object ends over which something panicked. An element that was
// framed, and not counted yet, could not be read.
func (w *worker) broken(p any) error {
	o := &w.o
	if o.Framed > o.Kept+o.Excluded+o.Bad+o.Other {
		o.Bad++
	}
	return &parser.FormatError{Offset: w.reader.Offset(), Err: fmt.Errorf("panic: %v", p)}
}

// record keeps an event that is in scope: its entry, its hits, and its ID.
func (w *worker) record(rec *parser.Record) error {
	if rec.Kind != parser.Event {
		w.another(rec)
		return nil
	}
	if !w.run.cfg.Scope.includes(rec) {
		w.o.Excluded++
		return nil
	}
	w.lifted(rec)
	ref := &w.ref
	*ref = refOf(rec, w.o.Ordinal)
	w.o.Kept++ // what goes before may panic
	if rec.NetworkActivity() {
		w.o.NetworkActivity++
	}
	w.key = appendKey(w.key[:0], ref)
	w.value = w.encode.append(w.value[:0], ref)
	head := binary.BigEndian.AppendUint64(w.head[:0], w.run.hashes.content(rec.Raw))
	w.homes.see(rec.Account)
	if err := w.examine(rec); err != nil {
		w.evidence, w.carried = w.evidence[:0], w.carried[:0]
		if err := w.problem(rec.Origin.Offset, rec.Origin.Index, err.Error()); err != nil {
			return err
		}
	}
	if len(w.evidence) > 0 {
		if err := w.hits.Add(w.key, w.value, w.evidence); err != nil {
			return err
		}
	}
	if err := w.keep(rec.Raw, head); err != nil {
		return err
	}
	w.key = w.copies.append(w.key[:0], ref)
	return w.ids.Add(w.key, head)
}

// another counts an element that is no event.
func (w *worker) another(rec *parser.Record) {
	w.o.Other++
	switch rec.Kind {
	case parser.Insight:
		w.o.Insights++
		w.other.see("CloudTrail Insights events")
	case parser.Aggregated:
		w.o.Aggregated++
		w.other.see("CloudTrail aggregated events")
	default:
		w.other.see(rec.What)
		if parser.HoldsEvents(rec.What) {
			w.unread.see(rec.What)
		}
	}
}

// lifted takes note of a record that comes out of another system's file.
func (w *worker) lifted(rec *parser.Record) {
	if rec.Lifted {
		w.alike.see(rec)
	}
	w.odd.see(w.o.Path, rec)
}

// keep adds the current record's entry, and the record where sinks want it.
func (w *worker) keep(raw, hash []byte) error {
	if w.spool != nil {
		return w.spool.add(raw, w.key, hash, w.value, w.carried)
	}
	return w.entries.Add(w.key, hash, w.value, w.carried)
}

// examine asks the detectors, whose evidence travels to the settling pass on a
// path of its own, and takes what the sinks will want. An error says that one of
// them panicked: the event stays in the timeline, but nobody has judged it.
func (w *worker) examine(rec *parser.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while the event was examined: %v", p)
		}
	}()
	w.evidence, w.carried = w.evidence[:0], w.carried[:0]
	w.run.set.Record(rec, func(d int, e detect.Evidence) {
		w.evidence = binary.AppendUvarint(w.evidence, uint64(d))
		w.evidence = detect.AppendEvidence(w.evidence, e)
		w.run.sign(d, e, &w.ref)
	})
	if w.run.cfg.Carry != nil {
		w.carried = w.run.cfg.Carry(w.carried, rec)
	}
	return nil
}

// refOf returns the reference of an event in the object of that ordinal. It
// borrows the record.
func refOf(rec *parser.Record, object uint64) detect.EventRef {
	ref := detect.NewRef(rec, detect.Place{Object: object, Index: rec.Origin.Index, Offset: rec.Origin.Offset})
	if ref.ID == "" {
		ref.ID = derivedID(rec.Raw)
	}
	for _, s := range [...]*string{
		&ref.ID, &ref.Name, &ref.EventSource, &ref.Region, &ref.Account, &ref.Principal, &ref.PrincipalType, &ref.Credential,
		&ref.SessionStart, &ref.InvokedBy, &ref.SourceIP, &ref.UserAgent, &ref.ErrorCode, &ref.ErrorMessage, &ref.ReadOnly,
	} {
		if len(*s) > maxField {
			*s = shorten(*s)
		}
	}
	return ref
}

// maxField is four times what CloudTrail lets a field hold. What exceeds it was
// written by somebody else, and must not fill the memory and the report.
const maxField = 4 << 10

// shorten keeps the beginning of a text, and says how long it is and what its
// hash is; the whole is in the record.
func shorten(s string) string {
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%s… (%d bytes, SHA-256 %x)", strings.ToValidUTF8(s[:512], ""), len(s), sum)
}
