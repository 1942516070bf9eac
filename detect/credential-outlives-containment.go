package detect

var _ = register(&Detector{
	ID:    "credential-outlives-containment",
	Title: "Credential at work after it was contained",
	Doc: `An access key was deactivated or deleted, a user or a user's console password deleted or a role's sessions revoked,
and afterwards the key, a session that it had issued, or an older session of the role, or of the user in the console, made telling calls.
Deactivating a key leaves the sessions alive that it issued (GetSessionToken, GetFederationToken, AssumeRole), for up to 36 hours, and
deleting a password those in the console, for up to 12: somebody holds one.
Refused calls count too: whoever holds the credential still tries. Innocent causes: a key that was
rotated while a program still used its session; a person who moves to single sign-on, or whom an intruder locked out; a change
that took seconds to spread, which is left out.`,
	Next: `Contain what is left: attach a policy to the user or role that denies everything to sessions issued before now
(AWSRevokeOlderSessions), then see what was done since: filter timeline.csv by the column credential.`,
	Severity:   Low,
	Techniques: []string{"T1078.004", "T1550.001"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"spread", 120, "seconds", "AWS: changes in IAM take seconds to reach all regions"},
		{"memory", 36, "hours", "AWS: the longest that a session token of a user may live"},
	},
	Record: containment,
	Judge:  func(c *Context) Stream { return newContainments(c).stream() },
	Hits: [][]string{
		story( // the session that the key had issued
			example{at: "03:00:00", call: "sts:GetFederationToken", key: "AKIA1", out: issuedKey("ASIA1")},
			example{at: "03:10:00", call: "iam:UpdateAccessKey", key: "AKIA2", who: "bob", in: `{"userName":"alice","accessKeyId":"AKIA1","status":"Inactive"}`},
			example{at: "03:20:00", call: "iam:CreateUser", key: "ASIA1", who: `{"type":"FederatedUser","arn":"arn:aws:sts::111122223333:federated-user/x","accountId":"111122223333","accessKeyId":"ASIA1"}`},
		),
		story( // an older session of a role
			example{at: "03:10:00", call: "iam:PutRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"AWSRevokeOlderSessions"}`},
			example{at: "03:20:00", call: "iam:CreateUser", key: "ASIA1", who: "app/x", code: "AccessDenied"},
		),
		story( // by a policy of another name; that another one is taken away ends nothing
			example{at: "03:10:00", call: "iam:PutRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"no-old-tokens","policyDocument":"{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"2026-01-02T03:10:00Z\"}}}]}"}`},
			example{at: "03:15:00", call: "iam:DeleteRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"logs"}`},
			example{at: "03:20:00", call: "iam:CreateUser", key: "ASIA1", who: "app/x"},
		),
		story( // a session in the console, whose password is gone
			example{at: "03:10:00", call: "iam:DeleteLoginProfile", key: "AKIA2", who: "bob", in: `{"userName":"alice"}`},
			example{at: "03:20:00", call: "iam:CreateUser", who: consoleSession, more: `"sessionCredentialFromConsole":"true"`},
		),
	},
	Misses: [][]string{
		story( // a session of a key, which the password has nothing to do with
			example{at: "03:10:00", call: "iam:DeleteLoginProfile", key: "AKIA2", who: "bob", in: `{"userName":"alice"}`},
			example{at: "03:20:00", call: "iam:CreateUser", who: consoleSession},
		),
		story( // a user who gives up the own password
			example{at: "03:10:00", call: "iam:DeleteLoginProfile", who: consoleSession, in: `{"userName":"alice"}`, more: `"sessionCredentialFromConsole":"true"`},
			example{at: "03:20:00", call: "iam:CreateUser", who: consoleSession, more: `"sessionCredentialFromConsole":"true"`},
		),
		story( // who has a password again
			example{at: "03:10:00", call: "iam:DeleteLoginProfile", key: "AKIA2", who: "bob", in: `{"userName":"alice"}`},
			example{at: "03:12:00", call: "iam:CreateLoginProfile", key: "AKIA2", who: "bob", in: `{"userName":"alice"}`},
			example{at: "03:20:00", call: "iam:CreateUser", who: consoleSession, more: `"sessionCredentialFromConsole":"true"`},
		),
		story(
			example{at: "03:00:00", call: "iam:ListUsers", key: "AKIA1"},
			example{at: "03:10:00", call: "iam:DeleteAccessKey", key: "AKIA2", who: "bob", in: `{"userName":"alice","accessKeyId":"AKIA1"}`},
			example{at: "03:10:30", call: "iam:ListUsers", key: "AKIA1"},
		),
		story( // switched on again
			example{at: "03:10:00", call: "iam:UpdateAccessKey", key: "AKIA2", who: "bob", in: `{"accessKeyId":"AKIA1","status":"Inactive"}`},
			example{at: "03:20:00", call: "iam:UpdateAccessKey", key: "AKIA2", who: "bob", in: `{"accessKeyId":"AKIA1","status":"Active"}`},
			example{at: "05:20:00", call: "iam:CreateUser", key: "AKIA1"},
		),
		story( // the policy was taken away again
			example{at: "03:10:00", call: "iam:PutRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"AWSRevokeOlderSessions"}`},
			example{at: "03:15:00", call: "iam:DeleteRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"AWSRevokeOlderSessions"}`},
			example{at: "03:20:00", call: "iam:CreateUser", key: "ASIA1", who: "app/x"},
		),
		story( // of another role
			example{at: "03:10:00", call: "iam:PutRolePolicy", key: "AKIA2", who: "bob", in: `{"roleName":"app","policyName":"AWSRevokeOlderSessions"}`},
			example{at: "03:20:00", call: "iam:CreateUser", key: "ASIA1", who: "web/x"},
		),
	},
})

// consoleSession is who alice is in a session that began before all that the examples have.
const consoleSession = `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"ASIA1","userName":"alice",` +
	`"sessionContext":{"attributes":{"creationDate":"2026-01-02T02:00:00Z"}}}`
