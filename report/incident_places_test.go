package report

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// flood makes n calls that stop trails, a few seconds apart, after a day that made the callers known elsewhere.
func flood(n int, of func(i int) storyCall) (calls []storyCall, ids []string) {
	known := map[string]bool{}
	for i := range n {
		c := of(i)
		c.id, c.call, c.at = fmt.Sprint("e", i), "cloudtrail:StopLogging", time.Date(2026, 3, 10, 0, 0, i*60_000/n, 0, time.UTC).Format("02T15:04:05")
		if c.role == "" && !known[c.who] {
			known[c.who] = true
			calls = append(calls, storyCall{id: "known " + c.who, at: "05T00:00:00", who: c.who, key: c.key, ip: "192.0.2.77", call: "ec2:DescribeInstances"})
		}
		calls, ids = append(calls, c), append(ids, c.id)
	}
	return calls, ids
}

// TestClaimsOfFloods: however many new addresses one principal has in a day, or principals one address, the work grows with their number and not
// with its square, and they are one incident.
func TestClaimsOfFloods(t *testing.T) {
	const n = 1500
	ip := func(i int) string { return fmt.Sprintf("45.0.%d.%d", i>>8, i&255) }
	for name, c := range map[string]struct {
		of    func(i int) storyCall
		every int // of the calls one in so many is found
	}{
		"addresses":            {func(i int) storyCall { return storyCall{who: "alice", key: "AKIA1", ip: ip(i)} }, 1},
		"addresses, few found": {func(i int) storyCall { return storyCall{who: "alice", key: "AKIA1", ip: ip(i)} }, 3},
		"principals": {func(i int) storyCall {
			return storyCall{who: fmt.Sprint("u", i), key: fmt.Sprint("AKIA", i), ip: "203.0.113.9"}
		}, 1},
		"attempts": {func(i int) storyCall {
			c := storyCall{who: fmt.Sprint("u", i%(n/2)), key: fmt.Sprint("AKIA", i%(n/2)), ip: "203.0.113.9"}
			if i%3 != 0 {
				c.who, c.key, c.err = "bob", "AKIAB", "AccessDenied"
			}
			return c
		}, 3},
	} {
		calls, ids := flood(n, c.of)
		var found []storyFinding
		for i := 0; i < n; i += c.every {
			found = append(found, storyFinding{"trails", detect.High, ids[i : i+1]})
		}
		b := builderOf(t, storySource(t, calls, nil, found...))
		claims, err := b.claims()
		if err != nil {
			t.Fatal(err)
		}
		if claims.steps > 30*n || b.hasty {
			t.Errorf("%s: %d steps for %d calls", name, claims.steps, n)
		}
		roots := map[int32]bool{}
		for u := range b.units {
			roots[claims.root(int32(u))] = true
		}
		if len(roots) != 1 {
			t.Errorf("%s: %d incidents, want 1", name, len(roots))
		}
	}
}

// builderOf returns the builder of incidents when it has begun.
func builderOf(t *testing.T, src incidentSource) *incidentBuilder {
	t.Helper()
	b := src.builder(t.Context())
	if err := b.signs(); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.lineage, err = b.store.Lineage(t.Context(), incidentNodes); err != nil {
		t.Fatal(err)
	}
	if err := b.begin(); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLateHandMeetsEarlier: whoever handed out a key of an incident is a hand that is accused only on the way. At its address it meets those
// of whom findings began long before and ended long after, and who were followed when nobody knew of it.
func TestLateHandMeetsEarlier(t *testing.T) {
	const ip = "203.0.113.9"
	calls := []storyCall{
		{id: "a", at: "07T02:00:00", who: "alice", key: "AKIA1", ip: ip, call: "cloudtrail:StopLogging"},
		{id: "b", at: "09T02:00:00", who: "carol", key: "AKIA3", ip: ip, call: "iam:CreateAccessKey", in: `{"userName":"bob"}`, out: `{"accessKey":{"userName":"bob","accessKeyId":"AKIA2"}}`},
		{id: "c", at: "09T02:01:00", who: "bob", key: "AKIA2", ip: ip, call: "s3:ListBuckets"},
		{id: "d", at: "10T14:00:00", who: "bob", key: "AKIA2", ip: ip, call: "s3:ListBuckets"},
		{id: "e", at: "12T20:00:00", who: "alice", key: "AKIA1", ip: ip, call: "cloudtrail:StopLogging"},
	}
	of := []storyFinding{{"trails", detect.High, []string{"a", "e"}}, {"keys", detect.High, []string{"d"}}}
	if all := storyIncidents(t, calls, nil, of...); len(all) != 1 {
		t.Errorf("%d incidents, want 1", len(all))
	}
	calls[4].at = "07T20:00:00" // then more than a day lies between
	if all := storyIncidents(t, calls, nil, of...); len(all) != 2 {
		t.Errorf("%d incidents, want 2", len(all))
	}
}

// TestLaterRowsOfAPlace: a place of a principal whose rows two incidents have is joined with the later one too, by a hand whose time reaches it.
func TestLaterRowsOfAPlace(t *testing.T) {
	b := (&incidentSource{}).builder(t.Context())
	b.ipNames = []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"}
	b.units = make([]incidentUnit, 3)
	for i, ip := range []int32{0, 1, 2, 1} {
		b.rows = append(b.rows, incidentRow{ordinal: uint64(i), at: int64(i) * 3 * day, who: 7, node: -1, ip: ip, ok: true})
	}
	c := b.newClaims()
	c.since[7] = -10 * day
	for row, unit := range []int32{0, 0, 2, 1} { // the last row is another's
		c.claim(unit, int32(row))
	}
	first, last := c.hands[hand{7, 0}], c.hands[hand{7, 2}]
	first.accused, first.to = true, 3*day
	c.elsewhere(0, first)
	if c.root(0) == c.root(1) {
		t.Error("joined beyond its time")
	}
	last.accused, last.first, last.to = true, 2*day, 9*day
	last.from = last.first
	if c.elsewhere(2, last); c.root(1) != c.root(2) || c.root(0) != c.root(2) {
		t.Errorf("%d, %d and %d", c.root(0), c.root(1), c.root(2))
	}
}

// TestHastyClaimsAreSaid: where hands were too many to be compared, the incidents say so.
func TestHastyClaimsAreSaid(t *testing.T) {
	c := &incidentClaims{incidentBuilder: (&incidentSource{}).builder(t.Context())}
	if c.spent(claimSteps) || c.hasty {
		t.Error("before there were too many")
	}
	if !c.spent(1) || !slices.Contains(c.limits(0), tooManyHands) {
		t.Errorf("%q", c.limits(0))
	}
}

// TestDeepChain: a chain of roles, each assumed with the session before, that is thousands deep costs memory by its length, and not by its square.
func TestDeepChain(t *testing.T) {
	const n = 3000
	var calls []storyCall
	last := storyCall{who: "alice", key: "AKIA1", ip: "203.0.113.9"}
	var ids []string
	for i := range n {
		at := time.Date(2026, 3, 10, 0, 0, i*3, 0, time.UTC).Format("02T15:04:05")
		c := last
		c.id, c.at, c.call = fmt.Sprint("e", i), at, "sts:AssumeRole"
		c.in = fmt.Sprintf(`{"roleArn":"arn:aws:iam::%s:role/r%d","roleSessionName":"s%d"}`, storyAccount, i%2, i)
		c.out = fmt.Sprintf(`{"credentials":{"accessKeyId":"ASIA%d"},"assumedRoleUser":{"arn":"arn:aws:sts::%s:assumed-role/r%d/s%d"}}`, i, storyAccount, i%2, i)
		calls, ids = append(calls, c), append(ids, c.id)
		last = storyCall{who: fmt.Sprint("s", i), role: fmt.Sprint("r", i%2), key: fmt.Sprint("ASIA", i), start: at, ip: "203.0.113.9"}
	}
	src := storySource(t, calls, nil, storyFinding{"trails", detect.High, ids})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	all, err := src.incidents(t.Context(), func(*Incident) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || len(all.Rows) != 1 || len(all.Rows[0].Credentials) != incidentCredentials || all.Rows[0].MoreCredentials != n+1-incidentCredentials {
		t.Fatalf("%d incidents, %v", len(all.Rows), err)
	}
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 200 {
		t.Errorf("%d MiB for a chain of %d", took, n)
	}
}

// TestWiden compares what is joined with joining all.
func TestWiden(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		at := make([]int64, 30)
		for i := range at {
			at[i] = r.Int64N(100)
		}
		slices.Sort(at)
		quick, slow := make([]int, 0), make([]int, 0) // what each thing is joined with
		for i := range at {
			quick, slow = append(quick, i), append(slow, i)
		}
		join := func(all []int, a, b int) {
			a, b = all[a], all[b]
			for i := range all {
				if all[i] == b {
					all[i] = a
				}
			}
		}
		var s span64
		for range 6 {
			from := r.Int64N(90)
			within := span64{from, from + 1 + r.Int64N(20)}
			first := slices.IndexFunc(at, func(t int64) bool { return t >= within.from })
			if first < 0 || at[first] >= within.to {
				continue
			}
			s.widen(within, len(at), func(i int) int64 { return at[i] }, func(i int) { join(quick, first, i) })
			for i := range at {
				if at[i] >= within.from && at[i] < within.to {
					join(slow, first, i)
				}
			}
		}
		for i := range at {
			for j := range at {
				if (quick[i] == quick[j]) != (slow[i] == slow[j]) {
					t.Fatalf("seed %d: %d and %d", seed, i, j)
				}
			}
		}
	}
}

// TestChainOfUsers: users that make users, hundreds of times, are followed to the end, and each is looked at once.
func TestChainOfUsers(t *testing.T) {
	const n = 400
	var calls []storyCall
	for i := range n {
		calls = append(calls, storyCall{id: fmt.Sprint("e", i), at: time.Date(2026, 3, 10, 0, 0, i, 0, time.UTC).Format("02T15:04:05"), who: fmt.Sprint("u", i), key: fmt.Sprint("AKIA", i), ip: fmt.Sprintf("45.0.%d.%d", i>>8, i&255),
			call: "iam:CreateUser", in: fmt.Sprintf(`{"userName":"u%d"}`, i+1)})
	}
	b := builderOf(t, storySource(t, calls, nil, storyFinding{"keys", detect.High, []string{"e0"}}))
	for _, of := range []int{0, 100} { // of the second nothing more is found than that there were too many steps
		for i := range n {
			if id, ok := b.lineage.Of(&detect.Caller{Type: "IAMUser", Principal: fmt.Sprintf("arn:aws:iam::%s:user/u%d", storyAccount, i), Key: fmt.Sprint("AKIA", i)}); ok {
				b.chosen[id] = true
			}
		}
		if err := b.gather(); err != nil {
			t.Fatal(err)
		}
		c := b.newClaims()
		c.steps = of * claimSteps
		c.accuse()
		c.spread()
		if err := c.ways(); err != nil {
			t.Fatal(err)
		}
		claimed := 0
		for i := range c.rows {
			if c.owner[i] != unclaimed {
				claimed++
			}
		}
		if of == 0 && (claimed != n || c.steps > 30*n || b.hasty) || of > 0 && (claimed != 1 || !b.hasty) {
			t.Errorf("%d of %d calls, %d steps, hasty: %v", claimed, n, c.steps, b.hasty)
		}
	}
}
