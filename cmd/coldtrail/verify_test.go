package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// signedCopy writes a copy of an archive, its keys, and the metadata of the newest digests.
func signedCopy(t testing.TB, a *fixtures.SignedArchive) (dir, keys, heads string) {
	t.Helper()
	base := t.TempDir()
	dir, keys, heads = filepath.Join(base, "copy"), filepath.Join(base, "keys.json"), filepath.Join(base, "heads.jsonl")
	if err := a.Copy(dir); err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, keys, fixtures.KeyFile(a.Given...))
	writeTestFile(t, heads, fixtures.Sidecars(a.Known(fixtures.HeadMetadata)...))
	return dir, keys, heads
}

func writeTestFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The exit code says whether something is wrong, or unreadable, or neither; the summary says it in words.
func TestVerify(t *testing.T) {
	for _, c := range []struct {
		tampering string
		code      int
		says      []string
	}{
		{"untouched", 0, []string{"Of 5 digest files 5 are proved", "Of 6 log files 6 are verified", "Nothing that could be verified is modified"}},
		{"log changed", 5, []string{"WRONG: 1 log file is modified", "What is wrong:\n  modified: copy/AWSLogs/111122223333/CloudTrail/eu-west-1/", ": content "}},
		{"digest gone", 5, []string{"1 file is named by digests, sidecars or listings and not in this copy (1 digest, 0 logs)", "ABSENT: digests of this time are not in this copy (at least 1)", "\n  not in this copy: s3://acme-trail-logs/AWSLogs/"}},
		{"digest that does not end", 5, []string{"WRONG: 1 digest file is invalid", "json.gz: content "}},
		{"a copy of one day", 0, []string{"2 files that digests, sidecars or listings name are not in this copy and lie before its first digest"}},
		{"log with a gzip member appended", 5, []string{"to 1 file something was appended", "\n  appended to: copy/AWSLogs/"}},
		{"log without its gzip trailer", 3, []string{"6 are verified"}},
		{"validation turned off for an hour", 0, []string{"Of the log files 1 is named by no digest in this copy: 1 in gaps between digests", "gap: no digest covers this time"}},
	} {
		a := tampered(t, c.tampering)
		dir, keys, heads := signedCopy(t, a)
		out := filepath.Join(t.TempDir(), "integrity.jsonl")
		var stdout, stderr bytes.Buffer
		code := run([]string{"verify", dir, "--public-keys", keys, "--sidecar", heads, "-o", out}, &stdout, &stderr)
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d: %s", c.tampering, code, c.code, &stderr)
		}
		for _, want := range c.says {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.tampering, want, &stdout)
			}
		}
		lines := 0
		for line := range bytes.Lines(readFile(t, out)) {
			var row struct{ Kind, Verdict, Path, Key string }
			if err := json.Unmarshal(line, &row); err != nil || row.Kind == "" || row.Kind != "chain" && row.Verdict == "" {
				t.Errorf("%s: %s: %v", c.tampering, line, err)
			}
			lines++
		}
		if want := 1 + len(a.Objects); lines < want-3 || lines > want+3 {
			t.Errorf("%s: %d lines, of %d objects", c.tampering, lines, len(a.Objects))
		}
	}
}

func tampered(t testing.TB, name string) *fixtures.SignedArchive {
	t.Helper()
	for _, c := range fixtures.Tamperings() {
		if c.Name == name {
			return c.Archive()
		}
	}
	t.Fatalf("no tampering %q", name)
	return nil
}

// wrongShape writes a file that is not what it should be, and returns its name.
func wrongShape(t *testing.T, content string) string {
	name := filepath.Join(t.TempDir(), "shape")
	writeTestFile(t, name, []byte(content))
	return name
}

func TestVerifyUsage(t *testing.T) {
	t.Setenv("COLDTRAIL_EXAMINER", "B. Doe") // is of every command
	dir, keys, _ := signedCopy(t, tampered(t, "untouched"))
	empty := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{dir, "--public-keys", filepath.Join(empty, "none")}, 2, "no such file"},
		{[]string{dir, "--public-keys", filepath.Join(dir, "..", "heads.jsonl")}, 2, "no PublicKeyList"},
		{[]string{dir, "--sidecar", keys}, 2, "neither head-object's answer nor a listing"},
		{[]string{dir, "--sidecar", wrongShape(t, `{"Versions":[{"Key":5}]}`)}, 2, "Key: number where something else belongs"},
		{[]string{dir, "--sidecar", wrongShape(t, `{"bucket":`)}, 2, "unexpected EOF"},
		{[]string{dir, "--sidecar", filepath.Dir(wrongShape(t, `{"Metadata":{"signature":"00"}}`))}, 2, "shape: document 1: head-object's answer does not say of which object it is"},
		{[]string{dir, "--public-keys", wrongShape(t, `{"PublicKeyList":{}}`)}, 2, "PublicKeyList: object where something else belongs"},
		{[]string{dir, "--public-keys", wrongShape(t, `{"PublicKeyList":[{"Value":"AAAA","Fingerprint":"x"}]}`)}, 0, "key x cannot be used: neither an RSA key of PKCS #1"},
		{[]string{empty, "--public-keys", keys}, 3, "no digest file among the 0 objects"},
		{[]string{filepath.Join(empty, "none")}, 2, "no such file"},
		{[]string{dir, "--examiner", "A. Roe"}, 2, "--examiner is for the custody log of a case"},
		{[]string{dir, "--role", "trainee"}, 2, "--role is for the custody log of a case"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(append([]string{"verify"}, c.args...), &stdout, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%q: exit code %d, want %d: %s", c.args, code, c.code, &stderr)
		}
	}
}

// Keys from the evidence are used where the examiner says so, and that they prove little is said.
func TestKeysInsideEvidence(t *testing.T) {
	dir, keys, heads := signedCopy(t, tampered(t, "untouched"))
	inside := filepath.Join(dir, "AWSLogs", "keys.json")
	writeTestFile(t, inside, readFile(t, keys))
	for _, c := range []struct {
		keys string
		says bool
	}{{inside, true}, {keys, false}} {
		var stdout, stderr bytes.Buffer
		if code := run([]string{"verify", dir, "--public-keys", c.keys, "--sidecar", heads}, &stdout, &stderr); code != 0 || strings.Contains(stderr.String(), "lies inside the evidence") != c.says {
			t.Errorf("%s: %d: %s", c.keys, code, &stderr)
		}
	}
}

// A file that cannot be written whole is not there, and the next attempt has its place; what is there is never overwritten.
func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "keys.jsonl")
	full := errors.New("full")
	text := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error { _, werr := io.WriteString(w, s); return errors.Join(werr, err) }
	}
	if err := writeNew(name, text("half", full)); !errors.Is(err, full) || codeOf(t.Context(), err) == exitUsage {
		t.Errorf("a failure: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Fatalf("%v left, %v", left, err)
	}
	if err := writeNew(name, text("whole", nil)); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{name, filepath.Join(dir, "none", "x")} {
		begun := false
		if err := writeNew(other, func(io.Writer) error { begun = true; return nil }); codeOf(t.Context(), err) != exitUsage || begun {
			t.Errorf("%s: %v", other, err)
		}
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "whole" {
		t.Errorf("%q, %v", b, err)
	}
}
