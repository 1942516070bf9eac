package detect

var iamIdentityCreated = register(&Detector{
	ID:    "iam-identity-created",
	Title: "IAM user or role created",
	Doc: `A user or a role was created, or its creation was tried. Administrators, installers and
infrastructure code do this every day. An intruder does it to keep a way in: a user with an innocent name,
or a role whose trust policy lets another account assume it, which outlives every key that is rotated.
Look at who created it, from where, what was attached to it next, and whether it has been used since.`,
	Next: `Ask its owner whether it is wanted. If not: detach its policies, deactivate its keys, delete
its login profile or its trust policy, and look for everything that it did: filter timeline.csv
by its column principal for its name.`,
	Severity:   Informational,
	Techniques: []string{"T1136.003"},
	Events:     []string{"iam.amazonaws.com:CreateUser", "iam.amazonaws.com:CreateRole"},
	Record: watched(func(f *facts) {
		f.add(FactUser, f.param("userName"))
		f.add(FactRole, f.param("roleName"))
		trust := parsePolicy(f.r.Get("requestParameters.assumeRolePolicyDocument"))
		if trust.public() {
			f.raise(Medium, "role "+f.param("roleName")+" trusts every account")
		}
		if account := trust.foreign(f.r.Account); account != "" {
			f.raise(Medium, "role "+f.param("roleName")+" trusts account "+account)
		}
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateUser","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accessKeyId":"AKIA1"},"requestParameters":{"userName":"bob"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateRole","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accessKeyId":"AKIA1"},"requestParameters":{"roleName":"support","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"}]}"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateUser","errorCode":"AccessDenied","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accessKeyId":"AKIA1"},"requestParameters":null}`},
	},
	Misses: [][]string{
		// A service creates its own role, or acts for a person whose stack it deploys.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateRole","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"requestParameters":{"roleName":"x"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateRole","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","invokedBy":"cloudformation.amazonaws.com"},"requestParameters":{"roleName":"x"}}`},
		// Another service's CreateUser is no IAM user.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"transfer.amazonaws.com","eventName":"CreateUser","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
	},
})
