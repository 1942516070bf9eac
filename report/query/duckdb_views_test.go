//go:build cgo

package query

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// columnsOf returns names and types of a query's columns.
func columnsOf(t *testing.T, db *DB, sql string) string {
	t.Helper()
	c, err := db.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &statement{conn: c, sql: sql, r: &Rewritten{SQL: sql, Kind: "SELECT"}}
	rows, err := s.rows()
	if err != nil {
		s.close()
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for _, c := range rows.Columns() {
		all = append(all, c.Name+" "+c.Type)
	}
	return strings.Join(all, ", ")
}

// The columns are those of AWS's DDL, in its order, every leaf a text, and then what
// published tables are partitioned by.
func TestAthenaColumns(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	const plain = "eventversion varchar, useridentity row, eventtime varchar, eventsource varchar, eventname varchar, awsregion varchar, " +
		"sourceipaddress varchar, useragent varchar, errorcode varchar, errormessage varchar, requestparameters varchar, responseelements varchar, " +
		"additionaleventdata varchar, requestid varchar, eventid varchar, resources array, eventtype varchar, apiversion varchar, readonly varchar, " +
		"recipientaccountid varchar, serviceeventdetails varchar, sharedeventid varchar, vpcendpointid varchar, vpcendpointaccountid varchar, " +
		"eventcategory varchar, addendum row, sessioncredentialfromconsole varchar, edgedevicedetails varchar, tlsdetails row"
	const located = ", region varchar, year varchar, month varchar, day varchar, account varchar, timestamp varchar, date_partition varchar, " +
		"region_partition varchar, account_partition varchar, eventday varchar, accountid varchar, $path varchar"
	if got := columnsOf(t, db, "SELECT * FROM ct.athena"); got != plain {
		t.Errorf("%s\nwant\n%s", got, plain)
	}
	if got := columnsOf(t, db, "SELECT * FROM ct.athena_located"); got != plain+located {
		t.Errorf("%s\nwant\n%s", got, plain+located)
	}
	types, err := run(t, db, &Rewritten{Kind: "SELECT", SQL: "SELECT typeof(useridentity), typeof(resources), typeof(addendum), typeof(tlsdetails) FROM ct.athena"})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.FieldsFunc(types[0], func(r rune) bool { return strings.ContainsRune(" (){}=,[]\"", r) }) {
		if word == strings.ToUpper(word) && !slices.Contains([]string{"", "STRUCT", "MAP", "VARCHAR"}, word) {
			t.Errorf("a leaf is no text: %s in %s", word, types[0])
		}
	}
}

func TestLakeColumns(t *testing.T) {
	db := opened(t, caseOf(t, oneEvent))
	const columns = "eventversion varchar, useridentity row, eventtime timestamp, eventsource varchar, eventname varchar, awsregion varchar, " +
		"sourceipaddress varchar, useragent varchar, errorcode varchar, errormessage varchar, requestparameters map, responseelements map, " +
		"additionaleventdata map, requestid varchar, eventid varchar, readonly boolean, resources array, eventtype varchar, apiversion varchar, " +
		"managementevent boolean, recipientaccountid varchar, sharedeventid varchar, annotation varchar, vpcendpointid varchar, " +
		"vpcendpointaccountid varchar, serviceeventdetails map, addendum map, edgedevicedetails map, insightdetails map, eventcategory varchar, " +
		"tlsdetails row, sessioncredentialfromconsole varchar, eventcontext map, eventjson varchar, eventjsonchecksum varchar"
	for _, view := range []string{"ct.lake", "ct.lake_plain"} {
		if got := columnsOf(t, db, "SELECT * FROM "+view); got != columns {
			t.Errorf("%s: %s\nwant\n%s", view, got, columns)
		}
	}
}

// rawWant is want for SQL that the dialect has not seen.
func rawWant(t *testing.T, db *DB, sql, lines string) {
	t.Helper()
	got, err := run(t, db, &Rewritten{Kind: "SELECT", SQL: sql})
	if err != nil {
		t.Errorf("%s: %v", sql, err)
		return
	}
	for i := range got {
		got[i] = strings.TrimSuffix(strings.TrimPrefix(got[i], "{row=["), "]}")
	}
	if text := strings.Join(got, "\n"); text != lines {
		t.Errorf("%s:\n%s\nwant\n%s", sql, text, lines)
	}
}

// Partition columns are those of the object's path; of an object elsewhere, those of the event.
func TestLocatedColumns(t *testing.T) {
	root := filepath.Join(t.TempDir(), "bucket")
	record := func(id, at, region, account string) string {
		return `{"eventTime":"` + at + `","eventSource":"x","eventName":"y","eventID":"` + id + `","awsRegion":"` + region + `","recipientAccountId":"` + account + `"}`
	}
	writeObject(t, root, "AWSLogs/o-abc123/111122223333/CloudTrail/eu-west-1/2026/03/04/a.json", record("a", "2026-03-03T23:59:00Z", "us-east-1", "444455556666"))
	writeObject(t, root, "pre/AWSLogs/111122223333/CloudTrail-Insight/us-gov-west-1/2026/12/31/b.json", record("b", "2026-03-03T23:59:00Z", "us-east-1", "444455556666"))
	writeObject(t, root, "other/c.json", record("c", "2025-11-09T01:02:03Z", "ap-south-1", "777788889999"))
	writeObject(t, root, "it's 'AWSLogs/x/d.json", record("d", "2025-11-09T01:02:03Z", "", ""))
	db := opened(t, analyzed(t, root))
	rawWant(t, db, `SELECT eventid, account, accountid, account_partition, region, region_partition, year, month, day, "timestamp", date_partition, eventday, "$path" FROM ct.athena_located ORDER BY 1`,
		`a, 111122223333, 111122223333, 111122223333, eu-west-1, eu-west-1, 2026, 03, 04, 2026/03/04, 2026/03/04, 20260304, s3://bucket/AWSLogs/o-abc123/111122223333/CloudTrail/eu-west-1/2026/03/04/a.json
b, 111122223333, 111122223333, 111122223333, us-gov-west-1, us-gov-west-1, 2026, 12, 31, 2026/12/31, 2026/12/31, 20261231, s3://bucket/pre/AWSLogs/111122223333/CloudTrail-Insight/us-gov-west-1/2026/12/31/b.json
c, 777788889999, 777788889999, 777788889999, ap-south-1, ap-south-1, 2025, 11, 09, 2025/11/09, 2025/11/09, 20251109, s3://bucket/other/c.json
d, null, null, null, , , 2025, 11, 09, 2025/11/09, 2025/11/09, 20251109, s3://bucket/it's 'AWSLogs/x/d.json`)
}

// What CloudTrail Lake makes of a record: maps of texts, times, truth values, and the fields that
// only the raw record has. A record that would not be JSON to the engine hides no other.
func TestLakeValues(t *testing.T) {
	db := opened(t, caseOf(t,
		`{"eventTime":"2026-03-04T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListObjects","eventID":"a","readOnly":true,"managementEvent":false,
			"userIdentity":{"type":"AssumedRole","arn":"arn:x","identityProvider":"idp","credentialId":"cred","inScopeOf":{"sourceArn":"s"},
				"sessionContext":{"attributes":{"creationDate":"2026-03-04T09:00:00Z","mfaAuthenticated":"true"},"sourceIdentity":"si","ec2IssuedInVpc":"vpc-1"}},
			"requestParameters":{"bucketName":"b","n":1,"f":243.0,"t":true,"deep":{"x":[1,"y"]},"none":null,"":"empty"},
			"resources":[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::b/"},{"accountId":"1","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],
			"addendum":{"reason":"DELIVERY_DELAY","updatedFields":null,"originalEventID":"o"}}`,
		`{"eventTime":"2026-03-04T10:00:01Z","eventSource":"x","eventName":"y","eventID":"b","readOnly":"perhaps","userIdentity":{"sessionContext":{"attributes":{"creationDate":"yesterday"}}},
			"requestParameters":["a"],"responseElements":"text","additionalEventData":{"half":"\ud800","k":"v"},"resources":[]}`,
		`{"eventTime":"2026-03-04T10:00:02Z","eventSource":"x","eventName":"y","eventID":"c"}`))
	const fields = `eventid, eventtime, readonly, managementevent, requestparameters, responseelements, additionaleventdata, addendum`
	const values = `a, 2026-03-04 10:00:00.000, true, false, {bucketName=b, n=1, f=243.0, t=true, deep={"x":[1,"y"]}, none=null, =empty}, null, null, {reason=DELIVERY_DELAY, originalEventID=o}
b, 2026-03-04 10:00:01.000, null, null, null, null, {half=` + "\ufffd" + `, k=v}, null
c, 2026-03-04 10:00:02.000, null, null, null, null, null, null`
	rawWant(t, db, "SELECT "+fields+" FROM ct.lake", values)
	rawWant(t, db, "SELECT "+fields+" FROM ct.lake_plain", values)
	rawWant(t, db, "SELECT useridentity.arn, useridentity.sessioncontext.attributes, useridentity.sessioncontext.sourceidentity, useridentity.sessioncontext.ec2issuedinvpc, useridentity.identityprovider, useridentity.credentialid, useridentity.inscopeof FROM ct.lake",
		`arn:x, {creationdate=2026-03-04 09:00:00.000, mfaauthenticated=true}, si, vpc-1, idp, cred, {"sourceArn":"s"}
null, {creationdate=null, mfaauthenticated=null}, null, null, null, null, null
null, {creationdate=null, mfaauthenticated=null}, null, null, null, null, null`)
	rawWant(t, db, "SELECT resources FROM ct.lake", `[{accountid=null, type=AWS::S3::Object, arn=null, arnprefix=arn:aws:s3:::b/}, {accountid=1, type=AWS::S3::Bucket, arn=arn:aws:s3:::b, arnprefix=null}]
[]
null`)
	rawWant(t, db, "SELECT useridentity.arn, useridentity.sessioncontext.attributes.mfaauthenticated FROM ct.lake_plain LIMIT 1", "arn:x, true")
	rawWant(t, db, "SELECT eventjson FROM ct.lake WHERE eventid = 'c'", `{"eventTime":"2026-03-04T10:00:02Z","eventSource":"x","eventName":"y","eventID":"c"}`)
	rawWant(t, db, "SELECT eventtime, readonly, requestparameters FROM ct.athena WHERE eventid <> 'c'", `2026-03-04T10:00:00Z, true, {"bucketName":"b","n":1,"f":243.0,"t":true,"deep":{"x":[1,"y"]},"none":null,"":"empty"}
2026-03-04T10:00:01Z, perhaps, ["a"]`)
}
