package scan

import (
	"archive/zip"
	"encoding/json"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// surveyed has every vector, a container of some, names that tell a day, and what is not read.
func surveyed(t *testing.T) string {
	files := map[string]string{
		"locked.E01": "EVF\x09\x0d\x0a\xff\x00", "notes.txt": "not JSON", "export/aws-logs-write-test": "Permission Check Successful", "empty.json": "",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1000Z_abcdefghijklmnop.json.gz": zipped(records(event("a"))),
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/03/111122223333_CloudTrail_us-east-1_20260303T0005Z_abcdefghijklmnop.json.gz": zipped(records(event("b"), event("c"))),
	}
	vectors, err := fixtures.Vectors()
	failOn(t, err)
	for _, v := range vectors {
		files["odd/"+v.Name+".json"] = string(v.Input)
	}
	files["bundle.zip"] = zipOf(t, map[string]string{"x.json": records(event("d")), "y.txt": "text"}, zip.Deflate)
	return evidence(t, files)
}

func survey(t *testing.T, cfg Config, dir string) (*Survey, string) {
	t.Helper()
	cfg.Paths, cfg.WorkDir, cfg.Memory = []string{dir}, t.TempDir(), 4<<20
	s, err := Look(t.Context(), cfg)
	failOn(t, err)
	b, err := json.Marshal(s)
	failOn(t, err)
	return s, string(b)
}

// What a survey says of objects is what a run finds, but for damage behind their beginning;
// its sums hold.
func TestLook(t *testing.T) {
	dir := surveyed(t)
	s, text := survey(t, Config{Workers: 1}, dir)
	if _, again := survey(t, Config{Workers: 3}, dir); again != text {
		t.Errorf("with three workers:\n%s\nwith one:\n%s", again, text)
	}
	o := try(t, Config{}, dir)
	if s.Totals.Listed != o.totals.Listed {
		t.Errorf("%d objects, a run lists %d", s.Totals.Listed, o.totals.Listed)
	}
	for _, status := range []Status{Recognised, Unreadable, OutOfScope} {
		if s.Totals.Objects[status] != o.totals.Objects[status] || s.Totals.Bytes[status] != o.totals.Bytes[status] {
			t.Errorf("%s: %d objects of %d bytes, a run finds %d of %d", status, s.Totals.Objects[status], s.Totals.Bytes[status], o.totals.Objects[status], o.totals.Bytes[status])
		}
	}
	if n, m := s.Totals.Objects[Parsed]+s.Totals.Objects[Damaged], o.totals.Objects[Parsed]+o.totals.Objects[Damaged]; n != m || s.Totals.Objects[Parsed] < o.totals.Objects[Parsed] {
		t.Errorf("%d are to be read, a run reads %d", n, m)
	}
	objects, bytes, places := int64(0), int64(0), int64(0)
	for _, g := range s.Groups {
		objects, bytes = objects+g.Objects, bytes+g.Bytes
		if g.Kind == "" || g.Example == "" {
			t.Errorf("%+v", g)
		}
	}
	all := int64(0)
	for _, n := range s.Totals.Bytes {
		all += n
	}
	if objects != s.Totals.Listed || bytes != all {
		t.Errorf("the groups have %d objects of %d bytes, there are %d of %d", objects, bytes, s.Totals.Listed, all)
	}
	for _, p := range s.Places {
		places += p.Objects
		if !p.Inferred && (p != SurveyPlace{Account: "111122223333", Region: "us-east-1", Objects: 2, Bytes: p.Bytes, Days: 2, First: "2026-03-02", Last: "2026-03-03"}) {
			t.Errorf("%+v", p)
		}
	}
	if !strings.Contains(text, `"kind":"test file of a CloudWatch Logs export","objects":1`) {
		t.Errorf("no test file: %s", text)
	}
	if !strings.Contains(text, `"kind":"E01 disk image: mount it first`) || !strings.Contains(text, `"kind":"CloudTrail network activity"`) || places < 100 {
		t.Errorf("%d objects have a place: %s", places, text)
	}
}

// Names that cannot matter are out of scope, as in a run.
func TestLookScope(t *testing.T) {
	s, _ := survey(t, Config{Scope: Scope{Regions: []string{"eu-west-1"}}}, surveyed(t))
	if s.Totals.Objects[OutOfScope] != 2 {
		t.Errorf("%+v", s.Totals)
	}
}
