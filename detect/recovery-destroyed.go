package detect

import "fmt"

var recoverySteps = steps{
	{"ec2.amazonaws.com:DeleteSnapshot", "disk copies", about("snapshotId")},
	{"ec2.amazonaws.com:DeregisterImage", "disk copies", about("imageId")}, // an image is made of snapshots: who prunes one, prunes both
	{"rds.amazonaws.com:DeleteDBSnapshot", "database copies", about("dBSnapshotIdentifier")},
	{"rds.amazonaws.com:DeleteDBClusterSnapshot", "database copies", about("dBClusterSnapshotIdentifier")},
	{"rds.amazonaws.com:DeleteDBInstanceAutomatedBackup", "database copies", about("dbiResourceId")},
	{"dynamodb.amazonaws.com:DeleteBackup", "table copies", about("backupArn")},
	{"backup.amazonaws.com:DeleteRecoveryPoint", "recovery points", about("recoveryPointArn")},
	{"backup.amazonaws.com:DeleteBackupVault", "vaults", about("backupVaultName")},
	{"backup.amazonaws.com:DeleteBackupPlan", "plans", about("backupPlanId")},
	{"s3.amazonaws.com:PutBucketVersioning", "versions", func(f *facts) bool {
		return f.param("VersioningConfiguration.Status") == "Suspended" && about("bucketName")(f)
	}},
	{"kms.amazonaws.com:ScheduleKeyDeletion", "keys", keyOf},
	{"kms.amazonaws.com:DisableKey", "keys", keyOf},
	{"elasticfilesystem.amazonaws.com:DeleteFileSystem", "file systems", about("fileSystemId")},
	{"fsx.amazonaws.com:DeleteBackup", "file systems", about("backupId")},
	{"redshift.amazonaws.com:DeleteClusterSnapshot", "warehouse copies", about("snapshotIdentifier")},
}

var _ = register(&Detector{
	ID:    "recovery-destroyed",
	Title: "Many means to recover destroyed in several services",
	Doc: `One principal destroyed copies, versions or keys of several kinds, and many of them, within an hour or with no longer pauses. Extortion
and sabotage begin so. The innocent causes are the teardown of an environment, which deletes the machines and databases themselves first, and the
retention of backups or images, which deletes one kind and old ones. Fewer of one kind the rules tell.`,
	Next: `Contain the principal at once; cancel the deletion of keys, which waits for days; lock vaults that are left; look into the recycle bin of
snapshots; copy what remains to another account.`,
	Severity:   High,
	Techniques: []string{"T1490", "T1485"},
	Events:     recoverySteps.events(),
	Record:     recoverySteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "recovery-destroyed", gap: c.Duration("span"),
			max: max(maxHits, 2*c.Int("things")), each: max(maxHits/2, c.Int("things")), same: maxHits / 20,
			key: func(h *hit) string { return h.ref.Principal },
			judge: func(_ string, hits []hit) []verdict {
				kinds, things := distinct(hits, factOf(factStep)), distinct(hits, factOf(factAbout))
				if kinds < c.Int("kinds") || things < c.Int("things") {
					return nil
				}
				var r reasons
				for i := range hits {
					r.add(hits[i].e.Get(factStep))
				}
				return []verdict{{High, "", fmt.Sprintf("destroyed %d means to recover, of %d kinds: %s", things, kinds, r.String()), hits}}
			},
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 60, "minutes", "the reference's window for the destruction of recovery"},
		{"kinds", 2, "kinds", "the reference: at least two kinds; the rule recovery-destroyed-in-several-ways asks for four calls"},
		{"things", 10, "resources", "Panther's count for objects; more than a person deletes by way of trial"},
	},
	Hits:   [][]string{destroyed(6, 0, 4), destroyed(0, 9, 1)},
	Misses: [][]string{destroyed(30, 0, 0), destroyed(4, 0, 5), destroyed(30, 20, 0)},
})

// destroyed is an example of so many snapshots of disks, images and snapshots of databases.
func destroyed(snapshots, images, databases int) (records []string) {
	add := func(n, minute int, call, member, name string) {
		for i := range n {
			records = append(records, example{at: fmt.Sprintf("03:%02d:%02d", minute, i), key: "AKIA1", call: call, in: fmt.Sprintf(`{"%s":"%s-%d"}`, member, name, i)}.String())
		}
	}
	add(snapshots, 0, "ec2:DeleteSnapshot", "snapshotId", "snap")
	add(images, 1, "ec2:DeregisterImage", "imageId", "ami")
	add(databases, 2, "rds:DeleteDBSnapshot", "dBSnapshotIdentifier", "daily")
	return records
}
