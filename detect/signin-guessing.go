package detect

import (
	"cmp"
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// Five failures for one user or from one address within ten minutes is Panther's
// threshold for root and half of Elastic's: people who forget a password stop
// sooner. Ten users from one address is Panther's for password spraying.
const (
	guessSpan     = 10 * time.Minute
	guessFailures = 5
	guessIdle     = 30 * time.Minute // until which a success counts as the guess that hit
	guessMany     = 10               // failures that are worth a finding without a success
	sprayedUsers  = 10
)

var signinGuessing = register(&Detector{
	ID:    "signin-guessing",
	Title: "Console passwords guessed",
	Doc: `Console sign-ins failed again and again for one user or from one address, and perhaps one then
succeeded. The innocent cause is a person who forgot a password, or a password manager with an old one: few
failures, one user, a known address, and afterwards the same work as ever. Guessing shows many failures, several
users (spraying), an unknown address, and after a success calls that the user never made. CloudTrail hides the
name of a user that does not exist.`,
	Next: `After a success: reset the user's password, revoke the console sessions, require MFA, and read
what the session did. Without: block the address, and check that every user named has MFA.`,
	Severity:   Low,
	Techniques: []string{"T1110.001", "T1110.003", "T1078.004"},
	Events:     []string{"signin.amazonaws.com:ConsoleLogin"},
	Record:     signin,
	Stream: func() Stream {
		g := newGuesses("signin-guessing")
		st := bySecond(func(batch []hit, emit func(Finding)) { g.judge(batch, emit) }, g.flush)
		st.Evicted = g.count
		return st
	},
	Hits: [][]string{
		signins(6, 50, true, func(int) string { return "alice" }),  // and in
		signins(12, 20, false, func(int) string { return "root" }), // in vain
		signins(10, 30, false, func(i int) string { return fmt.Sprintf("user%d", i) }),
	},
	Misses: [][]string{
		// A person mistypes, then types with care.
		signins(2, 20, true, func(int) string { return "alice" }),
		// Forgets the password altogether.
		signins(6, 20, false, func(int) string { return "alice" }),
		// Mistypes once every morning.
		signins(20, 86400, true, func(int) string { return "alice" }),
	},
})

// The facts of a sign-in, beside FactOutcome and FactUser.
const failure = "Failure"

// signin lets through the console sign-ins that failed or succeeded. A user name
// that CloudTrail hides is left out.
func signin(r *parser.Record) (Evidence, bool) {
	if r.EventSource != "signin.amazonaws.com" || r.Name != "ConsoleLogin" || Operational(r) {
		return nil, false
	}
	result := text(r.Get("responseElements.ConsoleLogin"))
	switch {
	case result == failure, r.ErrorMessage == "Failed authentication",
		r.ErrorMessage == "No username found in supplied account":
		result = failed
	case result == "Success":
		result = succeeded
	default:
		return nil, false
	}
	user := r.Identity.UserName
	if r.Identity.Type == "Root" {
		user = "root"
	}
	if user = cmp.Or(user, r.Identity.ARN); user == Hidden {
		user = ""
	}
	return Evidence{{FactOutcome, result}, {FactUser, user}}, true
}

// signins is an example of n failures, some seconds apart, and perhaps a success.
func signins(n, seconds int, success bool, user func(i int) string) (records []string) {
	for i := range n + 1 {
		result := failure
		if i == n {
			if !success {
				break
			}
			result = "Success"
		}
		at := time.Date(2026, 1, 2, 3, 0, i*seconds, 0, time.UTC).Format(time.RFC3339)
		records = append(records, fmt.Sprintf(`{"eventTime":"%s","eventID":"%03d","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.9","userIdentity":{"type":"IAMUser","accountId":"111122223333","arn":"arn:aws:iam::111122223333:user/%s","userName":"%[3]s"},"responseElements":{"ConsoleLogin":"%[4]s"}}`, at, i, user(i), result))
	}
	return records
}
