package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report/query"
)

// command runs the program and returns what it wrote; the exit code must be the one that is wanted.
func command(t testing.TB, code int, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := run(args, &stdout, &stderr); got != code {
		t.Fatalf("%q: exit code %d, want %d:\n%s%s", args, got, code, &stdout, &stderr)
	}
	return stdout.String()
}

// A case is made without keys. When they arrive, its digests are judged again without the evidence, and every event says
// what came of it.
func TestVerifyCase(t *testing.T) {
	a := tampered(t, "untouched")
	dir, keys, heads := signedCopy(t, a)
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 0, "analyze", dir, "-o", kase, "-q", "--sidecar", heads)
	timeline := func(verdicts ...string) {
		t.Helper()
		out := command(t, 0, "timeline", kase, "--columns", "integrity", "--format", "csv")
		lines := strings.Fields(out)[1:]
		got := map[string]int{}
		for _, l := range lines {
			got[l]++
		}
		for _, v := range verdicts {
			if got[v] == 0 {
				t.Errorf("no event is %s: %v", v, got)
			}
		}
		if len(got) != len(verdicts) || len(lines) != 18 {
			t.Errorf("%v", got)
		}
	}
	timeline("consistent")
	removeAll(t, dir) // it is not needed
	out := command(t, 0, "verify", kase, "--public-keys", keys, "--examiner", "Ann Example")
	if !strings.Contains(out, "Of 5 digest files 5 are proved") || !strings.Contains(out, "rev-002.jsonl") {
		t.Errorf("%s", out)
	}
	timeline("verified")
	if out := command(t, 0, "show", kase, "#0"); !strings.Contains(out, "Integrity verified: the object's content has the hash that a proved digest names") {
		t.Errorf("%s", out)
	}
	if first, again := readFile(t, filepath.Join(kase, "integrity.jsonl")), readFile(t, filepath.Join(kase, "integrity", "rev-002.jsonl")); !bytes.Contains(first, []byte(`"verdict":"consistent"`)) || bytes.Contains(again, []byte("consistent")) {
		t.Errorf("%s\n%s", first, again)
	}
	command(t, 0, "custody", "verify", kase)
	log := string(readFile(t, filepath.Join(kase, "custody.jsonl")))
	if !strings.Contains(log, "Ann Example") || !strings.Contains(log, "keys.json") || strings.Count(log, `"command":"verify"`) != 2 {
		t.Errorf("%s", log)
	}
	out = command(t, 0, "query", kase, "SELECT verdict, count(*) AS n FROM events JOIN integrity USING (object_ordinal) GROUP BY verdict", "--format", "csv")
	if _, err := query.Open(t.Context(), kase, query.Options{}); !errors.Is(err, query.ErrNoSQL) && !strings.Contains(strings.ReplaceAll(out, `"`, ""), "verified,18") {
		t.Errorf("%s", out)
	}
}

func removeAll(t testing.TB, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// A finding says what of it is not verified; what was appended to an object is never taken for signed.
func TestFindingsAndIntegrity(t *testing.T) {
	a := tampered(t, "log with a gzip member appended")
	dir, keys, heads := signedCopy(t, a)
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 5, "analyze", dir, "-o", kase, "-q", "--public-keys", keys, "--sidecar", heads)
	out := command(t, 0, "timeline", kase, "--columns", "event_name,integrity", "--format", "csv", "--event-name", "DeleteTrail")
	if !strings.Contains(out, "DeleteTrail,appended") {
		t.Errorf("%s", out)
	}
	md := string(readFile(t, filepath.Join(kase, "report.md")))
	if !strings.Contains(md, "## Integrity") || !strings.Contains(md, "**WRONG:** to 1 file something was appended") || !strings.Contains(md, "**Integrity:** not all of it is verified: 1 event appended to an object, which nothing signs") {
		t.Errorf("%s", md)
	}
	some := false
	for line := range bytes.Lines(readFile(t, filepath.Join(kase, "findings.jsonl"))) {
		var f struct {
			Integrity map[string]int
			Events    []struct{ Name string }
		}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, c := range f.Integrity {
			n += c
		}
		if n != len(f.Events) {
			t.Errorf("%d events, %v", len(f.Events), f.Integrity)
		}
		some = some || f.Integrity["appended"] == 1
	}
	if !some {
		t.Error("no finding says so")
	}
}

// What is given to verify is not kept in the case, which is said, and more so when less is given the next time.
func TestVerifyCaseReminds(t *testing.T) {
	dir, keys, heads := signedCopy(t, tampered(t, "untouched"))
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 0, "analyze", dir, "-o", kase, "-q", "--public-keys", keys)
	const kept, without, before = "not what is given here", "a case keeps no keys", "what was given to revision 2 is not used now"
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"--sidecar", heads}, without + kept}, {[]string{"--public-keys", keys}, before + kept}, {[]string{"--public-keys", keys, "-q"}, ""},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(append([]string{"verify", kase}, step.args...), &stdout, &stderr); code != 0 {
			t.Fatalf("%v: %d: %s", step.args, code, &stderr)
		}
		says := ""
		for _, s := range []string{without, before, kept} {
			if strings.Contains(stderr.String(), s) {
				says += s
			}
		}
		if says != step.says {
			t.Errorf("%v: %q, want %q", step.args, &stderr, step.says)
		}
	}
}

// What a listing of the bucket says of absent objects.
func TestVerifyListing(t *testing.T) {
	a := fixtures.NewSigned(fixtures.SignedConfig{})
	for _, name := range []string{"L1.1", "L1.2", "L2.1", "D3"} {
		a.Named(name).Gone = true
	}
	dir, keys, heads := signedCopy(t, a)
	listing := filepath.Join(t.TempDir(), "versions.json")
	b, err := json.Marshal(map[string]any{
		"Versions": []map[string]any{
			{"Key": a.Named("L1.1").Key, "IsLatest": true, "Size": 5, "StorageClass": "GLACIER", "LastModified": "2026-03-02T22:06:00Z"},
			{"Key": a.Named("L1.2").Key, "IsLatest": false, "Size": 5, "LastModified": "2026-03-02T22:36:00Z"},
		},
		"DeleteMarkers": []map[string]any{
			{"Key": a.Named("L1.2").Key, "IsLatest": true, "LastModified": "2026-03-09T01:00:00Z"}, {"Key": a.Named("D3").Key, "IsLatest": true, "LastModified": "2026-03-09T01:00:01Z"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, listing, b)
	out := filepath.Join(t.TempDir(), "i.jsonl")
	command(t, 5, "verify", dir, "-q", "--public-keys", keys, "--sidecar", heads, "--sidecar", listing, "-o", out)
	got := map[string]string{}
	for line := range bytes.Lines(readFile(t, out)) {
		var r struct{ Verdict, Key, Listing string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Verdict == "absent" {
			got[r.Key] = r.Listing
		}
	}
	for name, want := range map[string]string{
		"L1.1": "storage class GLACIER: it was not collected", "L1.2": "deleted at the source on 2026-03-09T01:00:00Z (delete marker)", "L2.1": "",
		"D3": "deleted at the source on 2026-03-09T01:00:01Z (delete marker)",
	} {
		if is, ok := got[a.Named(name).Key]; !ok || !strings.HasSuffix(is, want) || want == "" && is != "" {
			t.Errorf("%s: %q, want %q", name, is, want)
		}
	}
}
