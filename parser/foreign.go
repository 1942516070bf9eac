package parser

import "bytes"

// foreignKinds tells what lies beside CloudTrail's records by a path that only it
// has. The first that fits counts. Unsupported ones hold CloudTrail records in a
// form that is not read; what carries others' messages may do so.
var foreignKinds = []struct {
	path, what           string
	unsupported, carries bool
}{
	{path: "digestStartTime", what: "CloudTrail digest"},
	{path: "s3", what: "S3 notification"},
	{path: "kinesis", what: "Kinesis notification", carries: true},
	{path: "dynamodb", what: "DynamoDB notification", carries: true},
	{path: "Sns", what: "SNS notification", carries: true},
	{path: "s3ObjectKey", what: "CloudTrail delivery notification"},
	{path: "configurationItems", what: "AWS Config snapshot"},
	{path: "configurationItem", what: "AWS Config item"},
	{path: "hashSignature", what: "CloudTrail Lake result signature"},
	{path: "publicKeyFingerprint", what: "CloudTrail Lake result signature"},
	{path: "table-uuid", what: "Iceberg table metadata"},
	{path: "PublicKeyList", what: "CloudTrail public keys"},
	{path: "Events", what: "lookup-events output", unsupported: true},
	{path: "detail-type", what: "EventBridge event", carries: true},
	{path: "QueryResultRows", what: "CloudTrail Lake query results", unsupported: true},
	{path: "ResultSet", what: "Athena query results", unsupported: true},
	{path: "hits", what: "Elasticsearch search result", unsupported: true},
	{path: "result", what: "Splunk search result", unsupported: true},
	{path: "messageId", what: "SQS message", carries: true},
	{path: "Message", what: "SNS message", carries: true},
}

// ForeignObject is what recognise says of JSON that it does not know.
const ForeignObject = "JSON that is not a CloudTrail record"

// unknownForm is what is said of an element that has the fields of CloudTrail's records
// somewhere, in a form that this package does not know: events in it must not be lost in silence.
const unknownForm = "an element that has the fields of CloudTrail records in it"

// eventFields are in each of CloudTrail's records, and not all of them in what looks like one: an
// S3 notification has no user agent. Query engines write them in lower case, warehouses in upper case, and some programs
// begin each with a capital.
var eventFields = [...][4]string{
	{"eventVersion", "eventversion", "EventVersion", "EVENTVERSION"}, {"sourceIPAddress", "sourceipaddress", "SourceIPAddress", "SOURCEIPADDRESS"},
	{"userAgent", "useragent", "UserAgent", "USERAGENT"},
}

func hasField(text []byte, forms [4]string) bool {
	for _, form := range forms {
		if bytes.Contains(text, []byte(form)) {
			return true
		}
	}
	return false
}

const notAnObject = "JSON value that is not an object"

// recognise names what an element that is not a CloudTrail record is.
func recognise(r *Record) string {
	for _, k := range foreignKinds {
		if _, ok := r.Get(k.path); ok {
			if k.carries {
				return unlessEvents(r.Raw, k.what)
			}
			return k.what
		}
	}
	return unlessEvents(r.Raw, ForeignObject)
}

// unlessEvents names an element, unless it has the fields of CloudTrail's records in it.
func unlessEvents(raw []byte, what string) string {
	for _, f := range eventFields {
		if !hasField(raw, f) {
			return what
		}
	}
	return unknownForm
}

// MayHoldEvents reports whether a text that is not JSON, of which that is the beginning, has
// CloudTrail's records in it by the look of it: in whatever Unicode, YAML, CSV or prose. Near the beginning
// one field is enough; what comes later, as in a row behind other columns, must have them all.
func MayHoldEvents(text []byte) bool {
	text = bytes.ReplaceAll(text, []byte{0}, nil)
	return hasField(text[:min(512, len(text))], eventFields[0]) || unlessEvents(text, "") != ""
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
	return what == unknownForm || what == namelessRow
}
