package report

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// An act is what an event of an incident is in the story.
type act uint8

const (
	actLook    act = iota // it only looked
	actSignIn             // to the console, or to a portal
	actIssue              // it handed out a credential
	actSecret             // it read a secret
	actRead               // it read data
	actShare              // it opened data to others, or exported it
	actLeft               // it made something that lasts
	actRun                // it ran something, or opened a shell
	actDefence            // it weakened what guards or records
	actDestroy            // it deleted or stopped something
	actChange             // any other change
	actProbe              // it asked who it is
	actGuard              // it changed what guards or records, and may have weakened it
)

// calls lists calls as the tables below name them: a service, and names of its calls parted by spaces; * ends a beginning.
type calls struct{ service, names string }

func (c *calls) has(source, name string) bool {
	if !serves(c.service, source) {
		return false
	}
	for n := range strings.FieldsSeq(c.names) {
		if begin, ok := strings.CutSuffix(n, "*"); n == name || ok && strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

func isAmong(all []calls, source, name string) bool {
	return slices.ContainsFunc(all, func(c calls) bool { return c.has(source, name) })
}

// defending are the calls that weaken what guards or records whatever their parameters, and that no guard has: see guarding for all others.
var defending = []calls{{"cloudtrail", "StopLogging StopEventDataStoreIngestion"}, {"securityhub", "DeleteMembers"}, {"iam", "DeleteVirtualMFADevice"}}

// recording are the calls that act on what records, or reports, what others do: without it, it happens unseen.
var recording = []calls{
	{"cloudtrail", "*"}, {"guardduty", "*"}, {"securityhub", "*"}, {"config", "*"}, {"macie2", "*"}, {"inspector2", "*"}, {"access-analyzer", "*"}, {"detective", "*"}, {"logs", "*"}, {"monitoring", "*"}, {"events", "*"},
	{"route53resolver", "*"}, {"ec2", "DeleteFlowLogs"}, {"s3", "PutBucketLogging"}, {"wafv2", "DeleteLoggingConfiguration"}, {"bedrock", "DeleteModelInvocationLoggingConfiguration"},
}

// running are the calls that run something.
var running = []calls{
	{"ssm", "SendCommand StartSession StartAutomationExecution CreateAssociation"}, {"ec2-instance-connect", "SendSSHPublicKey SendSerialConsoleSSHPublicKey"},
	{"lambda", "Invoke InvokeFunction"}, {"bedrock", "InvokeModel* Converse*"}, {"ecs", "RunTask StartTask ExecuteCommand"}, {"codebuild", "StartBuild*"},
	{"glue", "StartJobRun"}, {"batch", "SubmitJob"}, {"states", "StartExecution"},
}

// signing are sign-ins and what goes with them.
var signing = []calls{
	{"signin", "*"}, {"sso", "Authenticate Federate GetRoleCredentials"}, {"sso-oauth", "*"},
}

// entering are those by which a sign-in succeeds, fails or ends in a session. The others go with it: second factors, codes, tokens for a browser, leaving a role.
var entering = []calls{
	{"signin", "ConsoleLogin UserAuthentication SwitchRole"}, {"sso", "Authenticate Federate"}, {"sso-oauth", "CreateToken*"},
}

// destroying are beginnings of the names of calls that delete or stop something.
var destroying = []string{"Delete", "Terminate", "Deregister", "ScheduleKeyDeletion", "Disable", "Stop", "Purge"}

// looking are those of calls that only look, where the record does not say whether it does.
var looking = []string{"Describe", "List", "Get", "Head", "Lookup", "Search", "BatchGet", "Simulate"}

func begins(name string, all []string) bool {
	return slices.ContainsFunc(all, func(p string) bool { return strings.HasPrefix(name, p) })
}

// actOf says what an event is.
func actOf(e *IncidentEvent, readOnly string) act {
	name := parser.Action(e.Name)
	switch {
	case isAmong(signing, e.Source, name):
		return actSignIn
	case serves("sts", e.Source) && name == "GetCallerIdentity":
		return actProbe
	case name != "CreateUser" && name != "CreateRole" && detect.Issues(e.Source, name):
		return actIssue
	case isAmong(defending, e.Source, name):
		return actDefence
	case isAmong(running, e.Source, name):
		return actRun
	}
	for _, r := range readings[name] {
		if serves(r.service, e.Source) {
			return actOfReading(r.kind, actLook)
		}
	}
	for _, t := range made[name] {
		if serves(t.service, e.Source) {
			return actLeft
		}
	}
	switch {
	case readOnly == "true", readOnly == "" && begins(name, looking):
		return actLook
	case begins(name, destroying):
		return actDestroy
	}
	return actChange
}

// actOfReading says what a reading of a kind is.
func actOfReading(kind string, have act) act {
	switch {
	case kind == "secret", strings.HasPrefix(kind, "parameter"), kind == "instance password":
		return actSecret
	case strings.HasSuffix(kind, "shared"), strings.HasSuffix(kind, "exported"):
		if have == actLook || have == actShare {
			return actShare
		}
		return have
	case kind == "KMS decryption", kind == "function code", kind == "instance console":
		return have
	}
	return actRead
}

// tacticAt returns the place of a tactic in tactics; -1: it has none.
func tacticAt(tag string) int {
	for i := range tactics {
		if tag != "" && tactics[i][0] == tag {
			return i
		}
	}
	return -1
}

// techniqueTactics are the tactics of techniques, each under the one that it serves where CloudTrail shows it. ATT&CK files some under
// several: a key that somebody makes for another user is a way to come back before it is more power; a policy is the reverse.
var techniqueTactics = map[string]string{
	"T1078": "initial-access", "T1190": "initial-access", "T1199": "initial-access", "T1566": "initial-access",
	"T1059": "execution", "T1204": "execution", "T1648": "execution", "T1651": "execution", "T1569": "execution",
	"T1098": "persistence", "T1098.003": "privilege-escalation", "T1136": "persistence", "T1525": "persistence", "T1546": "persistence", "T1543": "persistence", "T1556": "persistence",
	"T1548": "privilege-escalation", "T1484": "privilege-escalation", "T1068": "privilege-escalation",
	"T1535": "stealth", "T1036": "stealth", "T1070": "stealth", "T1211": "stealth",
	"T1578": "defense-impairment", "T1666": "defense-impairment", "T1685": "defense-impairment", "T1686": "defense-impairment", "T1689": "defense-impairment", "T1556.006": "defense-impairment",
	"T1110": "credential-access", "T1528": "credential-access", "T1552": "credential-access", "T1555": "credential-access", "T1606": "credential-access", "T1621": "credential-access",
	"T1539": "credential-access", "T1040": "credential-access", "T1649": "credential-access", "T1212": "credential-access",
	"T1069": "discovery", "T1087": "discovery", "T1201": "discovery", "T1518": "discovery", "T1526": "discovery", "T1538": "discovery", "T1580": "discovery", "T1619": "discovery",
	"T1654": "discovery", "T1680": "discovery", "T1046": "discovery", "T1049": "discovery", "T1082": "discovery", "T1482": "discovery", "T1613": "discovery", "T1614": "discovery", "T1673": "discovery",
	"T1021": "lateral-movement", "T1550": "lateral-movement", "T1072": "lateral-movement",
	"T1074": "collection", "T1119": "collection", "T1213": "collection", "T1530": "collection", "T1005": "collection",
	"T1020": "exfiltration", "T1048": "exfiltration", "T1537": "exfiltration", "T1567": "exfiltration",
	"T1485": "impact", "T1486": "impact", "T1489": "impact", "T1490": "impact", "T1491": "impact", "T1496": "impact", "T1498": "impact", "T1499": "impact", "T1531": "impact", "T1657": "impact", "T1529": "impact", "T1565": "impact",
}

// tacticOf returns the tactic of a technique; "": none is known.
func tacticOf(technique string) string {
	if t, ok := techniqueTactics[technique]; ok {
		return t
	}
	base, _, _ := strings.Cut(technique, ".")
	return techniqueTactics[base]
}

// actTechniques are the techniques that an act by itself shows, where no finding names one.
var actTechniques = map[act]string{
	actProbe: "T1087.004", actSignIn: "T1078.004", actSecret: "T1555.006", actRead: "T1530", actShare: "T1537", actDefence: "T1685", actRun: "T1651",
}

// familyTechniques are those of things that are left behind.
var familyTechniques = map[string]string{
	"IAM user": "T1136.003", "access key": "T1098.001", "console password": "T1098.001", "service credential": "T1098.001", "SSH key": "T1098.004", "signing certificate": "T1098.001", "MFA device": "T1556.006",
	"IAM role": "T1136.003", "role trust policy": "T1098.003", "group membership": "T1098.003", "Identity Center user": "T1136.003", "Identity Center membership": "T1098.003",
	"policy attached to user": "T1098.003", "policy attached to role": "T1098.003", "policy attached to group": "T1098.003",
	"inline policy of user": "T1098.003", "inline policy of role": "T1098.003", "inline policy of group": "T1098.003",
	"policy version": "T1098.003", "default policy version": "T1098.003", "identity provider": "T1484.002", "trust anchor": "T1098.003", "role alias": "T1098.001", "EKS pod identity association": "T1098.003", "trusted token issuer": "T1484.002", "SSH key of transfer user": "T1098.004",
	"function": "T1648", "function code": "T1648", "function configuration": "T1648", "event source mapping": "T1546", "function permission": "T1546", "function URL": "T1546", "event rule": "T1546", "schedule": "T1546",
	"security group rule": "T1686.001", "instance": "T1578.002", "key pair": "T1098.004", "bucket replication": "T1537",
}

// shows returns the techniques that an event shows: those of its findings from low on, or else what it is by itself.
func (e *toldEvent) shows() []string {
	if len(e.techniques) > 0 && e.weight > detect.Informational {
		return e.techniques
	}
	if len(e.made) > 0 {
		if t := familyTechniques[e.made[0].family]; t != "" {
			return []string{t}
		}
	}
	switch {
	case len(e.techniques) > 0:
		return e.techniques
	case e.act == actIssue && e.issued != "":
		return []string{"T1550.001"}
	case e.act == actLook && serves("iam", e.Source):
		return []string{"T1087.004"}
	case e.act == actLook && serves("s3", e.Source):
		return []string{"T1619"}
	case e.act == actLook:
		return []string{"T1580"}
	}
	if t := actTechniques[e.act]; t != "" {
		return []string{t}
	}
	return nil
}

// chain finds the tactics that were reached, by their first events. The first event of all shows the way in, where its credential came from
// nothing that the incident has. What may be its owner's ordinary use shows none.
func (d *incidentDraft) chain() {
	var reached [len(tactics)]*TacticReached
	see := func(tag, technique string, e *toldEvent) {
		at := tacticAt(tag)
		if at < 0 {
			return
		}
		r := reached[at]
		if r == nil {
			r = &TacticReached{Tactic: tactics[at][1], Techniques: []string{}, First: e.IncidentEvent, Attempted: true}
			reached[at] = r
		}
		if e.outcome == succeeded && r.Attempted {
			r.First, r.Attempted = e.IncidentEvent, false
		}
		r.Events++
		if !slices.Contains(r.Techniques, technique) {
			r.Techniques = append(r.Techniques, technique)
		}
	}
	begun := false
	for i := range d.events {
		e := &d.events[i]
		if e.weak {
			continue
		}
		first := !begun
		if begun = true; first {
			see("initial-access", "T1078.004", e)
		}
		seen := map[string]bool{}
		for j, t := range e.shows() {
			tag := tacticOf(t)
			if tag == "initial-access" && (first || j > 0 || e.act != actSignIn && e.act != actIssue) || seen[tag] {
				continue // a valid account is used by all that follows
			}
			seen[tag] = true
			see(tag, t, e)
		}
	}
	d.Tactics = []TacticReached{}
	for _, r := range reached {
		if r != nil {
			slices.Sort(r.Techniques)
			d.Tactics = append(d.Tactics, *r)
		}
	}
	slices.SortStableFunc(d.Tactics, func(a, b TacticReached) int { return int(a.First.Time.Unix() - b.First.Time.Unix()) })
}
