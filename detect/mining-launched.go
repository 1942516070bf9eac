package detect

import "github.com/coldtrail/coldtrail/parser"

var _ = register(&Detector{
	ID:    "mining-launched",
	Title: "Machines launched as miners of currency launch them",
	Doc: `One principal launched, or tried to launch, machines or tasks with accelerators or of the largest sizes, and in the same course showed more of what miners
do: many at once, several regions, one limit after the other met, termination protected, a higher limit asked for. Each sign alone the rules tell.
A fleet of the same kind and size as on days before counts no more: so a cluster scales. The innocent causes are
training of models and batch computing, which know their region, their limits and their hours.`,
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
	Judge: newMiners,
	Thresholds: []Threshold{
		{"span", 60, "minutes", "of silence: the reference counts regions within 30 minutes"},
		{"machines", 10, "instances asked for", "half of the smallest limit of a new account, in vCPUs of a p3.2xlarge"},
		{"regions", 3, "regions", "the reference: at least three"},
		{"history", 24, "hours", "own: fleets of one kind and size that a principal asks for on a second day are its habit"},
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
		// The kind of machine stands in a template: only the answer names it.
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"launchTemplate":{"launchTemplateName":"t"},"instancesSet":{"items":[{"maxCount":12}]}}`,
			out: `{"instancesSet":{"items":[{"instanceId":"i-1","instanceType":"g5.12xlarge"}]}}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateFleet", in: fleetOf("g5.12xlarge", 20)}),
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:RequestSpotFleet", in: `{"spotFleetRequestConfig":{"targetCapacity":20,"launchSpecifications":[{"instanceType":"p3.8xlarge"}]}}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "autoscaling:CreateAutoScalingGroup", in: `{"desiredCapacity":20,"maxSize":999,"mixedInstancesPolicy":{"launchTemplate":{"overrides":[{"instanceType":"g4dn.xlarge"},{"instanceType":"p3.2xlarge"}]}}}`}),
		story( // the group names a template
			example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateLaunchTemplate", in: `{"CreateLaunchTemplateRequest":{"LaunchTemplateName":"t","LaunchTemplateData":{"InstanceType":"g5.12xlarge"}}}`},
			example{at: "03:01:00", key: "AKIA1", call: "autoscaling:CreateAutoScalingGroup", in: `{"desiredCapacity":20,"maxSize":999,"launchTemplate":{"launchTemplateName":"t"}}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "ecs:RegisterTaskDefinition", in: `{"family":"t","cpu":"16384","memory":"32768"}`},
			example{at: "03:01:00", key: "AKIA1", call: "ecs:CreateService", in: `{"serviceName":"s","taskDefinition":"t:1","desiredCount":10}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "eks:CreateNodegroup", in: `{"instanceTypes":["g5.12xlarge"],"scalingConfig":{"minSize":20,"desiredSize":20,"maxSize":20}}`}),
	},
	Misses: [][]string{
		story( // a service of ordinary size
			example{at: "03:00:00", key: "AKIA1", call: "ecs:RegisterTaskDefinition", in: `{"family":"t","cpu":"1024","memory":"2048"}`},
			example{at: "03:01:00", key: "AKIA1", call: "ecs:CreateService", in: `{"serviceName":"s","taskDefinition":"t:1","desiredCount":30}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateFleet", in: fleetOf("g5.12xlarge", 1)}),
		// What may be anything is not large for one kind among those it may be.
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:CreateFleet", in: `{"CreateFleetRequest":{"LaunchTemplateConfigs":{"Overrides":[{"InstanceType":"m5.large"},{"InstanceType":"m5.metal"}]},"TargetCapacitySpecification":{"TotalTargetCapacity":20}}}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"instanceType":"p3.2xlarge","instancesSet":{"items":[{"maxCount":1}]}}`}),
		story( // a web farm
			example{at: "03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"instanceType":"m5.large","instancesSet":{"items":[{"maxCount":30}]}}`},
			example{at: "03:01:00", key: "AKIA1", call: "ec2:ModifyInstanceAttribute", in: `{"instanceId":"i-1","disableApiTermination":{"value":true}}`}),
	},
})
