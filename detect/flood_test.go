package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// flooded is an example in which one of the events happens so many times more, at its own time.
func flooded(example []string, of, times int) (raw []string) {
	for i, text := range example {
		if i == of {
			for n := range times {
				raw = append(raw, strings.Replace(text, `"eventID":"`, fmt.Sprintf(`"eventID":"%d-`, n), 1))
			}
		}
		raw = append(raw, text)
	}
	return raw
}

// worst is the highest severity of findings, -1 without any.
func worst(found []Finding) int {
	severity := -1
	for i := range found {
		severity = max(severity, int(found[i].Severity))
	}
	return severity
}

// TestFloodsBlindNoCourse repeats each event of the examples 500 times: whoever makes noise is not found less.
func TestFloodsBlindNoCourse(t *testing.T) {
	courses := 0
	for _, d := range All() {
		if !inCourses(t, d) {
			continue
		}
		courses++
		for n, example := range d.Hits {
			want := worst(run(t, d, records(t, example)))
			for i := range example[:min(len(example), 12)] {
				if got := worst(run(t, d, records(t, flooded(example, i, 500)))); got < want {
					t.Errorf("%s: hit %d with 500 times event %d: severity %d, without %d", d.ID, n, i, got, want)
				}
			}
		}
	}
	if courses < 20 {
		t.Errorf("%d courses: the examples are not what they were", courses)
	}
}

// TestFloodBetweenSteps: what comes after the flood is judged with what came before.
func TestFloodBetweenSteps(t *testing.T) {
	mail := []example{{at: "03:00:00", key: "AKIA1", call: "ses:GetSendQuota"}}
	for i := range 420 {
		mail = append(mail, example{at: fmt.Sprintf("03:%02d:%02d", 1+i/60, i%60), key: "AKIA1", call: "ses:SendEmail"})
	}
	mail = append(mail, example{at: "03:20:00", key: "AKIA1", call: "ses:VerifyEmailIdentity"}, example{at: "03:21:00", key: "AKIA1", call: "ses:SendEmail"})
	var images []string
	for i := range 400 {
		images = append(images, example{at: "03:00:00", key: "AKIA1", call: "ec2:DeleteSnapshot", in: fmt.Sprintf(`{"snapshotId":"snap-%d"}`, i)}.String())
	}
	images = append(images, example{at: "03:10:00", key: "AKIA1", call: "rds:DeleteDBSnapshot", in: `{"dBSnapshotIdentifier":"d"}`}.String())
	for id, raw := range map[string][]string{"mail-abused": story(mail...), "recovery-destroyed": images} {
		if got := worst(run(t, detectorOf(t, id), records(t, raw))); got != int(High) {
			t.Errorf("%s: severity %d, want high", id, got)
		}
	}
}

// TestCourseRoom: many kinds of hits have room, a multiple of what few have, and no more.
func TestCourseRoom(t *testing.T) {
	for _, x := range []struct {
		name       string
		kinds      int // the hits are of so many, by turns
		alike      bool
		want, more int
	}{
		{"alike", 1, true, 2, 998},
		{"one kind", 1, false, 20, 980},
		{"a second kind", 2, false, 40, 960},
		{"when it is full, some of each", 5, false, 40, 960},
		{"any number of kinds", 500, false, 160, 840},
	} {
		c := course{id: "c", gap: 24 * time.Hour, max: 40, each: 20, same: 2}
		var kept int
		c.judge = func(_ string, hits []hit) []verdict { kept = len(hits); return []verdict{{Low, "", "w", hits}} }
		var found []Finding
		s := c.stream()
		for i := range 1000 {
			ref := at(i, fmt.Sprint(i), "p")
			ref.Region = fmt.Sprint(i % x.kinds)
			e := Evidence{{factStep, "s"}, {factAbout, "x"}}
			if !x.alike {
				e = append(e, Fact{"object", fmt.Sprint(i)})
			}
			s.Next(new(ref), e, nobody)
		}
		s.Flush(func(f Finding) { found = append(found, f) })
		if kept != x.want || len(found) != 1 || found[0].Why != fmt.Sprintf("w (%d further events not listed)", x.more) {
			t.Errorf("%s: %d kept, %v", x.name, kept, found)
		}
	}
}
