package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "leaked-key-at-work",
	Title: "User at work whose key AWS has found in public",
	Doc: `AWS attached its quarantine policy to a user: it found the user's access key in public, such as in a code
repository. The user's keys were at work before, perhaps from an address that was new in the days before, and went on
afterwards: quarantine denies some calls and no more. Innocent causes of what follows: the owner's programs, which
still hold the key.`,
	Next: `Deactivate the key now, then revoke the sessions that it issued. Tell the owner's addresses from the others,
and follow the others (coldtrail pivot with the key).`,
	Severity:   High,
	Techniques: []string{"T1552", "T1078.004"},
	Events:     tellingEvents,
	Thresholds: []Threshold{{"window", 7, "days", "own: AWS quarantines within minutes of publication; scanners of others are as fast, people slower"}},
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) && r.EventSource != "iam.amazonaws.com" || r.ErrorCode != "" && r.Identity.Type != "IAMUser" {
			return nil, false
		}
		f := facts{r: r}
		if (r.Name == "AttachUserPolicy" || r.Name == "PutUserPolicy") && r.ErrorCode == "" &&
			strings.Contains(f.param("policyArn")+f.param("policyName"), "CompromisedKeyQuarantine") {
			f.add(FactUser, f.param("userName"))
		}
		return f.e, len(f.e) > 0 || longTerm(r.Identity.AccessKeyID)
	},
	Judge: func(c *Context) Stream {
		s := &leaks{window: c.Duration("window")}
		s.of = newSpells("leaked-key-at-work", s.window, s.judge)
		return s.of.stream(s.note, nil)
	},
	Hits: [][]string{story(
		example{at: "03:00:00", call: "sts:GetCallerIdentity", key: "AKIA1"},
		example{at: "03:05:00", call: "iam:AttachUserPolicy", key: "AKIA1", in: `{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}`},
		example{at: "03:09:00", call: "iam:CreateUser", key: "AKIA1"},
	)},
	Misses: [][]string{
		story( // put in quarantine while nothing happened
			example{at: "03:05:00", call: "iam:AttachUserPolicy", key: "AKIA2", who: "bob", in: `{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}`},
		),
		story(
			example{at: "03:05:00", call: "iam:AttachUserPolicy", key: "AKIA1", in: `{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`},
			example{at: "03:09:00", call: "iam:CreateUser", key: "AKIA1"},
		),
	},
})

// leaks is the state of leaked-key-at-work: what the long-term keys of each user did lately.
type leaks struct {
	window time.Duration
	of     *spells[leak]
}

type leak struct {
	at                time.Time // of the quarantine
	before, addresses few       // addresses before it, and since
	after, refused    int
}

func (s *leaks) note(batch []hit) {
	for pass := range 2 { // the quarantine first: within a second there is no order
		for i := range batch {
			ref, user := batch[i].ref, batch[i].e.Get(FactUser)
			if (user != "") != (pass == 0) {
				continue
			}
			s.see(ref, user)
		}
	}
}

func (s *leaks) see(ref *EventRef, user string) {
	quarantined := user != ""
	if !quarantined {
		user = baseName(ref.Principal)
	}
	v := s.of.touch(user+" in "+ref.Account, ref)
	switch {
	case ref.Credential == "" || baseName(ref.Principal) != user || v.x.at.IsZero() && !longTerm(ref.Credential):
	case v.x.at.IsZero():
		v.x.before.add(ref.SourceIP)
	case ref.ErrorCode != "":
		v.x.refused++
	default:
		v.x.after++
		v.x.addresses.add(ref.SourceIP)
	}
	if quarantined && v.x.at.IsZero() {
		v.x.at = ref.Time
	}
	s.of.add(v, ref)
}

func (s *leaks) judge(v *spell[leak]) (Severity, string, bool) {
	x := &v.x
	if x.at.IsZero() || x.after+x.refused == 0 {
		return 0, "", false
	}
	return High, fmt.Sprintf("AWS put the user in quarantine at %s; the keys made %s since that succeeded and %d that did not, from %d addresses (%d before)",
		x.at.UTC().Format(time.RFC3339), plural(x.after, "telling call"), x.refused, x.addresses.len(), x.before.len()), true
}
