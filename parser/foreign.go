package parser

// foreignKinds tells what lies beside CloudTrail's records by a path that only it
// has. The first that fits counts. Unsupported ones hold CloudTrail records in a
// form that is not read.
var foreignKinds = []struct {
	path, what  string
	unsupported bool
}{
	{path: "digestStartTime", what: "CloudTrail digest"},
	{path: "s3", what: "S3 notification"},
	{path: "kinesis", what: "Kinesis notification"},
	{path: "dynamodb", what: "DynamoDB notification"},
	{path: "Sns", what: "SNS notification"},
	{path: "s3ObjectKey", what: "CloudTrail delivery notification"},
	{path: "configurationItems", what: "AWS Config snapshot"},
	{path: "configurationItem", what: "AWS Config item"},
	{path: "hashSignature", what: "CloudTrail Lake result signature"},
	{path: "publicKeyFingerprint", what: "CloudTrail Lake result signature"},
	{path: "table-uuid", what: "Iceberg table metadata"},
	{path: "PublicKeyList", what: "CloudTrail public keys"},
	{path: "Events", what: "lookup-events output", unsupported: true},
	{path: "detail-type", what: "EventBridge event"},
	{path: "QueryResultRows", what: "CloudTrail Lake query results", unsupported: true},
	{path: "ResultSet", what: "Athena query results", unsupported: true},
	{path: "hits", what: "Elasticsearch search result", unsupported: true},
	{path: "result", what: "Splunk search result", unsupported: true},
	{path: "messageId", what: "SQS message"},
	{path: "Message", what: "SNS message"},
}

// ForeignObject is what recognise says of JSON that it does not know.
const ForeignObject = "JSON that is not a CloudTrail record"

const notAnObject = "JSON value that is not an object"

// recognise names what an element that is not a CloudTrail record is.
func recognise(r *Record) string {
	for _, k := range foreignKinds {
		if _, ok := r.Get(k.path); ok {
			return k.what
		}
	}
	return ForeignObject
}

// HoldsEvents reports whether a foreign element of this name (Record.What)
// holds CloudTrail events in a form that this package does not read.
func HoldsEvents(what string) bool {
	for _, s := range shapes {
		if s.loses && s.what == what {
			return true
		}
	}
	for _, k := range foreignKinds {
		if k.what == what {
			return k.unsupported
		}
	}
	return false
}
