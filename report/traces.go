package report

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A trace says what a call leaves behind that outlasts the credential it was
// made with, or takes away again.
//
// The names lead to what it is about: "<" stands for requestParameters., ">" for
// responseElements., and "[]" for each element of a list. Alternatives in one
// name, parted by "|", are tried in turn. The elements of a list are things of
// their own; several names make up one thing.
type trace struct {
	service string // eventSource without .amazonaws.com
	action  string
	family  string // what is left behind; made and ended must agree in it
	names   string // parted by spaces
	also    string // further such names, parted by ";", by which a removal may call it
}

const suffix = ".amazonaws.com"

// made are the calls that leave something behind.
var made = index([]trace{
	{"iam", "CreateUser", "IAM user", "<userName", ""},
	{"iam", "CreateAccessKey", "access key", ">accessKey.accessKeyId", ""},
	{"iam", "CreateLoginProfile", "console password", "<userName|>loginProfile.userName", ""},
	{"iam", "UpdateLoginProfile", "console password", "<userName", ""},
	{"iam", "CreateServiceSpecificCredential", "service credential", ">serviceSpecificCredential.serviceSpecificCredentialId", ""},
	{"iam", "UploadSSHPublicKey", "SSH key", ">sSHPublicKey.sSHPublicKeyId", ""},
	{"iam", "UploadSigningCertificate", "signing certificate", ">certificate.certificateId", ""},
	{"iam", "EnableMFADevice", "MFA device", "<userName <serialNumber", ""},
	{"iam", "CreateGroup", "IAM group", "<groupName", ""},
	{"iam", "AddUserToGroup", "group membership", "<groupName <userName", ""},
	{"iam", "CreateRole", "IAM role", "<roleName", ""},
	{"iam", "UpdateAssumeRolePolicy", "role trust policy", "<roleName", ""},
	{"iam", "AttachUserPolicy", "policy attached to user", "<userName <policyArn", ""},
	{"iam", "AttachRolePolicy", "policy attached to role", "<roleName <policyArn", ""},
	{"iam", "AttachGroupPolicy", "policy attached to group", "<groupName <policyArn", ""},
	{"iam", "PutUserPolicy", "inline policy of user", "<userName <policyName", ""},
	{"iam", "PutRolePolicy", "inline policy of role", "<roleName <policyName", ""},
	{"iam", "PutGroupPolicy", "inline policy of group", "<groupName <policyName", ""},
	{"iam", "CreatePolicy", "managed policy", ">policy.arn|<policyName", ""},
	{"iam", "CreatePolicyVersion", "policy version", "<policyArn >policyVersion.versionId", ""},
	{"iam", "SetDefaultPolicyVersion", "default policy version", "<policyArn <versionId", ""},
	{"iam", "AddRoleToInstanceProfile", "role of instance profile", "<instanceProfileName <roleName", ""},
	{"iam", "CreateSAMLProvider", "identity provider", ">sAMLProviderArn|<name", ""},
	{"iam", "UpdateSAMLProvider", "identity provider", "<sAMLProviderArn", ""},
	{"iam", "CreateOpenIDConnectProvider", "identity provider", ">openIDConnectProviderArn|<url", ""},
	{"rolesanywhere", "CreateTrustAnchor", "trust anchor", ">trustAnchor.trustAnchorId|<name", ""},
	{"lambda", "CreateFunction", "function", "<functionName", ""},
	{"lambda", "UpdateFunctionCode", "function code", "<functionName", ""},
	{"lambda", "UpdateFunctionConfiguration", "function configuration", "<functionName", ""},
	{"lambda", "CreateEventSourceMapping", "event source mapping", ">uUID|>uuid", ""},
	{"lambda", "AddPermission", "function permission", "<functionName <statementId", ""},
	{"lambda", "CreateFunctionUrlConfig", "function URL", "<functionName", ""},
	{"lambda", "PublishLayerVersion", "layer version", ">layerVersionArn|<layerName", ""},
	{"ec2", "RunInstances", "instance", ">instancesSet.items[].instanceId", ""},
	{"ec2", "AuthorizeSecurityGroupIngress", "security group rule", ">securityGroupRuleSet.items[].securityGroupRuleId", "<groupId <ipPermissions;<groupId"},
	{"ec2", "CreateKeyPair", "key pair", "<keyName", ">keyPairId"},
	{"ec2", "ImportKeyPair", "key pair", "<keyName", ">keyPairId"},
	{"ec2", "ModifyInstanceAttribute", "instance attribute", "<instanceId", ""},
	{"s3", "PutBucketPolicy", "bucket policy", "<bucketName", ""},
	{"s3", "PutBucketAcl", "bucket ACL", "<bucketName", ""},
	{"s3", "PutBucketReplication", "bucket replication", "<bucketName", ""},
	{"events", "PutRule", "event rule", "<name", ""},
	{"events", "PutTargets", "event rule target", "<rule", ""},
	{"scheduler", "CreateSchedule", "schedule", "<name", ""},
	{"sns", "Subscribe", "topic subscription", ">subscriptionArn|<topicArn", ""},
	{"kms", "CreateGrant", "key grant", ">grantId", ""},
	{"kms", "PutKeyPolicy", "key policy", "<keyId", ""},
	{"secretsmanager", "PutResourcePolicy", "secret policy", "<secretId", ""},
	{"ssm", "CreateAssociation", "association", ">associationDescription.associationId|<name", ""},
	{"ecr", "SetRepositoryPolicy", "repository policy", "<repositoryName", ""},
	{"codebuild", "CreateProject", "build project", "<name", ""},
	{"ecs", "CreateService", "container service", "<serviceName", ""},
})

// ended are the calls that take something away again, whoever makes them.
var ended = index([]trace{
	{"iam", "DeleteUser", "IAM user", "<userName", ""},
	{"iam", "DeleteAccessKey", "access key", "<accessKeyId", ""},
	{"iam", "UpdateAccessKey", "access key", "<accessKeyId", ""}, // only to Inactive, or back
	{"iam", "DeleteLoginProfile", "console password", "<userName", ""},
	{"iam", "DeleteServiceSpecificCredential", "service credential", "<serviceSpecificCredentialId", ""},
	{"iam", "DeleteSSHPublicKey", "SSH key", "<sSHPublicKeyId", ""},
	{"iam", "DeleteSigningCertificate", "signing certificate", "<certificateId", ""},
	{"iam", "DeactivateMFADevice", "MFA device", "<userName <serialNumber", ""},
	{"iam", "DeleteGroup", "IAM group", "<groupName", ""},
	{"iam", "RemoveUserFromGroup", "group membership", "<groupName <userName", ""},
	{"iam", "DeleteRole", "IAM role", "<roleName", ""},
	{"iam", "DeleteRole", "role trust policy", "<roleName", ""},
	{"iam", "DetachUserPolicy", "policy attached to user", "<userName <policyArn", ""},
	{"iam", "DetachRolePolicy", "policy attached to role", "<roleName <policyArn", ""},
	{"iam", "DetachGroupPolicy", "policy attached to group", "<groupName <policyArn", ""},
	{"iam", "DeleteUserPolicy", "inline policy of user", "<userName <policyName", ""},
	{"iam", "DeleteRolePolicy", "inline policy of role", "<roleName <policyName", ""},
	{"iam", "DeleteGroupPolicy", "inline policy of group", "<groupName <policyName", ""},
	{"iam", "DeletePolicy", "managed policy", "<policyArn", ""},
	{"iam", "DeletePolicyVersion", "policy version", "<policyArn <versionId", ""},
	{"iam", "RemoveRoleFromInstanceProfile", "role of instance profile", "<instanceProfileName <roleName", ""},
	{"iam", "DeleteSAMLProvider", "identity provider", "<sAMLProviderArn", ""},
	{"iam", "DeleteOpenIDConnectProvider", "identity provider", "<openIDConnectProviderArn", ""},
	{"rolesanywhere", "DeleteTrustAnchor", "trust anchor", "<trustAnchorId", ""},
	{"lambda", "DeleteFunction", "function", "<functionName", ""},
	{"lambda", "DeleteFunction", "function code", "<functionName", ""},
	{"lambda", "DeleteFunction", "function configuration", "<functionName", ""},
	{"lambda", "DeleteFunction", "function URL", "<functionName", ""},
	{"lambda", "DeleteEventSourceMapping", "event source mapping", "<uUID|<uuid", ""},
	{"lambda", "RemovePermission", "function permission", "<functionName <statementId", ""},
	{"lambda", "DeleteFunctionUrlConfig", "function URL", "<functionName", ""},
	{"ec2", "TerminateInstances", "instance", "<instancesSet.items[].instanceId", ""},
	{"ec2", "TerminateInstances", "instance attribute", "<instancesSet.items[].instanceId", ""},
	{"ec2", "RevokeSecurityGroupIngress", "security group rule", "<securityGroupRuleIds.items[].securityGroupRuleId|<securityGroupRuleIds[]", "<groupId <ipPermissions"},
	{"ec2", "DeleteSecurityGroup", "security group rule", "<groupId", ""},
	{"ec2", "DeleteKeyPair", "key pair", "<keyName", "<keyPairId"},
	{"s3", "DeleteBucketPolicy", "bucket policy", "<bucketName", ""},
	{"s3", "DeleteBucketReplication", "bucket replication", "<bucketName", ""},
	{"s3", "DeleteBucket", "bucket policy", "<bucketName", ""},
	{"s3", "DeleteBucket", "bucket ACL", "<bucketName", ""},
	{"events", "DeleteRule", "event rule", "<name", ""},
	{"events", "RemoveTargets", "event rule target", "<rule", ""},
	{"scheduler", "DeleteSchedule", "schedule", "<name", ""},
	{"sns", "Unsubscribe", "topic subscription", "<subscriptionArn", ""},
	{"kms", "RetireGrant", "key grant", "<grantId", ""},
	{"kms", "RevokeGrant", "key grant", "<grantId", ""},
	{"secretsmanager", "DeleteResourcePolicy", "secret policy", "<secretId", ""},
	{"ssm", "DeleteAssociation", "association", "<associationId", ""},
	{"ecr", "DeleteRepositoryPolicy", "repository policy", "<repositoryName", ""},
	{"codebuild", "DeleteProject", "build project", "<name", ""},
	{"ecs", "DeleteService", "container service", "<service", ""},
})

// index files traces under their actions.
func index(traces []trace) map[string][]trace {
	m := make(map[string][]trace)
	for _, t := range traces {
		m[t.action] = append(m[t.action], t)
	}
	return m
}

// mayEnd reports whether an action can be one of ended, by its first letters
// alone: nearly every event is turned away here.
func mayEnd(name string) bool {
	if len(name) < 9 {
		return false
	}
	switch name[0] {
	case 'D':
		return name[1] == 'e' && (name[2] == 'l' || name[2] == 't' || name[2] == 'a') // Delete, Detach, Deactivate
	case 'R':
		return name[1] == 'e' && (name[2] == 'm' || name[2] == 'v' || name[2] == 't') // Remove, Revoke, Retire
	case 'T':
		return name[1] == 'e'
	case 'U':
		return name == "UpdateAccessKey" || name == "Unsubscribe"
	}
	return false
}

// serves reports whether an eventSource is the service.
func serves(service, source string) bool {
	return len(source) == len(service)+len(suffix) && strings.HasPrefix(source, service) && strings.HasSuffix(source, suffix)
}

// global reports whether the service's things have one name in all regions.
func (t *trace) global() bool { return t.service == "iam" || t.service == "s3" }

// A thing is what a trace is about: how the report names it, and the keys under
// which a removal finds it.
type thing struct {
	target string
	keys   []string
}

// things finds what the trace is about in a record. A call that names nothing
// has none.
func (t *trace) things(rec *parser.Record, account, region string) []thing {
	if t.global() {
		region = ""
	}
	key := func(values ...string) string {
		return strings.Join(append([]string{t.family, account, region}, values...), "\x00")
	}
	var common, first []string
	for names := range strings.SplitSeq(t.also, ";") {
		if values, ok := single(rec, names); ok {
			common = append(common, key(values...))
			if first == nil {
				first = values
			}
		}
	}
	fields := strings.Fields(t.names)
	if len(fields) == 1 {
		var things []thing
		for _, v := range resolve(rec, fields[0]) {
			v = plainName(t.service, v)
			things = append(things, thing{clip(v), append([]string{key(v)}, common...)})
		}
		if things == nil && common != nil {
			things = []thing{{clip(strings.Join(first, ", ")), common}}
		}
		return things
	}
	values, ok := single(rec, t.names)
	if !ok {
		return nil
	}
	values[0] = plainName(t.service, values[0])
	return []thing{{clip(strings.Join(values, ", ")), append([]string{key(values...)}, common...)}}
}

// single resolves names that together make up one thing.
func single(rec *parser.Record, names string) ([]string, bool) {
	var values []string
	for name := range strings.FieldsSeq(names) {
		v := resolve(rec, name)
		if len(v) != 1 {
			return nil, false
		}
		values = append(values, v[0])
	}
	return values, values != nil
}

// thingLimit bounds what one call can be about.
const thingLimit = 1000

// resolve returns the values that a name leads to.
func resolve(rec *parser.Record, name string) []string {
	for alternative := range strings.SplitSeq(name, "|") {
		path := strings.Replace(strings.Replace(alternative, "<", "requestParameters.", 1), ">", "responseElements.", 1)
		list, below, each := strings.Cut(path, "[]")
		v, ok := rec.Get(list)
		switch {
		case !ok || v.IsNull():
			continue
		case !each:
			if s := v.String(); s != "" {
				return []string{s}
			}
			continue
		}
		var values []string
		below = strings.TrimPrefix(below, ".")
		for element := range v.Each {
			if e, ok := element.Get(below); ok && !e.IsNull() && len(values) < thingLimit {
				values = append(values, e.String())
			}
		}
		if values != nil {
			return values
		}
	}
	return nil
}

// plainName returns a function's name where a call gives its ARN, with or
// without a version.
func plainName(service, v string) string {
	if service != "lambda" {
		return v
	}
	if _, name, ok := strings.Cut(v, ":function:"); ok {
		v = name
	}
	name, _, _ := strings.Cut(v, ":")
	return name
}
