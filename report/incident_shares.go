package report

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// aShare takes back that an image or a snapshot was opened to an account, to everybody or to an organization. {0} is the thing, {1} to whom.
type aShare struct {
	verify, run string
	to          map[string]string // the option for each kind of receiver
}

var unshare = map[string]aShare{
	"ModifyImageAttribute": {"aws ec2 describe-image-attribute --image-id {0} --attribute launchPermission --region {R}",
		"aws ec2 modify-image-attribute --image-id {0} --attribute launchPermission --operation-type remove {TO} {1} --region {R}",
		map[string]string{"account": "--user-ids", "everybody": "--user-groups", "organization": "--organization-arns"}},
	"ModifySnapshotAttribute": {"aws ec2 describe-snapshot-attribute --snapshot-id {0} --attribute createVolumePermission --region {R}",
		"aws ec2 modify-snapshot-attribute --snapshot-id {0} --attribute createVolumePermission --operation-type remove {TO} {1} --region {R}",
		map[string]string{"account": "--user-ids", "everybody": "--group-names"}},
	"ModifyDBSnapshotAttribute": {"aws rds describe-db-snapshot-attributes --db-snapshot-identifier {0} --region {R}",
		"aws rds modify-db-snapshot-attribute --db-snapshot-identifier {0} --attribute-name restore {TO} {1} --region {R}",
		map[string]string{"account": "--values-to-remove", "everybody": "--values-to-remove"}},
	"ModifyDBClusterSnapshotAttribute": {"aws rds describe-db-cluster-snapshot-attributes --db-cluster-snapshot-identifier {0} --region {R}",
		"aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier {0} --attribute-name restore {TO} {1} --region {R}",
		map[string]string{"account": "--values-to-remove", "everybody": "--values-to-remove"}},
}

// shareRemedy says how a share is taken back.
func shareRemedy(row *PersistenceRow) (remedy, bool) {
	how, ok := unshare[parser.Action(row.Made.Event)]
	if !ok || !strings.HasSuffix(row.Kind, " share") {
		return remedy{}, false
	}
	r := remedy{family: row.Kind, phase: phaseTrust, verify: how.verify, note: "What has been copied or launched from it there, this does not reach: keep the event as evidence of what was taken."}
	_, to, _ := strings.Cut(row.Target, ", ")
	if option := how.to[receiver(to)]; option != "" {
		r.run = []string{strings.Replace(how.run, "{TO}", option, 1)}
	}
	return r, true
}

// receiver is the kind of whom something is opened to; "": none that is known.
func receiver(to string) string {
	switch {
	case to == "all":
		return "everybody"
	case isAccount(to):
		return "account"
	case strings.HasPrefix(to, "arn:") && strings.Contains(to, ":organization/"):
		return "organization"
	}
	return ""
}

// closeBucket shuts a bucket to everybody outside.
const closeBucket = "aws s3api put-public-access-block --bucket {0} " + blockPublic

// bucketRemedy shuts a bucket that was opened to everybody; what lets single accounts in, only its owner can tell from the rest.
func (d *incidentDraft) bucketRemedy(r remedy, row *PersistenceRow) remedy {
	open := row.Kind == "bucket policy" && strings.Contains(row.Detail, "everybody")
	if e := d.at(row.Made.Ordinal); e != nil && row.Kind == "bucket ACL" {
		open = e.open
	}
	if open {
		r.run = []string{closeBucket}
		r.note = "It closes the bucket to everybody outside at once, a web site that it serves too. " + r.note
	}
	return r
}

// closeObjects shuts the buckets of objects that were opened to everybody, each by its own list.
func (d *incidentDraft) closeObjects(s *stepList) {
	for i := range d.events {
		e := &d.events[i]
		if e.outcome != succeeded || e.act != actShare || !e.open || d.sparesEvent(e) {
			continue
		}
		s.add(step(phaseTrust, fmt.Sprintf("Objects of bucket %s in account %s were opened to everybody, by lists of their own (%s).", quoteName(e.targets[0]), quoteName(e.Account), quoteName(e.Name)),
			"It closes the bucket to everybody outside at once, a web site that it serves too. Then put the objects' lists back: the events name them.",
			e.command("aws s3api get-public-access-block --bucket {0}", e.targets[0]), e.command(closeBucket, e.targets[0])), e.ID)
	}
}
