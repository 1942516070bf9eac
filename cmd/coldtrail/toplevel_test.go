package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The top level is fixed.
func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "parser", "scan", "detect", "report", "fixtures", "go.mod", "go.sum", "justfile", "README.md", "LICENSE"}
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil || len(out) == 0 { // not a clone
		entries, err := os.ReadDir("../..")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out = append(append(out, e.Name()...), 0)
		}
	}
	seen := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		top, _, _ := strings.Cut(name, "/")
		if !seen[top] && !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s stands at the top level", top)
		}
		seen[top] = true
	}
	for _, name := range []string{"util", "utils", "common", "types", "models", "errors", "logging", "helpers"} {
		for dir := range mayImport {
			if filepath.Base(dir) == name {
				t.Errorf("package %s", dir)
			}
		}
	}
}
