package main

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A case keeps the sign file, so that its results are verified when a key arrives; and both may lie in an archive.
func TestLakeCase(t *testing.T) {
	key := lakeKey(t)
	q := newLakeQuery(t, key, "q1", lakeCSV(1), lakeCSV(2))
	dir := t.TempDir()
	keys, kase, evidence := filepath.Join(dir, "keys.pem"), filepath.Join(dir, "case"), filepath.Join(dir, "copy")
	writeTestFile(t, keys, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string][]byte{q.dir + "/result_sign.json": q.sign, q.name(0): q.results[0], q.name(1): q.results[1]} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(content)
	}
	z.Close()
	if err := os.Mkdir(evidence, 0o755); err != nil {
		t.Fatal(err)
	}
	writeTestFile(t, filepath.Join(evidence, "results.zip"), b.Bytes())
	command(t, 0, "analyze", evidence, "-o", kase, "-q")
	if first := string(readFile(t, filepath.Join(kase, "integrity.jsonl"))); strings.Count(first, `"verdict":"consistent"`) != 2 || strings.Count(first, `"no-key"`) != 1 {
		t.Errorf("%s", first)
	}
	if out := command(t, 0, "verify", kase, "--public-keys", keys); !strings.Contains(out, "Of 1 sign file of CloudTrail Lake 1 is signed; of 2 query results 2 are verified") {
		t.Errorf("%s", out)
	}
	if out := command(t, 0, "show", kase, "#0"); !strings.Contains(out, "Integrity verified: the object is a query's result of CloudTrail Lake, with the hash that its sign file, which is proved, names\n") {
		t.Errorf("%s", out)
	}
	if out := command(t, 0, "timeline", kase, "--columns", "event_name,integrity", "--format", "csv"); strings.Count(out, "CreateUser,verified") != 2 {
		t.Errorf("%s", out)
	}
}

// Results and their sign file that are given one by one, each evidence of its own, still lie beside each other.
func TestLakeFiles(t *testing.T) {
	key := lakeKey(t)
	q := newLakeQuery(t, key, "q1", lakeCSV(1), lakeCSV(2))
	keys, dir := filepath.Join(t.TempDir(), "keys.pem"), t.TempDir()
	writeTestFile(t, keys, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}))
	sign, first, second := filepath.Join(dir, "result_sign.json"), filepath.Join(dir, "result_1.csv.gz"), filepath.Join(dir, "result_2.csv.gz")
	writeTestFile(t, sign, q.sign)
	writeTestFile(t, first, q.results[0])
	writeTestFile(t, second, q.results[1])
	if out := command(t, 0, "verify", second, sign, first, "--public-keys", keys); !strings.Contains(out, "of 2 query results 2 are verified") {
		t.Errorf("%s", out)
	}
	if out := command(t, 5, "verify", sign, first, "--public-keys", keys); !strings.Contains(out, "not in this copy: result_2.csv.gz") {
		t.Errorf("%s", out)
	}
}
