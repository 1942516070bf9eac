package detect

import "github.com/coldtrail/coldtrail/parser"

var _ = register(&Detector{
	ID:    "issued-session-misused",
	Title: "Temporary session of a user's key used elsewhere, or on identities",
	Doc: `A user's access key asked for a temporary session (GetSessionToken or GetFederationToken) without a second
factor, and the session then came from another network and tool than the key, or changed identities. Such sessions
outlive the key and hide behind another one. Innocent causes: a tool that makes sessions for its owner
(aws-vault), which uses them at the same place, and a broker that hands federated sessions to people.`,
	Next: `Ask the key's owner. Otherwise deactivate the key, and deny everything to its sessions too: they outlive
it. Then see what the session did (coldtrail pivot with the key).`,
	Severity:   Low,
	Techniques: []string{"T1550.001", "T1098.001"},
	Events:     tellingEvents,
	Thresholds: []Threshold{{"window", 36, "hours", "AWS: the longest that a session token of a user may live"}},
	Needs:      []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) || !isPersonType(r.Identity.Type) {
			return nil, false
		}
		f := facts{r: r}
		if (r.Name == "GetSessionToken" || r.Name == "GetFederationToken") && r.ErrorCode == "" && f.param("serialNumber") == "" {
			f.add(FactIssuedKey, f.response("credentials.accessKeyId"))
			return f.e, len(f.e) > 0
		}
		return nil, !longTerm(r.Identity.AccessKeyID) && r.Identity.AccessKeyID != "" && r.Name != "GetCallerIdentity"
	},
	Judge: func(c *Context) Stream {
		s := &issuedSessions{c: c, issued: newFading[EventRef](maxSubjects/2, c.Duration("window"), nil)}
		s.uses = newSpells("issued-session-misused", c.Duration("window"), s.judge)
		return s.uses.stream(s.note, s.issued.count)
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", call: "sts:GetSessionToken", key: "AKIA1", out: issuedKey("ASIA1")},
			example{at: "03:09:00", call: "iam:CreateUser", key: "ASIA1", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
		),
	},
	Misses: [][]string{
		story( // with a second factor
			example{at: "03:00:00", call: "sts:GetSessionToken", key: "AKIA1", in: `{"serialNumber":"arn:aws:iam::111122223333:mfa/alice"}`, out: issuedKey("ASIA1")},
			example{at: "03:09:00", call: "iam:CreateUser", key: "ASIA1", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
		),
		story( // its owner's tool
			example{at: "03:00:00", call: "sts:GetSessionToken", key: "AKIA1", out: issuedKey("ASIA1")},
			example{at: "03:09:00", call: "secretsmanager:GetSecretValue", key: "ASIA1"},
		),
	},
})

// issuedSessions is the state of issued-session-misused.
type issuedSessions struct {
	c      *Context
	issued *fading[EventRef] // key: the event that issued it
	uses   *spells[issuedSession]
}

type issuedSession struct {
	by             EventRef
	moved          bool // other network and tool than the issuer's
	changed, tried few  // of identities
	all            int
}

func (s *issuedSessions) note(batch []hit) {
	for i := range batch {
		if key := batch[i].e.Get(FactIssuedKey); key != "" {
			*s.issued.touch(key, batch[i].ref.Time) = *batch[i].ref
		}
	}
	for i := range batch {
		ref := batch[i].ref
		by := s.issued.peek(ref.Credential, ref.Time)
		if by == nil || batch[i].e.has(FactIssuedKey) {
			continue
		}
		v := s.uses.touch(ref.Credential, ref)
		if v.x.all++; v.x.all == 1 {
			v.x.by = *by
			s.uses.add(v, new(*by))
		}
		v.x.moved = v.x.moved || s.c.elsewhere(by, ref)
		if ref.EventSource == "iam.amazonaws.com" && ref.ReadOnly != "true" {
			if ref.changes() {
				v.x.changed.add(ref.Name)
			} else if ref.ErrorCode != "" {
				v.x.tried.add(ref.Name)
			}
		}
		s.uses.add(v, ref)
	}
}

// elsewhere reports whether b came from another network and another tool than a.
func (c *Context) elsewhere(a, b *EventRef) bool {
	x, okA := InternetAddress(a.SourceIP)
	y, okB := InternetAddress(b.SourceIP)
	return okA && okB && x.Is4() == y.Is4() && c.NetworkOf(x) != c.NetworkOf(y) && agentOf(a.UserAgent) != agentOf(b.UserAgent)
}
