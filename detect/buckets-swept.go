package detect

import (
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "buckets-swept",
	Title: "Settings of many buckets read within seconds",
	Doc: `One credential asked, by program, for the access settings of many buckets within seconds: which are
open, which can be written to. Innocent causes: posture scanners and inventories, which go through all buckets each
day. Who never did it before, or is refused at many, is no such scanner. A rule tells of sweeps with a user's key
(s3-bucket-settings-sweep).`,
	Next:       `Ask whether a scan was on. If not: contain the credential, and see which buckets it read from afterwards.`,
	Severity:   Low,
	Techniques: []string{"T1619", "T1580"},
	Events: surveyEvents("s3 GetBucketAcl GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketVersioning GetBucketEncryption " +
		"GetBucketLogging GetBucketReplication GetBucketLifecycle GetBucketOwnershipControls"),
	Thresholds: []Threshold{
		historyThreshold(),
		{"buckets", 16, "different buckets", "Elastic: more than 15 buckets"},
		{"window", 10, "seconds", "Elastic: within 10 seconds"},
		{"refused", 30, "percent", "own: a scanner has its permissions"},
	},
	Record: func(r *parser.Record) (Evidence, bool) {
		e, ok := surveyed(r)
		if !ok {
			return nil, false
		}
		f := facts{r: r, e: e}
		f.add(factBucket, f.param("bucketName"))
		return f.e, len(f.e) > 0
	},
	Judge: func(c *Context) Stream {
		s := &sweeps{least: c.Int("buckets"), span: c.Duration("window"), refused: c.Number("refused"), habits: newNovelty(c, c.Duration("history"))}
		s.of = newSpells("buckets-swept", time.Minute, s.judge)
		return s.of.stream(s.note, s.habits.known.count)
	},
	Hits:   [][]string{sweepsBuckets(20, "AccessDenied")},
	Misses: [][]string{sweepsBuckets(10, "AccessDenied"), sweepsBuckets(20, "")},
})

const factBucket = "bucket"

// sweepsBuckets is an example of n buckets within seconds.
func sweepsBuckets(n int, code string) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("03:00:%02d", i/4), id: fmt.Sprint(i), call: "s3:GetBucketAcl", key: "ASIA1", who: "app/x", code: code, in: fmt.Sprintf(`{"bucketName":"b%d"}`, i)}.String())
	}
	return records
}

// sweeps is the state of buckets-swept.
type sweeps struct {
	least   int
	span    time.Duration
	refused float64
	habits  *novelty // by account: whose credentials ask for settings
	of      *spells[sweep]
}

type sweep struct {
	quick       recent
	buckets, no few
	newcomer    bool
}

func (s *sweeps) note(batch []hit) {
	for i := range batch {
		ref, bucket := batch[i].ref, batch[i].e.Get(factBucket)
		v := s.of.touch(credentialOf(ref), ref)
		if v.x.quick.span == 0 {
			v.x.quick = recent{span: s.span, max: maxFew}
		}
		v.x.quick.add(bucket, ref.Time)
		v.x.buckets.add(bucket)
		if ref.ErrorCode != "" {
			v.x.no.add(bucket)
		}
		v.x.newcomer = s.habits.see(ref.Account, habitual(ref), ref.Time) || v.x.newcomer
		s.of.add(v, ref)
	}
}

func (s *sweeps) judge(v *spell[sweep]) (Severity, string, bool) {
	x := &v.x
	many := 100*float64(x.no.len()) >= s.refused*float64(x.buckets.len())
	severity := Low
	if many && x.newcomer {
		severity = Medium
	}
	first := ""
	if x.newcomer {
		first = ", for the first time"
	}
	return severity, fmt.Sprintf("%s asked for the settings of %d buckets, %d within %s, %d refused%s", v.who, x.buckets.len(), x.quick.peak, s.span, x.no.len(), first),
		x.quick.peak >= s.least && (many || x.newcomer)
}
