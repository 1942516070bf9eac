//go:build cgo && !bench

package main

import (
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// coloured is a stretch of text in a colour.
var coloured = regexp.MustCompile(`\x1b\[[0-9;]*m([^\x1b]*)\x1b\[0m`)

// On a terminal of 100 columns no line is longer but what cannot be broken, and nothing but
// severities has a colour, which NO_COLOR and --no-color take away.
func TestTerminalRules(t *testing.T) {
	if testing.Short() {
		t.Skip("runs some forty commands")
	}
	dir := t.TempDir()
	evidence, kase := filepath.Join(dir, "bucket"), filepath.Join(dir, "case")
	if _, err := fixtures.Write(evidence, fixtures.Config{Seed: 1, Bytes: 300_000, Incidents: fixtures.AllIncidents()}); err != nil {
		t.Fatal(err)
	}
	severities := regexp.MustCompile(`^(Findings, )?(informational|low|medium|high|critical) *$`)
	colours := 0
	for i, command := range []string{
		"analyze " + evidence + " -o " + kase, "incidents " + kase, "incidents " + kase + " 1", "timeline " + kase, "timeline " + kase + " --tz Asia/Kolkata",
		"summary " + kase, "summary " + kase + " --tz Asia/Kolkata", "ledger " + kase + " persistence", "ledger " + kase + " data", "coverage " + kase,
		"pivot " + kase + " lena.hoffmann --tz Asia/Kolkata", "baseline " + kase + " arn:aws:iam::111122223333:user/lena.hoffmann", "rules list", "rules coverage", "rules show denied-burst",
		"custody log " + kase, "custody verify " + kase, "mark " + kase + " --list", "inventory " + evidence, "verify " + evidence,
	} {
		for _, env := range [][]string{{"NO_COLOR=", "TERM=xterm"}, {"NO_COLOR=please", "TERM=xterm"}} {
			if i == 0 && env[0] != "NO_COLOR=" {
				continue
			}
			text := onTerminal(t, env, strings.Fields(command)...)
			for line := range strings.Lines(text) {
				line = strings.TrimRight(line, "\r\n")
				if n := report.Cells(line); n > 100 && !unbreakable(line) {
					t.Errorf("%s: a line of %d: %q", command, n, line)
				}
				for _, m := range coloured.FindAllStringSubmatch(line, -1) {
					colours++
					if !severities.MatchString(m[1]) {
						t.Errorf("%s: %q has a colour", command, m[1])
					}
				}
				if left := coloured.ReplaceAllString(line, ""); strings.Contains(left, "\x1b") {
					t.Errorf("%s: %q", command, line)
				}
			}
			if env[0] != "NO_COLOR=" && strings.Contains(text, "\x1b") {
				t.Errorf("%s: a colour in spite of %s", command, env[0])
			}
		}
	}
	if colours == 0 {
		t.Error("nothing has a colour")
	}
	if text := onTerminal(t, []string{"NO_COLOR=", "TERM=xterm"}, "incidents", kase, "--no-color"); strings.Contains(text, "\x1b") || !strings.Contains(text, "critical") {
		t.Errorf("--no-color: %q", text)
	}
	if text := onTerminal(t, []string{"NO_COLOR=", "TERM=dumb"}, "incidents", kase); strings.Contains(text, "\x1b") {
		t.Errorf("TERM=dumb: %q", text)
	}
}

// unbreakable reports whether a line has a command to copy, or a word that is too long by itself.
func unbreakable(line string) bool {
	if regexp.MustCompile(`^\s*\$ |: aws `).MatchString(line) {
		return true
	}
	for word := range strings.FieldsSeq(line) {
		if len(word) > 50 {
			return true
		}
	}
	return false
}

// onTerminal runs a command on a terminal and returns what it writes to it.
func onTerminal(t *testing.T, env []string, args ...string) string {
	t.Helper()
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}
	ours, theirs := terminal(t)
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(ours) // ends with an error where nobody has the other side any more
		read <- string(b)
	}()
	var stderr strings.Builder
	code := run(args, theirs, &stderr)
	theirs.Close()
	text := <-read
	if code != exitComplete {
		t.Fatalf("%q: %d: %s", args, code, stderr.String())
	}
	return text
}
