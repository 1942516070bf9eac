package detect

var iamCredentialCreated = register(&Detector{
	ID:    "iam-credential-created",
	Title: "Access key or console password created",
	Doc: `An access key was issued, or a console password set or changed. People renew their own keys, and
administrators hand out new ones. An intruder who holds one credential makes others, mostly for another
user, so that losing the first does not matter. A key for the root user is never needed. Look at whose
credential it is, whether that user asked for it, and where it was used first: filter
timeline.csv by its column credential for the issued key.`,
	Next: `Deactivate the key (do not delete it before its use is understood) or delete the login profile;
for root, delete the key and rotate the password and MFA. Then look at what the credential did.`,
	Severity:   Informational,
	Techniques: []string{"T1098.001"},
	Events: []string{
		"iam.amazonaws.com:CreateAccessKey",
		"iam.amazonaws.com:CreateLoginProfile",
		"iam.amazonaws.com:UpdateLoginProfile",
	},
	Record: watched(func(f *facts) {
		id := &f.r.Identity
		target := f.param("userName")
		if target == "" {
			target = f.response("accessKey.userName")
		}
		f.add(FactUser, target)
		f.add(FactIssuedKey, f.response("accessKey.accessKeyId"))
		switch {
		case id.Type == "Root" && (target == "" || target == id.UserName || target == rootName):
			f.raise(High, f.r.Action()+" for the root user")
		case target != "" && (id.Type != "IAMUser" || target != id.UserName):
			f.raise(Low, f.r.Action()+" for another user, "+target)
		}
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice","accessKeyId":"AKIA1"},"requestParameters":{"userName":"bob"},"responseElements":{"accessKey":{"userName":"bob","accessKeyId":"AKIA2","status":"Active"}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"requestParameters":null,"responseElements":{"accessKey":{"accessKeyId":"AKIA2","status":"Active"}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"requestParameters":{"userName":"AWS ROOT USER"},"responseElements":{"accessKey":{"accessKeyId":"AKIA2","status":"Active"}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"UpdateLoginProfile","errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice"},"requestParameters":null}`},
	},
	Misses: [][]string{
		// SES makes SMTP users' keys for the person at the console.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice","invokedBy":"ses.amazonaws.com"},"requestParameters":{"userName":"bob"}}`},
		// Deactivating a key issues none.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"UpdateAccessKey","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","userName":"alice"},"requestParameters":{"accessKeyId":"AKIA2","status":"Inactive"}}`},
	},
})
