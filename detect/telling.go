package detect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// tellingEvents are rare by nature and tell of whoever makes them: what is done to identities
// and to defences, how credentials are obtained, where secrets, machines and money are reached
// for. Detectors that compare where and how a credential is used look at these only, since
// workloads make a hundred times as many others. The baseline of a case (report.Baseline)
// knows all.
var tellingEvents = append([]string{
	"iam.amazonaws.com:*", "sts.amazonaws.com:*", "signin.amazonaws.com:*", "organizations.amazonaws.com:*",
	"account.amazonaws.com:*", "sso.amazonaws.com:*", "identitystore.amazonaws.com:*", "cloudtrail.amazonaws.com:*",
	"guardduty.amazonaws.com:*", "secretsmanager.amazonaws.com:*", "ses.amazonaws.com:*", "servicequotas.amazonaws.com:*",
	"support.amazonaws.com:*", "bedrock.amazonaws.com:*", "rolesanywhere.amazonaws.com:*", "ec2-instance-connect.amazonaws.com:*",
	"ec2.amazonaws.com:RunInstances", "ec2.amazonaws.com:CreateKeyPair", "ec2.amazonaws.com:ImportKeyPair", "ec2.amazonaws.com:GetPasswordData",
	"ec2.amazonaws.com:DescribeInstanceAttribute", "ec2.amazonaws.com:ModifyInstanceAttribute", "ec2.amazonaws.com:ModifySnapshotAttribute",
	"ec2.amazonaws.com:ModifyImageAttribute", "ec2.amazonaws.com:AuthorizeSecurityGroupIngress", "ec2.amazonaws.com:CreateSnapshot",
	"rds.amazonaws.com:ModifyDBSnapshotAttribute", "rds.amazonaws.com:CreateDBSnapshot",
	"lambda.amazonaws.com:CreateFunction", "lambda.amazonaws.com:UpdateFunctionCode", "lambda.amazonaws.com:UpdateFunctionConfiguration",
	"lambda.amazonaws.com:AddPermission", "ssm.amazonaws.com:SendCommand", "ssm.amazonaws.com:StartSession",
	"s3.amazonaws.com:ListBuckets", "s3.amazonaws.com:PutBucketPolicy", "s3.amazonaws.com:DeleteBucket", "s3.amazonaws.com:PutBucketAcl",
	"kms.amazonaws.com:ScheduleKeyDeletion", "kms.amazonaws.com:PutKeyPolicy", "kms.amazonaws.com:DisableKey", "ecr.amazonaws.com:PutImage",
	"ec2.amazonaws.com:CreateFleet", "ec2.amazonaws.com:RequestSpotInstances",
}, handingEvents...)

// handingEvents are by nature as rare: they hand a role's rights, or data, to what the caller controls.
var handingEvents = []string{
	"glue.amazonaws.com:CreateJob", "glue.amazonaws.com:UpdateJob", "glue.amazonaws.com:CreateDevEndpoint", "glue.amazonaws.com:CreateSession",
	"sagemaker.amazonaws.com:CreateNotebookInstance", "sagemaker.amazonaws.com:CreatePresignedNotebookInstanceUrl",
	"codebuild.amazonaws.com:CreateProject", "codebuild.amazonaws.com:UpdateProject", "apprunner.amazonaws.com:CreateService",
	"states.amazonaws.com:CreateStateMachine", "states.amazonaws.com:UpdateStateMachine", "cloudformation.amazonaws.com:CreateStack",
	"cloudformation.amazonaws.com:CreateStackSet", "scheduler.amazonaws.com:CreateSchedule", "ecs.amazonaws.com:RegisterTaskDefinition",
	"eks.amazonaws.com:CreateAccessEntry", "eks.amazonaws.com:AssociateAccessPolicy", "iot.amazonaws.com:CreateRoleAlias",
	"appstream.amazonaws.com:CreateFleet", "workspaces.amazonaws.com:CreateWorkspaces", "transfer.amazonaws.com:CreateServer",
	"transfer.amazonaws.com:CreateUser", "datasync.amazonaws.com:CreateLocationS3", "datasync.amazonaws.com:CreateLocationObjectStorage",
	"datasync.amazonaws.com:CreateTask", "dms.amazonaws.com:CreateEndpoint", "dms.amazonaws.com:CreateReplicationTask",
	"rds.amazonaws.com:StartExportTask", "rds.amazonaws.com:RestoreDBInstanceFromDBSnapshot", "rds.amazonaws.com:RestoreDBClusterFromSnapshot",
	"redshift.amazonaws.com:AuthorizeSnapshotAccess", "redshift.amazonaws.com:AuthorizeDataShare", "dynamodb.amazonaws.com:ExportTableToPointInTime",
	"s3.amazonaws.com:PutBucketReplication", "ec2.amazonaws.com:AssociateIamInstanceProfile", "ec2.amazonaws.com:ReplaceIamInstanceProfileAssociation",
	"cognito-identity.amazonaws.com:SetIdentityPoolRoles", "ssm.amazonaws.com:CreateActivation", "ssm.amazonaws.com:ModifyDocumentPermission",
	"route53domains.amazonaws.com:TransferDomainToAnotherAwsAccount", "ram.amazonaws.com:CreateResourceShare", "ram.amazonaws.com:AssociateResourceShare",
	"ecr.amazonaws.com:SetRepositoryPolicy", "logs.amazonaws.com:PutSubscriptionFilter", "lakeformation.amazonaws.com:GrantPermissions",
}

// hands reports whether the call is one of handingEvents.
func (r *EventRef) hands() bool {
	action := r.Action()
	return slices.ContainsFunc(handingEvents, func(event string) bool {
		source, name, _ := strings.Cut(event, ":")
		return name == action && source == strings.TrimSuffix(r.EventSource, ".cn")
	})
}

// writeActions are the beginnings of names of calls that change something.
var writeActions = [...]string{
	"Add", "Associate", "Attach", "Authorize", "Change", "Create", "Deactivate", "Delete", "Detach", "Disable", "Disassociate", "Enable", "Import",
	"Invoke", "Modify", "Put", "Remove", "Replace", "Request", "Reset", "Restore", "Revoke", "Run", "Schedule", "Send", "Set", "Start", "Stop",
	"Terminate", "Update", "Upload",
}

// changes reports whether a call changed something: what says that it is no read, or has the
// name of none, and was not refused.
func (r *EventRef) changes() bool {
	if r.ErrorCode != "" || r.ReadOnly == "true" {
		return false
	}
	for _, w := range writeActions {
		if strings.HasPrefix(r.Name, w) {
			return true
		}
	}
	return false
}

// tellingAbroad is a Record half that lets through what comes from the internet and was not
// refused: where a credential is held.
func tellingAbroad(r *parser.Record) (Evidence, bool) {
	if Operational(r) || !isCredentialType(r.Identity.Type) {
		return nil, false
	}
	return nil, fromInternet(r)
}

// isCredentialType reports whether identities of that type use a credential of the account.
func isCredentialType(t string) bool {
	return t == "AssumedRole" || isPersonType(t)
}

// agentOf names what runs: the tool, and the operating system where the user agent tells it.
func agentOf(userAgent string) string { return knownAgents.get(userAgent) }

var knownAgents = memo[string]{of: func(userAgent string) string {
	ua := parseUserAgent(userAgent)
	return strings.TrimSpace(cmp.Or(ua.Tool, "?") + " " + ua.OS)
}}
