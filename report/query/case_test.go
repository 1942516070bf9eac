package query

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// analyzed makes a case of the evidence in a directory, and returns the case's.
func analyzed(t testing.TB, evidence string) string {
	t.Helper()
	return analyzedInto(t, evidence, filepath.Join(t.TempDir(), "case"))
}

func analyzedInto(t testing.TB, evidence, dir string) string {
	t.Helper()
	kase, err := report.Create(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	opt := report.Options{Store: true, Timeline: report.None}
	var tally *report.Tally
	res, err := scan.Run(t.Context(), scan.Config{
		Paths: []string{evidence}, Detectors: detect.All(), Workers: 1, Memory: 64 << 20, Carry: report.Carry, Raw: true, WorkDir: t.TempDir(),
		Sinks: func(concl *scan.Conclusion) (sinks []scan.Sink, err error) {
			opt.Sources = concl.Sources
			sinks, tally, err = report.Sinks(kase, concl, opt)
			return sinks, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = report.Write(t.Context(), kase, res, tally, opt); err == nil {
		err = res.Close()
	}
	if err == nil {
		_, err = kase.Settle()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// caseOf makes a case of records, JSON objects, in one object of evidence at an
// AWSLogs/… path.
func caseOf(t testing.TB, records ...string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "bucket")
	writeObject(t, root, "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/111122223333_CloudTrail_eu-west-1_20260304T1000Z_abcdefgh.json", records...)
	return analyzed(t, root)
}

// writeObject writes an object of records.
func writeObject(t testing.TB, root, path string, records ...string) {
	t.Helper()
	path = filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	text := `{"Records":[` + strings.Join(records, ",") + `]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// demoCase makes a case of some thousand generated events, with incidents.
func demoCase(t testing.TB) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "bucket")
	if _, err := fixtures.Write(root, fixtures.Config{Seed: 1, Bytes: 2 << 20, Incidents: fixtures.AllIncidents()}); err != nil {
		t.Fatal(err)
	}
	return analyzed(t, root)
}
