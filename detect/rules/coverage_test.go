package rules

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect"
)

// untraced are the techniques of the IaaS platform that may be without rule and detector:
// those that leave no API call, and those that only their sub-techniques show.
var untraced = []string{
	"T1069", "T1074", "T1078", "T1087", // by sub-techniques
	"T1110",          // by sub-techniques
	"T1110.004",      // not told from guessing
	"T1136", "T1204", // by sub-techniques
	"T1211", "T1687", // flaws of products
	"T1491",                                        // by its sub-technique
	"T1496.002", "T1498", "T1498.001", "T1498.002", // traffic
	"T1499", "T1499.002", "T1499.003", "T1499.004", // requests to applications
	"T1550", "T1578", // by sub-techniques
	"T1550.004", "T1606.001", // cookies
}

func TestEveryTechniqueIsCoveredOrExplained(t *testing.T) {
	rows := Matrix(loaded(), detect.All())
	var without []string
	iaas := 0
	for _, row := range rows {
		if row.Name == "" {
			t.Errorf("%s: its name is not in techniques.tsv; %q bear it", row.ID, append(row.Rules, row.Detectors...))
		}
		if !row.IaaS {
			continue
		}
		iaas++
		if len(row.Unseen) < 25 || !strings.HasSuffix(row.Unseen, ".") {
			t.Errorf("%s: what cannot be seen: %q", row.ID, row.Unseen)
		}
		if len(row.Rules)+len(row.Detectors) == 0 {
			without = append(without, row.ID)
		}
		t.Logf("%-9s %3d rules, %2d detectors: %s", row.ID, len(row.Rules), len(row.Detectors), row.Unseen)
	}
	if iaas != 104 || len(unseen()) != 104 {
		t.Errorf("%d techniques of the platform, %d sentences; ATT&CK v19.1 has 104", iaas, len(unseen()))
	}
	for _, id := range without {
		if !slices.Contains(untraced, id) {
			t.Errorf("%s: no rule or detector, though it leaves a trace", id)
		}
	}
}

// TestTechniquesAreThoseOfThePlatform compares the shipped table with the facts at hand.
func TestTechniquesAreThoseOfThePlatform(t *testing.T) {
	table, err := os.ReadFile("../../../shared/data/attack-v19.1-iaas.tsv")
	if err != nil {
		t.Skip("the table of ATT&CK techniques is not at hand: ", err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	for _, line := range lines {
		f := strings.Split(line, "\t")
		got, ok := technique(f[0])
		if !ok || !got.IaaS || got.Name != f[1] || strings.Join(got.Tactics, ",") != f[2] {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if len(lines) != len(unseen()) {
		t.Errorf("%d techniques", len(lines))
	}
}

// consensus are the events that four or more of eight public collections of detections and
// incidents name.
var consensus = strings.Fields(`
CreateAccessKey CreateLoginProfile ConsoleLogin GetCallerIdentity DeleteTrail UpdateLoginProfile StopLogging
ModifySnapshotAttribute UpdateFunctionCode CreateUser GetObject AttachUserPolicy AuthorizeSecurityGroupIngress
CreateRole AssumeRole AttachRolePolicy GetPasswordData DescribeInstances PutBucketLifecycle AddPermission
CreateNetworkAclEntry DescribeInstanceAttribute ModifyInstanceAttribute UpdateFunctionConfiguration UpdateTrail
CreatePolicyVersion GetParameters ModifyImageAttribute UpdateAssumeRolePolicy RunInstances GetSendQuota
ListIdentities DeleteObject InvokeModel CreateKeyPair GetSecretValue PutUseCaseForModelAccess
CreateFoundationModelAgreement ModifyDBInstance PutUserPolicy SendSSHPublicKey DescribeSecurityGroups
GetSigninToken ModifyDBSnapshotAttribute PutFoundationModelEntitlement SendCommand AttachGroupPolicy
AuthorizeSecurityGroupEgress CreateGroup CreateRoute DeleteDBCluster DeleteDetector DeleteFlowLogs
DescribeInstanceInformation GetAccountSendingEnabled GetIdentityVerificationAttributes GetSessionToken
LeaveOrganization PutBucketVersioning PutEventSelectors StartInstances StopInstances CreateEventSourceMapping
CreateIPSet DeleteDeliveryChannel DeleteNetworkAclEntry DeleteRule PutBucketAcl PutBucketPolicy
PutBucketReplication PutGroupPolicy PutKeyPolicy PutRolePolicy SetDefaultPolicyVersion StopConfigurationRecorder
UpdateSAMLProvider ListBuckets CreateSecurityGroup ListUsers CreateFunction GetFederationToken ListSecrets
ListObjects GetBucketVersioning GetFoundationModelAvailability ImportKeyPair Invoke InvokeModelWithResponseStream
ListFoundationModels PutObject SendSerialConsoleSSHPublicKey DeleteUserPolicy DescribeVpcs GetBucketAcl
GetBucketPolicy ListRoles RegisterTaskDefinition CreateFunctionUrlConfig CreateSAMLProvider CreateStack
DeleteBucket DeleteDBInstance DeleteLoginProfile DescribeDBSnapshots DescribeEventAggregates DescribeImages
DescribeOrganization DescribeRegions DescribeSnapshotAttribute DetachRolePolicy DetachUserPolicy
EnableSerialConsoleAccess GetAuthorizationToken ListAccessKeys ListAccounts ListFoundationModelAgreementOffers
ListGroups ListOrganizationalUnitsForParent LookupEvents StartExportTask StartSession AddRoleToInstanceProfile
AddUserToGroup AssociateAccessPolicy AuthorizeDBSecurityGroupIngress ChangePassword CopyObject CreateAccessEntry
CreateDevEndpoint CreateInstanceExportTask CreateKey CreateTrafficMirrorSession DeactivateMFADevice DeleteAlarms
DeleteBucketPolicy DeleteFileSystem DeleteLogGroup DeleteLogStream DeleteNetworkAcl DeleteRolePermissionsBoundary
DeleteRolePolicy DeleteRuleGroup DeleteUserPermissionsBoundary DeleteWebACL DisableRule GetCredentialsForIdentity
PutRolePermissionsBoundary PutUserPermissionsBoundary ScheduleKeyDeletion UpdateAccessKey UpdateDetector
UpdateDevEndpoint UpdateEventSourceMapping UpdateIPSet`)

// TestConsensusIsCovered: a rule, or the base rule of a correlation, wants each of them.
func TestConsensusIsCovered(t *testing.T) {
	wanted := map[string]bool{}
	for _, d := range loaded().Detectors() {
		for _, e := range d.Events {
			_, name, _ := strings.Cut(e, ":")
			wanted[strings.ToLower(name)] = true
		}
	}
	for name := range baseEvents(t) {
		wanted[strings.ToLower(name)] = true
	}
	for _, name := range consensus {
		if !wanted[strings.ToLower(name)] {
			t.Errorf("%s: no rule wants it", name)
		}
	}
}

// baseEvents are the names of events in the selections of silent base rules.
func baseEvents(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, r := range loaded().Rules {
		if r.Detector != nil {
			continue
		}
		for _, f := range Files() {
			if f.Name != r.File {
				continue
			}
			var w struct {
				Detection struct{ Selection map[string]yaml.Node }
			}
			if err := yaml.Unmarshal(f.Data, &w); err != nil {
				t.Fatal(err)
			}
			n := w.Detection.Selection["eventName"]
			for _, v := range append(slices.Clone(n.Content), &n) {
				names[v.Value] = v.Value != ""
			}
		}
	}
	delete(names, "")
	return names
}

func TestConsensusIsThatOfTheData(t *testing.T) {
	table, err := os.ReadFile("../../../shared/data/event-consensus.tsv")
	if err != nil {
		t.Skip("the table of events is not at hand: ", err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(table)) {
		if f := strings.Split(line, "\t"); len(f) > 1 && f[1] >= "4" && f[1] <= "8" {
			listed[f[0]] = true
		}
	}
	for _, name := range consensus {
		if !listed[name] {
			t.Errorf("%s: not among them", name)
		}
		delete(listed, name)
	}
	if len(listed) > 0 {
		t.Errorf("not in the test: %q", slices.Sorted(maps.Keys(listed)))
	}
}

// complete gives an event what every event has.
func complete(t *testing.T, event string) string {
	t.Helper()
	all := map[string]any{
		"eventVersion": "1.11", "eventTime": "2026-01-02T03:04:05Z", "eventID": "1", "awsRegion": "us-east-1", "eventType": "AwsApiCall",
		"recipientAccountId": "111122223333", "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15.0", "readOnly": false, "managementEvent": true,
		"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE", "userName": "alice"},
	}
	if err := json.Unmarshal([]byte(event), &all); err != nil {
		t.Fatalf("%v: %s", err, event)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
