package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A step is an event that is part of a course.
type step struct {
	event string // eventSource:Action
	name  string // factStep
	// look adds facts, factAbout among them, and reports whether the event matters; nil: it does.
	look func(f *facts) bool
}

// A steps is the list of a detector's.
type steps []step

// events are what the detector wants.
func (s steps) events() (all []string) {
	for i := range s {
		all = append(all, s[i].event)
	}
	return all
}

// record is the Record half: of calls that succeeded, and that AWS did not make itself.
func (s steps) record(r *parser.Record) (Evidence, bool) {
	if r.ErrorCode != "" || r.ErrorMessage != "" || Operational(r) {
		return nil, false
	}
	return s.any(r)
}

// recordBut is record, which leaves events out before anything is made of them: those there are most of.
func (s steps) recordBut(skip func(*parser.Record) bool) func(*parser.Record) (Evidence, bool) {
	return func(r *parser.Record) (Evidence, bool) {
		if skip(r) {
			return nil, false
		}
		return s.record(r)
	}
}

// any takes calls with any outcome, whoever made them.
func (s steps) any(r *parser.Record) (Evidence, bool) {
	action := r.Action()
	source := strings.TrimSuffix(r.EventSource, ".cn")
	for i := range s {
		name := s[i].event
		if n := len(source); len(name) != n+1+len(action) || name[:n] != source || name[n+1:] != action {
			continue
		}
		f := facts{r: r, outcome: outcomeOf(r), e: make(Evidence, 0, 4)}
		f.add(factStep, s[i].name)
		if s[i].look == nil || s[i].look(&f) {
			return f.e, true
		}
	}
	return nil, false
}

// outcomeOf says how the call ended.
func outcomeOf(r *parser.Record) string {
	switch {
	case Denied(r.ErrorCode):
		return denied
	case r.ErrorCode != "" || r.ErrorMessage != "":
		return failed
	}
	return succeeded
}

// done lets through calls that succeeded.
func done(f *facts) bool { return f.outcome == succeeded }

// inVain gives the step another name where the call did not succeed.
func inVain(name string) func(*facts) bool {
	return func(f *facts) bool {
		if f.outcome != succeeded {
			f.e[0].Value = name
		}
		return true
	}
}

// about adds what the event is about: the first of the parameters that is there.
func about(paths ...string) func(*facts) bool {
	return func(f *facts) bool {
		for _, p := range paths {
			if v := f.param(p); v != "" {
				f.add(factAbout, v)
				return true
			}
		}
		return false
	}
}

// baseName returns what follows the last slash or colon: a name out of an ARN.
func baseName(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// own reports whether the caller is that user or role itself.
func (f *facts) own(user, role string) bool {
	id := &f.r.Identity
	return user != "" && id.Type == "IAMUser" && user == id.UserName ||
		role != "" && role == id.IssuerName && id.IssuerType == "Role"
}
