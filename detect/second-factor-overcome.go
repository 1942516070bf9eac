package detect

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "second-factor-overcome",
	Title: "Second factor guessed, or replaced by another one",
	Doc: `The second factor of a user failed again and again, and then somebody was in; or the user's device was taken
away and another one put in its place, by way of an access key or by somebody else, not by the user at the
console. Innocent causes: a new phone, which the user enrols at the console, be it after a help desk took the old one away,
which is low, and a clock that is wrong, after which somebody succeeds seconds later. Whoever tries second factors has the password.`,
	Next: `Ask the user by telephone. Otherwise: remove the device, reset the password, revoke the sessions, and
read what was done since.`,
	Severity:   Low,
	Techniques: []string{"T1621", "T1556.006"},
	Events: []string{"signin.amazonaws.com:CheckMfa", "signin.amazonaws.com:ConsoleLogin", "iam.amazonaws.com:DeactivateMFADevice",
		"iam.amazonaws.com:DeleteVirtualMFADevice", "iam.amazonaws.com:EnableMFADevice"},
	Thresholds: []Threshold{
		{"failures", 5, "failures", "Splunk: multiple failed MFA requests; Elastic: the same number"},
		{"window", 24, "hours", "own: a device is replaced within a day"},
	},
	Record: secondFactor,
	Judge: func(c *Context) Stream {
		f := &secondFactors{failures: c.Int("failures")}
		f.of = newSpells("second-factor-overcome", c.Duration("window"), f.judge)
		return f.of.stream(f.note, nil)
	},
	Hits: [][]string{
		append(wrongCodes(5), example{at: "03:09:00", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`, more: `"additionalEventData":{"MFAUsed":"Yes"}`}.String()),
		story(
			example{at: "03:00:00", call: "iam:DeactivateMFADevice", key: "AKIA1", who: "eve", in: `{"userName":"alice"}`},
			example{at: "03:01:00", call: "iam:EnableMFADevice", key: "AKIA1", who: "eve", in: `{"userName":"alice"}`},
		),
	},
	Misses: [][]string{
		wrongCodes(9),
		append(wrongCodes(2), example{at: "03:09:00", call: "signin:ConsoleLogin", out: `{"ConsoleLogin":"Success"}`, more: `"additionalEventData":{"MFAUsed":"Yes"}`}.String()),
		story( // a new phone
			example{at: "03:00:00", call: "iam:DeactivateMFADevice", key: "ASIA1", in: `{"userName":"alice"}`, more: `"sessionCredentialFromConsole":"true"`},
			example{at: "03:01:00", call: "iam:EnableMFADevice", key: "ASIA1", in: `{"userName":"alice"}`, more: `"sessionCredentialFromConsole":"true"`},
		),
	},
})

// wrongCodes is an example of n codes that were wrong.
func wrongCodes(n int) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("03:00:%02d", 9*i%60), id: fmt.Sprint(i), call: "signin:CheckMfa", out: `{"CheckMfa":"Failure"}`}.String())
	}
	return records
}

const factStrange = "strange" // it was not the user at the console

// rootName is what calls about the root user name as userName.
const rootName = "AWS ROOT USER"

func secondFactor(r *parser.Record) (Evidence, bool) {
	if Operational(r) || r.ErrorCode != "" {
		return nil, false
	}
	f := facts{r: r}
	own, console := r.Identity.UserName, r.FromConsole == "true"
	if r.Identity.Type == "Root" { // of whom records say less
		own, console = rootName, !longTerm(r.Identity.AccessKeyID)
	}
	switch r.Name {
	case "CheckMfa", "ConsoleLogin":
		f.add(FactOutcome, strings.ToLower(text(r.Get("responseElements."+r.Name))))
		f.add(FactUser, own)
		if r.Name == "ConsoleLogin" && text(r.Get("additionalEventData.MFAUsed")) != "Yes" {
			return nil, false
		}
	default:
		user := cmp.Or(f.param("userName"), own)
		f.add(FactUser, user)
		if user != own || !console {
			f.add(factStrange, "true")
		}
	}
	return f.e, f.e.Get(FactUser) != ""
}
