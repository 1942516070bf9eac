package detect

import (
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// manyInstances in one call are more than a person needs who tries something.
const manyInstances = 5

// hugeSize is the size, in units of xlarge, from which a type is worth a look.
const hugeSize = 24

var instancesLaunched = register(&Detector{
	ID:    "instances-launched",
	Title: "EC2 instances launched",
	Doc: `Instances were launched by a person or a workload, not by Auto Scaling or another service. That is
daily work. An intruder launches instances to mine coins, preferring types with GPUs or whole machines, often
in regions nobody uses, or launches one with a strong role to take its credentials. Look at type, number, region
and image, and whether the caller launched instances before.`,
	Next: `Snapshot and terminate the instances after noting their role and network; check all regions for
more, and for raised quotas; contain the caller's credential.`,
	Severity:   Informational,
	Techniques: []string{"T1578.002", "T1496.001"},
	Events:     []string{"ec2.amazonaws.com:RunInstances"},
	Record:     launched,
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"instanceType":"p3.16xlarge","instancesSet":{"items":[{"minCount":1,"maxCount":8}]}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","errorCode":"Client.UnauthorizedOperation","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"instanceType":"t3.micro"}}`},
	},
	Misses: [][]string{
		// Auto Scaling replaces an instance.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","sourceIPAddress":"autoscaling.amazonaws.com","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling","invokedBy":"autoscaling.amazonaws.com"},"requestParameters":{"instanceType":"p3.16xlarge"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"StartInstances","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
	},
})

var launchedWatched = watched(func(f *facts) {
	kind := f.param("instanceType")
	count := 0
	items, _ := f.r.Get("requestParameters.instancesSet.items")
	items.Each(func(item parser.Value) bool {
		n, _ := strconv.Atoi(text(item.Get("maxCount")))
		count += n
		return true
	})
	f.add("instance_type", kind)
	if count > 0 {
		f.add("count", strconv.Itoa(count))
	}
	switch {
	case accelerated(kind):
		f.raise(Medium, "instances with accelerators or whole machines: "+kind)
	case size(kind) >= hugeSize:
		f.raise(Low, "huge instances: "+kind)
	case count >= manyInstances:
		f.raise(Low, strconv.Itoa(count)+" instances in one call")
	}
})

func launched(r *parser.Record) (Evidence, bool) {
	if strings.HasPrefix(r.Identity.IssuerName, "AWSServiceRoleForAutoScaling") {
		return nil, false
	}
	return launchedWatched(r)
}

// accelerated reports whether a type has GPUs or their like, or is bare metal.
func accelerated(kind string) bool {
	family, rest, _ := strings.Cut(kind, ".")
	if i := strings.IndexAny(family, "0123456789"); i >= 0 {
		family = family[:i]
	}
	switch family {
	case "p", "g", "gr", "trn", "inf", "dl":
		return true
	}
	return strings.HasPrefix(rest, "metal")
}

// size returns the n of a type such as m5.nxlarge.
func size(kind string) int {
	_, rest, _ := strings.Cut(kind, ".")
	digits, _ := strings.CutSuffix(rest, "xlarge")
	n, _ := strconv.Atoi(digits)
	return n
}
