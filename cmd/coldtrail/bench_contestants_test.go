//go:build bench

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// A contestant is one way to go over an archive.
type contestant struct {
	name    string // of its row
	needs   string // a program, without which it is left out; "": none
	command func(b *bench, evidence string) *exec.Cmd
}

// The rows that others are compared with, or are promised something about.
const (
	rowFloor    = "floor: decompress only (klauspost gzip)"
	rowFloorOne = "floor on one core"
	rowZcat     = "zcat, as many as cores"
	rowTriage   = "coldtrail triage"
	rowNoStore  = "coldtrail analyze --no-store"
	rowAnalyze  = "coldtrail analyze"
	rowJqCount  = "jq: count"
	rowJqCSV    = "jq: 11-column CSV, sorted"
)

// What is promised: of archives as they are, of tiny objects, and of one object,
// whose decompression takes one core.
var (
	usualDuels = []duel{
		{rowTriage, rowFloor, 2.6},
		{rowNoStore, rowDuckDBCSV, 0.7},
		{rowNoStore, rowDuckDBPlainCSV, 0.7},
		{rowAnalyze, rowFloor, 6.5},
		{rowAnalyze, rowDuckDBParquet, 0.5},
		{rowAnalyze, rowDuckDBPlainParquet, 0.5},
	}
	tinyDuels = []duel{{rowTriage, rowFloor, 2.6}}
	hugeDuels = []duel{{rowTriage, rowFloorOne, 2.6}}
)

// sized is who goes over an archive: with the rivals, or coldtrail alone.
func sized(rivals bool) []contestant {
	all := []contestant{
		{rowFloor, "", floorOn(runtime.NumCPU())},
		{rowFloorOne, "", floorOn(1)},
		{rowZcat, "zcat", shell(zcatScript, "")},
		{rowTriage, "", coldtrail("triage")},
		{rowNoStore, "", coldtrail("analyze", "--no-store", "--timeline", "full", "-q")},
		{rowAnalyze, "", coldtrail("analyze", "-q")},
		{rowAnalyze + " --memory 256MiB", "", coldtrail("analyze", "-q", "--memory", "256MiB")},
	}
	if !rivals {
		return all
	}
	all = append(all, contestant{rowJqCount, "jq", shell(jqCountScript, jqCount)}, contestant{rowJqCSV, "jq", shell(jqCSVScript, jqCSV)})
	for _, q := range duckdbQueries {
		all = append(all, contestant{q.name, "", func(b *bench, evidence string) *exec.Cmd {
			return b.again("duckdb", q.name, evidence, b.scratch)
		}})
	}
	return all
}

// wanted says whether the contestant is asked for, and what it needs is there.
func (b *bench) wanted(c contestant) bool {
	if c.needs != "" {
		if _, err := exec.LookPath(c.needs); err != nil {
			return false
		}
	}
	return b.rows.MatchString(c.name)
}

// again is this test as a child: see child.
func (b *bench) again(args ...string) *exec.Cmd {
	cmd := exec.Command(b.self, args...)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	return cmd
}

func nothing(b *bench, _ string) *exec.Cmd { return b.again("nothing") }

func floorOn(workers int) func(*bench, string) *exec.Cmd {
	return func(b *bench, evidence string) *exec.Cmd {
		return b.again("floor", strconv.Itoa(workers), evidence)
	}
}

// coldtrail prints its report in a triage; analyze makes a case.
func coldtrail(command string, more ...string) func(*bench, string) *exec.Cmd {
	return func(b *bench, evidence string) *exec.Cmd {
		args := append([]string{command, evidence, "--work-dir", b.scratch}, more...)
		if command == "analyze" {
			args = append(args, "-o", filepath.Join(b.scratch, "case"))
		}
		return exec.Command(b.program, args...)
	}
}

// The shell's contestants. jq gets many objects at a time from zcat, on every
// core: one process an object costs twice as much, and jq -s all the memory.
const (
	zcatScript = `find "$EVIDENCE" -name '*.gz' -print0 | xargs -0 -n 100 -P "$CORES" zcat >/dev/null`

	jqCountScript = `find "$EVIDENCE" -path '*/CloudTrail/*' -name '*.gz' -print0 |
xargs -0 -n 100 -P "$CORES" sh -c 'zcat "$@" | jq -n "$JQ"' sh |
awk '{ n += $1 } END { print n }'`

	jqCSVScript = `find "$EVIDENCE" -path '*/CloudTrail/*' -name '*.gz' -print0 |
xargs -0 -n 100 -P "$CORES" sh -c 'zcat "$@" | jq -r "$JQ" >"$OUT/part.$$"' sh &&
LC_ALL=C sort --parallel="$CORES" -S 25% -T "$OUT" -o "$OUT/out.csv" "$OUT"/part.*`

	jqCount = `reduce inputs.Records as $r (0; . + ($r | length))`

	jqCSV = `.Records[] | [.eventTime, .eventID, .eventName, .eventSource, .awsRegion, .recipientAccountId,
.userIdentity.arn, .userIdentity.accessKeyId, .sourceIPAddress, .userAgent, .errorCode] | @csv`
)

func shell(script, jq string) func(*bench, string) *exec.Cmd {
	return func(b *bench, evidence string) *exec.Cmd {
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), "EVIDENCE="+evidence, "OUT="+b.scratch, "CORES="+strconv.Itoa(runtime.NumCPU()), "JQ="+jq)
		return cmd
	}
}
