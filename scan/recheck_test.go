package scan

import (
	"archive/zip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rechecked is what RecheckEvidence tells, a line an object.
func rechecked(t *testing.T, was []Object, path string, find bool, given ...Foreign) (lines []string, manifests []ManifestOutcome) {
	t.Helper()
	cfg := Recheck{Path: path, Find: find, Given: given, Memory: 4 << 20, WorkDir: t.TempDir()}
	if was != nil {
		cfg.Was = func(yield func(Object, error) bool) {
			for _, o := range was {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
	cfg.Done = func(m *ManifestOutcome) error { manifests = append(manifests, *m); return nil }
	cfg.Each = func(r *Rechecked) error {
		line := r.Path + ":"
		switch {
		case r.Was == nil:
			line += " new"
		case r.Is == nil:
			line += " gone"
		case r.Was.SHA256 != r.Is.SHA256 && r.Is.Reason != "":
			line += " " + r.Is.Reason
		case r.Was.SHA256 != r.Is.SHA256:
			line += " changed"
		default:
			line += " same"
		}
		for _, c := range r.Claims {
			for _, s := range c.Sums {
				line += fmt.Sprintf(" %s:%d:%t", s.Algorithm, c.Line, string(r.Sums[s.Algorithm]) == string(s.Value))
			}
		}
		if r.More > 0 {
			line += fmt.Sprintf(" +%d", r.More)
		}
		lines = append(lines, line)
		return nil
	}
	if err := RecheckEvidence(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(cfg.WorkDir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	return lines, manifests
}

func sameAll(lines []string) bool {
	return len(lines) > 0 && !slices.ContainsFunc(lines, func(s string) bool { return !strings.HasSuffix(s, ": same") })
}

// Whatever object is changed, in a container or not, is found by its name.
func TestRecheck(t *testing.T) {
	inner := map[string]string{"a.json": event("a"), "sub/b.json.gz": zipped(records(event("b"))), "back\\slash": "x"}
	nested := map[string]string{"in.tar.gz": zipped(tarOf(t, inner)), "in.zip": zipOf(t, inner, zip.Deflate), "c.json": event("c")}
	files := map[string]string{
		"AWSLogs/d.json.gz": zipped(records(event("d"))), "odd \xff name": event("e"), "empty": "",
		"deep.zip": zipOf(t, nested, zip.Store), "deep.tar.gz": zipped(tarOf(t, nested)), "plain.tar": tarOf(t, nested), "bad.zip": zipOf(t, inner, zip.Deflate)[:200],
	}
	dir := evidence(t, files)
	was := tryUnchecked(t, Config{}, dir).objects
	if len(was) < 35 {
		t.Errorf("%d objects", len(was))
	}
	if lines, _ := rechecked(t, was, dir, true); !sameAll(lines) || len(lines) != len(was) {
		t.Errorf("%d of %d: %q", len(lines), len(was), lines)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, append([]byte(content), 'x'), 0o666); err != nil {
			t.Fatal(err)
		}
		lines, _ := rechecked(t, was, dir, true)
		if !slices.Contains(lines, shown(name)+": changed") {
			t.Errorf("%s: %q", name, lines)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if lines, _ = rechecked(t, was, dir, true); !slices.Contains(lines, shown(name)+": gone") {
			t.Errorf("%s: %q", name, lines)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	inner["a.json"] = event("A")
	nested["in.tar.gz"] = zipped(tarOf(t, inner))
	if err := os.WriteFile(filepath.Join(dir, "deep.zip"), []byte(zipOf(t, nested, zip.Store)), 0o666); err != nil {
		t.Fatal(err)
	}
	lines, _ := rechecked(t, was, dir, true)
	changed := slices.DeleteFunc(lines, func(s string) bool { return strings.HasSuffix(s, ": same") })
	if want := []string{"deep.zip: changed", "deep.zip!in.tar.gz: changed", "deep.zip!in.tar.gz!a.json: changed"}; !slices.Equal(changed, want) {
		t.Errorf("%q", changed)
	}
	if err := os.Symlink("empty", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	if lines, _ := rechecked(t, was, dir, true); !slices.Contains(lines, "link: new") {
		t.Errorf("%q", lines)
	}
}

// Standard input is compared with the file in which it was kept.
// A path that is named without end is compared so many times, and what is left over is counted: everything else has its result.
func TestRecheckOfOnePathNamedWithoutEnd(t *testing.T) {
	dir := t.TempDir()
	var sums strings.Builder
	for _, name := range []string{"a.json", "b.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(event(name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := func(name string) string { return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(event(name))), name) }
	sums.WriteString(strings.Repeat(line("a.json"), maxOfPath+5) + line("b.json"))
	lines, manifests := rechecked(t, nil, dir, false, Foreign{"sums", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(sums.String())), nil }})
	if len(lines) != 2 || !strings.HasSuffix(lines[0], " +5") || strings.Count(lines[0], ":true") != maxOfPath || !strings.HasSuffix(lines[1], fmt.Sprintf(" sha256:%d:true", maxOfPath+6)) {
		t.Errorf("%.200q", lines)
	}
	if len(manifests) != 1 || manifests[0].Claims != maxOfPath+6 {
		t.Errorf("%+v", manifests)
	}
}

func TestRecheckStdin(t *testing.T) {
	content := zipOf(t, bagPayload, zip.Deflate)
	o := tryUnchecked(t, Config{Stdin: strings.NewReader(content)}, "-")
	dir := evidence(t, map[string]string{"kept.zip": content})
	var lines []string
	err := RecheckEvidence(t.Context(), Recheck{
		Path: filepath.Join(dir, "kept.zip"), Stdin: true, Memory: 4 << 20, WorkDir: t.TempDir(),
		Was: func(yield func(Object, error) bool) {
			for _, o := range o.objects {
				yield(o, nil)
			}
		},
		Each: func(r *Rechecked) error {
			if r.Was == nil || r.Is == nil || r.Was.SHA256 != r.Is.SHA256 {
				t.Errorf("%+v", r)
			}
			lines = append(lines, r.Path)
			return nil
		},
	})
	if err != nil || len(lines) != 5 || lines[0] != "stdin" {
		t.Errorf("%q, %v", lines, err)
	}
}

// Others' manifests are understood wherever they lie, and whatever machine they were made on.
func TestForeignManifests(t *testing.T) {
	files := map[string]string{"t/a/x.json": event("x"), "t/b/y.json": event("y"), "t/b/z.json": event("z")}
	manifest := func(form string, names ...string) (text string) {
		for i, of := range []string{"t/a/x.json", "t/b/y.json", "t/b/z.json"} {
			b := []byte(files[of])
			switch form {
			case "md5":
				text += fmt.Sprintf("%x  %s\n", md5.Sum(b), names[i])
			case "sha256":
				text += fmt.Sprintf("%X *%s\r\n", sha256.Sum256(b), names[i])
			case "certutil":
				text += fmt.Sprintf("SHA1 hash of %s:\r\n%x\r\nCertUtil: -hashfile command completed successfully.\r\n", names[i], sha1.Sum(b))
			}
		}
		return text
	}
	for name, tt := range map[string]struct{ at, text, under string }{
		"at the root":          {"SHA256SUMS", manifest("sha256", "t/a/x.json", "./t/b/y.json", "t/b/z.json"), ""},
		"of a directory":       {"t/md5sum.txt", manifest("md5", "a/x.json", "b/y.json", "b/z.json"), "t/"},
		"below another":        {"sums/all.sha256", manifest("sha256", "t/a/x.json", "t/b/y.json", "t/b/z.json"), ""},
		"with absolute paths":  {"x.md5", manifest("md5", "/mnt/ev/t/a/x.json", "/mnt/ev/t/b/y.json", "/mnt/ev/t/b/z.json"), ""},
		"of Windows":           {"hashes.sha1.txt", manifest("certutil", `D:\ev\t\a\x.json`, `D:\ev\t\b\y.json`, `D:\ev\t\b\z.json`), ""},
		"of Windows, relative": {"t/hashes.sha1.txt", manifest("certutil", `.\a\x.json`, `.\b\y.json`, `.\b\z.json`), "t/"},
	} {
		all := map[string]string{tt.at: tt.text}
		for k, v := range files {
			all[k] = v
		}
		for in, dir := range map[string]string{
			"":                 evidence(t, all),
			"deep.zip!":        evidence(t, map[string]string{"deep.zip": zipOf(t, all, zip.Deflate)}),
			"x.zip!in.tar.gz!": evidence(t, map[string]string{"x.zip": zipOf(t, map[string]string{"in.tar.gz": zipped(tarOf(t, all))}, zip.Store)}),
		} {
			lines, manifests := rechecked(t, nil, dir, true)
			hold := 0
			for _, line := range lines {
				if strings.Contains(line, ":true") {
					hold++
				}
			}
			if len(manifests) != 1 || hold != 3 || !manifests[0].Matched || manifests[0].Claims != 3 || len(manifests[0].Problems) > 0 || manifests[0].Under != in+tt.under {
				t.Errorf("%s in %q: %q, %+v", name, in, lines, manifests)
			}
			if lines, manifests = rechecked(t, nil, dir, false); len(manifests) > 0 || strings.Contains(strings.Join(lines, ""), "true") {
				t.Errorf("%s in %q: found, though it was not to be: %+v", name, in, manifests)
			}
		}
	}

	dir := evidence(t, files)
	given := func(name, text string) Foreign {
		return Foreign{name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	lines, manifests := rechecked(t, nil, dir, true,
		given("given", manifest("md5", "q/t/a/x.json", "q/t/b/y.json", "q/t/b/w.json")+"rubbish\n"),
		Foreign{"broken", func() (io.ReadCloser, error) { return nil, os.ErrPermission }})
	if want := []string{"t/a/x.json: new md5:1:true", "t/b/w.json: new md5:3:false", "t/b/y.json: new md5:2:true", "t/b/z.json: new"}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if len(manifests) != 2 || manifests[0].Strip != 1 || len(manifests[0].Problems) != 1 || len(manifests[1].Problems) == 0 {
		t.Errorf("%+v", manifests)
	}
	// One that lies there and is of something else claims nothing of the evidence; one that was given does.
	files["old.md5"] = manifest("md5", "1", "2", "3")
	lines, manifests = rechecked(t, nil, evidence(t, files), true, given("given", files["old.md5"]))
	if len(manifests) != 2 || manifests[0].Matched || manifests[1].Matched || len(lines) != 7 {
		t.Errorf("%q, %+v", lines, manifests)
	}
}

func TestFilePath(t *testing.T) {
	for _, path := range []string{"", "a", `a\b`, `\`, `\\`, `\x41`, "\xff", "a\xff\\x\xfe", "ä\ufffd"} {
		if got := FilePath(shown(path)); got != path {
			t.Errorf("%q is shown as %q, and that is %q", path, shown(path), got)
		}
	}
}

func TestMembers(t *testing.T) {
	inner := map[string]string{"a.json": event("a"), "b.json": event("b")}
	dir := evidence(t, map[string]string{
		"x.zip": zipOf(t, map[string]string{"in.zip": zipOf(t, inner, zip.Deflate), "c": "c"}, zip.Store), "x.zip!file": "f", "y": "y", "empty.zip": zipOf(t, nil, zip.Store),
	})
	var m Members
	var files []string
	for _, o := range tryUnchecked(t, Config{}, dir).objects {
		if !m.Is(&o) {
			files = append(files, o.Path)
		}
	}
	if want := []string{"empty.zip", "x.zip", "x.zip!file", "y"}; !slices.Equal(files, want) {
		t.Errorf("%q", files)
	}
}
