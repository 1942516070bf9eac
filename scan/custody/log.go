package custody

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// LogName is the log's name in a case.
const LogName = "custody.jsonl"

// maxLine bounds a line of the log: more than any command line that a system takes.
const maxLine = 16 << 20

// A Head says how far the log goes. Whoever has it from elsewhere, on paper or signed,
// can tell whether the log up to there is the one that it was.
type Head struct {
	V     int    `json:"v"`
	Seq   uint64 `json:"seq"`   // of the last entry
	Hash  string `json:"hash"`  // SHA-256 of its line, with the line feed
	Count uint64 `json:"count"` // entries
}

// A LineError says what is wrong with a line of the log, and that nothing is wrong with
// those before it.
type LineError struct {
	Line int // from 1; the entry's Seq is one less
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Read reads a log and checks each line, and that it follows the one before. Each is told
// of an entry with the hash of its line. Head says how far all is well. What is wrong
// with a line is a *LineError, behind which nothing is read.
func Read(r io.Reader, each func(e *Entry, hash string) error) (Head, error) {
	head := Head{V: Version, Hash: Genesis}
	br := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(br)
		if err == io.EOF {
			return head, nil
		}
		var e *Entry
		if err == nil {
			e, err = check(line, &head)
		}
		if errors.Is(err, errLine) {
			return head, &LineError{n, err}
		}
		if err != nil {
			return head, err
		}
		head.Seq, head.Count, head.Hash = e.Seq, head.Count+1, sumOf(line)
		if each != nil {
			if err := each(e, head.Hash); err != nil {
				return head, err
			}
		}
	}
}

// errLine marks what is the log's fault and not the reader's.
var errLine = errors.New("the log is not as it was written")

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errLine, fmt.Sprintf(format, args...))
}

func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return nil, broken("longer than %d bytes", maxLine)
		}
		switch {
		case err == nil:
			return line, nil
		case err == io.EOF && len(line) > 0:
			return nil, broken("it ends without a line feed: writing it was cut off, or something was cut away")
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// check checks a line that follows the head.
func check(line []byte, head *Head) (*Entry, error) {
	at := len(line) - len(Genesis) - len(sumEnd)
	body, ok := bytes.CutSuffix(line[:max(at, 0)], []byte(sumMember))
	if bytes.HasSuffix(line, []byte("\r\n")) {
		return nil, broken("it ends with CR LF: it went through something that changes line breaks, as a transfer in text mode does")
	}
	if !ok || string(line[at+len(Genesis):]) != sumEnd {
		return nil, broken("no sum at its end")
	}
	if string(line[at:at+len(Genesis)]) != sumOf(body) {
		return nil, broken("it was changed: its sum is another")
	}
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, broken("%v", err)
	}
	if e.V != Version {
		return nil, broken("version %d: not one that this coldtrail knows", e.V)
	}
	if e.Seq != head.Count {
		return nil, broken("it is entry %d and stands where entry %d should", e.Seq, head.Count)
	}
	if e.Prev != head.Hash {
		return nil, broken("it does not follow the line before it")
	}
	// An entry that reads differently to another program, since a member is there
	// twice or unknown here, is not one that was written here.
	if again, err := e.line(); err != nil || !bytes.Equal(again, line) {
		return nil, broken("it is not in the form that entries have")
	}
	return &e, nil
}

// ReadFile reads the log at path. See Read.
func ReadFile(path string, each func(e *Entry, hash string) error) (Head, error) {
	f, err := openRegular(path)
	if err != nil {
		return Head{}, err
	}
	defer f.Close()
	return Read(f, each)
}

// Append appends an entry to the log at path, which it makes if it is not there, and
// brings it to the disk. It fills in what makes the entry follow the others. A log
// that is not whole is not continued: the error is then a *LineError.
func Append(path string, e *Entry) (head Head, err error) {
	if _, err := os.Lstat(path); err == nil {
		if f, err := openRegular(path); err != nil {
			return Head{}, err
		} else if err := f.Close(); err != nil {
			return Head{}, err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return Head{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lock(f); err != nil {
		return Head{}, fmt.Errorf("%s: another process is writing to it: %w", filepath.Base(path), err)
	}
	if head, err = Read(f, nil); err != nil {
		return head, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	e.V, e.Seq, e.Prev = Version, head.Count, head.Hash
	e.Time = e.Time.UTC().Round(0)
	line, err := e.settled()
	if err == nil && len(line) > maxLine {
		err = fmt.Errorf("entry: longer than %d bytes", maxLine)
	}
	if err != nil {
		return head, err
	}
	if _, err := f.Write(line); err != nil {
		return head, err
	}
	if err := f.Sync(); err != nil {
		return head, err
	}
	if e.Seq == 0 {
		if err := syncDir(filepath.Dir(path)); err != nil {
			return head, err
		}
	}
	return Head{V: Version, Seq: e.Seq, Count: e.Seq + 1, Hash: sumOf(line)}, nil
}

// syncDir brings the names in a directory to the disk.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // has no fsync of directories
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openRegular opens a file of a case, which may come from somebody else: a pipe in it would
// be waited for, and a link lead out of it.
func openRegular(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	return os.Open(path)
}

// An Unclosed is a command that began and of whose end the log has nothing: it was cut
// off, by a crash or a loss of power.
type Unclosed struct {
	Seq     uint64
	Command string
	Time    time.Time
}

// A Summary is what a log tells.
type Summary struct {
	Head     Head
	Entries  []Entry  // without environments
	Hashes   []string // of their lines
	Unclosed []Unclosed
	Sealed   *File           // what the last command that sealed the case said of SumsName; nil: none did
	Files    map[string]File // what was put beside the log since: signatures, timestamps
}

// Summarize reads the log at path. What is wrong with a line is a *LineError; the
// summary is then of the lines before it.
func Summarize(path string) (*Summary, error) {
	s := &Summary{Files: map[string]File{}}
	open := map[uint64]Unclosed{}
	head, err := ReadFile(path, func(e *Entry, hash string) error {
		switch e.Action {
		case Open:
			open[e.Seq] = Unclosed{e.Seq, e.Command, e.Time}
		case Close:
			if e.Of != nil {
				delete(open, *e.Of)
			}
		}
		for _, f := range e.Outputs {
			if f.Path == SumsName {
				s.Sealed = &f
			} else if e.Action != Open && e.Action != Close {
				s.Files[f.Path] = f
			}
		}
		brief := *e
		brief.ArgvBase64, brief.Env = nil, nil
		s.Entries, s.Hashes = append(s.Entries, brief), append(s.Hashes, hash)
		return nil
	})
	s.Head = head
	for _, e := range s.Entries {
		if u, ok := open[e.Seq]; ok {
			s.Unclosed = append(s.Unclosed, u)
		}
	}
	return s, err
}
