package detect

import (
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "workflow-token-elsewhere",
	Title: "Session of a workflow, pod or host used elsewhere",
	Doc: `A build workflow or a Kubernetes pod exchanged its token for a session of a role (AssumeRoleWithWebIdentity,
AssumeRoleForPodIdentity), or a host its certificate (IAM Roles Anywhere), and the session made telling calls from another
network and another tool. Somebody took the session, the token or the key out of it. Innocent causes: runners and hosts
behind several addresses of several networks, a step of the workflow that runs elsewhere on purpose.`,
	Next: `Look at the workflow's run of that time, its logs and its third-party steps, or at the pod or host. Revoke the role's
sessions; narrow the trust policy to one repository and branch, or one service account; revoke the certificate.`,
	Severity:   Low,
	Techniques: []string{"T1528", "T1550.001"},
	Events:     append(slices.Clone(tellingEvents), "eks-auth.amazonaws.com:AssumeRoleForPodIdentity"),
	Thresholds: []Threshold{
		{"calls", 3, "different calls", "Elastic: service account token used outside, three distinct calls"},
		{"window", 12, "hours", "AWS: the longest session that a role may allow"},
	},
	Needs: []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if f := issuedToWorkload(r); f.has(FactIssuedKey) {
			return f, true
		}
		if r.Identity.Type != "AssumedRole" || instanceOf(r.Identity.PrincipalID) != "" || strings.HasPrefix(r.Identity.IssuerName, ssoRole) {
			return nil, false
		}
		return tellingAbroad(r)
	},
	Judge: func(c *Context) Stream {
		s := &workflows{c: c, calls: c.Int("calls"), issued: newFading[workflow](maxSubjects, c.Duration("window"), nil)}
		s.uses = newSpells("workflow-token-elsewhere", c.Duration("window"), s.judge)
		return s.uses.stream(s.note, s.issued.count)
	},
	Hits: [][]string{append([]string{webIdentity()},
		story(
			example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
			example{at: "03:10:00", call: "iam:ListRoles", key: "ASIA1", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
			example{at: "03:11:00", call: "secretsmanager:ListSecrets", key: "ASIA1", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"},
		)...),
		story(
			example{at: "03:00:00", call: "eks-auth:AssumeRoleForPodIdentity", key: "ASIA9", who: "node/i-0a1b2c3d4e5f60718", out: `{"subject":{"namespace":"web","serviceAccount":"api"},"credentials":{"accessKeyId":"ASIA1"}}`},
			example{at: "03:09:00", call: "iam:CreateUser", key: "ASIA1", who: "pod/eks-prod-api", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"}),
		story(
			example{at: "03:00:00", call: "rolesanywhere:CreateSession", who: `{"type":"Unknown","accountId":"111122223333"}`, out: `{"credentialSet":[{"credentials":{"accessKeyId":"ASIA1"},"sourceIdentity":"CN=web1"}]}`},
			example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "onprem/7a01", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"}),
	},
	Misses: [][]string{
		{webIdentity(), example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "deploy/s"}.String()},
		// A runner with two addresses.
		{webIdentity(), example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA1", who: "deploy/s", ip: exampleFar}.String()},
		{webIdentity(), example{at: "03:09:00", call: "iam:ListUsers", key: "ASIA2", who: "deploy/s", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"}.String()},
	},
})

func webIdentity() string { // which issues ASIA1
	return example{at: "03:00:00", call: "sts:AssumeRoleWithWebIdentity", who: `{"type":"WebIdentityUser","userName":"repo:acme/app:ref:refs/heads/main","identityProvider":"token.actions.githubusercontent.com"}`, out: issuedKey("ASIA1")}.String()
}
