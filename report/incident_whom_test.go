package report

import (
	"fmt"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// Whether others use an address is asked of all the evidence, of addresses too that no finding names: there where a credential that was handed out
// is used, and where the principal itself went.
func TestIncidentAddressesMetLater(t *testing.T) {
	const home, cafe, proxy, far = "192.0.2.1", "203.0.113.9", "198.51.100.7", "198.51.100.9"
	calls := eachDay("alice", "AKIA1", home, 2, 12)
	for i, who := range []string{"ann", "ben", "cid"} {
		calls = append(calls, eachDay(who, fmt.Sprintf("AKIA5%d", i), proxy, 2, 12)...)
	}
	calls = append(calls,
		storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: cafe, call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		storyCall{id: "b", at: "10T02:10:00", who: "alice", key: "AKIA1", ip: proxy, call: "s3:ListBuckets"},
		storyCall{id: "c", at: "10T03:00:00", who: "bob", key: "AKIA2", ip: far, call: "s3:ListBuckets"},
		storyCall{id: "d", at: "10T04:00:00", who: "bob", key: "AKIA2", ip: "10.0.0.1", call: "s3:ListBuckets"},
		storyCall{id: "e", at: "11T03:00:00", who: "eve", key: "AKIA3", ip: far, call: "s3:ListBuckets"})
	all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if len(all) != 1 || incidentIDs(&all[0]) != "a c d" {
		t.Fatalf("%d incidents: %q", len(all), incidentIDs(&all[0]))
	}
	for _, a := range all[0].Addresses {
		want := map[string]string{cafe: "nobody else who is named used it in the evidence", far: "also used by 1 principal outside of this incident", "10.0.0.1": "private: it says nothing about who used it"}[a.Value]
		if a.Note != want {
			t.Errorf("%s: %q, not %q", a.Value, a.Note, want)
		}
	}
}
