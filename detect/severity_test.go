package detect

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// TestSeverities: what makes a finding graver or milder than its detector's examples do. Where addresses are is what the examples say.
func TestSeverities(t *testing.T) {
	session := example{at: "03:00:00", call: "sts:GetSessionToken", key: "AKIA1", out: issuedKey("ASIA1")}
	issued := func(then ...example) []string { return story(append([]example{session}, then...)...) }
	desktop := example{key: "ASIA1", ip: exampleFar, agent: "Boto3/1.40.0 os/windows#11"}
	by := func(x example, at, call, code string) example {
		x.at, x.call, x.code = at, call, code
		return x
	}
	root := func(calls ...string) (all []string) {
		for i, call := range calls {
			all = append(all, example{at: fmt.Sprintf("03:%02d:00", i), call: call, who: "root"}.String())
		}
		return all
	}
	logs := append(readsLogs("2026-01-02T03:00:0%dZ", "bob", 3), readsLogs("2026-01-06T03:00:0%dZ", "alice", 3)...)
	refusedLog := example{at: "2026-01-06T03:01:00Z", call: "securityhub:GetFindings", key: "AKIA1", code: "AccessDenied"}
	signIn := func(at string) []string {
		all := consoleFromKeys("iam:CreateUser", exampleNear)
		all[1] = strings.Replace(all[1], "203.0.113.9", at, 1)
		return all
	}
	region := func(name, call string) example {
		return example{at: "2026-01-20 03:00:00", key: "AKIA1", region: name, call: call}
	}
	refusals := func(n int) (all []string) {
		for i := range n {
			all = append(all, example{at: fmt.Sprintf("03:00:%02d", i), key: "AKIA1", call: fmt.Sprintf("s3:Get%d", i), ip: "10.0.0.5", code: "VpceAccessDenied",
				more: `"eventCategory":"NetworkActivity","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333"`}.String())
		}
		return all
	}
	takenUser := func(calls ...string) []string {
		all := []example{{at: "03:00:00", key: "AKIA1", call: "iam:CreateAccessKey", in: `{"userName":"admin"}`, out: `{"accessKey":{"userName":"admin","accessKeyId":"AKIA2"}}`}}
		for i, call := range calls {
			all = append(all, example{at: fmt.Sprintf("03:%02d:00", i+1), who: "admin", key: "AKIA2", call: call})
		}
		return story(all...)
	}
	elsewhere := func(calls ...string) (all []string) {
		for i, call := range calls {
			all = append(all, example{at: fmt.Sprintf("2026-01-09T03:00:0%dZ", i), call: call, key: "AKIA1", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"}.String())
		}
		return all
	}
	judgeAll(t, examplesWorld(), map[string]judged{
		"issued session, elsewhere and at identities": {"issued-session-misused", issued(by(desktop, "03:09:00", "iam:CreateUser", "")), High, "another network and tool than the key's, and changed identities: CreateUser"},
		"issued session, elsewhere":                   {"issued-session-misused", issued(by(desktop, "03:09:00", "secretsmanager:GetSecretValue", "")), Medium, "another network and tool than the key's"},
		"issued session, at identities":               {"issued-session-misused", issued(by(example{key: "ASIA1"}, "03:09:00", "iam:CreateUser", "")), Medium, "the key's place, and changed identities: CreateUser"},
		"issued session, refused twice": {"issued-session-misused", issued(by(example{key: "ASIA1"}, "03:09:00", "iam:CreateUser", "AccessDenied"),
			by(example{key: "ASIA1"}, "03:10:00", "iam:CreateRole", "AccessDenied")), Low, "tried in vain to change identities: CreateRole; CreateUser"},
		"issued session, refused once": {"issued-session-misused", issued(by(example{key: "ASIA1"}, "03:09:00", "iam:CreateUser", "AccessDenied")), none, ""},

		"root, one change":             {"root-at-work", root("signin:ConsoleLogin", "ec2:RunInstances"), Low, "changed: RunInstances"},
		"root, credentials twice":      {"root-at-work", root("iam:CreateAccessKey", "iam:CreateUser"), Medium, "changed: CreateAccessKey; CreateUser"},
		"root, many changes":           {"root-at-work", root("ec2:RunInstances", "ec2:CreateVpc", "ec2:CreateSubnet", "s3:CreateBucket", "s3:DeleteBucket"), Medium, ""},
		"root, one fewer than many":    {"root-at-work", root("ec2:RunInstances", "ec2:CreateVpc", "ec2:CreateSubnet", "s3:CreateBucket"), Low, ""},
		"logs, all answered":           {"logs-read-by-newcomer", append(slices.Clone(logs), by(refusedLog, refusedLog.at, refusedLog.call, "").String()), Low, "(0 refused)"},
		"logs, one refused":            {"logs-read-by-newcomer", append(slices.Clone(logs), refusedLog.String()), Medium, "(1 refused)"},
		"logs, refused in few places":  {"logs-read-by-newcomer", append(logs[:5:5], by(refusedLog, refusedLog.at, "logs:GetLogEvents", "AccessDenied").String()), Low, "(1 refused)"},
		"roles tried, few":             {"roles-tried-then-entered", triesRoles(19, true), Medium, "19 different roles"},
		"roles tried, many":            {"roles-tried-then-entered", triesRoles(20, true), High, "20 different roles"},
		"login code, same device":      {"signin-code-redeemed-elsewhere", loginElsewhere("same-device", exampleFar), Medium, "a program that said to be on the same device"},
		"login code, another device":   {"signin-code-redeemed-elsewhere", loginElsewhere("cross-device", exampleFar), Low, "a program on another device"},
		"console, where it was made":   {"console-session-from-keys", signIn(exampleNear), Medium, "where the token was made"},
		"console, in another network":  {"console-session-from-keys", signIn(exampleFar), High, "in another network than the token's"},
		"refused by an endpoint, few":  {"endpoint-refusals", refusals(9), none, ""},
		"refused by an endpoint, many": {"endpoint-refusals", refusals(10), Low, "refused 10 different calls"},
		"key of a user, used twice":    {"other-user-taken-over", takenUser("sts:GetCallerIdentity", "iam:ListUsers"), Medium, "used from the same address"},
		"key of a user, used thrice":   {"other-user-taken-over", takenUser("sts:GetCallerIdentity", "iam:ListUsers", "s3:ListBuckets"), High, "used from the same address"},

		"region, something":            {"new-region-used", regionStory(region("eu-north-1", "ec2:CreateVpc")), Low, "eu-north-1"},
		"region, machines":             {"new-region-used", regionStory(region("eu-north-1", "ec2:RunInstances")), Medium, "eu-north-1"},
		"region, machines in three":    {"new-region-used", regionStory(region("eu-north-1", "ec2:RunInstances"), region("eu-north-2", "ec2:CreateVpc"), region("eu-north-3", "ec2:CreateVpc")), High, "eu-north-1, eu-north-2, eu-north-3"},
		"region, enabled for machines": {"new-region-used", regionStory(region("", "account:EnableRegion"), region("eu-north-1", "ec2:RunInstances")), High, "eu-north-1"},

		"locked out, two of each": {"accounts-locked-out", story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"a"}`},
			example{at: "03:00:10", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"b"}`},
			example{at: "03:00:20", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"c"}`}), Low, "took access from 3 users"},
		"locked out, and the contact": {"accounts-locked-out", story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"a"}`},
			example{at: "03:00:10", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"b"}`},
			example{at: "03:00:20", key: "AKIA1", call: "iam:DeleteLoginProfile", in: `{"userName":"c"}`},
			example{at: "03:00:30", key: "AKIA1", call: "account:PutAlternateContact"}), High, "changed the account's contact"},
		"Bedrock's user, a token": {"bedrock-key-user-strays", story(example{at: "03:00:00", call: "s3:ListBuckets", who: "BedrockAPIKey-a1b2", more: `"additionalEventData":{"callWithBearerToken":true}`}),
			Medium, "called s3:ListBuckets with a bearer token"},
		"role for everybody": {"iam-identity-created", story(example{at: "03:00:00", key: "AKIA1", call: "iam:CreateRole",
			in: `{"roleName":"r","assumeRolePolicyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}`}), Medium, "role r trusts every account"},
		"new network and tool, one call":   {"key-from-new-network", append(habit(25), elsewhere("ecr:PutImage")...), Low, "first use of this network and tool by key"},
		"new network and tool, two calls":  {"key-from-new-network", append(habit(25), elsewhere("iam:ListUsers", "ecr:PutImage")...), Medium, "network and tool, and 2 calls by key"},
		"new network and tool, and guests": {"key-from-new-network", append(habit(25), elsewhere("iam:ListUsers", "cognito-identity:SetIdentityPoolRoles")...), Medium, "of which 1 to hand a role or data over"},
		"provider of OpenID": {"new-provider-used", story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateOpenIDConnectProvider", out: `{"openIDConnectProviderArn":"arn:aws:iam::111122223333:oidc-provider/idp.example.org"}`},
			example{at: "03:20:00", call: "sts:AssumeRoleWithWebIdentity", who: `{"type":"WebIdentityUser","identityProvider":"arn:aws:iam::111122223333:oidc-provider/idp.example.org"}`,
				in: `{"roleArn":"arn:aws:iam::111122223333:role/admin"}`}), High, "1 of them from the address of who did it"},
	})
}

// A judged is what a detector should say of events; of severity none, nothing.
type judged struct {
	detector string
	events   []string
	want     Severity
	why      string
}

const none Severity = 255

func judgeAll(t *testing.T, world *Context, cases map[string]judged) {
	t.Helper()
	for name, x := range cases {
		found, err := Try(Configure([]*Detector{detectorOf(t, x.detector)}, world)[0], x.events)
		if err != nil {
			t.Fatal(name, err)
		}
		switch {
		case x.want == none && len(found) > 0, x.want != none && len(found) != 1:
			t.Errorf("%s: %d findings: %+v", name, len(found), found)
		case x.want != none && (found[0].Severity != x.want || !strings.Contains(found[0].Why, x.why)):
			t.Errorf("%s: %s, want %s: %s", name, found[0].Severity, x.want, found[0].Why)
		}
	}
}

// TestSeveritiesAmongAccounts: the same, where somebody listed the accounts that are one's own.
func TestSeveritiesAmongAccounts(t *testing.T) {
	world := examplesWorld()
	world.Accounts = NewAccounts([]Account{{ID: "111122223333", Kind: Own}, {ID: "222233334444", Kind: Vendor}})
	came := func(roles ...string) []string {
		all := byVendor(20)
		for i, role := range roles {
			all = append(all, fromAccount(fmt.Sprintf("2026-01-09T03:0%d:00Z", i), "999988887777", role))
		}
		return all
	}
	refused := strings.Replace(fromAccount("2026-01-09T03:00:00Z", "999988887777", "r"), `"awsRegion"`, `"errorCode":"ValidationError","awsRegion"`, 1)
	layer := example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionConfiguration20150331v2", in: `{"functionName":"f","layers":["arn:aws:lambda:us-east-1:999988887777:layer:x:1"]}`}
	code := example{at: "03:00:00", key: "AKIA1", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"f"}`}
	opened := func(to string) example {
		return example{at: "03:01:00", key: "AKIA1", call: "lambda:AddPermission20150331v2", in: `{"functionName":"f","principal":"` + to + `"}`}
	}
	judgeAll(t, world, map[string]judged{
		"chain among one's own":         {"role-chain", chainOf("111122223333/a", "111122223333/b"), none, ""},
		"chain to a vendor":             {"role-chain", chainOf("111122223333/a", "222233334444/b"), none, ""},
		"chain to a stranger":           {"role-chain", chainOf("111122223333/a", "333344445555/b"), Medium, "2 roles, one with the session of the other, into account 333344445555 that nobody listed"},
		"stranger, two roles":           {"role-taken-by-new-account", came("a", "b"), Low, "2 roles, 2 of 2 calls succeeded"},
		"stranger, three roles":         {"role-taken-by-new-account", came("a", "b", "c"), Medium, "3 roles, 3 of 3 calls succeeded"},
		"stranger, no call of sense":    {"role-taken-by-new-account", append(came(), refused), none, ""},
		"function opened to a vendor":   {"function-opened-outside", story(code, opened("222233334444")), none, ""},
		"function opened to everybody":  {"function-opened-outside", story(code, opened("*")), Medium, "everybody may invoke it"},
		"function opened to a stranger": {"function-opened-outside", story(code, opened("999988887777")), High, "account 999988887777 may invoke it"},
		"a stranger's layer":            {"function-opened-outside", story(layer, example{at: "03:01:00", key: "AKIA1", call: "lambda:CreateEventSourceMapping20150331", in: `{"functionName":"f"}`}), Medium, "it got a trigger"},
	})
}

// TestSeveritiesOfPlaces: where a key was used, and by what, tells whether it was carried away.
func TestSeveritiesOfPlaces(t *testing.T) {
	const key, here = "ASIA1", "198.51.100.7"
	at := func(second, ip, agent, delivery, more string) string {
		s := instanceExample(second, key, ip, "s3", "ListBuckets", delivery)
		s = strings.Replace(s, "aws-cli/2.27.42 os/linux#6.8.0", cmp.Or(agent, "aws-cli/2.27.42 os/linux#6.8.0"), 1)
		return strings.Replace(s, `"recipientAccountId"`, more+`"recipientAccountId"`, 1)
	}
	instance := func(ip, agent, more string) []string {
		return []string{at("01", here, "", "2.0", ""), at("09", ip, agent, "2.0", more)}
	}
	networks := func(key, ip string) []string {
		who := "Admin/alice"
		if longTerm(key) {
			who = "alice"
		}
		return story(
			example{at: "03:00:00", call: "iam:ListUsers", key: key, who: who, ip: exampleNear},
			example{at: "03:05:00", call: "sts:GetCallerIdentity", key: key, who: who, ip: ip, agent: "Boto3/1.40.0 os/windows#11"},
			example{at: "03:09:00", call: "iam:ListRoles", key: key, who: who, ip: exampleNear})
	}
	mail := func(who string, calls ...example) (all []string) {
		for i, x := range append([]example{{call: "ses:GetSendQuota"}}, calls...) {
			x.at, x.who, x.key = fmt.Sprintf("03:0%d:00", i), who, "ASIA1"
			all = append(all, x.String())
		}
		return all
	}
	verified, verifiedToo, sent := example{call: "ses:VerifyEmailIdentity"}, example{call: "ses:VerifyDomainIdentity"}, example{call: "ses:SendEmail", agent: "aws-cli/2.27.42 os/linux#6.8.0 md/command#ses.send-email"}
	vain := verified
	vain.code = "AccessDenied"
	reads := func(agent string) []string {
		all := readStory(120, 1, 0)
		for i := range all {
			all[i] = strings.Replace(strings.Replace(all[i], `"type":"IAMUser"`, `"type":"AssumedRole"`, 1), "aws-cli/2.27.42 os/linux#6.8.0", agent, 1)
		}
		return all
	}
	judgeAll(t, examplesWorld(), map[string]judged{
		"instance at another address":         {"instance-credentials-outside", instance(exampleCloud, "", ""), none, ""},
		"instance in a network of somebody's": {"instance-credentials-outside", instance(exampleFar, "", ""), Medium, "the address is in the network of Example Down Under"},
		"instance with a desktop":             {"instance-credentials-outside", instance(exampleCloud, "aws-cli/2.27.42 os/macos#24.0", ""), Medium, "the user agent tells of macos"},
		"instance with a desktop, somewhere":  {"instance-credentials-outside", instance(exampleFar, "aws-cli/2.27.42 os/macos#24.0", ""), High, "the user agent tells of macos"},
		"instance whose key was pasted":       {"instance-credentials-outside", instance(exampleCloud, "aws-cli/2.27.42 os/linux#6.8.0 m/g", ""), Medium, "the command line had the credentials from its environment"},
		"instance through an endpoint": {"instance-credentials-outside", instance("10.0.0.5", "", `"vpcEndpointId":"vpce-1","vpcEndpointAccountId":"999988887777",`), Medium,
			"it came through an endpoint of account 999988887777"},
		"instance through its own endpoint": {"instance-credentials-outside", instance("10.0.0.5", "", `"vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333",`), none, ""},

		"session in two countries":    {"credential-on-several-networks", networks("ASIA1", exampleFar), Medium, "2 networks in AU and DE"},
		"key in two networks":         {"credential-on-several-networks", networks("AKIA1", "198.51.100.7"), Low, "2 networks, 3 events"},
		"key in two countries":        {"credential-on-several-networks", networks("AKIA1", exampleFar), Medium, "2 networks in AU and DE"},
		"mail prepared by a role":     {"mail-abused", mail("ops/s", verified), Low, "and prepared sending (VerifyEmailIdentity)"},
		"mail prepared by a user":     {"mail-abused", mail("alice", verified), Medium, "and prepared sending"},
		"mail prepared twice":         {"mail-abused", mail("ops/s", verified, verifiedToo), Medium, "and prepared sending"},
		"mail prepared and sent":      {"mail-abused", mail("ops/s", verified, sent), High, "then sent 1 message or more"},
		"mail prepared in vain":       {"mail-abused", mail("alice", vain), Low, "tried in vain to prepare"},
		"mail sent in spite of that":  {"mail-abused", mail("alice", vain, sent), Medium, "then sent 1 message or more"},
		"objects read by hand":        {"objects-read-much", reads("aws-cli/2.27.42 os/linux#6.8.0"), Medium, "it read there in 0 other hours"},
		"objects read by a program":   {"objects-read-much", reads("aws-sdk-java/2.31.1 os/Linux"), Low, "it read there in 0 other hours"},
		"objects read beyond a habit": {"objects-read-much", slices.Concat(readStory(5, 1, 0), readStory(5, 1, 2), readStory(5, 1, 4), readStory(120, 1, 6)), Medium, "its median hour has 5 objects"},
		"objects read as by habit":    {"objects-read-much", slices.Concat(readStory(15, 1, 0), readStory(15, 1, 2), readStory(15, 1, 4), readStory(120, 1, 6)), none, ""},
	})
}

// TestNetworkOf: without anybody who knows, a network is what registries hand out.
func TestNetworkOf(t *testing.T) {
	for ip, want := range map[string]string{"198.51.100.7": "198.51.0.0/16", "2001:db8:1:2::3": "2001:db8::/32", exampleFar: "AS64501"} {
		if got := examplesWorld().NetworkOf(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}
