package detect

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readJSON reads a STIX bundle or a MISP event. Their elements are taken one after the other.
func (l *Indicators) readJSON(in *bufio.Reader) error {
	lines := &lineCounter{r: in}
	w := jsonWalk{dec: json.NewDecoder(lines), lines: lines, l: l}
	err := w.value("", 0)
	if err == nil {
		if _, err = w.dec.Token(); err == nil {
			err = errors.New("more follows the end")
		}
	}
	if err != io.EOF {
		return fmt.Errorf("line %d: %w", lines.line(w.dec.InputOffset()), err)
	}
	if !w.known {
		return errors.New("JSON that is neither a STIX bundle nor a MISP event")
	}
	if w.others > 0 {
		l.note(fmt.Sprintf("%d STIX objects that are no indicators were left aside", w.others))
	}
	return nil
}

// A lineCounter tells in which line a place of what was read through it is. Places rise.
type lineCounter struct {
	r     io.Reader
	read  int64
	count int
	ends  []int64 // of the lines that were read, and no place was asked of yet
}

func (c *lineCounter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	for i, x := range b[:n] {
		if x == '\n' {
			c.ends = append(c.ends, c.read+int64(i))
		}
	}
	c.read += int64(n)
	return n, err
}

// line returns the line of an offset, from 1.
func (c *lineCounter) line(offset int64) int {
	n := 0
	for n < len(c.ends) && c.ends[n] < offset {
		n++
	}
	c.count += n
	c.ends = c.ends[n:]
	return c.count + 1
}

// A jsonWalk looks for the elements of STIX bundles ("objects") and MISP events ("Attribute"),
// wherever they are: MISP nests events, objects and attributes.
type jsonWalk struct {
	dec    *json.Decoder
	lines  *lineCounter
	l      *Indicators
	known  bool
	others int
}

// maxNesting is deeper than either form nests.
const maxNesting = 32

// value reads the next value, which is called so.
func (w *jsonWalk) value(name string, depth int) error {
	if depth > maxNesting {
		return errors.New("nested too deep")
	}
	token, err := w.dec.Token()
	if err != nil {
		return unexpected(err)
	}
	switch token {
	case json.Delim('{'):
		for w.dec.More() {
			key, err := w.dec.Token()
			if err != nil {
				return unexpected(err)
			}
			if err := w.value(key.(string), depth+1); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for w.dec.More() {
			if err := w.element(name, depth); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = w.dec.Token()
	return unexpected(err)
}

// element reads an element of the list that is called so.
func (w *jsonWalk) element(list string, depth int) error {
	switch list {
	case "objects":
		var o stixObject
		line, ok, err := w.decode(&o)
		if ok && o.Type != "" {
			w.known = true
			w.stix(&o, line)
		}
		return err
	case "Attribute":
		var a mispAttribute
		line, ok, err := w.decode(&a)
		if w.known = true; ok {
			w.misp(&a, line)
		}
		return err
	}
	return w.value(list, depth+1)
}

// decode reads an element; one of the wrong form is listed.
func (w *jsonWalk) decode(into any) (line int, ok bool, err error) {
	var raw json.RawMessage
	if err := w.dec.Decode(&raw); err != nil {
		return 0, false, unexpected(err)
	}
	line = w.lines.line(w.dec.InputOffset() - int64(len(raw)) + 1)
	if err := json.Unmarshal(raw, into); err != nil {
		w.l.reject(line, string(raw), err.Error())
		return line, false, nil
	}
	return line, true, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A stixObject is what matters of an object of a STIX 2.1 bundle.
type stixObject struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Pattern     string `json:"pattern"`
	PatternType string `json:"pattern_type"`
	Revoked     bool   `json:"revoked"`
}

// stix takes an indicator's pattern. When it is said to be valid is left aside: that is when
// it was published, and what is looked at is older.
func (w *jsonWalk) stix(o *stixObject, line int) {
	switch {
	case o.Type != "indicator":
		w.others++
	case o.Revoked:
		w.l.reject(line, o.Pattern, "revoked")
	case o.PatternType != "" && o.PatternType != "stix":
		w.l.reject(line, o.Pattern, fmt.Sprintf("a pattern of the type %q", cutText(o.PatternType, 60)))
	default:
		all, err := stixPattern(o.Pattern)
		if err != nil {
			w.l.reject(line, o.Pattern, err.Error())
		}
		for _, c := range all {
			w.l.add(indicatorEntry{line: line, kind: stixKinds[c.path], value: c.value, remark: strings.TrimSpace(o.Name + " " + o.ID)})
		}
	}
}

// A mispAttribute is what matters of a MISP attribute.
type mispAttribute struct {
	Type    string `json:"type"`
	Value   string `json:"value"`
	Comment string `json:"comment"`
	UUID    string `json:"uuid"`
	Detects *bool  `json:"to_ids"` // it is meant for detection
	Deleted bool   `json:"deleted"`
}

// mispKinds are the types that are compared with a part of the event; others are recognised
// by what they look like, or are not used.
var mispKinds = map[string]string{
	"ip-src": "ip", "ip-dst": "ip", "ip-src|port": "ip", "ip-dst|port": "ip", "user-agent": "user-agent",
	"email": "email", "email-src": "email", "email-dst": "email", "target-user": "user", "target-email": "email", "github-username": "user",
}

// misp takes an attribute. One that is not meant for detection is context: worth a look only.
func (w *jsonWalk) misp(a *mispAttribute, line int) {
	e := indicatorEntry{line: line, kind: mispKinds[a.Type], value: a.Value, remark: strings.TrimSpace(a.Comment + " " + a.UUID)}
	switch {
	case a.Deleted:
		w.l.reject(line, a.Value, "deleted")
		return
	case a.Type == "domain|ip":
		_, e.value, _ = strings.Cut(a.Value, "|")
		e.kind = "ip"
	case e.kind == "":
		e.kind = a.Type
		if _, ok := kindNamed(e.kind); ok || e.kind == "" {
			e.kind = "MISP " + a.Type
		}
	}
	if a.Detects != nil && !*a.Detects {
		e.severity = Low.String()
	}
	w.l.add(e)
}
