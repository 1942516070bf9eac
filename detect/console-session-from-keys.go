package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "console-session-from-keys",
	Title: "Console session made out of API credentials, and changes made in it",
	Doc: `Temporary credentials that a key or a role's session had issued were turned into a sign-in token, somebody
opened the console with it, and changed something there. A key without a password became a person at the console.
Innocent causes: helpers of developers (aws-vault, granted) and in-house brokers, whose users change things too; they make
the token where the console is opened. A token that was made in one network and used in another was handed on. That
such a session was made, without what follows, rules tell (signin-token-made).`,
	Next: `Ask the owner of the credential that began it. If nobody knows: contain that credential, deny everything
to its sessions, undo the changes.`,
	Severity:   Low,
	Techniques: []string{"T1021.007", "T1550.001"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"sign-in", 15, "minutes", "AWS: a sign-in token is valid for 15 minutes"},
		{"session", 12, "hours", "AWS: the longest session of a federated console"},
	},
	Needs: []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) || r.ErrorCode != "" || !isCredentialType(r.Identity.Type) {
			return nil, false
		}
		f := facts{r: r}
		switch r.Name {
		case "GetSigninToken":
			return nil, !strings.Contains(r.UserAgent, "Jersey/${project.version}")
		case "ConsoleLogin":
			return nil, r.Identity.Type != "IAMUser" && r.Identity.Type != "Root" && text(r.Get("responseElements.ConsoleLogin")) == "Success" &&
				text(r.Get("additionalEventData.SamlProviderArn")) == ""
		case "GetFederationToken", "AssumeRole":
			f.add(FactIssuedKey, f.response("credentials.accessKeyId"))
			return f.e, len(f.e) > 0
		}
		return nil, r.ReadOnly != "true" && r.FromConsole == "true"
	},
	Judge: func(c *Context) Stream {
		s := &consoles{c: c, signin: c.Duration("sign-in"), issued: newFading[EventRef](maxSubjects, c.Duration("session"), nil)}
		s.of = newSpells("console-session-from-keys", c.Duration("session"), s.judge)
		return s.of.stream(s.note, s.issued.count)
	},
	Hits: [][]string{consoleFromKeys("iam:CreateUser", "203.0.113.9")},
	Misses: [][]string{
		consoleFromKeys("iam:ListUsers", "203.0.113.9"),
		consoleFromKeys("iam:CreateUser", "203.0.113.9")[2:], // a console session of another origin
	},
})

// consoleFromKeys is an example of a federation token, its console session and a call there.
func consoleFromKeys(call, address string) []string {
	who := func(key string) string {
		return `{"type":"FederatedUser","arn":"arn:aws:sts::111122223333:federated-user/ops","accountId":"111122223333","accessKeyId":"` + key + `"}`
	}
	return story(
		example{at: "03:00:00", call: "sts:GetFederationToken", key: "AKIA1", out: issuedKey("ASIA1")},
		example{at: "03:00:09", call: "signin:GetSigninToken", who: who("ASIA1"), agent: "python-requests/2.31"},
		example{at: "03:01:00", call: "signin:ConsoleLogin", who: who(""), ip: address, out: `{"ConsoleLogin":"Success"}`},
		example{at: "03:05:00", call: call, who: who("ASIA9"), ip: address, more: `"sessionCredentialFromConsole":"true"`},
	)
}

// consoles is the state of console-session-from-keys.
type consoles struct {
	c      *Context
	signin time.Duration
	issued *fading[EventRef]
	of     *spells[console] // by principal: those who made a token
}

type console struct {
	token, by EventRef
	in        bool
	far       bool // opened in another network than the token was made in
	changed   few
	deep      bool // of identities
}

func (s *consoles) judge(v *spell[console]) (Severity, string, bool) {
	x := &v.x
	severity, where := Low, "where the token was made"
	switch {
	case !x.in || x.changed.len() == 0:
		return 0, "", false
	case x.deep || x.far:
		severity = Medium
	}
	if x.far {
		where = "in another network than the token's"
	}
	if x.far && x.deep {
		severity = High
	}
	by := ""
	if x.by.Principal != "" {
		by = " with credentials that " + x.by.Principal + " had issued"
	}
	return severity, fmt.Sprintf("console opened%s, %s, and changed: %s", by, where, orList(&x.changed)), true
}
