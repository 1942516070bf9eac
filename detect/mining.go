package detect

import (
	"fmt"
	"regexp"
	"strconv"
)

// large are the instance types with accelerators, on bare metal, and of 24 times the smallest's size and more:
// those that Stratus Red Team launches and Panther's and Elastic's rules look for.
var large = regexp.MustCompile(`^(p|g|gr|trn|inf|dl|vt)\d|\.metal|\.(2[4-9]|[3-9]\d|\d{3})xlarge$`)

func largeInstance(kind string) bool { return kind != "" && large.MatchString(kind) }

// mined judges one principal's launches.
func mined(c *Context, hits []hit) []verdict {
	launches := stepsOf(hits, "launched")
	var what []hit
	machines, limits := 0, 0
	for i := range launches {
		n, _ := strconv.Atoi(launches[i].e.Get("count"))
		machines += n
		if launches[i].e.has("large") {
			what = append(what, launches[i])
		}
		if launches[i].e.has("limit") {
			limits++
		}
	}
	if len(what) == 0 {
		return nil
	}
	s := signs{}
	regions := distinct(launches, func(h *hit) string { return h.ref.Region })
	s.add(machines >= c.Int("machines"), "%d instances asked for", machines)
	s.add(regions >= c.Int("regions"), "%d regions", regions)
	s.add(limits >= c.Int("limits"), "%d calls refused for a limit", limits)
	s.add(len(stepsOf(hits, "protected")) > 0, "termination protected")
	s.add(len(stepsOf(hits, "quota")) > 0, "a higher limit asked for")
	if len(s) == 0 {
		return nil
	}
	v := verdict{severity: Medium, hits: hits, why: fmt.Sprintf("launched or tried to launch %s, with %s", what[0].e.Get("large"), s)}
	if len(s) > 1 {
		v.severity = High
	}
	return []verdict{v}
}
