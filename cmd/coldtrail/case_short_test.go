package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// TestShortenedCase: a file of the case that has lost lines, all of them or itself, however clean the cut, is told by whatever shows
// what was in it.
func TestShortenedCase(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 23, Bytes: 1 << 19})
	whole := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 2, Memory: minMemory}})
	removeAll(t, filepath.Join(whole, "custody.jsonl")) // which would tell, of what commands change the case
	last := func(path string) {                         // the last line
		b := readFile(t, path)
		writeFile(t, path, b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1])
	}
	all := func(path string) { writeFile(t, path, nil) }
	gone := func(path string) { removeAll(t, path) }
	for _, d := range []struct {
		file     string
		damage   func(path string)
		commands string
		want     string
	}{
		{"manifest.jsonl", last, "coverage CASE;custody manifest CASE", "and summary.json counts"},
		{"manifest.jsonl", all, "coverage CASE;custody manifest CASE", "0 objects, and summary.json counts"},
		{"findings.jsonl", last, "report CASE", "and report.json counts"},
		{"findings.jsonl", last, "export CASE -f sarif -o OUT.sarif;export CASE -f xlsx -o OUT.xlsx;export CASE -f stix -o OUT.json", "which the latest revision has"},
		{"incidents.jsonl", all, "report CASE;report CASE --incident 1;incidents CASE 1", "0 incidents, and report.json has"},
		{"incidents.jsonl", gone, "report CASE;incidents CASE 1", "incidents.jsonl: no such file"},
		{"persistence.jsonl", last, "report CASE;ledger CASE persistence;export CASE -f xlsx -o OUT.xlsx", "and report.json counts"},
		{"data-access.jsonl", last, "report CASE;ledger CASE data;export CASE -f xlsx -o OUT.xlsx", "and report.json counts"},
		{"defences.jsonl", gone, "report CASE;ledger CASE defences", "missing, and report.json counts"},
		{"integrity/rev-001.parquet", gone, "timeline CASE --columns integrity;show CASE #0;verify CASE;hunt CASE", "no revision integrity/rev-001.parquet or later"},
		{"integrity", gone, "timeline CASE --columns integrity;show CASE #0;verify CASE;hunt CASE", "no revision integrity/rev-001.parquet or later"},
	} {
		for command := range strings.SplitSeq(d.commands, ";") {
			c := filepath.Join(t.TempDir(), "case")
			if err := os.CopyFS(c, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			d.damage(filepath.Join(c, filepath.FromSlash(d.file)))
			var stdout, stderr bytes.Buffer
			args := strings.Fields(strings.NewReplacer("CASE", c, "OUT", filepath.Join(t.TempDir(), "out")).Replace(command))
			if code := run(args, &stdout, &stderr); code != exitNoResult && code != exitUsage || !strings.Contains(stderr.String(), d.want) {
				t.Errorf("%s: %s: exit code %d: %s", d.file, command, code, &stderr)
			}
		}
	}
}

// What the case's list of objects has lost is no reason to say nothing of the rest.
func TestCustodyVerifyWithShortManifest(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 24, Bytes: 1 << 18})
	kase := filepath.Join(t.TempDir(), "case")
	command(t, 0, "analyze", dir, "-o", kase, "-q")
	manifest := filepath.Join(kase, "manifest.jsonl")
	b := readFile(t, manifest)
	removeAll(t, manifest)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"verify", kase}, &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "a case that has lost") { // and no evidence without digests
		t.Errorf("exit code %d: %s", code, &stderr)
	}
	writeFile(t, manifest, b[:len(b)/2])
	out := command(t, exitIntegrity, "custody", "verify", kase, "--evidence", dir, "-f", "json")
	if !strings.Contains(out, `"manifest.jsonl"`) || !strings.Contains(out, "not checked, since the case's list of its objects is damaged") {
		t.Errorf("%s", out)
	}
}
