package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report/query"
)

// readmeCommand finds the program's command lines, in blocks and in text.
var readmeCommand = regexp.MustCompile("(?m)(?:^|`)(?:go run \\./cmd/|\\./)?coldtrail ([a-z][^`\n]*)")

// words splits a command as a shell does that knows two kinds of quotes and nothing else.
func words(line string) (args []string) {
	var quote rune
	word, within := "", false
	for _, c := range line + " " {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, within = c, true
		case c == quote:
			quote = 0
		case quote == 0 && c == ' ':
			if within {
				args = append(args, word)
			}
			word, within = "", false
		default:
			word, within = word+string(c), true
		}
	}
	return args
}

// hasSQL reports whether this program was built with the SQL engine.
func hasSQL() bool {
	_, err := query.Open(context.Background(), "", query.Options{})
	return !errors.Is(err, query.ErrNoSQL)
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
	writeFile(t, "sigma/keys.yml", []byte("title: Keys\nlogsource: {product: aws, service: cloudtrail}\ndetection: {selection: {eventName: CreateAccessKey}, condition: selection}\nlevel: low\n"))
	writeFile(t, "feed.csv", []byte("value,comment\n203.0.113[.]222,seen before\n"))
	_, example, _ := strings.Cut(string(readme), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	writeFile(t, "known.yml", []byte(example))
	commands := []string{"analyze", "inventory", "triage", "timeline", "show", "summary", "pivot", "mark", "incidents", "coverage", "export", "demo", "rules", "version", "custody", "lookup", "baseline", "ledger"}
	if hasSQL() {
		commands = append(commands, "query")
	}
	seen := map[string]bool{}
	for _, match := range readmeCommand.FindAllSubmatch(readme, -1) {
		line, _, _ := strings.Cut(string(match[1]), " #")
		line = strings.TrimSpace(line)
		args := words(line)
		if !slices.Contains(commands, args[0]) {
			continue // prose, or serve, which runs until it is stopped
		}
		if keygen != nil && slices.Contains(args, "--signing-key") {
			continue // there is no ssh-keygen
		}
		if seen[line] = true; line == "analyze" || line == "lookup" {
			continue // the command is only named
		}
		var stdout, stderr bytes.Buffer
		if code := run(args, &stdout, &stderr); code != exitComplete && code != exitFindings {
			t.Errorf("coldtrail %s: exit code %d\n%s", line, code, &stderr)
		}
	}
	for _, must := range []string{
		"demo", "rules", "version", "analyze ./trail-bucket -o ./case-001", "triage ./trail-bucket", "coverage ./case-001",
		"analyze --add ./case-001 ./second-bucket", "analyze ./trail-bucket -o ./case-002 --rules ./sigma --ioc feed.csv --suppress known.yml",
		"lookup ./case-001 --lookup-attributes AttributeKey=EventName,AttributeValue=ConsoleLogin --max-items 5",
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

// The summary that the README shows, shortened, is what the demo prints.
func TestReadmeSummary(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the demo's archive")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "d")
	said := strings.Split(program(t, exitComplete, "demo", "-o", dir), "\n")
	_, block, _ := strings.Cut(string(readme), "```text\nForensic Report")
	block, _, _ = strings.Cut(block, "\n```")
	shown := strings.Split("Forensic Report"+block, "\n")
	if len(shown) < 15 {
		t.Fatalf("the README shows no summary: %q", shown)
	}
	for _, line := range shown {
		parts := strings.Split(line, "…")
		if strings.HasPrefix(line, "The case is in ") {
			continue // wherever it is
		}
		if !slices.ContainsFunc(said, func(s string) bool {
			for i, part := range parts {
				at := strings.Index(s, part)
				if at < 0 || i == 0 && at > 0 || i == len(parts)-1 && part != "" && !strings.HasSuffix(s, part) {
					return false
				}
				s = s[at+len(part):]
			}
			return len(parts) > 1 || s == ""
		}) {
			t.Errorf("the demo does not print %q:\n%s", line, strings.Join(said, "\n"))
		}
	}
}
