package detect

import (
	"github.com/coldtrail/coldtrail/parser"
)

// watchList holds the detectors whose hits are an intruder's key events.
var watchList = []*Detector{
	iamIdentityCreated, iamCredentialCreated, iamPolicyGranted, roleAssumed, functionChanged,
	securityGroupOpened, instancesLaunched, trailStopped, bucketAccessChanged, secretRead,
}

var _ = register(&Detector{
	ID:    "suspect-activity",
	Title: "Sensitive calls by a suspect credential",
	Doc: `A credential made calls of the watch-list, successfully or not, and within a day shows a sign that
somebody else holds it: the user agent of an attack tool, a burst of denied calls, a console sign-in after
guessing, an issuer that is itself suspect, or an address that a suspect credential used. One finding lists the key
events of one credential beside the first event of each sign. It is as grave as its signs: an address
that is shared is low, a burst of denied calls, which programs make too, medium, and high where a trail was stopped as well; the others are high, and
critical where the key events are of four kinds or stop a trail. The innocent causes are those of the signs: an ordered
test, an audit tool, and above all an office or VPN address that everybody shares with the one suspect. Begin with
the earliest finding: the others may follow from it.`,
	Next: `Contain the earliest credential first, then all that it issued: deactivate keys, revoke sessions,
undo what the key events created. Then look for other uses of the addresses, and for reads of data in the same hours.`,
	Severity:   Low,
	Techniques: []string{"T1078.004"}, // what the key events are, their own findings say
	Requires:   append([]*Detector{suspiciousUserAgent, deniedCall, signinGuessing}, watchList...),
	Record:     suspectRecord,
	Stream: func() Stream {
		s := newSuspects("suspect-activity")
		st := bySecond(s.judge, s.flush)
		st.Evicted = func() int64 { return s.bursts.count() + s.guesses.count() }
		return st
	},
	Hits: [][]string{
		{kaliCall("iam.amazonaws.com", "CreateUser", `{"userName":"bob"}`)},
		{ // An address, then a key issued there, then the key from elsewhere.
			kaliCall("s3.amazonaws.com", "ListBuckets", `null`),
			plainCall("02", "203.0.113.9", "iam.amazonaws.com", "CreateAccessKey", "AKIA2", `{"userName":"bob"}`, `{"accessKey":{"accessKeyId":"AKIA3"}}`),
			plainCall("03", "198.51.100.7", "cloudtrail.amazonaws.com", "StopLogging", "AKIA3", `{"name":"main"}`, `null`),
		},
		append(deniedCalls(burstCalls, 1), plainCall("11", "203.0.113.9", "iam.amazonaws.com", "CreateUser", "AKIA1", `{"userName":"bob"}`, `null`)),
		append(signins(5, 1, true, func(int) string { return "alice" }),
			plainCall("11", "203.0.113.9", "iam.amazonaws.com", "CreateUser", "ASIA1", `{"userName":"bob"}`, `null`)),
	},
	Misses: [][]string{
		// Key events without a sign; a sign without a key event.
		{plainCall("01", "203.0.113.9", "iam.amazonaws.com", "CreateUser", "AKIA1", `{"userName":"bob"}`, `null`)},
		{kaliCall("s3.amazonaws.com", "ListBuckets", `null`)},
		// Two credentials that have nothing in common.
		{kaliCall("s3.amazonaws.com", "ListBuckets", `null`),
			plainCall("02", "198.51.100.7", "iam.amazonaws.com", "CreateUser", "AKIA2", `{"userName":"bob"}`, `null`)},
		// A few denied calls.
		append(deniedCalls(burstCalls-1, 1), plainCall("11", "203.0.113.9", "iam.amazonaws.com", "CreateUser", "AKIA1", `{"userName":"bob"}`, `null`)),
	},
})

func kaliCall(source, name, request string) string {
	return exampleCall("01", "203.0.113.9", "aws-cli/2.23.6 md/distrib#kali.2025", source, name, "AKIA1", request, `null`)
}

func plainCall(second, address, source, name, key, request, response string) string {
	return exampleCall(second, address, "aws-cli/2.23.6", source, name, key, request, response)
}

func exampleCall(second, address, agent, source, name, key, request, response string) string {
	return `{"eventTime":"2026-01-02T03:00:` + second + `Z","eventID":"1` + second + `","eventSource":"` + source +
		`","eventName":"` + name + `","sourceIPAddress":"` + address + `","userAgent":"` + agent +
		`","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"` + key +
		`"},"recipientAccountId":"111122223333","requestParameters":` + request + `,"responseElements":` + response + `}`
}

// The facts by which suspect-activity's halves speak. A key event also carries
// the watch-list's FactIssuedKey and, as FactOutcome, whether it succeeded; a
// sign-in the facts of signin-guessing.
const (
	factKey    = "key"    // the watch-list detector that matched
	factSign   = "sign"   // a user agent that makes the credential suspect
	factDenied = "denied" // a denial that a burst counts
	factSignin = "signin"
)

// suspectRecord asks the Record halves of the detectors that it builds upon.
func suspectRecord(r *parser.Record) (Evidence, bool) {
	var e Evidence
	for _, d := range watchList {
		if !d.wants(r) {
			continue
		}
		if found, ok := d.Record(r); ok && found.Get(FactOutcome) != failed {
			e = append(e, Fact{factKey, d.ID}, Fact{FactOutcome, found.Get(FactOutcome)})
			if key := found.Get(FactIssuedKey); key != "" {
				e = append(e, Fact{FactIssuedKey, key})
			}
		}
	}
	if t := toolOf(r.UserAgent); t != nil && t.severity >= Medium {
		e = append(e, Fact{factSign, "user agent of " + t.name})
	}
	if _, ok := deniedCall.Record(r); ok {
		e = append(e, Fact{factDenied, ""})
	}
	if found, ok := signinGuessing.Record(r); ok {
		e = append(append(e, Fact{factSignin, ""}), found...)
	}
	return e, len(e) > 0
}
