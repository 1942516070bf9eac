package detect

import (
	"fmt"
	"slices"
	"strings"
)

var _ = register(&Detector{
	ID:    "shared-outside",
	Title: "Copy shared outside, and just made, withdrawn, deleted or copied there",
	Doc: `A snapshot or an image was shared with everybody or with an account that is not known, and more of the course of a theft is there: it was
made just before, withdrawn or deleted soon after, or copied by the other account. Single shares the rules tell, which do not
know whose an account is. The innocent cause is a vendor or a new account of one's own: list it with --accounts.`,
	Next: `Withdraw the share if it still stands. Treat all data on it as copied, with the keys and passwords among it. Contain the principal, and
look for further shares: coldtrail ledger CASE data.`,
	Severity:   Low,
	Techniques: []string{"T1537", "T1578.001"},
	Events:     shareSteps.events(),
	Record:     shareRecord,
	Judge: func(c *Context) Stream {
		return course{
			id: "shared-outside", gap: c.Duration("span"),
			judge: func(_ string, hits []hit) []verdict { return sharedOutside(c, hits) },
		}.stream()
	},
	Needs:      []Need{NeedsAccounts},
	Thresholds: []Threshold{{"span", 24, "hours", "Stratus Red Team's ec2-share-ebs-snapshot takes minutes; a copy of a large disk takes hours"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateSnapshot", in: `{"volumeId":"vol-1"}`, out: `{"snapshotId":"snap-1"}`},
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifySnapshotAttribute", in: `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999988887777"}]}}}`},
			example{at: "04:00:00", key: "AKIA1", call: "ec2:DeleteSnapshot", in: `{"snapshotId":"snap-1"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "rds:CreateDBSnapshot", in: `{"dBSnapshotIdentifier":"s","dBInstanceIdentifier":"d"}`},
			example{at: "03:01:00", key: "AKIA1", call: "rds:ModifyDBSnapshotAttribute", in: `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["999988887777"]}`}),
		story(
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifySnapshotAttribute", in: `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"group":"all"}]}}}`},
			example{at: "04:00:00", call: "ec2:SharedSnapshotCopyInitiated", who: `{"accountId":"999988887777","invokedBy":"ec2.amazonaws.com"}`, more: `"serviceEventDetails":{"snapshotId":"snap-1"}`}),
	},
	Misses: [][]string{
		story( // the rules tell of one share
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifySnapshotAttribute", in: `{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"999988887777"}]}}}`}),
		story( // made and deleted
			example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateSnapshot", in: `{"volumeId":"vol-1"}`, out: `{"snapshotId":"snap-1"}`},
			example{at: "04:00:00", key: "AKIA1", call: "ec2:DeleteSnapshot", in: `{"snapshotId":"snap-1"}`}),
		story( // with oneself
			example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateImage", out: `{"imageId":"ami-1"}`},
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifyImageAttribute", in: `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"111122223333"}]}}}`}),
	},
})

// sharedOutside judges the story of a snapshot or image.
func sharedOutside(c *Context, hits []hit) []verdict {
	var shares []hit
	to := ""
	for _, h := range stepsOf(hits, "shared") {
		for _, account := range strings.Fields(h.e.Get(factWhere)) {
			if account == "all" || c.foreign(account, h.ref.Account) {
				shares, to = append(shares, h), account
				break
			}
		}
	}
	if len(shares) == 0 {
		return nil
	}
	first, last := shares[0].ref.Time, shares[len(shares)-1].ref.Time
	var chain []hit
	var also signs
	for _, h := range hits {
		sign := h.e.Get(factStep)
		switch sign {
		case "made":
			if h.ref.Time.After(last) {
				continue
			}
		case "withdrawn", "deleted", "copied":
			if h.ref.Time.Before(first) {
				continue
			}
		default:
			continue
		}
		chain = append(chain, h)
		also.add(!slices.Contains(also, sign), "%s", sign)
	}
	v := verdict{severity: Medium, hits: append(chain, shares...)}
	v.why = fmt.Sprintf("%s shared with %s; it was %s within the day", shares[0].e.Get(factAbout), sharedWith(c, to), also)
	switch {
	case len(also) > 1 || slices.Contains(also, "copied"):
		v.severity = High
	case len(also) == 0 || also[0] == "made" && shares[0].ref.Name == "ModifySnapshotAttribute": // a rule tells of these
		return nil
	case also[0] == "deleted": // as old copies are
		v.severity = Low
	}
	return []verdict{v}
}

func sharedWith(c *Context, account string) string {
	if account == "all" {
		return "everybody"
	}
	return "account " + c.named(account)
}
