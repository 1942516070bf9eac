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
	*names = (*names)[:0]
	from, _ := x.walk.Next()
	x.namesIn(names, otherName)
	x.cells[m.leaf] = x.jsonCell(x.raw[from:x.walk.Offset()], m.level)
}

// A nameKey says what the members of an object are, by its own name.
type nameKey uint8

const (
	otherName nameKey = iota
	resourceName
	userName // of an object: a user
	roleName // of an object: a role; of a text: its name
)

// namesIn passes the next value, and takes the names of resources that it has at
// any depth.
func (x *extractor) namesIn(names *[][]byte, of nameKey) {
	switch {
	case x.walk.Enter('['):
		for x.walk.More() {
			x.namesIn(names, of)
		}
	case x.walk.Enter('{'):
		for {
			name, ok := x.walk.Key()
			if !ok {
				return
			}
			key := x.nameKey(name, of)
			if _, c := x.walk.Next(); key < resourceName || c != '"' {
				x.namesIn(names, key)
				continue
			}
			value, escaped := x.walk.Value()
			if key != userName && len(value) > 2 {
				*names = append(*names, x.content(value, escaped))
			}
		}
	default:
		x.walk.Value()
	}
}

// nameKey says whether a member of an object of that kind names a resource. The
// list is that of LookupEvents' resources as they were seen, without types: it
// finds a superset.
func (x *extractor) nameKey(name []byte, of nameKey) nameKey {
	switch string(name) {
	case "userName", "roleName", "roleArn", "policyArn", "policyName", "groupName", "accessKeyId",
		"instanceId", "groupId", "vpcId", "subnetId", "imageId", "keyName", "networkInterfaceId",
		"volumeId", "snapshotId", "bucketName", "functionName", "secretId", "dBInstanceIdentifier", "arn":
		return resourceName
	case "user":
		return userName
	case "role":
		return roleName
	case "userId":
		if of == userName {
			return resourceName
		}
	case "roleId":
		if of == roleName {
			return resourceName
		}
	case "name":
		if x.trail {
			return resourceName
		}
	}
	return otherName
}

// resourceNames returns what resource_names has: the ARNs of the resources, and
// the names in request and response, sorted and distinct.
func (x *extractor) resourceNames() [][]byte {
	names := append(x.names[0], x.names[1]...)
	for i := range x.resources {
		if c := &x.resources[i].cells[resourceARN]; len(c.text) > 0 {
			names = append(names, c.text)
		}
	}
	x.names[0] = names
	if len(names) < 2 {
		return names
	}
	slices.SortFunc(names, bytes.Compare)
	return slices.CompactFunc(names, bytes.Equal)
}
