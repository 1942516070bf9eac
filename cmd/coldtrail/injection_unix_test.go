//go:build unix && !bench

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// injections are what people have written into what they control, to do something to who
// looks at it. Beside each a program that it worked on.
var injections = []string{
	"\x1b]0;PWNED\x07\x1b[2J",                 // a terminal: kubectl, CVE-2021-25743; nginx, CVE-2009-4487
	"a\r\n2026-03-02T10:00:00Z FORGED",        // a line of one's own: kubectl 112553
	"\u202egnp.exe\u2066x\u2069\u200b\ufeff",  // what is not seen as it is: plaso 2895
	"\u0085\u2028\u2029\x7f\u009b31m",         // C1, and line ends that are none to most: plaso 3663
	"\U000e0041\U000e0042",                    // letters that nobody sees
	"=HYPERLINK(\"http://192.0.2.1/\",\"x\")", // a spreadsheet: suzaku 146, CWE-1236
	"@SUM(1)", "+1+cmd|' /C calc'!A0", "-1+1", // the same: tendenci 919
	"\t=1+1", "\uff1d1+1", "\x00=1", // the same, behind what is cut off: ASVS 5, 1.2.10
	"<script>PWNED</script>",                     // a browser: Velociraptor, CVE-2022-35629
	"\"><img src=x onerror=PWNED>",               // the same: timesketch 3713
	"[x](javascript:PWNED) ![y](//192.0.2.1)",    // Markdown: hayabusa 1806
	"| a | b |\n|---|---|", "`` ` ``", "# PWNED", // the same
	"\",\"PWNED\":\"", "'; DROP TABLE events;--", "{{.}}", "${7*7}",
}

// injected is an event in which every text that its caller may choose is one of those.
func injected(t *testing.T, i int) string {
	t.Helper()
	h := func(n int) string { return injections[(i+n)%len(injections)] }
	b, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "eventID": fmt.Sprintf("id-%d %s", i, h(0)), "eventTime": fmt.Sprintf("2026-03-02T10:%02d:00Z", i%60), "eventType": h(1),
		"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "awsRegion": h(4), "sourceIPAddress": h(5), "userAgent": h(6) + " kali.2024 Pacu " + h(7),
		"requestID": h(8), "recipientAccountId": h(9), "errorCode": h(11), "errorMessage": h(12), "readOnly": i%2 == 0,
		"userIdentity": map[string]any{
			"type": h(13), "principalId": h(1), "arn": h(2), "accountId": h(3), "accessKeyId": h(4), "userName": h(5), "invokedBy": h(6),
			"sessionContext": map[string]any{"sourceIdentity": h(7), "attributes": map[string]any{"creationDate": h(8), "mfaAuthenticated": h(9)},
				"sessionIssuer": map[string]any{"type": "Role", "arn": h(10), "userName": h(11)}},
		},
		"requestParameters": map[string]any{h(0): h(1), "userName": h(3), "list": []any{h(4), map[string]any{h(5): 1.5}, nil}},
		"responseElements":  map[string]any{"accessKey": map[string]any{"accessKeyId": h(6), "userName": h(7)}, h(8): true},
		"resources":         []any{map[string]any{"ARN": h(9), "accountId": h(10), "type": h(11)}},
	})
	check(t, err)
	if i%3 == 0 { // with another event name and source
		b = bytes.Replace(bytes.Replace(b, []byte("CreateAccessKey"), jsonText(t, h(2)), 1), []byte("iam.amazonaws.com"), jsonText(t, h(3)), 1)
	}
	return string(b)
}

// jsonText is what stands between the quotes.
func jsonText(t *testing.T, s string) []byte {
	t.Helper()
	b, err := json.Marshal(s)
	check(t, err)
	return b[1 : len(b)-1]
}

// Whatever is written into any field of a record, the name of a file or that of a member
// comes out of every command as text: no control character, no line that is not ours, no
// formula, no markup.
func TestInjections(t *testing.T) {
	scratch := t.TempDir()
	dir, kase := filepath.Join(scratch, "evidence"), filepath.Join(scratch, "case")
	var events []string
	members := map[string]string{}
	for i, h := range injections {
		events = append(events, injected(t, i), injected(t, i+len(injections)))
		name := strings.NewReplacer("/", "∕", "\x00", "").Replace(h)
		writeFile(t, filepath.Join(dir, name+".json"), []byte(`{"Records":[`+events[i]+`,{"eventTime":`+string(quoted(t, h))+`,"eventID":"bad"}]}`))
		members[h] = oneEvent(fmt.Sprint("in-zip-", i))
	}
	writeFile(t, filepath.Join(dir, "all.json"), []byte(`{"Records":[`+strings.Join(events, ",")+`]}`))
	writeFile(t, filepath.Join(dir, "bundle.zip"), zipped(t, members))
	say := func(want int, args ...string) []byte {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(args, &stdout, &stderr); code != want {
			t.Errorf("%q: exit code %d, want %d\n%s", args, code, want, &stderr)
		}
		harmless(t, strings.Join(args, " "), append(stdout.Bytes(), stderr.Bytes()...))
		return stdout.Bytes()
	}
	say(exitUnreadable, "analyze", dir, "-o", kase)
	say(exitUnreadable, "triage", dir)
	for name, b := range files(t, kase) {
		switch ext := filepath.Ext(name); ext {
		case ".csv":
			noFormula(t, name, b)
		case ".md":
			noMarkup(t, name, b)
		case ".json", ".jsonl", ".sql", ".txt":
		default:
			continue
		}
		harmless(t, name, b)
	}
	for _, args := range [][]string{
		{"timeline", kase}, {"coverage", kase}, {"coverage", kase, "-f", "json"}, {"show", kase, "#0"}, {"show", kase, "#7"}, {"timeline", kase, "-f", "jsonl"},
	} {
		say(exitComplete, args...)
	}
	for _, output := range []string{"json", "text", "table", "yaml", "yaml-stream"} { // in a pipe, as the AWS CLI has it
		var b bytes.Buffer
		l := lookupCmd{caseArg: caseArg{Case: kase}, Output: output, AllEvents: true, Resources: "both"}
		check(t, l.Run(t.Context(), &console{out: &b, err: &b, isTerm: func(io.Writer) bool { return true }}))
		harmless(t, "lookup "+output, b.Bytes())
	}
	noFormula(t, "timeline -f csv", say(exitComplete, "timeline", kase, "-f", "csv"))
	if sum := reconcile(t, kase, dir); sum.Distinct != int64(3*len(injections)) || sum.Copies != int64(len(injections)) {
		t.Errorf("%+v", sum)
	}
}

func quoted(t *testing.T, s string) []byte {
	t.Helper()
	b, err := json.Marshal(s)
	check(t, err)
	return b
}

// harmless looks for what steers a terminal, changes the direction of text, or begins a
// line that is not ours.
func harmless(t *testing.T, what string, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Errorf("%s: not UTF-8", what)
	}
	for at, r := range string(b) {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%s: %U in %.200q", what, r, b[max(0, at-100):])
			break
		}
	}
	if at := bytes.Index(b, []byte("\n2026-03-02T10:00:00Z FORGED")); at >= 0 {
		t.Errorf("%s: a forged line: %.200q", what, b[at:])
	}
}

// noFormula looks at every cell of a table.
func noFormula(t *testing.T, what string, b []byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) < len(injections) {
		t.Errorf("%s: %d rows, %v", what, len(rows), err)
	}
	for i, row := range rows {
		for _, cell := range row {
			if first, _ := utf8.DecodeRuneInString(cell); strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", first) && cell != "" {
				t.Errorf("%s: row %d: %.100q", what, i, cell)
			}
		}
	}
}

var codeSpan = regexp.MustCompile("`+[^`\n]*`+")

// noMarkup looks at what is left of a Markdown document without its code spans.
func noMarkup(t *testing.T, what string, b []byte) {
	t.Helper()
	text := codeSpan.ReplaceAllString(string(b), "")
	for _, bad := range []string{"PWNED", "javascript:", "<script", "<img", "192.0.2.1", "\n# PWNED"} {
		if at := strings.Index(text, bad); at >= 0 {
			t.Errorf("%s: %s: %.200q", what, bad, text[max(0, at-80):])
		}
	}
}
