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

// The kernel's own account of everything that reads evidence: no socket, and the evidence
// opened for reading only, without waiting and without a trace.
func TestSystemCalls(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip(err)
	}
	if out, err := exec.Command(strace, "-f", "true").CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	self, err := os.Executable()
	check(t, err)
	scratch, err := filepath.EvalSymlinks(t.TempDir())
	check(t, err)
	tr := tracer{strace: strace, program: filepath.Join(scratch, "coldtrail"), evidence: filepath.Join(scratch, "evidence"), log: filepath.Join(scratch, "log")}
	check(t, os.Symlink(self, tr.program)) // see TestMain
	tr.fill(t)
	kase := filepath.Join(scratch, "case")
	bundle := filepath.Join(tr.evidence, "bundle.zip")
	for _, c := range []struct {
		stdin string
		least int // files of the evidence that are opened
		args  []string
	}{
		{"", 10, []string{"analyze", tr.evidence, "-o", kase}},
		{"", 2, []string{"analyze", bundle, "-o", filepath.Join(scratch, "of-bundle")}},
		{bundle, 0, []string{"analyze", "-", "-o", filepath.Join(scratch, "of-stdin")}},
		{"", 10, []string{"triage", tr.evidence, "--work-dir", scratch}},
		{"", 10, []string{"inventory", tr.evidence}},
		{"", 10, []string{"custody", "verify", kase, "--evidence", tr.evidence}},
		{"", 1, []string{"show", kase, "#0", "--verify", "--evidence", tr.evidence}},
		{"", 1, []string{"show", kase, "in-zip", "--verify", "--evidence", tr.evidence}},
		{"", 1, []string{"show", kase, "in-nested", "--verify", "--evidence", tr.evidence}},
	} {
		if read := tr.run(t, c.stdin, c.args); read < c.least {
			t.Errorf("%q: %d files of the evidence opened: the log does not tell", c.args, read)
		}
	}
}

// A tracer runs the program under strace.
type tracer struct{ strace, program, evidence, log string }

// fill makes evidence of every kind.
func (tr *tracer) fill(t *testing.T) {
	t.Helper()
	_, err := fixtures.Write(tr.evidence, fixtures.Config{Seed: 1, Bytes: 300_000})
	check(t, err)
	write := func(name string, content []byte) { writeFile(t, filepath.Join(tr.evidence, name), content) }
	write("bundle.zip", zipped(t, map[string]string{
		"a.json": oneEvent("in-zip"), "b.json.gz": gzipped(t, oneEvent("in-zip-2")), "nested.zip": string(zipped(t, map[string]string{"c.json": oneEvent("in-nested")})),
	}))
	packTree(t, filepath.Join(tr.evidence, "AWSLogs"), filepath.Join(tr.evidence, "packed.tar.gz"))
	for _, name := range []string{"lzma2.7z", "default.xz", "default.bz2"} {
		write(name, readFile(t, filepath.Join("..", "..", "scan", "internal", "unpack", "testdata", name)))
	}
}

// run looks at all calls of one command, and returns how often it opened evidence.
func (tr *tracer) run(t *testing.T, stdin string, args []string) (read int) {
	t.Helper()
	cmd := exec.Command(tr.strace, append([]string{"-f", "-y", "-s", "4096", "-o", tr.log, "-e",
		"trace=%network,%file,ftruncate,fallocate,fchmod,fchown,flock,fsetxattr,write,pwrite64,writev", tr.program}, args...)...)
	if stdin != "" {
		f, err := os.Open(stdin)
		check(t, err)
		defer f.Close()
		cmd.Stdin = f
	}
	if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != exitUnreadable {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	written := 0
	for line := range bytes.Lines(readFile(t, tr.log)) {
		call := string(line)
		if _, rest, ok := strings.Cut(call, " "); ok { // the process
			call = strings.TrimSpace(rest)
		}
		name, _, _ := strings.Cut(call, "(")
		first, _, _ := strings.Cut(call, ", ") // what is written may name anything
		where := call
		if strings.HasPrefix(name, "write") || strings.HasPrefix(name, "pwrite") {
			where = first
		}
		inEvidence := strings.Contains(where, tr.evidence+"/") || strings.Contains(where, tr.evidence+">") || strings.Contains(where, tr.evidence+`"`)
		switch {
		case isNetwork(name):
			t.Errorf("%q: network: %s", args, call)
		case !isWrite(name, call):
			if inEvidence && name == "openat" {
				read += tr.opened(t, call)
			}
		case inEvidence:
			t.Errorf("%q: evidence: %s", args, call)
		default:
			written++
		}
	}
	if written < 1 {
		t.Errorf("%q: no call that writes: the log does not tell", args)
	}
	return read
}

// opened looks at how evidence is opened. What is opened to go through it, by its
// directory, is not read.
func (tr *tracer) opened(t *testing.T, call string) int {
	for _, flag := range []string{"O_NOATIME", "O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC"} {
		if !strings.Contains(call, flag) && !isDirectory(call) {
			t.Errorf("evidence opened without %s: %s", flag, call)
		}
	}
	return 1
}

// isDirectory reports whether it is a directory that was opened, or nothing: -y shows
// the path behind the number.
func isDirectory(call string) bool {
	_, opened, _ := strings.Cut(call, ") = ")
	_, path, ok := strings.Cut(strings.TrimSpace(opened), "<")
	info, err := os.Lstat(strings.TrimSuffix(path, ">"))
	return !ok || err != nil || info.IsDir()
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
	if name == "???" { // of a thread that was killed at the process's end: the call did not begin
		return false
	}
	return strings.Contains(call, "(") && !strings.HasPrefix(call, "+++") && !strings.HasPrefix(call, "---") && !strings.HasPrefix(call, "<...")
}
