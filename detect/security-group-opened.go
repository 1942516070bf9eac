package detect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// adminPorts are those by which hosts are administered: SSH, Telnet, RPC, SMB,
// RDP, VNC, WinRM, Docker.
var adminPorts = [...]int{22, 23, 135, 445, 2375, 2376, 3389, 5900, 5985, 5986}

var securityGroupOpened = register(&Detector{
	ID:    "security-group-opened",
	Title: "Security group rule added",
	Doc: `A rule that lets traffic in was added to a security group. Rules for known addresses are daily work,
and web servers are open to the world on purpose. A rule that opens an administration port, or all ports, to
every address is how an intruder reaches the hosts, and how many intrusions began. Address and port count
together only within one permission of the call. Look at which hosts carry the group and who connected.`,
	Next: `Revoke the rule, read the flow logs of the group's hosts from its creation on, and look at the
hosts' own login records.`,
	Severity:   Informational,
	Techniques: []string{"T1686.001"},
	Events:     []string{"ec2.amazonaws.com:AuthorizeSecurityGroupIngress"},
	Record: watched(func(f *facts) {
		group := f.param("groupId")
		if group == "" {
			group = f.param("groupName")
		}
		f.add("group", group)
		params, _ := f.r.Get("requestParameters")
		f.permission(group, params, []string{text(params.Get("cidrIp"))})
		items, _ := params.Get("ipPermissions.items")
		items.Each(func(item parser.Value) bool {
			f.permission(group, item, append(texts(item, "ipRanges.items", "cidrIp"),
				texts(item, "ipv6Ranges.items", "cidrIpv6")...))
			return true
		})
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{}}]}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"-1","ipRanges":{},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]}}]}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"groupName":"web","ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIp":"0.0.0.0/0"}}`},
	},
	Misses: [][]string{
		// EKS and RDS open their own groups for the person.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/x/y","invokedBy":"eks.amazonaws.com"},"requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"-1"}]}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ec2.amazonaws.com","eventName":"RevokeSecurityGroupIngress","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"groupId":"sg-1"}}`},
	},
})

// permission raises the finding if one permission of the call opens the group
// to the world.
func (f *facts) permission(group string, item parser.Value, ranges []string) {
	if !slices.ContainsFunc(ranges, everyAddress) {
		return
	}
	protocol := text(item.Get("ipProtocol"))
	from, errFrom := strconv.Atoi(text(item.Get("fromPort")))
	to, errTo := strconv.Atoi(text(item.Get("toPort")))
	switch {
	case protocol == "-1", errFrom != nil || errTo != nil, from <= 0 && to >= 65535:
		f.raise(Medium, "all ports of "+group+" opened to the world")
	case slices.ContainsFunc(adminPorts[:], func(p int) bool { return from <= p && p <= to }):
		f.raise(Medium, fmt.Sprintf("port %d-%d of %s, an administration port, opened to the world", from, to, group))
	default:
		f.raise(Low, fmt.Sprintf("port %d-%d of %s opened to the world", from, to, group))
	}
}

// everyAddress reports whether a network is the whole internet: EC2 takes 203.0.113.9/0 for 0.0.0.0/0, and the record has what was asked for.
func everyAddress(cidr string) bool { return strings.HasSuffix(cidr, "/0") }

// texts collects a field of each element of a list.
func texts(v parser.Value, list, field string) (all []string) {
	items, _ := v.Get(list)
	items.Each(func(item parser.Value) bool {
		all = append(all, text(item.Get(field)))
		return true
	})
	return all
}
