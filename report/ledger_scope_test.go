package report

import (
	"slices"
	"strings"
	"testing"
)

// What a call takes away is the thing itself, and not its namesake of another bus, alias, group or cluster: nobody must be told that a back door
// is gone which is there.
func TestLedgerScopes(t *testing.T) {
	type step struct{ source, name, request string }
	permit := func(request string) step { return step{"events", "PutPermission", request} }
	refuse := func(request string) step { return step{"events", "RemovePermission", request} }
	grant := func(request string) step { return step{"lambda", "AddPermission20150331v2", request} }
	ledgers := func(steps []step) *Ledger {
		var s script
		for _, step := range steps {
			s.do(step.source, step.name, step.request, "")
		}
		return s.ledgers(t)
	}
	for _, c := range []struct {
		steps []step
		want  string
	}{
		// One statement of a bus; all of one bus; a bus with all that was on it; a policy as a whole, of which a statement is a part.
		{[]step{permit(`{"statementId":"ours"}`), permit(`{"statementId":"theirs","principal":"*"}`), refuse(`{"statementId":"ours"}`)}, "default, ours removed; default, theirs present"},
		{[]step{permit(`{"statementId":"s"}`), refuse(`{"eventBusName":"other","statementId":"s"}`)}, "default, s present"},
		{[]step{permit(`{"eventBusName":"arn:aws:events:us-east-1:111122223333:event-bus/b","statementId":"s"}`), refuse(`{"eventBusName":"b","statementId":"s"}`)}, "b, s removed"},
		{[]step{permit(`{"eventBusName":"default","statementId":"s"}`), permit(`{"statementId":"true"}`), permit(`{"eventBusName":"b","statementId":"s"}`), refuse(`{"removeAllPermissions":true}`)},
			"default, s removed; default, true removed; b, s present"},
		{[]step{permit(`{"statementId":"false"}`), permit(`{"statementId":"s"}`), refuse(`{"statementId":"s","removeAllPermissions":false}`)}, "default, false present; default, s removed"},
		{[]step{permit(`{"eventBusName":"b","policy":"{\"Statement\":[{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Principal\":\"*\"}]}"}`), refuse(`{"eventBusName":"b","statementId":"s"}`)}, "b present"},
		{[]step{permit(`{"eventBusName":"b","policy":"{\"Version\":\"2012-10-17\"}"}`), permit(`{"eventBusName":"b","statementId":"s"}`), {"events", "DeleteEventBus", `{"name":"b"}`}}, "b removed; b, s removed"},
		// A version of a function is not the function, and an alias has permissions and an address of its own.
		{[]step{{"lambda", "CreateFunction20150331", `{"functionName":"f"}`}, {"lambda", "UpdateFunctionCode20150331v2", `{"functionName":"f"}`}, grant(`{"functionName":"f","statementId":"s"}`),
			{"lambda", "DeleteFunction20150331", `{"functionName":"f","qualifier":"3"}`}}, "f present; f present; f, s present"},
		{[]step{{"lambda", "CreateFunction20150331", `{"functionName":"f"}`}, {"lambda", "DeleteFunction20150331", `{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:f:3"}`}}, "f present"},
		{[]step{{"lambda", "CreateFunction20150331", `{"functionName":"f"}`}, grant(`{"functionName":"f","qualifier":"live","statementId":"s"}`), {"lambda", "CreateFunctionUrlConfig", `{"functionName":"f","qualifier":"live"}`},
			{"lambda", "DeleteFunction20150331", `{"functionName":"arn:aws:lambda:us-east-1:111122223333:function:f"}`}}, "f removed; f:live, s removed; f:live removed"},
		{[]step{grant(`{"functionName":"f","qualifier":"live","statementId":"s"}`), grant(`{"functionName":"f","statementId":"s"}`), {"lambda", "RemovePermission20150331v2", `{"functionName":"f","statementId":"s"}`}},
			"f:live, s present; f, s removed"},
		{[]step{{"lambda", "CreateFunctionUrlConfig", `{"functionName":"f","qualifier":"live"}`}, {"lambda", "CreateFunctionUrlConfig", `{"functionName":"f"}`}, {"lambda", "DeleteFunctionUrlConfig", `{"functionName":"f"}`}},
			"f:live present; f removed"},
		// Rules of another bus, schedules of another group, services of another cluster.
		{[]step{{"events", "PutRule", `{"name":"r","eventBusName":"b"}`}, {"events", "DeleteRule", `{"name":"r"}`}}, "b/r present"},
		{[]step{{"events", "PutRule", `{"name":"r"}`}, {"events", "DisableRule", `{"name":"r","eventBusName":"b"}`}, {"events", "DeleteRule", `{"name":"r","eventBusName":"default"}`}}, "r removed"},
		{[]step{{"events", "PutTargets", `{"rule":"r","eventBusName":"b","targets":[{"id":"1"}]}`}, {"events", "RemoveTargets", `{"rule":"r","ids":["1"]}`}}, "b/r, 1 present"},
		{[]step{{"events", "PutRule", `{"name":"r","eventBusName":"aws.partner/acme.com/x"}`}, {"events", "DeleteRule", `{"name":"r","eventBusName":"x"}`}}, "aws.partner/acme.com/x/r present"},
		{[]step{{"events", "PutRule", `{"name":"r","eventBusName":"aws.partner/acme.com/x"}`}, {"events", "DeleteRule", `{"name":"r","eventBusName":"arn:aws:events:us-east-1:111122223333:event-bus/aws.partner/acme.com/x"}`}}, "aws.partner/acme.com/x/r removed"},
		{[]step{{"scheduler", "CreateSchedule", `{"name":"s","groupName":"arn:aws:scheduler:us-east-1:111122223333:schedule-group/g"}`}, {"scheduler", "DeleteSchedule", `{"name":"s","groupName":"g"}`}}, "g/s removed"},
		{[]step{{"scheduler", "CreateSchedule", `{"name":"s","groupName":"g"}`}, {"scheduler", "DeleteSchedule", `{"name":"s"}`}, {"scheduler", "CreateSchedule", `{"name":"s"}`}, {"scheduler", "DeleteSchedule", `{"name":"s","groupName":"default"}`}},
			"g/s present; s removed"},
		{[]step{{"ecs", "CreateService", `{"serviceName":"s","cluster":"arn:aws:ecs:us-east-1:111122223333:cluster/c"}`}, {"ecs", "DeleteService", `{"service":"s"}`}}, "c/s present"},
		{[]step{{"ecs", "CreateService", `{"serviceName":"s","cluster":"c"}`}, {"ecs", "DeleteService", `{"cluster":"c","service":"arn:aws:ecs:us-east-1:111122223333:service/c/s"}`}}, "c/s removed"},
		// A rule that was turned off is on again where it is set anew.
		{[]step{{"events", "PutRule", `{"name":"r"}`}, {"events", "DisableRule", `{"name":"r"}`}, {"events", "PutRule", `{"name":"r"}`}}, "r present"},
		{[]step{{"iot", "CreateTopicRule", `{"ruleName":"r"}`}, {"iot", "DisableTopicRule", `{"ruleName":"r"}`}, {"iot", "ReplaceTopicRule", `{"ruleName":"r"}`}}, "r present"},
		{[]step{{"rolesanywhere", "UpdateTrustAnchor", `{"trustAnchorId":"t"}`}, {"rolesanywhere", "DisableTrustAnchor", `{"trustAnchorId":"t"}`}, {"rolesanywhere", "UpdateTrustAnchor", `{"trustAnchorId":"t"}`}}, "t deactivated"},
	} {
		var got []string
		for _, r := range ledgers(c.steps).Persistence {
			got = append(got, r.Target+" "+r.State)
		}
		if g := strings.Join(got, "; "); g != c.want {
			t.Errorf("%q, want %q", g, c.want)
		}
	}
	// Nor is a rule that guards restored with its namesake.
	const ours, mine, ofMine = `{"name":"r","rule":"r"}`, `{"name":"r","rule":"r","eventBusName":"mine"}`, `{"name":"r","rule":"r","eventBusName":"arn:aws:events:us-east-1:111122223333:event-bus/mine"}`
	for _, names := range [][2]string{{"DisableRule", "EnableRule"}, {"DeleteRule", "PutRule"}, {"RemoveTargets", "PutTargets"}} {
		for _, c := range []struct{ off, on, want string }{
			{ours, mine, "r " + Off}, {mine, ours, "mine/r " + Off}, {mine, ofMine, "mine/r " + Restored}, {ours, `{"name":"r","rule":"r","eventBusName":"default"}`, "r " + Restored},
			{`{"name":"r","rule":"r","eventBusName":"aws.partner/acme.com/x"}`, `{"name":"r","rule":"r","eventBusName":"x"}`, "aws.partner/acme.com/x/r " + Off},
		} {
			rows := ledgers([]step{{"events", names[0], c.off}, {"events", names[1], c.on}}).Defences
			if len(rows) != 1 || rows[0].Target+" "+rows[0].State != c.want {
				t.Errorf("%s %s, %s %s: %s, want %q", names[0], c.off, names[1], c.on, briefly(rows), c.want)
			}
		}
	}
}

// A command is about the thing that was left behind, and not about its namesake.
func TestRemediesOfScopes(t *testing.T) {
	for _, c := range []struct{ kind, target, verify, run string }{
		{"event rule", "r", "aws events describe-rule --name 'r' --region 'x'", "aws events disable-rule --name 'r' --region 'x'"},
		{"event rule", "b/r", "aws events describe-rule --name 'r' --region 'x' --event-bus-name 'b'", "aws events disable-rule --name 'r' --region 'x' --event-bus-name 'b'"},
		{"event rule", "aws.partner/acme.com/x/r", "aws events describe-rule --name 'r' --region 'x' --event-bus-name 'aws.partner/acme.com/x'", "aws events disable-rule --name 'r' --region 'x' --event-bus-name 'aws.partner/acme.com/x'"},
		{"event rule target", "b/r, 1", "aws events list-targets-by-rule --rule 'r' --region 'x' --event-bus-name 'b'", "aws events remove-targets --rule 'r' --ids '1' --region 'x' --event-bus-name 'b'"},
		{"schedule", "g/s", "aws scheduler get-schedule --name 's' --region 'x' --group-name 'g'", "aws scheduler delete-schedule --name 's' --region 'x' --group-name 'g'"},
		{"function URL", "f:live", "aws lambda get-function-url-config --function-name 'f' --region 'x' --qualifier 'live'", "aws lambda delete-function-url-config --function-name 'f' --region 'x' --qualifier 'live'"},
		{"function permission", "f:live, s", "aws lambda get-policy --function-name 'f:live' --region 'x'", "aws lambda remove-permission --function-name 'f:live' --statement-id 's' --region 'x'"},
		{"event bus permission", "b, s", "aws events describe-event-bus --name 'b' --region 'x'", "aws events remove-permission --event-bus-name 'b' --statement-id 's' --region 'x'"},
		{"domain transfer", "example.com", "aws route53domains get-domain-detail --domain-name 'example.com' --region 'x'", "aws route53domains cancel-domain-transfer-to-another-aws-account --domain-name 'example.com' --region 'x'"},
		{"roles of identity pool", "x:1", "aws cognito-identity get-identity-pool-roles --identity-pool-id 'x:1' --region 'x'", ""},
		{"event bus policy", "b", "aws events describe-event-bus --name 'b' --region 'x'", ""},
	} {
		at := slices.IndexFunc(remedies, func(r remedy) bool { return r.family == c.kind })
		r, row := &remedies[at], &PersistenceRow{Kind: c.kind, Target: c.target, Region: "x"}
		run := ""
		for _, words := range r.run {
			run += r.command(words, row, "").String()
		}
		if got := r.command(r.verify, row, "").String(); got != c.verify || run != c.run {
			t.Errorf("%s %s: %q and %q, want %q and %q", c.kind, c.target, got, run, c.verify, c.run)
		}
	}
}
