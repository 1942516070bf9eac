package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestChains: the everyday ways of deployments are low at most, and the way round is not.
func TestChains(t *testing.T) {
	const ci, net, data, logs = "111122223333/ci", "222233334444/net", "333344445555/data", "444455556666/logs"
	for name, x := range map[string]struct {
		roles []string
		want  int
	}{
		"through a central account": {[]string{ci, net}, -1},
		"and on":                    {[]string{ci, net, data}, int(Low)},
		"far":                       {[]string{ci, net, data, logs}, int(Low)},
		"renews its last":           {[]string{ci, net, data, data}, int(Low)},
		"between two accounts":      {[]string{ci, net, ci, net}, int(Low)},
		"round":                     {[]string{ci, net, data, ci}, int(Medium)},
		"round on the way":          {[]string{ci, net, ci, net, data}, int(Medium)},
	} {
		if found := run(t, detectorOf(t, "role-chain"), records(t, chainOf(x.roles...))); worst(found) != x.want {
			t.Errorf("%s: %v, want severity %d", name, found, x.want)
		}
	}
}

// TestChainsRecordedTwice: the account whose role is assumed records the call as well, without the caller's key. The chain
// stays whole, whichever record comes first.
func TestChainsRecordedTwice(t *testing.T) {
	roles := []string{"111122223333/ci", "222233334444/net", "333344445555/data"}
	for _, last := range []bool{true, false} {
		var all []string
		for i, call := range chainOf(roles...) {
			account, _, _ := strings.Cut(roles[i], "/")
			copied := example{at: fmt.Sprintf("03:%02d:00", i), id: fmt.Sprint("copy ", i), call: "sts:AssumeRole", account: account,
				who: `{"type":"AWSAccount","principalId":"AROA1:s","accountId":"111122223333"}`,
				in:  fmt.Sprintf(`{"roleArn":"arn:aws:iam::%s"}`, strings.Replace(roles[i], "/", ":role/", 1)), out: issuedKey(fmt.Sprintf("ASIA%d", i+1))}.String()
			both := []string{call, copied}
			if !last {
				slices.Reverse(both)
			}
			all = append(all, both...)
		}
		if found := run(t, detectorOf(t, "role-chain"), records(t, all)); len(found) != 1 || !strings.Contains(found[0].Why, "3 roles in 3 accounts") {
			t.Errorf("copy last %t: %v", last, found)
		}
	}
}
