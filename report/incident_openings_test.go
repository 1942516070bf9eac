package report

import "testing"

// What cannot be written for the AWS CLI is not written: nothing of the evidence stands in a command that is not a network, a port or an ID.
func TestPermissionOf(t *testing.T) {
	for opening, want := range map[string]string{
		"tcp 80 from 0.0.0.0/0":          "IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=[{CidrIp=0.0.0.0/0}]",
		"tcp 22-80 from ::/0":            "IpProtocol=tcp,FromPort=22,ToPort=80,Ipv6Ranges=[{CidrIpv6=::/0}]",
		"all from 203.0.113.0/24":        "IpProtocol=-1,IpRanges=[{CidrIp=203.0.113.0/24}]",
		"icmp -1 from 0.0.0.0/0":         "IpProtocol=icmp,FromPort=-1,ToPort=-1,IpRanges=[{CidrIp=0.0.0.0/0}]",
		"udp 53 from sg-0a1":             "IpProtocol=udp,FromPort=53,ToPort=53,UserIdGroupPairs=[{GroupId=sg-0a1}]",
		"udp 53 from pl-0a1":             "IpProtocol=udp,FromPort=53,ToPort=53,PrefixListIds=[{PrefixListId=pl-0a1}]",
		"tcp 80 from ":                   "",
		"tcp 80 from 0.0.0.0/0}],X=[{":   "",
		"tcp 80 from sg-0a1}],X=[{":      "",
		"tcp 80 from sg-":                "",
		"t,X=1 80 from 0.0.0.0/0":        "",
		"tcp 80 from 0.0.0.0/0 and more": "",
		"":                               "",
	} {
		if got := permissionOf(opening); got != want {
			t.Errorf("%q: %q, want %q", opening, got, want)
		}
	}
}
