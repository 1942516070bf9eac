package integrity

import (
	"errors"
	"fmt"
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

// What the examiner saved of digests that are not in the copy is not passed over: inside its span, to which backfill digests
// belong, that is a failure, and what a listing has delete markers for is counted wherever it lies.
func TestAbsentAsSaved(t *testing.T) {
	for _, backfill := range []bool{false, true} {
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
		var failed error
		add := func(err error) { failed = errors.Join(failed, err) }
		for i, hour := range []int{0, 2} {
			end := noon.Add(time.Duration(hour) * time.Hour)
			add(l.Digest(uint64(i), "s", digestKey(end), plainDigest(end, nil), Container{Packed: true}))
		}
		if end := noon.Add(5 * time.Hour); backfill {
			key := strings.Replace(digestKey(end), "Z.json", "Z_backfill.json", 1)
			add(l.Digest(2, "s", key, plainDigest(end, map[string]any{"digestS3Object": key}), Container{Packed: true}))
		}
		add(l.Sidecar(&Sidecar{Bucket: "b", Key: digestKey(noon.Add(time.Hour)), Signature: "00"})) // between two that follow no other
		add(l.Sidecar(&Sidecar{Bucket: "b", Key: digestKey(noon.Add(3 * time.Hour)), Signature: "00"}))
		add(l.Listed(&Listed{Key: digestKey(noon.Add(4 * time.Hour)), Deleted: true, Modified: "2026-03-09T01:00:00Z"}))
		r, err := l.Judge(t.Context())
		if err = errors.Join(failed, err); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for row, err := range r.Rows {
			if err != nil {
				t.Fatal(err)
			}
			if row.Verdict == Absent {
				got[row.Key] = fmt.Sprint(row.Failure, " ", row.Detail)
			}
		}
		r.Close()
		for hour, want := range map[int]string{
			1: "true named by a sidecar: its metadata was saved", 3: fmt.Sprint(backfill, " named by a sidecar: its metadata was saved"), 4: fmt.Sprint(backfill, " named by a listing of the bucket"),
		} {
			if is := got[digestKey(noon.Add(time.Duration(hour)*time.Hour))]; is != want {
				t.Errorf("backfill %t, hour %d: %q, want %q", backfill, hour, is, want)
			}
		}
		if beyond := map[bool]int64{false: 2}[backfill]; r.Totals.Deleted != 1 || r.Totals.Beyond != beyond || len(got) != 3 {
			t.Errorf("backfill %t: %+v %v", backfill, r.Totals, got)
		}
	}
}
