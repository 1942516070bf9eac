//go:build cgo

package query

import (
	"os"
	"strings"
	"testing"
)

// benchQueries are typical of what responders ask. KEY is an access key of the case.
var benchQueries = []struct{ name, sql string }{
	{"sign-ins without MFA", `SELECT eventtime, useridentity.arn, sourceipaddress FROM cloudtrail_logs
		WHERE eventname = 'ConsoleLogin' AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No' ORDER BY eventtime`},
	{"denied by principal", `SELECT useridentity.arn, count(*) AS n FROM cloudtrail_logs
		WHERE errorcode IN ('AccessDenied', 'Client.UnauthorizedOperation', 'UnauthorizedOperation') GROUP BY 1 ORDER BY n DESC LIMIT 20`},
	{"calls of a key", `SELECT eventname, eventsource, min(eventtime), max(eventtime), count(*) FROM cloudtrail_logs
		WHERE useridentity.accesskeyid = 'KEY' GROUP BY 1, 2 ORDER BY 3`},
	{"S3 reads by address, of a month", `SELECT sourceipaddress, count(DISTINCT json_extract_scalar(requestparameters, '$.key')) AS objects FROM cloudtrail_logs
		WHERE eventsource = 's3.amazonaws.com' AND eventname = 'GetObject' AND year = '2026' AND month = '03' GROUP BY 1 ORDER BY 2 DESC LIMIT 20`},
	{"Lake: an hour of writes", `SELECT eventTime, eventName, userIdentity.arn, element_at(requestParameters, 'roleName') AS role FROM $EDS_ID
		WHERE eventTime >= '2026-03-04 10:00:00' AND eventTime < '2026-03-04 11:00:00' AND readOnly = false ORDER BY eventTime`},
}

// rawQueries are two of them as DuckDB runs them on the evidence itself; FILES are its objects.
var rawQueries = []struct{ name, sql string }{
	{"denied by principal", `SELECT r.userIdentity.arn, count(*) AS n FROM (SELECT unnest(Records) AS r FROM read_json('FILES', format = 'newline_delimited',
		columns = {Records: 'STRUCT(errorCode VARCHAR, userIdentity STRUCT(arn VARCHAR))[]'}))
		WHERE r.errorCode IN ('AccessDenied', 'Client.UnauthorizedOperation', 'UnauthorizedOperation') GROUP BY 1 ORDER BY n DESC LIMIT 20`},
	{"calls of a key", `SELECT r.eventName, r.eventSource, min(r.eventTime), max(r.eventTime), count(*) FROM (SELECT unnest(Records) AS r
		FROM read_json('FILES', format = 'newline_delimited', columns = {Records: 'STRUCT(eventName VARCHAR, eventSource VARCHAR, eventTime VARCHAR, userIdentity STRUCT(accessKeyId VARCHAR))[]'}))
		WHERE r.userIdentity.accessKeyId = 'KEY' GROUP BY 1, 2 ORDER BY 3`},
}

// BenchmarkQuery measures what opens a case, and queries of one that is open. COLDTRAIL_CASE is a case to
// use instead of a small one that is made; with COLDTRAIL_EVIDENCE, its evidence, the same
// queries are asked of that.
func BenchmarkQuery(b *testing.B) {
	dir := os.Getenv("COLDTRAIL_CASE")
	if dir == "" {
		dir = demoCase(b)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			db, err := Open(b.Context(), dir, Options{})
			if err == nil {
				err = db.Close()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	db := opened(b, dir)
	lines, err := ask(b, db, "SELECT credential FROM events WHERE credential LIKE 'AKIA%' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
	if err != nil || len(lines) != 1 {
		b.Fatalf("no access key in %s: %v", dir, err)
	}
	for _, q := range benchQueries {
		b.Run(q.name, func(b *testing.B) {
			rows := 0
			for b.Loop() {
				got, err := ask(b, db, strings.ReplaceAll(q.sql, "KEY", lines[0]))
				if err != nil {
					b.Fatal(err)
				}
				rows = len(got)
			}
			b.ReportMetric(float64(rows), "rows")
		})
	}
	evidence := os.Getenv("COLDTRAIL_EVIDENCE")
	if evidence == "" {
		return
	}
	free := &DB{session: map[string]bool{}, defined: map[string]bool{}, patience: patience}
	if err := free.launch(Options{Memory: 4 << 30}); err != nil {
		b.Fatal(err)
	}
	c, err := free.connect(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer c.close()
	for _, q := range rawQueries {
		b.Run("evidence: "+q.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.run(strings.NewReplacer("KEY", lines[0], "FILES", evidence+"/AWSLogs/*/*/CloudTrail/**/*.json.gz").Replace(q.sql)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
