package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNoveltyOfASecond: what is first seen in a second is new for all of its events, and known from the next one on.
func TestNoveltyOfASecond(t *testing.T) {
	n := newNovelty(&Context{}, time.Hour)
	see := func(second int, value string) bool {
		return n.see("s", value, noon.Add(time.Duration(second)*time.Second))
	}
	got := []bool{see(0, "a"), see(7200, "b"), see(7200, "a"), see(7200, "c"), see(7200, "b"), see(7201, "b"), see(7201, "c")}
	if want := []bool{false, true, false, true, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("new %v, want %v", got, want)
	}
	if s := n.known.peek("s", noon); s.calls != 7 || s.before != 5 {
		t.Errorf("%d calls, %d before the second", s.calls, s.before)
	}
}

// TestNewNetworkInAnyOrder: a key's usual calls and those from a network and by a tool that are new come in the same second,
// also in the one in which the key has made enough calls to be known.
func TestNewNetworkInAnyOrder(t *testing.T) {
	d := detectorOf(t, "key-from-new-network")
	rng := rand.New(rand.NewPCG(5, 6))
	for _, known := range []int{18, 19, 20, 25} {
		events := habit(known)
		now := example{at: "2026-01-09T03:00:00Z", key: "AKIA1"}
		for i, call := range []string{"iam:ListUsers", "iam:CreateUser", "iam:ListUsers", "iam:CreateUser", "iam:ListRoles"} {
			x := now
			x.id, x.call = fmt.Sprint(i), call
			if i < 2 {
				x.ip, x.agent = "198.51.100.7", "Boto3/1.40.0 os/windows#11"
			}
			events = append(events, x.String())
		}
		all := records(t, events)
		want := outline(run(t, d, all), func(e EventRef) string { return e.ID })
		if (want == "") != (known < 20) {
			t.Errorf("after %d calls: %q", known, want)
		}
		for range 30 {
			last := all[known:]
			rng.Shuffle(len(last), func(i, j int) { last[i], last[j] = last[j], last[i] })
			if got := outline(run(t, d, all), func(e EventRef) string { return e.ID }); got != want {
				t.Fatalf("after %d calls:\n%s\nwant\n%s", known, got, want)
			}
		}
	}
}

// Many steps that each are everyday work weigh together, where a key makes them from a new network and never made any: several of several services.
func TestNewNetworkDeedsTogether(t *testing.T) {
	d := detectorOf(t, "key-from-new-network")
	for _, c := range []struct {
		calls string
		want  Severity
	}{
		{"iam:PutRolePolicy lambda:UpdateFunctionCode ssm:SendCommand kms:DisableKey ec2:CreateKeyPair", Medium},
		{"iam:PutRolePolicy lambda:UpdateFunctionCode ssm:SendCommand kms:DisableKey", Low},
		{"iam:PutRolePolicy iam:CreateUser iam:CreateAccessKey iam:AttachUserPolicy ec2:CreateKeyPair", Low},
		{"iam:ListUsers iam:ListRoles secretsmanager:ListSecrets s3:ListBuckets organizations:ListAccounts", Low},
	} {
		events := habit(25)
		for i, call := range strings.Fields(c.calls) {
			events = append(events, example{id: fmt.Sprint(i), at: fmt.Sprintf("2026-01-09T03:%02d:00Z", i), call: call, key: "AKIA1", ip: "198.51.100.7"}.String())
		}
		found := run(t, d, records(t, events))
		if len(found) != 1 || found[0].Severity != c.want {
			t.Errorf("%s: %+v", c.calls, found)
		}
	}
}
