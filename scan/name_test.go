package scan

import (
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
