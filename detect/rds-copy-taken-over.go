package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxNamed bounds how many databases a finding names: its events name all.
const maxNamed = 10

var copyTakenSteps = steps{
	{"rds.amazonaws.com:RestoreDBInstanceFromDBSnapshot", "restored", about("dBInstanceIdentifier")},
	{"rds.amazonaws.com:RestoreDBInstanceToPointInTime", "restored", about("targetDBInstanceIdentifier")},
	{"rds.amazonaws.com:RestoreDBClusterFromSnapshot", "restored", about("dBClusterIdentifier")},
	{"rds.amazonaws.com:RestoreDBClusterToPointInTime", "restored", about("dBClusterIdentifier")},
	{"rds.amazonaws.com:ModifyDBInstance", "password", passwordSet("dBInstanceIdentifier")},
	{"rds.amazonaws.com:ModifyDBCluster", "password", passwordSet("dBClusterIdentifier")},
}

// passwordSet takes the calls that set the administrator's password of the database that is named there.
func passwordSet(id string) func(*facts) bool {
	return func(f *facts) bool {
		set := f.param("masterUserPassword") != "" || f.response("pendingModifiedValues.masterUserPassword") != ""
		return set && about(id)(f)
	}
}

var _ = register(&Detector{
	ID:    "rds-copy-taken-over",
	Title: "Database copied and the copy's password replaced",
	Doc: `A database was restored from a copy, and within a day the copy's administrator password was replaced. That opens all data of a database whose
password is unknown. All databases of an account to which that is done in one go are one finding. The innocent causes are tests with real data and
exercises of recovery, which follow exactly this order.`,
	Next:       `See who connected to the copies and from where; delete them after preserving their logs.`,
	Severity:   Medium,
	Techniques: []string{"T1213.006", "T1537"},
	Events:     copyTakenSteps.events(),
	Record:     copyTakenSteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "rds-copy-taken-over", gap: c.Duration("span"),
			key:   func(h *hit) string { return h.ref.Account },
			judge: func(_ string, hits []hit) []verdict { return copiesTaken(hits, c.Duration("span")) },
		}.stream()
	},
	Thresholds: []Threshold{{"span", 24, "hours", "a large database takes hours to restore, and its password can be set only then"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "rds:RestoreDBInstanceFromDBSnapshot", in: `{"dBInstanceIdentifier":"copy","dBSnapshotIdentifier":"s"}`},
			example{at: "03:20:00", key: "AKIA1", call: "rds:ModifyDBInstance", in: `{"dBInstanceIdentifier":"copy","masterUserPassword":"****"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "rds:RestoreDBInstanceToPointInTime", in: `{"sourceDBInstanceIdentifier":"db","targetDBInstanceIdentifier":"copy"}`},
			example{at: "03:20:00", key: "AKIA2", call: "rds:ModifyDBInstance", in: `{"dBInstanceIdentifier":"copy"}`, out: `{"pendingModifiedValues":{"masterUserPassword":"****"}}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "rds:RestoreDBClusterFromSnapshot", in: `{"dBClusterIdentifier":"copy","snapshotIdentifier":"s"}`},
			example{at: "03:20:00", key: "AKIA1", call: "rds:ModifyDBCluster", in: `{"dBClusterIdentifier":"copy","masterUserPassword":"****"}`}),
	},
	Misses: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "rds:RestoreDBInstanceFromDBSnapshot", in: `{"dBInstanceIdentifier":"copy","dBSnapshotIdentifier":"s"}`},
			example{at: "03:20:00", key: "AKIA1", call: "rds:ModifyDBInstance", in: `{"dBInstanceIdentifier":"other","masterUserPassword":"****"}`}),
		story( // another cluster's password
			example{at: "03:00:00", key: "AKIA1", call: "rds:RestoreDBClusterFromSnapshot", in: `{"dBClusterIdentifier":"copy","snapshotIdentifier":"s"}`},
			example{at: "03:20:00", key: "AKIA1", call: "rds:ModifyDBCluster", in: `{"dBClusterIdentifier":"orders","masterUserPassword":"****"}`}),
		story( // a database of the same name in another region
			example{at: "03:00:00", key: "AKIA1", call: "rds:RestoreDBInstanceFromDBSnapshot", in: `{"dBInstanceIdentifier":"orders","dBSnapshotIdentifier":"s"}`, region: "eu-west-1"},
			example{at: "03:20:00", key: "AKIA1", call: "rds:ModifyDBInstance", in: `{"dBInstanceIdentifier":"orders","masterUserPassword":"****"}`, region: "us-east-1"}),
		story( // the password first
			example{at: "03:00:00", key: "AKIA1", call: "rds:ModifyDBInstance", in: `{"dBInstanceIdentifier":"copy","masterUserPassword":"****"}`},
			example{at: "04:00:00", key: "AKIA1", call: "rds:RestoreDBInstanceFromDBSnapshot", in: `{"dBInstanceIdentifier":"copy","dBSnapshotIdentifier":"s"}`}),
	},
})

// copiesTaken judges what was done to the copies of databases in an account.
func copiesTaken(hits []hit, span time.Duration) []verdict {
	restored := stepsOf(hits, "restored")
	var chain []hit
	var names []string
	for _, set := range stepsOf(hits, "password") {
		name := set.e.Get(factAbout)
		for _, r := range restored {
			if after := set.ref.Time.Sub(r.ref.Time); r.e.Get(factAbout) != name || r.ref.Region != set.ref.Region || after < 0 || after > span {
				continue
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
				chain = append(chain, r, set)
			}
			break
		}
	}
	if len(names) == 0 {
		return nil
	}
	why := fmt.Sprintf("restored from a copy, and the administrator's password replaced: %s", strings.Join(names[:min(len(names), maxNamed)], ", "))
	if more := len(names) - maxNamed; more > 0 {
		why += fmt.Sprintf(" and %d more", more)
	}
	return []verdict{{Medium, "", why, chain}}
}
