package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// surveyCalls ask who and what there is. They are what tools that explore an account call, and
// what intruders were seen to call (detections 3.2; Prowler's list of recognised reconnaissance
// has 89 names). The first word of a line is the service, the others its calls.
var surveyCalls = surveyEvents(
	"iam ListUsers ListRoles ListGroups ListPolicies ListAccessKeys ListAttachedUserPolicies ListUserPolicies ListGroupsForUser ListAttachedRolePolicies ListRolePolicies "+
		"ListInstanceProfiles ListSAMLProviders ListOpenIDConnectProviders ListMFADevices ListVirtualMFADevices ListAccountAliases ListServerCertificates GetUser GetUserPolicy "+
		"GetRolePolicy GetPolicyVersion GetLoginProfile GetAccountAuthorizationDetails GetAccountSummary GetAccountPasswordPolicy GetCredentialReport SimulatePrincipalPolicy",
	"sts GetCallerIdentity", "account ListRegions GetContactInformation", "organizations ListAccounts DescribeOrganization ListPolicies ListRoots",
	"s3 ListBuckets GetBucketAcl GetBucketPolicy GetBucketVersioning GetBucketPublicAccessBlock GetBucketLogging",
	"ec2 DescribeInstances DescribeSecurityGroups DescribeVpcs DescribeSubnets DescribeVolumes DescribeSnapshots DescribeImages DescribeKeyPairs DescribeRegions DescribeAddresses "+
		"DescribeNetworkInterfaces DescribeRouteTables DescribeInternetGateways DescribeNatGateways DescribeVpnConnections DescribeFlowLogs DescribeLaunchTemplates DescribeInstanceAttribute "+
		"DescribeIamInstanceProfileAssociations DescribeVpcPeeringConnections DescribeSpotInstanceRequests",
	"rds DescribeDBInstances DescribeDBClusters DescribeDBSnapshots", "lambda ListFunctions GetPolicy ListLayers ListEventSourceMappings",
	"secretsmanager ListSecrets", "ssm DescribeParameters DescribeInstanceInformation ListDocuments ListCommands", "kms ListKeys ListAliases", "dynamodb ListTables",
	"ecs ListClusters ListTaskDefinitions", "eks ListClusters", "ecr DescribeRepositories", "sns ListTopics", "sqs ListQueues", "cloudtrail DescribeTrails ListTrails GetTrailStatus",
	"guardduty ListDetectors", "config DescribeConfigurationRecorders", "logs DescribeLogGroups", "ses GetSendQuota ListIdentities", "cloudformation ListStacks DescribeStacks",
	"route53 ListHostedZones", "elasticloadbalancing DescribeLoadBalancers", "bedrock ListFoundationModels", "cognito-idp ListUserPools", "apigateway GetRestApis",
	"autoscaling DescribeAutoScalingGroups", "redshift DescribeClusters", "sagemaker ListNotebookInstances", "acm ListCertificates", "ce GetCostAndUsage", "servicequotas ListServiceQuotas",
	"securityhub GetFindings", "glue GetDatabases", "codebuild ListProjects", "elasticache DescribeCacheClusters",
)

func surveyEvents(lines ...string) (events []string) {
	for _, line := range lines {
		service, calls, _ := strings.Cut(line, " ")
		for _, call := range strings.Fields(calls) {
			events = append(events, service+".amazonaws.com:"+call)
		}
	}
	return events
}

// surveyed is a Record half that lets through the questions of programs: a console asks dozens
// of them for a page that somebody looks at.
func surveyed(r *parser.Record) (Evidence, bool) {
	if Operational(r) || !isCredentialType(r.Identity.Type) || strings.HasPrefix(r.UserAgent, "Mozilla/") || strings.HasPrefix(r.UserAgent, "[Mozilla/") ||
		strings.HasSuffix(r.UserAgent, ".amazonaws.com") || strings.Contains(r.UserAgent, "Console") || r.UserAgent == "AWS Internal" {
		return nil, false
	}
	return nil, r.FromConsole != "true"
}

// surveys is the state of enumeration-burst.
type surveys struct {
	workload             bool // of a program that runs by itself: it has no business with identities
	c                    *Context
	fast, many, services int
	listed, refused      float64
	calls                *novelty // by role or user
	people               *novelty // those who asked at all
	of                   *spells[survey]
}

type survey struct {
	quick, slow              recent // different calls within ten seconds, and within the window
	calls, news, no, sources few
	stranger                 bool
}

func newSurveys(id string, c *Context) *surveys {
	s := &surveys{
		c: c, fast: c.Int("calls-in-ten-seconds"), many: c.Int("calls"), services: c.Int("services"), listed: c.Number("share"), refused: c.Number("refused"),
		calls: newNovelty(c, c.Duration("history")), people: newNovelty(c, c.Duration("history")),
	}
	s.of = newSpells(id, c.Duration("window"), s.judge)
	return s
}

func (s *surveys) stream() Stream {
	return s.of.stream(s.note, func() int64 { return s.calls.known.count() + s.people.known.count() })
}

func (s *surveys) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		who, call := habitual(ref), callOf(ref)
		v := s.of.touch(credentialOf(ref), ref)
		x := &v.x
		if x.quick.span == 0 {
			x.quick, x.slow = recent{span: 10 * time.Second, max: maxFew}, recent{span: s.of.open.idle, max: maxFew}
		}
		x.quick.add(call, ref.Time)
		x.slow.add(call, ref.Time)
		x.calls.add(call)
		x.sources.add(ref.EventSource)
		if s.calls.see(who, call, ref.Time) {
			x.news.add(call)
		}
		if s.people.see(ref.Account, who, ref.Time) {
			x.stranger = true
		}
		if Denied(ref.ErrorCode) {
			x.no.add(call)
		}
		s.of.add(v, ref)
	}
}

func (s *surveys) judge(v *spell[survey]) (Severity, string, bool) {
	x, n := &v.x, v.x.calls.len()
	share := 100 * float64(n) / float64(len(surveyCalls))
	if x.quick.peak < s.fast && x.slow.peak < s.many && share < s.listed {
		return 0, "", false
	}
	var odd signs
	odd.add(x.stranger, "nobody had seen the caller before")
	odd.add(!x.stranger && 2*x.news.len() >= n, "%d of them for the first time", x.news.len())
	odd.add(100*float64(x.no.len()) >= s.refused*float64(n), "%d refused", x.no.len())
	odd.add(share >= s.listed, "%.0f %% of all that such tools ask", share)
	odd.add(s.workload && x.sources.has("iam.amazonaws.com"), "identities among them")
	if len(odd) == 0 {
		return 0, "", false
	}
	severity := Low
	if len(odd) > 1 && x.sources.len() >= s.services {
		severity = Medium
	}
	return severity, fmt.Sprintf("%s asked %d different questions about the account in %s, %d within ten seconds, of %s: %s",
		v.who, n, v.last.Sub(v.first).Round(time.Second), x.quick.peak, plural(x.sources.len(), "service"), strings.Join(odd, "; ")), true
}
