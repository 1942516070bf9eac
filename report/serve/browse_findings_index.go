package serve

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// findingsName is the case's file of findings.
const findingsName = "findings.jsonl"

// A findingHead is a line of findings.jsonl without its events and records.
type findingHead struct {
	scan.FindingHead
	Title      string   `json:"title"`
	Techniques []string `json:"techniques"`

	Standing report.Standing `json:"-"` // as the report has it, where it shows the finding
	Untold   bool            `json:"-"` // it does not, though there are judgements
}

// A findingIndex knows where each finding lies in findings.jsonl, the severest first: 32 bytes for
// a finding, of which a large case may have millions.
type findingIndex struct {
	entries    []findingEntry // by severity, then as in the file
	ids        []findingID    // by hash
	detectors  []string       // by their numbers in the entries
	size       int64          // of the file, and below when it was written: places in another one are wrong
	written    time.Time
	BySeverity [len(detect.Severities)]int64
}

type findingEntry struct {
	at       int64 // of the line's first byte
	head     int32 // bytes of it before the events
	detector uint16
	severity detect.Severity
}

type findingID struct {
	hash  uint64
	entry int32
}

func hashID(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

// headEnd is what follows the head in a line. Quotes within a JSON string are escaped,
// so it stands nowhere before.
var headEnd = []byte(`,"events":[`)

// maxHead bounds the head of a finding, whose lists are bounded, in bytes.
const maxHead = 1 << 20

// findingIndex reads findings.jsonl, once while it stays as it is.
func (b *browser) findingIndex(ctx context.Context) (*findingIndex, error) {
	return b.findings.get(ctx, b.state(), func(ctx context.Context) (*findingIndex, error) {
		f, err := b.caseFile(findingsName)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return nil, fmt.Errorf("case %s: %s: %w", b.Name, findingsName, err)
		}
		x := &findingIndex{size: info.Size(), written: info.ModTime()}
		numbers := map[string]uint16{}
		err = eachHead(ctx, f, func(at int64, head []byte) error {
			h, err := parseHead(head)
			if err != nil {
				return err
			}
			n, ok := numbers[h.Detector]
			if !ok {
				n = uint16(len(x.detectors))
				numbers[h.Detector] = n
				x.detectors = append(x.detectors, h.Detector)
			}
			x.BySeverity[h.Severity]++
			x.ids = append(x.ids, findingID{hashID(h.ID), int32(len(x.entries))})
			x.entries = append(x.entries, findingEntry{at, int32(len(head)), n, h.Severity})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("case %s: %s: %w", b.Name, findingsName, err)
		}
		x.sort()
		return x, b.counted(ctx, findingsName, "findings", int64(len(x.entries)), func(m *report.Model) int64 { return m.Findings.Total + m.Findings.Suppressed })
	})
}

// errOtherFindings is what an index gets of a findings.jsonl that it was not made of.
var errOtherFindings = errors.New("written anew while it was read")

// withFindings calls use with the index, and anew where a hunt wrote other findings meanwhile.
func (b *browser) withFindings(ctx context.Context, use func(*findingIndex) error) error {
	for range changesWithin {
		x, err := b.findingIndex(ctx)
		if err != nil {
			return err
		}
		if err := use(x); !errors.Is(err, errOtherFindings) {
			return err
		}
	}
	return fmt.Errorf("case %s: %s: %w", b.Name, findingsName, errOtherFindings)
}

// sort brings the severest findings to the front.
func (x *findingIndex) sort() {
	order := make([]int32, len(x.entries))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(x.entries[j].severity, x.entries[i].severity) })
	entries, places := make([]findingEntry, len(order)), make([]int32, len(order))
	for to, from := range order {
		entries[to], places[from] = x.entries[from], int32(to)
	}
	x.entries = entries
	for i := range x.ids {
		x.ids[i].entry = places[x.ids[i].entry]
	}
	slices.SortFunc(x.ids, func(i, j findingID) int {
		return cmp.Or(cmp.Compare(i.hash, j.hash), cmp.Compare(i.entry, j.entry))
	})
}

func parseHead(head []byte) (*findingHead, error) {
	var h findingHead
	err := json.Unmarshal(append(head[:len(head):len(head)], '}'), &h)
	return &h, err
}

// eachHead calls yield with the heads of the lines. The rest of a line, which may be very long, is passed by.
func eachHead(ctx context.Context, r io.Reader, yield func(at int64, head []byte) error) error {
	buffer := make([]byte, 256<<10)
	var head []byte
	start, at, skip := int64(0), int64(0), false
	for {
		n, err := r.Read(buffer)
		for part := buffer[:n]; len(part) > 0; {
			line, rest, ended := bytes.Cut(part, []byte{'\n'})
			if !skip {
				head = append(head, line...)
				if i := bytes.Index(head, headEnd); i >= 0 {
					if err := yield(start, head[:i]); err != nil {
						return fmt.Errorf("finding at byte %d: %w", start, err)
					}
					skip = true
				} else if len(head) > maxHead || ended && len(head) > 0 {
					return fmt.Errorf("finding at byte %d: no events", start)
				}
			}
			at += int64(len(part) - len(rest))
			if ended {
				start, skip, head = at, false, head[:0]
			}
			part = rest
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if !skip && len(head) > 0 {
		return fmt.Errorf("finding at byte %d: cut short", start)
	}
	return nil
}

// A findingChoice says which findings are wanted.
type findingChoice struct {
	Severity string // "": all
	Detector string // "": all
	Text     string // in the title, the subject, why, or in one of the lists; "": any
}

// findingsOf walks over the findings by their places in the index.
func (b *browser) findingsOf(x *findingIndex, c findingChoice) pageWalk[*findingHead] {
	return func(ctx context.Context, from, to uint64, yield func(uint64, *findingHead) error) error {
		f, err := b.caseFile(findingsName)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err == nil && (info.Size() != x.size || !info.ModTime().Equal(x.written)) {
			err = errOtherFindings
		}
		if err != nil {
			return fmt.Errorf("case %s: %s: %w", b.Name, findingsName, err)
		}
		var buffer []byte
		for i := from; i < min(to, uint64(len(x.entries))); i++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			e := &x.entries[i]
			if c.Severity != "" && e.severity.String() != c.Severity || c.Detector != "" && x.detectors[e.detector] != c.Detector {
				continue
			}
			buffer = slices.Grow(buffer[:0], int(e.head)+1)[:e.head]
			if _, err := f.ReadAt(buffer, e.at); err != nil {
				return fmt.Errorf("case %s: %s: %w", b.Name, findingsName, err)
			}
			h, err := parseHead(buffer)
			if err != nil {
				return fmt.Errorf("case %s: %s: %w", b.Name, findingsName, err)
			}
			if h.mentions(c.Text) {
				if err := yield(i, h); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// mentions reports whether a text is in the head, whatever the case of letters.
func (h *findingHead) mentions(text string) bool {
	if text == "" {
		return true
	}
	for _, s := range slices.Concat([]string{h.ID, h.Title, h.Subject, h.Why, h.Detector}, h.Principals.Values, h.Credentials.Values, h.SourceIPs.Values) {
		if containsFold(s, text) {
			return true
		}
	}
	return false
}

// finding returns the finding of an ID; nil: there is none.
func (b *browser) finding(ctx context.Context, x *findingIndex, id string) (found *findingHead, err error) {
	hash := hashID(id)
	i, _ := slices.BinarySearchFunc(x.ids, hash, func(e findingID, h uint64) int { return cmp.Compare(e.hash, h) })
	for ; i < len(x.ids) && x.ids[i].hash == hash && found == nil && err == nil; i++ {
		at := uint64(x.ids[i].entry)
		err = b.findingsOf(x, findingChoice{})(ctx, at, at+1, func(_ uint64, h *findingHead) error {
			if h.ID == id {
				found = h
			}
			return nil
		})
	}
	return found, err
}
