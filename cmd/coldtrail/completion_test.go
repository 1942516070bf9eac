//go:build !bench

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func completionScript(t *testing.T, shell string) string {
	t.Helper()
	var out bytes.Buffer
	if code := run([]string{"completion", shell}, &out, io.Discard); code != exitComplete {
		t.Fatal(code)
	}
	return out.String()
}

// What bash offers behind a line.
func TestCompletionBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	script := completionScript(t, "bash")
	for _, c := range []struct {
		words      string // the last one is completed
		want, none []string
	}{
		{"coldtrail tim", []string{"timeline"}, []string{"analyze"}},
		{"coldtrail custody ", []string{"verify", "transfer"}, []string{"analyze"}},
		{"coldtrail custody verify --ev", []string{"--evidence"}, nil},
		{"coldtrail timeline case -f ", []string{"table", "csv", "json", "jsonl"}, []string{"text"}},
		{"coldtrail timeline case --format = j", []string{"json", "jsonl"}, []string{"csv"}},
		{"coldtrail timeline case --no", []string{"--not", "--no-color"}, []string{"--not-ip"}},
		{"coldtrail ledger case ", []string{"persistence", "data", "defences"}, nil},
		{"coldtrail --tz Europe/Berlin coverage case -f ", []string{"svg"}, []string{"csv"}},
		{"coldtrail custody manifest case --format ", []string{"sha256sum", "hashdeep"}, nil},
		{"coldtrail export case -o ", nil, []string{"parquet"}}, // a file: bash's own business
		{"coldtrail completion ", []string{"bash", "zsh", "fish"}, nil},
	} {
		words := strings.Split(c.words, " ")
		call := script + "\nCOMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\n_coldtrail\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
		out, err := exec.Command(bash, append([]string{"--norc", "-c", call, "bash"}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got := strings.Fields(string(out))
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: no %s in %q", c.words, w, got)
			}
		}
		for _, w := range c.none {
			if slices.Contains(got, w) {
				t.Errorf("%q: %s is offered", c.words, w)
			}
		}
	}
}

// zsh and fish, where they are installed, find nothing wrong with their scripts, and fish says what it offers.
func TestCompletionOtherShells(t *testing.T) {
	for shell, check := range map[string]string{"zsh": "-n", "fish": "--no-execute"} {
		program, err := exec.LookPath(shell)
		if err != nil {
			t.Log(err)
			continue
		}
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, []byte(completionScript(t, shell)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program, check, file).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
		if shell != "fish" {
			continue
		}
		for line, want := range map[string]string{
			"coldtrail tim": "timeline", "coldtrail custody ver": "verify", "coldtrail coverage x --format ": "svg", "coldtrail ledger x def": "defences", "coldtrail timeline x --not": "--not",
		} {
			cmd := exec.Command(program, "--no-config", "-c", "source "+file+"; complete -C '"+line+"'")
			cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir())
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
				t.Errorf("fish: %q: no %s in %q, %v", line, want, out, err)
			}
		}
	}
}
