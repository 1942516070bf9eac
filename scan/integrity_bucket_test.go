package scan

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/coldtrail/coldtrail/scan/integrity"
)

// A bucket may be named for evidence, for something in it, and for a directory around it.
func TestBucketPlaces(t *testing.T) {
	for _, c := range []struct {
		path, evidence string
		want           integrity.Bucket // its Name is left out; "": it is no part of the evidence
	}{
		{"ev", "ev", integrity.Bucket{Name: "b"}},
		{"./ev/", "ev", integrity.Bucket{Name: "b"}},
		{"ev/a/b", "ev", integrity.Bucket{Name: "b", Dir: "a/b"}},
		{"ev/in.zip!x", "ev", integrity.Bucket{Name: "b", Dir: "in.zip!x"}},
		{"ev", "ev/AWSLogs/1", integrity.Bucket{Name: "b", Within: "AWSLogs/1/"}},
		{"evidence", "ev", integrity.Bucket{}},
		{"ev", "evidence", integrity.Bucket{}},
		{"-", "ev", integrity.Bucket{}},
		{"ev", "-", integrity.Bucket{}},
		{"-", "-", integrity.Bucket{Name: "b"}},
		{"in.zip", "in.zip", integrity.Bucket{Name: "b"}},
		{"in.zip!x/y", "in.zip", integrity.Bucket{Name: "b", Dir: "in.zip!x/y"}},
		{"ev!x", "ev", integrity.Bucket{}}, // a directory is no container
		{".", "AWSLogs/x.json", integrity.Bucket{Name: "b", Within: "AWSLogs/"}},
		{".", "x.json", integrity.Bucket{Name: "b"}},
	} {
		t.Chdir(t.TempDir())
		switch filepath.Ext(c.evidence) {
		case "":
			if err := os.MkdirAll(c.evidence, 0o777); err != nil {
				t.Fatal(err)
			}
		default:
			if err := errors.Join(os.MkdirAll(filepath.Dir(c.evidence), 0o777), os.WriteFile(c.evidence, nil, 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		b := Bucket{Name: "b", Path: c.path}
		got, ok, err := b.in(c.evidence, "label")
		if ok {
			c.want.Source = "label"
		} else {
			got = integrity.Bucket{}
		}
		if err != nil || ok != (c.want.Name != "") || got != c.want {
			t.Errorf("%s of %s: %+v, %t, %v", c.path, c.evidence, got, ok, err)
		}
	}
	for path, want := range map[string]string{"ev": "", "ev/a": "a", "ev#2": "none", "in.zip": "none", "/ev": "none"} {
		b := Bucket{Name: "b", Path: path}
		if got, ok := b.Of("ev"); ok != (want != "none") || ok && got.Dir != want {
			t.Errorf("%s: %+v, %t", path, got, ok)
		}
	}
	b := Bucket{Name: "b", Path: "in.zip#2!x", Prefix: "p", Whole: true}
	if got, ok := b.Of("in.zip#2"); !ok || got != (integrity.Bucket{Name: "b", Source: "in.zip#2", Dir: "in.zip!x", Prefix: "p/", Whole: true}) {
		t.Errorf("%+v, %t", got, ok)
	}
}

// TestBucketOfHostileLabel: the label of a case's evidence stands in a file that anybody may have written.
func TestBucketOfHostileLabel(t *testing.T) {
	for _, label := range []string{"foo/", "foo//", "/", ""} {
		b := Bucket{Name: "b", Path: "foo"}
		if own, ok := b.Of(label); ok && own.Source != label {
			t.Errorf("%q: %+v", label, own)
		}
	}
	b := Bucket{Name: "b", Path: "foo"}
	if _, ok := b.Of("foo/"); !ok {
		t.Error("foo/ is not foo")
	}
}
