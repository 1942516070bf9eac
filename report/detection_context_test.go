package report

import (
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What detectors lacked, had set for them and forgot stands in the report, once.
func TestDetectionContext(t *testing.T) {
	x := &detect.Detector{
		ID: "seer", Needs: []detect.Need{detect.NeedsGeography, detect.NeedsAccounts},
		Thresholds: []detect.Threshold{{Name: "calls", Default: 10, Unit: "calls", Source: "here"}},
	}
	d := &Detection{}
	d.Add(DetectorSource{Name: "own"}, []*detect.Detector{x, {ID: "plain"}})
	d.SetContext([]*detect.Detector{x}, &detect.Context{
		Tuning:   detect.Tuning{"seer": {"calls": 2.5}},
		Accounts: detect.NewAccounts([]detect.Account{{ID: "111122223333"}}),
	})
	out := d.found(&found{}, map[string]int64{"seer": 7})
	if out.Detectors[1].Evicted != 7 || out.Detectors[0].Evicted != 0 || len(out.Blind) != 1 || out.Accounts != 1 {
		t.Errorf("%+v", out)
	}
	var b strings.Builder
	p := newPage(&b)
	out.markdown(p)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"**Without geography**", "`seer`", "| 2.5 | 10 | calls |", "1 account listed", "gave way", "| 7 |"} {
		if strings.Count(b.String(), want) == 0 {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
