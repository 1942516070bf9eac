package detect

import (
	"fmt"
	"testing"
)

// TestOutsiders: how grave it is that others are let in, or that roles are handed over, depends on who does so and how.
func TestOutsiders(t *testing.T) {
	const terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.82.2"
	const dropBox = `{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`
	trust := func(agent, condition, more string) example {
		return example{at: "03:00:00", key: "AKIA1", agent: agent, call: "iam:CreateRole", more: more,
			in: `{"roleName":"sup","assumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"sts:AssumeRole\"` + condition + `}}"}`}
	}
	const external = `,\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"7f\"}}`
	const byStack = `{"type":"AssumedRole","principalId":"AROA1:StackSet","arn":"arn:aws:sts::111122223333:assumed-role/exec/StackSet","accountId":"111122223333","accessKeyId":"ASIA1","invokedBy":"cloudformation.amazonaws.com"}`
	stack := func(x example) example { x.who, x.key, x.agent = byStack, "", "cloudformation.amazonaws.com"; return x }
	visit := foreignCall("04:00:00", "999988887777", "sup")
	given := func(agent string, calls ...string) (all []example) {
		for i, call := range calls {
			all = append(all, example{at: fmt.Sprintf("03:0%d:00", i), key: "AKIA1", agent: agent, call: call, in: dropBox})
		}
		return all
	}
	handed := func(agent, b string) (all []example) {
		for i, x := range [][2]string{{"glue:CreateJob", `{"role":"a"}`}, {"codebuild:CreateProject", `{"serviceRole":"` + b + `"}`}, {"gamelift:CreateFleet", `{"instanceRoleArn":"a"}`}, {"emr-serverless:StartJobRun", `{"executionRoleArn":"d"}`}} {
			all = append(all, example{at: fmt.Sprintf("2026-01-12 03:0%d:00", i), key: "AKIA1", agent: agent, call: x[0], in: x[1]})
		}
		return append([]example{{at: "2026-01-01 00:00:00", who: "ci/run", key: "ASIA1", call: "lambda:CreateFunction20150331", in: `{"role":"app"}`}}, all...)
	}
	texts := []example{
		{at: "03:00:00", key: "AKIA1", call: "sns:GetSMSSandboxAccountStatus"},
		{at: "03:01:00", key: "AKIA1", call: "sns:SetSMSAttributes", in: `{"attributes":{"MonthlySpendLimit":"1000"}}`},
		{at: "03:02:00", key: "AKIA1", call: "sms-voice:SendTextMessage", in: `{"destinationPhoneNumber":"HIDDEN_DUE_TO_SECURITY_REASONS"}`},
	}
	for name, x := range map[string]struct {
		detector string
		events   []example
		want     Severity
	}{
		"trusted and come":              {"foreign-trust-used", []example{trust("", "", ""), visit}, High},
		"a vendor by hand":              {"foreign-trust-used", []example{trust("", external, ""), visit}, Medium},
		"a vendor by code":              {"foreign-trust-used", []example{trust(terraform, external, ""), visit}, Low},
		"a vendor by a stack":           {"foreign-trust-used", []example{stack(trust("", external, "")), visit}, Low},
		"a stack that trusts":           {"foreign-trust-used", []example{stack(trust("", "", "")), visit}, Medium},
		"two services, by hand":         {"access-given-outside", given("", "kms:PutKeyPolicy", "dynamodb:PutResourcePolicy"), Medium},
		"two services, by code":         {"access-given-outside", given(terraform, "kms:PutKeyPolicy", "dynamodb:PutResourcePolicy"), Low},
		"six services, by hand":         {"access-given-outside", given("", "kms:PutKeyPolicy", "dynamodb:PutResourcePolicy", "kinesis:PutResourcePolicy", "backup:PutBackupVaultAccessPolicy", "elasticfilesystem:PutFileSystemPolicy", "redshift-serverless:PutResourcePolicy"), High},
		"six services, by code":         {"access-given-outside", given(terraform, "kms:PutKeyPolicy", "dynamodb:PutResourcePolicy", "kinesis:PutResourcePolicy", "backup:PutBackupVaultAccessPolicy", "elasticfilesystem:PutFileSystemPolicy", "redshift-serverless:PutResourcePolicy"), Low},
		"roles to four services":        {"role-passed-anew", handed("", "b"), Medium},
		"fewer roles to four services":  {"role-passed-anew", handed("", "a"), Medium},
		"the same by code":              {"role-passed-anew", handed(terraform, "b"), Low},
		"text messages asked, and sent": {"mail-abused", texts, High},
	} {
		found := run(t, detectorOf(t, x.detector), records(t, story(x.events...)))
		if len(found) != 1 || found[0].Severity != x.want {
			t.Errorf("%s: %+v, want one that is %s", name, found, x.want)
		}
	}
}
