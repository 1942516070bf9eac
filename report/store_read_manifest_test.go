package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan"
)

// The objects come back as the manifest has them, from any of them on.
func TestObjectsReadAgain(t *testing.T) {
	var many []scan.Object
	long := strings.Repeat("n", sideBytes/1000)
	for i := range 3500 {
		o := objects[i%len(objects)]
		o.Ordinal, o.Path, o.Reason = uint64(i), fmt.Sprintf("%d/%s", i, o.Path), valid(o.Reason)
		o.Source = []string{"evidence", "odd\xfe source"}[i%2]
		o.Notes = [][]string{nil, {"a note"}, {long, "b\n"}}[i%3]
		o.Problems = append([]scan.Problem(nil), o.Problems...)
		for j := range o.Problems {
			o.Problems[j].Text = valid(o.Problems[j].Text)
		}
		many = append(many, o)
	}
	s := shownCase(t, randomRows(41, 10), manyCuts[0])
	var b bytes.Buffer
	if err := writeObjects(&b, &scan.Result{Objects: seq(many)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, objectsFile), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []uint64{0, 1, 3499, 3500, 1 << 63} {
		next := from
		if err := s.Objects(context.Background(), from, func(o *scan.Object) error {
			if want := many[next]; !reflect.DeepEqual(*o, want) {
				t.Fatalf("got  %+v\nwant %+v", *o, want)
			}
			next++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if next != max(from, 3500) {
			t.Errorf("from %d: up to %d", from, next)
		}
	}
	stop := errors.New("stop")
	if err := s.Objects(context.Background(), 0, func(*scan.Object) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Objects(ctx, 0, func(*scan.Object) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Every event has the findings that list it, and no other.
func TestFindingsOf(t *testing.T) {
	s := shownCase(t, randomRows(41, 100), manyCuts[0])
	want := testFindings(100)
	n := 0
	for o := range uint64(101) {
		got, err := s.FindingsOf(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range got {
			if ordinals, known := want.ofFinding(f.ID); !known || !slices.Contains(ordinals, o) {
				t.Errorf("event %d: finding %+v", o, f)
			}
		}
		n += len(got)
	}
	if n != len(want.events) || n == 0 {
		t.Errorf("%d, want %d", n, len(want.events))
	}
}
