package report

import (
	"bytes"
	"slices"
)

// withNames takes requestParameters or responseElements, and the names of
// resources that it has.
func (x *extractor) withNames(m *member) {
	names := &x.names[0]
	if m.name != "requestParameters" {
		names = &x.names[1]
	}
	names.texts, names.types = names.texts[:0], names.types[:0]
	from, _ := x.walk.Next()
	x.namesIn(names, nil, nil)
	x.cells[m.leaf] = x.jsonCell(x.raw[from:x.walk.Offset()], m.level)
}

// namedResources are the names of resources in a request or response, and types of some of them.
type namedResources struct{ texts, types [][]byte }

// namesIn passes the next value, the member key of an object of the name in, and takes the names of resources that
// it has at any depth. The elements of an array are taken for the member.
func (x *extractor) namesIn(names *namedResources, in, key []byte) {
	_, first := x.walk.Next()
	switch first {
	case '[':
		for x.walk.Enter('['); x.walk.More(); {
			x.namesIn(names, in, key)
		}
	case '{':
		for x.walk.Enter('{'); ; {
			name, ok := x.walk.Key()
			if !ok {
				return
			}
			x.namesIn(names, key, name)
		}
	case '"':
		value, escaped := x.walk.Value()
		if len(value) <= 2 {
			return
		}
		typ, known := x.call.typeOf(in, key)
		if known && typ != "" && x.call.mayHave(typ) {
			names.types = append(names.types, aliased(typ))
		}
		if known || namesResource(key) {
			names.texts = append(names.texts, x.content(value, escaped))
		}
	default:
		x.walk.Value()
	}
}

// namesResource says of a member that LookupEvents takes for no resource whether it names one all the same.
func namesResource(key []byte) bool {
	switch string(key) {
	case "arn", "userName", "roleName", "roleArn", "policyArn", "policyName", "groupName", "groupId", "role":
		return true
	}
	return false
}

// resourceNames returns what resource_names has: the ARNs of the resources, and
// the names in request and response, sorted and distinct.
func (x *extractor) resourceNames() [][]byte {
	names := append(x.names[0].texts, x.names[1].texts...)
	for i := range x.resources {
		if c := &x.resources[i].cells[resourceARN]; len(c.text) > 0 {
			names = append(names, c.text)
		}
	}
	x.names[0].texts = names
	return sortedOnce(names)
}

// lookupTypes returns what lookup_types has: the types of the resources that LookupEvents would list,
// sorted and distinct.
func (x *extractor) lookupTypes() [][]byte {
	x.names[0].types = append(x.names[0].types, x.names[1].types...)
	return sortedOnce(x.names[0].types)
}

// sortedOnce sorts texts and drops those that are there before.
func sortedOnce(texts [][]byte) [][]byte {
	if len(texts) < 2 {
		return texts
	}
	slices.SortFunc(texts, bytes.Compare)
	return slices.CompactFunc(texts, bytes.Equal)
}
