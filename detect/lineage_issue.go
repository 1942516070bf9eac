package detect

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// An IssuingEvent is an event that hands out a credential or begins a session.
type IssuingEvent struct {
	Source, Name string
	Caller       Caller
	Time         time.Time
	Mark         uint64
	SharedID     string // sharedEventID: the same in the copies that two accounts get
	Failed       bool
	// Get finds a field of the record by its path, as parser.Record.Get does.
	Get func(path string) (parser.Value, bool)
}

// An issuing is what lineage knows of a call that hands out a credential.
type issuing struct {
	service, name string
	key           []string                                      // where the access key ID may stand
	target        func(l *Lineage, e *IssuingEvent) string      // the principal that the credential makes one
	begin         func(l *Lineage, e *IssuingEvent, kind uint8) // instead: it names no key
}

var (
	stsKey  = []string{"responseElements.credentials.accessKeyId"}
	anyKey  = []string{"responseElements.credentials.accessKeyId", "responseElements.credentials.accessKeyID"}
	userKey = []string{"responseElements.accessKey.accessKeyId"}
)

// issuings are the calls that hand out credentials, or begin a session. Their order is
// that of lineageIssue.kind.
var issuings = []issuing{
	{service: "sts", name: "AssumeRole", key: stsKey, target: assumedRole},
	{service: "sts", name: "AssumeRoleWithSAML", key: stsKey, target: assumedRole},
	{service: "sts", name: "AssumeRoleWithWebIdentity", key: stsKey, target: assumedRole},
	{service: "sts", name: "AssumeRoot", key: stsKey, target: assumedRoot},
	{service: "sts", name: "GetSessionToken", key: stsKey, target: sameUser},
	{service: "sts", name: "GetDelegatedAccessToken", key: stsKey, target: delegated}, // a vendor's, whom somebody has given access for a while
	{service: "sts", name: "GetFederationToken", key: stsKey, target: federatedUser},
	{service: "iam", name: "CreateAccessKey", key: userKey},
	{service: "iam", name: "CreateUser", begin: createdUser},
	{service: "iam", name: "UpdateUser", begin: renamedUser},
	{service: "identitystore", name: "CreateUser", begin: createdPerson},
	{service: "sso-directory", name: "CreateUser", begin: createdPerson}, // in the console of Identity Center
	{service: "rolesanywhere", name: "CreateSession", target: anywhereRole},
	{service: "cognito-identity", name: "GetCredentialsForIdentity", key: anyKey},
	{service: "eks-auth", name: "AssumeRoleForPodIdentity", key: anyKey, target: assumedRole},
	{service: "s3", name: "CreateSession", key: anyKey, target: sameUser},
	{service: "signin", name: "CreateOAuth2Token", target: sameUser}, // aws login: its answer is not in the record
	{service: "signin", name: "ConsoleLogin", begin: consoleLogin},
	{service: "signin", name: "GetSigninToken", begin: signinToken},
	{service: "signin", name: "SwitchRole", begin: switchRole},
	{service: "sso", name: "GetRoleCredentials", begin: identityCenter},
	{service: "sso", name: "Federate", begin: identityCenter},
}

// issuingKinds leads from an event's name to positions in issuings.
var issuingKinds = func() map[string][]uint8 {
	m := map[string][]uint8{}
	for i := range issuings {
		m[issuings[i].name] = append(m[issuings[i].name], uint8(i))
	}
	return m
}()

// IssuingNames lists the names of the events that Issue takes, sorted.
func IssuingNames() (names []string) {
	for i := range issuings {
		names = append(names, issuings[i].name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Issues reports whether an event of that source and name can hand out a credential or
// begin a session.
func Issues(source, name string) bool { return issuingOf(source, name) != noNode }

func issuingOf(source, name string) int {
	for _, kind := range issuingKinds[name] {
		service, rest, _ := strings.Cut(source, ".")
		if issuings[kind].service == service && strings.HasPrefix(rest, "amazonaws.com") {
			return int(kind)
		}
	}
	return noNode
}

// A lineageIssue is an event that handed out a credential, or began a session.
type lineageIssue struct {
	at     int64 // Unix seconds
	mark   uint64
	caller int32
	key    int32 // the key that it names
	target int32 // whose principal the credential makes one
	kind   uint8
}

// Issue notes an event that handed out a credential or began a session. Events of which
// Issues says no, and those that failed, it passes over.
func (l *Lineage) Issue(e *IssuingEvent) {
	kind := issuingOf(e.Source, e.Name)
	if kind == noNode || e.Failed {
		return
	}
	i := &issuings[kind]
	if i.service == "signin" && (text(e.Get("responseElements."+i.name)) == failure || text(e.Get("additionalEventData.success")) == "false") {
		return
	}
	if i.begin != nil {
		i.begin(l, e, uint8(kind))
		return
	}
	issue := l.newIssue(e, uint8(kind))
	for _, path := range i.key {
		if name := text(e.Get(path)); name != "" {
			issue.key = l.key(name)
			break
		}
	}
	if i.name == "CreateSession" && issue.key == noNode {
		issue.key = l.key(firstOf(e, "responseElements.credentialSet", "credentials.accessKeyId"))
	}
	if i.target != nil {
		issue.target = l.principal(i.target(l, e))
	}
	if issue.caller == noNode || issue.key == noNode && issue.target == noNode {
		return
	}
	at := l.addIssue(issue, e)
	if issue = *l.issues.at(at); issue.key != noNode {
		l.names(issue.key, at)
	}
}

// newIssue makes the issue of an event. A caller of whom the record has no more than the account is who the request or
// the answer says: who signs with a certificate or is a guest of an app has no identity before.
func (l *Lineage) newIssue(e *IssuingEvent, kind uint8) lineageIssue {
	c := e.Caller
	if c.Principal == "" || c.Principal == c.Account {
		c.Principal = cmp.Or(c.OnBehalfOf, text(e.Get("requestParameters.identityId")), text(e.Get("responseElements.subjectArn")), c.Principal)
	}
	return lineageIssue{at: e.Time.Unix(), mark: e.Mark, caller: l.caller(&c), key: noNode, target: noNode, kind: kind}
}

// A sharedID stands for a sharedEventID in a third of its memory: half a SHA-256, for which nobody finds another text.
type sharedID [sha256.Size / 2]byte

func sharedIDOf(text string) sharedID {
	sum := sha256.Sum256([]byte(text))
	return sharedID(sum[:len(sharedID{})])
}

// addIssue files an issue, or joins it with the copy of the same event that the other account got.
func (l *Lineage) addIssue(issue lineageIssue, e *IssuingEvent) int32 {
	if e.SharedID == "" || e.Caller.Type != "AWSAccount" && accountOf(text(e.Get("requestParameters.roleArn"))) == e.Caller.Account {
		return l.issues.add(issue)
	}
	id := sharedIDOf(e.SharedID)
	at, ok := l.shared[id]
	if !ok {
		at = l.issues.add(issue)
		l.shared[id] = at
		return at
	}
	have := *l.issues.at(at)
	best := have
	if l.better(&issue, &have) {
		best = issue
	}
	best.key, best.target = max(have.key, issue.key), max(have.target, issue.target)
	*l.issues.at(at) = best
	return at
}

// names notes that an issue names a key. Of several the better one counts; that two
// credentials issued one key cannot be, so one of the records is false.
func (l *Lineage) names(key, issue int32) {
	n := l.nodes.at(key)
	if n.issue == noNode || n.issue == issue {
		n.issue = issue
		return
	}
	have, other := l.issues.at(n.issue), l.issues.at(issue)
	if l.nodes.at(have.caller).kind != PrincipalNode && l.nodes.at(other.caller).kind != PrincipalNode && have.caller != other.caller {
		n.contested = true
	}
	if l.better(other, have) {
		n.issue = issue
	}
}

// better reports whether a tells more of who issued than b: a key more than a session,
// that more than a principal. Marks decide last: they may come from the order within a second.
func (l *Lineage) better(a, b *lineageIssue) bool {
	x, y := l.nodes.at(a.caller), l.nodes.at(b.caller)
	return cmp.Or(cmp.Compare(y.kind, x.kind), cmp.Compare(a.at, b.at), strings.Compare(l.name(x), l.name(y)), cmp.Compare(a.mark, b.mark)) < 0
}

// firstOf returns a field of the first element of a list.
func firstOf(e *IssuingEvent, list, path string) (found string) {
	v, _ := e.Get(list)
	v.Each(func(element parser.Value) bool {
		found = text(element.Get(path))
		return false
	})
	return found
}

// assumedRole returns the ARN of the session of a role: the response's, or else what the
// request makes of it.
func assumedRole(_ *Lineage, e *IssuingEvent) string {
	if arn := text(e.Get("responseElements.assumedRoleUser.arn")); arn != "" {
		return arn
	}
	return sessionARN(text(e.Get("requestParameters.roleArn")), text(e.Get("requestParameters.roleSessionName")))
}

// sessionARN makes the ARN of a role's session, in which the role's path is left out.
func sessionARN(role, session string) string {
	parts := strings.SplitN(role, ":", 6)
	if len(parts) < 6 || session == "" || !strings.HasPrefix(parts[5], "role/") {
		return ""
	}
	name := parts[5][strings.LastIndexByte(parts[5], '/')+1:]
	return strings.Join([]string{"arn", parts[1], "sts", "", parts[4], "assumed-role/" + name + "/" + session}, ":")
}

func anywhereRole(_ *Lineage, e *IssuingEvent) string {
	return cmp.Or(firstOf(e, "responseElements.credentialSet", "assumedRoleUser.arn"),
		sessionARN(text(e.Get("requestParameters.roleArn")), text(e.Get("requestParameters.roleSessionName"))))
}

func assumedRoot(_ *Lineage, e *IssuingEvent) string {
	target := text(e.Get("requestParameters.targetPrincipal"))
	if account := accountOf(target); account != "" && !strings.HasPrefix(target, "arn:") {
		return "arn:aws:iam::" + account + ":root"
	}
	return target
}

func sameUser(_ *Lineage, e *IssuingEvent) string { return e.Caller.Principal }

func delegated(_ *Lineage, e *IssuingEvent) string {
	return text(e.Get("responseElements.assumedPrincipal"))
}

func federatedUser(_ *Lineage, e *IssuingEvent) string {
	return text(e.Get("responseElements.federatedUser.arn"))
}

// consoleLogin: a session of the console begins.
func consoleLogin(l *Lineage, e *IssuingEvent, kind uint8) {
	if text(e.Get("responseElements.ConsoleLogin")) == "Success" {
		l.begin(l.newIssue(e, kind), e.Caller.Principal)
	}
}

// signinToken: the caller's credential is exchanged for a session of the console.
func signinToken(l *Lineage, e *IssuingEvent, kind uint8) {
	l.begin(l.newIssue(e, kind), e.Caller.Principal)
}

// createdUser: a user is made, who holds whatever credentials in time to come.
func createdUser(l *Lineage, e *IssuingEvent, kind uint8) {
	l.bear(e, kind, text(e.Get("responseElements.user.arn")))
}

// createdPerson: a person of Identity Center is made.
func createdPerson(l *Lineage, e *IssuingEvent, kind uint8) {
	l.bear(e, kind, cmp.Or(text(e.Get("responseElements.userId")), text(e.Get("responseElements.user.userId"))))
}

func (l *Lineage) bear(e *IssuingEvent, kind uint8, name string) {
	if name == "" {
		return
	}
	issue, user := l.newIssue(e, kind), l.principal(name)
	if issue.caller == noNode || user == noNode {
		return
	}
	l.born[user] = append(l.born[user], l.begins.add(issue))
}

// switchRole: within the console somebody becomes a role. The record is the role's.
func switchRole(l *Lineage, e *IssuingEvent, kind uint8) {
	issue := l.newIssue(e, kind)
	if from := text(e.Get("additionalEventData.SwitchFrom")); from != "" {
		issue.caller = l.principal(from)
	}
	l.begin(issue, e.Caller.Principal)
}

func (l *Lineage) begin(issue lineageIssue, target string) {
	issue.target = l.principal(target)
	if issue.caller != noNode && issue.target != noNode {
		l.begins.add(issue)
	}
}

// identityCenter: somebody takes a role of IAM Identity Center, which the record names
// by account and permission set.
func identityCenter(l *Lineage, e *IssuingEvent, kind uint8) {
	account, set := text(e.Get("serviceEventDetails.account_id")), text(e.Get("serviceEventDetails.role_name"))
	issue := l.newIssue(e, kind)
	if account == "" || set == "" || issue.caller == noNode {
		return
	}
	name := account + "/" + set
	l.grants[name] = append(l.grants[name], l.begins.add(issue))
}
