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

// example builds an example event: second (from a fixed start), caller, address, source and action, the two
// parameters, both JSON.
type example struct {
	at       string // "03:00:01"
	who      string // user, or role/session
	key      string
	ip       string
	agent    string
	call     string // source:Action
	in, out  string // default null
	more     string // further members
	account  string
	region   string
	identity string // userIdentity; "": that of who
}

func (x example) String() string {
	or := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	or(&x.ip, "203.0.113.9")
	or(&x.agent, "aws-cli/2.23.6")
	or(&x.in, "null")
	or(&x.out, "null")
	or(&x.account, "111122223333")
	or(&x.region, "us-east-1")
	or(&x.who, "alice")
	source, action, _ := strings.Cut(x.call, ":")
	identity := `{"type":"IAMUser","arn":"arn:aws:iam::` + x.account + `:user/` + x.who + `","accountId":"` + x.account + `","userName":"` + x.who + `","accessKeyId":"` + x.key + `"}`
	if role, session, ok := strings.Cut(x.who, "/"); ok {
		identity = `{"type":"AssumedRole","arn":"arn:aws:sts::` + x.account + `:assumed-role/` + x.who + `","accountId":"` + x.account + `","accessKeyId":"` + x.key +
			`","principalId":"AROA1:` + session + `","sessionContext":{"sessionIssuer":{"type":"Role","userName":"` + role + `","arn":"arn:aws:iam::` + x.account + `:role/` + role + `"}}}`
	}
	or(&x.identity, identity)
	if x.more != "" {
		x.more = "," + x.more
	}
	day, clock, ok := strings.Cut(x.at, " ")
	if !ok {
		day, clock = "2026-01-02", x.at
	}
	return `{"eventTime":"` + day + `T` + clock + `Z","eventID":"` + strings.NewReplacer(`"`, "", `\`, "").Replace(x.at+x.call+x.who+x.in) + `","eventSource":"` + source + `.amazonaws.com","eventName":"` + action +
		`","awsRegion":"` + x.region + `","recipientAccountId":"` + x.account + `","sourceIPAddress":"` + x.ip + `","userAgent":"` + x.agent +
		`","userIdentity":` + x.identity + `,"requestParameters":` + x.in + `,"responseElements":` + x.out + x.more + `}`
}

// story is an example of several events.
func story(all ...example) (records []string) {
	for _, x := range all {
		records = append(records, x.String())
	}
	return records
}
