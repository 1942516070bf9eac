package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// readmeCommand finds the program's command lines, in blocks and in text.
var readmeCommand = regexp.MustCompile("(?m)(?:^|`)(?:go run \\./cmd/|\\./)?coldtrail ([a-z][^`\n]*)")

// words splits a command line at blanks that are not between single quotes.
func words(line string) (args []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	return args
}

// sumsOf is a manifest as sha256sum writes it.
func sumsOf(t *testing.T, dir string) (b []byte) {
	t.Helper()
	for _, name := range tree(t, dir) {
		b = fmt.Appendf(b, "%x  %s/%s\n", sha256.Sum256(readFile(t, filepath.Join(dir, name))), dir, name)
	}
	return b
}

// What the README says one can type can be typed.
func TestReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Skip(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	if _, err := fixtures.Write("trail-bucket", fixtures.Config{Seed: 1, Bytes: 200_000, Incidents: fixtures.AllIncidents()}); err != nil {
		t.Fatal(err)
	}
	if _, err := fixtures.Write("second-bucket", fixtures.Config{Seed: 2, Bytes: 100_000}); err != nil {
		t.Fatal(err)
	}
	keygen := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "id_ed25519").Run()
	writeFile(t, "SHA256SUMS", sumsOf(t, "trail-bucket"))
	commands := []string{"analyze", "triage", "timeline", "show", "summary", "coverage", "export", "demo", "rules", "version", "custody"}
	seen := map[string]bool{}
	for _, match := range readmeCommand.FindAllSubmatch(readme, -1) {
		line, _, _ := strings.Cut(string(match[1]), " #")
		line = strings.TrimSpace(line)
		args := words(line)
		if !slices.Contains(commands, args[0]) {
			continue // prose
		}
		if keygen != nil && slices.Contains(args, "--signing-key") {
			continue // there is no ssh-keygen
		}
		if seen[line] = true; line == "analyze" {
			continue // the command is only named
		}
		var stdout, stderr bytes.Buffer
		if code := run(args, &stdout, &stderr); code != exitComplete && code != exitFindings {
			t.Errorf("coldtrail %s: exit code %d\n%s", line, code, &stderr)
		}
	}
	for _, must := range []string{
		"demo", "rules", "version", "analyze ./trail-bucket -o ./case-001", "triage ./trail-bucket", "coverage ./case-001",
		"analyze --add ./case-001 ./second-bucket",
	} {
		if !seen[must] {
			t.Errorf("the README does not show: coldtrail %s", must)
		}
	}
	if _, err := os.Stat(filepath.Join("case-001", "report.md")); err != nil {
		t.Error(err)
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "130"} {
		if !bytes.Contains(readme, []byte("| "+code+" |")) || !strings.Contains(exitHelp, code+" ") {
			t.Errorf("exit code %s is not explained", code)
		}
	}
}
