package report

import (
	"bytes"
	"fmt"
	"strings"
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

// What finds no room in an incident's lists is counted, in every format, and that no step is proposed for it is said.
func TestIncidentListsThatAreFull(t *testing.T) {
	const all = incidentCredentials + 20
	var calls []storyCall
	var ids []string
	for i := range all {
		ids = append(ids, fmt.Sprint("e", i))
		calls = append(calls, storyCall{id: ids[i], at: fmt.Sprintf("10T02:%02d:%02d", i/60, i%60), who: fmt.Sprint("u", i), key: fmt.Sprintf("AKIA%06d", i), ip: fmt.Sprintf("203.0.%d.%d", 113+i/250, i%250), call: "cloudtrail:StopLogging", in: `{"name":"main"}`})
	}
	calls[0].call, calls[0].in, calls[0].out = "iam:CreateAccessKey", `{"userName":"bob"}`, `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`
	got := storyIncidents(t, calls, nil, storyFinding{"trails", detect.High, ids})
	if len(got) != 1 {
		t.Fatalf("%d incidents", len(got))
	}
	in := &got[0]
	in.shorten()
	// the key that was handed out is listed as well
	if n := len(in.Credentials); n != incidentCredentials || in.MoreCredentials != all+1-n || len(in.Principals) != incidentValues || in.MorePrincipals != all-incidentValues || len(in.Addresses) != incidentValues || in.MoreAddresses != all-incidentValues {
		t.Errorf("%d and %d credentials, %d and %d principals, %d and %d addresses", n, in.MoreCredentials, len(in.Principals), in.MorePrincipals, len(in.Addresses), in.MoreAddresses)
	}
	if note := in.Steps[len(in.Steps)-1].Note; !strings.Contains(note, "21 further credentials found no room") {
		t.Errorf("%q", note)
	}
	var text, md bytes.Buffer
	if err := in.Print(&text, "text"); err != nil || !strings.Contains(text.String(), "and 21 credentials more\n") || !strings.Contains(text.String(), "and 320 addresses more\n") {
		t.Errorf("%v\n%.3000s", err, &text)
	}
	p := newPage(&md)
	(&Model{Incidents: &Incidents{Rows: got}}).incidents(p)
	p.Flush()
	for _, want := range []string{fmt.Sprintf("and %d credentials more", all+1-rowsShown), "and 320 principals more", "and 320 addresses more"} {
		if !strings.Contains(md.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}

// Of whose use there was no room to tell, it is not said that there was none.
func TestIncidentKeysWithoutUse(t *testing.T) {
	for untold, want := range map[int64]string{0: "has not been seen in use.", 1: "of whose use nothing is told here."} {
		e := toldEvent{IncidentEvent: IncidentEvent{Account: storyAccount, ID: "a"}, issued: "AKIA2", owner: "bob"}
		d := incidentDraft{b: &incidentBuilder{}, Incident: Incident{Untold: untold}, events: []toldEvent{e}, keep: &keeper{}}
		s := &stepList{seen: map[string]int{}}
		d.revokeIssued(s)
		if len(s.all) != 1 || !strings.HasSuffix(s.all[0].Why, want) {
			t.Errorf("%d: %+v", untold, s.all)
		}
	}
}

// TestWho: a principal in a few words, also where a record does not name the session.
func TestWho(t *testing.T) {
	for principal, want := range map[string]string{
		"arn:aws:iam::111122223333:user/team/alice":         "IAM user alice",
		"arn:aws:sts::111122223333:federated-user/bob":      "federated user bob",
		"arn:aws:sts::111122223333:assumed-role/deploy/one": "role deploy, session one",
		"arn:aws:sts::111122223333:assumed-role/deploy/":    "role deploy",
		"arn:aws:sts::111122223333:assumed-role/deploy":     "role deploy",
		"arn:aws:iam::111122223333:root":                    "root user of account 111122223333",
		"":                                                  "an unnamed caller",
	} {
		if got := who(principal); got != want {
			t.Errorf("%q is %q, not %q", principal, got, want)
		}
	}
}
