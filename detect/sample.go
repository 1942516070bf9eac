package detect

import (
	"cmp"
	"net/netip"
	"strings"
	"time"
)

// A sample makes a record for Hits and Misses. What it leaves out has a value that
// everybody knows from AWS's documentation.
type sample struct {
	at      string // time of the second of January, or a whole time
	id      string // by default the time
	event   string // "iam:CreateUser"
	key     string
	user    string // "alice"; "role/session" for a session of a role; "root"; or a whole userIdentity
	account string // where it is recorded
	address string
	agent   string
	region  string
	in, out string // JSON
	more    string // further members, with a comma before them
	code    string
}

// record writes it.
func (x sample) record() string {
	account := cmp.Or(x.account, "111122223333")
	at := x.at
	if len(at) <= len("15:04:05") {
		at = "2026-01-02T" + at + "Z"
	}
	source, name, _ := strings.Cut(x.event, ":")
	who := x.user
	role, session, isRole := strings.Cut(who, "/")
	key := `,"accessKeyId":"` + x.key + `"`
	switch {
	case strings.HasPrefix(who, "{"):
	case who == "root":
		who = `{"type":"Root","arn":"arn:aws:iam::` + account + `:root","accountId":"` + account + `"` + key + `}`
	case isRole:
		who = `{"type":"AssumedRole","principalId":"AROA1:` + session + `","arn":"arn:aws:sts::` + account + `:assumed-role/` + who + `","accountId":"` + account + `"` + key +
			`,"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::` + account + `:role/` + role + `","userName":"` + role + `"},"attributes":{"creationDate":"2026-01-02T01:00:00Z"}}}`
	default:
		who = cmp.Or(who, "alice")
		who = `{"type":"IAMUser","arn":"arn:aws:iam::` + account + `:user/` + who + `","userName":"` + who + `","accountId":"` + account + `"` + key + `}`
	}
	return `{"eventTime":"` + at + `","eventID":"` + cmp.Or(x.id, x.at+name) + `","eventSource":"` + source + `.amazonaws.com","eventName":"` + name +
		`","awsRegion":"` + cmp.Or(x.region, "us-east-1") + `","sourceIPAddress":"` + cmp.Or(x.address, "203.0.113.9") + `","userAgent":"` + cmp.Or(x.agent, "aws-cli/2.27.42 os/linux#6.8.0") +
		`","recipientAccountId":"` + account + `","errorCode":"` + x.code + `","userIdentity":` + who +
		`,"requestParameters":` + cmp.Or(x.in, "null") + `,"responseElements":` + cmp.Or(x.out, "null") + x.more + `}`
}

// samples writes several.
func samples(all ...sample) (records []string) {
	for _, x := range all {
		records = append(records, x.record())
	}
	return records
}

// issuedKey is the answer that holds a temporary key.
func issuedKey(key string) string { return `{"credentials":{"accessKeyId":"` + key + `"}}` }

// habit is an example of n calls of a key, one each quarter of a day.
func habit(key string, n int) (records []string) {
	for i := range n {
		at := time.Date(2026, 1, 2, 6*i, 0, 0, 0, time.UTC).Format(time.RFC3339)
		records = append(records, sample{at: at, event: "sts:GetCallerIdentity", key: key}.record())
	}
	return records
}

// examplesWorld is what is known to the detectors beside their examples: where some addresses are.
func examplesWorld() *Context {
	places := map[string]Location{
		exampleNear:  {Country: "DE", City: "Hamburg", Latitude: 53.6, Longitude: 10, Placed: true, ASN: 64500, Network: "Example Net"},
		exampleFar:   {Country: "AU", City: "Perth", Latitude: -31.9, Longitude: 115.9, Placed: true, ASN: 64501, Network: "Example Down Under"},
		exampleCloud: {Country: "US", Latitude: 39, Longitude: -77.5, Placed: true, ASN: 16509, Network: "Amazon"},
	}
	return &Context{LocateSource: "examples", Locate: func(ip netip.Addr) (Location, bool) {
		at, ok := places[ip.String()]
		return at, ok
	}}
}
