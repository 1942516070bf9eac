//go:build bench && cgo

package query_test

import (
	"database/sql"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // DuckDB's own driver

	"github.com/coldtrail/coldtrail/report/query"
)

var (
	benchEvidence = flag.String("evidence", "", "the archive to measure with")
	benchCase     = flag.String("case", "", "the case that analyze made of it")
)

// rawQuestions ask the objects what the questions of the same names ask the case, as fast as
// we could make DuckDB do it: see cmd/coldtrail/bench_duckdb_test.go. Copies count twice.
var rawQuestions = map[string]string{
	"console-logins-without-mfa": `
SELECT r.eventTime, r.recipientAccountId, r.userIdentity.type, r.userIdentity.arn, r.sourceIPAddress, r.userAgent
FROM RECORDS(eventName VARCHAR, eventTime VARCHAR, recipientAccountId VARCHAR, sourceIPAddress VARCHAR, userAgent VARCHAR,
  userIdentity STRUCT("type" VARCHAR, arn VARCHAR), responseElements JSON, additionalEventData JSON)
WHERE r.eventName = 'ConsoleLogin' AND (r.responseElements->>'$.ConsoleLogin') = 'Success'
  AND coalesce((r.additionalEventData->>'$.MFAUsed'), 'No') <> 'Yes' AND r.userIdentity.type IN ('IAMUser', 'Root')
ORDER BY r.eventTime`,
	"access-keys-created": `
WITH all_records AS MATERIALIZED (SELECT r.eventTime AS t, r.eventName AS name, r.userIdentity.accessKeyId AS key, r.userIdentity.arn AS arn, r.sourceIPAddress AS ip,
    CASE WHEN r.eventName = 'CreateAccessKey' THEN (r.responseElements->>'$.accessKey.accessKeyId') END AS new_key
  FROM RECORDS(eventName VARCHAR, eventTime VARCHAR, sourceIPAddress VARCHAR, userIdentity STRUCT(accessKeyId VARCHAR, arn VARCHAR), responseElements JSON)),
used AS (SELECT key, count(*) AS events, min(t) AS first_use, max(t) AS last_use, count(DISTINCT ip) AS addresses FROM all_records
  WHERE key IN (SELECT new_key FROM all_records) GROUP BY key)
SELECT a.t, a.arn, a.key, a.new_key, a.ip, events, first_use, last_use, addresses
FROM all_records a LEFT JOIN used ON used.key = a.new_key WHERE a.name = 'CreateAccessKey' ORDER BY a.t`,
	"denied-calls": `
SELECT r.recipientAccountId, r.userIdentity.arn, r.userIdentity.accessKeyId, count(*) AS denied, count(DISTINCT r.eventSource || ':' || r.eventName) AS different_calls,
  count(DISTINCT r.sourceIPAddress), min(r.eventTime), max(r.eventTime)
FROM RECORDS(eventName VARCHAR, eventSource VARCHAR, eventTime VARCHAR, recipientAccountId VARCHAR, sourceIPAddress VARCHAR, errorCode VARCHAR,
  userIdentity STRUCT(arn VARCHAR, accessKeyId VARCHAR))
WHERE regexp_matches(r.errorCode, 'AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|Forbidden|InsufficientPrivileges')
GROUP BY ALL ORDER BY different_calls DESC, denied DESC`,
	"s3-reads-by-address": `
SELECT r.requestParameters.bucketName AS bucket, r.sourceIPAddress, count(*), count(*) FILTER (r.errorCode IS NULL),
  count(DISTINCT CASE WHEN r.errorCode IS NULL THEN r.requestParameters.key END), sum(r.additionalEventData.bytesTransferredOut) AS bytes,
  count(DISTINCT r.userIdentity.accessKeyId), min(r.eventTime), max(r.eventTime)
FROM RECORDS(eventName VARCHAR, eventSource VARCHAR, eventTime VARCHAR, sourceIPAddress VARCHAR, errorCode VARCHAR, userIdentity STRUCT(accessKeyId VARCHAR),
  requestParameters STRUCT(bucketName VARCHAR, "key" VARCHAR), additionalEventData STRUCT(bytesTransferredOut DOUBLE))
WHERE r.eventSource = 's3.amazonaws.com' AND r.eventName = 'GetObject'
GROUP BY r.requestParameters.bucketName, r.sourceIPAddress ORDER BY bytes DESC`,
	"public-security-groups": `
SELECT r.eventTime, r.recipientAccountId, r.awsRegion, (r.requestParameters->>'$.groupId'), (r.requestParameters->'$.ipPermissions.items'), r.userIdentity.arn, r.sourceIPAddress
FROM RECORDS(eventName VARCHAR, eventTime VARCHAR, recipientAccountId VARCHAR, awsRegion VARCHAR, sourceIPAddress VARCHAR, userIdentity STRUCT(arn VARCHAR), requestParameters JSON)
WHERE r.eventName = 'AuthorizeSecurityGroupIngress' AND regexp_matches(r.requestParameters::VARCHAR, '"(0\.0\.0\.0|::)/0"')
ORDER BY r.eventTime`,
}

// overRecords replaces RECORDS(columns) by what reads them of the objects.
func overRecords(q, evidence string) string {
	from, rest, _ := strings.Cut(q, "RECORDS(")
	depth, end := 1, 0
	for ; depth > 0; end++ {
		switch rest[end] {
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	return from + "(SELECT unnest(Records) AS r FROM read_json('" + evidence + "/AWSLogs/*/*/CloudTrail/**/*.json.gz', format = 'newline_delimited', columns = {Records: 'STRUCT(" +
		rest[:end-1] + ")[]'}))" + rest[end:]
}

// median returns the middle one of five times, after one run that warms up.
func median(t *testing.T, run func() int) (middle time.Duration, rows int) {
	t.Helper()
	rows = run()
	var times []time.Duration
	for range 5 {
		from := time.Now()
		run()
		times = append(times, time.Since(from))
	}
	slices.Sort(times)
	return times[2], rows
}

// TestBenchQuestions prints how long opening a case and five typical questions take, and how
// long DuckDB takes to answer them from the objects. Run it with
// go test -tags bench -run BenchQuestions ./report/query -evidence DIR -case CASE.
func TestBenchQuestions(t *testing.T) {
	if *benchEvidence == "" || *benchCase == "" {
		t.Skip("needs -evidence and -case")
	}
	var out strings.Builder
	defer func() { t.Log("\n" + out.String()) }()
	open, _ := median(t, func() int {
		db, err := query.Open(t.Context(), *benchCase, query.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := db.Query(t.Context(), "SELECT 1")
		if err != nil {
			t.Fatal(err)
		}
		n := drain(t, rows)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return n
	})
	fmt.Fprintf(&out, "open, SELECT 1, close: %d ms\n", open.Milliseconds())
	db, err := query.Open(t.Context(), *benchCase, query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	raw, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for name, rawSQL := range rawQuestions {
		q, ok := query.FindQuestion(name)
		if !ok {
			t.Fatal(name)
		}
		text, err := q.Bind(nil)
		if err != nil {
			t.Fatal(err)
		}
		ours, n := median(t, func() int {
			rows, err := db.Query(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			return drain(t, rows)
		})
		theirs, m := median(t, func() int { return drainRaw(t, raw, overRecords(rawSQL, *benchEvidence)) })
		fmt.Fprintf(&out, "%-28s case %4d ms, %5d rows; DuckDB on the objects %6d ms, %5d rows: %.0f times\n",
			name, ours.Milliseconds(), n, theirs.Milliseconds(), m, float64(theirs)/float64(ours))
	}
}

func drain(t *testing.T, rows *query.Rows) (n int) {
	t.Helper()
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

func drainRaw(t *testing.T, db *sql.DB, text string) (n int) {
	t.Helper()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
