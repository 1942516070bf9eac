package report

import (
	"context"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
)

var _ = exportFormat(ExportFormat{
	Name:  "records",
	Doc:   `the records as CloudTrail delivers them, {"Records":[…]} in gzip, each byte for byte as in the evidence, in the timeline's order and copies once: for any tool that reads trail objects, coldtrail too`,
	write: (*EventStore).writeRecords,
})

// recordsLevel is about what CloudTrail's own objects are compressed with; more gains little.
const recordsLevel = 6

// writeRecords writes an object of a trail. Between the records stands what no record
// holds, so that they can be told apart without a parser: a comma and a line break.
func (s *EventStore) writeRecords(ctx context.Context, w io.Writer, f *Filter) (told FileExported, err error) {
	z, err := gzip.NewWriterLevel(w, recordsLevel)
	if err != nil {
		return told, err
	}
	z.ModTime = time.Unix(0, 0) // which in gzip is none
	if _, err := io.WriteString(z, `{"Records":[`); err != nil {
		return told, err
	}
	err = s.Scan(ctx, f, RawColumns, func(r *Row) error {
		if told.Events > 0 {
			if _, err := io.WriteString(z, ",\n"); err != nil {
				return err
			}
		}
		told.Events++
		_, err := z.Write(r.Raw())
		return err
	})
	if err == nil {
		_, err = io.WriteString(z, "]}\n")
	}
	if err == nil {
		err = z.Close()
	}
	return told, err
}
