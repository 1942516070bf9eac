package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// exported writes the formats of a case of scripted incidents, and returns the directory of the case and that of
// the files, each named by its format.
func exported(t *testing.T, formats []string, args ...string) (kase, out string) {
	t.Helper()
	evidence, _, _ := archive(t, fixtures.Config{Seed: 9, Bytes: 1 << 19})
	dir := t.TempDir()
	kase, out = filepath.Join(dir, "case"), filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	succeeds(t, "analyze", evidence, "-q", "-o", kase)
	for _, format := range formats {
		succeeds(t, append([]string{"export", kase, "--format", format, "-o", exportName(out, format)}, args...)...)
	}
	return kase, out
}

// exportName is the name of a format's file in a directory.
func exportName(dir, format string) string {
	ending := ""
	if x := report.ExportFormatNamed(format); x != nil && len(x.Endings) > 0 {
		ending = x.Endings[0]
	}
	return filepath.Join(dir, format+ending)
}

func succeeds(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(args, &out, &errs); code != exitComplete && code != exitFindings {
		t.Fatalf("%q: exit code %d\n%s%s", args, code, out.Bytes(), errs.Bytes())
	}
	return errs.String()
}

// judged are the formats that testdata/validators/exports.py judges, by packages that COLDTRAIL_VALIDATORS has.
var judged = []string{"ocsf", "ocsf-1.1.0", "stix", "misp", "sarif", "splunk-hec", "dfir-iris", "l2tcsv", "xlsx", "sqlite", "navigator"}

// Schemas and readers that others wrote accept the exports of a case, and those that are redacted.
func TestExportValidators(t *testing.T) {
	python := os.Getenv("COLDTRAIL_VALIDATORS")
	if python == "" {
		t.Skip("COLDTRAIL_VALIDATORS names no Python that has the packages of .ci/run")
	}
	_, out := exported(t, judged)
	for _, format := range judged {
		t.Run(format, func(t *testing.T) {
			judge(t, python, filepath.Join("testdata", "validators", "exports.py"), format, exportName(out, format))
			if path := hostileExport(format); path != "" {
				judge(t, python, filepath.Join("testdata", "validators", "exports.py"), format, path)
			}
		})
	}
}

// hostileExport is the golden file of a format, whose case is hostile in every field; "": it has none that is the file itself.
func hostileExport(format string) string {
	name := map[string]string{
		"ocsf": "ocsf.jsonl", "ocsf-1.1.0": "ocsf-1.1.0.jsonl", "stix": "stix.json", "misp": "misp.json", "sarif": "sarif.json", "splunk-hec": "splunk.jsonl",
		"dfir-iris": "iris.csv", "l2tcsv": "l2t.csv", "navigator": "navigator.json", "ecs": "ecs.ndjson",
	}[format]
	if name == "" {
		return ""
	}
	return filepath.Join("..", "..", "report", "testdata", "export", name)
}

// A redacted case is to the validators what another one is.
func TestExportValidatorsRedacted(t *testing.T) {
	python := os.Getenv("COLDTRAIL_VALIDATORS")
	if python == "" {
		t.Skip("COLDTRAIL_VALIDATORS names no Python that has the packages of .ci/run")
	}
	formats := []string{"ocsf", "misp", "sarif", "xlsx", "sqlite"}
	_, out := exported(t, formats, "--redact")
	for _, format := range formats {
		judge(t, python, filepath.Join("testdata", "validators", "exports.py"), format, exportName(out, format))
	}
}

// judge runs a validator, whose word is in CI's log.
func judge(t *testing.T, name string, args ...string) {
	t.Helper()
	said, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("%s", said)
}

// The fields of Elastic's own package are those of the export.
func TestExportECSFields(t *testing.T) {
	fields := os.Getenv("COLDTRAIL_ECS")
	if fields == "" {
		t.Skip("COLDTRAIL_ECS names no directory of the package @elastic/ecs")
	}
	_, out := exported(t, []string{"ecs"})
	judge(t, "node", filepath.Join("testdata", "validators", "ecs.js"), fields, exportName(out, "ecs"))
	judge(t, "node", filepath.Join("testdata", "validators", "ecs.js"), fields, hostileExport("ecs"))
}

// The records, packed again, are to zcat and jq those of the evidence.
func TestExportRecordsWithJQ(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip(err)
	}
	evidence, logs, _ := archive(t, fixtures.Config{Seed: 9, Bytes: 1 << 19})
	kase := filepath.Join(t.TempDir(), "case")
	again := kase + ".json.gz"
	succeeds(t, "analyze", evidence, "-q", "-o", kase)
	succeeds(t, "export", kase, "--format", "records", "-o", again)
	sorted := func(paths ...string) string {
		var records bytes.Buffer
		for _, path := range paths {
			z, err := gzip.NewReader(bytes.NewReader(readFile(t, path)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := records.ReadFrom(z); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("jq", "-cS", ".Records[]")
		cmd.Stdin = &records
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		slices.Sort(lines)
		return strings.Join(slices.Compact(lines), "\n") // copies are there once
	}
	logs = slices.DeleteFunc(logs, func(path string) bool { return !strings.HasSuffix(path, ".gz") })
	if was, is := sorted(logs...), sorted(again); was != is || len(was) < 1<<18 {
		t.Errorf("%d bytes of records became %d others", len(was), len(is))
	}
}
