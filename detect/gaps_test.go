package detect

import (
	"strings"
	"testing"
)

// Events with wrong times, before all others and after them, neither hide a gap nor make one.
func TestGapsBesideWrongTimes(t *testing.T) {
	const first = "2026-01-02T00:00:00Z"
	stray := func(at string) string {
		return strings.ReplaceAll(example{at: first, key: "AKIA1", call: "ec2:DescribeInstances"}.String(), first, at)
	}
	d, want := detectorOf(t, "log-gap"), "no event in account 111122223333, us-east-1 for 4 hours"
	for _, strays := range [][2][]string{{}, {{stray("2019-05-01T10:00:00Z")}}, {nil, {stray("2026-08-01T10:00:00Z")}}, {{stray("2019-05-01T10:00:00Z")}, {stray("2026-08-01T10:00:00Z")}}} {
		raw := append(append(append([]string{}, strays[0]...), dailyEvents(9, 5, 11, 15)...), strays[1]...)
		found := run(t, d, records(t, raw))
		if len(found) != 1 || !strings.HasPrefix(found[0].Why, want) {
			t.Errorf("%d and %d strays: %+v", len(strays[0]), len(strays[1]), found)
		}
		if found := run(t, d, records(t, append(append(append([]string{}, strays[0]...), dailyEvents(9, -1, 0, 0)...), strays[1]...))); len(found) != 0 {
			t.Errorf("without a gap: %+v", found)
		}
	}
}
