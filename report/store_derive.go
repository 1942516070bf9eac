package report

import (
	"bytes"

	"github.com/coldtrail/coldtrail/scan"
)

// The events' columns that the code names. Of a list of structs, and of a map, it
// is the first column: the others follow it.
var (
	atTime       = leafAt("event_ts")
	atOrdinal    = leafAt("ordinal")
	atJSON       = leafAt("eventjson")
	atBytes      = leafAt("eventbytes")
	atDerived    = leafAt("derived_id")
	atAccount    = leafAt("account")
	atObject     = leafAt("object_ordinal")
	atIndex      = leafAt("record_index")
	atOffset     = leafAt("record_offset")
	atCopies     = leafAt("copies.list.element.object_ordinal")
	atCopyCount  = leafAt("copies_count")
	atKind       = leafAt("kind")
	atShape      = leafAt("shape")
	atMarks      = leafAt("marks.list.element")
	atLookupUser = leafAt("lookup_username")
	atNames      = leafAt("resource_names.list.element")
	atPrincipal  = leafAt("principal")
	atCredential = leafAt("credential")
	atSession    = leafAt("session_start")

	atID          = leafAt("eventid")
	atEventType   = leafAt("eventtype")
	atCategory    = leafAt("eventcategory")
	atUserType    = leafAt("useridentity.type")
	atPrincipalID = leafAt("useridentity.principalid")
	atUserName    = leafAt("useridentity.username")
	atResources   = leafAt("resources.list.element.arn")
	atFederation  = leafAt("useridentity.sessioncontext.webidfederationdata.attributes.key_value.key")
)

// leafAt returns the number of a column of the events.
func leafAt(name string) int {
	all := leaves(eventColumns)
	for i := range all {
		if all[i].String() == name {
			return i
		}
	}
	panic("no column " + name)
}

// The marks and kinds as values.
var (
	duplicateKeys = []byte(markDuplicateKeys)
	invalidUTF8   = []byte(markInvalidUTF8)

	kindValues = map[string][]byte{
		"Insight": []byte(kindInsight), "AwsCloudTrailInsight": []byte(kindInsight),
		"Aggregated": []byte(kindAggregated), "AwsAggregatedEvent": []byte(kindAggregated),
		"NetworkActivity": []byte(kindNetworkActivity),
		"AwsVpceEvent":    []byte(kindNetworkActivity), "AwsVpceEvents": []byte(kindNetworkActivity),
	}
	plainEvent = []byte(kindEvent)
)

// derive sets the columns that are not a member of the record.
func (x *extractor) derive(e *scan.Entry) {
	x.cells[atJSON] = cell{x.valid(e.Raw), 0}
	if x.dirty {
		x.cells[atBytes] = cell{e.Raw, 1}
		x.marks = append(x.marks, invalidUTF8)
	}
	if x.repeated {
		x.marks = append(x.marks, duplicateKeys)
	}
	if id := x.valid(aliased(e.Ref.ID)); !bytes.Equal(id, x.text(atID)) {
		x.cells[atDerived] = cell{id, 1}
	}
	x.set(atAccount, aliased(e.Ref.Account))
	x.set(atShape, aliased(e.Shape))
	x.set(atPrincipal, aliased(e.Ref.Principal))
	x.set(atCredential, aliased(e.Ref.Credential))
	x.set(atSession, aliased(e.Ref.SessionStart))
	x.set(atLookupUser, x.lookupUsername())
	x.cells[atKind] = cell{x.kind(), 0}
}

// set gives a top-level column a text, or NULL where it is empty.
func (x *extractor) set(leaf int, text []byte) {
	if len(text) > 0 {
		x.cells[leaf] = cell{x.valid(text), 1}
	}
}

// text returns the text of a column, empty where it is NULL.
func (x *extractor) text(leaf int) []byte {
	if c := &x.cells[leaf]; c.level == x.full[leaf] {
		return c.text
	}
	return nil
}

func (x *extractor) kind() []byte {
	if k := kindValues[string(x.text(atCategory))]; k != nil {
		return k
	}
	if k := kindValues[string(x.text(atEventType))]; k != nil {
		return k
	}
	return plainEvent
}

var rootUser = []byte("root")

// lookupUsername returns what LookupEvents would call Username, by what its real
// answers show: of a session its name, and not the role's.
func (x *extractor) lookupUsername() []byte {
	switch string(x.text(atUserType)) {
	case "Root":
		return rootUser
	case "AssumedRole", "FederatedUser":
		_, name, _ := bytes.Cut(x.text(atPrincipalID), []byte(":"))
		return name
	case "AWSService", "AWSAccount", "IdentityCenterUser":
		return nil
	}
	return x.text(atUserName)
}
