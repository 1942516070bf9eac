package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "role-taken-by-new-account",
	Title: "Role assumed from an account that never did so before",
	Doc: `Somebody of another account assumed a role here, or tried to, after days of evidence in which that account
never did, and nobody listed it (--accounts) as own, of the organization or of a vendor. It is how an intruder uses a
trust policy that was opened for it. Innocent causes: a new vendor, an account of the organization that is not in the
evidence. An attempt at several roles within a day is worth more than one. Accounts that come from the
evidence's first days on are held to be known, unless --baseline-until says what is.`,
	Next: `Ask whose account it is. If nobody knows it: cut it out of the trust policies of the roles, revoke their
sessions, and read what these did (coldtrail pivot).`,
	Severity:   Low,
	Techniques: []string{"T1199", "T1078.004"},
	Events:     []string{"sts.amazonaws.com:AssumeRole"},
	Thresholds: []Threshold{
		historyThreshold(),
		{"roles", 3, "roles", "own: a vendor is let into one role or two of an account"},
	},
	Needs: []Need{NeedsAccounts},
	Record: func(r *parser.Record) (Evidence, bool) {
		if r.Identity.AccountID == "" || r.Identity.AccountID == r.Account {
			return nil, false
		}
		e, ok := roleAssumed.Record(r)
		if ok && e.Get(FactOutcome) == failed {
			return nil, false
		}
		return append(e, Fact{factCaller, r.Identity.AccountID}), ok
	},
	Judge: func(c *Context) Stream {
		s := &takenRoles{c: c, roles: c.Int("roles"), known: newNovelty(c, c.Duration("history"))}
		s.by = newSpells("role-taken-by-new-account", 24*time.Hour, s.judge)
		return s.by.stream(s.note, s.known.known.count)
	},
	Hits: [][]string{append(byVendor(20), fromAccount("2026-01-09T03:00:00Z", "999988887777", "backup"))},
	Misses: [][]string{
		byVendor(20),
		append(byVendor(2), fromAccount("2026-01-03T03:00:00Z", "999988887777", "backup")),
	},
})

const factCaller = "caller_account"

// byVendor is an example of n visits of an account that is known, one each quarter of a day.
func byVendor(n int) (records []string) {
	for i := range n {
		records = append(records, fromAccount(time.Date(2026, 1, 2, 6*i, 0, 0, 0, time.UTC).Format(time.RFC3339), "222233334444", "monitor"))
	}
	return records
}

func fromAccount(at, account, role string) string {
	return example{at: at, call: "sts:AssumeRole", who: `{"type":"AWSAccount","principalId":"AIDA9","accountId":"` + account + `"}`,
		in: `{"roleArn":"arn:aws:iam::111122223333:role/` + role + `"}`, out: issuedKey("ASIA1")}.String()
}

// takenRoles is the state of role-taken-by-new-account.
type takenRoles struct {
	c     *Context
	roles int
	known *novelty // by account here: the accounts that came
	by    *spells[takenRole]
}

type takenRole struct {
	caller, home string
	days         int
	roles        few
	succeeded    int
}

func (s *takenRoles) note(batch []hit) {
	for i := range batch {
		ref, caller := batch[i].ref, batch[i].e.Get(factCaller)
		days := s.known.days(ref.Account, ref.Time)
		fresh := s.known.see(ref.Account, caller, ref.Time)
		key := caller + " in " + ref.Account
		if !s.c.foreign(caller, ref.Account) || !fresh && s.by.open.peek(key, ref.Time) == nil {
			continue
		}
		v := s.by.touch(key, ref)
		if fresh {
			v.x.caller, v.x.home, v.x.days = strings.Clone(caller), strings.Clone(ref.Account), days
		}
		v.x.roles.add(batch[i].e.Get(FactRole))
		if batch[i].e.Get(FactOutcome) == succeeded {
			v.x.succeeded++
		}
		s.by.add(v, ref)
	}
}

func (s *takenRoles) judge(v *spell[takenRole]) (Severity, string, bool) {
	severity := Low
	if v.x.roles.len() >= s.roles {
		severity = Medium
	}
	return severity, fmt.Sprintf("account %s came to %s for the first time in %s of evidence: %s, %d of %s succeeded", s.c.named(v.x.caller), s.c.named(v.x.home),
		plural(v.x.days, "day"), plural(v.x.roles.len(), "role"), v.x.succeeded, plural(v.count, "call")), true
}
