package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
)

// hunts hunts in a case, and returns what was written.
func hunts(t *testing.T, h huntCmd) *hunted {
	t.Helper()
	var stderr bytes.Buffer
	h.WorkDir, h.Quiet = t.TempDir(), true
	out, err := h.hunt(t.Context(), &console{out: &stderr, err: &stderr, isTerm: isTerminal})
	if out == nil || out.Hunted == nil || codeOf(t.Context(), err) != codeOf(t.Context(), (&reading{}).verdict(out.Model)) {
		t.Fatalf("%+v: %v\n%s", h.detecting, err, stderr.Bytes())
	}
	if left := tree(t, h.WorkDir); len(left) > 0 || stderr.Len() > 0 {
		t.Errorf("left behind: %v\n%s", left, stderr.Bytes())
	}
	return out
}

// latest returns what analyze would have written too, of a case with revisions: those files
// that are of the latest, under the names that they have in a case that was made now.
func latest(t *testing.T, dir string, revision int) map[string][]byte {
	t.Helper()
	all := files(t, dir)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if rest, ok := strings.CutPrefix(name, fmt.Sprintf("findings/rev-%03d.", revision)); ok {
			all["findings/rev-001."+rest] = all[name]
		}
		if strings.HasPrefix(name, "findings/") && (!strings.HasPrefix(name, "findings/rev-001.") || strings.Contains(name, ".report.")) {
			delete(all, name)
		}
	}
	delete(all, "outputs.sha256")
	delete(all, "lineage.parquet") // of what findings do not change; whether any needed it is another matter
	return all
}

// TestHunt: what a hunt writes is, byte for byte, what analyze writes with the same options, and
// the evidence is not read.
func TestHunt(t *testing.T) {
	dir, logs, truth := archive(t, fixtures.Config{Seed: 21, Bytes: 2 << 20, DuplicateRate: 0.1})
	damage(t, dir, logs)
	conflicting(t, dir, logs)
	lists := indicatorLists(t, truth)
	absent := filepath.Join(t.TempDir(), "absent.txt") // what was concluded stays
	writeFile(t, absent, []byte("192.0.2.213\nAKIANEVERSEEN0000000\n"))
	options := []detecting{{}, {NoBuiltin: true}, {Exclude: []string{"denied-*", "role-assumed"}}, {IOC: lists[:1]}, {IOC: lists, Rules: []string{ruleDir(t)}, NoBuiltin: true}, {}, {IOC: []string{absent}}}
	read := reading{Paths: []string{dir}, Workers: 2, Memory: 1 << 30}
	want := make([]map[string][]byte, len(options))
	everything := options
	for _, mode := range []string{"full", "flagged", "none"} {
		if options = everything; mode != "full" {
			options = []detecting{{}, {IOC: lists, NoBuiltin: true}}
		}
		cases := make([]string, len(options))
		for i, o := range options {
			r := read
			r.detecting = o
			cases[i] = makeCase(t, analyzeCmd{reading: r, Timeline: mode})
			want[i] = latest(t, cases[i], 1)
		}
		for from, memory := range map[int]size{0: minMemory, 1: 1 << 30} {
			if from > 0 && (mode != "full" || testing.Short()) {
				continue
			}
			kase, revision := cases[from], 1
			for _, again := range []bool{false, true} {
				for i, o := range options {
					if from > 0 && again {
						break // it was compared with the first case
					}
					revision++
					out := hunts(t, huntCmd{Case: kase, detecting: o, Workers: 1 + i%3, Memory: memory, Again: again})
					if out.Revision != revision {
						t.Errorf("revision %d, want %d", out.Revision, revision)
					}
					if names := different(want[i], latest(t, kase, revision)); len(names) > 0 {
						t.Errorf("timeline %s, made with %+v, hunted with %+v, again %v: not the same: %v", mode, options[from], o, again, names)
					}
				}
			}
			program(t, exitComplete, "custody", "verify", kase)
		}
	}
	if !bytes.Contains(want[1]["findings.jsonl"], []byte("conflicting-copies")) || bytes.Contains(want[1]["findings.jsonl"], []byte("denied-call")) {
		t.Error("the test has no conflicting copies, or --no-builtin has other detectors")
	}
}

// TestHuntGroups is TestHunt over several row groups, of which not all have what is sought.
func TestHuntGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads some 24 MB, often")
	}
	dir, _, truth := archive(t, fixtures.Config{Seed: 25, Bytes: 24 << 20, Objects: 200})
	read := reading{Paths: []string{dir}, Workers: 2, Memory: 1 << 30}
	kase := makeCase(t, analyzeCmd{reading: read})
	lists := indicatorLists(t, truth)
	for _, o := range []detecting{{IOC: lists[:1]}, {IOC: lists[1:], Exclude: []string{"denied-*", "suspect-activity"}}} {
		r := read
		r.detecting = o
		fresh := makeCase(t, analyzeCmd{reading: r})
		want := latest(t, fresh, 1)
		for _, again := range []bool{false, true} {
			out := hunts(t, huntCmd{Case: kase, detecting: o, Memory: minMemory, Again: again})
			if !bytes.Equal(readFile(t, filepath.Join(fresh, "lineage.parquet")), readFile(t, filepath.Join(kase, "lineage.parquet"))) {
				t.Errorf("%+v, again %v: another lineage", o, again)
			}
			if names := different(want, latest(t, kase, out.Revision)); len(names) > 0 {
				t.Errorf("%+v, again %v: not the same: %v", o, again, names)
			}
		}
		if n := bytes.Count(want["findings.jsonl"], []byte(`"detector":"ioc-`)); n == 0 {
			t.Errorf("%+v: %d findings of indicators", o, n)
		}
	}
}

// indicatorLists writes lists of what the archive's incidents have: addresses, access keys, and all else.
func indicatorLists(t *testing.T, truth *fixtures.Truth) []string {
	t.Helper()
	var keys, others []string
	addresses := []string{"198.51.100.0/24", "2001:db8::/32"}
	for _, in := range truth.Incidents {
		keys = append(keys, in.Credentials...)
		addresses = append(addresses, in.SourceIPs...)
		others = append(others, in.Account, in.Events[0].ID)
	}
	others = append(others, "*kali*", "svc-*", "arn:aws:iam::*:user/*")
	dir := t.TempDir()
	var names []string
	for name, lines := range map[string][]string{"1-addresses.txt": addresses, "2-keys.txt": keys, "3-others.txt": others} {
		names = append(names, filepath.Join(dir, name))
		writeFile(t, names[len(names)-1], []byte(strings.Join(lines, "\n")+"\n"))
	}
	slices.Sort(names)
	return names
}

// ruleDir writes rules, of which one counts what another hits.
func ruleDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const head = "status: test\nlogsource: {product: aws, service: cloudtrail}\n"
	writeFile(t, filepath.Join(dir, "secret.yml"), []byte("title: Secret read\nid: 6b1f0d3e-0000-4000-8000-000000000001\nname: read-secret\n"+head+
		"detection: {s: {eventName: GetSecretValue}, condition: s}\nlevel: low\n"))
	writeFile(t, filepath.Join(dir, "many.yml"), []byte("title: Many secrets read\nid: 6b1f0d3e-0000-4000-8000-000000000002\nstatus: test\n"+
		"correlation: {type: event_count, rules: [read-secret], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 2}, generate: true}\nlevel: high\n"))
	writeFile(t, filepath.Join(dir, "agent.yml"), []byte("title: Kali\nid: 6b1f0d3e-0000-4000-8000-000000000003\n"+head+
		"detection: {s: {userAgent|contains: kali}, condition: s}\nlevel: medium\n"))
	return dir
}

// conflicting puts records into the archive that say otherwise than others of their IDs, at other times
// and at the same.
func conflicting(t *testing.T, dir string, logs []string) {
	t.Helper()
	for i, change := range [][2]string{{`"eventName":"`, `"eventName":"Get`}, {`"sourceIPAddress":"`, `"sourceIPAddress":"9`}} {
		text := unzip(t, readFile(t, logs[20+i]))
		writeFile(t, filepath.Join(dir, "contested", fmt.Sprint(i)+".json"), bytes.ReplaceAll(text, []byte(change[0]), []byte(change[1])))
	}
}

// ofTwoWords are the IDs of coldtrail's detectors and rules that have at most two words.
func ofTwoWords() string {
	var ids []string
	for _, d := range builtin() {
		if d.Record != nil && strings.Count(d.ID, "-") < 2 {
			ids = append(ids, d.ID)
		}
	}
	return strings.Join(ids, " ")
}

// TestHuntAsks: only detectors are asked whose findings cannot stand.
func TestHuntAsks(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 22, Bytes: 1 << 18})
	kase := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 1, Memory: minMemory, detecting: detecting{Exclude: []string{"denied-call"}}}})
	for i, c := range []struct {
		h     huntCmd
		asked string
	}{
		{huntCmd{}, "denied-call"},
		{huntCmd{}, ""},
		{huntCmd{detecting: detecting{Exclude: []string{"secret-read"}}}, ""},
		{huntCmd{detecting: detecting{Exclude: []string{"denied-*"}}}, "secret-read"},
		{huntCmd{detecting: detecting{NoBuiltin: true}, Again: true}, ""},
		{huntCmd{detecting: detecting{Exclude: []string{"[a-z]*-[a-z]*-[a-z]*"}}}, ofTwoWords()},
	} {
		c.h.Case, c.h.Memory = kase, minMemory
		if got := strings.Join(hunts(t, c.h).Asked, " "); got != c.asked {
			t.Errorf("%d: asked were %q, want %q", i, got, c.asked)
		}
	}
	// Another program's detectors may have found otherwise: what the log does not know is not believed.
	if err := os.Remove(filepath.Join(kase, "findings", "rev-007.json")); err != nil {
		t.Fatal(err)
	}
	said := program(t, exitIntegrity, "hunt", kase)
	if !strings.Contains(said, "rev-007.json: missing") {
		t.Error(said)
	}
}

// TestHuntRefused: what cannot be right is refused before anything is written but the log.
func TestHuntRefused(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 23, Bytes: 1 << 18})
	read := reading{Paths: []string{dir}, Workers: 1, Memory: minMemory}
	plain := makeCase(t, analyzeCmd{reading: read})
	before := files(t, plain)
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "no event store", []string{makeCase(t, analyzeCmd{reading: read, NoStore: true})}},
		{exitUsage, "no case", []string{dir}},
		{exitUsage, "no detector of this run", []string{plain, "--exclude", "nothing"}},
		{exitUsage, "--fail-on", []string{plain, "--fail-on", "bad"}},
		{exitUsage, "at least", []string{plain, "--memory", "1MiB"}},
	} {
		if said := program(t, c.code, append([]string{"hunt"}, c.args...)...); !strings.Contains(said, c.want) {
			t.Errorf("%q: %s", c.args, said)
		}
	}
	if names := different(before, files(t, plain)); len(names) > 0 {
		t.Errorf("refused, but changed: %v", names)
	}
	writeFile(t, filepath.Join(plain, "findings.jsonl"), append(before["findings.jsonl"], '\n'))
	if said := program(t, exitIntegrity, "hunt", plain); !strings.Contains(said, "findings.jsonl: changed") {
		t.Error(said)
	}
	writeFile(t, filepath.Join(plain, "findings.jsonl"), before["findings.jsonl"])
	writeFile(t, filepath.Join(plain, "report.md"), append(before["report.md"], '\n'))
	if said := program(t, exitIntegrity, "hunt", plain); !strings.Contains(said, "report.md: changed") {
		t.Error(said)
	}
	for _, name := range []string{"incidents.jsonl", "persistence.jsonl", "data-access.jsonl", "defences.jsonl", "lineage.parquet", "report.html"} {
		writeFile(t, filepath.Join(plain, name), append(before[name], '\n'))
		if said := program(t, exitIntegrity, "hunt", plain); !strings.Contains(said, name+": changed") {
			t.Error(said)
		}
		writeFile(t, filepath.Join(plain, name), before[name])
	}
	sums := readFile(t, filepath.Join(plain, "outputs.sha256"))
	writeFile(t, filepath.Join(plain, "outputs.sha256"), append(sums, "0000000000000000000000000000000000000000000000000000000000000000  x\n"...))
	program(t, exitIntegrity, "hunt", plain)
	if said := program(t, exitIntegrity, "custody", "verify", plain); !strings.Contains(said, "outputs.sha256: changed") {
		t.Errorf("hunting vouched for what was changed: %s", said)
	}
	writeFile(t, filepath.Join(plain, "outputs.sha256"), sums)
	writeFile(t, filepath.Join(plain, "report.md"), before["report.md"])
	if names := different(before, files(t, plain)); len(names) > 0 {
		t.Errorf("refused, but changed: %v", names)
	}
	program(t, exitComplete, "custody", "verify", plain)
}

// TestHuntDamaged: a case that does not fit together gets no revision, and the log says why.
func TestHuntDamaged(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 24, Bytes: 1 << 18})
	kase := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 1, Memory: minMemory}})
	if err := os.Remove(filepath.Join(kase, "custody.jsonl")); err != nil {
		t.Fatal(err)
	}
	whole := files(t, kase)
	for name, damaged := range map[string][]byte{
		"findings.jsonl":           whole["findings.jsonl"][:len(whole["findings.jsonl"])/2],
		"findings/rev-001.parquet": whole["findings/rev-001.parquet"][:1000],
		"timeline.csv":             whole["timeline.csv"][:1000],
		"report.json":              []byte("{"),
	} {
		writeFile(t, filepath.Join(kase, filepath.FromSlash(name)), damaged)
		c := &console{out: &bytes.Buffer{}, err: &bytes.Buffer{}, isTerm: isTerminal}
		h := huntCmd{Case: kase, detecting: detecting{Exclude: []string{"denied-call"}}, Memory: minMemory, WorkDir: t.TempDir()}
		out, err := h.hunt(t.Context(), c)
		if err == nil || codeOf(t.Context(), err) == exitComplete {
			t.Errorf("%s: hunted all the same: %+v", name, out)
		}
		if _, err := os.Stat(filepath.Join(kase, "findings", "rev-002.parquet")); err == nil {
			t.Errorf("%s: there is a revision", name)
		}
		writeFile(t, filepath.Join(kase, filepath.FromSlash(name)), whole[name])
	}
	if _, err := report.OpenCase(kase); err != nil {
		t.Error(err)
	}
}

// TestHuntTaken: where another hunt was first to make the revision, nothing of the case is
// replaced.
func TestHuntTaken(t *testing.T) {
	dir, _, _ := archive(t, fixtures.Config{Seed: 25, Bytes: 1 << 18})
	kase := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 1, Memory: minMemory}})
	if err := os.Remove(filepath.Join(kase, "custody.jsonl")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(kase, "findings", "rev-002.json"), []byte("another's"))
	before := files(t, kase)
	c := &console{out: &bytes.Buffer{}, err: &bytes.Buffer{}, isTerm: isTerminal}
	h := huntCmd{Case: kase, detecting: detecting{Exclude: []string{"denied-call"}}, Memory: minMemory, WorkDir: t.TempDir()}
	if _, err := h.hunt(t.Context(), c); err == nil || !strings.Contains(err.Error(), "rev-002.json: file exists: another run has written it meanwhile") {
		t.Error(err)
	}
	after := files(t, kase)
	delete(after, "findings/rev-001.report.md") // as it was
	delete(after, "findings/rev-001.report.json")
	if names := different(before, after); len(names) > 0 {
		t.Errorf("changed: %v", names)
	}
}

// TestHuntSaysWhatItFound: whoever waits at a terminal is told before the report is made.
func TestHuntSaysWhatItFound(t *testing.T) {
	dir, _, truth := archive(t, fixtures.Config{Seed: 26, Bytes: 1 << 18})
	kase := makeCase(t, analyzeCmd{reading: reading{Paths: []string{dir}, Workers: 1, Memory: minMemory}})
	for _, quiet := range []bool{false, true} {
		var said bytes.Buffer
		h := huntCmd{Case: kase, detecting: detecting{IOC: indicatorLists(t, truth)[:1], NoBuiltin: true}, Memory: minMemory, WorkDir: t.TempDir(), Again: true, Quiet: quiet}
		out, err := h.hunt(t.Context(), &console{out: &said, err: &said, isTerm: func(io.Writer) bool { return true }})
		if out == nil {
			t.Fatal(err)
		}
		findings := int64(0)
		for _, d := range out.Model.Findings.ByDetector {
			if d.Detector != detect.ConflictingCopies { // these stay
				findings += d.Findings
			}
		}
		if want := fmt.Sprintf("New findings: %d, of ", findings); findings == 0 || strings.Contains(said.String(), want) == quiet {
			t.Errorf("quiet %v: %q, want %q", quiet, said.String(), want)
		}
	}
}
