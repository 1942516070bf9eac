package detect

import (
	"fmt"
	"time"
)

var _ = register(&Detector{
	ID:    "objects-read-much",
	Title: "Many objects of a bucket read within an hour",
	Doc: `Within an hour a principal read more objects, or more bytes, of a bucket than ten times what it reads there in an hour otherwise; or it reads there
hardly ever, and read many. Data is carried off so. The innocent causes are a migration, a restore, an analyst's first look, a responder who fetches the
logs (to be marked so). Of roles whose programs people do not use by hand, one second in ten is looked at: their numbers are estimates. What CloudTrail
does not record, it cannot tell: data events of buckets have to be switched on.`,
	Next: `Ask who read and what for; look where the address belongs; list the objects (coldtrail ledger CASE data); if nobody answers for it, deactivate the
credential and treat the data as known to others.`,
	Severity:   Low,
	Techniques: []string{"T1530"},
	Events:     readSteps.events(),
	Record:     readSteps.recordBut(thinnedOut),
	Judge: func(c *Context) Stream {
		r := &bucketReaders{
			objects: c.Number("objects"), bytes: c.Number("megabytes") * 1e6, factor: c.Number("factor"), usual: c.Int("usual"),
		}
		r.open = newFading(maxCourses, 45*24*time.Hour, func(key string, v *bucketReader) { r.judge(key, v) })
		s := bySecond(r.next, func(emit func(Finding)) { r.emit = emit; r.open.flush() })
		s.Evicted = r.open.count
		return s
	},
	Thresholds: []Threshold{
		{"objects", 100, "objects in an hour", "fewer are read by eye; Splunk's anomalous GetObject has no floor, and many false alarms"},
		{"megabytes", 1000, "10^6 bytes in an hour", "what a home's line carries in a few minutes"},
		{"factor", 10, "times its own median hour", "Splunk's rule takes three standard deviations, which one outlier moves"},
		{"usual", 3, "other hours", "from which on a bucketReader has habits"},
	},
	Hits: [][]string{readStory(120, 1, 0), readStory(3, 600_000_000, 5)},
	Misses: [][]string{
		readStory(50, 1000, 0),
		append(append(append(readStory(120, 1, 1), readStory(120, 1, 26)...), readStory(120, 1, 50)...), readStory(120, 1, 75)...), // each day
	},
})

// readStory is an example of n objects of so many bytes that alice reads so many hours after three o'clock.
func readStory(n, bytes, hour int) (records []string) {
	for i := range n {
		at := time.Date(2026, 1, 2, 3+hour, 0, i, 0, time.UTC).Format("2006-01-02 15:04:05")
		records = append(records, example{at: at, key: "AKIA1", call: "s3:GetObject", in: fmt.Sprintf(`{"bucketName":"b","key":"%d"}`, i),
			more: fmt.Sprintf(`"additionalEventData":{"bytesTransferredOut":%d.0}`, bytes)}.String())
	}
	return records
}
