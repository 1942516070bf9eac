package report

import (
	"fmt"
	"strconv"
	"time"
)

// containment is the order in which to stop the use of credentials.
var containment = []string{
	"Preserve first: copy the logs and the configuration of what is listed here before anything is changed or deleted.",
	"Deactivating an access key leaves the sessions that it issued alive until they expire: deactivate the key, then deny the sessions " +
		"(for a role, revoke its older sessions by a policy on aws:TokenIssueTime; for a user's GetSessionToken and GetFederationToken sessions, " +
		"attach a policy that denies all to the user), and only then delete.",
	"Deal with what was left behind (Persistence Mechanisms) in the same step: one credential that stays is enough to come back.",
	"Replace what was read (Data Accessed): a secret that was sent must be taken as known.",
	"Afterwards collect the logs again and repeat the analysis: a reaction to the containment would show there.",
}

// limits says what the report cannot tell. The paragraph is the same in every
// report, but for the bounds and filters of the run.
func limits(t *Tally, in *input) []string {
	out := []string{
		"This report holds no run facts: it does not say when, where or by whom it was made, so that the same evidence gives the same report, byte for byte. " +
			"They stand beside it, in custody.jsonl.",
		"CloudTrail's eventTime has a resolution of one second. The order of events within one second is stable in this report, but it is not causal.",
		"Everything here is as CloudTrail recorded it. A principal is not a person: it says which identity was used, not by whom. An address is not a place, " +
			"and may be shared by many or belong to a proxy.",
		"No record is not no act: calls that are not logged (data events are off by default), not delivered, not collected or outside the scope are not here.",
		"Credentials, principals and addresses are suspected because findings of severity " + SuspectFrom.String() + " or above name them, not because anything is proven. " +
			"All that a suspected credential did is counted, which may include its owner's ordinary use. Identities linked by address only may be unrelated.",
		"Contested records (the same event ID, different contents) are listed as findings, but accuse nobody: whom they name is suspected only where another finding " +
			"names it. Each version is named there with its object and offset.",
		"Bytes are those that the service says it sent (bytesTransferredOut), not those that anyone received.",
		"Persistence is as of the end of the evidence. Only calls that succeeded count. A removal that names a thing otherwise than the call that made it is not matched, " +
			"and what was made before the evidence begins, or by an identity that is not suspected, is not listed.",
		"Times before " + Launch.Format(time.DateOnly) + " (the start of CloudTrail) and after " + time.Unix(t.newest, 0).UTC().Format(time.RFC3339) +
			" are implausible: such events are in the timeline, and in no time frame.",
		"Text from the evidence is shown escaped: characters that do not print as \\x1b or \\u202e. The exact bytes are in the evidence, at the object and offset given.",
	}
	if len(in.opt.Scope) > 0 {
		out = append(out, "The run was limited by filters (see Coverage): what they exclude was not looked at.")
	}
	if n := t.all.stands.others; n > 0 {
		out = append(out, "More findings are judged than are told apart: those of "+plural(n, "event")+" stand as suspected.")
	}
	return out
}

// number writes n with a comma after each group of three digits.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes n and the noun, with an s unless n is one.
func plural(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return number(n) + " " + noun
}

// size writes a number of bytes for people, in decimal units.
func size(n int64) string {
	if n < 1000 {
		return plural(n, "byte")
	}
	f, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		if f /= 1000; f < 999.95 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", f, unit)
}

// moment writes a time, or an en dash for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// during writes a span.
func (s Span) during() string {
	if s.First.IsZero() {
		return "–"
	}
	return moment(s.First) + " to " + moment(s.Last)
}
