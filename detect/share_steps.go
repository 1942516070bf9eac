package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var shareSteps = steps{
	{"ec2.amazonaws.com:CreateSnapshot", "made", madeAs("snapshotId")},
	{"ec2.amazonaws.com:CopySnapshot", "made", madeAs("snapshotId")},
	{"ec2.amazonaws.com:CreateImage", "made", madeAs("imageId")},
	{"ec2.amazonaws.com:CopyImage", "made", madeAs("imageId")},
	{"rds.amazonaws.com:CreateDBSnapshot", "made", about("dBSnapshotIdentifier")},
	{"rds.amazonaws.com:CreateDBClusterSnapshot", "made", about("dBClusterSnapshotIdentifier")},
	{"rds.amazonaws.com:CopyDBSnapshot", "made", about("targetDBSnapshotIdentifier")},
	{"ec2.amazonaws.com:ModifySnapshotAttribute", "shared", sharedTo("createVolumePermission", "snapshotId")},
	{"ec2.amazonaws.com:ModifyImageAttribute", "shared", sharedTo("launchPermission", "imageId")},
	{"rds.amazonaws.com:ModifyDBSnapshotAttribute", "shared", valuesAdded("dBSnapshotIdentifier")},
	{"rds.amazonaws.com:ModifyDBClusterSnapshotAttribute", "shared", valuesAdded("dBClusterSnapshotIdentifier")},
	{"ec2.amazonaws.com:DeleteSnapshot", "deleted", about("snapshotId")},
	{"ec2.amazonaws.com:DeregisterImage", "deleted", about("imageId")},
	{"rds.amazonaws.com:DeleteDBSnapshot", "deleted", about("dBSnapshotIdentifier")},
	{"rds.amazonaws.com:DeleteDBClusterSnapshot", "deleted", about("dBClusterSnapshotIdentifier")},
	{"ec2.amazonaws.com:SharedSnapshotCopyInitiated", "copied", serviceSays},
	{"ec2.amazonaws.com:SharedSnapshotVolumeCreated", "copied", serviceSays},
}

// shareRecord takes what a principal did, and what EC2 says that the other account did.
func shareRecord(r *parser.Record) (Evidence, bool) {
	if strings.HasPrefix(r.Name, "SharedSnapshot") {
		return shareSteps.any(r)
	}
	return shareSteps.record(r)
}

func madeAs(id string) func(*facts) bool {
	return func(f *facts) bool {
		f.add(factAbout, f.response(id))
		return f.e.has(factAbout)
	}
}

func serviceSays(f *facts) bool {
	f.add(factAbout, text(f.r.Get("serviceEventDetails.snapshotId")))
	return f.e.has(factAbout)
}

// sharedTo notes whom a permission of that name was given, or taken from.
func sharedTo(permission, id string) func(*facts) bool {
	return func(f *facts) bool {
		params, _ := f.r.Get("requestParameters")
		to := append(texts(params, permission+".add.items", "userId"), texts(params, permission+".add.items", "group")...)
		taken, _ := params.Get(permission + ".remove.items")
		return f.shared(strings.TrimSpace(strings.Join(to, " ")), taken) && about(id)(f)
	}
}

// valuesAdded is sharedTo for databases.
func valuesAdded(id string) func(*facts) bool {
	return func(f *facts) bool {
		var to []string
		values, _ := f.r.Get("requestParameters.valuesToAdd")
		values.Each(func(v parser.Value) bool { to = append(to, v.String()); return true })
		taken, _ := f.r.Get("requestParameters.valuesToRemove")
		return f.shared(strings.Join(to, " "), taken) && about(id)(f)
	}
}

// shared notes whom a share was opened to, or else that it was taken from somebody. What does neither changes something else.
func (f *facts) shared(to string, taken parser.Value) (is bool) {
	f.add(factWhere, to)
	if to == "" {
		f.e[0].Value = "withdrawn"
		taken.Each(func(parser.Value) bool { is = true; return false })
	}
	return is || to != ""
}
