package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// manyUsers are made by Terraform within minutes.
func manyUsers(from string, n int) (all []example) {
	begin, err := time.Parse(time.DateTime, from)
	if err != nil {
		panic(err)
	}
	for i := range n {
		all = append(all, example{at: begin.Add(time.Duration(i) * time.Second).Format(time.DateTime), who: fmt.Sprintf("deploy/run-%d", i%40), key: fmt.Sprintf("ASIA%d", i%40),
			ip: "198.51.100.7", agent: "Terraform", call: "iam:CreateUser", in: fmt.Sprintf(`{"userName":"u%d"}`, i)})
	}
	return all
}

// TestBlindWindowAmongOthers: what others do, before the window and in it, hides nothing of it.
func TestBlindWindowAmongOthers(t *testing.T) {
	const main = `{"name":"main"}`
	config := example{at: "2026-01-01 03:00:00", key: "AKIA2", who: "bob", call: "cloudtrail:UpdateTrail", in: main, out: `{"name":"main","s3BucketName":"logs"}`}
	off := example{at: "2026-01-02 03:00:00", key: "AKIA1", call: "cloudtrail:StopLogging", in: main}
	theft := example{at: "2026-01-02 05:00:00", key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`}
	on := example{at: "2026-01-02 06:00:00", key: "AKIA1", call: "cloudtrail:StartLogging", in: main}
	before := append([]example{config}, manyUsers("2026-01-01 04:00:00", 420)...)
	within := append([]example{off}, manyUsers("2026-01-02 04:00:00", 420)...)
	for name, all := range map[string][]example{
		"before": append(before, off, theft, on),
		"within": append(within, theft, on),
		"both":   append(append(before, within...), theft, on),
	} {
		found := run(t, detectorOf(t, "logging-blind-window"), records(t, story(all...)))
		if worst(found) != int(Critical) || !strings.Contains(found[0].Why, "it recorded again after 3 hours") {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestBlindWindowsApart: each window has its own trail's end, and what was done after one is none of a later one's.
func TestBlindWindowsApart(t *testing.T) {
	call := func(at, name, trail string) example {
		return example{at: at, key: "AKIA1", call: "cloudtrail:" + name, in: fmt.Sprintf(`{"name":%q}`, trail)}
	}
	user := func(at string) example {
		return example{at: at, key: "AKIA1", call: "iam:CreateUser", in: `{"userName":"eve"}`}
	}
	for name, x := range map[string]struct {
		all  []example
		want []Severity
	}{
		"stopped and deleted": {[]example{call("03:00:00", "StopLogging", "a"), call("03:01:00", "DeleteTrail", "a"), user("03:02:00")}, []Severity{Critical}},
		"two trails":          {[]example{call("03:00:00", "StopLogging", "a"), call("03:00:00", "StopLogging", "b"), call("04:00:00", "StartLogging", "a"), user("04:30:00")}, []Severity{Critical, High}},
		"again":               {[]example{call("03:00:00", "StopLogging", "a"), call("04:00:00", "StartLogging", "a"), call("05:00:00", "StopLogging", "a"), call("06:00:00", "StartLogging", "a")}, []Severity{Low, Low}},
		"a week later":        {[]example{call("2026-01-01 03:00:00", "StopLogging", "a"), user("2026-01-08 03:00:01")}, nil},
		"two days after":      {[]example{call("2026-01-01 03:00:00", "StopLogging", "a"), call("2026-01-01 04:00:00", "StartLogging", "a"), user("2026-01-03 03:00:01")}, []Severity{Low}},
		"in no window":        {[]example{user("03:00:00"), call("03:10:00", "StartLogging", "a")}, nil},
		"before, at last":     {[]example{user("02:00:00"), call("03:00:00", "StopLogging", "a")}, nil},
	} {
		var got []Severity
		for _, f := range run(t, detectorOf(t, "logging-blind-window"), records(t, story(x.all...))) {
			got = append(got, f.Severity)
		}
		if fmt.Sprint(got) != fmt.Sprint(x.want) && !(len(got) == 2 && len(x.want) == 2 && got[0] == x.want[1] && got[1] == x.want[0]) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

// TestBlindWindowsOfAllRegions: a trail in each region is switched off and on again; each window has its end. Where there are
// more than have room, that is counted.
func TestBlindWindowsOfAllRegions(t *testing.T) {
	trails := func(n int) (all []example) {
		for hour, name := range []string{"StopLogging", "StartLogging"} {
			for i := range n {
				all = append(all, example{at: fmt.Sprintf("%02d:%02d:%02d", 3+hour, i/60, i%60), key: "AKIA1", region: fmt.Sprint("region-", i), call: "cloudtrail:" + name, in: `{"name":"main"}`})
			}
		}
		return all
	}
	d := detectorOf(t, "logging-blind-window")
	found := run(t, d, records(t, story(trails(40)...)))
	for _, f := range found {
		if !strings.Contains(f.Why, "it recorded again after 60 minutes") {
			t.Error(f.Why)
		}
	}
	if len(found) != 40 {
		t.Errorf("%d windows", len(found))
	}
	for n, want := range map[int]int64{maxWindows: 0, maxWindows + 3: 3} {
		s := Configure([]*Detector{d}, &Context{})[0].NewStream()
		for _, r := range records(t, story(trails(n)...)) {
			if e, ok := d.Record(r); ok {
				s.Next(new(NewRef(r, Place{})), e, nobody)
			}
		}
		if s.Flush(nobody); s.Evicted() != want {
			t.Errorf("%d trails: %d evicted, want %d", n, s.Evicted(), want)
		}
	}
}
