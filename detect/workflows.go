package detect

import (
	"cmp"
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// issuedToWorkload returns which key a workflow, a pod or a host got, and which of them, where a record is of that.
func issuedToWorkload(r *parser.Record) Evidence {
	if r.ErrorCode != "" {
		return nil
	}
	f := facts{r: r}
	switch r.Name {
	case "AssumeRoleWithWebIdentity":
		f.add(FactIssuedKey, f.response("credentials.accessKeyId"))
		f.add(FactUser, r.Identity.UserName)
	case "AssumeRoleForPodIdentity":
		f.add(FactIssuedKey, cmp.Or(f.response("credentials.accessKeyId"), f.response("credentials.accessKeyID")))
		f.add(FactUser, "system:serviceaccount:"+f.response("subject.namespace")+":"+f.response("subject.serviceAccount"))
	case "CreateSession":
		set, _ := r.Get("responseElements.credentialSet") // of S3's sessions there is none
		set.Each(func(c parser.Value) bool {
			f.add(FactIssuedKey, text(c.Get("credentials.accessKeyId")))
			f.add(FactUser, cmp.Or(text(c.Get("sourceIdentity")), f.response("subjectArn")))
			return false
		})
	}
	return f.e
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
