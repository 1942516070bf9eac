package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// signIns writes an archive of twelve calls by as many users, then of sign-ins that failed, of which the record has a message and no code.
func signIns(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := range 20 {
		name, source, more := "GetCallerIdentity", "sts", ""
		if i >= 12 {
			name, source, more = "ConsoleLogin", "signin", `"errorMessage":"Failed authentication",`
		}
		fmt.Fprintf(&b, `%s{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE%[2]d","arn":"arn:aws:iam::111122223333:user/u%[2]d","accountId":"111122223333","userName":"u%[2]d"},`+
			`"eventTime":"2024-05-01T00:%02[2]d:00Z","eventSource":"%[3]s.amazonaws.com","eventName":"%[4]s",%[5]s"awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.%[2]d","userAgent":"x",`+
			`"requestParameters":null,"responseElements":null,"eventID":"00000000-0000-4000-8000-%012[2]d","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`,
			map[bool]string{true: ",", false: ""}[i > 0], i, source, name, more)
	}
	b.WriteString("]}")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "log.json"), []byte(b.String()))
	return dir
}

// lowRules writes a rule for each of some events, in a directory each.
func lowRules(t *testing.T, events ...string) (dirs []string) {
	t.Helper()
	for i, event := range events {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, event+".yml"), fmt.Appendf(nil, "title: %s\nid: 6b1f0d3e-0000-4000-8000-00000000001%d\nstatus: test\nlogsource: {product: aws, service: cloudtrail}\n"+
			"detection: {s: {eventName: %[1]s}, condition: s}\nlevel: low\n", event, i))
		dirs = append(dirs, dir)
	}
	return dirs
}

// TestHuntTotals: events of findings that stay and accuse nobody are not read again, but for those that the report names, which may be others than
// before: of these it says how they ended. Events that are in no finding any more, or newly in one, are counted.
func TestHuntTotals(t *testing.T) {
	read := reading{Paths: []string{signIns(t)}, Workers: 2, Memory: 1 << 30}
	rules := lowRules(t, "GetCallerIdentity", "ConsoleLogin")
	list := filepath.Join(t.TempDir(), "addresses.txt")
	writeFile(t, list, []byte("192.0.2.3\n192.0.2.13\n"))
	options := []detecting{
		{NoBuiltin: true, Rules: rules},
		{NoBuiltin: true, Rules: rules[1:]},
		{NoBuiltin: true, Rules: rules, IOC: []string{list}},
		{NoBuiltin: true, Rules: rules[:1]},
		{NoBuiltin: true, Rules: rules[1:], IOC: []string{list}},
	}
	var want []map[string][]byte
	for _, o := range options {
		r := read
		r.detecting = o
		want = append(want, latest(t, makeCase(t, analyzeCmd{reading: r}), 1))
	}
	for _, next := range [][]int{{0, 1, 2, 3, 4, 2, 0}, {4, 3, 1}} {
		read.detecting = options[next[0]]
		kase := makeCase(t, analyzeCmd{reading: read})
		for _, i := range next[1:] {
			out := hunts(t, huntCmd{Case: kase, detecting: options[i], Memory: minMemory})
			if names := different(want[i], latest(t, kase, out.Revision)); len(names) > 0 {
				t.Errorf("%v: with %d: not the same: %v", next, i, names)
			}
		}
	}
	failed := []byte(`"error": "Failed authentication"`)
	if bytes.Contains(want[0]["report.json"], failed) || !bytes.Contains(want[1]["report.json"], failed) {
		t.Error("the report names failed sign-ins where others come first, or does not where none do")
	}
}

// Where the verdicts of objects stay, so does what findings that stay say of them.
func TestHuntUnmovedVerdicts(t *testing.T) {
	dir, keys, heads := signedCopy(t, tampered(t, "log with a gzip member appended"))
	lists := []string{filepath.Join(t.TempDir(), "a.txt"), filepath.Join(t.TempDir(), "b.txt")}
	writeTestFile(t, lists[0], []byte("192.0.2.0/24\n"))
	writeTestFile(t, lists[1], []byte("192.0.2.0/24\n0.0.0.0/0\n"))
	cases := make([]string, 2)
	for i := range cases {
		cases[i] = filepath.Join(t.TempDir(), "case")
		args := []string{"analyze", dir, "-o", cases[i], "-q", "--public-keys", keys, "--sidecar", heads, "--ioc", lists[0]}
		if i == 1 {
			args = append(args, "--ioc", lists[1])
		}
		command(t, exitIntegrity, args...)
	}
	want := latest(t, cases[1], 1)
	command(t, exitIntegrity, "hunt", cases[0], "-q", "--ioc", lists[0], "--ioc", lists[1])
	if names := different(want, latest(t, cases[0], 2)); len(names) > 0 {
		t.Errorf("not the same: %v", names)
	}
	for _, verdict := range []string{`"verified"`, `"appended"`} {
		if !bytes.Contains(want["findings.jsonl"], []byte(verdict)) {
			t.Errorf("no finding has the verdict %s:\n%.2000s", verdict, want["findings.jsonl"])
		}
	}
}
