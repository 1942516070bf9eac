package report

import (
	"bytes"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// The marks and kinds as values.
var (
	duplicateKeys = []byte(markDuplicateKeys)
	invalidUTF8   = []byte(markInvalidUTF8)
	variantKeys   = []byte(markVariantKeys)
	loneSurrogate = []byte(markSurrogate)
	omitted       = []byte(markOmitted)
	addendum      = []byte(markAddendum)

	fidelityMarks = [...][]byte{parser.Raw: nil, parser.Reserialised: []byte(markReserialised), parser.Derived: []byte(markDerived)}

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
	x.cells[leafRaw] = cell{x.valid(e.Raw), 0}
	if x.dirty {
		x.cells[leafRawBytes] = cell{e.Raw, 1}
		x.marks = append(x.marks, invalidUTF8)
	}
	if hasLoneSurrogate(e.Raw) {
		x.marks = append(x.marks, loneSurrogate)
	}
	for _, m := range [...]struct {
		holds bool
		mark  []byte
	}{{x.repeated, duplicateKeys}, {x.variant, variantKeys}, {x.omitted, omitted}, {x.text(leafAddendumReason) != nil, addendum}} {
		if m.holds {
			x.marks = append(x.marks, m.mark)
		}
	}
	if mark := x.fidelityMark(e.Shape); mark != nil {
		x.marks = append(x.marks, mark)
	}
	if id := x.valid(aliased(e.Ref.ID)); !bytes.Equal(id, x.text(leafID)) {
		x.cells[leafDerived] = cell{id, 1}
	}
	x.set(leafAccount, aliased(e.Ref.Account))
	x.set(leafShape, aliased(e.Shape))
	x.set(leafPrincipal, aliased(e.Ref.Principal))
	x.set(leafCredential, aliased(e.Ref.Credential))
	x.set(leafSession, aliased(e.Ref.SessionStart))
	x.set(leafLookupUser, x.lookupUsername())
	x.cells[leafKind] = cell{x.kind(), 0}
}

// fidelityMark returns the mark of a shape's records. Most follow one of the same shape.
func (x *extractor) fidelityMark(shape string) []byte {
	if x.shape != shape {
		x.shape, x.shapeMark = strings.Clone(shape), fidelityMarks[parser.FidelityOf(shape)]
	}
	return x.shapeMark
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
	if k := kindValues[string(x.text(leafCategory))]; k != nil {
		return k
	}
	if k := kindValues[string(x.text(leafEventType))]; k != nil {
		return k
	}
	return plainEvent
}

var rootUser = []byte("root")

// lookupUsername returns what LookupEvents would call Username, by what its real
// answers show: of a session its name, and not the role's.
func (x *extractor) lookupUsername() []byte {
	switch string(x.text(leafUserType)) {
	case "Root":
		return rootUser
	case "AssumedRole", "FederatedUser":
		_, name, _ := bytes.Cut(x.text(leafPrincipalID), []byte(":"))
		return name
	case "AWSService", "AWSAccount", "IdentityCenterUser":
		return nil
	}
	return x.text(leafUserName)
}
