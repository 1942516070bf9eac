package detect

import (
	"fmt"
	"testing"
)

// TestFleetsOfACluster: fleets that a cluster asks for day by day are its habit; larger ones of the same kind are not.
func TestFleetsOfACluster(t *testing.T) {
	fleets := func(day, n, size int) (asked []string) {
		for i := range n {
			asked = append(asked, example{at: fmt.Sprintf("2026-01-%02d 09:%02d:00", day, i), who: "Karpenter/1", key: "ASIA1", call: "ec2:CreateFleet", in: fleetOf("g5.xlarge", size)}.String())
		}
		return asked
	}
	days := append(append(fleets(5, 5, 1), fleets(6, 20, 1)...), fleets(7, 20, 1)...)
	if all := run(t, detectorOf(t, "mining-launched"), records(t, days)); len(all) > 0 {
		t.Errorf("of a cluster that scales: %+v", all)
	}
	if all := run(t, detectorOf(t, "mining-launched"), records(t, append(days, fleets(8, 1, 20)...))); len(all) != 1 || all[0].Severity != Medium {
		t.Errorf("of a fleet that is larger: %+v", all)
	}
	if all := run(t, detectorOf(t, "mining-launched"), records(t, fleets(5, 20, 1))); len(all) != 1 {
		t.Errorf("of fleets on the first day: %+v", all)
	}
}
