package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan/custody"
)

// tool runs another program, and skips the test where there is none. It says that it did,
// so that CI's log shows which checks were made.
func tool(t *testing.T, dir, stdin string, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	t.Logf("%s %s: %v: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	return string(out), err
}

// accepts demands that the tool says yes, and rejects that it says no.
func accepts(t *testing.T, dir, stdin, name string, args ...string) string {
	t.Helper()
	out, err := tool(t, dir, stdin, name, args...)
	if err != nil {
		t.Errorf("%s does not accept it", name)
	}
	return out
}

func rejects(t *testing.T, dir, stdin, name string, args ...string) {
	t.Helper()
	if _, err := tool(t, dir, stdin, name, args...); err == nil {
		t.Errorf("%s accepts what was changed", name)
	}
}

func TestCustodyToolsSSH(t *testing.T) {
	_, kase := smallCase(t)
	keys := t.TempDir()
	passphrase := filepath.Join(keys, "passphrase")
	writeFile(t, passphrase, []byte("correct horse\r\nsecond line"))
	for name, args := range map[string][]string{
		"ed25519":   {"-t", "ed25519", "-N", ""},
		"rsa":       {"-t", "rsa", "-b", "2048", "-N", ""},
		"ecdsa":     {"-t", "ecdsa", "-N", ""},
		"encrypted": {"-t", "ed25519", "-N", "correct horse"},
		"pem":       {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "correct horse"},
	} {
		t.Run(name, func(t *testing.T) {
			key := filepath.Join(keys, name)
			accepts(t, keys, "", "ssh-keygen", append(args, "-q", "-C", "roe@example.org", "-f", key)...)
			sign := []string{"custody", "sign", kase, "--signing-key", key}
			if args[len(args)-1] != "" {
				program(t, exitUsage, sign...)
				wrong := filepath.Join(keys, "wrong")
				writeFile(t, wrong, []byte("x"))
				program(t, exitUsage, append(sign, "--passphrase-file", wrong)...)
				sign = append(sign, "--passphrase-file", passphrase)
			}
			program(t, exitComplete, sign...)
			log := logOf(t, kase)
			head := custody.HeadName(log.Head.Seq - 1)
			signers := filepath.Join(keys, "allowed_signers")
			writeFile(t, signers, append([]byte("roe@example.org "), readFile(t, key+".pub")...))
			signed := string(readFile(t, filepath.Join(kase, head)))
			verify := []string{"-Y", "verify", "-f", signers, "-I", "roe@example.org", "-n", custody.Namespace, "-s", head + ".sig"}
			accepts(t, kase, signed, "ssh-keygen", verify...)
			rejects(t, kase, strings.Replace(signed, "1", "2", 1), "ssh-keygen", verify...)
			for _, public := range []string{signers, key + ".pub"} {
				if said := program(t, exitComplete, "custody", "verify", kase, "--public-key", public); !strings.Contains(said, head+".sig: valid, by ") || !strings.Contains(said, "roe@example.org") {
					t.Error(said)
				}
			}
		})
	}
	other := filepath.Join(keys, "other")
	accepts(t, keys, "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
	program(t, exitIntegrity, "custody", "verify", kase, "--public-key", other+".pub")
	program(t, exitComplete, "custody", "verify", kase)

	// A log whose end was cut off, with all that it said of the files beside it, is not the one that was signed.
	log := filepath.Join(kase, custody.LogName)
	lines := bytes.SplitAfter(readFile(t, log), []byte("\n"))
	writeFile(t, log, bytes.Join(lines[:2], nil))
	if said := program(t, exitIntegrity, "custody", "verify", kase); !strings.Contains(said, "it is not a head of this log") {
		t.Error(said)
	}
}

func TestCustodyToolsMinisign(t *testing.T) {
	_, kase := smallCase(t)
	keys := t.TempDir()
	accepts(t, keys, "", "minisign", "-G", "-W", "-p", "k.pub", "-s", "k.key")
	accepts(t, keys, "", "minisign", "-G", "-W", "-p", "other.pub", "-s", "other.key")
	program(t, exitComplete, "custody", "sign", kase, "--signing-key", filepath.Join(keys, "k.key"), "--signing-key", filepath.Join(keys, "other.key"))
	head := custody.HeadName(logOf(t, kase).Head.Seq - 1)
	accepts(t, kase, "", "minisign", "-V", "-p", filepath.Join(keys, "k.pub"), "-m", head)
	accepts(t, kase, "", "minisign", "-V", "-p", filepath.Join(keys, "other.pub"), "-m", head, "-x", head+".2.minisig")
	rejects(t, kase, "", "minisign", "-V", "-p", filepath.Join(keys, "other.pub"), "-m", head)
	if said := program(t, exitComplete, "custody", "verify", kase); strings.Count(said, "not checked: give its key") != 2 {
		t.Error(said)
	}
	public := filepath.Join(keys, "k.pub")
	if said := program(t, exitComplete, "custody", "verify", kase, "--public-key", public); !strings.Contains(said, head+".minisig: valid, by minisign ") {
		t.Error(said)
	}
	path := filepath.Join(kase, head+".minisig")
	was := readFile(t, path)
	for at := range was { // the comments too
		changed := bytes.Clone(was)
		changed[at] ^= 1
		writeFile(t, path, changed)
		if at%7 == 0 {
			program(t, exitIntegrity, "custody", "verify", kase, "--public-key", public)
		}
	}
	writeFile(t, path, was)
	program(t, exitComplete, "custody", "verify", kase)
	writeFile(t, filepath.Join(keys, "bad"), []byte("untrusted comment: x\nAAAA\n"))
	program(t, exitUsage, "custody", "sign", kase, "--signing-key", filepath.Join(keys, "bad"))
	program(t, exitUsage, "custody", "verify", kase, "--public-key", filepath.Join(keys, "bad"))
	program(t, exitUsage, "custody", "verify", kase, "--public-key", os.DevNull)
}

func TestCustodyToolsSums(t *testing.T) {
	_, kase := smallCase(t)
	out := accepts(t, kase, "", "sha256sum", "--strict", "-c", custody.SumsName)
	if n := strings.Count(out, ": OK\n"); n != len(tree(t, kase))-2 {
		t.Errorf("%d files are OK", n)
	}
	writeFile(t, filepath.Join(kase, "report.md"), nil)
	rejects(t, kase, "", "sha256sum", "--strict", "-c", custody.SumsName)
}

func TestCustodyToolsEvidence(t *testing.T) {
	evidence, kase := smallCase(t)
	known := t.TempDir()
	for _, format := range []string{"hashdeep", "sha256sum"} {
		writeFile(t, filepath.Join(known, format), []byte(program(t, exitComplete, "custody", "manifest", kase, "--format", format)))
	}
	audit := []string{"-a", "-v", "-l", "-r", "-k", filepath.Join(known, "hashdeep"), "."}
	check := []string{"--strict", "--quiet", "-c", filepath.Join(known, "sha256sum")}
	t.Run("hashdeep", func(t *testing.T) { accepts(t, evidence, "", "hashdeep", audit...) })
	t.Run("sha256sum", func(t *testing.T) { accepts(t, evidence, "", "sha256sum", check...) })
	path := filepath.Join(evidence, filepath.FromSlash(tree(t, evidence)[0]))
	was := readFile(t, path)
	writeFile(t, path, append(bytes.Clone(was), 'x'))
	t.Run("hashdeep, changed", func(t *testing.T) { rejects(t, evidence, "", "hashdeep", audit...) })
	t.Run("sha256sum, changed", func(t *testing.T) { rejects(t, evidence, "", "sha256sum", check...) })
	writeFile(t, path, was)

	// And the other way round: what these write is understood.
	for name, args := range map[string][]string{
		"hashdeep": {"-r", "."}, "md5deep": {"-r", "."}, "sha256deep": {"-r", evidence}, "md5sum": tree(t, evidence), "sha512sum": append([]string{"--tag"}, tree(t, evidence)...),
	} {
		t.Run("by "+name, func(t *testing.T) {
			out := accepts(t, evidence, "", name, args...)
			manifest := filepath.Join(known, "by "+name)
			writeFile(t, manifest, []byte(out))
			if said := program(t, exitComplete, "custody", "verify", kase, "--evidence", evidence, "--manifest", manifest); !strings.Contains(said, " hold\n") {
				t.Error(said)
			}
		})
	}
}

// The CASE/UCO export conforms to the ontology's own shapes, by its own validator.
func TestCustodyToolsCaseUCO(t *testing.T) {
	validator := os.Getenv("COLDTRAIL_CASE_VALIDATE") // see .ci/run
	if validator == "" {
		validator = "case_validate"
	}
	_, kase := smallCase(t)
	program(t, exitComplete, "custody", "transfer", kase, "--to", "B. Doe", "--reason", "second opinion", "--examiner", "A. Roe")
	program(t, exitComplete, "custody", "note", kase, "seal 4711 unbroken")
	out := filepath.Join(t.TempDir(), "case.jsonld")
	program(t, exitComplete, "export", kase, "--format", "case-uco", "-o", out)
	accepts(t, kase, "", validator, "--built-version", "case-1.4.0", out)
	// That it can say no: an action has one performer at most.
	graph := string(readFile(t, out))
	performer := regexp.MustCompile(`"uco-action:performer": (\{[^}]*\})`)
	twice := performer.ReplaceAllString(graph, `"uco-action:performer": [$1, {"@id": "kb:Person-00000000-0000-5000-8000-000000000000"}]`)
	writeFile(t, out+".bad.jsonld", []byte(twice))
	rejects(t, kase, "", validator, "--built-version", "case-1.4.0", out+".bad.jsonld")
}
