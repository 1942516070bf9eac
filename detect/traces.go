package detect

import (
	"fmt"
	"strings"
	"time"
)

// tracesRemoved judges what one hand made and removed.
func tracesRemoved(kinds int, within time.Duration, hits []hit) []verdict {
	made := map[string][]hit{}
	var both []hit
	var what reasons
	seen, access, code := map[string]bool{}, false, true
	for _, h := range stepsOf(hits, "made") {
		made[h.e.Get(factAbout)] = append(made[h.e.Get(factAbout)], h)
	}
	for _, h := range stepsOf(hits, "gone") {
		about := h.e.Get(factAbout)
		m := lastBefore(made[about], h.ref.Time)
		if m == nil || h.ref.Time.Sub(m.ref.Time) > within {
			continue
		}
		kind := strings.TrimSuffix(about, " "+about[strings.LastIndexByte(about, ' ')+1:])
		both = append(both, *m, h)
		what.add(about)
		seen[kind] = true
		access = access || kind == "user" || kind == "key" || kind == "password" || kind == "role"
		code = code && byCode(h.ref.UserAgent)
	}
	if len(both) == 0 {
		return nil
	}
	v := verdict{hits: both, why: fmt.Sprintf("made and removed within the day: %s", what.String())}
	if len(seen) >= kinds && access && !code {
		v.severity = Medium
	}
	return []verdict{v}
}

// lastBefore returns the last that is not later than the time, nil without any.
func lastBefore(hits []hit, t time.Time) (last *hit) {
	for i := range hits {
		if !hits[i].ref.Time.After(t) {
			last = &hits[i]
		}
	}
	return last
}

// byCode reports whether a user agent is that of infrastructure code.
func byCode(agent string) bool {
	return strings.Contains(agent, "Terraform") || strings.Contains(agent, "Pulumi") || strings.Contains(agent, "cloudformation") || strings.Contains(agent, "aws-cdk")
}
