package report

import (
	"cmp"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// policyDocuments are where a policy stands in the request that sets it.
var policyDocuments = map[string]string{
	"IAM role": "assumeRolePolicyDocument", "role trust policy": "policyDocument", "inline policy of user": "policyDocument",
	"inline policy of role": "policyDocument", "inline policy of group": "policyDocument", "managed policy": "policyDocument", "policy version": "policyDocument",
	"bucket policy": "bucketPolicy", "key policy": "policy", "secret policy": "resourcePolicy", "repository policy": "policyText", "registry policy": "policyText",
	"backup vault policy": "policy", "Glue catalog policy": "policyInJson", "queue policy": "attributes.Policy", "event bus policy": "policy", "delegation policy": "content", "inline policy of permission set": "inlinePolicy",
}

// otherDetails are names of what matters of other things.
var otherDetails = map[string]string{
	"function permission": "<principal", "layer permission": "<principal", "function URL": "<authType", "topic permission": "<aWSAccountId[]|<aWSAccountIds[]",
	"queue permission": "<aWSAccountIds[]", "event bus permission": "<principal", "resource share": "<principals[]", "topic subscription": "<endpoint",
	"event rule target": "<targets[].arn", "key grant": "<granteePrincipal", "event source mapping": "<functionName", "instance profile of instance": "<AssociateIamInstanceProfileRequest.InstanceId",
	"bucket ACL": "<x-amz-acl", "trust anchor": "<source.sourceType", "IAM user": "<path", "instance": "<instanceType", "function": "<role", "API destination": "<invocationEndpoint",
	"role alias": "<roleArn", "EKS pod identity association": "<roleArn", "trusted token issuer": "<trustedTokenIssuerConfiguration.oidcJwtConfiguration.issuerUrl", "source credentials": "<serverType",
	"IoT rule":       "<topicRulePayload.actions[].http.url|<actions[].http.url",
	"document share": "<accountIdsToAdd[]", "access key": "<userName|>accessKey.userName", "service credential": "<serviceName",
}

// detailOf says what matters of a thing of that family; "": nothing is known of it.
func detailOf(family string, rec *parser.Record, account string) string {
	if path, ok := policyDocuments[family]; ok {
		v, _ := rec.Get("requestParameters." + path)
		return clip(detect.PolicyWords(v, account))
	}
	if family == "security group rule" {
		return clip(openings(rec))
	}
	if family == "instance attribute" {
		return clip(attributes(rec))
	}
	if names := otherDetails[family]; names != "" {
		values := resolve(rec, names)
		return clip(strings.Join(values[:min(len(values), maxDetails)], ", "))
	}
	return ""
}

// attributes names what of an instance a request sets: as its own parameter, or in the older form by an attribute's name and a value.
func attributes(rec *parser.Record) string {
	req, _ := rec.Get("requestParameters")
	if name := textAt(req, "attribute"); name != "" {
		return name
	}
	var all []string
	req.Members(func(name string, _ parser.Value) bool {
		if name != "instanceId" {
			all = append(all, name)
		}
		return len(all) < maxDetails
	})
	return strings.Join(all, ", ")
}

// openings says what rules of a security group let in.
func openings(rec *parser.Record) string {
	var out []string
	v, _ := rec.Get("responseElements.securityGroupRuleSet.items")
	v.Each(func(rule parser.Value) bool {
		out = append(out, openingOf(rule, cmp.Or(textAt(rule, "cidrIpv4"), textAt(rule, "cidrIpv6"), textAt(rule, "prefixListId"), textAt(rule, "referencedGroupId"))))
		return len(out) < maxDetails
	})
	if out != nil {
		return strings.Join(out, "; ")
	}
	req, _ := rec.Get("requestParameters")
	if from := textAt(req, "cidrIp"); from != "" {
		return openingOf(req, from)
	}
	listAt(req, "ipPermissions").Each(func(rule parser.Value) bool {
		for _, ranges := range [...][2]string{{"ipRanges", "cidrIp"}, {"ipv6Ranges", "cidrIpv6"}, {"groups", "groupId"}} {
			listAt(rule, ranges[0]).Each(func(r parser.Value) bool {
				out = append(out, openingOf(rule, textAt(r, ranges[1])))
				return len(out) < maxDetails
			})
		}
		return len(out) < maxDetails
	})
	return strings.Join(out, "; ")
}

// listAt is the list below a name. EC2 puts it into items; who writes events by hand does not.
func listAt(v parser.Value, name string) parser.Value {
	if items, ok := v.Get(name + ".items"); ok {
		return items
	}
	list, _ := v.Get(name)
	return list
}

// openingOf writes one rule: protocol, ports, and from where.
func openingOf(rule parser.Value, from string) string {
	protocol, first, last := textAt(rule, "ipProtocol"), textAt(rule, "fromPort"), textAt(rule, "toPort")
	ports := first
	if first != last {
		ports += "-" + last
	}
	if protocol == "-1" {
		protocol, ports = "all", ""
	}
	return strings.Join(strings.Fields(protocol+" "+ports+" from "+from), " ")
}
