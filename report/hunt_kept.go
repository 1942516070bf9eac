package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// keptLines reads findings.jsonl, of which lines stay as they are behind their heads. A line may
// be far larger than memory: it lists all events of its finding.
type keptLines struct {
	f     *os.File
	r     *bufio.Reader
	n     int    // lines so far
	line  []byte // the beginning of the current one, or all of it
	whole bool
	rest  int // where in line the events begin
}

// keptBuffer holds a line's head and its first few events, whatever they are.
const keptBuffer = 1 << 20

func (h *hunt) openKept() (*keptLines, error) {
	f, err := openCaseFile(filepath.Join(h.store.dir, findingsLines))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", findingsLines, err)
	}
	return &keptLines{f: f, r: bufio.NewReaderSize(f, keptBuffer)}, nil
}

func (k *keptLines) close() error { return k.f.Close() }

var eventsMember = []byte(`,"events":[`)

// next goes on to the finding of that ID. The line must then be taken by skip or copy.
func (k *keptLines) next(id string) (*findingLine, error) {
	wanted := []byte(`{"id":` + string(appendJSONString(nil, id)) + `,`)
	for {
		if err := k.begin(); err != nil {
			return nil, fmt.Errorf("%s: finding %s: %w", findingsLines, id, err)
		}
		if bytes.HasPrefix(k.line, wanted) {
			break
		}
		if err := k.skip(); err != nil {
			return nil, err
		}
	}
	line := new(findingLine)
	return line, k.head(line)
}

// following goes on to the next finding; io.EOF: there is none. The line must then be taken by skip or copy.
func (k *keptLines) following(to *findingLine) error {
	if _, err := k.r.Peek(1); err == io.EOF {
		return io.EOF
	}
	if err := k.begin(); err != nil {
		return k.errorf(err)
	}
	return k.head(to)
}

// head reads the head of the line.
func (k *keptLines) head(to *findingLine) error {
	end := bytes.Index(k.line, eventsMember) // in a text its quotes would be escaped
	if end < 0 {
		return k.errorf(errors.New("it has no events"))
	}
	k.rest = end + len(eventsMember)
	k.line[end] = '}' // of an object without them, for the time being
	err := decodeLine(k.line[:end+1], to)
	k.line[end] = ','
	return k.errorf(err)
}

// errorf is what went wrong with the line; nil: nothing.
func (k *keptLines) errorf(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: line %d: %w", findingsLines, k.n, err)
}

// begin reads the beginning of a line.
func (k *keptLines) begin() error {
	k.n++
	line, err := k.r.ReadSlice('\n')
	switch err {
	case nil, bufio.ErrBufferFull:
		k.line, k.whole = line, err == nil
		return nil
	case io.EOF:
		return errors.New("missing, although the latest revision has it")
	}
	return pathless(err)
}

// more reads on in the line.
func (k *keptLines) more() ([]byte, error) {
	part, err := k.r.ReadSlice('\n')
	if k.whole = err == nil; err == bufio.ErrBufferFull {
		err = nil
	} else if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%s: line %d: %w", findingsLines, k.n, pathless(err))
	}
	return part, nil
}

func (k *keptLines) skip() error {
	for !k.whole {
		if _, err := k.more(); err != nil {
			return err
		}
	}
	return nil
}

// keptEvent is an event in a line of findings.jsonl.
type keptEvent struct {
	ID      string    `json:"id"`
	Ordinal uint64    `json:"ordinal"`
	Time    time.Time `json:"time"`
	Name    string    `json:"name"`
	Error   string    `json:"error"`
	Object  uint64    `json:"object"`
	Index   int       `json:"index"`
	Offset  int64     `json:"offset"`
}

// events returns the first few events of the line, as far as they are in the part of it that was read.
func (k *keptLines) events(most int) (all []keptEvent, err error) {
	for rest := k.line[k.rest:]; len(all) < most && !bytes.HasPrefix(rest, []byte("]")); rest = bytes.TrimPrefix(rest, []byte(",")) {
		var e keptEvent
		if rest, err = decodeFront(rest, &e); err != nil {
			if !k.whole { // the line goes on behind what was read of it
				break
			}
			return nil, k.errorf(err)
		}
		all = append(all, e)
	}
	return all, nil
}

// event is the event without its record.
func (e *keptEvent) event() *scan.FindingEvent {
	return &scan.FindingEvent{
		ID: e.ID, Ordinal: e.Ordinal, Time: e.Time, Name: e.Name, Error: e.Error,
		Place: detect.Place{Object: e.Object, Index: e.Index, Offset: e.Offset},
	}
}

// verdictsAtMost is more than a line's verdicts take, in bytes.
const verdictsAtMost = 4 << 10

var integrityMember = []byte(`,"integrity":`)

// copy writes what follows the line's head, as it is.
func (k *keptLines) copy(w io.Writer) error {
	for part := k.line[k.rest:]; ; {
		if _, err := w.Write(part); err != nil || k.whole {
			return err
		}
		var err error
		if part, err = k.more(); err != nil {
			return err
		}
	}
}

// judge is copy where lines end with verdicts. It puts these in their place, and returns them; nil: those that are there stay.
func (k *keptLines) judge(w io.Writer, v Verdicts) (Verdicts, error) {
	end, err := k.copyBut(w, verdictsAtMost)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(end, integrityMember)
	if at < 0 {
		return nil, fmt.Errorf("%s: line %d: no verdicts", findingsLines, k.n)
	}
	verdicts := end[at:]
	if v == nil {
		err = json.Unmarshal(bytes.TrimSuffix(verdicts[len(integrityMember):], []byte("}\n")), &v)
	} else if verdicts, err = v.append(nil); err == nil {
		verdicts = append(verdicts, "}\n"...)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: line %d: verdicts: %w", findingsLines, k.n, err)
	}
	if _, err := w.Write(end[:at]); err != nil {
		return nil, err
	}
	_, err = w.Write(verdicts)
	return v, err
}

// copyBut writes what follows the line's head, but for the last bytes of it, of which it returns at least so many as there are.
func (k *keptLines) copyBut(w io.Writer, last int) ([]byte, error) {
	if k.whole {
		return k.line[k.rest:], nil
	}
	end := bytes.Clone(k.line[k.rest:])
	for !k.whole {
		if n := len(end) - last; n > 0 {
			if _, err := w.Write(end[:n]); err != nil {
				return nil, err
			}
			end = append(end[:0], end[n:]...)
		}
		part, err := k.more()
		if err != nil {
			return nil, err
		}
		end = append(end, part...)
	}
	return end, nil
}

// pull is a sequence from which one takes a value at a time.
type pull[T any] struct {
	pull func() (T, error, bool)
	stop func()
}

func newPull[T any](seq iter.Seq2[T, error]) *pull[T] {
	p := &pull[T]{}
	p.pull, p.stop = iter.Pull2(seq)
	return p
}

func (p *pull[T]) next() (T, error) {
	v, err, ok := p.pull()
	if !ok {
		err = errors.New("a finding is missing")
	}
	return v, err
}
