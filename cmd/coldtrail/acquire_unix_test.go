//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A stand-in for the AWS CLI notes its arguments, one a line, and answers.
const fakeAWS = `#!/bin/sh
for a in "$@"; do printf '%s\n' "$a"; done >> "$CALLS"
printf 'end\n' >> "$CALLS"
case "$*" in
*"list-objects-v2"*"--query"*) cat "$KEYS" ;;
*"head-object"*) printf '{\n  "ContentLength": 3,\n  "Metadata": {"signature": "00ff", "signature-algorithm": "SHA256withRSA"}\n}\n' ;;
*"describe-regions"*) printf 'eu-west-1\nus-east-1\n' ;;
*"s3 sync"*) mkdir evidence; echo x > evidence/x ;;
*"get-bucket-logging"*) echo no >&2; exit 254 ;;
*) echo '{}' ;;
esac
`

const digestKey = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_20260302T100000Z.json.gz"

// acquired runs the script that acquire prints, with a stand-in for aws, and returns the calls
// that it got and where the script left what it took.
func acquired(t *testing.T, args ...string) (calls [][]string, out string) {
	t.Helper()
	dir := t.TempDir()
	script := program(t, exitComplete, append([]string{"acquire", "--since", "2026-03-01"}, args...)...)
	for name, content := range map[string]string{"bin/aws": fakeAWS, "acquire.sh": script, "keys": digestKey + "\nAWSLogs/x.json.gz\nhostile/CloudTrail-Digest/\"$(touch pwned)`touch pwned`'.json.gz\n../CloudTrail-Digest/-$(touch pwned).json.gz\n"} {
		writeFile(t, filepath.Join(dir, name), []byte(content))
	}
	if err := os.Chmod(filepath.Join(dir, "bin", "aws"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "bash"} {
		if out, err := exec.Command(shell, "-n", filepath.Join(dir, "acquire.sh")).CombinedOutput(); err != nil && shell == "sh" {
			t.Fatalf("%v: %s", err, out)
		}
	}
	cmd := exec.Command("sh", "acquire.sh")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "CALLS="+filepath.Join(dir, "calls"), "KEYS="+filepath.Join(dir, "keys"))
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if !strings.Contains(string(said), "exit code 254: bucket-logging.json") {
		t.Errorf("the script does not say what failed: %s", said)
	}
	for _, path := range tree(t, dir) {
		if strings.Contains(path, "pwned") {
			t.Errorf("the script ran what a name holds: %s", path)
		}
	}
	for call := range strings.SplitSeq(strings.TrimSuffix(string(readFile(t, filepath.Join(dir, "calls"))), "end\n"), "end\n") {
		calls = append(calls, strings.Split(strings.TrimSuffix(call, "\n"), "\n"))
	}
	return calls, dir
}

func TestAcquire(t *testing.T) {
	trail := "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
	calls, dir := acquired(t, "--bucket", "trail-bucket", "--trail", trail, "--home", "eu-west-1", "--until", "2026-03-05")
	for _, want := range [][]string{
		{"s3api", "list-object-versions", "--bucket=trail-bucket", "--prefix=", "--output", "json"},
		{"s3api", "head-object", "--bucket=trail-bucket", "--key=" + digestKey, "--output", "json"},
		{"cloudtrail", "list-public-keys", "--region=us-east-1", "--start-time=2026-02-28T00:00:00Z", "--end-time=2026-03-08T00:00:00Z", "--output", "json"},
		{"cloudtrail", "get-event-selectors", "--trail-name=" + trail, "--region=eu-west-1", "--output", "json"},
		{"cloudtrail", "get-trail-status", "--name=" + trail, "--region=eu-west-1", "--output", "json"},
		{"organizations", "describe-organization", "--output", "json"},
		{"s3", "sync", "s3://trail-bucket/", "evidence", "--exact-timestamps", "--no-progress"},
	} {
		if !slices.ContainsFunc(calls, func(call []string) bool { return slices.Equal(call, want) }) {
			t.Errorf("no call %q", want)
		}
	}
	out := filepath.Join(dir, "acquired")
	// What it took is what the other commands want.
	program(t, exitComplete, "custody", "compare", out, "--manifest", filepath.Join(out, "SHA256SUMS"))
	evidence := filepath.Join(t.TempDir(), "empty")
	writeFile(t, filepath.Join(evidence, "x"), []byte("x"))
	var said bytes.Buffer
	code := run([]string{"verify", evidence, "--sidecar", filepath.Join(out, "heads.jsonl")}, &said, &said)
	if heads := string(readFile(t, filepath.Join(out, "heads.jsonl"))); strings.Count(heads, `"signature"`) != 2 || code == exitUsage {
		t.Errorf("%s\n%s", heads, &said)
	}
	if log := string(readFile(t, filepath.Join(out, "commands.log"))); !strings.Contains(log, "\t254\tbucket-logging.json\n") || !strings.Contains(log, "\t0\tversions.json\n") {
		t.Error(log)
	}
}

// Whatever is given reaches the AWS CLI as it is, and no shell takes it for anything else.
func TestAcquireQuotes(t *testing.T) {
	hostile := `a b'; touch pwned; ' "$(touch pwned)" ` + "`touch pwned` \\ # * ~"
	calls, dir := acquired(t, "--bucket", "b", "--prefix", hostile, "--profile", hostile, "-o", "x "+hostile[:4], "--region", "eu-west-1", "--region", "us-east-1")
	if want := []string{"s3api", "list-object-versions", "--bucket=b", "--prefix=" + hostile, "--output", "json"}; !slices.ContainsFunc(calls, func(call []string) bool { return slices.Equal(call, want) }) {
		t.Errorf("no call %q", want)
	}
	if _, err := os.Stat(filepath.Join(dir, "x "+hostile[:4], "SHA256SUMS")); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]string{
		{"--bucket", "b; rm"}, {"--bucket", "b", "--trail", "x'y"}, {"--bucket", "b", "--region", "$x"}, {"--bucket", "b", "--home", "a\nb"}, {"--bucket", "b", "--prefix", "a\nb"}, {"--bucket", ""}, {"--bucket", "b", "-o", ""},
	} {
		program(t, exitUsage, append([]string{"acquire", "--since", "2026-03-01"}, bad...)...)
	}
	program(t, exitUsage, "acquire", "--bucket", "b")
}
