package serve

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/report"
)

// odd are texts that the AWS CLI's formats treat in ways of their own.
var odd = []string{
	"plain", "true", "null", "1.5", "0x1f", "1_000", "2026-03-02", "2026-03-02T10:00:00Z", "~", "=", "yes", "- dash", "#hash", "a #b", "a: b", "a:b", ":", "?x", "? x",
	"'single'", `"double" and 'single'`, `back\slash`, "tab\there", "line\nbreak", "line \n break", "\nleading", "trailing\n", " lead", "trail ", "two  spaces",
	strings.Repeat("word and ", 30) + "end", strings.Repeat("x", 200) + " " + strings.Repeat("y", 100), strings.Repeat("double\tquoted  text ", 12),
	"caf\u00e9", "\u65e5\u672c\u8a9e", "\u03b1\u03b2\u00b1", "\U0001f600 face", "\u202eevil", "\u0085next", "\u2028sep", "\x7fdel", "\u009bcsi", "\ufeffbom", "[flow]", "{flow}", "a, b", "%x", "@x", "`x`", "!x", "&x", "*x", "|x", ">x",
	"---", "--- x", "...x", "-", "<<", ".5", ".nan", "+1e5", "1e5", "012", "0o17", "",
}

// oddArchive makes a case of a hundred events, in whose names and agents odd texts stand.
func oddArchive(t *testing.T) string {
	var records []string
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	for i := range 100 {
		s := odd[i%len(odd)]
		identity := fmt.Sprintf(`{"type":"IAMUser","userName":%s,"accountId":"111122223333"%s}`, text(s), []string{`,"accessKeyId":"AKIAALICE0000EXAMPLE"`, ""}[i%2])
		request := fmt.Sprintf(`{"userName":%s,"groupName":"g"}`, text(s))
		if i%3 == 0 {
			request = "null"
		}
		at := fmt.Sprintf("2026-03-02T%02d:%02d:00Z", 10+i/60, i%60)
		if i%10 == 0 {
			at = strings.Replace(at, "Z", ".250Z", 1)
		}
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.08", "userIdentity":%s,"eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":"AddUserToGroup","awsRegion":"us-east-1",`+
			`"sourceIPAddress":"192.0.2.1","userAgent":%s,"requestParameters":%s,"responseElements":null,"requestID":"r","eventID":"id-%03d","readOnly":%v,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`,
			identity, at, text(s), request, i, i%4 == 0))
	}
	return makeCase(t, writeRecords(t, records...))
}

// A lookupCase is arguments that the AWS CLI and coldtrail share.
type lookupCase struct {
	formats string   // that are compared always
	more    string   // and with -every
	args    []string // alternately a flag and its value
}

var every = flag.Bool("every", false, "compare look-ups with the AWS CLI in every format: takes minutes")

var lookupCases = []lookupCase{
	{"json text table yaml yaml-stream", "", nil},
	{"json text yaml-stream", "table yaml", []string{"--max-items", "7", "--page-size", "3"}},
	{"text", "json table yaml yaml-stream", []string{"--max-results", "4"}},
	{"json", "text table yaml", []string{"--lookup-attributes", "AttributeKey=EventName,AttributeValue=Nothing"}},
	{"", "json text table yaml", []string{"--query", "Events[].Username"}},
	{"text table yaml", "json", []string{"--query", "Events[].{who: Username, z: EventTime, a: Resources[0].ResourceName}"}},
	{"", "json text table yaml", []string{"--query", "Events[].[Username,Resources[].ResourceName]", "--page-size", "20"}},
	{"", "json text table yaml", []string{"--query", "Events[?ReadOnly=='true' && EventTime>='2026-03-02T10:30'].{r: Resources[0], n: EventName} | [:5]"}},
	{"", "json text table yaml yaml-stream", []string{"--query", "Events[0]", "--page-size", "50"}},
	{"", "json text table yaml", []string{"--query", "length(Events)"}},
	{"", "json text table yaml", []string{"--query", "Events[0].Username"}},
	{"", "json text table yaml", []string{"--query", "Events[200]"}},
	{"", "json text table yaml", []string{"--query", "Events[:3].Resources"}},
	{"json text", "table yaml", []string{"--query", "{Count: length(Events), First: Events[-1].EventTime, Keys: keys(Events[0]), Half: to_number('1.50'), Yes: `true`, No: `null`, Empty: `{}`, None: `[]`}"}},
	{"", "json text table yaml", []string{"--query", "Events[:4].*"}},
	{"", "json text table yaml", []string{"--query", "Events[:4].[Username, [EventName, [ReadOnly, {a: EventId}]]]"}},
	{"", "json", []string{"--query", "sort_by(Events, &Username)"}},
	{"", "text", []string{"--query", "sort_by(Events[?Username], &Username)[].Username | join('|', @)"}},
	{"json", "", []string{"--start-time", "2026-03-02T10:10:00Z", "--end-time", "1772446800"}},
	{"", "json", []string{"--start-time", "2026-03-02", "--end-time", "2026-03-02T10:05:30+00:00"}},
	{"", "json text table yaml", []string{"--query", "to_string(Events[0])"}},
	{"", "text", []string{"--query", "NextToken", "--max-items", "2"}},
	{"json", "", []string{"--lookup-attributes", `AttributeKey=Username,AttributeValue="a, b"`}},
	{"", "json", []string{"--lookup-attributes", `[{"AttributeKey":"ResourceName","AttributeValue":"caf\u00e9"}]`}},
}

// What coldtrail prints is what the AWS CLI prints, byte for byte. Version 1 has
// no YAML, and prints times so if it is told to.
func TestLookupAsTheCLI(t *testing.T) {
	aws := awsCLI(t)
	version, err := exec.Command(aws, "--version").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.HasPrefix(version, []byte("aws-cli/1"))
	kase := oddArchive(t)
	s, err := report.OpenStore(kase)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cli := &plainCLI{T: t, program: aws, base: startServer(t, testServer(t, Config{Cases: []Case{{"c", kase}}}))}
	cli.settle()
	for _, c := range lookupCases {
		formats := c.formats
		if *every {
			formats += " " + c.more
		}
		for format := range strings.FieldsSeq(formats) {
			if first && strings.HasPrefix(format, "yaml") {
				continue
			}
			want := cli.run(append([]string{"cloudtrail", "lookup-events", "--output", format}, c.args...)...)
			got := lookup(t, s, format, c.args)
			if got != want && !(strings.HasPrefix(got, "error: ") && strings.HasPrefix(want, "error: ")) {
				t.Errorf("--output %s %q:\n%s", format, c.args, firstDifference(got, want))
			}
		}
	}
	t.Run("tokens", func(t *testing.T) { continueLookup(t, cli, s) })
}

// continueLookup goes on from the tokens that the other of the two gave.
func continueLookup(t *testing.T, cli *plainCLI, s *report.EventStore) {
	token := func(out string) string {
		var answer struct{ NextToken string }
		if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.NextToken == "" {
			t.Fatalf("%.200s: %v", out, err)
		}
		return answer.NextToken
	}
	pages := []string{"--max-items", "33", "--page-size", "10"}
	ours := lookup(t, s, "json", pages)
	for n := range 3 {
		args := append([]string{"--starting-token", token(ours)}, pages...)
		ours = lookup(t, s, "json", args)
		if theirs := cli.run(append([]string{"cloudtrail", "lookup-events", "--output", "json"}, args...)...); ours != theirs {
			t.Fatalf("part %d:\n%s", n+2, firstDifference(ours, theirs))
		}
		if n == 2 && strings.Contains(ours, "NextToken") {
			t.Error("there is more than there is")
		}
	}
}

// lookup is what coldtrail prints.
func lookup(t *testing.T, s *report.EventStore, format string, args []string) string {
	t.Helper()
	q, v := report.LookupQuery{}, report.LookupView{Format: format, MaxItems: -1}
	var err error
	for i := 0; i < len(args) && err == nil; i += 2 {
		value := args[i+1]
		switch args[i] {
		case "--lookup-attributes":
			q.Attributes, err = report.ParseLookupAttributes(value)
		case "--start-time":
			q.Start, err = report.ParseLookupTime(value)
		case "--end-time":
			q.End, err = report.ParseLookupTime(value)
		case "--query":
			v.Query = value
		case "--starting-token":
			v.StartingToken = value
		case "--max-items":
			_, err = fmt.Sscan(value, &v.MaxItems)
		case "--page-size":
			_, err = fmt.Sscan(value, &v.PageSize)
		case "--max-results":
			v.Single = true
			_, err = fmt.Sscan(value, &v.PageSize)
		default:
			t.Fatalf("flag %s", args[i])
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := s.WriteLookup(t.Context(), &b, &q, v); err != nil {
		return "error: " + err.Error()
	}
	return b.String()
}

// firstDifference shows where two texts begin to differ.
func firstDifference(got, want string) string {
	n := 0
	for n < len(got) && n < len(want) && got[n] == want[n] {
		n++
	}
	show := func(s string) string { return s[max(n-80, 0):min(n+120, len(s))] }
	return fmt.Sprintf("byte %d of %d and %d\ngot  %q\nwant %q", n, len(got), len(want), show(got), show(want))
}

// A plainCLI is the AWS CLI without any settings of the machine, in UTC.
type plainCLI struct {
	*testing.T
	program, base, config string
}

func (c *plainCLI) settle() {
	c.config = filepath.Join(c.TempDir(), "config")
	if err := os.WriteFile(c.config, []byte("[default]\ncli_timestamp_format = iso8601\ncli_pager =\n"), 0o600); err != nil {
		c.Fatal(err)
	}
}

func (c *plainCLI) run(args ...string) string {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), c.program, append([]string{"--no-sign-request", "--endpoint-url", c.base, "--region", "us-east-1"}, args...)...)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "AWS_CONFIG_FILE="+c.config, "AWS_SHARED_CREDENTIALS_FILE="+c.config+"-none", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=", "TZ=UTC", "LC_ALL=C.UTF-8", "PYTHONUTF8=1", "PYTHONIOENCODING=utf-8")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return fmt.Sprintf("error: %v: %s", err, errs.Bytes())
	}
	return string(out)
}
