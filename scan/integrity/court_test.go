package integrity

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const logTree = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/03/"

func names(key, hash string) map[string]any {
	return map[string]any{"logFiles": []any{map[string]any{"s3Bucket": "b", "s3Object": key, "hashValue": hash, "hashAlgorithm": "SHA-256"}}}
}

// Whoever changes a log and plants a digest that names what it is now does not make it consistent.
func TestPlantedDigest(t *testing.T) {
	log := logTree + "111122223333_CloudTrail_eu-west-1_20260303T1130Z_0123456789abcdef.json.gz"
	was, is := strings.Repeat("a", 64), strings.Repeat("b", 64)
	elsewhere := names(log, is)
	elsewhere["digestS3Object"] = strings.Replace(digestKey(noon.Add(time.Hour)), "2026/03/03", "2026/03/04", 1)
	for name, planted := range map[string]map[string]any{"invalid": elsewhere, "unverified": names(log, is)} {
		t.Run(name, func(t *testing.T) {
			rows, _ := judgeAll(t, map[time.Time][]byte{noon: plainDigest(noon, names(log, was)), noon.Add(time.Hour): plainDigest(noon.Add(time.Hour), planted)},
				&Object{Path: log, ContentSHA256: is, Log: true, Account: "111122223333", Region: "eu-west-1", Delivered: noon.Add(-30 * time.Minute)})
			i := slices.IndexFunc(rows, func(r Row) bool { return r.Kind == KindLog })
			if r := rows[i]; !r.Failure || name == "invalid" && r.Verdict != Modified {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A trail's prefix may itself be AWSLogs.
func TestPrefixAWSLogs(t *testing.T) {
	key := "AWSLogs/" + digestTree + "x.json.gz"
	for _, file := range []string{key, digestTree + "x.json.gz", "copy/" + key} {
		if got := relate(file, key); got != inPlace {
			t.Errorf("%s: %v", file, got)
		}
	}
}
