package parser

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/fixtures"
)

// reading is what a vector's headers speak of.
type reading struct {
	shape      string
	ids        []string
	bad, other int
	structure  int // errors that are about no element
	end        string
	full       string // everything, for comparing a reading with itself
}

// read reads with rd, whose window is used again: there are many inputs.
func read(rd *Reader, r io.Reader) reading {
	got := readWith(rd, r)
	res := reading{shape: got.shape, other: len(got.other), full: got.describe()}
	for _, id := range got.ids {
		if id == "" {
			id = "-"
		}
		res.ids = append(res.ids, id)
	}
	for _, e := range got.errs {
		if bytes.HasPrefix([]byte(e), []byte("-1@")) {
			res.structure++
		} else {
			res.bad++
		}
	}
	switch {
	case got.end == io.EOF:
		res.end = "clean"
	case errors.Is(got.end, io.ErrUnexpectedEOF):
		res.end = "truncated"
	default:
		res.end = "garbage"
	}
	return res
}

func vectors(t testing.TB) []fixtures.Vector {
	t.Helper()
	all, err := fixtures.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			rd := new(Reader)
			got := read(rd, bytes.NewReader(v.Input))
			want := reading{shape: v.Shape, ids: v.IDs, bad: v.Bad, other: v.Other, end: v.End}
			if g := (reading{shape: got.shape, ids: got.ids, bad: got.bad + got.structure, other: got.other, end: got.end}); fmt.Sprint(g) != fmt.Sprint(want) {
				t.Errorf("got  %v\nwant %v\n%s", g, want, got.full)
			}
			if slow := read(rd, iotest.OneByteReader(bytes.NewReader(v.Input))); slow.full != got.full {
				t.Errorf("read whole:  %s\nby one byte: %s", got.full, slow.full)
			}
		})
	}
}

// TestTruncated cuts every vector at every byte, but a long string inside one at
// every 251st only, for the work grows with the square of the length.
func TestTruncated(t *testing.T) {
	dense := dense
	if testing.Short() {
		dense = 200
	}
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			ends := eventEnds(v.Input)
			rd := new(Reader)
			for n := 0; n < len(v.Input); n++ {
				if n > dense && n < len(v.Input)-dense {
					n = min(n+250, len(v.Input)-dense)
				}
				cut := v.Input[:n]
				got, whole := read(rd, bytes.NewReader(cut)), wholeOf(v.Shape, cut)
				if got.end == "clean" && !whole && !endsCleanly(&v, cut) {
					t.Fatalf("cut at %d of %d: a clean end: %s", n, len(v.Input), got.full)
				}
				if whole && got.end != "clean" {
					t.Fatalf("cut at %d of %d: whole documents are called cut: %s", n, len(v.Input), got.full)
				}
				complete, _ := slices.BinarySearch(ends, n+1)
				if len(got.ids) < complete || !slices.Equal(got.ids[:complete], v.IDs[:complete]) {
					t.Fatalf("cut at %d of %d: got %v, %d events are complete", n, len(v.Input), got.ids, complete)
				}
			}
		})
	}
}

// endsCleanly judges a cut of an input that encoding/json refuses for an element
// that is bad. An envelope or array ends where its input ends; lines end where the
// last of them is a whole document, or is not JSON at all.
func endsCleanly(v *fixtures.Vector, cut []byte) bool {
	if v.Bad == 0 || v.End != "clean" {
		return false
	}
	if v.Shape != "json-lines" {
		return len(bytes.TrimSpace(v.Input[len(cut):])) == 0
	}
	last := cut[bytes.LastIndexByte(cut, '\n')+1:]
	next := v.Input[len(cut):]
	return wholeDocuments(last) || last[0] != '{' || next[0] == '\n' // the bad line itself
}

// dense is how far from either end of an input every byte is a place to cut.
const dense = 1500

// eventEnds gives the offsets behind the events, as the whole input has them.
func eventEnds(input []byte) (ends []int) {
	rd := NewReader(bytes.NewReader(input), Origin{})
	for {
		rec, err := rd.Next()
		var bad *RecordError
		switch {
		case errors.As(err, &bad):
		case err != nil:
			return ends
		case rec.Kind == Event:
			ends = append(ends, int(rd.Offset()))
		}
	}
}

// jsonStrings are whole strings that stand in no array.
var jsonStrings = regexp.MustCompile(`(?:^|\t)"(?:[^"\\]|\\.)*"`)

// exportedAt is what the lines of a log export begin with.
var exportedAt = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT[0-9:.]+Z {`)

// wholeOf is the independent judge of an input of a shape: of tables encoding/csv, of YAML
// its library. That YAML was cut between two of its values nobody can tell.
func wholeOf(shape string, input []byte) bool {
	input = bytes.TrimPrefix(input, []byte("\ufeff"))
	switch {
	case len(input) == 0, shape == "query-result-columns" && input[0] == '{':
	case shape == "event-strings":
		input = jsonStrings.ReplaceAll(input, []byte("[$0]")) // those that stand alone
	case strings.HasSuffix(shape, "-csv"), shape == "query-result-columns":
		r := csv.NewReader(bytes.NewReader(input))
		if first, _, _ := bytes.Cut(input, []byte("\n")); bytes.IndexByte(first, ';') >= 0 {
			r.Comma = ';'
		}
		rows, err := r.ReadAll()
		return err == nil && len(rows) > 0 && bytes.HasSuffix(input, []byte("\n"))
	case shape == "yaml":
		var doc struct {
			Example string
			More    []string
		}
		return yaml.Unmarshal(input, &doc) == nil && json.Valid([]byte(doc.Example))
	case shape == "cloudwatch-export":
		input = exportedAt.ReplaceAll(input, []byte("{"))
	}
	return wholeDocuments(input)
}

// wholeDocuments is the independent judge: it reports whether encoding/json
// takes the input for nothing but whole JSON objects and arrays.
func wholeDocuments(input []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(input, []byte("\ufeff"))))
	for {
		var doc json.RawMessage
		switch err := dec.Decode(&doc); {
		case err == io.EOF:
			return true
		case err != nil || doc[0] != '{' && doc[0] != '[':
			return false
		}
	}
}
