package scan

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseObjectName(t *testing.T) {
	const dir = "AWSLogs/o-x/111122223333/CloudTrail/us-east-1/2026/03/02/"
	for path, want := range map[string]string{
		dir + "111122223333_CloudTrail_us-east-1_20260302T1000Z_AbCd.json.gz":                   "111122223333 us-east-1  2026-03-02T10:00:00Z",
		"111122223333_CloudTrail_us-gov-west-1_20260302T1000Z_AbCd.json":                        "111122223333 us-gov-west-1  2026-03-02T10:00:00Z",
		"111122223333_CloudTrail_us-gov-west-1_20140620T1255ZHdkvFTXOA3Vnhbc.json":              "111122223333 us-gov-west-1  2014-06-20T12:55:00Z",
		"111122223333_CloudTrail_us-east-1_20131022T1915Z.json.gz":                              "111122223333 us-east-1  2013-10-22T19:15:00Z",
		"x/111122223333_CloudTrail-Digest_eu-west-1_mytrail_eu-west-1_20260302T101112Z.json.gz": "111122223333 eu-west-1 -Digest 2026-03-02T10:11:12Z",
		"111122223333_CloudTrail-Digest_us-east-1_my_trail_eu-west-1_20240301T052011Z.json.gz":  "111122223333 us-east-1 -Digest 2024-03-01T05:20:11Z",
		"x/111122223333_CloudTrail-Insight_eu-west-1_20260302T1011Z_x.json.gz":                  "111122223333 eu-west-1 -Insight 2026-03-02T10:11:00Z",
		"111122223333_CloudTrail-NetworkActivity_eusc-de-east-1_20240301T0520Z_a.json.gz":       "111122223333 eusc-de-east-1 -NetworkActivity 2024-03-01T05:20:00Z",

		"111122223333_CloudTrail_us-east-1_20260231T1000Z_x.json.gz":       "", // no such day
		"111122223333_CloudTrail_us-east-1_20241301T0520Z_a.json.gz":       "", // no such month
		"11112222333_CloudTrail_us-east-1_20260302T1000Z_x.json.gz":        "",
		"9111122223333_CloudTrail_us-east-1_20260302T1000Z_x.json.gz":      "",
		"111122223333_CloudTrailX_us-east-1_20240301T0520Z_a.json.gz":      "",
		"111122223333_CloudTrail_us-east-1_20240301T0520Z_a.json.gz/other": "", // a directory's
		dir + "811596193553_CloudTrail_us-east-1-20200930T2300.json":       "",
		dir + "events.json.gz": "", "": "",
	} {
		got := ""
		if n, ok := ParseObjectName(path); ok {
			got = strings.Join([]string{n.Account, n.Region, n.Kind, n.Delivered.Format(time.RFC3339)}, " ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// objectName is the form of an object's name as an expression, which ParseObjectName takes apart
// by hand since there are millions of names.
var objectName = regexp.MustCompile(`(?:^|!)(\d{12})_CloudTrail((?:-[A-Za-z]+)*)_([a-z]{2}[a-z-]*-\d)_(?:[^/]*_)?(\d{8}T\d{4,6})Z`)

func TestObjectNameForm(t *testing.T) {
	parts := []string{
		"111122223333", "_CloudTrail", "_CloudTrail-Digest", "-Insight", "_", "us-east-1", "us-gov-west-1", "20260302T0015Z", "20260302T001530Z", "20260302T00153Z",
		"main-trail", "!", "/", "abc.json.gz", "_CloudTrail_us-east-1_", "1", "é", "-", "T", "Z", "A", "_20260302T0015Z",
	}
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 300_000 {
		name := ""
		if r.IntN(2) == 0 {
			name = "111122223333_CloudTrail_us-east-1_"
		}
		for range r.IntN(7) {
			name += parts[r.IntN(len(parts))]
		}
		if r.IntN(3) == 0 && name != "" {
			at := r.IntN(len(name))
			name = name[:at] + name[at+1:]
		}
		var want ObjectName
		m := objectName.FindStringSubmatch(name[strings.LastIndexByte(name, '/')+1:])
		if m != nil {
			at, err := time.Parse("20060102T150405"[:len(m[4])], m[4])
			if err != nil || len(m[4]) == 14 {
				continue // no time; an earlier one in the name may be
			}
			want, found = ObjectName{m[1], m[3], m[2], at}, found+1
		}
		if got, ok := ParseObjectName(name); got != want || ok != (m != nil) {
			t.Fatalf("%q: %+v, %v; wanted %+v", name, got, ok, want)
		}
	}
	if found < 10_000 {
		t.Errorf("only %d names of the form", found)
	}
}
