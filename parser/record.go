package parser

import "time"

// Origin says where a record was read from. It is unique within a case.
type Origin struct {
	Source string // the evidence root's label, not its path on this machine
	Object string // the object's path below the root, with forward slashes
	Index  int    // the record's position among the object's records, from 0
	Offset int64  // of the record's first byte in the decompressed object
}

// Kind says what one element of an object is. Only an Event is a line of the timeline.
type Kind uint8

// The kinds of element that CloudTrail delivers, and Foreign for everything else.
const (
	Event      Kind = iota // a management, data or network activity event: one call
	Insight                // an Insights event: a statistic, not a call
	Aggregated             // an aggregated event: many calls, never to be counted as one
	Foreign                // valid JSON that is not a CloudTrail record
)

var kindNames = [...]string{"event", "insight", "aggregated", "foreign"}

// String returns the kind's lower-case name.
func (k Kind) String() string { return kindNames[k] }

// Record is a view of one CloudTrail event. It borrows its Reader's buffer and
// is valid until the following call of Next; Clone keeps it.
//
// The string fields hold what the event holds, unescaped, and are empty where
// it holds nothing or null. A hot field that is not a string in the event, such
// as a list, holds its JSON text. Of duplicate keys the last one counts, as in
// encoding/json; names of keys match case-sensitively.
type Record struct {
	Origin Origin
	Raw    []byte // the exact bytes of the event's JSON object: the evidence
	// Lifted: the record was taken out of something that wraps it.
	Lifted bool
	Kind   Kind
	Shape  string    // the form in which the record was handed out, as Reader.Shape names it
	What   string    // for Foreign: what the element was recognised as
	Time   time.Time // eventTime, UTC; zero for other kinds than Event

	Version      string // eventVersion
	ID           string // eventID; empty in version 1.0
	Name         string // eventName, as recorded
	EventSource  string // eventSource, for example "iam.amazonaws.com"
	Region       string // awsRegion
	Account      string // recipientAccountId, or else the identity's account
	SourceIP     string // sourceIPAddress: an address, a service's name or "AWS Internal"
	UserAgent    string // userAgent
	ErrorCode    string // errorCode
	ErrorMessage string // errorMessage
	EventType    string // eventType
	Category     string // eventCategory
	SharedID     string // sharedEventID
	ReadOnly     string // "true", "false" or "" where the event does not say
	// The network endpoint that the call came through, and whose it is: vpcEndpointId, vpcEndpointAccountId.
	EndpointID, EndpointAccount string
	FromConsole                 string // sessionCredentialFromConsole: "true" or ""
	Identity                    Identity

	// Whole values where the Reader met them, so that Get need not look for them.
	scanned bool
	hollow  bool
	large   [4]Value // requestParameters, responseElements, additionalEventData, resources
}

// Hollow reports whether a hot field may be in the event though it is empty here: as null or
// as an empty string. Of a record that is not, an empty field says that the event has none.
func (r *Record) Hollow() bool { return r.hollow || !r.scanned }

// Identity is the event's userIdentity with its session context.
type Identity struct {
	Type           string
	PrincipalID    string
	ARN            string
	AccountID      string
	AccessKeyID    string
	UserName       string
	InvokedBy      string
	IssuerType     string // sessionContext.sessionIssuer.type
	IssuerARN      string // sessionContext.sessionIssuer.arn
	IssuerName     string // sessionContext.sessionIssuer.userName
	CreationDate   string // sessionContext.attributes.creationDate
	MFA            string // sessionContext.attributes.mfaAuthenticated
	SourceIdentity string // sessionContext.sourceIdentity
	RoleDelivery   string // sessionContext.ec2RoleDelivery: the metadata service's version, "1.0" or "2.0"
	OnBehalfOf     string // onBehalfOf.userId: a user of IAM Identity Center, of whom a record may have no more than that
}

// Principal names who made the call: the ARN where the event gives one, else
// the best that it gives (service, principal ID, user name, user of Identity
// Center, account). It is empty where the event names nobody.
func (id *Identity) Principal() string {
	for _, s := range [...]string{id.ARN, id.InvokedBy, id.PrincipalID, id.UserName, id.OnBehalfOf, id.AccountID} {
		if s != "" {
			return s
		}
	}
	return ""
}

// NetworkActivity reports whether the event is one of network activity: a call through a VPC
// endpoint, which is told of by the endpoint's owner's trail. AWS documents both names of its type.
func (r *Record) NetworkActivity() bool {
	return r.Category == "NetworkActivity" || r.EventType == "AwsVpceEvent" || r.EventType == "AwsVpceEvents"
}

// Action returns the event's name without the API version that some services
// append to it: UpdateFunctionCode20150331v2 becomes UpdateFunctionCode.
func (r *Record) Action() string { return Action(r.Name) }

// Action strips an API version suffix (eight digits of a date, then optionally
// "v" and digits) from an eventName.
func Action(name string) string {
	end := len(name)
	i := end
	for i > 0 && isDigit(name[i-1]) {
		i--
	}
	if i > 0 && i < end && name[i-1] == 'v' {
		end = i - 1
	}
	digits := 0
	for digits < end && isDigit(name[end-1-digits]) {
		digits++
	}
	if digits != 8 || digits == end {
		return name
	}
	return name[:end-8]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
