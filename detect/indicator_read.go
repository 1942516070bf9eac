package detect

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// ReadIndicators reads a list of indicators: a STIX 2.1 bundle, a MISP event, CSV with a
// heading, or one a line, behind which may stand a comma and a remark, or a blank and a
// comment that begins with #. What of it cannot be used is in Rejected. An error says that
// the list could not be read to its end, or that it is none at all.
//
// A list takes some 16 bytes of memory for each IPv4 address, and for other values their
// length and some 40 bytes.
func ReadIndicators(name string, r io.Reader) (*Indicators, error) {
	l := &Indicators{Name: name}
	sum := sha256.New()
	r = io.TeeReader(r, sum)
	in := bufio.NewReaderSize(r, 64<<10)
	start, err := in.Peek(2)
	if err == nil && (start[0] == 0xff && start[1] == 0xfe || start[0] == 0xfe && start[1] == 0xff) {
		if in, err = fromUTF16(in, start[0] == 0xfe); err != nil {
			return nil, err
		}
	}
	if bom, _ := in.Peek(3); string(bom) == "\xef\xbb\xbf" {
		in.Discard(3)
	}
	first, err := firstByte(in)
	switch {
	case err == io.EOF:
		return nil, errors.New("list of indicators: empty")
	case err != nil:
		return nil, err
	case first == '{' || first == '[' && startsJSON(in):
		err = l.readJSON(in)
	default:
		err = l.readText(in)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, r) // what follows a list in JSON is part of the file
	}
	if err != nil {
		return nil, err
	}
	l.sum = hex.EncodeToString(sum.Sum(nil))
	return l, nil
}

// fromUTF16 reads the whole of a text in UTF-16, as some spreadsheets save.
func fromUTF16(in io.Reader, big bool) (*bufio.Reader, error) {
	b, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	units := make([]uint16, 0, len(b)/2)
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		lo, hi := b[0], b[1]
		if big {
			lo, hi = hi, lo
		}
		units = append(units, uint16(lo)|uint16(hi)<<8)
	}
	return bufio.NewReader(strings.NewReader(string(utf16.Decode(units)))), nil
}

// firstByte looks at the first byte that is no white space.
func firstByte(in *bufio.Reader) (byte, error) {
	for n := 1; ; n++ {
		b, err := in.Peek(n)
		if len(b) < n {
			return 0, err
		}
		if c := b[n-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, nil
		}
	}
}

// startsJSON tells a list in JSON from a line that begins with a bracket: 1.2.3[.]4 does
// not, but [S3Console/0.4] does.
func startsJSON(in *bufio.Reader) bool {
	b, _ := in.Peek(in.Buffered())
	b = bytes.TrimLeft(bytes.TrimLeft(b, " \t\r\n")[1:], " \t\r\n")
	return len(b) > 0 && (b[0] == '{' || b[0] == '[' || b[0] == '"')
}

// maxLine bounds a line of a list.
const maxLine = 64 << 10

// readText reads lines, until one is a heading of columns.
func (l *Indicators) readText(in *bufio.Reader) error {
	for line := 1; ; line++ {
		text, err := readLine(in)
		if err != nil && err != io.EOF {
			return fmt.Errorf("line %d: %w", line, err)
		}
		text = strings.TrimSpace(text)
		if text != "" && text[0] != '#' && !strings.HasPrefix(text, "//") {
			if l.Len() == 0 && l.RejectedCount == 0 {
				if c := headingOf(text); c != nil {
					return l.readColumns(in, c, line)
				}
			}
			l.addLine(text, line)
		}
		if err == io.EOF {
			return nil
		}
	}
}

func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return "", fmt.Errorf("longer than %d bytes: not a list", maxLine)
		}
		if line = append(line, part...); err != bufio.ErrBufferFull {
			return string(line), err
		}
	}
}

// addLine adds a line that has no heading: a value, or a value and what is said of it, or a
// kind and a value.
func (l *Indicators) addLine(text string, line int) {
	value, remark := text, ""
	if at := strings.Index(text, " #"); at >= 0 {
		value, remark = strings.TrimSpace(text[:at]), text[at+2:]
	} else if at := strings.Index(text, "\t#"); at >= 0 {
		value, remark = strings.TrimSpace(text[:at]), text[at+2:]
	}
	if at := strings.IndexAny(value, ",;\t"); at > 0 && l.separates(value[:at]) {
		first, rest := strings.Trim(value[:at], `" `), strings.Trim(strings.TrimSpace(value[at+1:]), `"`)
		if _, ok := kindNamed(first); ok {
			l.add(indicatorEntry{line: line, kind: first, value: rest, remark: remark})
			return
		}
		l.add(indicatorEntry{line: line, value: first, remark: strings.TrimSpace(rest + " " + remark)})
		return
	}
	l.add(indicatorEntry{line: line, value: strings.Trim(value, `"'`), remark: remark})
}

// separates reports whether what stands before a comma is a value, or a kind, by itself: user
// agents have commas and semicolons within.
func (l *Indicators) separates(first string) bool {
	first = strings.Trim(first, `" `)
	if _, ok := kindNamed(first); ok {
		return true
	}
	var probe Indicators
	return probe.take("", first, 0) == "" && probe.Counts[Agent]+probe.Counts[AgentExpression] == 0
}

// columns say where in a line of CSV is what.
type columns struct {
	comma                         rune
	value, kind, severity, remark int            // -1: nowhere
	typed                         map[int]string // columns that have indicators of one kind
}

// headingOf reads a heading, or returns nil where the line is none.
func headingOf(text string) *columns {
	c := &columns{comma: ',', value: -1, kind: -1, severity: -1, remark: -1, typed: map[int]string{}}
	for _, comma := range ",;\t|" {
		if strings.Count(text, string(comma)) > strings.Count(text, string(c.comma)) {
			c.comma = comma
		}
	}
	known := 0
	for i, name := range strings.Split(text, string(c.comma)) {
		name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
		at := (*int)(nil)
		switch name {
		case "indicator", "value", "ioc", "indicator_value", "ioc_value", "observable", "attribute_value":
			at = &c.value
		case "type", "kind", "indicator_type", "ioc_type", "attribute_type", "indicatortype":
			at = &c.kind
		case "severity", "level":
			at = &c.severity
		case "description", "comment", "remark", "note", "notes", "source", "context", "title", "category", "tags":
			at = &c.remark
		}
		if at != nil {
			if *at < 0 {
				*at = i
			}
			known++
		} else if _, ok := kindNamed(name); ok {
			c.typed[i] = name
			known++
		}
	}
	if known == 0 || c.value < 0 && len(c.typed) == 0 {
		return nil
	}
	return c
}

// readColumns reads the lines below a heading.
func (l *Indicators) readColumns(in io.Reader, c *columns, heading int) error {
	r := csv.NewReader(in)
	r.Comma, r.ReuseRecord, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.Comment = c.comma, true, -1, true, c.comma != '\t', '#'
	typed := make([]int, 0, len(c.typed))
	for i := range c.typed {
		typed = append(typed, i)
	}
	slices.Sort(typed)
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				l.reject(heading+parse.Line, "", parse.Err.Error())
				continue
			}
			return err
		}
		line, _ := r.FieldPos(0)
		cell := func(i int) string {
			if i < 0 || i >= len(record) {
				return ""
			}
			return strings.TrimSpace(record[i])
		}
		e := indicatorEntry{line: heading + line, remark: cell(c.remark), severity: cell(c.severity)}
		some := false
		for _, i := range typed {
			if e.kind, e.value = c.typed[i], cell(i); e.value != "" {
				l.add(e)
				some = true
			}
		}
		if e.kind, e.value = cell(c.kind), cell(c.value); e.value != "" || !some {
			l.add(e)
		}
	}
}
