package detect

import "cmp"

var roleAssumed = register(&Detector{
	ID:    "role-assumed",
	Title: "Role assumed",
	Doc: `A principal assumed a role, or tried to, other than an AWS service for its own work. This is how
deployments, single sign-on tools and monitoring vendors act, hundreds of times a day. It is also how an
intruder moves from one credential or account to the next. Calls from another account than the role's are
told apart; a vendor's account is the innocent cause. Look at whether the caller used this role before. What
the session did is in timeline.csv: filter it by the column credential for the issued key.`,
	Next: `Revoke the role's sessions (the AWSRevokeOlderSessions policy), narrow its trust policy, and
require an external ID of vendors. Then contain the caller's own credential.`,
	Severity:   Informational,
	Techniques: []string{"T1078.004", "T1550.001"}, // T1199 only with another account's role: see foreign-trust-used
	Events:     []string{"sts.amazonaws.com:AssumeRole"},
	Record: watched(func(f *facts) {
		role := f.param("roleArn")
		f.add(FactRole, role)
		f.add("session_name", f.param("roleSessionName"))
		f.add(FactIssuedKey, f.response("credentials.accessKeyId"))
		owner := cmp.Or(accountOf(role), f.r.Account)
		if caller := f.r.Identity.AccountID; caller != "" && owner != "" && caller != owner {
			f.raise(Low, "role of account "+owner+" assumed from account "+caller)
		}
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1"},"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/admin","roleSessionName":"s"},"responseElements":{"credentials":{"accessKeyId":"ASIA2"}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","recipientAccountId":"111122223333","userIdentity":{"type":"AWSAccount","principalId":"AIDA9","accountId":"999988887777"},"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/admin","roleSessionName":"s"},"responseElements":{"credentials":{"accessKeyId":"ASIA2"}}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","errorCode":"AccessDenied","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1"}}`},
	},
	Misses: [][]string{
		// EC2 takes its instance's role; CloudFormation takes one for the person.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/app"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","invokedBy":"cloudformation.amazonaws.com"},"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/app"}}`},
		// Asking who one is assumes nothing.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"GetCallerIdentity","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
	},
})
