package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// accessSteps are the calls by which other accounts are let at something that an account holds, each with the parameters
// that say whom: a policy, or what names accounts.
var accessSteps = steps{
	{"s3.amazonaws.com:PutBucketPolicy", "s3", letsIn("bucketPolicy")},
	{"s3.amazonaws.com:PutAccessPointPolicy", "s3", letsIn("policy", "Policy", "PutAccessPointPolicyRequest.Policy")},
	{"s3.amazonaws.com:CreateAccessGrant", "s3", letsIn("Grantee", "CreateAccessGrantRequest.Grantee")},
	{"s3.amazonaws.com:PutBucketReplication", "s3", letsIn("ReplicationConfiguration")},
	{"s3tables.amazonaws.com:PutTableBucketPolicy", "s3tables", letsIn("resourcePolicy")},
	{"s3tables.amazonaws.com:PutTablePolicy", "s3tables", letsIn("resourcePolicy")},
	{"glacier.amazonaws.com:SetVaultAccessPolicy", "glacier", letsIn("policy.policy", "policy")},
	{"backup.amazonaws.com:PutBackupVaultAccessPolicy", "backup", letsIn("policy")},
	{"backup.amazonaws.com:StartCopyJob", "backup", letsIn("destinationBackupVaultArn")},
	{"elasticfilesystem.amazonaws.com:PutFileSystemPolicy", "efs", letsIn("policy")},
	{"elasticfilesystem.amazonaws.com:CreateReplicationConfiguration", "efs", letsIn("destinations")},
	{"dynamodb.amazonaws.com:PutResourcePolicy", "dynamodb", letsIn("policy")},
	{"dynamodb.amazonaws.com:ExportTableToPointInTime", "dynamodb", letsIn("s3BucketOwner")},
	{"kinesis.amazonaws.com:PutResourcePolicy", "kinesis", letsIn("policy")},
	{"glue.amazonaws.com:PutResourcePolicy", "glue", letsIn("policyInJson")},
	{"lakeformation.amazonaws.com:GrantPermissions", "lakeformation", letsIn("principal")},
	{"redshift.amazonaws.com:AuthorizeSnapshotAccess", "redshift", letsIn("accountWithRestoreAccess")},
	{"redshift.amazonaws.com:AuthorizeDataShare", "redshift", letsIn("consumerIdentifier")},
	{"redshift.amazonaws.com:PutResourcePolicy", "redshift", letsIn("policy")},
	{"redshift-serverless.amazonaws.com:PutResourcePolicy", "redshift", letsIn("policy")},
	{"rds.amazonaws.com:ModifyDBSnapshotAttribute", "rds", letsIn("valuesToAdd")},
	{"rds.amazonaws.com:ModifyDBClusterSnapshotAttribute", "rds", letsIn("valuesToAdd")},
	{"ec2.amazonaws.com:ModifySnapshotAttribute", "ec2", letsIn("createVolumePermission.add")},
	{"ec2.amazonaws.com:ModifyImageAttribute", "ec2", letsIn("launchPermission.add")},
	{"kms.amazonaws.com:PutKeyPolicy", "kms", letsIn("policy")},
	{"kms.amazonaws.com:CreateGrant", "kms", letsIn("granteePrincipal")},
	{"secretsmanager.amazonaws.com:PutResourcePolicy", "secretsmanager", letsIn("resourcePolicy")},
	{"ssm.amazonaws.com:ModifyDocumentPermission", "ssm", letsIn("accountIdsToAdd")},
	{"sqs.amazonaws.com:SetQueueAttributes", "sqs", letsIn("attributes.Policy")},
	{"sqs.amazonaws.com:AddPermission", "sqs", letsIn("aWSAccountIds")},
	{"sns.amazonaws.com:SetTopicAttributes", "sns", letsIn("attributeValue")},
	{"sns.amazonaws.com:AddPermission", "sns", letsIn("aWSAccountId", "aWSAccountIds")},
	{"ecr.amazonaws.com:SetRepositoryPolicy", "ecr", letsIn("policyText")},
	{"ecr.amazonaws.com:PutRegistryPolicy", "ecr", letsIn("policyText")},
	{"ecr.amazonaws.com:PutReplicationConfiguration", "ecr", letsIn("replicationConfiguration")},
	{"codeartifact.amazonaws.com:PutDomainPermissionsPolicy", "codeartifact", letsIn("policyDocument")},
	{"codeartifact.amazonaws.com:PutRepositoryPermissionsPolicy", "codeartifact", letsIn("policyDocument")},
	{"lambda.amazonaws.com:AddPermission", "lambda", letsIn("principal")},
	{"lambda.amazonaws.com:AddLayerVersionPermission", "lambda", letsIn("principal")},
	{"logs.amazonaws.com:PutDestinationPolicy", "logs", letsIn("accessPolicy")},
	{"events.amazonaws.com:PutPermission", "events", letsIn("principal", "policy")},
	{"es.amazonaws.com:UpdateDomainConfig", "opensearch", letsIn("accessPolicies")},
	{"eks.amazonaws.com:CreateAccessEntry", "eks", letsIn("principalArn")},
	{"ram.amazonaws.com:CreateResourceShare", "ram", letsIn("principals")},
	{"ram.amazonaws.com:AssociateResourceShare", "ram", letsIn("principals")},
	{"dataexchange.amazonaws.com:CreateDataGrant", "dataexchange", letsIn("receiverPrincipal")},
	{"iam.amazonaws.com:CreateRole", "iam", letsIn("assumeRolePolicyDocument")},
	{"iam.amazonaws.com:UpdateAssumeRolePolicy", "iam", letsIn("policyDocument")},
}

// letsIn notes the accounts that the first of the parameters which is there names beside the event's own.
func letsIn(paths ...string) func(*facts) bool {
	return func(f *facts) bool {
		for _, path := range paths {
			v, ok := f.r.Get("requestParameters." + path)
			if !ok || v.IsNull() {
				continue
			}
			in := parsePolicy(v, ok).foreigners(f.r.Account)
			if len(in) == 0 {
				in = accountsIn(v, f.r.Account)
			}
			f.add(factWhere, strings.Join(in, " "))
			return len(in) > 0
		}
		return false
	}
}

// accountsIn returns the accounts beside own that texts of the value are, or are of by their ARN.
func accountsIn(v parser.Value, own string) (all []string) {
	if raw := v.Raw(); len(raw) == 0 || raw[0] != '[' && raw[0] != '{' {
		if a := accountOf(v.String()); a != "" && a != own {
			return []string{a}
		}
		return nil
	}
	add := func(v parser.Value) { all = append(all, accountsIn(v, own)...) }
	v.Each(func(element parser.Value) bool { add(element); return true })
	v.Members(func(_ string, member parser.Value) bool { add(member); return true })
	return all
}
