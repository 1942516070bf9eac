package report

import (
	"strings"
	"testing"
)

// What is named once by its name and once by its ARN has one row, but not what may be something else: of another account or region,
// or where an ARN may mean several things.
func TestDataRowsOfNamesAndARNs(t *testing.T) {
	const here, there = ":eu-west-1:111122223333:", ":eu-west-1:444455556666:"
	for _, c := range []struct {
		source, call, param string
		names               string
		want                string // the rows' resources
	}{
		{"secretsmanager", "GetSecretValue", "secretId", "prod/db arn:aws:secretsmanager" + here + "secret:prod/db-AbCd12", "arn:aws:secretsmanager" + here + "secret:prod/db-AbCd12"},
		{"secretsmanager", "GetSecretValue", "secretId", "db", "db"},
		{"secretsmanager", "GetSecretValue", "secretId", "arn:aws:secretsmanager" + here + "secret:db-AbCd12 arn:aws:secretsmanager" + here + "secret:db-Wxyz99", "arn:aws:secretsmanager" + here + "secret:db-AbCd12 arn:aws:secretsmanager" + here + "secret:db-Wxyz99"},
		{"secretsmanager", "GetSecretValue", "secretId", "my arn:aws:secretsmanager" + here + "secret:my-secret", "my arn:aws:secretsmanager" + here + "secret:my-secret"},
		{"secretsmanager", "GetSecretValue", "secretId", "db arn:aws:secretsmanager" + there + "secret:db-AbCd12", "db arn:aws:secretsmanager" + there + "secret:db-AbCd12"},
		{"secretsmanager", "GetSecretValue", "secretId", "db arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCd12", "db arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCd12"},
		{"ssm", "GetParameter", "name", "/a/b arn:aws:ssm" + here + "parameter/a/b", "arn:aws:ssm" + here + "parameter/a/b"},
		{"ssm", "GetParameter", "name", "a arn:aws:ssm" + here + "parameter/a", "a arn:aws:ssm" + here + "parameter/a"},
		{"dynamodb", "GetItem", "tableName", "t arn:aws:dynamodb" + here + "table/t", "arn:aws:dynamodb" + here + "table/t"},
		{"dynamodb", "GetItem", "tableName", "t arn:aws:dynamodb" + there + "table/t", "t arn:aws:dynamodb" + there + "table/t"},
		{"kms", "Decrypt", "keyId", "k arn:aws:kms" + here + "key/k alias/k", "arn:aws:kms" + here + "key/k alias/k"},
		{"lambda", "GetFunction20150331v2", "functionName", "f:live arn:aws:lambda" + here + "function:f:live f", "arn:aws:lambda" + here + "function:f:live f"},
		{"logs", "FilterLogEvents", "logGroupIdentifier", "/aws/x arn:aws:logs" + here + "log-group:/aws/x:*", "arn:aws:logs" + here + "log-group:/aws/x:*"},
		{"bedrock", "InvokeModel", "modelId", "a.b-v1:0 arn:aws:bedrock:eu-west-1::foundation-model/a.b-v1:0", "arn:aws:bedrock:eu-west-1::foundation-model/a.b-v1:0"},
	} {
		var s script
		names := strings.Fields(c.names)
		for i := range names { // there and back
			s.do(c.source, c.call, `{"`+c.param+`":"`+names[i]+`"}`, "")
			s.do(c.source, c.call, `{"`+c.param+`":"`+names[len(names)-1-i]+`"}`, "")
		}
		got := map[string]int64{}
		for _, r := range s.ledgers(t).Data {
			got[r.Resource] += r.Events
		}
		calls := int64(0)
		for name := range strings.FieldsSeq(c.want) {
			calls += got[name]
			if got[name] == 0 {
				t.Errorf("%s: no %s: %v", c.names, name, got)
			}
		}
		if len(got) != len(strings.Fields(c.want)) || calls != int64(2*len(names)) {
			t.Errorf("%s: %v, want %s", c.names, got, c.want)
		}
	}
}
