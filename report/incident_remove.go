package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A remedy says how a kind of thing that was left behind is looked at and removed. In its words {0}, {1} … stand for the parts of its target, {U} for the
// first where it is a UUID, {O} for what it belongs to (see owners), {R} for its region.
type remedy struct {
	family string
	phase  string
	verify string
	run    []string
	note   string
}

var remedies = []remedy{
	{"IAM user", phaseRemove, "aws iam get-user --user-name {0}", nil, "Delete a user last: first its keys, password, MFA devices, policies and groups, which the events of its making may not all show."},
	{"access key", phaseRemove, "aws iam get-access-key-last-used --access-key-id {0}", nil, "It is deactivated or deleted above: delete it, where that was not done, when its last use has been noted."},
	{"service credential", phaseRevoke, "aws iam list-service-specific-credentials --user-name {O}", []string{"aws iam update-service-specific-credential --user-name {O} --service-specific-credential-id {0} --status Inactive"}, ""},
	{"SSH key", phaseRevoke, "aws iam list-ssh-public-keys --user-name {O}", []string{"aws iam update-ssh-public-key --user-name {O} --ssh-public-key-id {0} --status Inactive"}, ""},
	{"signing certificate", phaseRevoke, "aws iam list-signing-certificates --user-name {O}", []string{"aws iam update-signing-certificate --user-name {O} --certificate-id {0} --status Inactive"}, ""},
	{"MFA device", phaseTrust, "aws iam list-mfa-devices --user-name {0}", []string{"aws iam deactivate-mfa-device --user-name {0} --serial-number {1}"}, "Give the owner another one at once."},
	{"group membership", phaseTrust, "aws iam list-groups-for-user --user-name {1}", []string{"aws iam remove-user-from-group --group-name {0} --user-name {1}"}, ""},
	{"IAM role", phaseRemove, "aws iam get-role --role-name {0}", nil, "It is closed above: delete it when its policies are detached and what it did has been noted."},
	{"policy attached to user", phaseTrust, "aws iam list-attached-user-policies --user-name {0}", []string{"aws iam detach-user-policy --user-name {0} --policy-arn {1}"}, ""},
	{"policy attached to role", phaseTrust, "aws iam list-attached-role-policies --role-name {0}", []string{"aws iam detach-role-policy --role-name {0} --policy-arn {1}"}, ""},
	{"policy attached to group", phaseTrust, "aws iam list-attached-group-policies --group-name {0}", []string{"aws iam detach-group-policy --group-name {0} --policy-arn {1}"}, ""},
	{"inline policy of user", phaseTrust, "aws iam get-user-policy --user-name {0} --policy-name {1}", []string{"aws iam delete-user-policy --user-name {0} --policy-name {1}"}, "A policy of that name may have been there before, with other contents."},
	{"inline policy of role", phaseTrust, "aws iam get-role-policy --role-name {0} --policy-name {1}", []string{"aws iam delete-role-policy --role-name {0} --policy-name {1}"}, "A policy of that name may have been there before, with other contents."},
	{"inline policy of group", phaseTrust, "aws iam get-group-policy --group-name {0} --policy-name {1}", []string{"aws iam delete-group-policy --group-name {0} --policy-name {1}"}, "A policy of that name may have been there before, with other contents."},
	{"policy version", phaseTrust, "aws iam list-policy-versions --policy-arn {0}", nil, "Set the version before it as the default (aws iam set-default-policy-version), then delete this one."},
	{"default policy version", phaseTrust, "aws iam list-policy-versions --policy-arn {0}", nil, "Set the version before it as the default."},
	{"managed policy", phaseRemove, "aws iam list-entities-for-policy --policy-arn {0}", nil, "Detach it everywhere, then delete it."},
	{"identity provider", phaseTrust, "aws iam list-saml-providers; aws iam list-open-id-connect-providers", nil, "Delete it where nobody of yours made it; where it was changed, put its metadata back."},
	{"trust anchor", phaseTrust, "aws rolesanywhere get-trust-anchor --trust-anchor-id {U} --region {R}", []string{"aws rolesanywhere disable-trust-anchor --trust-anchor-id {U} --region {R}"}, "Certificates that it trusts get no session any more; sessions that began before stay alive."},
	{"profile of trust anchors", phaseTrust, "aws rolesanywhere get-profile --profile-id {U} --region {R}", []string{"aws rolesanywhere disable-profile --profile-id {U} --region {R}"}, "No session is had through it any more; sessions that began before stay alive."},
	{"serial console", phaseTrust, "aws ec2 get-serial-console-access-status --region {R}", []string{"aws ec2 disable-serial-console-access --region {R}"}, ""},
	{"instance profile of instance", phaseTrust, "aws ec2 describe-iam-instance-profile-associations --association-ids {0} --region {R}", []string{"aws ec2 disassociate-iam-instance-profile --association-id {0} --region {R}"}, "Whoever took its credentials holds them until they expire: revoke the role's sessions too."},
	{"VPC peering", phaseTrust, "aws ec2 describe-vpc-peering-connections --vpc-peering-connection-ids {0} --region {R}", []string{"aws ec2 delete-vpc-peering-connection --vpc-peering-connection-id {0} --region {R}"}, ""},
	{"traffic mirror session", phaseTrust, "aws ec2 describe-traffic-mirror-sessions --traffic-mirror-session-ids {0} --region {R}", []string{"aws ec2 delete-traffic-mirror-session --traffic-mirror-session-id {0} --region {R}"}, "Note its target first: what passed went there."},
	{"document share", phaseTrust, "aws ssm describe-document-permission --name {0} --permission-type Share --region {R}", []string{"aws ssm modify-document-permission --name {0} --permission-type Share --account-ids-to-remove {1} --region {R}"}, ""},
	{"layer permission", phaseTrust, "aws lambda get-layer-version-policy --layer-name {0} --version-number {1} --region {R}", []string{"aws lambda remove-layer-version-permission --layer-name {0} --version-number {1} --statement-id {2} --region {R}"}, ""},
	{"topic permission", phaseTrust, "aws sns get-topic-attributes --topic-arn {0} --region {R}", []string{"aws sns remove-permission --topic-arn {0} --label {1} --region {R}"}, ""},
	{"EKS access entry", phaseTrust, "aws eks describe-access-entry --cluster-name {0} --principal-arn {1} --region {R}", []string{"aws eks delete-access-entry --cluster-name {0} --principal-arn {1} --region {R}"}, ""},
	{"EKS access policy", phaseTrust, "aws eks list-associated-access-policies --cluster-name {0} --principal-arn {1} --region {R}", []string{"aws eks disassociate-access-policy --cluster-name {0} --principal-arn {1} --policy-arn {2} --region {R}"}, ""},
	{"function", phaseRemove, "aws lambda get-function --function-name {0} --region {R}", []string{"aws lambda delete-function --function-name {0} --region {R}"}, "Secure its code first: get-function has the address."},
	{"function code", phaseRemove, "aws lambda list-versions-by-function --function-name {0} --region {R}", nil, "Secure the code, then deploy your own again."},
	{"function configuration", phaseRemove, "aws lambda get-function-configuration --function-name {0} --region {R}", nil, "Layers, environment and role: put them back as your templates have them."},
	{"function permission", phaseTrust, "aws lambda get-policy --function-name {0} --region {R}", []string{"aws lambda remove-permission --function-name {0} --statement-id {1} --region {R}"}, ""},
	{"function URL", phaseTrust, "aws lambda get-function-url-config --function-name {0} --region {R}", []string{"aws lambda delete-function-url-config --function-name {0} --region {R}"}, ""},
	{"event source mapping", phaseRemove, "aws lambda get-event-source-mapping --uuid {0} --region {R}", []string{"aws lambda delete-event-source-mapping --uuid {0} --region {R}"}, ""},
	{"instance", phaseRemove, "aws ec2 describe-instances --instance-ids {0} --region {R}", []string{"aws ec2 stop-instances --instance-ids {0} --region {R}"}, "Stopping loses its memory: secure that first where it matters, and take snapshots as above. Terminate it when it is secured."},
	{"security group rule", phaseTrust, "aws ec2 describe-security-group-rules --security-group-rule-ids {0} --region {R}", []string{"aws ec2 revoke-security-group-ingress --group-id {O} --security-group-rule-ids {0} --region {R}"}, "Connections that are open may last."},
	{"instance attribute", phaseRemove, "aws ec2 describe-instance-attribute --instance-id {0} --attribute userData --region {R}", nil, "Where it is the user data, put yours back, for which the instance must be stopped: it may run them at each start."},
	{"key pair", phaseRemove, "aws ec2 describe-key-pairs --key-names {0} --region {R}", []string{"aws ec2 delete-key-pair --key-name {0} --region {R}"}, "Instances keep the public key: look into authorized_keys."},
	{"bucket policy", phaseTrust, "aws s3api get-bucket-policy --bucket {0}", nil, "Keep what it is now, then put the policy back as it was before."},
	{"bucket ACL", phaseTrust, "aws s3api get-bucket-acl --bucket {0}", nil, "Keep what it is now, then put the list back as it was before."},
	{"bucket replication", phaseTrust, "aws s3api get-bucket-replication --bucket {0}", []string{"aws s3api delete-bucket-replication --bucket {0}"}, "Objects that were copied stay where they are."},
	{"event rule", phaseRemove, "aws events describe-rule --name {0} --region {R}", []string{"aws events disable-rule --name {0} --region {R}"}, "Delete it when its targets have been noted."},
	{"schedule", phaseRemove, "aws scheduler get-schedule --name {0} --region {R}", []string{"aws scheduler delete-schedule --name {0} --region {R}"}, ""},
	{"EKS pod identity association", phaseTrust, "aws eks describe-pod-identity-association --cluster-name {0} --association-id {1} --region {R}", []string{"aws eks delete-pod-identity-association --cluster-name {0} --association-id {1} --region {R}"}, "Pods keep the session that they have until it expires: revoke the role's sessions too."},
	{"trusted token issuer", phaseTrust, "aws sso-admin describe-trusted-token-issuer --trusted-token-issuer-arn {0} --region {R}", []string{"aws sso-admin delete-trusted-token-issuer --trusted-token-issuer-arn {0} --region {R}"}, ""},
	{"delegation policy", phaseTrust, "aws organizations describe-resource-policy", nil, "Put the policy back as it was before; where there was none, delete it (aws organizations delete-resource-policy)."},
	{"identity provider of user pool", phaseTrust, "aws cognito-idp describe-identity-provider --user-pool-id {0} --provider-name {1} --region {R}", []string{"aws cognito-idp delete-identity-provider --user-pool-id {0} --provider-name {1} --region {R}"}, ""},
	{"source credentials", phaseRevoke, "aws codebuild list-source-credentials --region {R}", []string{"aws codebuild delete-source-credentials --arn {0} --region {R}"}, "Revoke the token where it was issued, too."},
	{"SSH key of transfer user", phaseRevoke, "aws transfer describe-user --server-id {0} --user-name {1} --region {R}", []string{"aws transfer delete-ssh-public-key --server-id {0} --user-name {1} --ssh-public-key-id {2} --region {R}"}, ""},
	{"transfer server", phaseRemove, "aws transfer describe-server --server-id {0} --region {R}", nil, "Stop it (aws transfer stop-server); delete it when its users and logs have been noted."},
	{"role alias", phaseTrust, "aws iot describe-role-alias --role-alias {0} --region {R}", []string{"aws iot delete-role-alias --role-alias {0} --region {R}"}, "Sessions that devices got by it stay alive until they expire: revoke the role's sessions too."},
	{"IoT rule", phaseRemove, "aws iot get-topic-rule --rule-name {0} --region {R}", []string{"aws iot delete-topic-rule --rule-name {0} --region {R}"}, ""},
	{"API destination", phaseRemove, "aws events describe-api-destination --name {0} --region {R}", []string{"aws events delete-api-destination --name {0} --region {R}"}, "Note its address first."},
	{"topic subscription", phaseRemove, "aws sns get-subscription-attributes --subscription-arn {0} --region {R}", []string{"aws sns unsubscribe --subscription-arn {0} --region {R}"}, ""},
	{"repository policy", phaseTrust, "aws ecr get-repository-policy --repository-name {0} --region {R}", nil, "Put the policy back as it was before."},
	{"registry policy", phaseTrust, "aws ecr get-registry-policy --region {R}", nil, "Put the policy back as it was before."},
	{"key policy", phaseTrust, "aws kms get-key-policy --key-id {0} --policy-name default --region {R}", nil, "Keep what it is now, then put the policy back as it was before (aws kms put-key-policy). Where it lets in nobody of your account, that is refused to all of you, the root user too: only AWS Support opens the key again."},
	{"key grant", phaseTrust, "aws kms list-grants --key-id {O} --region {R}", []string{"aws kms revoke-grant --key-id {O} --grant-id {0} --region {R}"}, "What uses it lawfully stops: services have grants too."},
	{"secret policy", phaseTrust, "aws secretsmanager get-resource-policy --secret-id {0} --region {R}", nil, "Keep what it is now, then put the policy back as it was before."},
	{"Glue catalog policy", phaseTrust, "aws glue get-resource-policy --region {R}", nil, "Keep what it is now, then put the policy back as it was before."},
	{"backup vault policy", phaseTrust, "aws backup get-backup-vault-access-policy --backup-vault-name {0} --region {R}", nil, "Put the policy back as it was before."},
	{"event bus permission", phaseTrust, "aws events describe-event-bus --name {0} --region {R}", []string{"aws events remove-permission --event-bus-name {0} --statement-id {1} --region {R}"}, ""},
	{"event bus policy", phaseTrust, "aws events describe-event-bus --name {0} --region {R}", nil, "Put the policy back as it was before (aws events put-permission)."},
	{"delegated administrator", phaseTrust, "aws organizations list-delegated-administrators", []string{"aws organizations deregister-delegated-administrator --account-id {0} --service-principal {1}"}, ""},
	{"hybrid activation", phaseTrust, "aws ssm describe-activations --region {R}", []string{"aws ssm delete-activation --activation-id {0} --region {R}"}, "Machines that were registered with it stay so: see those that are not yours (aws ssm describe-instance-information)."},
	{"client of identity provider", phaseTrust, "aws iam get-open-id-connect-provider --open-id-connect-provider-arn {0}", []string{"aws iam remove-client-id-from-open-id-connect-provider --open-id-connect-provider-arn {0} --client-id {1}"}, ""},
	{"role of instance profile", phaseTrust, "aws iam get-instance-profile --instance-profile-name {0}", nil, "Where your templates have another role in it, put that back: instances with the profile have the role's rights."},
	{"resource share", phaseTrust, "aws ram get-resource-shares --resource-owner SELF --region {R}", nil, "Take away whom it was opened to (aws ram disassociate-resource-share), or delete it."},
	{"domain transfer", phaseTrust, "aws route53domains get-domain-detail --domain-name {0} --region {R}", []string{"aws route53domains cancel-domain-transfer-to-another-aws-account --domain-name {0} --region {R}"}, "At once: it can be cancelled only until the other account accepts it, for which that has three days. Of one that was accepted tell AWS Support."},
	{"name servers of domain", phaseTrust, "aws route53domains get-domain-detail --domain-name {0} --region {R}", nil, "Put back the name servers of your hosted zone (aws route53domains update-domain-nameservers): whoever runs these answers for the domain."},
	{"contacts of domain", phaseTrust, "aws route53domains get-domain-detail --domain-name {0} --region {R}", nil, "Put them back as they were (aws route53domains update-domain-contact): a transfer is confirmed by the registrant's e-mail address."},
	{"roles of identity pool", phaseTrust, "aws cognito-identity get-identity-pool-roles --identity-pool-id {0} --region {R}", nil, "Put the roles back as your templates have them (aws cognito-identity set-identity-pool-roles), and see whether guests are let in (aws cognito-identity describe-identity-pool). Sessions that it gave live on: revoke those of the roles."},
	{"IAM group", phaseRemove, "aws iam get-group --group-name {0}", nil, "Remove its members and detach its policies, then delete it."},
	{"event rule target", phaseRemove, "aws events list-targets-by-rule --rule {0} --region {R}", []string{"aws events remove-targets --rule {0} --ids {1} --region {R}"}, "Note first what it calls."},
	{"association", phaseRemove, "aws ssm describe-association --association-id {U} --region {R}", []string{"aws ssm delete-association --association-id {U} --region {R}"}, "Note first what it runs, and where: it may have run there already."},
	{"stack", phaseRemove, "aws cloudformation describe-stack-resources --stack-name {0} --region {R}", nil, "Deleting it deletes what it made: note and secure that first."},
	{"stack set", phaseRemove, "aws cloudformation list-stack-instances --stack-set-name {0} --region {R}", nil, "It makes things in each of these accounts: note and secure them first."},
	{"auto scaling group", phaseRemove, "aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {0} --region {R}", []string{"aws autoscaling suspend-processes --auto-scaling-group-name {0} --scaling-processes Launch --region {R}"}, "It launches no more; what it has launched runs on: secure and stop that too."},
	{"notebook", phaseRemove, "aws sagemaker describe-notebook-instance --notebook-instance-name {0} --region {R}", []string{"aws sagemaker stop-notebook-instance --notebook-instance-name {0} --region {R}"}, "Its role's rights end with it only when it is deleted: secure its volume first."},
	{"Lightsail instance", phaseRemove, "aws lightsail get-instance --instance-name {0} --region {R}", []string{"aws lightsail stop-instance --instance-name {0} --region {R}"}, "Take a snapshot before it is deleted (aws lightsail create-instance-snapshot)."},
	{"build project", phaseRemove, "aws codebuild batch-get-projects --names {0} --region {R}", nil, "Note its source and its role, then delete it."},
	{"e-mail identity", phaseRemove, "aws ses get-identity-verification-attributes --identities {0} --region {R}", []string{"aws ses delete-identity --identity {0} --region {R}"}, "Nobody sends from it any more, its owner neither."},
	{"region enabled", phaseRemove, "aws account get-region-opt-status --region-name {0}", nil, "Look for what was made there before you disable it (aws account disable-region)."},
	{"Identity Center user", phaseRevoke, "aws identitystore describe-user --identity-store-id {0} --user-id {1} --region {R}", nil, "Disable its access and end its sessions in the console of IAM Identity Center, which no command does; delete it when it has been noted."},
	{"Identity Center membership", phaseTrust, "aws identitystore describe-group-membership --identity-store-id {0} --membership-id {1} --region {R}", []string{"aws identitystore delete-group-membership --identity-store-id {0} --membership-id {1} --region {R}"}, "Sessions of roles that it opened live on: end them by role."},
	{"assignment of account", phaseTrust, "", nil, "Take it away (aws sso-admin delete-account-assignment): the account, permission set and user or group are named in this order. Sessions of the role that it opened live on: end them by role."},
	{"permission set", phaseTrust, "", nil, "Take its assignments away first, then delete it (aws sso-admin delete-permission-set)."},
	{"policy of permission set", phaseTrust, "", nil, "Detach it (aws sso-admin detach-managed-policy-from-permission-set), then provision the permission set again: accounts keep the old one until then."},
	{"inline policy of permission set", phaseTrust, "", nil, "Put the policy back as it was before, then provision the permission set again: accounts keep the old one until then."},
	{"user of user pool", phaseTrust, "aws cognito-idp admin-get-user --user-pool-id {0} --username {1} --region {R}", []string{"aws cognito-idp admin-disable-user --user-pool-id {0} --username {1} --region {R}"}, ""},
}

// closedElsewhere are the kinds that are not removed where things are: see takePasswords and closeRoles.
var closedElsewhere = map[string]bool{"console password": true, "role trust policy": true}

// holders are the kinds that cannot be deleted while they hold others.
var holders = map[string]bool{"IAM user": true, "IAM role": true, "managed policy": true}

// thingsLeft lists what to do about what was left behind.
func (d *incidentDraft) thingsLeft(s *stepList) {
	for i := range d.left.Rows {
		row := &d.left.Rows[i]
		if row.State == Removed || closedElsewhere[row.Kind] {
			continue
		}
		of := row
		if row.Kind == "function code" || row.Kind == "function configuration" {
			if made := d.madeAs("function", row); made != nil { // nothing of yours is to be put back
				of = made
			}
		}
		undo := d.undo(of)
		undo.after = holders[of.Kind]
		s.add(undo, row.Made.EventID)
	}
}

// undo makes the step that removes a thing.
func (d *incidentDraft) undo(row *PersistenceRow) ContainmentStep {
	r, owner := d.remedy(row), ""
	if e := d.at(row.Made.Ordinal); e != nil {
		owner = e.owner
	}
	why := fmt.Sprintf("%s %s in account %s, made or changed by %s at %s", strings.ToUpper(row.Kind[:1])+row.Kind[1:], quoteEach(row.Target), quoteName(row.Account), quoteName(row.Made.Event), clockOf(row.Made.Time))
	if row.State != Present && row.State != Replaced {
		why += " (" + row.State + ")"
	}
	if row.State == Replaced {
		return step(r.phase, why+", and set anew by "+setAnew(row)+".", setAnewNote, r.command(r.verify, row, owner))
	}
	r, run := openedGroup(r, row)
	for _, words := range r.run {
		run = append(run, r.command(words, row, owner))
	}
	return step(r.phase, why+".", r.note, r.command(r.verify, row, owner), run...)
}

const setAnewNote = "See whether what is there now is yours: then nothing is to be undone."

// setAnew says what set a thing anew that the incident made.
func setAnew(row *PersistenceRow) string {
	return fmt.Sprintf("%s at %s (event %s)", quoteName(row.Ended.Event), clockOf(row.Ended.Time), row.Ended.EventID)
}

// putBack is what is said of a thing that was there before the incident changed it.
const putBack = "It was there before, and somebody may need it: put it back as it was."

// remedy finds what helps against a thing.
func (d *incidentDraft) remedy(row *PersistenceRow) remedy {
	if r, ok := shareRemedy(row); ok {
		return r
	}
	if at := slices.IndexFunc(remedies, func(r remedy) bool { return r.family == row.Kind }); at >= 0 {
		return d.changedRemedy(d.bucketRemedy(remedies[at], row), row)
	}
	return remedy{family: row.Kind, phase: phaseRemove, note: "Look at it, and undo what was done."}
}

// changedRemedy deletes nothing that the incident only changed.
func (d *incidentDraft) changedRemedy(r remedy, row *PersistenceRow) remedy {
	if made := d.madeAs(row.Kind, row); made != nil {
		row = made
	}
	action := parser.Action(row.Made.Event)
	if !strings.HasPrefix(action, "Update") && !strings.HasPrefix(action, "Replace") || !slices.ContainsFunc(r.run, func(run string) bool { return strings.Contains(run, " delete-") }) {
		return r
	}
	r.run, r.note = nil, strings.TrimSpace(putBack+" "+r.note)
	if row.Kind == "function URL" {
		r.run = []string{"aws lambda update-function-url-config --function-name {0} --auth-type AWS_IAM --region {R}"}
		r.note = putBack + " Until then the command opens it to nobody but who signs with IAM."
	}
	return r
}

// noCommand is what nothing is proposed by.
func noCommand() *command { return &command{bad: true} }

// targetParts is how many parts the targets of a kind have. A name may hold ", " itself: a target of more parts than its kind has cannot be
// told apart, and its first part may be the name of something else.
var targetParts = func() map[string]int {
	n := map[string]int{}
	for _, traces := range made {
		for _, t := range traces {
			n[t.family] = len(strings.Fields(t.names))
		}
	}
	return n
}()

// command fills a remedy's words in. A part that is no plain name makes it impossible, and so does a target of more parts than its kind has.
func (r *remedy) command(words string, row *PersistenceRow, owner string) *command {
	parts := strings.Split(row.Target, ", ")
	if len(parts) != targetParts[row.Kind] {
		return noCommand()
	}
	named := map[string]string{"{R}": row.Region, "{O}": owner}
	if flag := scopeFlags[row.Kind]; flag != "" && words != "" {
		if parts[0], named["{S}"] = unscoped(parts[0]); named["{S}"] != "" {
			words += " " + flag + " {S}"
		}
	}
	if isUUID(parts[0]) {
		named["{U}"] = parts[0]
	}
	return fillIn(words, parts, named)
}

// scopeFlags are how commands are told what a thing is unique in: see scoped.
var scopeFlags = map[string]string{"event rule": "--event-bus-name", "event rule target": "--event-bus-name", "schedule": "--group-name", "function URL": "--qualifier"}

// unscoped parts a name from what it is unique in, which may have slashes of its own.
func unscoped(name string) (bare, scope string) {
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		return name[at+1:], name[:at]
	}
	bare, scope, _ = strings.Cut(name, ":")
	return bare, scope
}

// fillIn makes a command of words, in which {0}, {1} … stand for parts, and others in braces for what is named so. What stands for nothing
// makes the command impossible, and no words make none.
func fillIn(words string, parts []string, named map[string]string) *command {
	for i, p := range parts {
		named["{"+strconv.Itoa(i)+"}"] = p
	}
	c := &command{bad: words == ""}
	for w := range strings.FieldsSeq(words) {
		if w[0] == '{' {
			c.value(named[w])
		} else {
			c.words = append(c.words, w)
		}
	}
	return c
}

// isUUID reports whether a text is an ID of 36 signs.
func isUUID(s string) bool {
	return len(s) == 36 && strings.Count(s, "-") == 4 && strings.Trim(s, "0123456789abcdefABCDEF-") == ""
}

// value adds a value of the evidence, as arg does.
func (c *command) value(v string) {
	if !plainArgument(v) {
		c.bad = true
		return
	}
	c.words = append(c.words, quoteShell(v))
}
