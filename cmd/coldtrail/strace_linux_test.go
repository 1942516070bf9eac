//go:build !bench

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// The kernel's own account of a run: no socket, and the evidence only read.
func TestSystemCalls(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command(strace, "-f", "true").CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	scratch, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program, evidence := filepath.Join(scratch, "coldtrail"), filepath.Join(scratch, "evidence")
	if err := os.Symlink(self, program); err != nil { // see TestMain
		t.Fatal(err)
	}
	if _, err := fixtures.Write(evidence, fixtures.Config{Seed: 1, Bytes: 300_000}); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(scratch, "log")
	cmd := exec.Command(strace, "-f", "-y", "-s", "4096", "-o", log, "-e",
		"trace=%network,%file,ftruncate,fallocate,fchmod,fchown,flock,fsetxattr",
		program, "analyze", evidence, "-o", filepath.Join(scratch, "case"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read, written := 0, 0
	for line := range bytes.Lines(readFile(t, log)) {
		call := string(line)
		if _, rest, ok := strings.Cut(call, " "); ok { // the process
			call = strings.TrimSpace(rest)
		}
		name, _, _ := strings.Cut(call, "(")
		inEvidence := strings.Contains(call, evidence+"/") || strings.Contains(call, evidence+">") || strings.Contains(call, evidence+`"`)
		switch {
		case isNetwork(name):
			t.Errorf("network: %s", call)
		case !isWrite(name, call):
			if inEvidence && name == "openat" {
				read++
			}
		case inEvidence:
			t.Errorf("evidence: %s", call)
		default:
			written++
		}
	}
	if read < 10 || written < 10 {
		t.Errorf("%d files of the evidence opened, %d calls that write: the log does not tell", read, written)
	}
}

func isNetwork(call string) bool {
	for _, name := range []string{"socket", "connect", "bind", "listen", "accept", "send", "recv"} {
		if strings.HasPrefix(call, name) {
			return true
		}
	}
	return false
}

func isWrite(name, call string) bool {
	switch name {
	case "open", "openat", "openat2":
		for _, flag := range []string{"O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"} {
			if strings.Contains(call, flag) {
				return true
			}
		}
		return false
	}
	for _, reads := range []string{"execve", "access", "faccess", "stat", "newfstatat", "lstat", "fstat", "statx", "readlink", "getcwd", "chdir", "statfs", "getxattr", "lgetxattr"} {
		if strings.HasPrefix(name, reads) {
			return false
		}
	}
	return strings.Contains(call, "(") && !strings.HasPrefix(call, "+++") && !strings.HasPrefix(call, "---") && !strings.HasPrefix(call, "<...")
}
