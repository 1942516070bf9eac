package detect

import (
	"cmp"
	"net/netip"
	"strings"
	"time"
)

// An example makes a record for Hits and Misses. What it leaves out has a value that everybody knows from AWS's
// documentation.
type example struct {
	at      string // time of the second of January, or "2026-01-03 03:00:01", or a whole time
	id      string // by default made of the time, the call, who and in
	call    string // "iam:CreateUser"
	who     string // "alice"; "role/session" for a session of a role; "root"; or a whole userIdentity
	key     string
	ip      string
	agent   string
	account string // where it is recorded
	region  string
	in, out string // JSON
	more    string // further members
	code    string // of an error
}

// unquoted is made once: examples are written whenever the program starts.
var unquoted = strings.NewReplacer(`"`, "", `\`, "")

// String writes the record.
func (x example) String() string {
	source, name, _ := strings.Cut(x.call, ":")
	id := cmp.Or(x.id, unquoted.Replace(x.at+x.call+x.who+x.in))
	account := cmp.Or(x.account, "111122223333")
	record := `{"eventTime":"` + x.time() + `","eventID":"` + id + `","eventSource":"` + source + `.amazonaws.com","eventName":"` + name +
		`","awsRegion":"` + cmp.Or(x.region, "us-east-1") + `","sourceIPAddress":"` + cmp.Or(x.ip, "203.0.113.9") + `","userAgent":"` + cmp.Or(x.agent, "aws-cli/2.27.42 os/linux#6.8.0") +
		`","recipientAccountId":"` + account + `","userIdentity":` + x.identity(account) + `,"requestParameters":` + cmp.Or(x.in, "null") + `,"responseElements":` + cmp.Or(x.out, "null")
	if x.code != "" {
		record += `,"errorCode":"` + x.code + `"`
	}
	if x.more != "" {
		record += "," + x.more
	}
	return record + "}"
}

func (x example) time() string {
	switch day, clock, ok := strings.Cut(x.at, " "); {
	case ok:
		return day + "T" + clock + "Z"
	case strings.Contains(x.at, "T"):
		return x.at
	}
	return "2026-01-02T" + x.at + "Z"
}

func (x example) identity(account string) string {
	who := cmp.Or(x.who, "alice")
	role, session, isRole := strings.Cut(who, "/")
	more := `,"accountId":"` + account + `","accessKeyId":"` + x.key + `"`
	switch {
	case strings.HasPrefix(who, "{"):
		return who
	case who == "root":
		return `{"type":"Root","arn":"arn:aws:iam::` + account + `:root"` + more + `}`
	case isRole:
		return `{"type":"AssumedRole","principalId":"AROA1:` + session + `","arn":"arn:aws:sts::` + account + `:assumed-role/` + who + `"` + more +
			`,"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::` + account + `:role/` + role + `","userName":"` + role + `"},"attributes":{"creationDate":"2026-01-02T01:00:00Z"}}}`
	}
	return `{"type":"IAMUser","arn":"arn:aws:iam::` + account + `:user/` + who + `","userName":"` + who + `"` + more + `}`
}

// story writes the records of several.
func story(all ...example) (records []string) {
	for _, x := range all {
		records = append(records, x.String())
	}
	return records
}

// issuedKey is the answer that holds a temporary key.
func issuedKey(key string) string { return `{"credentials":{"accessKeyId":"` + key + `"}}` }

// habit is an example of n calls of the key AKIA1, one each quarter of a day.
func habit(n int) (records []string) {
	for i := range n {
		at := time.Date(2026, 1, 2, 6*i, 0, 0, 0, time.UTC).Format(time.RFC3339)
		records = append(records, example{at: at, call: "sts:GetCallerIdentity", key: "AKIA1"}.String())
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
