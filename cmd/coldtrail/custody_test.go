package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan/custody"
)

// program runs the program as a person does.
func program(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := run(args, &out, &out); code != want {
		t.Fatalf("coldtrail %q: exit code %d, want %d\n%s", args, code, want, &out)
	}
	return out.String()
}

// smallCase analyzes a small archive.
func smallCase(t *testing.T) (evidence, kase string) {
	t.Helper()
	evidence, _, _ = archive(t, fixtures.Config{Seed: 5, Bytes: 100_000})
	kase = filepath.Join(t.TempDir(), "case")
	program(t, exitComplete, "analyze", "-q", evidence, "-o", kase, "--examiner", "A. Roe", "--exhibit", "EX-7", "--authority", "warrant 12", "--case-id", "IR-1")
	return evidence, kase
}

func logOf(t *testing.T, kase string) *custody.Summary {
	t.Helper()
	s, err := custody.Summarize(filepath.Join(kase, custody.LogName))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCustodyLog(t *testing.T) {
	evidence, kase := smallCase(t)
	log := logOf(t, kase)
	if len(log.Entries) != 2 || log.Entries[0].Action != custody.Open || log.Entries[1].Action != custody.Close || len(log.Unclosed) > 0 {
		t.Fatalf("%+v", log)
	}
	first, last := log.Entries[0], log.Entries[1]
	for _, e := range log.Entries {
		if e.Actor.Name != "A. Roe" || e.Case.Exhibit != "EX-7" || e.Case.Authority != "warrant 12" || e.Case.ID != "IR-1" || e.Command != "analyze" || len(e.Tool.SHA256) != 64 || e.Host.OS == "" || e.Time.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	if len(first.Inputs) != 1 || first.Inputs[0].Path != evidence || first.Inputs[0].Kind != "directory" || first.RuleSet != ruleSet() {
		t.Errorf("%+v", first)
	}
	sums := readFile(t, filepath.Join(kase, custody.SumsName))
	if len(last.Outputs) != 1 || last.Outputs[0].Bytes != int64(len(sums)) || last.Counts["events"] == 0 || *last.Exit != exitComplete || *last.Of != 0 {
		t.Errorf("%+v", last)
	}
	var argv []string
	if _, err := custody.ReadFile(filepath.Join(kase, custody.LogName), func(e *custody.Entry, _ string) error { argv = e.Argv; return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []string{"analyze", "-q", evidence, "-o", kase, "--examiner", "A. Roe"}; strings.Join(argv[1:8], "\n") != strings.Join(want, "\n") {
		t.Errorf("argv %q", argv)
	}

	head := log.Head.Hash
	program(t, exitComplete, "custody", "verify", kase, "--head", strings.ToUpper(head))
	program(t, exitUsage, "custody", "transfer", kase, "--to", "B. Doe")
	said := program(t, exitComplete, "custody", "transfer", kase, "--to", "B. Doe", "--reason", "second opinion", "--examiner", "A. Roe")
	program(t, exitComplete, "custody", "note", kase, "seal 4711 unbroken \x1b[31m", "--examiner", "B. Doe")
	log = logOf(t, kase)
	if e := log.Entries[2]; e.To != "B. Doe" || e.Case.Reason != "second opinion" || e.Case.ID != "IR-1" || !strings.Contains(said, log.Hashes[2]) {
		t.Errorf("%+v\n%s", e, said)
	}
	if said := program(t, exitComplete, "custody", "verify", kase, "--head", head); !strings.Contains(said, "entry 1 is the one in your notes; 2 entries came after it") {
		t.Error(said)
	}
	if said := program(t, exitComplete, "custody", "log", kase); strings.Count(said, "\n") != 6 || strings.Contains(said, "\x1b") || !strings.Contains(said, "to: B. Doe") {
		t.Error(said)
	}
}

// One character of any file of a case, another file or one less, is found and named.
func TestCustodyNamesWhatChanged(t *testing.T) {
	_, kase := smallCase(t)
	program(t, exitComplete, "custody", "note", kase, "x")
	verify := func(want int, name string) {
		t.Helper()
		said := program(t, want, "custody", "verify", kase)
		if want != exitComplete && !strings.Contains(said, "PROBLEM     "+name+":") {
			t.Errorf("%s is not named:\n%s", name, said)
		}
	}
	all := tree(t, kase)
	if len(all) < 13 {
		t.Errorf("%d files", len(all))
	}
	for _, name := range all {
		path := filepath.Join(kase, filepath.FromSlash(name))
		was := readFile(t, path)
		for _, at := range []int{0, len(was) / 2, len(was) - 1} {
			if at < 0 || at >= len(was) {
				continue // an empty file
			}
			changed := bytes.Clone(was)
			changed[at] ^= 1
			writeFile(t, path, changed)
			verify(exitIntegrity, name)
		}
		writeFile(t, path, append(bytes.Clone(was), '\n'))
		verify(exitIntegrity, name)
		if err := os.Rename(path, kase+".away"); err != nil {
			t.Fatal(err)
		}
		verify(exitIntegrity, name)
		if err := os.Rename(kase+".away", path); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, was)
	}
	for _, name := range []string{"more.txt", "events/part-00001.parquet", "custody/more"} {
		path := filepath.Join(kase, filepath.FromSlash(name))
		writeFile(t, path, nil)
		verify(exitIntegrity, name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	verify(exitComplete, "")

	log := filepath.Join(kase, custody.LogName)
	lines := bytes.SplitAfter(readFile(t, log), []byte("\n"))
	for i, line := range lines[:3] {
		changed := bytes.Clone(line)
		changed[len(line)/3] ^= 1
		writeFile(t, log, bytes.Join([][]byte{bytes.Join(lines[:i], nil), changed, bytes.Join(lines[i+1:], nil)}, nil))
		if said := program(t, exitIntegrity, "custody", "verify", kase); !strings.Contains(said, "custody.jsonl: line "+string(rune('1'+i))+":") {
			t.Errorf("line %d is not named:\n%s", i+1, said)
		}
		program(t, exitIntegrity, "custody", "note", kase, "y")
	}
	writeFile(t, log, bytes.Join(lines[:1], nil)) // as a run leaves it that was cut off
	if said := program(t, exitIntegrity, "custody", "verify", kase); !strings.Contains(said, "entry 0: analyze began") {
		t.Error(said)
	}
}

// A run that fails leaves its log, and the following one says so in its own.
// A clock that went backwards between two entries breaks no chain, and is noted; a log that has lost all its entries is none.
func TestCustodyClocks(t *testing.T) {
	_, kase := smallCase(t)
	log := filepath.Join(kase, custody.LogName)
	entries := logOf(t, kase).Entries
	last := entries[len(entries)-1].Time
	for _, at := range []time.Duration{time.Hour, 0, 0, 2 * time.Hour} {
		if _, err := custody.Append(log, &custody.Entry{Action: custody.Note, Time: last.Add(at), Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	out := program(t, exitComplete, "custody", "verify", kase)
	if strings.Count(out, "a clock was set back") != 1 || !strings.Contains(out, "entry 3: its time, "+last.Format(time.RFC3339Nano)+", is before that of the entry that it follows, "+last.Add(time.Hour).Format(time.RFC3339Nano)) {
		t.Errorf("%s", out)
	}
	writeFile(t, log, nil)
	if out := program(t, exitIntegrity, "custody", "verify", kase); !strings.Contains(out, "custody.jsonl: empty") {
		t.Errorf("%s", out)
	}
}

func TestCustodyOfFailedRuns(t *testing.T) {
	evidence, _, _ := archive(t, fixtures.Config{Seed: 5, Bytes: 50_000})
	dir := t.TempDir()
	kase, work := filepath.Join(dir, "case"), filepath.Join(dir, "none")
	for n := range 2 {
		said := program(t, exitNoResult, "analyze", "-q", evidence, "-o", kase, "--work-dir", work)
		if want := leftName("case", n+1); !strings.Contains(said, want) {
			t.Errorf("%s is not named: %s", want, said)
		}
	}
	program(t, exitUsage, "analyze", "-q", evidence, "-o", kase, "--add", evidence)
	if left := tree(t, dir); len(left) != 2 {
		t.Errorf("left: %q", left)
	}
	writeFile(t, filepath.Join(dir, ".case.tmp-77", custody.LogName), []byte("cut"))
	program(t, exitComplete, "analyze", "-q", evidence, "-o", kase)
	in := logOf(t, kase).Entries[0].Inputs
	if len(in) != 4 || in[1].Path != kase+".custody-1.jsonl" || len(in[2].SHA256) != 64 || in[3].Bytes != 3 {
		t.Errorf("%+v", in)
	}
}

// A case that evidence joins hands its log on, if it is as it was.
func TestCustodyOfJoinedCases(t *testing.T) {
	evidence, kase := smallCase(t)
	second := divide(t, evidence)
	joined := filepath.Join(t.TempDir(), "joined")
	program(t, exitComplete, "analyze", "-q", "--add", kase, second, "-o", joined)
	was, is := logOf(t, kase), logOf(t, joined)
	if len(is.Entries) != 4 || is.Hashes[1] != was.Hashes[1] || is.Entries[2].Inputs[1].Kind != "case" {
		t.Errorf("%+v", is)
	}
	program(t, exitComplete, "custody", "verify", joined)
	program(t, exitComplete, "analyze", "-q", "--add", joined, second)
	if is = logOf(t, joined); len(is.Entries) != 6 {
		t.Errorf("%+v", is)
	}

	writeFile(t, filepath.Join(joined, "report.md"), []byte("with remarks")) // is not read
	program(t, exitComplete, "analyze", "-q", "--add", joined, second, "-o", joined+"2")
	problems := filepath.Join(joined, "problems.jsonl")
	writeFile(t, problems, append(readFile(t, problems), '\n'))
	if said := program(t, exitIntegrity, "analyze", "-q", "--add", joined, second, "-o", joined+"3"); !strings.Contains(said, "problems.jsonl: changed") {
		t.Error(said)
	}
	writeFile(t, filepath.Join(joined, custody.LogName), []byte("{}\n"))
	program(t, exitIntegrity, "analyze", "-q", "--add", joined, second, "-o", joined+"3")
	if _, err := os.Lstat(joined + "3"); !os.IsNotExist(err) {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(joined, custody.LogName)); err != nil {
		t.Fatal(err)
	}
	program(t, exitUsage, "custody", "note", joined, "x")
	if said := program(t, exitIntegrity, "custody", "verify", joined); !strings.Contains(said, "custody.jsonl: missing") {
		t.Error(said)
	}
	program(t, exitComplete, "analyze", "-q", "--add", joined, second, "-o", joined+"3")
	if log := logOf(t, joined+"3"); len(log.Entries) != 2 || len(log.Entries[0].Warnings) == 0 {
		t.Errorf("%+v", log.Entries)
	}
	program(t, exitUsage, "custody", "verify", filepath.Join(joined, "none"))
	if _, err := fs.Stat(os.DirFS(joined), "custody"); err == nil {
		t.Error("verifying has written")
	}
}

// What a command writes into a case is vouched for; what somebody else did meanwhile is not.
func TestCustodyWithinACase(t *testing.T) {
	_, kase := smallCase(t)
	f := custodyFlags{Examiner: "A. Roe"}
	c := &console{argv: []string{"coldtrail", "hunt"}}
	mark := func(content string, err error) error {
		_, werr := f.within(t.Context(), c, "hunt", kase, nil, func() ([]custody.File, error) {
			writeFile(t, filepath.Join(kase, "findings", "rev-002.parquet"), []byte(content))
			return custody.Written("findings/rev-002.parquet"), err
		}, nil)
		return werr
	}
	if err := mark("x", nil); err != nil {
		t.Fatal(err)
	}
	program(t, exitComplete, "custody", "verify", kase)
	if err := mark("y", usage("no")); err == nil || err.Error() != "no" {
		t.Error(err)
	}
	program(t, exitComplete, "custody", "verify", kase)
	if log := logOf(t, kase); len(log.Entries) != 6 || log.Entries[5].Error != "no" || *log.Entries[5].Exit != exitUsage || len(log.Unclosed) > 0 {
		t.Errorf("%+v", log.Entries)
	}
	writeFile(t, filepath.Join(kase, "report.md"), []byte("forged"))
	if err := mark("z", nil); err != nil {
		t.Fatal(err)
	}
	if said := program(t, exitIntegrity, "custody", "verify", kase); strings.Count(said, "PROBLEM") != 1 || !strings.Contains(said, "report.md: changed") {
		t.Error(said)
	}
}

// One character of any object of the evidence, one more object or one less, is found and named.
func TestCustodyOfEvidence(t *testing.T) {
	evidence, kase := smallCase(t)
	verify := func(want int, flags ...string) string {
		t.Helper()
		return program(t, want, append([]string{"custody", "verify", kase, "--evidence", evidence}, flags...)...)
	}
	said := verify(exitComplete, "--objects")
	all := tree(t, evidence)
	if n := strings.Count(said, "as the case\n"); n != len(all) {
		t.Errorf("%d of %d objects are listed", n, len(all))
	}
	for i, name := range all {
		if i%7 > 0 {
			continue
		}
		path := filepath.Join(evidence, filepath.FromSlash(name))
		was := readFile(t, path)
		changed := bytes.Clone(was)
		changed[len(was)/2] ^= 1
		writeFile(t, path, changed)
		if said := verify(exitIntegrity); strings.Count(said, "PROBLEM") != 1 || !strings.Contains(said, "evidence/"+name+": changed") {
			t.Error(said)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if said := verify(exitIntegrity); strings.Count(said, "PROBLEM") != 1 || !strings.Contains(said, "evidence/"+name+": missing") {
			t.Error(said)
		}
		writeFile(t, path, was)
	}
	writeFile(t, filepath.Join(evidence, "new"), nil)
	if said := verify(exitIntegrity); !strings.Contains(said, "evidence/new: additional") {
		t.Error(said)
	}
	if err := os.Remove(filepath.Join(evidence, "new")); err != nil {
		t.Fatal(err)
	}
	program(t, exitComplete, "custody", "verify", kase, "--evidence", "evidence="+evidence)
	program(t, exitUsage, "custody", "verify", kase, "--evidence", "other="+evidence)
	program(t, exitUsage, "custody", "verify", kase, "--evidence", filepath.Join(evidence, "none"))
	program(t, exitUsage, "custody", "verify", kase, "--manifest", "x")
	verify(exitUsage, "--manifest", filepath.Join(evidence, "none"))
	verify(exitUsage, "--work-dir", evidence)
}

// Manifests of others are checked with a case and without.
func TestCustodyCompare(t *testing.T) {
	evidence, kase := smallCase(t)
	program(t, exitUnreadable, "custody", "compare", evidence)
	sums := filepath.Join(t.TempDir(), "SHA256SUMS")
	writeFile(t, sums, []byte(program(t, exitComplete, "custody", "manifest", kase)))
	deep := filepath.Join(t.TempDir(), "known.txt")
	writeFile(t, deep, []byte(program(t, exitComplete, "custody", "manifest", kase, "--format", "hashdeep")))
	compare := []string{"custody", "compare", evidence, "--manifest", sums, "--manifest", deep}
	if said := program(t, exitComplete, compare...); strings.Count(said, " hold\n") != 2 || !strings.Contains(said, "0 are in no manifest") {
		t.Error(said)
	}
	first, _, _ := strings.Cut(string(readFile(t, sums)), "\n")
	many := filepath.Join(t.TempDir(), "many")
	writeFile(t, many, []byte(strings.Repeat(first+"\n", 10_002)))
	if said := program(t, exitIntegrity, "custody", "compare", evidence, "--manifest", many); strings.Count(said, "PROBLEM") != 1 ||
		!strings.Contains(said, "2 more of its objects and lines of manifests are not compared") || !strings.Contains(said, "10000 of 10002 hold; 2 are not compared") {
		t.Errorf("%.2000s", said)
	}
	log := tree(t, evidence)[3]
	path := filepath.Join(evidence, filepath.FromSlash(log))
	writeFile(t, path, append(readFile(t, path), 'x'))
	if said := program(t, exitIntegrity, compare...); strings.Count(said, "PROBLEM") != 2 || strings.Count(said, log+": not as ") != 2 || !strings.Contains(said, "; 1 do not") {
		t.Error(said)
	}
	writeFile(t, sums, []byte("x\n"))
	program(t, exitIntegrity, "custody", "compare", evidence, "--manifest", sums)
	program(t, exitUsage, "custody", "compare", filepath.Join(evidence, "none"))
	program(t, exitUsage, "custody", "manifest", filepath.Join(evidence, "none"))
}

// The CASE/UCO graph is the same for the same case, and every reference in it leads somewhere.
func TestCaseUCO(t *testing.T) {
	evidence, _, _ := archive(t, fixtures.Config{Seed: 5, Bytes: 50_000})
	bundle := filepath.Join(t.TempDir(), "bundle.zip")
	writeFile(t, bundle, zipped(t, map[string]string{"a.json": `{"Records":[]}`}))
	writeFile(t, filepath.Join(evidence, "inner.zip"), readFile(t, bundle))
	kase := filepath.Join(t.TempDir(), "case")
	program(t, exitComplete, "analyze", "-q", evidence, bundle, "-o", kase, "--examiner", "A. Roe \x1b", "--exhibit", "EX-7", "--case-id", "IR-1")
	program(t, exitComplete, "custody", "transfer", kase, "--to", "B. Doe", "--reason", "second opinion")
	out := filepath.Join(t.TempDir(), "case.jsonld")
	export := []string{"export", kase, "--format", "case-uco", "-o"}
	program(t, exitComplete, append(export, out)...)
	program(t, exitUsage, append(export, out)...) // is never overwritten
	program(t, exitUsage, append(export, filepath.Join(kase, "x"))...)
	program(t, exitUsage, append(export, out+"2", "--region", "x")...)
	program(t, exitComplete, append(export, out+"2")...)
	graph := readFile(t, out)
	if !bytes.Equal(graph, readFile(t, out+"2")) {
		t.Error("not the same twice")
	}
	var doc struct {
		Graph []map[string]any `json:"@graph"`
	}
	decode(t, graph, &doc)
	types, ids, refs := map[string]int{}, map[string]bool{}, []string{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e)
			}
		case map[string]any:
			id, _ := v["@id"].(string)
			if _, node := v["@type"]; !node {
				refs = append(refs, id)
			} else if id != "" {
				if ids[id] {
					t.Errorf("%s is there twice", id)
				}
				ids[id] = true
			}
			for _, e := range v {
				visit(e)
			}
		}
	}
	for _, n := range doc.Graph {
		types[n["@type"].(string)]++
		visit(n)
	}
	for _, ref := range refs {
		if !ids[ref] {
			t.Errorf("%q leads nowhere", ref)
		}
	}
	id := regexp.MustCompile(`^kb:[A-Za-z]+-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for name := range ids {
		if !id.MatchString(name) {
			t.Errorf("id %q", name)
		}
	}
	want := map[string]int{
		"case-investigation:Investigation": 1, "case-investigation:ProvenanceRecord": 1, "case-investigation:InvestigativeAction": 2, "uco-tool:ConfiguredTool": 2,
		"uco-configuration:Configuration": 2, "uco-identity:Person": 3, "uco-observable:Directory": 1, "uco-observable:File": 4, // two archives, manifest, list of files
	}
	if !maps.Equal(types, want) {
		t.Errorf("%v", types)
	}
	sum := sha256.Sum256(readFile(t, bundle))
	for _, has := range []string{hex.EncodeToString(sum[:]), `"case-investigation:exhibitNumber": "EX-7"`, `"argv[1]"`, `A. Roe \u001b`} {
		if !bytes.Contains(graph, []byte(has)) {
			t.Errorf("the graph has no %s", has)
		}
	}
	writeFile(t, filepath.Join(kase, custody.LogName), []byte("x\n"))
	program(t, exitIntegrity, append(export, out+"3")...)
}
