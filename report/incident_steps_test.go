package report

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
)

// What an attacker named is no command, no option and no file to read; what is shown prints.
func TestIncidentHostileNames(t *testing.T) {
	for _, name := range []string{"x'; rm -rf ~ #", "$(id)", "`id`", "-x", "--cli-input-json", "file:///etc/passwd", "a\nb", "\x1b[31mred", "\u202egnp", "a|b", `b" said nobody. "`, "<script>alert(1)</script>", "x y"} {
		b, err := json.Marshal(map[string]string{"userName": name, "policyName": name, "policyArn": name})
		if err != nil {
			t.Fatal(err)
		}
		calls := []storyCall{
			{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: string(b)},
			{id: "b", at: "10T02:00:01", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateLoginProfile", in: string(b)},
			{id: "c", at: "10T02:00:02", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:AttachUserPolicy", in: string(b)},
		}
		all := storyIncidents(t, calls, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if len(all) != 1 {
			t.Fatalf("%q: %d incidents", name, len(all))
		}
		for _, s := range all[0].Steps {
			for _, run := range append(s.Run, s.Verify) {
				if strings.Contains(run, name) {
					t.Errorf("%q: a command has it: %s", name, run)
				}
			}
		}
		var text bytes.Buffer
		if err := all[0].Print(&text, "text"); err != nil || strings.ContainsAny(text.String(), "\x1b\u202e") {
			t.Errorf("%q: %v\n%q", name, err, text.String())
		}
		var md bytes.Buffer
		p := newPage(&md)
		(&Model{Incidents: &Incidents{Rows: all, Limits: []string{}}}).incidents(p)
		p.Flush()
		if strings.Contains(strings.ReplaceAll(md.String(), `\<`, ""), "<script") || strings.ContainsAny(md.String(), "\x1b\u202e") {
			t.Errorf("%q: %q", name, md.String())
		}
	}
}

// What report.md proposes can be copied: a pipe of a command is a pipe there.
func TestMarkdownCommands(t *testing.T) {
	in := one(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateUser", in: `{"userName":"bob"}`}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
	var md bytes.Buffer
	p := newPage(&md)
	in.markdown(p)
	p.Flush()
	pipes := 0
	for _, s := range in.Steps {
		for _, run := range s.Run {
			if !strings.Contains(md.String(), "`"+run+"`") {
				t.Errorf("not there: %s", run)
			}
			pipes += strings.Count(run, "|")
		}
	}
	if pipes == 0 {
		t.Error("no command has a pipe")
	}
}

// A name that holds what parts the names in a target is no two names: it cannot turn a deletion on a thing of somebody else.
func TestIncidentNameOfTwo(t *testing.T) {
	for _, name := range []string{"prod-key, x", "prod-key", ", ", "prod-key, "} {
		b, err := json.Marshal(map[string]string{"keyName": name})
		if err != nil {
			t.Fatal(err)
		}
		all := storyIncidents(t, []storyCall{{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: "ec2:CreateKeyPair", in: string(b)}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
		if len(all) != 1 {
			t.Fatalf("%q: %d incidents", name, len(all))
		}
		var text bytes.Buffer
		if err := all[0].Print(&text, "text"); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"delete-key-pair --key-name 'prod-key'", "describe-key-pairs --key-names 'prod-key'"} {
			if strings.Contains(text.String(), command) != (name == "prod-key") {
				t.Errorf("%q: %s: %s", name, command, &text)
			}
		}
	}
}

// The commands of a remedy name no more parts than the targets of its kind have, which are as many whatever made them.
func TestTargetParts(t *testing.T) {
	for _, traces := range made {
		for _, tr := range traces {
			if n := len(strings.Fields(tr.names)); n != targetParts[tr.family] {
				t.Errorf("%s of %s: %d parts, another call makes it with %d", tr.family, tr.action, n, targetParts[tr.family])
			}
		}
	}
	for i := range remedies {
		r := &remedies[i]
		if targetParts[r.family] == 0 {
			t.Errorf("%s: no call makes it", r.family)
		}
		for _, words := range append([]string{r.verify}, r.run...) {
			for n := range 10 {
				if strings.Contains(words, "{"+string(rune('0'+n))+"}") && n >= targetParts[r.family] {
					t.Errorf("%s: %s: targets have %d parts", r.family, words, targetParts[r.family])
				}
			}
		}
	}
}

func TestPlainArgument(t *testing.T) {
	for s, want := range map[string]bool{
		"alice": true, "a+b=c,d.e@f_g-h": true, "arn:aws:iam::111122223333:role/a/b": true, "": false, "-x": false, "a b": false, "a'b": false, "s3://b": false, "file://x": false,
		"a$b": false, "a\\b": false, "a\x00": false, "é": false, strings.Repeat("a", 2049): false,
	} {
		if plainArgument(s) != want {
			t.Errorf("%.40q: %v", s, !want)
		}
	}
}

// A shell takes a quoted word for what it is.
func TestQuoteShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	for _, s := range []string{"a", "a'b", "''", "$HOME `id` $(id) \\ \" ; & | < > * ? ~ #", "a\nb"} {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+quoteShell(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q: %q, %v", s, out, err)
		}
	}
}

// The policy that ends sessions is JSON when the shell has filled in the time.
func TestDenyOlderIsJSON(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+denyOlder).Output()
	var policy struct {
		Statement []struct {
			Effect    string
			Condition map[string]map[string]string
		}
	}
	if err == nil {
		err = json.Unmarshal(out, &policy)
	}
	if err != nil || len(policy.Statement) != 1 || policy.Statement[0].Effect != "Deny" || len(policy.Statement[0].Condition["DateLessThan"]["aws:TokenIssueTime"]) != len("2026-03-02T00:00:00Z") {
		t.Errorf("%s: %v", out, err)
	}
}

func TestRemediesAreOfKnownKinds(t *testing.T) {
	known := map[string]bool{}
	for _, traces := range made {
		for _, tr := range traces {
			known[tr.family] = true
		}
	}
	seen := map[string]bool{}
	for _, r := range remedies {
		if !known[r.family] || seen[r.family] {
			t.Errorf("%s: nothing makes it, or it is there twice", r.family)
		}
		seen[r.family] = true
		if len(r.run) == 0 && r.note == "" && r.verify == "" {
			t.Errorf("%s: nothing is said", r.family)
		}
	}
	for f := range familyTechniques {
		if !known[f] {
			t.Errorf("technique of %s: nothing makes it", f)
		}
	}
}

func TestQuoteName(t *testing.T) {
	for s, want := range map[string]string{
		"alice": "alice", "": `""`, "a b": `"a b"`, `a" said nobody`: `"a' said nobody"`, "a\x1bb": `"a\x1bb"`, "arn:aws:s3:::b/*": "arn:aws:s3:::b/*",
	} {
		if got := quoteName(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestTacticsOfTechniques(t *testing.T) {
	for technique, tag := range techniqueTactics {
		if tacticAt(tag) < 0 {
			t.Errorf("%s: %s is no tactic", technique, tag)
		}
	}
	for technique, want := range map[string]string{"T1098.003": "privilege-escalation", "T1098.001": "persistence", "T1685.002": "defense-impairment", "T9999": ""} {
		if got := tacticOf(technique); got != want {
			t.Errorf("%s: %s, want %s", technique, got, want)
		}
	}
	if tacticAt("") >= 0 {
		t.Error("no tactic has a place")
	}
}

// What is proposed about things that may be somebody's own does not say whose they are.
func TestRemedyWords(t *testing.T) {
	for i := range remedies {
		checkWords(t, remedies[i].note)
	}
}

// A command in report.md is a command to the letter: nothing is added to its last word, and nothing escaped in it.
func TestIncidentMarkdownCommands(t *testing.T) {
	all := storyIncidents(t, []storyCall{{id: "a", at: "10T02:00:00", who: "svc_report*", key: "AKIA1", ip: "203.0.113.9", call: "iam:CreateLoginProfile", in: `{"userName":"svc_report_2"}`}}, nil, storyFinding{"keys", detect.High, []string{"a"}})
	if len(all) != 1 {
		t.Fatalf("%d incidents", len(all))
	}
	var md bytes.Buffer
	p := newPage(&md)
	(&Model{Incidents: &Incidents{Rows: all}}).incidents(p)
	p.Flush()
	commands := 0
	for _, s := range all[0].Steps {
		_, command, ok := strings.Cut(s.Verify, ": ")
		if want := " " + verifyFirst + ": " + Code(command); ok && (!strings.Contains(md.String(), want) || strings.Contains(md.String(), want+".")) {
			t.Errorf("%s is not there: %s", want, &md)
		} else if ok {
			commands++
		}
	}
	if commands == 0 || !strings.Contains(md.String(), "`aws iam get-login-profile --user-name 'svc_report_2'`") {
		t.Errorf("%d commands: %s", commands, &md)
	}
}

// A name that the record lacks is not called one that holds what names do not.
func TestStepWithoutName(t *testing.T) {
	for _, name := range []string{"", "a b"} {
		if s := step(phaseRemove, "Why.", "", noCommand(), aws("iam", "delete-user").arg("--user-name", name)); len(s.Run) > 0 || !strings.HasPrefix(s.Note, "A name is missing, or holds ") {
			t.Errorf("%q: %+v", name, s)
		}
	}
}

// What was there before it was changed is put back and not deleted; what the incident made it deletes, whatever it changed of it since.
func TestChangedIsNotDeleted(t *testing.T) {
	for _, c := range []struct{ create, change, in, run string }{
		{"scheduler:CreateSchedule", "scheduler:UpdateSchedule", `{"name":"n"}`, "aws scheduler delete-schedule --name 'n'"},
		{"iot:CreateRoleAlias", "iot:UpdateRoleAlias", `{"roleAlias":"n"}`, "aws iot delete-role-alias --role-alias 'n'"},
		{"iot:CreateTopicRule", "iot:ReplaceTopicRule", `{"ruleName":"n"}`, "aws iot delete-topic-rule --rule-name 'n'"},
		{"lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", `{"functionName":"n"}`, "aws lambda delete-function-url-config --function-name 'n'"},
	} {
		create := storyCall{id: "a", at: "10T02:00:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.create, in: c.in}
		change := storyCall{id: "b", at: "10T02:01:00", who: "alice", key: "AKIA1", ip: "203.0.113.9", call: c.change, in: c.in}
		other := storyCall{id: "b", at: "10T02:01:00", who: "bob", key: "AKIA2", ip: "203.0.113.9", call: c.change, in: c.in}
		for _, calls := range [][]storyCall{{change}, {create}, {create, change}, {create, other}} {
			var of []string
			for _, call := range calls {
				of = append(of, call.id)
			}
			in := one(t, calls, nil, storyFinding{"keys", detect.High, of})
			if deletes := stepAt(in, c.run) >= 0; deletes != (calls[0].id == "a") || strings.Contains(stepsOf(in), putBack) == deletes {
				t.Errorf("%s, %d calls: %v%s", calls[0].call, len(calls), deletes, stepsOf(in))
			}
			if closes := stepAt(in, "aws lambda update-function-url-config --function-name 'n' --auth-type AWS_IAM") >= 0; closes != (calls[0].call == "lambda:UpdateFunctionUrlConfig") {
				t.Errorf("%s, %d calls: closes: %v", calls[0].call, len(calls), closes)
			}
		}
	}
}
