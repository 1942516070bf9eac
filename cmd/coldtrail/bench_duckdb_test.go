//go:build bench

package main

import (
	"database/sql"
	"fmt"
	"io"
	"runtime"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

// The queries that DuckDB runs: two as one would write them who knows the columns, and all as fast
// as we could make them:
//
//   - CloudTrail writes an object as one line. That newline_delimited says so halves
//     the time of a count: otherwise DuckDB looks for the end of the object first.
//   - Columns are given. Guessing them costs time, and goes wrong where a field is
//     an object here and a text there.
//   - Times are sorted as text: RFC 3339 in UTC sorts as the times do.
//   - A record is kept as JSON text (JSON[]) and taken apart once, by from_json. One
//     json_extract_string with a list of paths takes longer.
//   - ZSTD is at the level that coldtrail uses, 1; DuckDB's default is 3.
//   - A column of more than 2,048 values in a row group gets no dictionary, which saves
//     a tenth: by default DuckDB numbers up to a fifth of the rows, raw records too.
//
// What is set is the number of threads and the directory for what does not fit
// into memory. Everything else is as DuckDB comes; by default it may use 80 % of
// the machine's memory.
//
// It is spared some things that coldtrail does. Copies are not dropped. Events of
// the same second come in any order. Objects below CloudTrail/ are read, and
// nothing is said of others, of damage, or of what is not CloudTrail's. In the
// Parquet file the raw record is as DuckDB writes JSON, without the white space that
// the evidence may have; and there is no offset of the record in its object, no
// places of copies, no marks, no derived ID and no names of resources.
const (
	duckdbSettings = `
SET threads = CORES;
SET temp_directory = 'OUT/tmp'`

	duckdbCount = `
SELECT sum(json_array_length(json, '$.Records'))
FROM read_ndjson_objects('EVIDENCE/AWSLogs/*/*/CloudTrail/**/*.json.gz')`

	duckdbFilter = `
COPY (
  SELECT r.eventTime, r.eventID, r.userIdentity.arn, r.sourceIPAddress
  FROM (
    SELECT unnest(Records) AS r
    FROM read_json('EVIDENCE/AWSLogs/*/*/CloudTrail/**/*.json.gz', format = 'newline_delimited', columns = {
      Records: 'STRUCT(eventTime VARCHAR, eventID VARCHAR, eventName VARCHAR, eventSource VARCHAR, errorCode VARCHAR,
        sourceIPAddress VARCHAR, userIdentity STRUCT(arn VARCHAR, accessKeyId VARCHAR))[]'}))
  WHERE r.eventSource = 's3.amazonaws.com'
    AND r.eventName LIKE 'Get%'
    AND r.errorCode IS NULL
    AND r.userIdentity.accessKeyId LIKE 'ASIA%'
    AND r.eventTime >= '2026-03-03T00:00:00Z'
  ORDER BY r.eventTime
) TO 'OUT/out.csv' (HEADER)`

	duckdbCSV = `
COPY (
  SELECT r.eventTime, r.eventID, r.eventName, r.eventSource, r.awsRegion, r.recipientAccountId,
    r.userIdentity.arn, r.userIdentity.accessKeyId, r.sourceIPAddress, r.userAgent, r.errorCode
  FROM (
    SELECT unnest(Records) AS r
    FROM read_json('EVIDENCE/AWSLogs/*/*/CloudTrail/**/*.json.gz', format = 'newline_delimited', columns = {
      Records: 'STRUCT(eventTime VARCHAR, eventID VARCHAR, eventName VARCHAR, eventSource VARCHAR, awsRegion VARCHAR,
        recipientAccountId VARCHAR, userIdentity STRUCT(arn VARCHAR, accessKeyId VARCHAR), sourceIPAddress VARCHAR,
        userAgent VARCHAR, errorCode VARCHAR)[]'}))
  ORDER BY r.eventTime
) TO 'OUT/out.csv' (HEADER)`

	duckdbParquet = `
COPY (
  SELECT CAST(r.eventTime AS TIMESTAMP) AS event_ts, r.*, eventjson, object_ordinal, record_index,
    coalesce(r.recipientAccountId, r.userIdentity.accountId) AS account,
    coalesce(r.userIdentity.arn, r.userIdentity.principalId, r.userIdentity.invokedBy) AS principal,
    r.userIdentity.accessKeyId AS credential,
    r.userIdentity.sessionContext.attributes.creationDate AS session_start,
    CASE r.eventCategory WHEN 'Insight' THEN 'insight' WHEN 'NetworkActivity' THEN 'network-activity'
      WHEN 'Aggregated' THEN 'aggregated' ELSE 'event' END AS kind
  FROM (
    SELECT eventjson, object_ordinal, record_index, from_json(eventjson, '{
      "eventVersion": "VARCHAR",
      "userIdentity": {
        "type": "VARCHAR", "principalId": "VARCHAR", "arn": "VARCHAR", "accountId": "VARCHAR", "invokedBy": "VARCHAR",
        "accessKeyId": "VARCHAR", "userName": "VARCHAR",
        "onBehalfOf": {"userId": "VARCHAR", "identityStoreArn": "VARCHAR"},
        "sessionContext": {
          "attributes": {"mfaAuthenticated": "VARCHAR", "creationDate": "VARCHAR"},
          "sessionIssuer": {"type": "VARCHAR", "principalId": "VARCHAR", "arn": "VARCHAR", "accountId": "VARCHAR",
            "userName": "VARCHAR"},
          "ec2RoleDelivery": "VARCHAR",
          "webIdFederationData": {"federatedProvider": "VARCHAR", "attributes": "MAP(VARCHAR, VARCHAR)"},
          "sourceIdentity": "VARCHAR"},
        "identityProvider": "VARCHAR", "credentialId": "VARCHAR", "inScopeOf": "JSON"},
      "eventTime": "VARCHAR", "eventSource": "VARCHAR", "eventName": "VARCHAR", "awsRegion": "VARCHAR",
      "sourceIPAddress": "VARCHAR", "userAgent": "VARCHAR", "errorCode": "VARCHAR", "errorMessage": "VARCHAR",
      "requestParameters": "JSON", "responseElements": "JSON", "additionalEventData": "JSON",
      "requestID": "VARCHAR", "eventID": "VARCHAR",
      "resources": [{"ARN": "VARCHAR", "accountId": "VARCHAR", "type": "VARCHAR"}],
      "eventType": "VARCHAR", "apiVersion": "VARCHAR", "readOnly": "VARCHAR", "recipientAccountId": "VARCHAR",
      "serviceEventDetails": "JSON", "sharedEventID": "VARCHAR", "vpcEndpointId": "VARCHAR",
      "vpcEndpointAccountId": "VARCHAR", "eventCategory": "VARCHAR",
      "addendum": {"reason": "VARCHAR", "updatedFields": "VARCHAR", "originalRequestID": "VARCHAR",
        "originalEventID": "VARCHAR"},
      "sessionCredentialFromConsole": "VARCHAR", "edgeDeviceDetails": "JSON",
      "tlsDetails": {"tlsVersion": "VARCHAR", "cipherSuite": "VARCHAR", "clientProvidedHostHeader": "VARCHAR"},
      "managementEvent": "VARCHAR", "insightDetails": "JSON", "eventContext": "JSON"}') AS r
    FROM (
      SELECT unnest(Records) AS eventjson, file_index AS object_ordinal, generate_subscripts(Records, 1) - 1 AS record_index
      FROM read_json('EVIDENCE/AWSLogs/*/*/CloudTrail/**/*.json.gz', format = 'newline_delimited', columns = {
        Records: 'JSON[]'})))
  ORDER BY event_ts
) TO 'OUT/out.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 2048)`
)

const (
	rowDuckDBCount   = "DuckDB: count"
	rowDuckDBFilter  = "DuckDB: five predicates, CSV, sorted"
	rowDuckDBCSV     = "DuckDB: 11-column CSV, sorted"
	rowDuckDBParquet = "DuckDB: the store's columns, Parquet, sorted"

	rowDuckDBPlainCSV     = "DuckDB as it comes: 11-column CSV, sorted"
	rowDuckDBPlainParquet = "DuckDB as it comes: the store's columns, Parquet, sorted"
)

// asItComes leaves out of a query what we have found to make it faster.
func asItComes(sql string) string {
	return strings.NewReplacer("format = 'newline_delimited', ", "", ", COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 2048", "").Replace(sql)
}

var duckdbQueries = []struct{ name, sql string }{
	{rowDuckDBCount, duckdbCount},
	{rowDuckDBFilter, duckdbFilter},
	{rowDuckDBCSV, duckdbCSV},
	{rowDuckDBParquet, duckdbParquet},
	{rowDuckDBPlainCSV, asItComes(duckdbCSV)},
	{rowDuckDBPlainParquet, asItComes(duckdbParquet)},
}

// runDuckDB runs the query of that name over an archive, and prints the number
// that it returns. What it copies lies in the directory out.
func runDuckDB(w io.Writer, name, evidence, out string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // the settings are the connection's
	quote := strings.NewReplacer("'", "''")
	fill := strings.NewReplacer("EVIDENCE", quote.Replace(evidence), "OUT", quote.Replace(out), "CORES", fmt.Sprint(runtime.NumCPU()))
	if _, err := db.Exec(fill.Replace(duckdbSettings)); err != nil {
		return err
	}
	for _, q := range duckdbQueries {
		if q.name == name {
			var n int64
			if err := db.QueryRow(fill.Replace(q.sql)).Scan(&n); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			_, err := fmt.Fprintln(w, n)
			return err
		}
	}
	return fmt.Errorf("no query %q", name)
}
