package parser

import "regexp"

// What an export task of CloudWatch Logs writes to S3: each line a time, a space and the
// message.
var logExport = register(&shape{name: "cloudwatch-export", fidelity: Reserialised, what: logLine})

var exportTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z {`)

const longestTime = len("2006-01-02T15:04:05.123456789Z {")

// exportedLine passes the time that a line begins with before its record.
func (rd *Reader) exportedLine() bool {
	f := &rd.f
	for f.end-f.pos < longestTime && f.more() {
	}
	m := exportTime.FindIndex(f.buf[f.pos:min(f.end, f.pos+longestTime)])
	if m == nil {
		return false
	}
	f.pos += m[1] - 1
	rd.lifted = logExport
	return true
}
