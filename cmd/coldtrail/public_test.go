package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"go.yaml.in/yaml/v3"
)

// publicData holds real records that were published. It is no part of the project.
const publicData = "../../../shared/data/public"

// The records of published data agree with what encoding/json finds there.
func TestPublicData(t *testing.T) {
	if _, err := os.Stat(publicData); err != nil {
		t.Skip(err)
	}
	before := files(t, publicData)
	dir := filepath.Join(t.TempDir(), "case")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"analyze", publicData, "-o", dir}, &stdout, &stderr); code != exitUnreadable {
		t.Errorf("exit code %d, want %d\n%s", code, exitUnreadable, &stderr)
	}
	reconcile(t, dir, publicData)
	kept := map[string]int64{}
	for line := range bytes.Lines(readFile(t, filepath.Join(dir, "manifest.jsonl"))) {
		var o object
		decode(t, line, &o)
		folder, _, _ := strings.Cut(o.Path, "/")
		kept[folder] += o.Kept
		if want := countEvents(o.Path, before[o.Path]); o.Kept != want {
			t.Errorf("%s (%s, %s): %d events, encoding/json finds %d", o.Path, o.Shape, o.Reason, o.Kept, want)
		}
		if o.Status != "parsed" && o.Reason == "" {
			t.Errorf("%s is %s without a reason", o.Path, o.Status)
		}
	}
	// As counted with Python's json and PyYAML, too: 633 in all.
	if want := map[string]int64{
		"SOURCES.md": 0, "aws-keys": 0, "cloud-custodian": 19, "cribl": 44, "envelopes": 0, "lookalikes": 0, "plaso": 6,
		"splunk-security-content": 48, "stratus-red-team": 310, "umccr": 206,
	}; !maps.Equal(kept, want) {
		t.Errorf("events by folder: %v, want %v", kept, want)
	}
	if names := different(before, files(t, publicData)); len(names) > 0 {
		t.Errorf("changed: %v", names)
	}
}

// countEvents counts the CloudTrail events in a file, at any depth and in texts that
// are JSON themselves, with encoding/json, or with the library for YAML.
func countEvents(name string, content []byte) (n int64) {
	if z, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
		if content, err = io.ReadAll(z); err != nil {
			return -1
		}
	}
	if strings.HasSuffix(name, ".yml") {
		var doc any
		if yaml.Unmarshal(content, &doc) != nil {
			return 0
		}
		return eventsIn(doc)
	}
	for dec := json.NewDecoder(bytes.NewReader(content)); ; {
		var doc any
		if dec.Decode(&doc) != nil {
			return n
		}
		n += eventsIn(doc)
	}
}

func eventsIn(v any) (n int64) {
	switch v := v.(type) {
	case map[string]any:
		source, _ := v["eventSource"].(string)
		_, at := v["eventTime"].(string)
		_, what := v["eventName"].(string)
		if at && what && source != "" && !strings.HasPrefix(source, "aws:") {
			return 1
		}
		for _, inner := range v {
			n += eventsIn(inner)
		}
	case []any:
		for _, inner := range v {
			n += eventsIn(inner)
		}
	case string:
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			return eventsIn(inner)
		}
	}
	return n
}
