package report

import (
	"net/netip"
	"regexp"
	"strings"
)

// An opening of a security group is told by openingOf; where a record has no rule's ID (the answer of a call before July 2021, or one that lost it) it
// is closed by what it lets in, since the target is the group then, and no rule has a group's ID.
var openingWords = regexp.MustCompile(`^([a-z0-9]{2,8})(?: (-?[0-9]{1,5})(?:-(-?[0-9]{1,5}))?)? from (\S+)$`)

// openedGroup says how rules without an ID are taken out of a group.
func openedGroup(r remedy, row *PersistenceRow) (remedy, []*command) {
	if row.Kind != "security group rule" || strings.HasPrefix(row.Target, "sgr-") {
		return r, nil
	}
	option, s := "--group-name", "-names"
	if strings.HasPrefix(row.Target, "sg-") {
		option, s = "--group-id", "-ids"
	}
	r.verify, r.run = "aws ec2 describe-security-groups --group"+s+" {0} --region {R}", nil
	r.note += " The record names no rule: the commands close what it opened, as the group has it."
	var run []*command
	for opening := range strings.SplitSeq(row.Detail, "; ") {
		c := aws("ec2", "revoke-security-group-ingress").arg(option, row.Target)
		if words := permissionOf(opening); words != "" {
			c.fixed("--ip-permissions", quoteShell(words))
		} else {
			c.bad = true
		}
		run = append(run, c.in(row.Region))
	}
	return r, run
}

// permissionOf writes an opening as the AWS CLI takes it; "": it cannot be told, or is no such thing.
func permissionOf(opening string) string {
	m := openingWords.FindStringSubmatch(opening)
	if m == nil {
		return ""
	}
	words, first, last, from := "IpProtocol="+m[1], m[2], m[3], m[4]
	if m[1] == "all" {
		words = "IpProtocol=-1"
	}
	if last == "" {
		last = first
	}
	if first != "" {
		words += ",FromPort=" + first + ",ToPort=" + last
	}
	if p, err := netip.ParsePrefix(from); err == nil {
		if p.Addr().Is4() {
			return words + ",IpRanges=[{CidrIp=" + p.String() + "}]"
		}
		return words + ",Ipv6Ranges=[{CidrIpv6=" + p.String() + "}]"
	}
	switch kind, hex, _ := strings.Cut(from, "-"); {
	case hex == "" || strings.Trim(hex, "0123456789abcdef") != "":
	case kind == "sg":
		return words + ",UserIdGroupPairs=[{GroupId=" + from + "}]"
	case kind == "pl":
		return words + ",PrefixListIds=[{PrefixListId=" + from + "}]"
	}
	return ""
}
