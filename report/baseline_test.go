package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// baselineRecords: a role asks the same each day for 41 days, then uses another service from
// elsewhere; a user has done that all along.
func baselineRecords() (records []string) {
	add := func(day, hour int, who, source, name, region, ip, agent string) {
		at := time.Date(2026, 1, 1+day, hour, 0, 0, 0, time.UTC).Format(time.RFC3339)
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"%s","eventID":"%d-%d-%s","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"%s","sourceIPAddress":"%s","userAgent":"%s","recipientAccountId":"111122223333","userIdentity":%s}`,
			at, day, hour, name, source, name, region, ip, agent, who))
	}
	role := func(session string) string {
		return `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/` + session + `","accountId":"111122223333","accessKeyId":"ASIA` + session +
			`","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/app","userName":"app"}}}`
	}
	for day := range 41 {
		add(day, 1, role(fmt.Sprint("s", day)), "sqs", "ListQueues", "us-east-1", "203.0.113.1", "Boto3/1.40.0 os/linux#6.8")
		add(day, 2, `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice","accessKeyId":"AKIA1"}`, "ssm", "DescribeParameters", "us-east-1", "203.0.113.2", "aws-cli/2.27")
	}
	add(41, 3, role("thief"), "ssm", "DescribeParameters", "us-east-1", "198.51.100.9", "aws-cli/2.27")
	add(41, 4, role("thief"), "ssm", "SendCommand", "eu-north-1", "198.51.100.9", "aws-cli/2.27")
	return records
}

func TestBaseline(t *testing.T) {
	s := storeOf(t, baselineRecords()...)
	all, err := s.Baselines(t.Context(), BaselineQuery{Subjects: []string{"app", "alice", "ASIAthief", "arn:aws:iam::111122223333:role/app", "nobody"}})
	if err != nil {
		t.Fatal(err)
	}
	b := all[0]
	if b.Kind != subjectRole || b.Events != 43 || b.Before != 3 || !b.Own || b.Until.Format(time.DateOnly) != "2026-01-04" || len(b.Blind) != 1 {
		t.Errorf("%+v", b)
	}
	got := map[string]string{}
	for _, d := range b.Dimensions {
		for _, v := range d.New {
			got[d.By] += v.Words + "; "
		}
	}
	const of = " by this role in 41 days of evidence"
	want := map[string]string{
		"service": "first use of ssm" + of + "; ",
		"API":     "first call of DescribeParameters" + of + "; first call of SendCommand" + of + ", and by anybody; ",
		"region":  "first call in region eu-north-1" + of + ", and by anybody; ",
		"address": "first call from 198.51.100.9" + of + ", and by anybody; ",
		"network": "first call from network 198.51.0.0/16" + of + ", and by anybody; ",
		"tool":    "first call with aws-cli" + of + "; ",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("new:\n%v\nwant\n%v", got, want)
	}
	if words := b.Unusual(2); len(words) != 2 || !strings.HasPrefix(words[0], "first use of ssm") {
		t.Errorf("unusual: %q", words)
	}
	for i, of := range []struct {
		kind          string
		events, fresh int
	}{{subjectRole, 43, 2}, {subjectUser, 41, 0}, {subjectKey, 2, 0}, {subjectRole, 43, 2}, {"", 0, 0}} {
		if b := all[i]; b.Kind != of.kind || b.Events != int64(of.events) || len(b.Dimensions[1].New) != of.fresh {
			t.Errorf("%s: %s, %d events, %d new APIs", b.Subject, b.Kind, b.Events, len(b.Dimensions[1].New))
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil || !strings.Contains(out.String(), "service: 1 known, 1 new\n  2026-02-11T03:00:00Z  first use of ssm"+of+"  2 events (#82)\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestBaselineOfFirstDays: a subject whose events all lie in its first days is said to be one of which nothing can be new, and a malformed
// address is one that it used.
func TestBaselineOfFirstDays(t *testing.T) {
	s := storeOf(t, `{"eventTime":"2026-01-02T03:00:00Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"ListUsers","sourceIPAddress":"075.050.255.67","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","accessKeyId":"AKIA1","userName":"bob"}}`)
	all, err := s.Baselines(t.Context(), BaselineQuery{Subjects: []string{"AKIA1"}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := all[0].Write(&out); err != nil || !strings.Contains(out.String(), "\nAll of its events lie in its own first days, so that none can be new to it:") || !strings.Contains(out.String(), "\naddress: 1 known, 0 new\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestBaselineImplausible: one event with a time that cannot be does not make all of the evidence new, and is told.
func TestBaselineImplausible(t *testing.T) {
	records := baselineRecords()
	odd := strings.Replace(records[0], "2026-01-01T01:00:00Z", "1999-01-01T01:00:00Z", 1)
	plain, err := storeOf(t, records...).Baselines(t.Context(), BaselineQuery{Subjects: []string{"app"}})
	if err != nil {
		t.Fatal(err)
	}
	store := storeOf(t, append(records, strings.Replace(odd, `"0-1-`, `"odd-1-`, 1))...)
	all, err := store.Baselines(t.Context(), BaselineQuery{Subjects: []string{"app"}})
	if err != nil {
		t.Fatal(err)
	}
	b, was := all[0], plain[0]
	if b.Implausible != 1 || b.Events != was.Events || b.Before != was.Before || !b.First.Equal(was.First) || !b.Until.Equal(was.Until) || len(b.Dimensions[0].New) != len(was.Dimensions[0].New) {
		t.Errorf("%+v\nwant %+v", b, was)
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil || !strings.Contains(out.String(), "\nleft out: 1 event with an implausible time\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	sum := brokenDown(t, store, nil, 1)
	if err := sum.Write(&out); err != nil || sum.Implausible != 1 || !strings.Contains(out.String(), "\nOf these  1 event with an implausible time, in all figures below\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestBaselineUntil: what came before the time that is given is ordinary, and where it begins
// later than the subject nothing is.
func TestBaselineUntil(t *testing.T) {
	s := storeOf(t, baselineRecords()...)
	for until, want := range map[string]string{"2026-03-01": "43 before, 0 new", "2026-01-01": "0 before, 3 new", "2026-02-11": "41 before, 2 new"} {
		at, _ := time.Parse(time.DateOnly, until)
		all, err := s.Baselines(t.Context(), BaselineQuery{Subjects: []string{"app"}, Until: at, Locate: func(ip netip.Addr) (detect.Location, bool) {
			return detect.Location{Country: "NO", ASN: 64500}, true
		}})
		if err != nil {
			t.Fatal(err)
		}
		b := all[0]
		if got := fmt.Sprintf("%d before, %d new", b.Before, len(b.Dimensions[1].New)); got != want || b.Own || len(b.Blind) != 0 {
			t.Errorf("until %s: %s, want %s", until, got, want)
		}
		if until == "2026-02-11" && b.Dimensions[5].Known != 1 {
			t.Errorf("countries: %+v", b.Dimensions[5])
		}
	}
}

// TestBaselineCounts: what came before is counted exactly, whether its end is given or is that of the subject's own first days.
func TestBaselineCounts(t *testing.T) {
	at := []string{"2026-01-01T01:30:00Z", "2026-01-04T01:10:00Z", "2026-01-04T01:40:00Z", "2026-01-04T02:10:00Z"}
	var records []string
	for i, at := range at {
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"%s","eventID":"e%d","eventSource":"sqs.amazonaws.com","eventName":"Call%d","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.1","recipientAccountId":"111122223333",`+
			`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice","accessKeyId":"AKIA1"}}`, at, i, i))
	}
	s := storeOf(t, records...)
	for until, want := range map[string]string{"": "2026-01-04T02:00:00Z 3 1", at[0]: at[0] + " 0 4", at[2]: at[2] + " 2 2", "2026-01-04T01:45:00Z": "2026-01-04T01:45:00Z 3 1"} {
		q := BaselineQuery{Subjects: []string{"AKIA1"}}
		q.Until, _ = time.Parse(time.RFC3339, until)
		all, err := s.Baselines(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		b := all[0]
		if got := fmt.Sprint(b.Until.Format(time.RFC3339), " ", b.Before, " ", len(b.Dimensions[1].New)); got != want {
			t.Errorf("until %q: %s, want %s", until, got, want)
		}
	}
}

// TestBaselineCapped: where values find no room, it is said, also where one row group alone has too many.
func TestBaselineCapped(t *testing.T) {
	s := storeOf(t, baselineRecords()...)
	for limit, want := range map[int]bool{0: false, 5: true} {
		all, err := s.Baselines(t.Context(), BaselineQuery{Subjects: []string{"app"}, limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all[0].Dimensions {
			if d.Capped != want {
				t.Errorf("limit %d: %s says %t", limit, d.By, d.Capped)
			}
		}
	}
}

// TestBaselineIdentities: a name may be that of several, and who asks is told of which.
func TestBaselineIdentities(t *testing.T) {
	records := baselineRecords()
	other := strings.ReplaceAll(records[1], "111122223333", "444455556666")
	s := storeOf(t, append(records, strings.ReplaceAll(other, `"eventID":"`, `"eventID":"x`))...)
	all, err := s.Baselines(t.Context(), BaselineQuery{Subjects: []string{"alice", "arn:aws:iam::444455556666:user/alice", "app", "AKIA1"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"[arn:aws:iam::111122223333:user/alice arn:aws:iam::444455556666:user/alice] 42", "[arn:aws:iam::444455556666:user/alice] 1", "[arn:aws:iam::111122223333:role/app] 43", "[] 42"} {
		if got := fmt.Sprint(all[i].Identities, " ", all[i].Events); got != want {
			t.Errorf("%s: %s, want %s", all[i].Subject, got, want)
		}
	}
}
