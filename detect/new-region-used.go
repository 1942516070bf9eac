package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var regionSteps = steps{
	{"account.amazonaws.com:EnableRegion", "enabled", nil},
	{"ec2.amazonaws.com:RunInstances", "compute", nil},
	{"ec2.amazonaws.com:RequestSpotInstances", "compute", nil},
	{"ec2.amazonaws.com:CreateFleet", "compute", nil},
	{"autoscaling.amazonaws.com:CreateAutoScalingGroup", "compute", nil},
	{"lightsail.amazonaws.com:CreateInstances", "compute", nil},
	{"ecs.amazonaws.com:CreateCluster", "compute", nil},
	{"ecs.amazonaws.com:RunTask", "compute", nil},
	{"batch.amazonaws.com:CreateComputeEnvironment", "compute", nil},
	{"sagemaker.amazonaws.com:CreateNotebookInstance", "compute", nil},
	{"sagemaker.amazonaws.com:CreateTrainingJob", "compute", nil},
	{"eks.amazonaws.com:CreateCluster", "compute", nil},
	{"bedrock.amazonaws.com:InvokeModel", "compute", nil},
	{"bedrock.amazonaws.com:InvokeModelWithResponseStream", "compute", nil},
	{"bedrock.amazonaws.com:Converse", "compute", nil},
	{"bedrock.amazonaws.com:ConverseStream", "compute", nil},
	{"lambda.amazonaws.com:CreateFunction", "started", nil},
	{"ec2.amazonaws.com:CreateKeyPair", "started", nil},
	{"ec2.amazonaws.com:ImportKeyPair", "started", nil},
	{"ec2.amazonaws.com:CreateSecurityGroup", "started", nil},
	{"ec2.amazonaws.com:CreateVpc", "started", nil},
	{"rds.amazonaws.com:CreateDBInstance", "started", nil},
	{"dynamodb.amazonaws.com:CreateTable", "started", nil},
}

var _ = register(&Detector{
	ID:    "new-region-used",
	Title: "Something started in a region that was not used before",
	Doc: `In a region in which an account had started nothing in the evidence so far, machines, functions, databases or models were put to
use. Intruders go where nobody looks. The innocent cause is an announced expansion, which happens once, from a known hand. The first
week in which an account starts something counts as what is usual, or all before --baseline-until; of an account that begins more than
a week after any did, only the region in which it begins. Regions in which things run for long and nothing
is started look unused here.`,
	Next: `Ask the owner of the account. Stop what was started, look through the region whole (the console shows one region only), and
forbid unused regions by a service control policy.`,
	Severity:   Low,
	Techniques: []string{"T1535", "T1578.002"},
	Events:     regionSteps.events(),
	Record:     regionSteps.record,
	Judge: func(c *Context) Stream {
		return newRegions(c, course{
			id: "new-region-used", gap: c.Duration("span"),
			key:   func(h *hit) string { return h.ref.Account },
			judge: func(_ string, hits []hit) []verdict { return regionsUsed(hits, c.Int("regions")) },
		}.stream())
	},
	Thresholds: []Threshold{
		{"baseline", 7, "days", "Elastic's new-terms rules look back 7 to 10 days"},
		{"span", 24, "hours", "what one hand does at a time"},
		{"regions", 3, "new regions", "the number at which stealth becomes a campaign: as in ec2-instances-launched-in-many-regions"},
	},
	Hits: [][]string{
		regionStory(example{at: "2026-01-20 03:00:00", key: "AKIA1", region: "eu-north-1", call: "ec2:RunInstances"}),
		regionStory(
			example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "account:EnableRegion", in: `{"regionName":"me-south-1"}`},
			example{at: "2026-01-20 03:30:00", key: "AKIA1", region: "me-south-1", call: "ec2:CreateKeyPair"}),
	},
	Misses: [][]string{
		regionStory(example{at: "2026-01-20 03:00:00", key: "AKIA1", call: "ec2:RunInstances"}),
		regionStory(example{at: "2026-01-03 03:00:00", key: "AKIA1", region: "eu-north-1", call: "ec2:RunInstances"}), // the first week
	},
})

// regionStory is an example that begins where an account's evidence does.
func regionStory(then ...example) []string {
	return story(append([]example{{at: "2026-01-01 03:00:00", key: "AKIA1", call: "ec2:RunInstances"}}, then...)...)
}

func regionsUsed(hits []hit, many int) []verdict {
	compute, enabled := stepsOf(hits, "compute"), stepsOf(hits, "enabled")
	used := stepsOf(hits, "compute", "started")
	if len(used) == 0 {
		return nil
	}
	var regions []string
	for i := range used {
		if r := used[i].ref.Region; !slices.Contains(regions, r) {
			regions = append(regions, r)
		}
	}
	v := verdict{severity: Low, hits: append(used, enabled...)}
	switch {
	case len(compute) > 0 && len(regions) >= many, len(enabled) > 0 && len(compute) > 0:
		v.severity = High
	case len(compute) > 0 || len(enabled) > 0:
		v.severity = Medium
	}
	slices.Sort(regions)
	v.why = fmt.Sprintf("first use of %s by account %s, within %s: %s", strings.Join(regions[:min(len(regions), 8)], ", "), hits[0].ref.Account,
		roughly(used[len(used)-1].ref.Time.Sub(used[0].ref.Time).Round(time.Second)), callsOf(used))
	return []verdict{v}
}
