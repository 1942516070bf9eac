//go:build duckdb

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
)

// The evidence that TestReaders compares with, as encoding/json and jq see it.

// shapesOfRecords are those in which records lie as they are. What another system
// wraps has no bytes of its own in the evidence: TestPublicData counts such shapes.
var shapesOfRecords = []string{"records", "array", "event", "json-lines", "concatenated"}

// readersEvidence makes an archive with copies, and beside it objects of every
// shape of records whose records are odd: vectors, and text that is not UTF-8.
func readersEvidence(t *testing.T) string {
	t.Helper()
	evidence, _, _ := archive(t, fixtures.Config{Seed: 5, Bytes: 3 << 20, DuplicateRate: 0.2})
	vectors, err := fixtures.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		if slices.Contains(shapesOfRecords, v.Shape) && v.End == "clean" && v.Records > 0 && v.Bad == 0 && v.Other == 0 {
			writeFile(t, filepath.Join(evidence, "odd", v.Name+".json"), v.Input)
		}
	}
	bad := `{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},` +
		`"eventTime":"2026-03-02T03:04:05Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1",` +
		`"sourceIPAddress":"198.51.100.7","userAgent":"caf` + "\xe9" + `","eventID":"4b1f0c2e-7d3a-4e55-9c10-0000000000ff"}]}`
	writeFile(t, filepath.Join(evidence, "odd", "latin-1.json"), []byte(bad))
	writeFile(t, filepath.Join(evidence, "odd", "latin-1-again.json"), []byte(bad))
	return evidence
}

// A place is where a record lies.
type place struct {
	object string // path below the evidence
	index  int64  // among the object's records
	offset int64  // in the decompressed object
}

// inEvidence finds every event with encoding/json: the exact bytes of each.
func inEvidence(t *testing.T, evidence string) map[place]json.RawMessage {
	t.Helper()
	known := map[place]json.RawMessage{}
	for _, path := range tree(t, evidence) {
		if strings.Contains(path, "CloudTrail-") { // digests and insights: no events
			continue
		}
		content := readFile(t, filepath.Join(evidence, filepath.FromSlash(path)))
		if strings.HasSuffix(path, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(content))
			if err == nil {
				content, err = io.ReadAll(z)
			}
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		text := bytes.TrimPrefix(content, []byte("\ufeff"))
		before := int64(len(content) - len(text))
		var index int64
		err := eachEvent(text, func(raw json.RawMessage, end int64) {
			known[place{path, index, before + end - int64(len(raw))}] = raw
			index++
		})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if len(known) == 0 {
		t.Fatal("no event in the evidence")
	}
	return known
}

// eachEvent calls f with each event of a text, and where it ends: the elements of
// arrays and of members called Records, and other objects at the top.
func eachEvent(text []byte, f func(raw json.RawMessage, end int64)) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		if err := dec.Decode(&value); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		begin := dec.InputOffset() - int64(len(value))
		list, err := records(value)
		if err != nil {
			return err
		}
		if list == nil {
			f(value, dec.InputOffset())
		}
		for _, e := range list {
			f(e.raw, begin+e.end)
		}
	}
}

type element struct {
	raw json.RawMessage
	end int64
}

// records returns the elements of an array, or of an envelope; nil: it is an event.
func records(value json.RawMessage) (list []element, err error) {
	dec := json.NewDecoder(bytes.NewReader(value))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if value[0] == '[' {
		return elements(dec)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if name == "Records" {
			if _, err := dec.Token(); err != nil {
				return nil, err
			}
			return elements(dec)
		}
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func elements(dec *json.Decoder) (list []element, err error) {
	list = []element{}
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		list = append(list, element{raw, dec.InputOffset()})
	}
	return list, nil
}

// at returns a member of a member of a value, nil where there is none.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

func decoded(t *testing.T, raw []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return v
}

// distinctByName counts the distinct records of the evidence.
func distinctByName(t *testing.T, known map[place]json.RawMessage) map[string]int64 {
	t.Helper()
	counts, seen := map[string]int64{}, map[string]bool{}
	for _, raw := range known {
		record := decoded(t, raw)
		text, err := json.Marshal(record) // sorted by name
		if err != nil {
			t.Fatal(err)
		}
		if !seen[string(text)] {
			name, _ := at(record, "eventName").(string)
			seen[string(text)], counts[name] = true, counts[name]+1
		}
	}
	return counts
}

// jqCounts counts them with jq, which is not told what a copy is.
func jqCounts(t *testing.T, evidence string) map[string]int64 {
	t.Helper()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command("sh", "-c", `
		RECORDS='if type == "array" then .[] elif has("Records") then .Records[] else . end'
		{
			find . -path '*/CloudTrail/*' -name '*.gz' -exec zcat {} + | jq -cS "$RECORDS"
			for object in odd/*; do jq -cS "$RECORDS" "$object"; done
		} | LC_ALL=C sort -u | jq -n 'reduce inputs.eventName as $n ({}; .[$n // ""] += 1)'`)
	cmd.Stderr = os.Stderr
	cmd.Dir = evidence
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var counts map[string]int64
	if err := json.Unmarshal(out, &counts); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return counts
}
