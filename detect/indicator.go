package detect

import (
	"fmt"
	"net/netip"
	"strings"
)

// An IndicatorKind says what of an event an indicator is compared with.
type IndicatorKind uint8

// The kinds of indicator.
const (
	Address         IndicatorKind = iota // sourceIPAddress: an address or a network
	AccessKey                            // an access key ID, anywhere in the event
	ARN                                  // an ARN, anywhere in the event
	Principal                            // a user's, role's or session's name, or a principal ID
	Agent                                // userAgent: a whole one, or a pattern with * and ?
	AgentExpression                      // userAgent: a regular expression
	AccountID                            // an account, anywhere in the event
	Bucket                               // an S3 bucket, anywhere in the event
	S3Object                             // a bucket and a key; the bucket may be *
	EventID                              // eventID
	indicatorKinds
)

var indicatorKindNames = [indicatorKinds]string{"address", "access key", "ARN", "principal", "user agent", "user agent expression", "account", "bucket", "object", "event ID"}

// String returns the kind's name.
func (k IndicatorKind) String() string { return indicatorKindNames[k] }

// Indicators is a list of indicators that somebody brought: what it holds, and what of it
// could not be used. It is filled once, and then only read.
type Indicators struct {
	Name   string // the file, as the user named it
	Counts [indicatorKinds]int
	// Duplicates were in the list before; of these the first counts.
	Duplicates int
	// Rejected are the first of the values that are not looked for, RejectedCount is the number of all.
	Rejected      []RejectedIndicator
	RejectedCount int
	// Notes say what else was left aside.
	Notes []string

	sum        string // SHA-256 of the file
	addresses  addressTable
	exact      [indicatorKinds]map[string]mark // of those that are compared as a whole
	patterns   []pattern                       // of Agent, ARN, Principal and S3Object
	severities map[uint32]Severity             // of lines, where it is another than the list's
	remarks    map[uint32]string               // what the list says of lines
	remarked   int                             // bytes of these
}

// A mark is where an indicator stands: a line, from 1.
type mark = uint32

// A RejectedIndicator is a value that is not looked for.
type RejectedIndicator struct {
	Line   int
	Value  string
	Reason string
}

const (
	maxRejected   = 100     // are listed of each list
	maxRemark     = 160     // bytes of what a list says of one line
	maxRemarked   = 8 << 20 // bytes of what is kept of that; the rest is left out, and said
	maxIndicator  = 4 << 10 // bytes of a value: CloudTrail's fields are no longer
	maxIndicators = 50_000_000
)

// Len is how many indicators are looked for.
func (l *Indicators) Len() (n int) {
	for _, c := range l.Counts {
		n += c
	}
	return n
}

// reject takes note of a value that is not looked for.
func (l *Indicators) reject(line int, value, reason string) {
	l.RejectedCount++
	if len(l.Rejected) < maxRejected {
		l.Rejected = append(l.Rejected, RejectedIndicator{line, strings.Clone(cutText(value, maxRemark)), reason})
	}
}

// An entry is a line of a list as it was read.
type indicatorEntry struct {
	line     int
	kind     string // as the list calls it; "": it does not
	value    string
	remark   string
	severity string
}

// add takes a value that a list has.
func (l *Indicators) add(e indicatorEntry) {
	value := strings.TrimSpace(e.value)
	switch {
	case value == "":
		l.reject(e.line, e.value, "no value")
		return
	case len(value) > maxIndicator:
		l.reject(e.line, value, fmt.Sprintf("longer than %d bytes", maxIndicator))
		return
	case l.Len() >= maxIndicators:
		l.reject(e.line, value, fmt.Sprintf("more than %d indicators", maxIndicators))
		return
	}
	before := l.Len() + l.Duplicates
	if reason := l.take(e.kind, value, mark(e.line)); reason != "" {
		l.reject(e.line, value, reason)
		return
	}
	if l.Len()+l.Duplicates > before {
		l.describe(&e)
	}
}

// describe keeps what the list says of a line.
func (l *Indicators) describe(e *indicatorEntry) {
	if e.severity != "" {
		var s Severity
		if err := s.UnmarshalText([]byte(strings.ToLower(strings.TrimSpace(e.severity)))); err != nil {
			l.note(fmt.Sprintf("severities that are none of %q were not taken", Severities))
		} else {
			if l.severities == nil {
				l.severities = map[uint32]Severity{}
			}
			l.severities[mark(e.line)] = s
		}
	}
	remark := strings.Join(strings.Fields(e.remark), " ")
	if remark == "" {
		return
	}
	if l.remarked += len(remark); l.remarked > maxRemarked {
		l.note("its remarks are too long to keep all of them")
		return
	}
	if l.remarks == nil {
		l.remarks = map[uint32]string{}
	}
	l.remarks[mark(e.line)] = strings.Clone(cutText(remark, maxRemark))
}

// note adds a note, once.
func (l *Indicators) note(text string) {
	for _, n := range l.Notes {
		if n == text {
			return
		}
	}
	l.Notes = append(l.Notes, text)
}

// put adds an indicator that is compared as a whole.
func (l *Indicators) put(kind IndicatorKind, value string, line mark) {
	if l.exact[kind] == nil {
		l.exact[kind] = map[string]mark{}
	}
	if _, there := l.exact[kind][value]; there {
		l.Duplicates++
		return
	}
	l.exact[kind][strings.Clone(value)] = line
	l.Counts[kind]++
}

// putAddress adds an address or a network.
func (l *Indicators) putAddress(p netip.Prefix, line mark) {
	if !l.addresses.put(p, line) {
		l.Duplicates++
		return
	}
	l.Counts[Address]++
}

// putPattern adds an indicator that has wildcards or is an expression.
func (l *Indicators) putPattern(p pattern) {
	for i := range l.patterns {
		if l.patterns[i].kind == p.kind && l.patterns[i].text == p.text {
			l.Duplicates++
			return
		}
	}
	p.text = strings.Clone(p.text)
	l.patterns = append(l.patterns, p)
	l.Counts[p.kind]++
}

// cutText cuts a text to so many bytes, between characters.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
