package detect

import (
	"fmt"

	"github.com/coldtrail/coldtrail/parser"
)

// The watch-list: calls that intruders need and administrators make every day.
// Each of its detectors is informational by itself; what raises one finding is
// in its facts, and suspect-activity looks at all of them together.

// The facts that the watch-list draws, beside FactSeverity and FactWhy.
const (
	FactOutcome   = "outcome"    // succeeded, denied or failed
	FactIssuedKey = "issued_key" // the access key ID that the call issued
	FactUser      = "user"       // the user that the call is about
	FactRole      = "role"       // the role's name or ARN
)

// The values of FactOutcome.
const (
	succeeded = "succeeded"
	denied    = "denied"
	failed    = "failed" // for another reason than permission
)

// facts collects a watch-list detector's evidence on one record.
type facts struct {
	r       *parser.Record
	e       Evidence
	outcome string
}

// watched makes the Record half of a watch-list detector of look, which adds
// what this detector knows. Calls by AWS itself are folded as operational.
func watched(look func(f *facts)) func(*parser.Record) (Evidence, bool) {
	return func(r *parser.Record) (Evidence, bool) {
		if Operational(r) {
			return nil, false
		}
		f := facts{r: r, outcome: succeeded, e: make(Evidence, 0, 4)}
		switch {
		case Denied(r.ErrorCode):
			f.outcome = denied
			f.e = append(f.e, Fact{FactSeverity, Low.String()}, Fact{FactWhy, "attempt denied: " + r.Action()})
		case r.ErrorCode != "" || r.ErrorMessage != "":
			f.outcome = failed
			f.add(FactWhy, fmt.Sprintf("attempt failed: %s: %.100s", r.Action(), r.ErrorCode))
		}
		f.add(FactOutcome, f.outcome)
		look(&f)
		return f.e, true
	}
}

// add notes a fact unless its value is empty.
func (f *facts) add(name, value string) {
	if value != "" {
		f.e = append(f.e, Fact{name, value})
	}
}

// raise lifts the finding's severity if the call succeeded: a denied one stays low.
func (f *facts) raise(s Severity, why string) {
	if f.outcome == succeeded {
		f.e = append(f.e, Fact{FactSeverity, s.String()}, Fact{FactWhy, why})
	}
}

// param returns a request parameter's text, "" where it is missing or null.
func (f *facts) param(path string) string { return text(f.r.Get("requestParameters." + path)) }

// response is param for the response.
func (f *facts) response(path string) string { return text(f.r.Get("responseElements." + path)) }

// text returns a value's text, "" where it is missing or null.
func text(v parser.Value, ok bool) string {
	if !ok || v.IsNull() {
		return ""
	}
	return v.String()
}

// wants reports whether the detector's Events name the record.
func (d *Detector) wants(r *parser.Record) bool {
	action := r.Action()
	for _, e := range d.Events {
		n := len(r.EventSource)
		if len(e) == n+1+len(action) && e[:n] == r.EventSource && e[n] == ':' && e[n+1:] == action {
			return true
		}
	}
	return len(d.Events) == 0
}
