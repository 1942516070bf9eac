package report

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A repair says how the state of a defence is seen and how it is put back. In its words {0}, {1} … stand for the parts of what was weakened, {A} for
// the account, {R} for the region.
type repair struct {
	service, names string // the calls that weakened it, parted by spaces
	verify         string
	run            []string
	note           string
}

const (
	asTemplates  = "Put it back as your templates have it."
	madeSettings = "Make it as it was: the events that made it, or your templates, have its settings."
	blockPublic  = "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
)

var repairs = []repair{
	{"cloudtrail", "StopLogging", "aws cloudtrail get-trail-status --name {0} --region {R}", []string{"aws cloudtrail start-logging --name {0} --region {R}"}, ""},
	{"cloudtrail", "DeleteTrail", "aws cloudtrail describe-trails --region {R}", nil, madeSettings},
	{"cloudtrail", "UpdateTrail", "aws cloudtrail get-trail --name {0} --region {R}", nil, madeSettings},
	{"cloudtrail", "PutEventSelectors", "aws cloudtrail get-event-selectors --trail-name {0} --region {R}", nil, madeSettings},
	{"cloudtrail", "PutInsightSelectors", "aws cloudtrail get-insight-selectors --trail-name {0} --region {R}", nil, madeSettings},
	{"cloudtrail", "StopEventDataStoreIngestion", "aws cloudtrail get-event-data-store --event-data-store {0} --region {R}", []string{"aws cloudtrail start-event-data-store-ingestion --event-data-store {0} --region {R}"}, ""},
	{"cloudtrail", "DeleteEventDataStore", "aws cloudtrail get-event-data-store --event-data-store {0} --region {R}", []string{"aws cloudtrail restore-event-data-store --event-data-store {0} --region {R}"}, "It can be restored for seven days."},
	{"guardduty", "UpdateDetector", "aws guardduty get-detector --detector-id {0} --region {R}", []string{"aws guardduty update-detector --detector-id {0} --enable --region {R}"}, "See whether its features are as they were."},
	{"guardduty", "DeleteDetector", "aws guardduty list-detectors --region {R}", []string{"aws guardduty create-detector --enable --region {R}"}, "The new one has none of the old one's features, filters, lists and members: your templates have them."},
	{"guardduty", "CreateFilter", "aws guardduty get-filter --detector-id {0} --filter-name {1} --region {R}", []string{"aws guardduty delete-filter --detector-id {0} --filter-name {1} --region {R}"}, "What it has archived is still there: look at the archived findings."},
	{"guardduty", "CreateIPSet", "aws guardduty get-ip-set --detector-id {0} --ip-set-id {1} --region {R}", []string{"aws guardduty delete-ip-set --detector-id {0} --ip-set-id {1} --region {R}"}, "Of the addresses that it lists GuardDuty reported nothing."},
	{"guardduty", "StopMonitoringMembers", "aws guardduty list-detectors --region {R}", nil, "Start monitoring the members again (aws guardduty start-monitoring-members)."},
	{"securityhub", "DisableSecurityHub", "aws securityhub describe-hub --region {R}", []string{"aws securityhub enable-security-hub --region {R}"}, "See whether its standards are as they were."},
	{"securityhub", "BatchDisableStandards UpdateStandardsControl", "aws securityhub get-enabled-standards --region {R}", nil, asTemplates},
	{"config", "StopConfigurationRecorder", "aws configservice describe-configuration-recorder-status --region {R}", []string{"aws configservice start-configuration-recorder --configuration-recorder-name {0} --region {R}"}, ""},
	{"config", "DeleteConfigurationRecorder", "aws configservice describe-configuration-recorders --region {R}", nil, asTemplates},
	{"config", "DeleteDeliveryChannel", "aws configservice describe-delivery-channels --region {R}", nil, asTemplates},
	{"config", "DeleteConfigRule", "aws configservice describe-config-rules --region {R}", nil, asTemplates},
	{"macie2", "DisableMacie UpdateMacieSession", "aws macie2 get-macie-session --region {R}", nil, "Enable it again (aws macie2 enable-macie, or update-macie-session --status ENABLED where it is paused)."},
	{"inspector2", "Disable", "aws inspector2 batch-get-account-status --region {R}", nil, asTemplates},
	{"access-analyzer", "DeleteAnalyzer", "aws accessanalyzer list-analyzers --region {R}", nil, asTemplates},
	{"ec2", "DeleteFlowLogs", "aws ec2 describe-flow-logs --region {R}", nil, "Make it again as your templates have it (aws ec2 create-flow-logs): it gets another ID."},
	{"ec2", "DisableEbsEncryptionByDefault", "aws ec2 get-ebs-encryption-by-default --region {R}", []string{"aws ec2 enable-ebs-encryption-by-default --region {R}"}, ""},
	{"ec2", "DisableSnapshotBlockPublicAccess", "aws ec2 get-snapshot-block-public-access-state --region {R}", []string{"aws ec2 enable-snapshot-block-public-access --state block-all-sharing --region {R}"}, "Snapshots that your own hands made public are private then too."},
	{"ec2", "DisableImageBlockPublicAccess", "aws ec2 get-image-block-public-access-state --region {R}", []string{"aws ec2 enable-image-block-public-access --image-block-public-access-state block-new-sharing --region {R}"}, "Images that are public stay so: see those that were shared."},
	{"ec2", "ModifyInstanceMetadataOptions", "aws ec2 describe-instances --instance-ids {0} --region {R}", []string{"aws ec2 modify-instance-metadata-options --instance-id {0} --http-tokens required --region {R}"}, "What uses version 1 on it lawfully stops."},
	{"route53resolver", "DeleteResolverQueryLogConfig", "aws route53resolver list-resolver-query-log-configs --region {R}", nil, "Make it again as your templates have it (aws route53resolver create-resolver-query-log-config, then associate-resolver-query-log-config): it gets another ID."},
	{"route53resolver", "DisassociateResolverQueryLogConfig", "aws route53resolver list-resolver-query-log-config-associations --region {R}", []string{"aws route53resolver associate-resolver-query-log-config --resolver-query-log-config-id {0} --resource-id {1} --region {R}"}, ""},
	{"s3", "DeleteBucketPublicAccessBlock PutBucketPublicAccessBlock", "aws s3api get-public-access-block --bucket {0}", []string{"aws s3api put-public-access-block --bucket {0} " + blockPublic}, "It closes the bucket to everybody outside at once, a web site that it serves too."},
	{"s3", "DeleteAccountPublicAccessBlock PutAccountPublicAccessBlock", "aws s3control get-public-access-block --account-id {A}", []string{"aws s3control put-public-access-block --account-id {A} " + blockPublic}, "It closes all of the account's buckets to everybody outside at once, web sites that they serve too."},
	{"s3", "PutBucketVersioning", "aws s3api get-bucket-versioning --bucket {0}", []string{"aws s3api put-bucket-versioning --bucket {0} --versioning-configuration Status=Enabled"}, "What was overwritten or deleted meanwhile has no older version. Where the call turned off that deletions ask for MFA, the root user turns it on again (--mfa)."},
	{"s3", "PutBucketLifecycle PutBucketLifecycleConfiguration", "aws s3api get-bucket-lifecycle-configuration --bucket {0}", []string{"aws s3api delete-bucket-lifecycle --bucket {0}"}, "It takes all rules of the bucket, so that nothing expires any more: keep what they are, and put yours back afterwards."},
	{"s3", "PutBucketLogging", "aws s3api get-bucket-logging --bucket {0}", nil, asTemplates},
	{"s3", "DeleteBucketEncryption", "aws s3api get-bucket-encryption --bucket {0}", nil, asTemplates},
	{"logs", "DeleteLogGroup", "aws logs describe-log-groups --log-group-name-prefix {0} --region {R}", nil, asTemplates},
	{"logs", "DeleteSubscriptionFilter", "aws logs describe-subscription-filters --log-group-name {0} --region {R}", nil, asTemplates},
	{"logs", "DeleteMetricFilter", "aws logs describe-metric-filters --log-group-name {0} --region {R}", nil, asTemplates},
	{"monitoring", "DeleteAlarms", "aws cloudwatch describe-alarms --region {R}", nil, asTemplates},
	{"monitoring", "DisableAlarmActions", "aws cloudwatch describe-alarms --alarm-names {0} --region {R}", []string{"aws cloudwatch enable-alarm-actions --alarm-names {0} --region {R}"}, ""},
	{"events", "DisableRule", "aws events describe-rule --name {0} --region {R}", []string{"aws events enable-rule --name {0} --region {R}"}, ""},
	{"events", "DeleteRule", "aws events list-rules --region {R}", nil, asTemplates},
	{"events", "RemoveTargets", "aws events list-targets-by-rule --rule {0} --region {R}", nil, asTemplates},
	{"wafv2", "DisassociateWebACL", "aws wafv2 get-web-acl-for-resource --resource-arn {0} --region {R}", nil, asTemplates},
	{"wafv2", "DeleteLoggingConfiguration", "aws wafv2 get-logging-configuration --resource-arn {0} --region {R}", nil, asTemplates},
	{"kms", "DisableKey", "aws kms describe-key --key-id {0} --region {R}", []string{"aws kms enable-key --key-id {0} --region {R}"}, ""},
	{"kms", "ScheduleKeyDeletion", "aws kms describe-key --key-id {0} --region {R}", []string{"aws kms cancel-key-deletion --key-id {0} --region {R}", "aws kms enable-key --key-id {0} --region {R}"}, "Do it at once: what the key encrypts is lost when it is deleted."},
	{"kms", "DisableKeyRotation", "aws kms get-key-rotation-status --key-id {0} --region {R}", []string{"aws kms enable-key-rotation --key-id {0} --region {R}"}, ""},
	{"kms", "DeleteImportedKeyMaterial", "aws kms describe-key --key-id {0} --region {R}", nil, "Import the same key material again."},
	{"rds", "ModifyDBInstance", "aws rds describe-db-instances --db-instance-identifier {0} --region {R}", []string{"aws rds modify-db-instance --db-instance-identifier {0} --no-publicly-accessible --apply-immediately --region {R}"}, "Replace its master password too, and look at its users: who knew a password had a way in meanwhile."},
	{"organizations", "LeaveOrganization", "aws organizations describe-organization", nil, "Until the account is in the organization again, no policy of that holds and no trail of that records it. If it has joined another one, it must leave that first; then the management account invites it (aws organizations invite-account-to-organization) and a clean identity of it accepts."},
	{"route53domains", "DisableDomainTransferLock", "aws route53domains get-domain-detail --domain-name {0} --region {R}", []string{"aws route53domains enable-domain-transfer-lock --domain-name {0} --region {R}"}, ""},
	{"organizations", "DetachPolicy", "aws organizations list-targets-for-policy --policy-id {0}", []string{"aws organizations attach-policy --policy-id {0} --target-id {1}"}, ""},
	{"organizations", "DisablePolicyType", "aws organizations list-roots", []string{"aws organizations enable-policy-type --root-id {0} --policy-type {1}"}, "Policies of the type must be attached again."},
	{"iam", "DeleteVirtualMFADevice", "aws iam list-virtual-mfa-devices", nil, "The owner must enroll a device again."},
	{"iam", "DeactivateMFADevice", "aws iam list-mfa-devices --user-name {0}", nil, "The owner must enroll a device again."},
	{"iam", "DeleteAccountPasswordPolicy", "aws iam get-account-password-policy", nil, asTemplates},
	{"iam", "DeleteUserPermissionsBoundary", "aws iam get-user --user-name {0}", nil, "Put the boundary back (aws iam put-user-permissions-boundary)."},
	{"iam", "DeleteRolePermissionsBoundary", "aws iam get-role --role-name {0}", nil, "Put the boundary back (aws iam put-role-permissions-boundary)."},
	{"bedrock", "DeleteModelInvocationLoggingConfiguration", "aws bedrock get-model-invocation-logging-configuration --region {R}", nil, asTemplates},
	{"backup", "DeleteBackupVaultLockConfiguration", "aws backup describe-backup-vault --backup-vault-name {0} --region {R}", nil, asTemplates},
}

// repairOf finds how to put back what an event weakened.
func (e *toldEvent) repairOf() repair {
	name := parser.Action(e.Name)
	for _, r := range repairs {
		if c := (calls{r.service, r.names}); c.has(e.Source, name) {
			return r
		}
	}
	return repair{note: asTemplates}
}

// noteOfChange is the note where it is not known that the call weakened something.
func (r *repair) noteOfChange() string {
	if len(r.run) > 0 || r.note == asTemplates || r.note == madeSettings {
		return "Where it guards or records less since, put it back as your templates have it."
	}
	return r.note
}

// restore lists what records or guards, and was weakened.
func (d *incidentDraft) restore(s *stepList) {
	for i := range d.events {
		e := &d.events[i]
		if e.outcome != succeeded || d.sparesEvent(e) {
			continue
		}
		where := fmt.Sprintf("%s of %s, account %s, region %s%s.", e.call(), clockOf(e.Time), quoteName(e.Account), quoteName(e.Region), e.weakened())
		r, by := e.repairOf(), d.restoredBy(e)
		switch {
		case e.act == actGuard:
			s.add(e.restoring(&repair{verify: r.verify, note: r.noteOfChange()}, "See what was changed by "+where), e.ID)
		case e.act != actDefence && (e.act != actDestroy || len(r.run) == 0):
		case by != nil:
			s.add(e.isRestored(&r, where, by), e.ID, by.EventID)
		default:
			s.add(e.restoring(&r, "Undo "+where), e.ID)
		}
	}
}

// restoring makes the step that puts back what an event weakened, with a command for each thing.
func (e *toldEvent) restoring(r *repair, why string) ContainmentStep {
	targets := e.targets
	if len(targets) == 0 {
		targets = []string{""}
	}
	var run []*command
	for _, t := range targets[:min(len(targets), commandLimit)] {
		for _, words := range r.run {
			run = append(run, e.command(words, t))
		}
	}
	note := r.note
	if n := len(targets) - commandLimit; n > 0 {
		note += fmt.Sprintf(" %s of it found no room here.", plural(int64(n), "further thing"))
	}
	return step(phaseRestore, why, note, e.command(r.verify, targets[0]), run...)
}

// command fills in the words of a repair of one thing. A thing of other parts than its kind has makes it impossible, where it is named.
func (e *toldEvent) command(words, target string) *command {
	parts := strings.Split(target, ", ")
	if len(parts) != e.parts {
		parts = nil
	}
	named := map[string]string{"{R}": e.Region, "{A}": e.Account}
	if parts != nil && words != "" && serves("events", e.Source) { // of another bus than the default one: see scoped
		if parts[0], named["{S}"] = unscoped(parts[0]); named["{S}"] != "" {
			words += " " + scopeFlags["event rule"] + " {S}"
		}
	}
	return fillIn(words, parts, named)
}

// weakened names what an event weakened.
func (e *toldEvent) weakened() string {
	var all []string
	for _, t := range e.targets {
		if t != "" {
			all = append(all, quoteEach(t))
		}
	}
	if all == nil {
		return about([]*toldEvent{e})
	}
	return ": " + enumerate(all)
}
