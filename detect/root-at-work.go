package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "root-at-work",
	Title: "What the root user did in a day",
	Doc: `All that the root user of an account did, until it was idle for a day, as one finding: a sign-in, what it
changed, whether the password was recovered before. Root needs nobody's leave, and a handful of tasks need it. The
innocent cause is such a task: settings of the account, of payment, of its closing. A recovered password that is
followed by changes to credentials is how an account is taken over by way of its mailbox.`,
	Next: `Ask the holders of the root mailbox. If it was none of them: recover the mailbox, then the password, by way
of AWS Support where you must; delete root's access keys; undo what was changed.`,
	Severity:   Low,
	Techniques: []string{"T1078.004"},
	Gate:       func(r *parser.Record) bool { return r.Identity.Type == "Root" && r.EventType != "AwsServiceEvent" },
	Seek:       []Seek{{Field: FieldARN, Match: isRoot}},
	Thresholds: []Threshold{
		{"window", 24, "hours", "SigmaHQ's rule on root found 656 events in one archive: a day is one story"},
		{"changes", 5, "different calls", "own: a task of root's is one or two calls"},
	},
	Record: func(r *parser.Record) (Evidence, bool) {
		if r.Identity.Type != "Root" || !isRoot(r.Identity.ARN) || Operational(r) || r.EventType == "AwsServiceEvent" {
			return nil, false
		}
		f := facts{r: r}
		if strings.HasPrefix(r.Name, "PasswordRecovery") || r.Name == "ConsoleLogin" {
			f.add(FactOutcome, text(r.Get("responseElements."+r.Name)))
		}
		return f.e, true
	},
	Judge: func(c *Context) Stream {
		s := &rootDays{changes: c.Int("changes")}
		s.of = newSpells("root-at-work", c.Duration("window"), s.judge)
		return s.of.stream(s.note, nil)
	},
	Hits: [][]string{
		{example{at: "03:00:00", call: "signin:ConsoleLogin", who: "root", out: `{"ConsoleLogin":"Success"}`}.String()},
		story(
			example{at: "03:00:00", call: "signin:PasswordRecoveryCompleted", who: "root", out: `{"PasswordRecoveryCompleted":"Success"}`},
			example{at: "03:05:00", call: "signin:ConsoleLogin", who: "root", out: `{"ConsoleLogin":"Success"}`},
			example{at: "03:07:00", call: "iam:CreateAccessKey", who: "root", key: "ASIA1"},
		),
	},
	Misses: [][]string{
		{example{at: "03:00:00", call: "iam:CreateAccessKey", key: "AKIA1"}.String()},
		// A sign-in that failed is for those who count failures.
		{example{at: "03:00:00", call: "signin:ConsoleLogin", who: "root", out: `{"ConsoleLogin":"Failure"}`}.String()},
	},
})

// isRoot reports whether an ARN is that of an account's root user.
func isRoot(arn string) bool { return strings.HasSuffix(arn, ":root") }
