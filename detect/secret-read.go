package detect

import "cmp"

var secretRead = register(&Detector{
	ID:    "secret-read",
	Title: "Secrets read",
	Doc: `The value of a secret was read from Secrets Manager, or a whole path of parameters from Systems
Manager. Applications do this at every start, so a workload's role that reads its own secret is normal. A
person, a new address, or one credential that reads many different secrets is not. Look at how many distinct
secrets the finding names, and whether the reader had read them before.`,
	Next: `Rotate every secret that was read, then look in the systems that they open for logins from the
same addresses; narrow the resource policy of each secret to its workload.`,
	Severity:   Informational,
	Techniques: []string{"T1555.006"},
	Events: []string{
		"secretsmanager.amazonaws.com:GetSecretValue",
		"ssm.amazonaws.com:GetParametersByPath",
	},
	Record: watched(func(f *facts) {
		f.add("secret", cmp.Or(f.param("secretId"), f.param("path")))
	}),
	Hits: [][]string{
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"secretId":"prod/db"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"ssm.amazonaws.com","eventName":"GetParametersByPath","errorCode":"AccessDeniedException","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"requestParameters":{"path":"/","recursive":true,"withDecryption":true}}`},
	},
	Misses: [][]string{
		// Secrets Manager rotates; RDS reads its own password.
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","userIdentity":{"type":"AWSService","invokedBy":"rds.amazonaws.com"},"requestParameters":{"secretId":"prod/db"}}`},
		{`{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"secretsmanager.amazonaws.com","eventName":"ListSecrets","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"}}`},
	},
})
