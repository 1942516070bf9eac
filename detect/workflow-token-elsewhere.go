package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "workflow-token-elsewhere",
	Title: "Session of a workflow or pod used elsewhere",
	Doc: `A build workflow or a Kubernetes pod exchanged its token for a session of a role (AssumeRoleWithWebIdentity),
and the session made telling calls from another network and another tool. Somebody took the session, or the token,
out of it. Innocent causes: runners behind several addresses of several networks, a step of the workflow that runs
elsewhere on purpose.`,
	Next: `Look at the workflow's run of that time, its logs and its third-party steps. Revoke the role's sessions; narrow
the trust policy to one repository and branch, or one service account.`,
	Severity:   Low,
	Techniques: []string{"T1528", "T1550.001"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"calls", 3, "different calls", "Elastic: service account token used outside, three distinct calls"},
		{"window", 12, "hours", "AWS: the longest session that a role may allow"},
	},
	Needs: []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if r.Name == "AssumeRoleWithWebIdentity" && r.ErrorCode == "" {
			f := facts{r: r}
			f.add(FactIssuedKey, f.response("credentials.accessKeyId"))
			f.add(FactUser, r.Identity.UserName)
			return f.e, f.e.has(FactIssuedKey)
		}
		if r.Identity.Type != "AssumedRole" || instanceOf(r.Identity.PrincipalID) != "" || strings.HasPrefix(r.Identity.IssuerName, ssoRole) {
			return nil, false
		}
		return tellingAbroad(r)
	},
	Judge: func(c *Context) Stream {
		s := &workflows{c: c, calls: c.Int("calls"), issued: newFading[workflow](maxSubjects, c.Duration("window"), nil)}
		s.uses = newSpells("workflow-token-elsewhere", c.Duration("window"), s.judge)
		return s.uses.stream(s.note, s.issued.count)
	},
	Hits: [][]string{append([]string{webIdentity()},
		story(
			example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
			example{at: "03:10:00", call: "iam:ListRoles", key: "ASIA1", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
			example{at: "03:11:00", call: "secretsmanager:ListSecrets", key: "ASIA1", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
		)...)},
	Misses: [][]string{
		{webIdentity(), example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "deploy/s"}.String()},
		// A runner with two addresses.
		{webIdentity(), example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "deploy/s", ip: exampleFar}.String()},
		{webIdentity(), example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA2", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"}.String()},
	},
})

func webIdentity() string { // which issues ASIA1
	return example{at: "03:00:00", call: "sts:AssumeRoleWithWebIdentity", who: `{"type":"WebIdentityUser","userName":"repo:acme/app:ref:refs/heads/main","identityProvider":"token.actions.githubusercontent.com"}`, out: issuedKey("ASIA1")}.String()
}

// workflows is the state of workflow-token-elsewhere.
type workflows struct {
	c      *Context
	calls  int
	issued *fading[workflow] // key: who got it
	uses   *spells[workflowUse]
}

type workflow struct {
	ref EventRef
	who string
}

type workflowUse struct {
	from  workflow
	calls few
	first EventRef
}

func (s *workflows) note(batch []hit) {
	for i := range batch {
		if key := batch[i].e.Get(FactIssuedKey); key != "" {
			*s.issued.touch(key, batch[i].ref.Time) = workflow{*batch[i].ref, batch[i].e.Get(FactUser)}
		}
	}
	for i := range batch {
		ref := batch[i].ref
		from := s.issued.peek(ref.Credential, ref.Time)
		if from == nil || !s.c.elsewhere(&from.ref, ref) {
			continue
		}
		v := s.uses.touch(ref.Credential+" at "+ref.SourceIP, ref)
		if v.x.calls.add(callOf(ref)); v.count == 0 {
			v.x.from, v.x.first = *from, *ref
		}
		s.uses.add(v, ref)
	}
}

func (s *workflows) judge(v *spell[workflowUse]) (Severity, string, bool) {
	severity := Low
	if v.x.calls.len() >= s.calls {
		severity = Medium
	}
	return severity, fmt.Sprintf("session issued to %s at %s (%s) made %s from %s (%s) %s later: %s", v.x.from.who, v.x.from.ref.SourceIP, agentOf(v.x.from.ref.UserAgent),
		plural(v.count, "telling call"), v.x.first.SourceIP, agentOf(v.x.first.UserAgent), v.x.first.Time.Sub(v.x.from.ref.Time).Round(time.Second), orList(&v.x.calls)), true
}
