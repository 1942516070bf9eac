package detect

import (
	"fmt"
	"strings"
	"time"
)

var _ = register(&Detector{
	ID:    "access-given-outside",
	Title: "One unknown account let at things of several services",
	Doc: `A principal let the same account, which nobody knows (it has no events in the evidence, and --accounts does not list it), at things
of several services within a day of the first: a bucket, a table, a key, a repository, a role. Single ones the rules tell, where they can; most of
these calls are also how a partner is connected. Somebody who carries an account's data away to one of their own takes what there is,
service after service. By infrastructure code, which connects a vendor in one go, it is low. An account that was let in
on an earlier day is a partner, and is not told again.`,
	Next: `Ask whose the account is. If nobody knows it: take its permissions back everywhere (coldtrail ledger CASE data lists shares), treat what it could
reach as copied, and contain the principal.`,
	Severity:   Low,
	Techniques: []string{"T1537", "T1098.003"},
	Events:     accessSteps.events(),
	Record:     accessSteps.record,
	Judge: func(c *Context) Stream {
		g := &accessGiven{c: c, services: c.Int("services"), many: c.Int("many"), span: c.Duration("span"), first: newFading[time.Time](maxPlaces, noveltyIdle, nil)}
		g.by = newSpells("access-given-outside", g.span, g.judge)
		return g.by.stream(g.note, g.first.count)
	},
	Needs: []Need{NeedsAccounts},
	Thresholds: []Threshold{
		{"span", 24, "hours", "what one hand does at a time"},
		{"services", 2, "services", "own: a partner is let at one thing by hand, and at its key"},
		{"many", 6, "services", "own: a vendor that collects logs is let at a role, a bucket, a topic, a queue and a key"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "dynamodb:PutResourcePolicy", in: `{"resourceArn":"t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"dynamodb:*\",\"Resource\":\"*\"}]}"}`},
			example{at: "03:05:00", key: "AKIA1", call: "glacier:SetVaultAccessPolicy", in: `{"vaultName":"v","policy":{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"*\"}]}"}}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "ecr:PutReplicationConfiguration", in: `{"replicationConfiguration":{"rules":[{"destinations":[{"region":"us-east-1","registryId":"999988887777"}]}]}}`},
			example{at: "03:05:00", key: "AKIA1", call: "elasticfilesystem:CreateReplicationConfiguration", in: `{"destinations":[{"fileSystemId":"arn:aws:elasticfilesystem:us-east-1:999988887777:file-system/fs-1"}]}`}),
	},
	Misses: [][]string{
		story( // one thing
			example{at: "03:00:00", key: "AKIA1", call: "dynamodb:PutResourcePolicy", in: `{"resourceArn":"t","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"dynamodb:*\",\"Resource\":\"*\"}]}"}`}),
		story( // two accounts
			example{at: "03:00:00", key: "AKIA1", call: "ecr:SetRepositoryPolicy", in: `{"policyText":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"ecr:*\"}]}"}`},
			example{at: "03:05:00", key: "AKIA1", call: "kms:CreateGrant", in: `{"granteePrincipal":"arn:aws:iam::222233334444:role/r"}`}),
		story( // a partner of yesterday's
			example{at: "03:00:00", key: "AKIA1", call: "kms:CreateGrant", in: `{"granteePrincipal":"arn:aws:iam::999988887777:role/r"}`},
			example{at: "2026-01-04 03:00:00", key: "AKIA1", call: "rds:ModifyDBSnapshotAttribute", in: `{"dBSnapshotIdentifier":"s","valuesToAdd":["999988887777"]}`}),
		story( // the account itself
			example{at: "03:00:00", key: "AKIA1", call: "kms:CreateGrant", in: `{"granteePrincipal":"arn:aws:iam::111122223333:role/r"}`},
			example{at: "03:05:00", key: "AKIA1", call: "lambda:AddPermission20150331v2", in: `{"principal":"s3.amazonaws.com","sourceAccount":"999988887777"}`}),
	},
})

// accessGiven is the state of access-given-outside.
type accessGiven struct {
	c              *Context
	services, many int
	span           time.Duration
	first          *fading[time.Time] // when an account was let in first, by home and account
	by             *spells[givenAccess]
}

type givenAccess struct {
	to       string
	services few
	byHand   bool
}

func (g *accessGiven) note(batch []hit) {
	for i := range batch {
		h := &batch[i]
		for _, to := range strings.Fields(h.e.Get(factWhere)) {
			if !g.c.foreign(to, h.ref.Account) {
				continue
			}
			first := g.first.touch(h.ref.Account+" "+to, h.ref.Time)
			if first.IsZero() {
				*first = h.ref.Time
			}
			if h.ref.Time.Sub(*first) > g.span {
				continue
			}
			v := g.by.touch(h.ref.Principal+" for "+to, h.ref)
			if v.x.to == "" {
				v.x.to = strings.Clone(to)
			}
			v.x.services.add(h.e.Get(factStep))
			v.x.byHand = v.x.byHand || !byCode(h.ref.UserAgent)
			g.by.add(v, h.ref)
		}
	}
}

func (g *accessGiven) judge(v *spell[givenAccess]) (Severity, string, bool) {
	n := v.x.services.len()
	severity := Low
	switch {
	case !v.x.byHand:
	case n >= g.many:
		severity = High
	default:
		severity = Medium
	}
	return severity, fmt.Sprintf("account %s let at things of %s by %s: %s", g.c.named(v.x.to), plural(n, "service"), v.who, strings.Join(v.x.services.values, ", ")), n >= g.services
}
