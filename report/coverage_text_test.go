package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func coverageText(t *testing.T, c *LogCoverage) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// threeAccounts are the incident's, one whose events are alike in three regions, and
// events that name neither an account nor a region.
func threeAccounts(t *testing.T) *coverCase {
	c := incident(t)
	add := func(account, region string, hours int) {
		for h := range hours {
			c.in(region, fmt.Sprintf("%02d:00:30", h+14), "ec2", "DescribeInstances", "Management", "").Account = account
			c.in(region, fmt.Sprintf("%02d:00:40", h+14), "ec2", "RunInstances", "Management", "").Account = account
		}
	}
	for _, region := range []string{"ap-south-1", "ca-central-1", "sa-east-1"} {
		add("444455556666", region, 3)
	}
	add("", "us-west-2", 1)
	c.call("17:00:00", "ec2", "DescribeInstances", "").Region = ""
	for i := range 12 {
		c.object(fmt.Sprintf("17:%02d:00", i), "GetObject", fmt.Sprintf("bucket-with-a-rather-long-name-%d", i), "key").Account = "444455556666"
	}
	return c
}

// One thing is one thing, an account without a name has one, and what is cut is said to be.
func TestCoverageTextWords(t *testing.T) {
	text := coverageText(t, threeAccounts(t).finish())
	golden(t, "../coverage/accounts.txt", text)
	if bad := regexp.MustCompile(`\b1 (?:[a-z]+ ){0,3}?(?:events|gaps|hours|objects|accounts|regions|changes|windows|answers|calls|deliveries|sign-ins|pairs|digests)\b`).FindAllString(text, -1); bad != nil {
		t.Errorf("plurals: %q", bad)
	}
	for _, want := range []string{"\nAccount (no account): 2 events, 0 log objects,", "(no region)", "\n    Management reads (9 events): ap-south-1, ca-central-1, sa-east-1\n", "item writes: all 4 regions\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, " more") && !strings.HasSuffix(strings.TrimRight(line, "\n"), "see --format json") && !strings.Contains(line, "more, see --format json") {
			t.Errorf("cut without a word on it: %s", line)
		}
	}
	for singular, plurals := range map[measure]string{
		howMany(1, "event"): "1 event", howMany(0, "event"): "no event", howMany(2, "sign-in"): "2 sign-ins",
		are(1, "event", " of the kind"): "1 event of the kind is", are(1000, "data event", ""): "1,000 data events are",
	} {
		if singular.is != plurals {
			t.Errorf("%q, want %q", singular.is, plurals)
		}
	}
}

// Every answer of an account is in one of the lines in which it is folded, or counted as further.
func TestCoverageTextFolds(t *testing.T) {
	c := threeAccounts(t).finish()
	for _, a := range c.accounts() {
		want, got := 0, 0
		for i := range c.Answers {
			if c.Answers[i].Account == a.name {
				want++
			}
		}
		folds := c.fold(a.name, len(a.places))
		for _, f := range folds {
			got += len(f.alike)
			for _, o := range f.alike {
				if len(o.Segments) != len(f.statuses) {
					t.Errorf("%s: %s: %d times told as %d", o.Question, o.Resource, len(o.Segments), len(f.statuses))
				}
				for i := range o.Segments {
					if s := &o.Segments[i]; s.folded != f.statuses[i].reason || !strings.Contains(f.statuses[i].text, string(s.Status)) {
						t.Errorf("%s: %s: %s (%s) told as %+v", o.Question, o.Resource, s.Status, s.folded, f.statuses[i])
					}
				}
			}
		}
		if got != want || len(folds) >= want {
			t.Errorf("%s: %d answers in %d lines, want %d", a.name, got, len(folds), want)
		}
	}
}

// Where accounts, regions or answers are too many, those that are left out are counted, and
// an account whose trail was off is not among them.
func TestCoverageTextCut(t *testing.T) {
	c := incident(t)
	for i := range 3 * textAccounts {
		for j := range 10 {
			c.in(fmt.Sprintf("region-%d", i%7), "15:00:00", "ec2", "DescribeInstances", "Management", "").Account = fmt.Sprintf("0000000000%02d", i)
			if i == 0 {
				for k := range 3 {
					c.object(fmt.Sprintf("16:%02d:%02d", j, k), "GetObject", fmt.Sprintf("b%d-%d", j, k), "key").Account = "000000000000"
				}
			}
		}
	}
	cov := c.finish()
	text := coverageText(t, cov)
	if got := strings.Count(text, "\nAccount "); got != textAccounts {
		t.Errorf("%d accounts, want %d", got, textAccounts)
	}
	for _, want := range []string{
		fmt.Sprintf("+%d more accounts, see --format json\n", len(cov.Accounts)-textAccounts),
		fmt.Sprintf("+%d more regions, see --format json\n", len(cov.Places)-textMapRows),
		"\nAccount " + coverAccount + ":", "\n  Window      2024-03-01T06:00:00Z to 2024-03-01T07:00:00Z\n", " more, see --format json\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 300 {
		t.Errorf("%d lines", lines)
	}
}

// A trail of an account that the evidence has no event of is told of all the same.
func TestCoverageTextForeignTrail(t *testing.T) {
	c := &coverCase{t: t}
	c.everyHour(1, 3)
	c.trail("04:00:00", "StopLogging", `{"name":"arn:aws:cloudtrail:us-east-1:999988887777:trail/org"}`)
	text := coverageText(t, c.finish())
	for _, want := range []string{"\nAccount 999988887777: no event in the evidence\n", "trail/org did not record: everything: logging is stopped"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
