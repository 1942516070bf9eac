package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// divide moves a part of the archive's files into a second directory beside it.
// Copies of events, digests and what they name end up on both sides.
func divide(t *testing.T, dir string) (second string) {
	t.Helper()
	second = filepath.Join(filepath.Dir(dir), "second")
	for i, path := range tree(t, dir) {
		if i%3 != 1 {
			continue
		}
		from, to := filepath.Join(dir, filepath.FromSlash(path)), filepath.Join(second, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	return second
}

// TestAdd: a case that new evidence joined is, byte for byte, that of one analyze
// over both, and the old evidence is not read.
func TestAdd(t *testing.T) {
	dir, logs, _ := archive(t, fixtures.Config{Seed: 11, Bytes: 2 << 20, DuplicateRate: 0.1})
	damage(t, dir, logs)
	writeFile(t, filepath.Join(dir, "odd", "back\\slash and \xff.json"), unzip(t, readFile(t, logs[9])))
	second := divide(t, dir)
	want := files(t, makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir, second}, Workers: 2, Memory: 1 << 30}}))
	first := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: 1 << 30}})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, memory := range []size{1 << 20, 1 << 30} {
		for _, workers := range []int{1, 3} {
			a := analyzeCmd{reading: reading{Paths: []string{second}, Workers: workers, Memory: memory}, Add: first}
			got := files(t, makeCase(t, a))
			if names := different(want, got); len(names) > 0 {
				t.Errorf("%d workers, %s: not the same: %v", workers, memory, names)
			}
		}
	}
}

// TestAddDigests: the digest files of a case are judged again, together with those of the new evidence and with all that was given,
// as if all had been there at once, whichever side has a digest, what it names, and the digest behind it.
func TestAddDigests(t *testing.T) {
	for _, name := range []string{"untouched", "digest gone", "log changed", "log with a gzip member appended", "a copy of one day", "log without its gzip trailer"} {
		a := tampered(t, name)
		dir, keys, heads := signedCopy(t, a)
		listing := filepath.Join(t.TempDir(), "versions.json")
		writeTestFile(t, listing, []byte(`{"DeleteMarkers":[{"Key":"`+a.Named("D3").Key+`","IsLatest":true,"LastModified":"2026-03-09T01:00:01Z"}]}`))
		second := divide(t, dir)
		given := func(sidecars, buckets []string) proofs {
			return proofs{PublicKeys: []string{keys}, Sidecar: sidecars, Bucket: buckets}
		}
		analyze := func(paths []string, p proofs, add string) string {
			return makeCase(t, analyzeCmd{reading: reading{Paths: paths, Workers: 2, Memory: 1 << 30, proofs: p}, Add: add})
		}
		want := files(t, analyze([]string{dir, second}, given([]string{listing, heads}, []string{"acme-trail-logs=" + dir, "acme-trail-logs=" + second}), ""))
		first := analyze([]string{dir}, given([]string{listing}, []string{"acme-trail-logs=" + dir}), "")
		if alone := readFile(t, filepath.Join(first, "integrity.jsonl")); bytes.Equal(alone, want["integrity.jsonl"]) {
			t.Fatalf("%s: what joins the case says nothing new", name)
		}
		removeAll(t, dir)
		for _, sidecars := range [][]string{{heads}, {heads, listing}} { // the second has something again
			got := files(t, analyze([]string{second}, given(sidecars, []string{"acme-trail-logs=" + second}), first))
			if names := different(want, got); len(names) > 0 {
				t.Errorf("%s, given %v: not the same: %v", name, sidecars, names)
				t.Logf("%s\n%s", want["integrity.jsonl"], got["integrity.jsonl"])
			}
		}
	}
}

// A digest that joins a case without any can say nothing of logs whose contents were not hashed, and that is said.
func TestAddDigestsLater(t *testing.T) {
	dir, keys, heads := signedCopy(t, tampered(t, "untouched"))
	digests := filepath.Join(filepath.Dir(dir), "digests", "AWSLogs", "111122223333", "CloudTrail-Digest")
	if err := os.MkdirAll(filepath.Dir(digests), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "AWSLogs", "111122223333", "CloudTrail-Digest"), digests); err != nil {
		t.Fatal(err)
	}
	evidence := filepath.Join(filepath.Dir(dir), "digests")
	for _, hashed := range []bool{false, true} {
		kase, joined := filepath.Join(t.TempDir(), "case"), filepath.Join(t.TempDir(), "joined")
		args := []string{"analyze", dir, "-o", kase, "-q"}
		if hashed {
			args = append(args, "--content-hash")
		}
		command(t, 0, args...)
		command(t, 0, "analyze", "--add", kase, evidence, "-o", joined, "-q", "--public-keys", keys, "--sidecar", heads)
		md := string(readFile(t, filepath.Join(joined, "report.md")))
		lines := string(readFile(t, filepath.Join(joined, "integrity.jsonl")))
		if hashed && !strings.Contains(md, "Of 6 log files 6 are verified") ||
			!hashed && (!strings.Contains(md, "Of the log files 6 were read when no digest named them") || strings.Count(lines, `"verdict":"unreadable"`) != 6 || strings.Count(lines, `"reason":"not-hashed"`) != 6) {
			t.Errorf("hashed: %t: %s\n%s", hashed, md, lines)
		}
	}
}

// What a case does not keep, and is wanted again, is said.
func TestAddSays(t *testing.T) {
	dir, keys, heads := signedCopy(t, tampered(t, "untouched"))
	second := divide(t, dir)
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 5, "analyze", dir, "-o", kase, "-q", "--public-keys", keys)
	say := func(more ...string) string {
		var stdout, stderr bytes.Buffer
		run(append([]string{"analyze", "--add", kase, second, "-o", filepath.Join(t.TempDir(), "joined")}, more...), &stdout, &stderr)
		return stderr.String()
	}
	if out := say(); !strings.Contains(out, "a case keeps no keys") || strings.Contains(out, "as revision") {
		t.Errorf("%s", out)
	}
	command(t, 5, "verify", kase, "--sidecar", heads, "-q")
	if out := say("--public-keys", keys); strings.Contains(out, "a case keeps no keys") || !strings.Contains(out, "verified again, as revision 2") {
		t.Errorf("%s", out)
	}
}

// What the findings were made with beside coldtrail's own is said where it is not given again: what it found is gone.
func TestDroppedIsSaid(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 12, Bytes: 1 << 16})
	second := divide(t, dir) // objects that digests name are missing then, which is 5
	base := t.TempDir()
	list, accounts, known := filepath.Join(base, "feed.txt"), filepath.Join(base, "accounts.csv"), filepath.Join(base, "known.yml")
	writeTestFile(t, list, []byte("198.51.100.7\n"))
	writeTestFile(t, accounts, []byte("account,kind\n111122223333,own\n"))
	writeTestFile(t, known, []byte("- rule: [secret-read]\n  reason: r\n  expires: 9999-01-01\n"))
	kase, given := filepath.Join(base, "case"), []string{"--ioc", list, "--accounts", accounts, "--suppress", known}
	command(t, 5, append([]string{"analyze", dir, "-o", kase, "-q"}, given...)...)
	const lost = "were made with feed.txt (--ioc), suppressions (--suppress), a list of accounts (--accounts): a case does not keep"
	for _, c := range []struct {
		name string
		args []string
	}{
		{"add", []string{"analyze", "--add", kase, second, "-o"}}, // a new name each, appended below
		{"hunt", []string{"hunt"}},
	} {
		for i, more := range [][]string{given, given[2:], nil} {
			args := append(slices.Clone(c.args), filepath.Join(base, fmt.Sprintf("%s-%d", c.name, i)))
			if c.name == "hunt" { // each of a case of its own: a revision is of what was before it
				command(t, 5, append([]string{"analyze", dir, "-o", args[1], "-q"}, given...)...)
			}
			var stdout, stderr bytes.Buffer
			run(append(args, more...), &stdout, &stderr)
			out := stderr.String()
			if said := strings.Contains(out, "findings were made with"); said != (i > 0) || i == 1 && !strings.Contains(out, "made with feed.txt (--ioc): a case") || i == 2 && !strings.Contains(out, lost) {
				t.Errorf("%q: %s", args, out)
			}
		}
	}
}

// TestAddRefused: what cannot be joined is refused before anything is read.
func TestAddRefused(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 12, Bytes: 1 << 18})
	read := func(change func(*reading)) reading {
		r := reading{Paths: []string{dir}, Workers: 1, Memory: minMemory}
		change(&r)
		return r
	}
	filter := func(r *reading) { r.Region = []string{"us-east-1"} }
	plain := makeCase(t, analyzeCmd{reading: read(func(*reading) {})})
	for name, c := range map[string]struct {
		a    analyzeCmd
		want string
	}{
		"no store":     {analyzeCmd{reading: read(func(*reading) {}), Add: makeCase(t, analyzeCmd{reading: read(func(*reading) {}), NoStore: true})}, "no event store"},
		"filtered":     {analyzeCmd{reading: read(func(*reading) {}), Add: makeCase(t, analyzeCmd{reading: read(filter)})}, "--region us-east-1"},
		"with filters": {analyzeCmd{reading: read(filter), Add: plain}, "would hold for the new evidence only"},
		"no case":      {analyzeCmd{reading: read(func(*reading) {}), Add: dir}, "no case"},
	} {
		var stderr bytes.Buffer
		c.a.Output, c.a.Timeline = filepath.Join(t.TempDir(), "case"), "auto"
		_, err := c.a.analyze(t.Context(), &console{out: &stderr, err: &stderr, isTerm: isTerminal})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	kase, err := report.OpenCase(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := kase.Close(); err != nil {
		t.Error(err)
	}
}

// Digests that were put in the place of a case's own would show nothing of what those prove.
func TestAddToOtherDigests(t *testing.T) {
	kases := map[string]string{}
	for name, code := range map[string]int{"first digest changed": exitIntegrity, "untouched": exitComplete} {
		dir, keys, _ := signedCopy(t, tampered(t, name))
		kases[name] = filepath.Join(t.TempDir(), "case")
		command(t, code, "analyze", dir, "-o", kases[name], "-q", "--public-keys", keys)
	}
	digests := filepath.Join("integrity", "digests.parquet")
	writeFile(t, filepath.Join(kases["first digest changed"], digests), readFile(t, filepath.Join(kases["untouched"], digests)))
	more, _, _ := archive(t, fixtures.Config{Seed: 5, Bytes: 1 << 18})
	command(t, exitIntegrity, "verify", kases["first digest changed"])
	var stdout, stderr bytes.Buffer
	code := run([]string{"analyze", more, "--add", kases["first digest changed"], "-o", filepath.Join(t.TempDir(), "case"), "-q"}, &stdout, &stderr)
	if code != exitIntegrity || !strings.Contains(stderr.String(), "integrity/digests.parquet: changed") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}
