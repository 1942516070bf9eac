package detect

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// assertions parts those who came with an assertion of IAM Identity Center by when they did. A session of a permission set is issued to a SAML
// user, by a record that comes from AWS's own addresses; who asked for it, from where, another one says, mostly of the same second: of that user of
// Identity Center. So each assertion that such a record fits is a session of the SAML user, which is tied by account and permission set like
// any other.
func (l *Lineage) assertions() {
	l.settled.assertions = map[int32]int32{}
	for i := range int32(l.issues.n) {
		issue := l.issues.at(i)
		if issuings[issue.kind].name != "AssumeRoleWithSAML" || issue.target == noNode || len(l.grantsNear(l.nameOf(issue.target), issue.at)) == 0 {
			continue
		}
		asserted := l.sessionAt(issue.caller, issue.at)
		if asserted == noNode || l.nodes.at(issue.caller).kind != PrincipalNode {
			continue
		}
		l.leastType(asserted, "SAMLUser")
		l.settled.assertions[asserted] = issue.target
		issue.caller = asserted
	}
}

// grantsNear returns the positions in begins of who took a permission set about when a session of its role began. role is an ARN of either.
func (l *Lineage) grantsNear(role string, start int64) (near []int32) {
	account, set := permissionSet(role)
	if set == "" {
		return nil
	}
	all := l.grants[account+"/"+set]
	first := sort.Search(len(all), func(i int) bool { return l.begins.at(all[i]).at >= start-issueReach })
	for _, i := range all[first:] {
		if l.begins.at(i).at > start+issueReach {
			break
		}
		near = append(near, i)
	}
	return near
}

// orderGrants sorts by time who took each permission set: everybody of an organization may have taken one of them daily.
func (l *Lineage) orderGrants() {
	for _, all := range l.grants {
		slices.SortFunc(all, func(a, b int32) int {
			x, y := l.begins.at(a), l.begins.at(b)
			return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.mark, y.mark))
		})
	}
}

// permissionSet takes the account and the permission set out of the ARN of a role that Identity Center made, AWSReservedSSO_NAME_HEX, or of a
// session of it.
func permissionSet(role string) (account, set string) {
	_, name, ok := strings.Cut(role, "AWSReservedSSO_")
	name, _, _ = strings.Cut(name, "/")
	if at := strings.LastIndexByte(name, '_'); ok && at > 0 {
		return accountOf(role), name[:at]
	}
	return "", ""
}

// nameOfUser returns the name that a user of Identity Center has in a session of a permission set, or in the assertion that began it.
func (l *Lineage) nameOfUser(id int32) string {
	of, ok := l.settled.assertions[id]
	if !ok {
		of = l.nodes.at(id).principal
	}
	name := l.nameOf(of)
	return name[strings.LastIndexByte(name, '/')+1:]
}

func (l *Lineage) asserted(id int32) bool {
	_, ok := l.settled.assertions[id]
	return ok
}
