package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Version is that of the log's form. A log whose entries have more, or other,
// fields has another one.
const Version = 1

// Genesis is what the first entry has for the hash of the line before it.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// The actions of entries.
const (
	Open      = "open"     // a command begins: before it reads anything
	Close     = "close"    // it has ended; Of says which
	Note      = "note"     // what a person wants to have noted
	Transfer  = "transfer" // the case changes hands
	Sign      = "sign"     // the log up to this line is about to be signed
	Kept      = "kept"     // Outputs were put beside the log, as Of began to
	Request   = "timestamp-request"
	Timestamp = "timestamp-attach"
)

// An Entry is a line of the log. Seq, Prev and Sum are filled in by Append.
type Entry struct {
	V    int    `json:"v"`
	Seq  uint64 `json:"seq"`  // from 0
	Prev string `json:"prev"` // SHA-256 of the line before, with its line feed

	Time      time.Time `json:"ts_utc"`
	Monotonic int64     `json:"ts_monotonic_ms"` // since the program began
	Zone      string    `json:"tz"`
	Clock     string    `json:"clock_source_note"`

	Actor Actor `json:"actor"`
	Host  Host  `json:"host"`
	Case  Case  `json:"case"`

	Action  string  `json:"action"`
	Command string  `json:"command"`
	Of      *uint64 `json:"of,omitempty"` // Seq of the entry that this one ends

	Tool       Tool     `json:"tool"`
	Argv       []string `json:"argv"`
	ArgvBase64 [][]byte `json:"argv_base64,omitempty"` // where an argument is not UTF-8: all, exactly
	Cwd        string   `json:"cwd"`
	Env        []string `json:"env,omitempty"` // what could change a run, as NAME=value

	Inputs   []File           `json:"inputs,omitempty"`
	Outputs  []File           `json:"outputs,omitempty"`
	RuleSet  string           `json:"ruleset,omitempty"`
	Counts   map[string]int64 `json:"counts,omitempty"`
	Warnings []string         `json:"warnings,omitempty"`
	Text     string           `json:"text,omitempty"` // of a note
	To       string           `json:"to,omitempty"`   // of a transfer
	Error    string           `json:"error,omitempty"`
	Exit     *int             `json:"exit,omitempty"`

	// Sum is the SHA-256 of the line's bytes before this member. With it a line that was
	// changed is named, the last one too, which no other line vouches for.
	Sum string `json:"sum"`
}

// Actor is who acts: as they call themselves, and as the system knows them.
type Actor struct {
	Name   string `json:"name"`
	Role   string `json:"role"`
	OSUser string `json:"os_user"`
	UID    string `json:"uid"`
}

// Host is the machine on which they do.
type Host struct {
	Name      string `json:"hostname"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	MachineID string `json:"machine_id_sha256,omitempty"` // of the system's own id, which is not to be shown
}

// Case is what the action is for.
type Case struct {
	ID        string `json:"id"`
	Exhibit   string `json:"exhibit"`
	Authority string `json:"authority"`
	Reason    string `json:"reason,omitempty"`
}

// Tool is the program that wrote the entry.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	SHA256  string `json:"sha256"` // of the executable
}

// A File is what was read or written.
type File struct {
	Path   string     `json:"path"`
	Real   string     `json:"real_path,omitempty"` // absolute, links resolved
	Kind   string     `json:"kind,omitempty"`      // "directory", "file", …
	Bytes  int64      `json:"bytes"`
	Count  int64      `json:"count,omitempty"` // of files
	SHA256 string     `json:"sha256,omitempty"`
	MTime  *time.Time `json:"mtime,omitempty"`
	Mode   string     `json:"mode,omitempty"`
}

// sumMember stands before the sum in a line.
const sumMember = `,"sum":"`

// sumEnd is what a line ends with, behind the sum.
const sumEnd = "\"}\n"

// line returns the entry as a line of the log, with its sum.
func (e *Entry) line() ([]byte, error) {
	e.Sum = ""
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	line := printable(b.Bytes())
	body, ok := bytes.CutSuffix(line, []byte(sumMember+sumEnd))
	if !ok {
		return nil, errors.New("entry: does not end with its sum")
	}
	e.Sum = sumOf(body)
	return slices.Concat(body, []byte(sumMember), []byte(e.Sum), []byte(sumEnd)), nil
}

// settled returns the line of an entry that reads as it was written, whatever is in its
// texts: what is not UTF-8 in them is replaced before the sum is made.
func (e *Entry) settled() ([]byte, error) {
	line, err := e.line()
	if err != nil {
		return nil, err
	}
	var again Entry
	if err := json.Unmarshal(line, &again); err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	line, err = again.line()
	*e = again
	return line, err
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// printable escapes what does not print in JSON: whoever named a file must not steer
// the terminal of a person who reads the log.
func printable(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out = append(out, b[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[size:]
	}
	return out
}

// Text returns s as an entry can hold it: bytes that are not UTF-8 are shown as \xNN.
func Text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// SetArgv notes the command line, exactly.
func (e *Entry) SetArgv(argv []string) {
	e.Argv, e.ArgvBase64 = nil, nil
	valid := true
	for _, a := range argv {
		e.Argv = append(e.Argv, Text(a))
		valid = valid && utf8.ValidString(a)
	}
	if valid {
		return
	}
	for _, a := range argv {
		e.ArgvBase64 = append(e.ArgvBase64, []byte(a))
	}
}
