package query

import (
	"regexp"
	"strings"
)

// show goes over SHOW and DESCRIBE.
func (r *rewriter) show() {
	describe := r.next().isAny("DESCRIBE", "DESC")
	r.n++
	switch {
	case describe:
		_ = r.accept("EXTENDED") || r.accept("FORMATTED")
		r.columns("column_name AS col_name, " + columnType + " AS data_type, '' AS comment")
	case r.accept("COLUMNS"):
		r.n++ // FROM, IN
		r.columns("column_name AS field")
	case r.accept("TABLES"):
		r.showTables()
	case r.accept("PARTITIONS"):
		r.instead = "SELECT DISTINCT 'region=' || region || '/year=' || year || '/month=' || month || '/day=' || day AS \"partition\" FROM " +
			locatedView + " ORDER BY 1"
		r.shown()
	case r.accept("DATABASES"), r.accept("SCHEMAS"):
		r.instead = "SELECT 'default' AS database_name"
		r.n = len(r.places)
	case r.accept("CREATE", "TABLE"):
		r.instead = "SELECT unnest(string_split(" + quoteText(tableDefinition) + ", chr(10))) AS createtab_stmt"
		r.shown()
	default:
		r.refuse(r.n, KindRefused, "SHOW %s is not answered here: SHOW TABLES, COLUMNS, PARTITIONS, CREATE TABLE and DATABASES are", upper(r.next().text))
	}
}

// shown goes over the name of the table that is shown, which must be the evidence's.
func (r *rewriter) shown() {
	r.accept("TABLE")
	at := r.n
	if parts := r.nameParts(); r.err == nil && !isCloudTrail(parts) {
		r.refuse(at, KindName, "table %s has no partitions and no definition here; cloudtrail_logs has", strings.Join(parts, "."))
	}
	r.n = len(r.places)
}

// columnType is the expression of a column's type in the words of Athena's definitions.
const columnType = "replace(replace(lower(data_type), 'varchar', 'string'), '\"', '')"

// columns lists the columns of a table.
func (r *rewriter) columns(what string) {
	t := r.tableName(&selection{})
	if t == nil {
		return
	}
	schema, name := "main", t.name
	if t.view != "" {
		schema, name, _ = strings.Cut(strings.Replace(t.view, athenaView, locatedView, 1), ".")
		r.out.Lake = t.view == lakeView
	}
	r.tables = nil
	r.instead = "SELECT " + what + " FROM information_schema.columns WHERE table_schema = " + quoteText(schema) +
		" AND lower(table_name) = " + quoteText(key(name)) + " ORDER BY ordinal_position"
	r.n = len(r.places)
}

// showTables lists what can be asked: SHOW TABLES [IN database] [LIKE] ['pattern'], where * in the
// pattern is any text and | separates patterns (AWS, "Athena: SHOW TABLES").
func (r *rewriter) showTables() {
	if r.accept("IN") || r.accept("FROM") {
		r.nameParts()
	}
	r.accept("LIKE")
	pattern := "*"
	if r.next().kind == textToken {
		pattern = literalText(r.next())
	}
	expr := strings.NewReplacer(`\*`, ".*", `\|`, "|", "%", ".*").Replace(regexp.QuoteMeta(pattern))
	r.instead = "SELECT tab_name FROM (SELECT unnest(['cloudtrail_logs', 'events', 'findings', 'integrity', 'objects']) AS tab_name" +
		" UNION SELECT table_name FROM information_schema.tables WHERE table_schema = 'main')" +
		" WHERE regexp_full_match(tab_name, " + quoteText(expr) + ", 'i') ORDER BY tab_name"
	r.n = len(r.places)
}

// tableDefinition is what SHOW CREATE TABLE answers: the columns of AWS's definition (AWS, "Create
// a table for CloudTrail logs in Athena").
const tableDefinition = "CREATE EXTERNAL TABLE `cloudtrail_logs`(\n" + `  eventversion string,
  useridentity struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>,
  eventtime string,
  eventsource string,
  eventname string,
  awsregion string,
  sourceipaddress string,
  useragent string,
  errorcode string,
  errormessage string,
  requestparameters string,
  responseelements string,
  additionaleventdata string,
  requestid string,
  eventid string,
  resources array<struct<arn:string,accountid:string,type:string>>,
  eventtype string,
  apiversion string,
  readonly string,
  recipientaccountid string,
  serviceeventdetails string,
  sharedeventid string,
  vpcendpointid string,
  vpcendpointaccountid string,
  eventcategory string,
  addendum struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>,
  sessioncredentialfromconsole string,
  edgedevicedetails string,
  tlsdetails struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>)
PARTITIONED BY (
  region string,
  year string,
  month string,
  day string)`
