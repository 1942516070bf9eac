package report

import "strings"

// eventLeaves are the columns of the event store that have values.
var eventLeaves = leaves(eventColumns)

// The leaves that the code asks for by name.
var (
	leafTime      = eventLeaf("event_ts")
	leafOrdinal   = eventLeaf("ordinal")
	leafID        = eventLeaf("eventid")
	leafDerived   = eventLeaf("derived_id")
	leafRaw       = eventLeaf("eventjson")
	leafRawBytes  = eventLeaf("eventbytes")
	leafObject    = eventLeaf("object_ordinal")
	leafIndex     = eventLeaf("record_index")
	leafOffset    = eventLeaf("record_offset")
	leafCopyCount = eventLeaf("copies_count")

	leafName         = eventLeaf("eventname")
	leafSource       = eventLeaf("eventsource")
	leafRegion       = eventLeaf("awsregion")
	leafAccount      = eventLeaf("account")
	leafPrincipal    = eventLeaf("principal")
	leafCredential   = eventLeaf("credential")
	leafSourceIP     = eventLeaf("sourceipaddress")
	leafUserAgent    = eventLeaf("useragent")
	leafErrorCode    = eventLeaf("errorcode")
	leafErrorMessage = eventLeaf("errormessage")
	leafReadOnly     = eventLeaf("readonly")
	leafKind         = eventLeaf("kind")
	leafSession      = eventLeaf("session_start")
	leafShape        = eventLeaf("shape")
	leafRequest      = eventLeaf("requestparameters")
	leafLookupUser   = eventLeaf("lookup_username")
	leafEventType    = eventLeaf("eventtype")
	leafCategory     = eventLeaf("eventcategory")
	leafUserType     = eventLeaf("useridentity.type")
	leafPrincipalID  = eventLeaf("useridentity.principalid")
	leafUserName     = eventLeaf("useridentity.username")

	// Of a list, a list of structs or a map the first column: the others follow it.
	leafCopyObject     = eventLeaf("copies.object_ordinal")
	leafCopyIndex      = eventLeaf("copies.record_index")
	leafCopyOffset     = eventLeaf("copies.record_offset")
	leafMarks          = eventLeaf("marks")
	leafAddendumReason = eventLeaf("addendum.reason")
	leafResourceNames  = eventLeaf("resource_names")
	leafLookupTypes    = eventLeaf("lookup_types")
	leafResources      = eventLeaf("resources.arn")
	leafFederation     = eventLeaf("useridentity.sessioncontext.webidfederationdata.attributes.key")
)

// eventLeaf returns the number of a leaf by its name, which must be one.
func eventLeaf(name string) int {
	i := leafNamed(name)
	if i < 0 {
		panic("no column " + name)
	}
	return i
}

// leafNamed returns the number of a leaf by its path with dots, in which the
// groups that Parquet puts into lists and maps may be left out; -1: there is none.
func leafNamed(name string) int {
	for i := range eventLeaves {
		if l := &eventLeaves[i]; l.String() == name || l.name() == name {
			return i
		}
	}
	return -1
}

// name is the path as people write it: resources.arn, marks.
func (l *leaf) name() string {
	var b strings.Builder
	for _, p := range l.Path {
		if p == "list" || p == "element" || p == "key_value" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p)
	}
	return b.String()
}
