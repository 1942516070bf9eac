package detect

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var miningSteps = steps{
	{"ec2.amazonaws.com:RunInstances", "launched", launchStep},
	{"ec2.amazonaws.com:RequestSpotInstances", "launched", launchStep},
	{"ec2.amazonaws.com:RequestSpotFleet", "launched", launchStep},
	{"ec2.amazonaws.com:CreateFleet", "launched", launchStep},
	{"ec2.amazonaws.com:CreateLaunchTemplate", "launched", launchStep},
	{"ec2.amazonaws.com:CreateLaunchTemplateVersion", "launched", launchStep},
	{"autoscaling.amazonaws.com:CreateLaunchConfiguration", "launched", launchStep},
	{"autoscaling.amazonaws.com:CreateAutoScalingGroup", "launched", launchStep},
	{"eks.amazonaws.com:CreateNodegroup", "launched", launchStep},
	{"ecs.amazonaws.com:RegisterTaskDefinition", "launched", func(f *facts) bool {
		units, _ := strconv.Atoi(f.param("cpu"))
		if units >= largeTask {
			f.add("large", "a task of "+f.param("cpu")+" CPU units")
		}
		return f.outcome != failed && f.e.has("large")
	}},
	{"ecs.amazonaws.com:CreateService", "launched", launchStep},
	{"ecs.amazonaws.com:RunTask", "launched", launchStep},
	{"ec2.amazonaws.com:ModifyInstanceAttribute", "protected", func(f *facts) bool {
		return f.outcome == succeeded && f.param("disableApiTermination.value") == "true"
	}},
	{"servicequotas.amazonaws.com:RequestServiceQuotaIncrease", "quota", func(f *facts) bool { return f.param("serviceCode") == "ec2" }},
}

// largeTask is the second largest size of a task without machines of its own, in CPU units, 1024 a core: services rarely take it.
const largeTask = 8192

// capacities are where calls say how many machines they ask for.
var capacities = [...]string{
	"instanceCount", "CreateFleetRequest.TargetCapacitySpecification.TotalTargetCapacity", "spotFleetRequestConfig.targetCapacity", "desiredCapacity", "scalingConfig.desiredSize",
	"desiredCount", "count",
}

// launchStep notes what is unusual of a launch, whether it succeeds or not: the machine, how many, a limit that was met.
func launchStep(f *facts) bool {
	f.add("large", largestOf(f.kinds()))
	n := 0
	for _, path := range capacities {
		asked, _ := strconv.Atoi(f.param(path))
		n += asked
	}
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

// kinds are the types of machines that a call may start. Each call has them elsewhere, and a list of one as an object; where they are in
// a template, the answer of RunInstances alone has them.
func (f *facts) kinds() (all []string) {
	params, _ := f.r.Get("requestParameters")
	if all = kindsIn(params, all); len(all) == 0 && f.r.Name == "RunInstances" {
		started, _ := f.r.Get("responseElements.instancesSet")
		all = kindsIn(started, all)
	}
	return all
}

func kindsIn(v parser.Value, all []string) []string {
	v.Members(func(key string, member parser.Value) bool {
		switch strings.ToLower(key) {
		case "instancetype":
			all = append(all, member.String())
		case "instancetypes":
			member.Each(func(kind parser.Value) bool { all = append(all, kind.String()); return true })
		default:
			all = kindsIn(member, all)
		}
		return true
	})
	v.Each(func(element parser.Value) bool { all = kindsIn(element, all); return true })
	return all
}

// largestOf is the first of kinds that are all large: what may be anything is chosen for its price.
func largestOf(kinds []string) string {
	for _, kind := range kinds {
		if !largeInstance(kind) {
			return ""
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	return kinds[0]
}

// newMiners judges launches by principal, without the fleets that are its habit: a cluster that scales asks for the same again and again.
func newMiners(c *Context) Stream {
	asked := newFading[int64](DefaultMaxOpen, noveltyIdle, nil) // since when the principal asks for so many of the kind
	inner := course{
		id: "mining-launched", gap: c.Duration("span"),
		max: max(maxHits, 2*c.Int("machines")), each: max(maxHits/2, c.Int("machines")),
		key:   func(h *hit) string { return h.ref.Principal },
		judge: func(_ string, hits []hit) []verdict { return mined(c, hits) },
	}.stream()
	next, evicted := inner.Next, inner.Evicted
	inner.Next = func(ref *EventRef, e Evidence, emit func(Finding)) {
		if ref.Name == "CreateFleet" && e.has("large") {
			now := ref.Time.Unix()
			since := asked.touch(strings.Join([]string{ref.Principal, ref.Region, e.Get("large"), e.Get("count")}, " "), ref.Time)
			if *since == 0 {
				*since = now
			}
			if now-*since >= int64(c.Duration("history").Seconds()) {
				return
			}
		}
		next(ref, e, emit)
	}
	inner.Evicted = func() int64 { return asked.count() + evicted() }
	return inner
}

// fleetOf is an example of what CreateFleet is asked for, as a cluster that scales asks.
func fleetOf(kind string, n int) string {
	return fmt.Sprintf(`{"CreateFleetRequest":{"Type":"instant","LaunchTemplateConfigs":{"tag":1,"LaunchTemplateSpecification":{"LaunchTemplateName":"t"},"Overrides":{"tag":1,"InstanceType":%q}},"TargetCapacitySpecification":{"DefaultTargetCapacityType":"spot","TotalTargetCapacity":%d}}}`, kind, n)
}
