package scan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestScopeExcludes(t *testing.T) {
	const name = "x/111122223333_CloudTrail_us-east-1_20260302T1000Z_a.json.gz"
	for _, tt := range []struct {
		scope Scope
		want  string
	}{
		{Scope{}, ""},
		{Scope{Accounts: []string{"111122223333"}, Regions: []string{"us-east-1"}}, ""},
		{Scope{Accounts: []string{"444455556666"}}, "account 111122223333 is not asked for"},
		{Scope{Regions: []string{"eu-west-1"}}, "region us-east-1 is not asked for"},
		{Scope{Since: moment("2026-03-02T11:00:00Z")}, ""}, // names are cut to the minute, and clocks differ
		{Scope{Since: moment("2026-03-02T11:00:01Z")}, "delivered before the time asked for"},
		{Scope{Until: moment("2026-02-28T10:00:00Z")}, ""}, // 48 hours late
		{Scope{Until: moment("2026-02-28T09:59:59Z")}, "delivered more than 48h0m0s after the time asked for"},
	} {
		if got := tt.scope.excludes(name); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.scope, got, tt.want)
		}
		if got := tt.scope.excludes("events.json"); got != "" {
			t.Errorf("%+v: a name that says nothing: %q", tt.scope, got)
		}
	}
}

func TestScopeIncludes(t *testing.T) {
	r := &parser.Record{Time: moment("2026-03-02T10:00:00Z"), Account: "111122223333", Region: "us-east-1"}
	for _, tt := range []struct {
		scope Scope
		want  bool
	}{
		{Scope{}, true},
		{Scope{Since: moment("2026-03-02T10:00:00Z")}, true},
		{Scope{Since: moment("2026-03-02T10:00:01Z")}, false},
		{Scope{Until: moment("2026-03-02T10:00:00Z")}, false},
		{Scope{Until: moment("2026-03-02T10:00:01Z")}, true},
		{Scope{Since: moment("2026-03-02T11:30:00+01:00")}, false},
		{Scope{Accounts: []string{"444455556666", "111122223333"}}, true},
		{Scope{Accounts: []string{"444455556666"}}, false},
		{Scope{Regions: []string{"us-east-1"}}, true},
		{Scope{Regions: []string{"us-east"}}, false},
	} {
		if got := tt.scope.includes(r); got != tt.want {
			t.Errorf("%+v: %v", tt.scope, got)
		}
	}
}

// scoped is an archive of two accounts, two regions and ten days. Records are
// delivered up to 47 hours late; name makes an object's name of what AWS would
// call it.
func scoped(t *testing.T, name func(string) string) string {
	files := map[string]string{}
	for n, account := range []string{"111122223333", "444455556666"} {
		for m, region := range []string{"us-east-1", "eu-west-1"} {
			for day := range 10 {
				delivered := time.Date(2026, 3, 2+day, 12, 0, 0, 0, time.UTC)
				var events []string
				for i, late := range []time.Duration{0, -30 * time.Minute, 5 * time.Minute, 26 * time.Hour, 47 * time.Hour} {
					events = append(events, event(fmt.Sprintf("%d-%d-%d-%d", n, m, day, i),
						"eventTime", quote(delivered.Add(-late).Format(time.RFC3339)), "recipientAccountId", quote(account), "awsRegion", quote(region)))
				}
				path := fmt.Sprintf("AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_x.json.gz", account, region,
					delivered.Format("2006/01/02"), account, region, delivered.Format("20060102T1504Z"))
				files[name(path)] = zipped(records(events...))
			}
		}
	}
	return evidence(t, files)
}

// Skipping objects by their names changes nothing but what had to be read.
func TestScopeSkipsByName(t *testing.T) {
	named := scoped(t, func(path string) string { return path })
	anonymous := scoped(t, func(path string) string { return strings.NewReplacer("_CloudTrail_", "-", "_x", "").Replace(path) })
	for name, scope := range map[string]Scope{
		"everything": {},
		"since":      {Since: moment("2026-03-07T12:00:00Z")},
		"until":      {Until: moment("2026-03-05T12:00:00Z")},
		"one second": {Since: moment("2026-03-05T12:00:00Z"), Until: moment("2026-03-05T12:00:01Z")},
		"account":    {Accounts: []string{"444455556666"}},
		"region":     {Regions: []string{"eu-west-1"}},
		"all":        {Since: moment("2026-03-03T00:00:00Z"), Until: moment("2026-03-06T00:00:00Z"), Accounts: []string{"111122223333"}, Regions: []string{"us-east-1", "eu-west-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			by, without := try(t, Config{Scope: scope}, named), try(t, Config{Scope: scope}, anonymous)
			if !slices.Equal(by.ids(), without.ids()) || len(by.entries) == 0 {
				t.Errorf("by name %d entries, without %d", len(by.entries), len(without.entries))
			}
			skipped := by.totals.Objects[OutOfScope]
			if without.totals.Objects[OutOfScope] != 0 || (skipped > 0) != (name != "everything") {
				t.Errorf("%d objects skipped; %d of those whose names say nothing", skipped, without.totals.Objects[OutOfScope])
			}
			for _, b := range by.objects {
				if b.Status == OutOfScope && (b.Framed != 0 || b.SHA256 != "" || b.Reason == "") {
					t.Errorf("%+v", b)
				}
			}
			for _, e := range by.entries {
				r := &parser.Record{Time: e.Ref.Time, Account: e.Ref.Account, Region: e.Ref.Region}
				if !scope.includes(r) {
					t.Errorf("%s is not in scope", e.Ref.ID)
				}
			}
		})
	}
}

func TestOutside(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "evidence")
	for _, d := range []string{"evidence/AWSLogs", "evidence-2", "other"} {
		if err := os.MkdirAll(filepath.Join(parent, d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": "evidence", "other/deep": "../evidence/AWSLogs", "evidence/out": "../other"} {
		if err := os.Symlink(to, filepath.Join(parent, link)); err != nil {
			t.Skip(err)
		}
	}
	file := filepath.Join(parent, "other", "one.json")
	failOn(t, os.WriteFile(file, nil, 0o666))
	t.Chdir(parent)
	for _, tt := range []struct {
		dir   string
		roots []string
		ok    bool
	}{
		{dir, []string{dir}, false},
		{filepath.Join(dir, "case"), []string{dir}, false},
		{filepath.Join(dir, "a", "b", "case"), []string{dir}, false},
		{filepath.Join(dir, "AWSLogs", "..", "case"), []string{dir}, false},
		{"evidence/case", []string{dir}, false},
		{"evidence/case", []string{"./evidence/"}, false},
		{filepath.Join(dir, "case"), []string{filepath.Join(parent, "link")}, false},
		{filepath.Join(parent, "link", "case"), []string{dir}, false},
		{filepath.Join(parent, "other", "deep", "case"), []string{dir}, false},
		{filepath.Join(parent, "case"), []string{parent}, false},
		{filepath.Join(dir, "case"), []string{"other", dir}, false},
		{filepath.Join(parent, "case"), []string{dir}, true},
		{filepath.Join(parent, "evidence-2"), []string{dir}, true},
		{filepath.Join(dir, "out", "case"), []string{dir}, true}, // a link that leads out of it
		{filepath.Join(parent, "other", "case"), []string{file}, true},
		{parent, []string{dir}, true},
	} {
		err := Outside(tt.dir, tt.roots)
		if (err == nil) != tt.ok {
			t.Errorf("case %s, evidence %s: %v", tt.dir, tt.roots, err)
		}
		if err != nil && !strings.Contains(err.Error(), "lies inside the evidence") {
			t.Errorf("case %s: %v", tt.dir, err)
		}
	}
}
