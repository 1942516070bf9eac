package report

import (
	"context"
	"io"
	"slices"
	"strconv"
)

var _ = exportFormat(ExportFormat{
	Name: "splunk-hec",
	Doc: "lines of JSON for Splunk's HTTP event collector, /services/collector/event, of source type aws:cloudtrail: each event is the record itself, and what coldtrail " +
		"knows of it are indexed fields",
	write: func(s *EventStore, ctx context.Context, w io.Writer, f *Filter) (FileExported, error) {
		return s.writeTree(ctx, w, f, newTreeLister("", splunkMembers))
	},
})

// splunkMembers are what Splunk's collector knows, "Format events for HTTP Event Collector".
var splunkMembers = slices.Concat([]exportMember{
	{"time", []int{leafTime}, func(v *view, dst []byte, row int) []byte { return appendSeconds(dst, v.number(leafTime, row)) }},
	constantMember("sourcetype", `"aws:cloudtrail"`),
	fieldMember("source", timelineFields["object"]),
	textMember("host", "account"),
	recordMember("event", false),
}, splunkFields("fields.coldtrail_"))

// splunkFields are the indexed fields: of a field that is not there the collector takes no null.
func splunkFields(within string) []exportMember {
	return slices.DeleteFunc(objectMembers(within), func(m exportMember) bool { return m.path == within+"object" })
}

// appendSeconds appends microseconds since 1970 as seconds with three decimals, which is what is indexed by.
func appendSeconds(dst []byte, micros int64) []byte {
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	}
	dst = append(strconv.AppendInt(dst, micros/1e6, 10), '.')
	return append(dst, strconv.FormatInt(1000+micros%1e6/1000, 10)[1:]...)
}
