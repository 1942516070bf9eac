package serve

import (
	"regexp"
	"strings"
)

// primaryGroup is the work group of queries that name none.
const primaryGroup = "primary"

var groupName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,128}$`)

// checkWorkGroup takes every name: what a playbook says of work groups does not matter here.
func checkWorkGroup(name string) error {
	if !groupName.MatchString(name) {
		return invalidRequest("WorkGroup %q is not a name", name)
	}
	return nil
}

func getWorkGroup(_ *call, in *struct{ WorkGroup string }) (any, error) {
	type configuration struct {
		ResultConfiguration             resultConfiguration
		EnforceWorkGroupConfiguration   bool
		PublishCloudWatchMetricsEnabled bool
		RequesterPaysEnabled            bool
		EngineVersion                   engineVersion
	}
	type group struct {
		Name, State   string
		Configuration configuration
		Description   string
	}
	return struct{ WorkGroup group }{group{in.WorkGroup, "ENABLED", configuration{
		ResultConfiguration: resultConfiguration{"s3://" + resultsBucket + "/"}, EngineVersion: theEngine,
	}, "coldtrail: queries of a case"}}, checkWorkGroup(in.WorkGroup)
}

func listWorkGroups(_ *call, in *pageInput) (any, error) {
	type group struct {
		Name, State, Description string
		EngineVersion            engineVersion
	}
	_, _, err := in.page([]string{primaryGroup})
	return struct{ WorkGroups []group }{[]group{{primaryGroup, "ENABLED", "coldtrail: queries of a case", theEngine}}}, err
}

// catalogName is Athena's name of the one catalog there is.
const catalogName = "AwsDataCatalog"

// databaseName is the one database that is listed. Clients may name others: they find the same tables.
const databaseName = "default"

func metadataError(format string, args ...any) *fault {
	return faultf("MetadataException", format, args...)
}

func checkCatalog(name string) error {
	if !strings.EqualFold(name, catalogName) {
		return metadataError("Catalog %q was not found: there is %s", name, catalogName)
	}
	return nil
}

func checkDatabase(catalog, name string) error {
	if err := checkCatalog(catalog); err != nil {
		return err
	}
	if name == "" {
		return metadataError("no database is named")
	}
	return nil
}

func listDataCatalogs(_ *call, in *pageInput) (any, error) {
	type summary struct{ CatalogName, Type string }
	_, _, err := in.page([]string{catalogName})
	return struct{ DataCatalogsSummary []summary }{[]summary{{catalogName, "GLUE"}}}, err
}

func getDataCatalog(_ *call, in *struct{ Name string }) (any, error) {
	type catalog struct{ Name, Type, Description string }
	if !strings.EqualFold(in.Name, catalogName) {
		return nil, invalidRequest("Data Catalog %q was not found: there is %s", in.Name, catalogName)
	}
	return struct{ DataCatalog catalog }{catalog{catalogName, "GLUE", "coldtrail: a case"}}, nil
}

type database struct{ Name, Description string }

const aboutDatabase = "coldtrail: a case"

func listDatabases(_ *call, in *struct {
	CatalogName string
	pageInput
}) (any, error) {
	if err := checkCatalog(in.CatalogName); err != nil {
		return nil, err
	}
	_, _, err := in.page([]string{databaseName})
	return struct{ DatabaseList []database }{[]database{{databaseName, aboutDatabase}}}, err
}

func getDatabase(_ *call, in *struct{ CatalogName, DatabaseName string }) (any, error) {
	return struct{ Database database }{database{in.DatabaseName, aboutDatabase}}, checkDatabase(in.CatalogName, in.DatabaseName)
}

type tableColumn struct{ Name, Type string }

type table struct {
	Name          string
	TableType     string
	Columns       []tableColumn
	PartitionKeys []tableColumn
	Parameters    map[string]string
}

// tableName is the name under which the table is listed. Queries may use others.
const tableName = "cloudtrail_logs"

// tableLike are the names that published queries have for the table.
var tableLike = regexp.MustCompile(`(?i)^cloudtrail(_[a-z0-9_]*)?$`)

// tableColumns are the columns of AWS's own table (AWS, "Create a table for CloudTrail logs in Athena"),
// in Hive's types.
const tableColumns = `eventversion string
useridentity struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>
eventtime string
eventsource string
eventname string
awsregion string
sourceipaddress string
useragent string
errorcode string
errormessage string
requestparameters string
responseelements string
additionaleventdata string
requestid string
eventid string
resources array<struct<arn:string,accountid:string,type:string>>
eventtype string
apiversion string
readonly string
recipientaccountid string
serviceeventdetails string
sharedeventid string
vpcendpointid string
vpcendpointaccountid string
eventcategory string
addendum struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>
sessioncredentialfromconsole string
edgedevicedetails string
tlsdetails struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>`

// tablePartitions are the partition columns, of all published layouts at once.
const tablePartitions = `region year month day account timestamp date_partition region_partition account_partition eventday accountid`

func theTable(name string) table {
	t := table{Name: name, TableType: "EXTERNAL_TABLE", Parameters: map[string]string{"EXTERNAL": "TRUE", "classification": "cloudtrail"}}
	for line := range strings.Lines(tableColumns) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		t.Columns = append(t.Columns, tableColumn{name, kind})
	}
	for name := range strings.FieldsSeq(tablePartitions) {
		t.PartitionKeys = append(t.PartitionKeys, tableColumn{name, "string"})
	}
	return t
}

func listTableMetadata(_ *call, in *struct {
	CatalogName, DatabaseName, Expression string
	pageInput
}) (any, error) {
	if err := checkDatabase(in.CatalogName, in.DatabaseName); err != nil {
		return nil, err
	}
	expression, err := regexp.Compile("(?i)^(?:" + strings.ReplaceAll(in.Expression, "*", ".*") + ")$")
	if err != nil {
		return nil, invalidRequest("Expression %q: %v", in.Expression, err)
	}
	list := []table{}
	if in.Expression == "" || expression.MatchString(tableName) {
		list = append(list, theTable(tableName))
	}
	_, _, err = in.page([]string{tableName})
	return struct{ TableMetadataList []table }{list}, err
}

func getTableMetadata(_ *call, in *struct{ CatalogName, DatabaseName, TableName string }) (any, error) {
	if err := checkDatabase(in.CatalogName, in.DatabaseName); err != nil {
		return nil, err
	}
	if !tableLike.MatchString(in.TableName) {
		return nil, metadataError("Table %q was not found: there is %s", in.TableName, tableName)
	}
	return struct{ TableMetadata table }{theTable(strings.ToLower(in.TableName))}, nil
}
