package query

import "strings"

// A caseFiles is what the views read: the files' names as the engine opens them.
type caseFiles struct {
	events            []string
	objects, findings string
	integrity         string // "": there is none
}

// athenaColumns are the columns of AWS's own DDL, in its order (AWS, "Create a table for
// CloudTrail logs in Athena"). The event store has them under the same names and in the same shapes, all
// texts; JSON becomes text, and else they stay plain columns, because only these are
// compared with the bounds and bloom filters of the files.
const athenaColumns = `eventversion, useridentity, eventtime, eventsource, eventname, awsregion, sourceipaddress, useragent,
errorcode, errormessage, requestparameters::VARCHAR AS requestparameters, responseelements::VARCHAR AS responseelements,
additionaleventdata::VARCHAR AS additionaleventdata, requestid, eventid, resources, eventtype, apiversion, readonly,
recipientaccountid, serviceeventdetails::VARCHAR AS serviceeventdetails, sharedeventid, vpcendpointid, vpcendpointaccountid,
eventcategory, addendum, sessioncredentialfromconsole, edgedevicedetails::VARCHAR AS edgedevicedetails, tlsdetails`

// objectKey is the place of a record's object in S3:
// AWSLogs/[o-ORGANIZATION/]ACCOUNT/CloudTrail[-Insight …]/REGION/YEAR/MONTH/DAY/
const objectKey = `AWSLogs/(?:o-[a-z0-9]+/)?([0-9]{12})/CloudTrail[^/]*/([a-z0-9-]+)/([0-9]{4})/([0-9]{2})/([0-9]{2})/`

// locatedColumns are what published tables have as partition columns, by whatever name,
// and "$path". They are those of the object's path, as they are where a table has partitions; where the
// path tells none, those of the event.
const locatedColumns = `coalesce(nullif(place.region, ''), awsregion) AS region,
coalesce(nullif(place.year, ''), strftime(event_ts, '%Y')) AS year,
coalesce(nullif(place.month, ''), strftime(event_ts, '%m')) AS month,
coalesce(nullif(place.day, ''), strftime(event_ts, '%d')) AS day,
coalesce(nullif(place.account, ''), account) AS account,
year || '/' || month || '/' || day AS "timestamp",
year || '/' || month || '/' || day AS date_partition,
coalesce(nullif(place.region, ''), awsregion) AS region_partition,
coalesce(nullif(place.account, ''), account) AS account_partition,
year || month || day AS eventday,
coalesce(nullif(place.account, ''), account) AS accountid,
's3://' || source || '/' || path AS "$path"`

// lakeIdentity is the struct of an event data store's useridentity.
const lakeIdentity = `struct_pack("type" := useridentity."type", principalid := useridentity.principalid, arn := useridentity.arn,
  accountid := useridentity.accountid, accesskeyid := useridentity.accesskeyid, username := useridentity.username,
  sessioncontext := struct_pack(
    attributes := struct_pack(creationdate := ct.instant(useridentity.sessioncontext.attributes.creationdate),
      mfaauthenticated := useridentity.sessioncontext.attributes.mfaauthenticated),
    sessionissuer := useridentity.sessioncontext.sessionissuer,
    webidfederationdata := useridentity.sessioncontext.webidfederationdata,
    sourceidentity := sourceidentity,
    ec2roledelivery := useridentity.sessioncontext.ec2roledelivery,
    ec2issuedinvpc := CASE WHEN contains(eventjson::VARCHAR, '"ec2IssuedInVpc"')
      THEN TRY(json_extract_string(eventjson, '$.userIdentity.sessionContext.ec2IssuedInVpc')) END),
  invokedby := useridentity.invokedby, identityprovider := identityprovider, onbehalfof := useridentity.onbehalfof,
  inscopeof := inscopeof::VARCHAR, credentialid := credentialid)`

// lakeColumns are the columns of an event data store (AWS, "Supported schema for columns
// in event data stores"), with those that sample queries use besides. IDENTITY and RESOURCES are
// put in. What a record cannot tell is NULL.
const lakeColumns = `eventversion, IDENTITY AS useridentity, make_timestamp(epoch_us(event_ts)) AS eventtime,
eventsource, eventname, awsregion, sourceipaddress, useragent, errorcode, errormessage,
ct.texts(requestparameters) AS requestparameters, ct.texts(responseelements) AS responseelements,
ct.texts(additionaleventdata) AS additionaleventdata, requestid, eventid,
try_cast(readonly AS BOOLEAN) AS readonly,
RESOURCES AS resources,
eventtype, apiversion, try_cast(managementevent AS BOOLEAN) AS managementevent, recipientaccountid, sharedeventid,
NULL::VARCHAR AS annotation, vpcendpointid, vpcendpointaccountid, ct.texts(serviceeventdetails) AS serviceeventdetails,
ct.addendum(addendum) AS addendum, ct.texts(edgedevicedetails) AS edgedevicedetails, ct.texts(insightdetails) AS insightdetails, eventcategory, tlsdetails,
sessioncredentialfromconsole, ct.texts(eventcontext) AS eventcontext, eventjson::VARCHAR AS eventjson, NULL::VARCHAR AS eventjsonchecksum`

// The resources of an event data store have a field that the store's have not, and that
// few records have: the raw record tells it.
const (
	lakeResources = `list_transform(resources, lambda r: struct_pack(accountid := r.accountid, "type" := r."type", arn := r.arn, arnprefix := NULL::VARCHAR))`

	lakeResourcesRaw = `coalesce(CASE WHEN contains(eventjson::VARCHAR, '"ARNPrefix"') THEN TRY(list_transform(
  from_json(eventjson, '{"resources":[{"accountId":"VARCHAR","type":"VARCHAR","ARN":"VARCHAR","ARNPrefix":"VARCHAR"}]}').resources,
  lambda r: struct_pack(accountid := r.accountId, "type" := r."type", arn := r.ARN, arnprefix := r.ARNPrefix))) END, ` + lakeResources + `)`
)

// viewMacros are what the views share. texts turns a JSON object into a map from its members' names to
// texts: of a string its content, of anything else its JSON text; of what is no object NULL.
var viewMacros = []string{
	`CREATE MACRO ct.texts(j) AS from_json(j, '"MAP(VARCHAR, VARCHAR)"')`,
	`CREATE MACRO ct.instant(t) AS try_cast(t AS TIMESTAMP)`,
	`CREATE MACRO ct.addendum(a) AS CASE WHEN a IS NOT NULL THEN map_from_entries(list_filter([
  {'key': 'reason', 'value': a.reason}, {'key': 'updatedFields', 'value': a.updatedfields},
  {'key': 'originalRequestID', 'value': a.originalrequestid}, {'key': 'originalEventID', 'value': a.originaleventid}],
  lambda e: e.value IS NOT NULL)) END`,
}

// viewStatements returns what makes the schema ct, in which a query's tables lie: tables that are
// the case's files; athena and athena_located; lake and lake_plain, whose useridentity and
// resources have the store's fields only. The plain ones are faster, because the engine
// reads one field of a struct where that is a column, and all of one that is put together. Of each
// there is one for a range of times, which the engine compares with the bounds of row groups.
func viewStatements(f caseFiles) []string {
	lake := func(identity, resources string) string {
		return strings.NewReplacer("IDENTITY", identity, "RESOURCES", resources).Replace(lakeColumns) + " FROM EVENTS"
	}
	statements := append([]string{
		"CREATE SCHEMA ct",
		"CREATE VIEW ct.events AS SELECT * FROM read_parquet([" + literals(f.events) + "])",
		"CREATE VIEW ct.objects AS SELECT * FROM read_parquet(" + literal(f.objects) + ")",
		"CREATE VIEW ct.findings AS SELECT * FROM read_parquet(" + literal(f.findings) + ")",
		"CREATE VIEW ct.integrity AS SELECT * FROM " + integrityTable(f.integrity),
	}, viewMacros...)
	for _, view := range [][2]string{
		{"athena", athenaColumns + " FROM EVENTS"},
		{"athena_located", athenaColumns + ", " + locatedColumns + ` FROM EVENTS LEFT JOIN (
  SELECT ordinal AS object_number, source, path, regexp_extract(path, ` + literal(objectKey) + `, ['account', 'region', 'year', 'month', 'day']) AS place
  FROM ct.objects) ON object_ordinal = object_number`},
		{"lake", lake(lakeIdentity, lakeResourcesRaw)},
		{"lake_plain", lake("useridentity", lakeResources)},
	} {
		name, columns := view[0], view[1]
		statements = append(statements,
			"CREATE VIEW ct."+name+" AS SELECT "+strings.Replace(columns, "EVENTS", "ct.events", 1),
			"CREATE MACRO ct."+name+"_between(since, until) AS TABLE SELECT "+
				strings.Replace(columns, "EVENTS", "(SELECT * FROM ct.events WHERE event_ts >= since AND event_ts <= until)", 1))
	}
	return statements
}

// integrityTable is what digests prove of objects; of a case without digests it has no row.
func integrityTable(file string) string {
	if file != "" {
		return "read_parquet(" + literal(file) + ")"
	}
	return `(SELECT NULL::BIGINT AS object_ordinal, NULL::VARCHAR AS kind, NULL::VARCHAR AS verdict, NULL::VARCHAR AS proved_by, NULL::VARCHAR AS reason,
  NULL::VARCHAR[] AS notes, NULL::VARCHAR AS detail, NULL::BIGINT AS digest_ordinal, NULL::BIGINT AS covered_content) WHERE false`
}

// literal returns s as a literal of SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func literals(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = literal(s)
	}
	return strings.Join(quoted, ", ")
}
