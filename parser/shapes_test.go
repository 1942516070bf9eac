package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// TestOneShape: each vector is read by exactly one shape: with it alone as many events are
// found as with all of them, and with any other alone none.
func TestOneShape(t *testing.T) {
	all, tables := shapes, tableShapes
	defer func() { shapes, tableShapes = all, tables }()
	only := func(name string) {
		shapes = slices.DeleteFunc(slices.Clone(all), func(s *shape) bool { return s.name != name })
		tableShapes = slices.DeleteFunc(slices.Clone(tables), func(s tableShape) bool { return s.name != name })
	}
	var names []string
	for _, s := range all {
		if !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	matched := map[string]bool{}
	rd := new(Reader)
	for _, v := range vectors(t) {
		if v.Records == 0 || v.Name == "wrapped-twice" { // which takes two
			continue
		}
		var by []string
		only("")
		alone := len(read(rd, bytes.NewReader(v.Input)).ids) // as arrays, lines and the like, which need no entry
		if alone > 0 {
			by = append(by, "none")
		}
		for _, name := range names {
			only(name)
			n := len(read(rd, bytes.NewReader(v.Input)).ids)
			if n == alone {
				continue
			}
			by = append(by, name)
			matched[name] = true
			if n != v.Records {
				t.Errorf("%s: %s alone finds %d of %d events", v.Name, name, n, v.Records)
			}
		}
		if len(by) != 1 {
			t.Errorf("%s is read by %q", v.Name, by)
		}
	}
	for _, s := range all {
		direct := s == logExport || s == eventStrings || s == yamlTexts || s == recordsWithin || s.lift == nil && s.member == "" && s.fidelity == Derived
		if !direct && !matched[s.name] {
			t.Errorf("no vector is read by %s", s.name)
		}
	}
}

// TestLookalikes: what is no CloudTrail record yields none, and is named.
func TestLookalikes(t *testing.T) {
	want := map[string]string{
		"other-ocsf": "OCSF event that is not CloudTrail's", "other-config": "AWS Config snapshot", "other-delivery": "SNS message",
		"other-queue": "SQS message", "other-control-message": logLine, "other-iceberg": "Iceberg table metadata",
		"other-digest": "CloudTrail digest", "other-s3-notification": "S3 notification",
		"other-insights": "insight", "other-aggregated": "aggregated", "other-aggregated-array": "aggregated", "other-insight-wrapped": "aggregated",
	}
	for _, v := range vectors(t) {
		if !strings.HasPrefix(v.Name, "other-") || v.Name == "other-mixed" || v.Name == "other-not-objects" {
			continue
		}
		rd := NewReader(bytes.NewReader(v.Input), Origin{})
		last := ""
		for {
			rec, err := rd.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			if rec.Kind == Event {
				t.Errorf("%s: an event: %s", v.Name, rec.Raw)
			}
			if last = rec.Kind.String(); rec.Kind == Foreign {
				last = rec.What
			}
			if HoldsEvents(rec.What) {
				t.Errorf("%s: %s is said to hold events", v.Name, rec.What)
			}
		}
		if last != want[v.Name] {
			t.Errorf("%s: %q, want %q", v.Name, last, want[v.Name])
		}
	}
}

// FuzzShapes reads what is left of every shape's vector: read in other sizes it is the
// same, an event is JSON and lies where it is said to, and nothing panics.
func FuzzShapes(f *testing.F) {
	for _, v := range vectors(f) {
		if len(v.Input) < 8<<10 {
			f.Add(v.Input)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		got := readAll(bytes.NewReader(input))
		if slow := readAll(iotest.OneByteReader(bytes.NewReader(input))); slow.describe() != got.describe() {
			t.Fatalf("read whole:  %s\nby one byte: %s", got.describe(), slow.describe())
		}
		rd := NewReader(bytes.NewReader(input), Origin{})
		for next := 0; ; {
			rec, err := rd.Next()
			if bad, ok := errors.AsType[*RecordError](err); ok {
				if bad.Index >= 0 {
					next = bad.Index + 1
				}
				continue
			}
			if err != nil {
				return
			}
			if rec.Origin.Index != next || rec.Origin.Offset < 0 || rec.Origin.Offset > int64(len(input)) {
				t.Fatalf("element %d: index %d, offset %d of %d", next, rec.Origin.Index, rec.Origin.Offset, len(input))
			}
			next++
			if rec.Kind == Event && (!json.Valid(rec.Raw) || rec.Time.IsZero()) {
				t.Fatalf("no event: %s", rec.Raw)
			}
		}
	})
}
