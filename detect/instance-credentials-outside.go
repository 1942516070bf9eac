package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "instance-credentials-outside",
	Title: "Credentials of an EC2 instance used outside of it",
	Doc: `A key of an instance's role was used at an address that several signs say is not the instance's: a
person works from it, the instance or other keys of it are seen elsewhere, the key came from the metadata service's
first version while the instance's own agent uses the second, the user agent contradicts what runs there, the
network belongs to nobody who runs instances. The first address of a key proves nothing: a thief's may be its
only one. Innocent causes: an address that was moved to or from the instance, several network interfaces, operators
behind the instance's own gateway, a script that exports the credentials to another tool. Look at what the key did.`,
	Next: `Revoke the role's sessions (AWSRevokeOlderSessions), then find how the metadata service was reached: a
flaw in a web application, a command that somebody sent, a person logged in. Demand its second version. Read what
the key did: filter timeline.csv by the column credential.`,
	Severity:   Medium,
	Techniques: []string{"T1552.005", "T1550.001"},
	Gate:       func(r *parser.Record) bool { return isCredentialType(r.Identity.Type) },
	Seek: []Seek{
		{Field: FieldPrincipalID, Match: func(v string) bool { return instanceOf(v) != "" }},
		{Field: FieldARN, Match: ofPerson},
	},
	Thresholds: []Threshold{
		{"signs", 2, "signs", "own: one sign alone is common, two are not: the everyday background has none"},
		{"signs-high", 3, "signs", "own: both published thefts (Stratus Red Team, the cloud-custodian records) show three"},
		{"gateway-instances", 2, "instances", "own: an address of two other instances is the network's gateway"},
	},
	Needs:  []Need{NeedsGeography},
	Record: instanceRecord,
	Judge:  func(c *Context) Stream { return newInstances(c).stream() },
	Hits: [][]string{
		{ // An operator's address, the older metadata service, and the question who one is.
			instanceExample("01", "AKIA1", "203.0.113.9", "ssm", "SendCommand", ""),
			instanceExample("09", "ASIA1", "203.0.113.9", "sts", "GetCallerIdentity", "1.0"),
		},
		{ // The agent's own key came from the second version, and from elsewhere.
			instanceExample("01", "ASIA1", "198.51.100.7", "ssm", "UpdateInstanceInformation", "2.0"),
			instanceExample("09", "ASIA2", "203.0.113.9", "s3", "ListBuckets", "1.0"),
		},
	},
	Misses: [][]string{
		{instanceExample("01", "ASIA1", "203.0.113.9", "s3", "ListBuckets", "2.0")},
		// A new key at a new address: the instance was stopped and started.
		{instanceExample("01", "ASIA1", "198.51.100.7", "ssm", "UpdateInstanceInformation", "2.0"),
			instanceExample("09", "ASIA2", "203.0.113.9", "s3", "ListBuckets", "2.0")},
		// Inside of the network.
		{instanceExample("01", "AKIA1", "10.0.0.9", "ssm", "SendCommand", ""), instanceExample("09", "ASIA1", "10.0.0.9", "sts", "GetCallerIdentity", "1.0")},
	},
})

// instanceExample is a call by an instance's key, or by a user's where the key is an AKIA.
func instanceExample(second, key, address, source, name, delivery string) string {
	who := `"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"`
	if strings.HasPrefix(key, "ASIA") {
		who = `"type":"AssumedRole","principalId":"AROA1:i-0a1b2c3d4e5f60718","arn":"arn:aws:sts::111122223333:assumed-role/web/i-0a1b2c3d4e5f60718","sessionContext":{"ec2RoleDelivery":"` + delivery + `"}`
	}
	return `{"eventTime":"2026-01-02T03:00:` + second + `Z","eventID":"1` + second + `","eventSource":"` + source + `.amazonaws.com","eventName":"` + name +
		`","sourceIPAddress":"` + address + `","userAgent":"aws-cli/2.27.42 os/linux#6.8.0","recipientAccountId":"111122223333","userIdentity":{` + who + `,"accountId":"111122223333","accessKeyId":"` + key + `"}}`
}

// The facts of a call by an instance's key, beside who made it.
const (
	factInstance = "instance"
	factDelivery = "ec2_role_delivery" // the metadata service's version: "1.0", "2.0"
	factAgent    = "agent"             // what runs: tool and operating system
	factCarried  = "carried"           // the CLI had the credentials from the environment or a file
	factEndpoint = "endpoint_account"  // whose endpoint it came through, if not the instance's account's
)

// heartbeat is what an instance's own agent calls every few minutes, from wherever it is.
const heartbeat = "UpdateInstanceInformation"

// instanceRecord lets through the calls of instances' keys from the internet, and of people
// those that show an address at work.
func instanceRecord(r *parser.Record) (Evidence, bool) {
	id := instanceOf(r.Identity.PrincipalID)
	if Operational(r) || id == "" {
		return nil, id == "" && r.ErrorCode == "" && r.EventSource != "s3.amazonaws.com" && ofPerson(r.Identity.ARN) && !Operational(r) && fromInternet(r)
	}
	public := fromInternet(r)
	via := r.EndpointAccount
	if via == r.Identity.AccountID {
		via = ""
	}
	if r.Name != heartbeat && via == "" && (!public || r.EndpointID != "") && !sampled(r.ID) {
		return nil, false
	}
	ua := ParseUserAgent(r.UserAgent)
	f := facts{r: r}
	f.add(factInstance, r.Identity.AccountID+" "+id)
	f.add(factDelivery, r.Identity.RoleDelivery)
	f.add(factAgent, strings.TrimSpace(ua.Tool+" "+ua.OS))
	f.add(factEndpoint, via)
	if from := ua.CredentialSource(); ua.Tool == "aws-cli" && (from == "environment" || from == "profile") {
		f.add(factCarried, from)
	}
	return f.e, true
}

func fromInternet(r *parser.Record) bool {
	_, public := InternetAddress(r.SourceIP)
	return public
}

// sampled chooses one event in sixteen, whatever it says: of what instances do inside of their
// network that is enough to know them.
func sampled(eventID string) bool { return strings.HasSuffix(eventID, "0") }
