package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

const (
	// HeadsPerSeverity is how many findings of each severity the report shows;
	// the rest is counted there and listed in findings.jsonl.
	HeadsPerSeverity = 10
	// eventsPerHead is how many events of a finding the report names.
	eventsPerHead = 5
	// recordsPerFinding is how many raw records findings.jsonl holds per finding.
	recordsPerFinding = 3
)

// A findingLine is a line of findings.jsonl without its events and records,
// which follow these fields and are written as they come.
type findingLine struct {
	scan.FindingHead
	Title      string   `json:"title,omitempty"`
	Techniques []string `json:"techniques,omitempty"`
}

// A Shown is a finding that the report shows.
type Shown struct {
	scan.FindingHead
	Title string `json:"title"`
	// Standing is what examiners hold of its events, together; "": it is suspected, or milder than what makes suspects.
	Standing Standing `json:"standing,omitempty"`
	// Integrity counts the events by the verdict of their objects; nil: no digest was there to judge them by.
	Integrity Verdicts     `json:"integrity,omitempty"`
	Events    []ShownEvent `json:"events"`
	More      int          `json:"more_events,omitempty"` // listed in findings.jsonl
}

// A ShownEvent is an event of a finding and where it lies.
type ShownEvent struct {
	Time    time.Time `json:"time"`
	Name    string    `json:"name"`
	Outcome string    `json:"outcome,omitempty"` // succeeded, denied or failed; "" not known here
	Error   string    `json:"error,omitempty"`   // errorCode or, where that is empty, errorMessage
	ID      string    `json:"id"`
	Ordinal uint64    `json:"ordinal"`
	Object  string    `json:"object"`
	Index   int       `json:"index"`
	Offset  int64     `json:"offset"`
}

// found is what writing the findings tells of them.
type found struct {
	bySeverity [len(detect.Severities)]int64
	shown      [len(detect.Severities)][]Shown
	byDetector map[string]*detected
	groups     [len(detect.Severities)]map[string]*GroupRow // by detector
	total      int64                                        // suppressed ones apart
	suppressed suppressed
	held       [len(detect.Severities)]Standings
	judged     bool // held was counted
}

// detected sums up the findings of one detector.
type detected struct {
	severity detect.Severity // the highest of its findings
	findings int64
	events   int64
}

type findingsWriter struct {
	w         io.Writer // nil: the findings are summed up, and not written
	b         []byte
	clock     clock
	names     objectNames
	objects   scan.Objects
	detectors map[string]*detect.Detector
	messages  *messages
	verdicts  *verdicts
	tally     *Tally // what is held of events; nil: nothing
	found     found
	ours      bool // this very program wrote the lines that stay
}

func newFindingsWriter(w io.Writer, names scan.Objects, detectors map[string]*detect.Detector, messages *messages, verdicts *verdicts) *findingsWriter {
	fw := &findingsWriter{w: w, objects: names, detectors: detectors, messages: messages, verdicts: verdicts, names: objectNames{objects: names, encode: jsonName}}
	fw.found.byDetector = make(map[string]*detected)
	return fw
}

// writeFindings writes findings.jsonl; to nil it only sums up.
func writeFindings(w io.Writer, res *scan.Result, detectors map[string]*detect.Detector, messages *messages, verdicts *verdicts) (*found, error) {
	fw := newFindingsWriter(w, res.Names, detectors, messages, verdicts)
	if res.Findings != nil {
		for head, events := range res.Findings {
			if err := fw.finding(head, events); err != nil {
				return nil, fmt.Errorf("finding %s: %w", head.ID, err)
			}
		}
	}
	if res.Err != nil {
		if err := res.Err(); err != nil {
			return nil, err
		}
	}
	return &fw.found, nil
}

func (fw *findingsWriter) finding(head scan.FindingHead, events iter.Seq2[scan.FindingEvent, error]) error {
	head = validHead(head)
	line := findingLine{FindingHead: head}
	if d := fw.detectors[head.Detector]; d != nil {
		line.Title, line.Techniques = d.Title, d.Techniques
	}
	shown := Shown{FindingHead: head, Title: line.Title}
	if err := fw.begin(line); err != nil {
		return err
	}
	var records []byte
	n := 0
	for e, err := range events {
		if err != nil {
			return err
		}
		if n < eventsPerHead {
			if err := fw.show(&shown, &e); err != nil {
				return err
			}
		}
		if fw.verdicts != nil {
			shown.Integrity.count(fw.verdicts.event(e.Place.Object, e.Place.Offset))
		}
		if fw.w != nil {
			if n < recordsPerFinding && e.Raw != nil {
				records = appendRecord(records, &e)
			}
			if err := fw.event(&e, n == 0); err != nil {
				return err
			}
		}
		n++
	}
	shown.More = n - len(shown.Events)
	fw.count(shown, n)
	return fw.end(records, shown.Integrity)
}

// begin starts a finding's line, as far as its events.
func (fw *findingsWriter) begin(line findingLine) error {
	if fw.w == nil {
		return nil
	}
	b, err := appendJSON(fw.b[:0], line, "")
	fw.b = append(bytes.TrimSuffix(b, []byte("}\n")), `,"events":[`...)
	return err
}

// end ends a finding's line, behind its events.
func (fw *findingsWriter) end(records []byte, verdicts Verdicts) (err error) {
	if fw.w == nil {
		return nil
	}
	b := append(fw.b, `],"records":[`...)
	b = append(append(b, records...), ']')
	if fw.verdicts != nil {
		if b, err = verdicts.append(b); err != nil {
			return err
		}
	}
	fw.b = append(b, "}\n"...)
	_, err = fw.w.Write(fw.b)
	return err
}

func (fw *findingsWriter) count(s Shown, events int) {
	f := &fw.found
	if s.Suppressed != "" {
		f.suppressed.add(&s.FindingHead, events)
		return
	}
	severity := min(s.Severity, detect.Critical)
	f.total++
	f.bySeverity[severity]++
	fw.stand(&s, severity, events)
	if len(f.shown[severity]) < HeadsPerSeverity {
		f.shown[severity] = append(f.shown[severity], s)
	}
	d := f.byDetector[s.Detector]
	if d == nil {
		d = new(detected)
		f.byDetector[s.Detector] = d
	}
	d.severity = max(d.severity, severity)
	d.findings++
	d.events += int64(events)
	if f.groups[severity] == nil {
		f.groups[severity] = make(map[string]*GroupRow)
	}
	g := f.groups[severity][s.Detector]
	if g == nil {
		g = &GroupRow{Detector: s.Detector, Title: s.Title}
		f.groups[severity][s.Detector] = g
	}
	g.Findings++
	g.Events += int64(events)
	g.Span.plus(&Span{s.First, s.Last})
}

func (fw *findingsWriter) show(s *Shown, e *scan.FindingEvent) error {
	source, path, err := fw.objects.Name(e.Place.Object)
	if err != nil {
		return err
	}
	text, outcome := fw.messages.of(e.Ordinal, e.Error)
	s.Events = append(s.Events, ShownEvent{
		e.Time.UTC(), valid(e.Name), outcome, valid(text),
		valid(e.ID), e.Ordinal, valid(objectName(source, path)), e.Place.Index, e.Place.Offset,
	})
	return nil
}

// event adds one element of a finding's events, and writes what has become long.
func (fw *findingsWriter) event(e *scan.FindingEvent, first bool) error {
	b := fw.b
	if !first {
		b = append(b, ',')
	}
	b = append(b, `{"id":`...)
	b = appendJSONString(b, e.ID)
	b = append(b, `,"ordinal":`...)
	b = strconv.AppendUint(b, e.Ordinal, 10)
	b = append(b, `,"time":"`...)
	b = fw.clock.append(b, e.Time)
	b = append(b, `","name":`...)
	b = appendJSONString(b, e.Name)
	if e.Error != "" {
		b = append(b, `,"error":`...)
		b = appendJSONString(b, e.Error)
	}
	b = append(b, ',')
	b, err := fw.names.place(b, e.Place)
	if err != nil {
		return err
	}
	fw.b = append(b, '}')
	if len(fw.b) < 64<<10 {
		return nil
	}
	_, err = fw.w.Write(fw.b)
	fw.b = fw.b[:0]
	return err
}

// place appends the members of a JSON object that say where an event lies.
func (n *objectNames) place(b []byte, p detect.Place) ([]byte, error) {
	name, err := n.field(p.Object)
	if err != nil {
		return b, err
	}
	b = append(b, `"object":`...)
	b = strconv.AppendUint(b, p.Object, 10)
	b = append(b, ',')
	b = append(b, name...)
	b = append(b, `,"index":`...)
	b = strconv.AppendInt(b, int64(p.Index), 10)
	b = append(b, `,"offset":`...)
	return strconv.AppendInt(b, p.Offset, 10), nil
}

// jsonName is the encoding of an object's name in the lines of JSON.
func jsonName(dst []byte, source, path string) []byte {
	dst = append(dst, `"source":`...)
	dst = appendJSONString(dst, source)
	dst = append(dst, `,"path":`...)
	return appendJSONString(dst, path)
}

// appendRecord appends one element of a finding's records: the raw record as a
// JSON value, which white space and \u escapes apart is what the evidence holds,
// or in base64 where it cannot be embedded. The hash is that of the exact bytes.
func appendRecord(b []byte, e *scan.FindingEvent) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	sum := sha256.Sum256(e.Raw)
	b = append(b, `{"event_id":`...)
	b = appendJSONString(b, e.ID)
	b = append(b, `,"sha256":"`...)
	b = hex.AppendEncode(b, sum[:])
	b = append(b, '"')
	var compact bytes.Buffer
	if utf8.Valid(e.Raw) && json.Compact(&compact, e.Raw) == nil {
		b = append(b, `,"base64":false,"record":`...)
		b = appendPrintable(b, compact.Bytes())
	} else {
		b = append(b, `,"base64":true,"record":"`...)
		b = base64.StdEncoding.AppendEncode(b, e.Raw)
		b = append(b, '"')
	}
	return append(b, '}')
}

func validHead(h scan.FindingHead) scan.FindingHead {
	h.First, h.Last = h.First.UTC(), h.Last.UTC()
	h.ID, h.Detector, h.Subject, h.Why, h.Suppressed = valid(h.ID), valid(h.Detector), valid(h.Subject), valid(h.Why), valid(h.Suppressed)
	for _, d := range []*scan.Distinct{&h.Principals, &h.Credentials, &h.SourceIPs} {
		d.Values = validAll(d.Values)
	}
	return h
}
