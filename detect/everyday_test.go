package detect

import (
	"fmt"
	"testing"
	"time"
)

// TestBackupsPruned: a program that encrypts what it writes and prunes it is not one that holds a bucket to ransom.
func TestBackupsPruned(t *testing.T) {
	const sse = `"x-amz-server-side-encryption-customer-algorithm":"AES256"`
	write := func(call, in string) example {
		return example{at: "03:00:00", key: "AKIA1", call: "s3:" + call, in: `{"bucketName":"b","key":"a b",` + in + sse + `}`}
	}
	prune := example{at: "03:10:00", key: "AKIA1", call: "s3:DeleteObjects", in: `{"bucketName":"b"}`}
	expire := example{at: "03:20:00", key: "AKIA1", call: "s3:PutBucketVersioning", in: `{"bucketName":"b","VersioningConfiguration":{"Status":"Suspended"}}`}
	for name, x := range map[string]struct {
		all  []example
		want Severity
	}{
		"written and pruned":         {[]example{write("PutObject", ""), prune}, Low},
		"copied and pruned":          {[]example{write("CopyObject", `"x-amz-copy-source":"b/c",`), prune}, Low},
		"in place, and deleted":      {[]example{write("CopyObject", `"x-amz-copy-source":"/b/a%20b?versionId=1",`), prune}, Critical},
		"written, versions given up": {[]example{write("PutObject", ""), prune, expire}, Critical},
	} {
		if found := run(t, detectorOf(t, "customer-key-then-expiry"), records(t, story(x.all...))); worst(found) != int(x.want) {
			t.Errorf("%s: %v, want %v", name, found, x.want)
		}
	}
}

// calls are an application's: one each so often, with an error in each that n divides.
func calls(call string, each time.Duration, times, n int, code string) (all []example) {
	for i := range times {
		x := example{at: noon.Add(time.Duration(i) * each).Format(time.DateTime), key: "AKIA1", agent: "app/1", call: call, in: `{"modelId":"m"}`}
		if n > 0 && i%n == 0 {
			x.more = fmt.Sprintf(`"errorCode":%q`, code)
		}
		all = append(all, x)
	}
	return all
}

// TestApplicationsAtWork: what is spread over months is not one day's, and to be throttled is not to be refused.
func TestApplicationsAtWork(t *testing.T) {
	model := func(each time.Duration, n int, code string) []example {
		return calls("bedrock:InvokeModel", each, 520, n, code)
	}
	day, month := 2*time.Minute, 6*time.Hour
	asked := example{at: noon.Format(time.DateTime), key: "AKIA1", call: "ses:GetSendQuota"}
	verified := example{at: noon.Add(30 * 24 * time.Hour).Format(time.DateTime), key: "AKIA1", call: "ses:VerifyEmailIdentity"}
	mail := calls("ses:SendEmail", month, 121, 0, "")
	for name, x := range map[string]struct {
		id   string
		all  []example
		want int
	}{
		"throttled":           {"models-abused", model(day, 100, "ThrottlingException"), -1},
		"throttled in months": {"models-abused", model(month, 100, "ThrottlingException"), -1},
		"refused in months":   {"models-abused", model(month, 100, "AccessDeniedException"), -1},
		"refused in a day":    {"models-abused", model(day, 100, "AccessDeniedException"), int(High)},
		"mail in a month":     {"mail-abused", append(append([]example{asked}, mail...), verified), -1},
	} {
		if found := run(t, detectorOf(t, x.id), records(t, story(x.all...))); worst(found) != x.want {
			t.Errorf("%s: %v, want %v", name, found, x.want)
		}
	}
}

// TestNoCallsAreMany: a threshold of none does not make models be invoked.
func TestNoCallsAreMany(t *testing.T) {
	d := detectorOf(t, "models-abused")
	c := &Context{of: d, Tuning: Tuning{d.ID: {"calls": 0}}}
	if got := abused(c, allHits(t, d, d.Hits[0][:1])); got != nil {
		t.Errorf("%v", got)
	}
}
