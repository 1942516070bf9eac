package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// maxPlaces bounds what is remembered of trails, buckets and the like, of which even large
// organizations have hundreds.
const maxPlaces = 5_000

// factConfig holds a trail's settings after the call, one "name=value" a line.
const factConfig = "config"

var trailSteps = steps{
	{"cloudtrail.amazonaws.com:StopLogging", "off", trailName},
	{"cloudtrail.amazonaws.com:DeleteTrail", "off", trailName},
	{"cloudtrail.amazonaws.com:StartLogging", "on", trailName},
	{"cloudtrail.amazonaws.com:CreateTrail", "config", trailConfig},
	{"cloudtrail.amazonaws.com:UpdateTrail", "config", trailConfig},
	{"cloudtrail.amazonaws.com:PutEventSelectors", "config", trailSelectors},
}

// trailName notes the trail, by its name, since calls name it so or by its ARN.
func trailName(f *facts) bool {
	f.add(factAbout, baseName(cmp.Or(f.param("name"), f.param("trailName"), f.response("name"))))
	return f.e.has(factAbout)
}

func trailConfig(f *facts) bool {
	var lines []string
	for _, name := range [...]string{"s3BucketName", "kmsKeyId", "isMultiRegionTrail", "includeGlobalServiceEvents", "logFileValidationEnabled", "isOrganizationTrail", "cloudWatchLogsLogGroupArn"} {
		lines = append(lines, name+"="+f.response(name))
	}
	f.add(factConfig, strings.Join(lines, "\n"))
	return trailName(f) && f.response("s3BucketName") != ""
}

// trailSelectors notes what the trail records: the kinds of management events, and each data resource.
func trailSelectors(f *facts) bool {
	var lines []string
	selectors, _ := f.r.Get("requestParameters.eventSelectors")
	selectors.Each(func(s parser.Value) bool {
		lines = append(lines, "readWriteType="+text(s.Get("readWriteType")), "includeManagementEvents="+text(s.Get("includeManagementEvents")))
		resources, _ := s.Get("dataResources")
		resources.Each(func(d parser.Value) bool {
			lines = append(lines, "data of "+text(d.Get("type"))+"=recorded")
			return true
		})
		return true
	})
	slices.Sort(lines)
	f.add(factConfig, strings.Join(slices.Compact(lines), "\n"))
	return len(lines) > 0 && trailName(f)
}

// blindEvents are the calls that are looked for while a trail does not record: those of the watch-list
// that leave something behind.
func blindEvents() (all []string) {
	for _, d := range blindDetectors {
		all = append(all, d.Events...)
	}
	return all
}

var blindDetectors = []*Detector{
	iamIdentityCreated, iamCredentialCreated, iamPolicyGranted, functionChanged, securityGroupOpened, instancesLaunched, bucketAccessChanged,
}

// trailOrKey is the Record half: a trail's step, or a key event.
func trailOrKey(r *parser.Record) (Evidence, bool) {
	if e, ok := trailSteps.record(r); ok {
		return e, true
	}
	if r.ErrorCode != "" || Operational(r) {
		return nil, false
	}
	for _, d := range blindDetectors {
		if d.wants(r) {
			return Evidence{{factStep, "key"}}, true
		}
	}
	return nil, false
}

// trailChanges compares a trail's settings with those that it had. What makes it record less, or elsewhere, and
// no rule tells by itself, is medium.
func trailChanges(configs *fading[string], hits []hit) (all []verdict) {
	for _, h := range hits {
		config := h.e.Get(factConfig)
		before := configs.touch(h.ref.Account+" "+h.e.Get(factAbout)+" "+kindOfConfig(h.ref.Name), h.ref.Time)
		if changes, severity := compareConfigs(*before, config); len(changes) > 0 {
			all = append(all, verdict{severity, "", fmt.Sprintf("%s on trail %s changed it: %s", h.ref.Action(), h.e.Get(factAbout), strings.Join(changes, "; ")), []hit{h}})
		}
		*before = config
	}
	return all
}

// kindOfConfig tells selectors from the other settings.
func kindOfConfig(event string) string {
	if event == "PutEventSelectors" {
		return "selectors"
	}
	return "settings"
}

// compareConfigs says how settings differ from earlier ones, if those are known.
func compareConfigs(before, after string) (changes []string, severity Severity) {
	if before == "" {
		return nil, 0
	}
	now := strings.Split(after, "\n")
	for _, line := range strings.Split(before, "\n") {
		if slices.Contains(now, line) {
			continue
		}
		name, was, _ := strings.Cut(line, "=")
		is := "gone"
		for _, l := range now {
			if n, v, _ := strings.Cut(l, "="); n == name {
				is = cmp.Or(v, "nothing")
			}
		}
		changes = append(changes, fmt.Sprintf("%s was %s and is %s", name, cmp.Or(was, "nothing"), is))
		if name == "s3BucketName" || strings.HasPrefix(name, "data of") || name == "readWriteType" && was == "All" {
			severity = max(severity, Medium)
		}
	}
	return changes, severity
}
