package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan/custody"
)

const tsaConfig = `
[tsa]
default_tsa = one
[one]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamps]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[signs]
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
[req]
distinguished_name = dn
[dn]
`

// authority makes a time-stamping authority with openssl, in a directory of its own: ca.pem and
// tsa.pem, and other.pem, a certificate of the same CA that is for something else.
func authority(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range map[string]string{"tsa.cnf": tsaConfig, "serial": "01\n"} {
		writeFile(t, filepath.Join(dir, name), []byte(content))
	}
	openssl := func(args ...string) {
		t.Helper()
		if out, err := tool(t, dir, "", "openssl", args...); err != nil {
			t.Fatal(out)
		}
	}
	key := []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"}
	openssl(append([]string{"req", "-x509", "-config", "tsa.cnf", "-extensions", "ca", "-subj", "/CN=Test CA", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem"}, key...)...)
	for name, extensions := range map[string]string{"tsa": "stamps", "other": "signs"} {
		openssl(append([]string{"req", "-config", "tsa.cnf", "-subj", "/CN=Test TSA " + name, "-keyout", name + ".key", "-out", name + ".csr"}, key...)...)
		openssl("x509", "-req", "-in", name+".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "tsa.cnf", "-extensions", extensions, "-out", name+".pem")
	}
	return dir
}

// answer lets the authority answer a request.
func answer(t *testing.T, dir, request, response string) {
	t.Helper()
	accepts(t, dir, "", "openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", request, "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", response)
}

func TestCustodyToolsTimestamp(t *testing.T) {
	dir := authority(t)
	_, kase := smallCase(t)
	ca := filepath.Join(dir, "ca.pem")
	request, response := filepath.Join(dir, "head.tsq"), filepath.Join(dir, "head.tsr")
	program(t, exitComplete, "custody", "timestamp-request", kase, "-o", request, "--examiner", "A. Roe")
	program(t, exitUsage, "custody", "timestamp-request", kase, "-o", request)
	if out := accepts(t, dir, "", "openssl", "ts", "-query", "-in", request, "-text"); !strings.Contains(out, "Hash Algorithm: sha256") || !strings.Contains(out, "Certificate required: yes") {
		t.Error(out)
	}
	answer(t, dir, request, response)
	if said := program(t, exitComplete, "custody", "timestamp-attach", kase, response, "--ca", ca); !strings.Contains(said, "by CN=Test TSA tsa") || strings.Contains(said, "not checked") || !strings.Contains(said, "policy 1.2.3.4.1") {
		t.Error(said)
	}
	if said := program(t, exitComplete, "custody", "timestamp-attach", kase, response); !strings.Contains(said, "whether that is an authority was not checked") {
		t.Error(said)
	}
	head := custody.HeadName(2)
	verify := []string{"ts", "-verify", "-data", head, "-in", head + ".tsr", "-CAfile", ca}
	accepts(t, kase, "", "openssl", verify...)
	accepts(t, kase, "", "openssl", "ts", "-verify", "-queryfile", head+".tsq", "-in", head+".tsr", "-CAfile", ca)
	for _, flags := range [][]string{nil, {"--tsa-ca", ca}} {
		said := program(t, exitComplete, append([]string{"custody", "verify", kase}, flags...)...)
		if strings.Count(said, "Timestamp ") != 2 || strings.Contains(said, "not checked") != (flags == nil) {
			t.Error(said)
		}
	}
	program(t, exitIntegrity, "custody", "verify", kase, "--tsa-ca", filepath.Join(dir, "other.pem"))

	path := filepath.Join(kase, filepath.FromSlash(head+".tsr"))
	was := readFile(t, path)
	for at := 0; at < len(was); at += 1 + len(was)/60 {
		changed := bytes.Clone(was)
		changed[at] ^= 1
		writeFile(t, path, changed)
		if said := program(t, exitIntegrity, "custody", "verify", kase); !strings.Contains(said, head+".tsr: ") {
			t.Error(said)
		}
	}
	writeFile(t, path, was)
	program(t, exitComplete, "custody", "verify", kase)

	// An answer to something else, an old one, and no answer at all.
	writeFile(t, filepath.Join(dir, "x"), []byte("x"))
	accepts(t, dir, "", "openssl", "ts", "-query", "-data", "x", "-sha256", "-cert", "-out", "x.tsq")
	answer(t, dir, "x.tsq", filepath.Join(dir, "x.tsr"))
	accepts(t, kase, "", "openssl", "ts", "-query", "-data", head, "-sha256", "-cert", "-out", filepath.Join(dir, "old.tsq"))
	answer(t, dir, "old.tsq", filepath.Join(dir, "old.tsr"))
	for name, want := range map[string]string{"x.tsr": "of something else", "old.tsr": "nonce", "head.tsq": "timestamp", "ca.pem": "timestamp"} {
		if said := program(t, exitIntegrity, "custody", "timestamp-attach", kase, filepath.Join(dir, name), "--ca", ca); !strings.Contains(said, want) {
			t.Errorf("%s: %s", name, said)
		}
	}
	program(t, exitUsage, "custody", "timestamp-attach", kase, filepath.Join(dir, "none"))
	program(t, exitUsage, "custody", "timestamp-attach", kase, response, "--ca", filepath.Join(dir, "serial"))
	if len(tree(t, filepath.Join(kase, custody.Dir))) != 4 {
		t.Errorf("%q", tree(t, filepath.Join(kase, custody.Dir)))
	}
	// Whoever vouches for it must vouch for an authority.
	if err := os.Rename(ca, ca+".away"); err != nil {
		t.Fatal(err)
	}
	other := authority(t)
	program(t, exitIntegrity, "custody", "timestamp-attach", kase, response, "--ca", filepath.Join(other, "ca.pem"))
}
