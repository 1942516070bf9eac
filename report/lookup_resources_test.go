package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each case is a call, its request and response, and its resources as type=name, sorted.
var resourceCases = []struct{ source, name, request, response, want string }{
	{"iam", "CreateRole", `{"roleName":"r","assumeRolePolicyDocument":"{}"}`, `{"role":{"path":"/","roleName":"r","roleId":"AROA1","arn":"arn:aws:iam::1:role/r"}}`,
		"IAM::Role=AROA1 IAM::Role=arn:aws:iam::1:role/r IAM::Role=r"},
	{"iam", "CreateUser", `{"userName":"u"}`, `{"user":{"userName":"u","userId":"AIDA1","arn":"arn:aws:iam::1:user/u"}}`,
		"IAM::User=AIDA1 IAM::User=arn:aws:iam::1:user/u IAM::User=u"},
	{"iam", "CreateAccessKey", `{"userName":"u"}`, `{"accessKey":{"userName":"u","accessKeyId":"AKIA1","status":"Active"}}`, "IAM::AccessKey=AKIA1 IAM::User=u"},
	{"iam", "AttachRolePolicy", `{"roleName":"r","policyArn":"p"}`, `null`, "IAM::Policy=p IAM::Role=r"},
	{"iam", "AddUserToGroup", `{"groupName":"g","userName":"u"}`, `null`, "IAM::Group=g IAM::User=u"},
	{"iam", "ListUsers", `{"userName":"u"}`, `null`, ""},
	{"sts", "AssumeRole", `{"roleArn":"arn:r","roleSessionName":"s"}`, `{"credentials":{"accessKeyId":"ASIA1"},"assumedRoleUser":{"assumedRoleId":"AROA1:s","arn":"arn:a"}}`,
		"IAM::AccessKey=ASIA1 IAM::Role=arn:r STS::AssumedRole=AROA1:s STS::AssumedRole=arn:a STS::AssumedRole=s"},
	{"ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-1","keyName":"k"}]},"blockDeviceMapping":{"items":[{"ebs":{"snapshotId":"snap-1","volumeId":"vol-1"}}]}}`,
		`{"instancesSet":{"items":[{"instanceId":"i-1","imageId":"ami-1","vpcId":"vpc-1","iamInstanceProfile":{"arn":"arn:p","id":"AIPA"},"groupSet":{"items":[{"groupId":"sg-1","groupName":"g"}]},` +
			`"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-1","attachment":{"attachmentId":"eni-attach-1"}}]}}]}}`,
		"EC2::Ami=ami-1 EC2::Instance=i-1 EC2::KeyPair=k EC2::NetworkInterface=eni-1 EC2::SecurityGroup=g EC2::SecurityGroup=sg-1 EC2::Snapshot=snap-1 EC2::VPC=vpc-1 IAM::InstanceProfile=arn:p"},
	{"ec2", "DescribeInstances", `{"instancesSet":{"items":[{"instanceId":"i-1"}]}}`, `null`, ""},
	{"ec2", "DescribeLaunchTemplateVersions", `{"DescribeLaunchTemplateVersionsRequest":{"LaunchTemplateId":"lt-1"}}`, `null`, "EC2::LaunchTemplate=lt-1"},
	{"ec2", "CreateTags", `{"resourcesSet":{"items":[{"resourceId":"i-1"},{"resourceId":"vol-1"}]},"tagSet":{"items":[{"key":"Name","value":"x"}]}}`, `null`, "-=i-1 -=vol-1"},
	{"ec2", "CreateRoute", `{"routeTableId":"rtb-1","gatewayId":"igw-1"}`, `{"_return":true}`, "-=igw-1 EC2::RouteTable=rtb-1"},
	{"ec2", "AssociateAddress", `{"allocationId":"eipalloc-1","instanceId":"i-1"}`, `{"associationId":"eipassoc-1"}`, "EC2::EIP=eipalloc-1 EC2::Instance=i-1"},
	{"ec2", "AssociateRouteTable", `{"routeTableId":"rtb-1","subnetId":"subnet-1"}`, `{"associationId":"rtbassoc-1"}`, "EC2::RouteTable=rtb-1 EC2::Subnet=subnet-1 EC2::SubnetRouteTableAssociation=rtbassoc-1"},
	{"kms", "Decrypt", `{"keyId":"k","encryptionContext":{"functionName":"f"}}`, `null`, ""},
	{"kms", "GenerateDataKey", `{"keyId":"k"}`, `null`, ""},
	{"elasticloadbalancing", "RegisterTargets", `{"targetGroupArn":"arn:t","targets":[{"id":"i-1"},{"id":"i-2","port":80}]}`, `null`,
		"EC2::Instance=i-1 EC2::Instance=i-2 ElasticLoadBalancingV2::TargetGroup=arn:t"},
	{"elasticloadbalancing", "CreateLoadBalancer", `{"name":"lb","securityGroups":["sg-1","sg-2"],"subnets":["subnet-1"]}`, `{"loadBalancers":[{"loadBalancerArn":"arn:l","vpcId":"vpc-1"}]}`,
		"EC2::SecurityGroup=sg-1 EC2::SecurityGroup=sg-2 EC2::VPC=vpc-1 ElasticLoadBalancingV2::LoadBalancer=arn:l ElasticLoadBalancingV2::LoadBalancer=lb"},
	{"elasticloadbalancing", "DeleteLoadBalancer", `{"loadBalancerName":"classic"}`, `null`, "ElasticLoadBalancing::LoadBalancer=classic"},
	{"autoscaling", "CompleteLifecycleAction", `{"autoScalingGroupName":"g","instanceId":"i-1"}`, `null`, "AutoScaling::AutoScalingGroup=g"},
	{"autoscaling", "PutScalingPolicy", `{"autoScalingGroupName":"g","policyName":"p"}`, `{"policyARN":"arn:p"}`, "AutoScaling::AutoScalingGroup=g AutoScaling::ScalingPolicy=arn:p AutoScaling::ScalingPolicy=p"},
	{"eks", "CreateNodegroup", `{"clusterName":"c","nodegroupName":"n","nodeRole":"arn"}`, `null`, "EKS::Cluster=c EKS::Nodegroup=n"},
	{"eks", "CreateAddon", `{"name":"c","clusterName":"c","addonName":"a"}`, `null`, "EKS::Addon=a"},
	{"cloudtrail", "StopLogging", `{"name":"trail"}`, `null`, "CloudTrail::Trail=trail"},
	{"lambda", "UpdateFunctionCode20150331v2", `{"functionName":"f"}`, `null`, "Lambda::Function=f"},
	{"ssm", "UpdateInstanceInformation", `{"instanceId":"i-1"}`, `null`, ""},
	{"ssm", "StartSession", `{"target":"i-1"}`, `null`, ""},
	{"unknown", "DoIt", `{"instanceId":"i-1","bucketName":"b","name":"n","list":[["x"],{"vpcId":["vpc-1","vpc-2"]}],"subnetId":7,"keyName":""}`, `"text"`,
		"EC2::Instance=i-1 EC2::VPC=vpc-1 EC2::VPC=vpc-2 S3::Bucket=b"},
	{"signin", "ConsoleLogin", `{"userName":"u"}`, `{"ConsoleLogin":"Success"}`, ""},
}

func TestLookupResources(t *testing.T) {
	for _, c := range resourceCases {
		raw := fmt.Sprintf(`{"eventName":%q,"requestParameters":%s,"a":{"instanceId":"no"},"responseElements":%s}`, c.name, c.request, c.response)
		var got []string
		for _, r := range sortResources(newResourceCall(c.source+".amazonaws.com", c.name).namedIn([]byte(raw))) {
			typ := strings.TrimPrefix(r.Type, "AWS::")
			if typ == "" {
				typ = "-"
			}
			got = append(got, typ+"="+r.Name)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %s:\ngot  %s\nwant %s", c.source, c.name, s, c.want)
		}
	}
}

// The record's own resources, alone and beside the others; types and names of either can be looked for.
func TestLookupResourceModes(t *testing.T) {
	const more = `"requestParameters":{"userName":"u"},"resources":[{"ARN":"arn:x","type":"AWS::X::Y"},{"type":"AWS::No::Name"},null,{"ARN":"arn:bare"}]`
	s := lookupStore(t, eventFor("a", "2026-03-02T10:00:00Z", more), eventFor("b", "2026-03-02T10:00:01Z", `"requestParameters":{"userName":"v"}`))
	shown := func(mode string) string {
		return fmt.Sprint(lookupAll(t, s, LookupQuery{Resources: mode, Attributes: []LookupAttribute{{"EventId", "a"}}})[0].Resources)
	}
	for mode, want := range map[string]string{
		"": "[{AWS::IAM::User u}]", "aws": "[{AWS::IAM::User u}]", "record": "[{ arn:bare} {AWS::X::Y arn:x}]", "both": "[{ arn:bare} {AWS::IAM::User u} {AWS::X::Y arn:x}]",
	} {
		if got := shown(mode); got != want {
			t.Errorf("%q: %s, want %s", mode, got, want)
		}
	}
	for _, c := range []struct{ key, value, aws, record, both string }{
		{"ResourceName", "u", "a", "", "a"}, {"ResourceName", "arn:x", "", "a", "a"}, {"ResourceName", "U", "", "", ""}, {"ResourceName", "v", "b", "", "b"},
		{"ResourceType", "AWS::IAM::User", "b a", "", "b a"}, {"ResourceType", "AWS::X::Y", "", "a", "a"}, {"ResourceType", "AWS::No::Name", "", "", ""},
	} {
		for mode, want := range map[string]string{"aws": c.aws, "record": c.record, "both": c.both} {
			if got := lookupIDs(t, s, LookupQuery{Resources: mode, Attributes: []LookupAttribute{{c.key, c.value}}}); got != want {
				t.Errorf("%s %s of %s: %q, want %q", c.key, c.value, mode, got, want)
			}
		}
	}
	both := []LookupAttribute{{"ResourceName", "u"}, {"ResourceType", "AWS::IAM::User"}}
	if got := lookupIDs(t, s, LookupQuery{Attributes: both}); got != "a" {
		t.Errorf("both: %q", got)
	}
}

// Every type that a call may have, some member of such a call names.
func TestCallTypesCanBeMade(t *testing.T) {
	for service, calls := range callSets {
		for name, types := range calls {
			c := resourceCall{service, name}
			for typ := range types {
				found := false
				for _, rules := range keyRules {
					found = found || slices.ContainsFunc(rules, func(r keyRule) bool { return r.typ == typ && !r.none && r.of(c) })
				}
				if !found {
					t.Errorf("%s:%s: nothing names a %q", service, name, typ)
				}
			}
		}
	}
	for name, rules := range keyRules {
		for _, r := range rules {
			if r.typ != "" && strings.Count(r.typ, "::") != 2 && !r.none || len(name) > maxKeyName {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// observedTypes is what the console showed of some 4,900 events. It is no part of the project.
const observedTypes = "../../shared/data/lookup_resource_types_observed.tsv"

func TestCallTypesAsObserved(t *testing.T) {
	b, err := os.ReadFile(filepath.FromSlash(observedTypes))
	if err != nil {
		t.Skip(err)
	}
	agree, events := 0, 0
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	for _, line := range lines {
		f := strings.Split(line, "\t")
		want := map[string]bool{}
		for typ := range strings.SplitSeq(f[3], ", ") {
			switch typ {
			case "-":
			case "null":
				want[""] = true
			default:
				want["AWS::"+typ] = true
			}
		}
		types, all := resourceCall{f[0], f[1]}.types()
		if all || fmt.Sprint(types) != fmt.Sprint(want) {
			t.Errorf("%s %s: %v, observed %v", f[0], f[1], types, want)
			continue
		}
		var n int
		fmt.Sscan(f[2], &n)
		agree, events = agree+1, events+n
	}
	if agree != len(lines) || agree < 100 {
		t.Errorf("%d of %d calls agree", agree, len(lines))
	}
	t.Logf("%d calls of %d events agree", agree, events)
}
