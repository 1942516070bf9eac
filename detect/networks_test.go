package detect

import (
	"fmt"
	"testing"
	"time"
)

// TestNetworksAtOnce: an address counts as used at the same time as another one if that was in use shortly before its first
// use and shortly after it, however long either is used.
func TestNetworksAtOnce(t *testing.T) {
	d := detectorOf(t, "credential-on-several-networks")
	for name, x := range map[string]struct {
		here, there []int // minutes
		want        int
	}{
		"at once":          {[]int{0, 9}, []int{5}, 1},
		"for hours":        {[]int{0, 9, 30, 50, 70, 90, 110}, []int{5, 100}, 1},
		"back after hours": {[]int{0, 125}, []int{5, 25, 45, 65, 85, 105}, 0},
		"long before":      {[]int{0, 30, 100, 110}, []int{105}, 1},
		"moved":            {[]int{0, 5}, []int{9, 15}, 0},
	} {
		var all []example
		for minute := range 150 {
			for _, m := range x.here {
				if m == minute {
					all = append(all, example{call: "iam:ListUsers", at: fmt.Sprint(minute)})
				}
			}
			for _, m := range x.there {
				if m == minute {
					all = append(all, example{call: "sts:GetCallerIdentity", at: fmt.Sprint(minute), ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"})
				}
			}
		}
		for i := range all {
			var minute int
			fmt.Sscan(all[i].at, &minute)
			all[i].key, all[i].who = "ASIA1", "Admin/alice"
			all[i].at = noon.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339)
		}
		if found := run(t, d, records(t, story(all...))); len(found) != x.want {
			t.Errorf("%s: %+v, want %d", name, found, x.want)
		}
	}
}
