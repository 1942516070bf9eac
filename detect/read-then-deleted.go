package detect

import (
	"fmt"
	"time"
)

// What programs of roles do is left out: they read and delete all day.
var takenSteps = steps{
	{"s3.amazonaws.com:GetObject", "read", about("bucketName")},
	{"s3.amazonaws.com:CopyObject", "read", func(f *facts) bool {
		bucket, _ := copySource(f)
		f.add(factAbout, bucket)
		return bucket != ""
	}},
	{"s3.amazonaws.com:DeleteObject", "deleted", about("bucketName")},
	{"s3.amazonaws.com:DeleteObjects", "deleted many", about("bucketName")},
	{"s3.amazonaws.com:DeleteBucket", "deleted many", about("bucketName")},
}

var _ = register(&Detector{
	ID:    "read-then-deleted",
	Title: "Objects of a bucket read, and then deleted",
	Doc: `A principal read or copied many objects of a bucket and then, within thirty hours, deleted many, or the bucket. So data is taken hostage: the copy
elsewhere, the original gone. The innocent causes are a move to another bucket by hand, and programs that consume what they read: those read and delete by
turns, and that is no finding. What a call that deletes by list deleted, CloudTrail does not say.`,
	Next:       `Stop the principal; restore former versions where the bucket keeps them; look for a note left in the bucket, and where the copies went.`,
	Severity:   High,
	Techniques: []string{"T1485", "T1486", "T1530"},
	Events:     takenSteps.events(),
	Record:     takenSteps.recordBut(byProgram),
	Judge: func(c *Context) Stream {
		return course{
			id: "read-then-deleted", gap: c.Duration("span"), each: max(maxHits/4, c.Int("objects")), max: 1 << 20,
			key: func(h *hit) string {
				if h.e.Get(factAbout) == "" {
					return ""
				}
				return habitual(h.ref) + " " + h.e.Get(factAbout)
			},
			judge: func(_ string, hits []hit) []verdict { return taken(c.Int("objects"), hits) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 30, "hours", "Panther ObjectExfiltration with deletion: 30 h"},
		{"objects", 10, "objects read, and as many deleted", "Panther: 10 and 10"},
	},
	Hits: [][]string{
		append(readStory(10, 1, 0), story(example{at: "05:00:00", key: "AKIA1", call: "s3:DeleteObjects", in: `{"bucketName":"b"}`})...),
		append(readStory(12, 1, 0), deleteStory(11, "05")...),
	},
	Misses: [][]string{
		append(readStory(5, 1, 0), deleteStory(11, "05")...),
		append(deleteStory(11, "01"), readStory(12, 1, 0)...), // the other way round
		readStory(20, 1, 0),
	},
})

// deleteStory is an example of n objects that alice deletes.
func deleteStory(n int, hour string) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("%s:00:%02d", hour, i), key: "AKIA1", call: "s3:DeleteObject", in: fmt.Sprintf(`{"bucketName":"b","key":"%d"}`, i)}.String())
	}
	return records
}

// taken judges what one principal did with one bucket: the reads come before the deletions.
func taken(objects int, hits []hit) []verdict {
	deleted := stepsOf(hits, "deleted", "deleted many")
	if len(deleted) == 0 {
		return nil
	}
	var before []hit
	for _, h := range stepsOf(hits, "read") {
		if !h.ref.Time.After(deleted[0].ref.Time.Add(time.Second)) {
			before = append(before, h)
		}
	}
	many, lists := len(deleted), len(stepsOf(deleted, "deleted many"))
	if len(before) < objects || many < objects && lists == 0 || len(stepsOf(hits, "read"))-len(before) > len(before)/4 {
		return nil
	}
	why := fmt.Sprintf("%d objects of bucket %s read, and %s after that (%s)", len(before), deleted[0].e.Get(factAbout), plural(many, "deletion"), callsOf(deleted))
	return []verdict{{High, "", why, append(before, deleted...)}}
}
