//go:build cgo && !bench

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

// The kernel's own account of queries: no socket, no file written, none opened that is the user's
// but the case's.
func TestSystemCallsOfQuery(t *testing.T) {
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
	program, evidence, kase := filepath.Join(scratch, "coldtrail"), filepath.Join(scratch, "evidence"), filepath.Join(scratch, "case")
	if err := os.Symlink(self, program); err != nil { // see TestMain
		t.Fatal(err)
	}
	if _, err := fixtures.Write(evidence, fixtures.Config{Seed: 1, Bytes: 300_000}); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"analyze", "-q", evidence, "-o", kase}, &bytes.Buffer{}, &bytes.Buffer{}); code != exitComplete {
		t.Fatal(code)
	}
	secret := filepath.Join(scratch, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(scratch, "log")
	inCase := 0
	for sql, want := range map[string]bool{
		"SELECT eventname, count(*) FROM cloudtrail_logs WHERE region = 'us-east-1' GROUP BY 1": true,
		"SELECT json_extract_scalar(requestparameters, '$.bucketName') FROM cloudtrail_logs":    true,
		"SELECT * FROM '" + secret + "'":              false,
		"SELECT * FROM read_csv('" + secret + "')":    false,
		"COPY (SELECT 1) TO '" + secret + "'":         false,
		"ATTACH '" + secret + "'":                     false,
		"INSTALL httpfs":                              false,
		"SELECT * FROM 'https://192.0.2.1/x.parquet'": false,
		"SELECT * FROM \"s3://bucket/x.parquet\"":     false,
	} {
		cmd := exec.Command(strace, "-f", "-y", "-s", "4096", "-o", log, "-e",
			"trace=%network,%file,ftruncate,fallocate,fchmod,fchown,flock,fsetxattr", program, "query", kase, sql)
		out, err := cmd.CombinedOutput()
		if (err == nil) != want {
			t.Errorf("%s: %v\n%s", sql, err, out)
		}
		for line := range bytes.Lines(readFile(t, log)) {
			_, call, _ := strings.Cut(string(line), " ") // the process
			call = strings.TrimSpace(call)
			name, _, _ := strings.Cut(call, "(")
			inCase += strings.Count(call, kase+"/events/")
			if isNetwork(name) || isWrite(name, call) || name == "openat" && strings.Contains(call, `"`+secret) {
				t.Errorf("%s: %s", sql, call)
			}
		}
	}
	if inCase < 10 {
		t.Errorf("the case was opened %d times: the log does not tell", inCase)
	}
}
