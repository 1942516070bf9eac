package scan

import (
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// Insights events, aggregated events and network activity are kinds of their own: counted as
// such, and only the last are calls.
func TestKinds(t *testing.T) {
	files := map[string]string{}
	vectors, err := fixtures.Vectors()
	failOn(t, err)
	for _, v := range vectors {
		if strings.HasPrefix(v.Name, "other-") || v.Name == "values-network-activity" {
			files[v.Name+".json"] = string(v.Input)
		}
	}
	o := try(t, Config{}, evidence(t, files))
	if k := o.totals.Kinds; k != (Kinds{NetworkActivity: 1, Insights: 4, Aggregated: 5}) || o.totals.Kept != 1+2+2 {
		t.Errorf("%+v, %d kept", k, o.totals.Kept)
	}
	for path, want := range map[string]Kinds{
		"other-insights.json": {Insights: 2}, "other-aggregated-array.json": {Aggregated: 2}, "values-network-activity.json": {NetworkActivity: 1},
		"other-insight-wrapped.json": {Insights: 1, Aggregated: 1},
	} {
		if b := o.object(t, path); b.Kinds != want {
			t.Errorf("%s: %+v (%s)", path, b.Kinds, b.Reason)
		}
	}
	for path, reason := range map[string]string{"other-insights.json": "CloudTrail Insights events", "other-aggregated.json": "CloudTrail aggregated events"} {
		if b := o.object(t, path); b.Status != Recognised || b.Reason != reason {
			t.Errorf("%s: %s: %s", path, b.Status, b.Reason)
		}
	}
	for _, e := range o.entries {
		if strings.Contains(string(e.Carried), "timeWindow") || strings.Contains(string(e.Carried), "insightDetails") {
			t.Errorf("in the timeline: %s", e.Carried)
		}
	}
}
