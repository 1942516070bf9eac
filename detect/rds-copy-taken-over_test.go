package detect

import (
	"fmt"
	"strings"
	"testing"
)

// TestRecoveryIsOneFinding: an exercise that restores many databases is told once, and names them.
func TestRecoveryIsOneFinding(t *testing.T) {
	var restored []string
	for i := range 12 {
		restored = append(restored, story(
			example{at: fmt.Sprintf("03:%02d:00", i), key: "AKIA1", call: "rds:RestoreDBInstanceFromDBSnapshot", in: fmt.Sprintf(`{"dBInstanceIdentifier":"dr-%d","dBSnapshotIdentifier":"s"}`, i)},
			example{at: fmt.Sprintf("04:%02d:00", i), key: "AKIA1", call: "rds:ModifyDBInstance", in: fmt.Sprintf(`{"dBInstanceIdentifier":"dr-%d","masterUserPassword":"****"}`, i)})...)
	}
	all := run(t, detectorOf(t, "rds-copy-taken-over"), records(t, restored))
	if len(all) != 1 || all[0].Severity != Medium || len(all[0].Events) != 24 || !strings.HasSuffix(all[0].Why, "dr-9 and 2 more") {
		t.Errorf("%d findings: %+v", len(all), all)
	}
}
