package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
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
	kept := int64(0)
	for line := range bytes.Lines(readFile(t, filepath.Join(dir, "manifest.jsonl"))) {
		var o object
		decode(t, line, &o)
		kept += o.Kept
		if want := countEvents(before[o.Path]); o.Kept != want {
			t.Errorf("%s (%s, %s): %d events, encoding/json finds %d", o.Path, o.Shape, o.Reason, o.Kept, want)
		}
		if o.Status != "parsed" && o.Reason == "" {
			t.Errorf("%s is %s without a reason", o.Path, o.Status)
		}
	}
	if kept < 500 {
		t.Errorf("%d events", kept)
	}
	if names := different(before, files(t, publicData)); len(names) > 0 {
		t.Errorf("changed: %v", names)
	}
}

// countEvents counts the CloudTrail events in the shapes that are read.
func countEvents(content []byte) (n int64) {
	if z, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
		if content, err = io.ReadAll(z); err != nil {
			return -1
		}
	}
	for dec := json.NewDecoder(bytes.NewReader(content)); ; {
		var doc json.RawMessage
		if dec.Decode(&doc) != nil {
			return n
		}
		var list []json.RawMessage
		var envelope map[string]json.RawMessage
		if json.Unmarshal(doc, &list) != nil {
			list = []json.RawMessage{doc}
			if json.Unmarshal(doc, &envelope) == nil && envelope["Records"] != nil {
				list = nil
				json.Unmarshal(envelope["Records"], &list)
			}
		}
		for _, e := range list {
			if isEvent(e) {
				n++
			}
		}
	}
}

// isEvent tells an event from what looks like one: notifications and their like
// have members that no event has.
func isEvent(raw json.RawMessage) bool {
	var e map[string]json.RawMessage
	if json.Unmarshal(raw, &e) != nil {
		return false
	}
	for _, is := range []string{"eventTime", "eventName", "eventSource"} {
		if e[is] == nil {
			return false
		}
	}
	for _, not := range []string{"s3", "kinesis", "dynamodb", "Sns", "detail"} {
		if e[not] != nil {
			return false
		}
	}
	return true
}
