package serve

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
)

// Pages show a case as it is: whoever hunts or marks meanwhile sees what came of it.
func TestPagesFollowCase(t *testing.T) {
	dir := makeCase(t, writeRecords(t, plainRecords...))
	p := openPages(t, Case{Name: "case", Dir: dir})
	shown := map[string]string{
		"/": "IAM user or role created", "/findings": "IAM user or role created", "/event/0": "IAM user or role created",
		"/timeline?finding=iam-identity-created": "/event/0", "/summary?finding=iam-identity-created&top=10": "CreateUser",
	}
	check := func(want bool) {
		t.Helper()
		for path, text := range shown {
			if page := p.page(path, 200); strings.Contains(page, text) != want {
				t.Errorf("%s: with %q: %t, want %t: %s", path, text, !want, want, page)
			}
		}
	}
	check(true)
	all := links(p.page("/findings", 200))
	finding := all[slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, "/findings/") })]
	p.page(finding, 200)

	kase, err := report.OpenCase(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kase.Close()
	if _, err := kase.Hunt(t.Context(), report.Hunting{Detectors: []*detect.Detector{}, Workers: 1, Memory: 64 << 20, WorkDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	p.page(finding, 404)
	check(false)
}
