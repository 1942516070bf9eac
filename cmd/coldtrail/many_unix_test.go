//go:build unix && !bench

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// oneSecond is how many records there are; COLDTRAIL_RECORDS says otherwise.
const oneSecond = 20_000

// All records have one timestamp, as those of an import have, or of whoever wants a sort
// to be at its worst: a sort by time alone has nothing to go by (hayabusa 1466). The
// memory is the least, and is kept to, however many there are.
func TestOneTimestamp(t *testing.T) {
	n := fromEnvironment(t, "COLDTRAIL_RECORDS", oneSecond)
	dir := t.TempDir()
	const each = 100_000
	for from := 0; from < n; from += each {
		writeSecond(t, filepath.Join(dir, fmt.Sprintf("%04d.json.gz", from/each)), from, min(from+each, n))
	}
	kase := filepath.Join(t.TempDir(), "case")
	_, peak := runAlone(t, exitComplete, "analyze", dir, "-o", kase, "--memory", "64MiB", "-q")
	t.Logf("%d records, %d MiB resident at most", n, peak>>20)
	if limit := budgetOf(t, 64<<20); peak > limit {
		t.Errorf("%d bytes were resident, and %d may be", peak, limit)
	}
	if sum := reconcile(t, kase, dir); sum.Kept != int64(n) || sum.Distinct != int64(n) {
		t.Errorf("%+v", sum)
	}
	f, err := os.Open(filepath.Join(kase, "timeline.csv"))
	check(t, err)
	defer f.Close()
	lines, last := 0, ""
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
		if lines > 0 && s.Text() <= last && lines > 1 {
			t.Fatalf("line %d is not behind the one before it:\n%s\n%s", lines, last, s.Text())
		}
		last = s.Text()
	}
	if lines != n+1 {
		t.Errorf("%d lines", lines)
	}
}

// writeSecond writes records of one second, the later ones first.
func writeSecond(t *testing.T, path string, from, to int) {
	t.Helper()
	f, err := os.Create(path)
	check(t, err)
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	check(t, err)
	w := bufio.NewWriter(z)
	sep := `{"Records":[`
	for i := to - 1; i >= from; i-- {
		fmt.Fprintf(w, `%s{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u%d","accountId":"111122223333","accessKeyId":"AKIA1EXAMPLE"},`+
			`"eventTime":"2026-03-02T10:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.%d",`+
			`"requestParameters":{"n":%d},"eventID":"%08d","recipientAccountId":"111122223333"}`, sep, i%1000, i%250, i, i)
		sep = ","
	}
	_, err = w.WriteString("]}")
	check(t, errors.Join(err, w.Flush(), z.Close(), f.Close()))
}
