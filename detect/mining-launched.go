package detect

import (
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var miningSteps = steps{
	{"ec2.amazonaws.com:RunInstances", "launched", launchStep},
	{"ec2.amazonaws.com:RequestSpotInstances", "launched", launchStep},
	{"ec2.amazonaws.com:RequestSpotFleet", "launched", launchStep},
	{"ec2.amazonaws.com:CreateFleet", "launched", launchStep},
	{"autoscaling.amazonaws.com:CreateLaunchConfiguration", "launched", launchStep},
	{"ec2.amazonaws.com:CreateLaunchTemplate", "launched", launchStep},
	{"ec2.amazonaws.com:ModifyInstanceAttribute", "protected", func(f *facts) bool {
		return f.outcome == succeeded && f.param("disableApiTermination.value") == "true"
	}},
	{"servicequotas.amazonaws.com:RequestServiceQuotaIncrease", "quota", func(f *facts) bool { return f.param("serviceCode") == "ec2" }},
}

// launchStep notes what is unusual of a launch, whether it succeeds or not: the machine, how many, a limit that was met.
func launchStep(f *facts) bool {
	kind := f.param("instanceType")
	for _, path := range [...]string{"launchSpecification.instanceType", "CreateLaunchTemplateRequest.LaunchTemplateData.InstanceType"} {
		if kind == "" {
			kind = f.param(path)
		}
	}
	if largeInstance(kind) {
		f.add("large", kind)
	}
	n, _ := strconv.Atoi(f.param("instanceCount"))
	items, _ := f.r.Get("requestParameters.instancesSet.items")
	items.Each(func(item parser.Value) bool {
		most, _ := strconv.Atoi(text(item.Get("maxCount")))
		n += most
		return true
	})
	f.add("count", strconv.Itoa(n))
	if code := f.r.ErrorCode; strings.Contains(code, "LimitExceeded") || strings.Contains(code, "MaxSpotInstanceCountExceeded") || strings.Contains(code, "InsufficientInstanceCapacity") {
		f.add("limit", code)
	}
	return f.outcome != failed || f.e.has("limit")
}

var _ = register(&Detector{
	ID:    "mining-launched",
	Title: "Machines launched as miners of currency launch them",
	Doc: `One principal launched, or tried to launch, machines with accelerators or of the largest sizes, and in the same course showed more of what miners
do: many at once, several regions, one limit after the other met, termination protected, a higher limit asked for. Each sign alone the rules tell.
The innocent causes are training of models and batch computing, which know their region, their limits and their hours.`,
	Next: `Stop the machines in all regions (take a copy of one first), after the protection against termination is removed; contain the principal; ask AWS
support about the bill.`,
	Severity:   Medium,
	Techniques: []string{"T1496.001", "T1578.002", "T1535"},
	Events:     miningSteps.events(),
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) {
			return nil, false
		}
		return miningSteps.any(r)
	},
	Judge: func(c *Context) Stream {
		return course{
			id: "mining-launched", gap: c.Duration("span"),
			max: max(maxHits, 2*c.Int("machines")), each: max(maxHits/2, c.Int("machines")),
			key:   func(h *hit) string { return h.ref.Principal },
			judge: func(_ string, hits []hit) []verdict { return mined(c, hits) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 60, "minutes", "of silence: the reference counts regions within 30 minutes"},
		{"machines", 10, "instances asked for", "half of the smallest limit of a new account, in vCPUs of a p3.2xlarge"},
		{"regions", 3, "regions", "the reference: at least three"},
		{"limits", 2, "calls refused for a limit", "the AWS blog on mining: attempts go on until the limit is found"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", region: "us-east-1", call: "ec2:RunInstances", in: `{"instanceType":"p3.16xlarge","instancesSet":{"items":[{"maxCount":20}]}}`, more: `"errorCode":"Client.VcpuLimitExceeded"`},
			example{at: "03:01:00", key: "AKIA1", region: "us-east-2", call: "ec2:RunInstances", in: `{"instanceType":"p3.16xlarge","instancesSet":{"items":[{"maxCount":20}]}}`, more: `"errorCode":"Client.VcpuLimitExceeded"`},
			example{at: "03:02:00", key: "AKIA1", region: "eu-west-1", call: "ec2:RunInstances", in: `{"instanceType":"g4dn.xlarge","instancesSet":{"items":[{"maxCount":1}]}}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"instanceType":"c5.24xlarge","instancesSet":{"items":[{"maxCount":1}]}}`},
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifyInstanceAttribute", in: `{"instanceId":"i-1","disableApiTermination":{"value":true}}`}),
	},
	Misses: [][]string{
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"instanceType":"p3.2xlarge","instancesSet":{"items":[{"maxCount":1}]}}`}),
		story( // a web farm
			example{at: "03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"instanceType":"m5.large","instancesSet":{"items":[{"maxCount":30}]}}`},
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifyInstanceAttribute", in: `{"instanceId":"i-1","disableApiTermination":{"value":true}}`}),
	},
})
