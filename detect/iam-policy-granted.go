package detect

import "strings"

var iamPolicyGranted = register(&Detector{
	ID:    "iam-policy-granted",
	Title: "Permissions granted to an identity",
	Doc: `A policy was attached to a user, group or role, or written into it. This is daily work; what
matters is how much was granted and to whom. All rights (AdministratorAccess, or every action on every
resource) are rare outside of set-up, and a caller who grants them to itself escalates its privileges. Look
at what the identity did with the new rights within the hour.`,
	Next: `Detach or delete the policy, revoke the identity's sessions, and check what else the caller
changed. If the caller could grant itself rights, its own permissions need a boundary.`,
	Severity:   Informational,
	Techniques: []string{"T1098.003"},
	Events: []string{
		"iam.amazonaws.com:AttachUserPolicy", "iam.amazonaws.com:PutUserPolicy",
		"iam.amazonaws.com:AttachRolePolicy", "iam.amazonaws.com:PutRolePolicy",
		"iam.amazonaws.com:AttachGroupPolicy", "iam.amazonaws.com:PutGroupPolicy",
	},
	Record: watched(func(f *facts) {
		id := &f.r.Identity
		user, role := f.param("userName"), f.param("roleName")
		f.add(FactUser, user)
		f.add(FactRole, role)
		f.add("group", f.param("groupName"))
		f.add("policy", f.param("policyArn"))
		f.add("policy", f.param("policyName"))
		written, rights := parsePolicy(f.r.Get("requestParameters.policyDocument")), "all rights"
		all := strings.HasSuffix(f.param("policyArn"), ":policy/AdministratorAccess") || written.allowsAll()
		if !all && written.allowsEverything() {
			all, rights = true, "all rights but those that the policy leaves out,"
		}
		self := user != "" && id.Type == "IAMUser" && user == id.UserName ||
			role != "" && role == id.IssuerName && id.IssuerType == "Role"
		switch {
		case all && self:
			f.raise(Medium, "granted "+rights+" to itself")
		case all:
			f.raise(Low, "granted "+rights+" to "+user+role+f.param("groupName"))
		}
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"AttachUserPolicy","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice"},"requestParameters":{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice"},"requestParameters":{"userName":"bob","policyName":"p","policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"*\"],\"Resource\":\"*\"}}"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"AttachRolePolicy","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice"},"requestParameters":{"roleName":"app","policyArn":"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}`},
	},
	Misses: [][]string{
		// AWS repairs its own service-linked role.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"AttachRolePolicy","userIdentity":{"type":"AWSService","invokedBy":"support.amazonaws.com"},"requestParameters":{"roleName":"AWSServiceRoleForSupport"}}`},
		// Taking rights away grants none.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"DetachUserPolicy","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice"},"requestParameters":{"userName":"alice"}}`},
	},
})
