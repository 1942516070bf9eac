package detect

import (
	"fmt"
	"strings"
	"testing"
)

// TestTravelTellsOfItsEnds: what the person did at one place or the other is no part of the finding.
func TestTravelTellsOfItsEnds(t *testing.T) {
	var all []example
	for i, address := range []string{exampleNear, exampleNear, exampleFar, exampleFar, exampleFar, exampleNear, exampleNear} {
		all = append(all, example{at: fmt.Sprintf("03:%02d:00", i), id: fmt.Sprint(i), call: "iam:ListUsers", key: "AKIA1", ip: address})
	}
	found := run(t, detectorOf(t, "impossible-travel"), records(t, story(all...)))
	ids := ""
	for _, f := range found {
		for _, e := range f.Events {
			ids += e.ID
		}
	}
	if len(found) != 1 || ids != "1245" || !strings.HasSuffix(found[0].Why, "among 7 telling events") {
		t.Errorf("events %s of %+v", ids, found)
	}
}
