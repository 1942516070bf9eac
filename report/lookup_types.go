package report

import (
	"slices"
	"strings"
)

// AWS publishes no table of what LookupEvents takes for a resource. keyTypes and callTypes
// are facts that were observed in its answers, of some 4,900 events of 2019 to 2026; what is marked
// with "?" is by analogy. Where a call is not in callTypes, what is found is a superset.

// keyTypes says which member of request or response names a resource of which type: a service (*: any), or
// calls of it, then members, with the name of the object that they are in where that matters, and the
// type without "AWS::". "-" is a resource whose type AWS leaves out, "!" is none. Of a member's lines
// the first that fits counts. The first letter of a name may be either case.
const keyTypes = `
iam user.arn user.userId userName newUserName = IAM::User
iam role.arn role.roleId roleName = IAM::Role
iam policy.arn policy.policyId policyArn policyName = IAM::Policy
iam group.arn group.groupId groupName newGroupName = IAM::Group
iam instanceProfile.arn instanceProfile.instanceProfileId instanceProfileName = IAM::InstanceProfile
iam openIDConnectProviderArn = IAM::OpenIDConnectProvider
iam sAMLProviderArn = IAM::SamlProvider ?
iam serialNumber virtualMFADeviceName = IAM::MfaDevice ?
iam serverCertificateName = IAM::ServerCertificate ?
iam sSHPublicKeyId = IAM::SshPublicKey ?
iam certificateId = IAM::SigningCertificate ?
iam accountAlias = IAM::AccountAlias ?
iam accessKeyId = IAM::AccessKey
sts roleSessionName assumedRoleUser.assumedRoleId assumedRoleUser.arn = STS::AssumedRole
sts federatedUser.federatedUserId federatedUser.arn = STS::FederatedUser ?
sts:GetFederationToken name = STS::FederatedUser ?
sts accessKeyId = IAM::AccessKey
sts roleArn = IAM::Role
ec2:CreateTags,DeleteTags resourceId = -
ec2:CreateRoute gatewayId = -
ec2 instanceId = EC2::Instance
ec2 imageId = EC2::Ami
ec2 groupId groupName = EC2::SecurityGroup
ec2 vpcId peerVpcId = EC2::VPC
ec2 subnetId = EC2::Subnet
ec2 keyName = EC2::KeyPair
ec2 networkInterfaceId = EC2::NetworkInterface
ec2 attachmentId = EC2::NetworkInterfaceAttachment
ec2 volumeId = EC2::Volume
ec2 snapshotId = EC2::Snapshot
ec2 routeTableId = EC2::RouteTable
ec2:AssociateAddress,DisassociateAddress associationId = ! ?
ec2 associationId = EC2::SubnetRouteTableAssociation
ec2 internetGatewayId = EC2::InternetGateway
ec2 natGatewayId = EC2::NatGateway
ec2 allocationId publicIp = EC2::EIP
ec2 vpcPeeringConnectionId = EC2::VPCPeeringConnection
ec2 launchTemplateId launchTemplateName = EC2::LaunchTemplate
ec2 iamInstanceProfile.arn iamInstanceProfile.name = IAM::InstanceProfile
ec2 networkAclId = EC2::NetworkAcl ?
ec2 dhcpOptionsId = EC2::DHCPOptions ?
ec2 vpnConnectionId = EC2::VPNConnection ?
ec2 vpnGatewayId = EC2::VPNGateway ?
ec2 customerGatewayId = EC2::CustomerGateway ?
autoscaling autoScalingGroupName tags.resourceId = AutoScaling::AutoScalingGroup
autoscaling launchConfigurationName = AutoScaling::LaunchConfiguration
autoscaling policyName policyARN = AutoScaling::ScalingPolicy
autoscaling topicARN = SNS::Topic
cloudformation stackName stackId = CloudFormation::Stack
cloudtrail name trailARN trailName = CloudTrail::Trail
dlm executionRoleArn = IAM::Role
eks clusterName = EKS::Cluster
eks-auth clusterName = EKS::Cluster
eks:CreateCluster,DeleteCluster name = EKS::Cluster
eks nodegroupName = EKS::Nodegroup
eks addonName = EKS::Addon
elasticloadbalancing loadBalancerArn loadBalancerArns = ElasticLoadBalancingV2::LoadBalancer
elasticloadbalancing:CreateLoadBalancer name loadBalancerName = ElasticLoadBalancingV2::LoadBalancer
elasticloadbalancing loadBalancerName = ElasticLoadBalancing::LoadBalancer
elasticloadbalancing listenerArn = ElasticLoadBalancingV2::Listener
elasticloadbalancing ruleArn = ElasticLoadBalancingV2::ListenerRule
elasticloadbalancing:CreateTargetGroup name = ElasticLoadBalancingV2::TargetGroup
elasticloadbalancing targetGroupArn targetGroupName = ElasticLoadBalancingV2::TargetGroup
elasticloadbalancing targets.id = EC2::Instance
elasticloadbalancing securityGroups = EC2::SecurityGroup
elasticloadbalancing vpcId vPCId = EC2::VPC
lambda functionName functionArn = Lambda::Function ?
lambda role = IAM::Role ?
monitoring alarmName alarmNames = CloudWatch::Alarm
rds dBInstanceIdentifier dBInstanceArn = RDS::DBInstance
rds optionGroupName = RDS::DBOptionGroup
rds dBParameterGroupName = RDS::DBParameterGroup
rds dBSubnetGroupName = RDS::DBSubnetGroup
rds vpcSecurityGroupId vpcSecurityGroupIds = EC2::SecurityGroup
rds subnetIdentifier = EC2::Subnet
rds vpcId = EC2::VPC
rds dBClusterIdentifier = RDS::DBCluster ?
rds dBSnapshotIdentifier = RDS::DBSnapshot ?
route53 hostedZoneId hostedZone.id = Route53::HostedZone
route53 vpcId vPCId = EC2::VPC
s3 bucketName = S3::Bucket
secretsmanager secretId = SecretsManager::Secret ?
dynamodb tableName = DynamoDB::Table ?
sns topicArn = SNS::Topic
sns:CreateTopic name = SNS::Topic
sns subscriptionArn = SNS::Subscription
sqs queueUrl queueName = SQS::Queue ?
* instanceId = EC2::Instance
* imageId = EC2::Ami ?
* vpcId = EC2::VPC ?
* subnetId = EC2::Subnet ?
* keyName = EC2::KeyPair ?
* networkInterfaceId = EC2::NetworkInterface ?
* volumeId = EC2::Volume ?
* snapshotId = EC2::Snapshot ?
* bucketName = S3::Bucket ?
* functionName = Lambda::Function ?
* roleArn roleName = IAM::Role ?
* userName = IAM::User ?
* policyArn = IAM::Policy ?
* accessKeyId = IAM::AccessKey ?
* secretId = SecretsManager::Secret ?
* dBInstanceIdentifier = RDS::DBInstance ?
`

// callTypes says of calls which types of resources they have at most: a service, its types as in keyTypes, in which
// the service's own are without its name, and calls. No type: such a call has no resource.
const callTypes = `
autoscaling AutoScalingGroup = CompleteLifecycleAction CreateOrUpdateTags DeleteAutoScalingGroup SetDesiredCapacity UpdateAutoScalingGroup
autoscaling AutoScalingGroup LaunchConfiguration = CreateAutoScalingGroup
autoscaling AutoScalingGroup ScalingPolicy = DeletePolicy PutScalingPolicy
autoscaling AutoScalingGroup SNS::Topic = PutNotificationConfiguration
autoscaling AutoScalingGroup EC2::Instance = TerminateInstanceInAutoScalingGroup
billingconsole = GetTaxInvoicesMetadata
cloudformation Stack = CreateStack DeleteStack
dlm IAM::Role = CreateLifecyclePolicy
ec2 = CreateFleet CreateNetworkInterfacePermission CreateSnapshots SharedSnapshotVolumeCreated
ec2 - = CreateTags DeleteTags
ec2 Ami = DeregisterImage ModifyImageAttribute
ec2 Ami Instance = CreateImage
ec2 Ami Snapshot = RegisterImage
ec2 Ami Instance KeyPair NetworkInterface SecurityGroup Snapshot Subnet VPC IAM::InstanceProfile = RunInstances
ec2 EIP = AllocateAddress ReleaseAddress
ec2 EIP NatGateway Subnet VPC = CreateNatGateway
ec2 Instance = AssociateIamInstanceProfile ModifyInstanceAttribute ReplaceIamInstanceProfileAssociation StartInstances StopInstances TerminateInstances
ec2 Instance NetworkInterface NetworkInterfaceAttachment = AttachNetworkInterface
ec2 Instance Volume = DetachVolume
ec2 InternetGateway = CreateInternetGateway DeleteInternetGateway
ec2 InternetGateway VPC = AttachInternetGateway DetachInternetGateway
ec2 KeyPair = CreateKeyPair DeleteKeyPair ImportKeyPair
ec2 LaunchTemplate = CreateLaunchTemplate CreateLaunchTemplateVersion DeleteLaunchTemplate DescribeLaunchTemplateVersions
ec2 NatGateway = DeleteNatGateway
ec2 NatGateway RouteTable VPCPeeringConnection - = CreateRoute
ec2 NetworkInterface = AssignPrivateIpAddresses DeleteNetworkInterface
ec2 NetworkInterface NetworkInterfaceAttachment SecurityGroup = ModifyNetworkInterfaceAttribute
ec2 NetworkInterface SecurityGroup Subnet VPC = CreateNetworkInterface
ec2 NetworkInterfaceAttachment = DetachNetworkInterface
ec2 RouteTable = DeleteRoute DeleteRouteTable
ec2 RouteTable Subnet SubnetRouteTableAssociation = AssociateRouteTable
ec2 RouteTable VPC = CreateRouteTable
ec2 SecurityGroup = AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress DeleteSecurityGroup ModifySecurityGroupRules RevokeSecurityGroupEgress RevokeSecurityGroupIngress
ec2 SecurityGroup VPC = CreateSecurityGroup
ec2 Snapshot = DeleteSnapshot
ec2 Snapshot Volume = CreateSnapshot
ec2 Subnet = DeleteSubnet ModifySubnetAttribute
ec2 Subnet VPC = CreateSubnet
ec2 SubnetRouteTableAssociation = DisassociateRouteTable
ec2 VPC = CreateVpc DeleteVpc ModifyVpcAttribute
ec2 VPC VPCPeeringConnection = AcceptVpcPeeringConnection CreateVpcPeeringConnection
ec2 VPCPeeringConnection = DeleteVpcPeeringConnection
ec2 Volume = DeleteVolume
ec2-instance-connect EC2::Instance = SendSSHPublicKey
eks Addon = CreateAddon DeleteAddon
eks Cluster = CreateCluster DeleteCluster
eks Cluster Nodegroup = CreateNodegroup DeleteNodegroup
elasticloadbalancing ElasticLoadBalancing::LoadBalancer LoadBalancer = DeleteLoadBalancer
elasticloadbalancing EC2::SecurityGroup EC2::VPC LoadBalancer = CreateLoadBalancer
elasticloadbalancing EC2::VPC LoadBalancer TargetGroup = ModifyTargetGroup
elasticloadbalancing EC2::VPC TargetGroup = CreateTargetGroup
elasticloadbalancing EC2::Instance TargetGroup = DeregisterTargets RegisterTargets
elasticloadbalancing Listener = DeleteListener
elasticloadbalancing Listener ListenerRule = CreateRule
elasticloadbalancing Listener LoadBalancer TargetGroup = CreateListener
elasticloadbalancing ListenerRule = DeleteRule ModifyRule
elasticloadbalancing LoadBalancer = SetSubnets
elasticloadbalancing TargetGroup = DeleteTargetGroup
events = PutRule PutTargets
iam InstanceProfile = CreateInstanceProfile DeleteInstanceProfile
iam InstanceProfile Role = AddRoleToInstanceProfile RemoveRoleFromInstanceProfile
iam OpenIDConnectProvider = CreateOpenIDConnectProvider DeleteOpenIDConnectProvider
iam Policy = CreatePolicy DeletePolicy
iam Policy Role = AttachRolePolicy DeleteRolePolicy DetachRolePolicy PutRolePolicy
iam Role = CreateRole DeleteRole
kms = CreateGrant Decrypt DeleteKey RetireGrant
monitoring Alarm = DeleteAlarms PutMetricAlarm
rds EC2::SecurityGroup EC2::Subnet EC2::VPC DBInstance DBOptionGroup DBParameterGroup DBSubnetGroup = CreateDBInstance DeleteDBInstance
route53 EC2::VPC HostedZone = AssociateVPCWithHostedZone
route53 HostedZone = ChangeResourceRecordSets
s3 Bucket = CreateBucket DeleteBucket PutBucketPublicAccessBlock
signin = ConsoleLogin
sns Subscription Topic = Subscribe
sns Topic = CreateTopic
ssm = UpdateInstanceInformation
`

// ownTypes is what services call their own types, where that is not the service's name.
var ownTypes = map[string]string{
	"autoscaling": "AutoScaling", "cloudformation": "CloudFormation", "ec2": "EC2", "eks": "EKS", "elasticloadbalancing": "ElasticLoadBalancingV2",
	"iam": "IAM", "monitoring": "CloudWatch", "rds": "RDS", "route53": "Route53", "s3": "S3", "sns": "SNS",
}

// A keyRule is a line of keyTypes for one member.
type keyRule struct {
	service string   // "": any
	calls   []string // nil: any
	in      string   // the name of the object that the member is in; "": any
	typ     string   // "" where AWS leaves it out
	none    bool     // it names no resource
}

func (r *keyRule) of(c resourceCall) bool {
	return (r.service == "" || r.service == c.service) && (r.calls == nil || slices.Contains(r.calls, c.name))
}

var (
	keyRules = parseKeyTypes(keyTypes) // by the member's name, in lowerFirst
	callSets = parseCallTypes(callTypes)
)

func parseKeyTypes(table string) map[string][]keyRule {
	rules := map[string][]keyRule{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		left, right, _ := strings.Cut(strings.TrimSpace(line), " = ")
		members := strings.Fields(left)
		typ := strings.TrimSuffix(right, " ?")
		r := keyRule{typ: fullType("", typ), none: typ == "!"}
		service, calls, some := strings.Cut(members[0], ":")
		if some {
			r.calls = strings.Split(calls, ",")
		}
		if service != "*" {
			r.service = service
		}
		for _, m := range members[1:] {
			in, name, nested := strings.Cut(m, ".")
			if !nested {
				in, name = "", m
			}
			r.in = in
			rules[name] = append(rules[name], r)
		}
	}
	return rules
}

// parseCallTypes returns the types of each call, by service.
func parseCallTypes(table string) map[string]map[string]map[string]bool {
	sets := map[string]map[string]map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		left, right, _ := strings.Cut(strings.TrimSpace(line), "= ")
		words := strings.Fields(left)
		types := map[string]bool{}
		for _, t := range words[1:] {
			types[fullType(words[0], t)] = true
		}
		calls := sets[words[0]]
		if calls == nil {
			calls = map[string]map[string]bool{}
			sets[words[0]] = calls
		}
		for _, call := range strings.Fields(right) {
			calls[call] = types
		}
	}
	return sets
}

// fullType writes a type of a table as AWS does.
func fullType(service, typ string) string {
	switch {
	case typ == "-":
		return ""
	case strings.Contains(typ, "::"):
		return "AWS::" + typ
	}
	return "AWS::" + ownTypes[service] + "::" + typ
}
