package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// movedCopy writes a copy of a trail that changed its bucket, each bucket under a name that is not its own.
func movedCopy(t *testing.T) (old, new, keys, heads string) {
	t.Helper()
	a := fixtures.NewSigned(fixtures.SignedConfig{Move: func(hour int) (bucket, prefix string) {
		if hour < 2 {
			return "acme-old", "p"
		}
		return "acme-new", ""
	}})
	dir, keys, heads := signedCopy(t, a)
	old, new = filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for from, to := range map[string]string{"acme-old/p": old, "acme-new/AWSLogs/111122223333": new} { // the trees begin anywhere
		if err := os.Rename(filepath.Join(dir, filepath.FromSlash(from)), to); err != nil {
			t.Fatal(err)
		}
	}
	return old, new, keys, heads
}

// The examiner says of which bucket a copy is: its digests must be of that bucket, wherever it lies.
func TestVerifyBucket(t *testing.T) {
	old, new, keys, heads := movedCopy(t)
	args := []string{"verify", old, new, "--public-keys", keys, "--sidecar", heads}
	notes := func(code int, more ...string) string {
		t.Helper()
		out := filepath.Join(t.TempDir(), "i.jsonl")
		said := command(t, code, append(append(args, "-o", out), more...)...)
		return said + string(readFile(t, out))
	}
	if out := notes(0); strings.Count(out, `"relocated"`) == 0 {
		t.Errorf("the second tree does not begin at AWSLogs, and nothing says so: %s", out)
	}
	for _, good := range [][]string{
		{"--bucket", "acme-old=" + old, "--bucket", "acme-new=" + new},
		{"--bucket", "acme-old/p=" + old, "--bucket", "acme-new/AWSLogs/111122223333/=" + new + "/"},
	} {
		if out := notes(0, good...); strings.Contains(out, "relocated") || strings.Count(out, `"verified"`) < 6 || strings.Contains(out, "other-bucket") {
			t.Errorf("%v: %s", good, out)
		}
	}
	for _, bad := range [][]string{
		{"--bucket", "acme-new=" + old},
		{"--bucket", "acme-old/q=" + old},
	} {
		if out := notes(5, bad...); !strings.Contains(out, "WRONG: 2 digest files are invalid") || !strings.Contains(out, `"reason":"moved"`) {
			t.Errorf("%v: %s", bad, out)
		}
	}
	if out := notes(0, "--bucket", "acme-old="+filepath.Join(old, "nothing,here")); !strings.Contains(out, "No digest or log lies where a copy of the bucket acme-old was said to be") {
		t.Errorf("%s", out)
	}
}

// A case keeps what was said of its evidence; to one that was made without, it can be said by the labels.
func TestVerifyBucketOfCase(t *testing.T) {
	old, new, keys, heads := movedCopy(t)
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 0, "analyze", old, new, "-o", kase, "-q", "--sidecar", heads, "--bucket", "acme-new/AWSLogs/111122223333="+new)
	command(t, 0, "verify", kase, "--public-keys", keys)
	if out := string(readFile(t, filepath.Join(kase, "integrity", "rev-002.jsonl"))); strings.Contains(out, "relocated") || !strings.Contains(out, `"verified"`) {
		t.Errorf("%s", out)
	}
	command(t, 5, "verify", kase, "--public-keys", keys, "--bucket", "acme-other=first")
	if out := string(readFile(t, filepath.Join(kase, "integrity", "rev-003.jsonl"))); strings.Count(out, `"reason":"moved"`) != 2 || !strings.Contains(out, "it says that it is of the bucket acme-old, and lies in a copy of acme-other") {
		t.Errorf("%s", out)
	}
}

func TestBucketUsage(t *testing.T) {
	old, _, _, _ := movedCopy(t)
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 0, "analyze", old, "-o", kase, "-q")
	for _, c := range []struct{ evidence, bucket, says string }{
		{old, "acme", "not NAME=PATH"}, {old, "=" + old, "not NAME=PATH"}, {old, "acme=", "not NAME=PATH"}, {old, "a\x1bb=" + old, `"a\x1bb=`},
		{old, "acme=" + kase, "no part of the evidence"}, {kase, "acme=" + old, "no part of the evidence, which is first"},
	} {
		for _, args := range [][]string{{"verify", c.evidence}, {"analyze", c.evidence, "-o", filepath.Join(t.TempDir(), "case")}} {
			if c.evidence == kase && args[0] == "analyze" {
				continue
			}
			var stdout, stderr bytes.Buffer
			if code := run(append(args, "--bucket", c.bucket), &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), c.says) || strings.Contains(stderr.String(), "\x1b") {
				t.Errorf("%v --bucket %q: %d, %s", args, c.bucket, code, &stderr)
			}
		}
	}
}
