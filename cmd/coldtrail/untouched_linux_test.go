//go:build !bench

package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
)

// nobody is the user that runs the program where the test is root's.
const nobody = 65534

// A guarded is evidence that nobody may write to, and a program that reads it for a user
// without privileges.
type guarded struct {
	dir, evidence, program, out string
	user                        int  // that runs the program
	last                        bool // reading is seen in a file's time of last access
	paths                       []string
	records                     int64
}

// guard makes the evidence.
func guard(t *testing.T, user int) *guarded {
	t.Helper()
	dir, err := os.MkdirTemp("", "coldtrail-guarded-") // t.TempDir lets no other user in
	check(t, err)
	t.Cleanup(func() {
		exec.Command("chmod", "-R", "u+w", dir).Run()
		os.RemoveAll(dir)
	})
	check(t, os.Chmod(dir, 0o755))
	g := &guarded{dir: dir, evidence: filepath.Join(dir, "evidence"), program: filepath.Join(dir, "coldtrail"), out: filepath.Join(dir, "out"), user: user}
	self, err := os.Executable()
	check(t, err)
	if os.Link(self, g.program) != nil { // of another file system
		copyFile(t, self, g.program)
	}
	check(t, os.Mkdir(g.out, 0o777))
	truth, err := fixtures.Write(g.evidence, fixtures.Config{Seed: 3, Bytes: 200_000})
	check(t, err)
	g.records = truth.Counts.Records
	packTree(t, g.evidence, filepath.Join(dir, "packed.tar.gz"))
	check(t, os.Rename(filepath.Join(dir, "packed.tar.gz"), filepath.Join(g.evidence, "packed.tar.gz")))
	writeFile(t, filepath.Join(g.evidence, "bundle.zip"), zipped(t, map[string]string{"a/one.json": oneEvent("in-zip"), "two.json.gz": gzipped(t, oneEvent("in-zip-2"))}))
	writeFile(t, filepath.Join(g.evidence, "deep", "cut.json.gz"), []byte(gzipped(t, oneEvent("cut"))[:60]))
	writeFile(t, filepath.Join(g.evidence, "closed.json"), []byte("{"))
	check(t, os.Symlink("nowhere", filepath.Join(g.evidence, "link")))
	return g
}

// seal gives the evidence to its owner, takes the right to write away, and sets back when each file was read last, so
// that any reading would show.
func (g *guarded) seal(t *testing.T, owner int) {
	t.Helper()
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	probe := filepath.Join(g.dir, "probe")
	writeFile(t, probe, []byte("x"))
	check(t, os.Chtimes(probe, long, time.Time{}))
	readFile(t, probe)
	g.last = !accessed(t, probe).Equal(long)
	check(t, filepath.WalkDir(g.evidence, func(path string, _ fs.DirEntry, err error) error {
		g.paths = append(g.paths, path)
		return err
	}))
	for _, path := range slices.Backward(g.paths) {
		info, err := os.Lstat(path)
		check(t, err)
		if os.Geteuid() == 0 {
			check(t, os.Lchown(path, owner, owner))
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			continue
		}
		mode := fs.FileMode(0o444)
		if info.IsDir() {
			mode = 0o555
		}
		check(t, os.Chmod(path, mode))
		check(t, os.Chtimes(path, long, long))
	}
	if os.Geteuid() == 0 { // who can then look at it all the same
		check(t, os.Chmod(filepath.Join(g.evidence, "closed.json"), 0))
		check(t, os.Chown(g.out, g.user, g.user))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	check(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	check(t, err)
	_, err = io.Copy(out, in)
	check(t, errors.Join(err, out.Close()))
}

func accessed(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Lstat(path)
	check(t, err)
	at := info.Sys().(*syscall.Stat_t).Atim
	return time.Unix(at.Unix())
}

// state is all that stat tells of every file, and what they hold. atime is left out of it
// where it cannot be kept.
func (g *guarded) state(t *testing.T, atime bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range g.paths { // before anything is read
		info, err := os.Lstat(path)
		check(t, err)
		s := *info.Sys().(*syscall.Stat_t)
		if !atime {
			s.Atim = syscall.Timespec{}
		}
		all[path] = fmt.Sprintf("%+v", s)
	}
	return all
}

// sums hashes every file, and says what there is.
func (g *guarded) sums(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, b := range treeOf(t, g.evidence) {
		all[name] = fmt.Sprintf("%x", sha256.Sum256(b))
	}
	return all
}

// treeOf reads every regular file, and names whatever else there is.
func treeOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, path := range tree(t, dir) {
		all[path] = nil
		if info, err := os.Lstat(filepath.Join(dir, path)); err == nil && info.Mode().IsRegular() {
			all[path] = readFile(t, filepath.Join(dir, path))
		}
	}
	return all
}

// run runs the program, which must end with that code.
func (g *guarded) run(t *testing.T, want int, args ...string) string {
	t.Helper()
	cmd := exec.Command(g.program, args...)
	cmd.Dir, cmd.Env = g.out, []string{"TMPDIR=" + g.out, "HOME=" + g.out}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(g.user), Gid: uint32(g.user)}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) {
		t.Skipf("another user cannot run it here: %v", err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("%q: %v, want exit code %d\n%s", args, err, want, out)
	}
	return string(out)
}

// A user without privileges reads evidence that nobody may write to. Afterwards all that
// stat tells is what it was, the time of the last access included, and so is every hash.
// Restoring times afterwards would not do: it changes ctime (osquery 8085).
func TestEvidenceUntouched(t *testing.T) {
	for name, owner := range map[string]int{"one's own": nobody, "somebody else's": 0} {
		t.Run(name, func(t *testing.T) {
			if os.Geteuid() != 0 && owner == 0 {
				t.Skip("takes root, to give files to another")
			}
			own := owner == nobody
			g := guard(t, nobody)
			sums := g.sums(t)
			g.seal(t, owner)
			if !g.last {
				t.Log("this file system does not say when a file was read last")
			}
			was := g.state(t, own)
			readGuarded(t, g)
			for path, now := range g.state(t, own) {
				if now != was[path] {
					t.Fatalf("%s: was %s, is %s", path, was[path], now)
				}
			}
			sum := reconcile(t, filepath.Join(g.out, "case"), g.evidence) // this looks into the evidence
			if want := 2*g.records + 2; sum.Kept != want {
				t.Errorf("%d records, want %d", sum.Kept, want)
			}
			for line := range bytes.Lines(readFile(t, filepath.Join(g.out, "case", "manifest.jsonl"))) {
				var o object
				if decode(t, line, &o); o.Path == "closed.json" && os.Geteuid() == 0 && (o.Status != "unreadable" || !strings.Contains(o.Reason, "permission denied")) {
					t.Errorf("%+v", o)
				}
			}
			if now := g.sums(t); !maps.Equal(now, sums) {
				t.Errorf("files have changed:\n%v\n%v", sums, now)
			}
		})
	}
}

// readGuarded runs all that reads evidence.
func readGuarded(t *testing.T, g *guarded) {
	t.Helper()
	g.run(t, exitUnreadable, "analyze", g.evidence, "-o", "case", "-q")
	g.run(t, exitUnreadable, "triage", g.evidence)
	verified := 0
	for id := range map[string]bool{"in-zip": true, "in-zip-2": true} {
		verified += strings.Count(g.run(t, exitComplete, "show", "case", id, "--verify", "--evidence", g.evidence), "as in the case")
	}
	verified += strings.Count(g.run(t, exitComplete, "show", "case", "#0", "--verify", "--evidence", g.evidence), "as in the case")
	if verified < 6 {
		t.Errorf("%d times verified", verified)
	}
}
