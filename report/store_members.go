package report

import "strings"

// A memberUse is what the extractor does with a member of a record.
type memberUse uint8

const (
	passMember     memberUse = iota // nothing
	takeText                        // a text column has it
	takeJSON                        // a column of JSON text has it
	takeNames                       // the same, and names of resources are looked for in it
	openMember                      // members of it are in columns
	takeResources                   // the list of resources
	takeFederation                  // webIdFederationData.attributes
)

// A member of a record, as the extractor knows it. Members are numbered; the
// record itself is member 0.
type member struct {
	name   string // as in the record: names differ by case, too
	quoted string // the name as parser.Walk.KeyIs takes it
	use    memberUse
	leaf   int             // of the events' columns: the first that it is in
	level  uint8           // of that column where the member is null
	parent int             // the member that it is in
	within map[string]int  // the members in it that are known
	folded map[string]bool // their names in lower case
	below  []emptied       // the columns that are made of it, where it is not there
	opened []emptied       // the same, where it is an object that is empty
}

// An emptied column is one that has no value, because what it is made of is not
// there, and the definition level that says how far its path goes.
type emptied struct {
	leaf  int
	level uint8
}

// recordMembers are the members that columns are made of. A column has the
// member's path in lower case as its own, unless it is named.
var recordMembers = []struct {
	path   string
	use    memberUse
	column string
}{
	{path: "eventVersion", use: takeText},
	{path: "userIdentity", use: openMember},
	{path: "userIdentity.type", use: takeText},
	{path: "userIdentity.principalId", use: takeText},
	{path: "userIdentity.arn", use: takeText},
	{path: "userIdentity.accountId", use: takeText},
	{path: "userIdentity.invokedBy", use: takeText},
	{path: "userIdentity.accessKeyId", use: takeText},
	{path: "userIdentity.userName", use: takeText},
	{path: "userIdentity.identityProvider", use: takeText, column: "identityprovider"},
	{path: "userIdentity.credentialId", use: takeText, column: "credentialid"},
	{path: "userIdentity.inScopeOf", use: takeJSON, column: "inscopeof"},
	{path: "userIdentity.onBehalfOf", use: openMember},
	{path: "userIdentity.onBehalfOf.userId", use: takeText},
	{path: "userIdentity.onBehalfOf.identityStoreArn", use: takeText},
	{path: "userIdentity.sessionContext", use: openMember},
	{path: "userIdentity.sessionContext.attributes", use: openMember},
	{path: "userIdentity.sessionContext.attributes.mfaAuthenticated", use: takeText},
	{path: "userIdentity.sessionContext.attributes.creationDate", use: takeText},
	{path: "userIdentity.sessionContext.sessionIssuer", use: openMember},
	{path: "userIdentity.sessionContext.sessionIssuer.type", use: takeText},
	{path: "userIdentity.sessionContext.sessionIssuer.principalId", use: takeText},
	{path: "userIdentity.sessionContext.sessionIssuer.arn", use: takeText},
	{path: "userIdentity.sessionContext.sessionIssuer.accountId", use: takeText},
	{path: "userIdentity.sessionContext.sessionIssuer.userName", use: takeText},
	{path: "userIdentity.sessionContext.ec2RoleDelivery", use: takeText},
	{path: "userIdentity.sessionContext.sourceIdentity", use: takeText, column: "sourceidentity"},
	{path: "userIdentity.sessionContext.webIdFederationData", use: openMember},
	{path: "userIdentity.sessionContext.webIdFederationData.federatedProvider", use: takeText},
	{path: "userIdentity.sessionContext.webIdFederationData.attributes", use: takeFederation},
	{path: "eventTime", use: takeText},
	{path: "eventSource", use: takeText},
	{path: "eventName", use: takeText},
	{path: "awsRegion", use: takeText},
	{path: "sourceIPAddress", use: takeText},
	{path: "userAgent", use: takeText},
	{path: "errorCode", use: takeText},
	{path: "errorMessage", use: takeText},
	{path: "requestParameters", use: takeNames},
	{path: "responseElements", use: takeNames},
	{path: "additionalEventData", use: takeJSON},
	{path: "requestID", use: takeText},
	{path: "eventID", use: takeText},
	{path: "resources", use: takeResources},
	{path: "eventType", use: takeText},
	{path: "apiVersion", use: takeText},
	{path: "readOnly", use: takeText},
	{path: "recipientAccountId", use: takeText},
	{path: "serviceEventDetails", use: takeJSON},
	{path: "sharedEventID", use: takeText},
	{path: "vpcEndpointId", use: takeText},
	{path: "vpcEndpointAccountId", use: takeText},
	{path: "eventCategory", use: takeText},
	{path: "addendum", use: openMember},
	{path: "addendum.reason", use: takeText},
	{path: "addendum.updatedFields", use: takeText},
	{path: "addendum.originalRequestID", use: takeText},
	{path: "addendum.originalEventID", use: takeText},
	{path: "sessionCredentialFromConsole", use: takeText},
	{path: "edgeDeviceDetails", use: takeJSON},
	{path: "tlsDetails", use: openMember},
	{path: "tlsDetails.tlsVersion", use: takeText},
	{path: "tlsDetails.cipherSuite", use: takeText},
	{path: "tlsDetails.clientProvidedHostHeader", use: takeText},
	{path: "managementEvent", use: takeText},
	{path: "insightDetails", use: takeJSON},
	{path: "eventContext", use: takeJSON},
}

// members is recordMembers as a tree.
var members = memberTree()

// identityMember is userIdentity.
var identityMember = members[0].within["userIdentity"]

func memberTree() []member {
	columns := leaves(eventColumns)
	tree := []member{{use: openMember, within: map[string]int{}, folded: map[string]bool{}}}
	at := map[string]int{"": 0}
	for _, m := range recordMembers {
		above, name := "", m.path
		if i := strings.LastIndexByte(m.path, '.'); i >= 0 {
			above, name = m.path[:i], m.path[i+1:]
		}
		parent, id := at[above], len(tree)
		at[m.path] = id
		tree[parent].within[name] = id
		tree[parent].folded[strings.ToLower(name)] = true
		n := member{name: name, quoted: `"` + name + `":`, use: m.use, parent: parent}
		if m.use == openMember {
			n.within, n.folded = map[string]int{}, map[string]bool{}
		}
		column := m.column
		if column == "" {
			column = strings.ToLower(m.path)
		}
		n.below, n.opened = emptiedBy(columns, column)
		n.leaf, n.level = n.below[0].leaf, n.below[0].level
		tree = append(tree, n)
		if m.column != "" { // the column is elsewhere, but empty when the member is gone
			for ; parent != 0; parent = tree[parent].parent {
				tree[parent].below = append(tree[parent].below, n.below...)
				tree[parent].opened = append(tree[parent].opened, n.below...)
			}
		}
	}
	return tree
}

// emptiedBy returns the columns at a path or below it, and their levels where
// the path's last step leads to nothing, and to an object that is empty.
func emptiedBy(columns []leaf, path string) (below, opened []emptied) {
	for i := range columns {
		if name := columns[i].String(); name == path || strings.HasPrefix(name, path+".") {
			level := uint8(strings.Count(path, "."))
			below = append(below, emptied{i, level})
			opened = append(opened, emptied{i, level + 1})
		}
	}
	if below == nil {
		panic("no column " + path)
	}
	return below, opened
}

// longestMember is the longest name of a member that is known.
const longestMember = 64

// hasVariant reports whether an unknown name differs from a known one by case only.
func (m *member) hasVariant(name []byte) bool {
	var lower [longestMember]byte
	if len(name) > len(lower) {
		return false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return m.folded[string(lower[:len(name)])]
}
