package report

import "strings"

// A columnType is what a column of a Parquet file of the case holds.
type columnType uint8

const (
	textColumn   columnType = iota // UTF-8
	jsonColumn                     // UTF-8: one JSON value
	numberColumn                   // 64 bits, signed
	timeColumn                     // microseconds since 1970, UTC
	bytesColumn
	structColumn // of Fields
	listColumn   // of Fields[0], whose name is "element"
	mapColumn    // from Fields[0], "key", to Fields[1], "value"
)

// A column of a Parquet file. Every name is lower case.
type column struct {
	Name     string
	Type     columnType
	Fields   []column
	Required bool // never NULL
	// Dictionary: values repeat, and are written once for each row group.
	Dictionary bool
	// Bounds: the footer has the least and the greatest value of each row group,
	// and the page index those of each page.
	Bounds bool
	// Raw: values are written as they are, because they are few or random.
	// Compression would save a fiftieth of the file, and take a tenth of the time.
	// A column is compressed in all row groups or in none, as parquet-go expects.
	Raw bool
	// Bloom: each row group has a bloom filter of the values.
	Bloom bool
}

// A leaf is a column that has values.
type leaf struct {
	*column
	Path                   []string // as in the file: useridentity, arn; marks, list, element
	Repetition, Definition int      // the levels of a value
}

// String returns the path with dots.
func (l *leaf) String() string { return strings.Join(l.Path, ".") }

// leaves returns the columns that have values, in the order of the file.
func leaves(columns []column) []leaf {
	var all []leaf
	appendLeaves(&all, columns, leaf{})
	return all
}

func appendLeaves(all *[]leaf, columns []column, above leaf) {
	for i := range columns {
		c := &columns[i]
		l := above
		l.column = c
		l.Path = append(append([]string(nil), above.Path...), c.Name)
		if !c.Required {
			l.Definition++
		}
		switch c.Type {
		case listColumn, mapColumn:
			l.Repetition++
			l.Definition++
			l.Path = append(l.Path, groupNames[c.Type])
			appendLeaves(all, c.Fields, l)
		case structColumn:
			appendLeaves(all, c.Fields, l)
		default:
			*all = append(*all, l)
		}
	}
}

// groupNames are what Parquet calls the repeated group of a list and of a map.
var groupNames = map[columnType]string{listColumn: "list", mapColumn: "key_value"}

// The kinds of a line of the event store.
const (
	kindEvent           = "event"
	kindInsight         = "insight"
	kindAggregated      = "aggregated"
	kindNetworkActivity = "network-activity"
)

// The marks of a line of the event store.
const (
	markDuplicateKeys = "duplicate-keys" // a field is in the record more than once; the last counts
	markInvalidUTF8   = "invalid-utf8"   // eventbytes has the record's exact bytes
	markSurrogate     = "lone-surrogate" // an escape stands for half of a surrogate pair; eventjson has U+FFFD for it
	// A name differs from a known one by the case of its letters only: CloudTrail writes
	// none such, and tools that do not tell them apart read it instead of the real one.
	markVariantKeys  = "case-variant-keys"
	markOmitted      = "omitted"       // CloudTrail left out a part for its size, and says so in the record
	markAddendum     = "addendum"      // the record updates or supplements an earlier one: addendum has its ID
	markReserialised = "re-serialised" // from an unsigned source: another system passed the record on
	markDerived      = "derived"       // from an unsigned source: put together from columns, of which some may be missing
)

// eventColumns are the columns of events/part-NNNNN.parquet. First come Athena's
// own CloudTrail columns (AWS, "Create a table for CloudTrail logs"), then
// coldtrail's. What a record does not have and what is null in it are both NULL.
//
// A text column has a string's content, and the JSON text of any other value. A
// jsonColumn has the JSON text of strings too, so that a query which takes it
// apart meets no malformed text. Bytes that are not UTF-8 are each
// U+FFFD, in eventjson too: an engine that meets one refuses the whole query
// (DuckDB: "Invalid string encoding found in Parquet file"). There eventbytes has
// the record as it is; everywhere else it is NULL, and eventjson is exact.
var eventColumns = []column{
	word("eventversion"),
	structOf("useridentity",
		word("type"), ranged(texts("principalid")), ranged(texts("arn")), ranged(word("accountid")), texts("invokedby"),
		sought(texts("accesskeyid")), ranged(texts("username")),
		structOf("onbehalfof", texts("userid"), word("identitystorearn")),
		structOf("sessioncontext",
			structOf("attributes", word("mfaauthenticated"), texts("creationdate")),
			structOf("sessionissuer", word("type"), texts("principalid"), texts("arn"), word("accountid"), texts("username")),
			word("ec2roledelivery"),
			structOf("webidfederationdata",
				word("federatedprovider"),
				column{Name: "attributes", Type: mapColumn, Fields: []column{
					{Name: "key", Required: true, Dictionary: true}, texts("value"),
				}},
			),
		),
	),
	texts("eventtime"), // as the record has it; see event_ts
	ranged(word("eventsource")), ranged(word("eventname")), ranged(word("awsregion")), ranged(texts("sourceipaddress")), texts("useragent"),
	ranged(texts("errorcode")), texts("errormessage"),
	jsonText("requestparameters"), jsonText("responseelements"), jsonText("additionaleventdata"),
	random("requestid"),
	{Name: "eventid", Raw: true, Bloom: true},
	listOf("resources", structOf("element", texts("arn"), word("accountid"), word("type"))),
	word("eventtype"), word("apiversion"), word("readonly"), ranged(word("recipientaccountid")),
	jsonText("serviceeventdetails"),
	random("sharedeventid"), texts("vpcendpointid"), word("vpcendpointaccountid"), word("eventcategory"),
	structOf("addendum", word("reason"), texts("updatedfields"), random("originalrequestid"), random("originaleventid")),
	word("sessioncredentialfromconsole"),
	jsonText("edgedevicedetails"),
	structOf("tlsdetails", word("tlsversion"), word("ciphersuite"), texts("clientprovidedhostheader")),

	{Name: "event_ts", Type: timeColumn, Required: true, Bounds: true}, // eventtime; the rows are sorted by it
	ranged(integer("ordinal")),
	{Name: "eventjson", Type: jsonColumn, Required: true}, // the record's exact bytes, if they are UTF-8
	{Name: "eventbytes", Type: bytesColumn},               // the record's exact bytes, if they are not
	{Name: "derived_id", Bloom: true},                     // timeline.csv's event_id where that is not eventid
	ranged(word("account")),                               // recipientaccountid, or else the identity's account
	integer("object_ordinal"),                             // in objects.parquet
	integer("record_index"),                               // among the object's records, from 0
	integer("record_offset"),                              // of the record's first byte in the decompressed object
	required(listOf("copies", required(structOf("element", // identical records: the first scan.MaxPlaces of them
		integer("object_ordinal"), integer("record_index"), integer("record_offset"))))),
	integer("copies_count"), // of all of them
	required(word("kind")),  // see the kinds
	word("shape"),           // parser's name of the form in which the record was handed out
	required(listOf("marks", required(word("element")))), // see the marks
	word("managementevent"), texts("sourceidentity"),     // of the session context
	texts("identityprovider"), texts("credentialid"), // of the identity
	jsonText("inscopeof"), jsonText("insightdetails"), jsonText("eventcontext"),
	ranged(texts("lookup_username")),                                         // what LookupEvents calls Username
	required(listOf("resource_names", required(filtered(texts("element"))))), // resources' ARNs, and names in request and response
	required(listOf("lookup_types", required(filtered(word("element"))))),    // what LookupEvents calls ResourceType
	ranged(texts("principal")),                                               // parser.Identity.Principal
	sought(texts("credential")),                                              // accesskeyid; longer than CloudTrail's limits it is shortened
	texts("session_start"),                                                   // creationdate of the session
}

// random values are all different and do not compress.
func random(name string) column { return column{Name: name, Raw: true} }

func jsonText(name string) column { return column{Name: name, Type: jsonColumn} }

// word is a column of few and short values, and texts one of more.
func word(name string) column { return column{Name: name, Dictionary: true, Raw: true} }

func texts(name string) column { return column{Name: name, Dictionary: true} }

// ranged adds the bounds, filtered a bloom filter, and sought both.
func ranged(c column) column {
	c.Bounds = true
	return c
}

func filtered(c column) column {
	c.Bloom = true
	return c
}

func sought(c column) column { return filtered(ranged(c)) }

func integer(name string) column {
	return column{Name: name, Type: numberColumn, Required: true, Raw: true}
}

func structOf(name string, fields ...column) column {
	return column{Name: name, Type: structColumn, Fields: fields}
}

func listOf(name string, element column) column {
	return column{Name: name, Type: listColumn, Fields: []column{element}}
}

func required(c column) column {
	c.Required = true
	return c
}
