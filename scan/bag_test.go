package scan

import (
	"archive/zip"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// bagOf makes a bag of the payload, below prefix.
func bagOf(prefix string, payload map[string]string) map[string]string {
	files := map[string]string{prefix + "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"}
	var size int
	var manifests [3]string
	for _, name := range slices.Sorted(maps.Keys(payload)) {
		content := payload[name]
		size += len(content)
		files[prefix+"data/"+name] = content
		path := strings.NewReplacer("%", "%25", "\n", "%0A").Replace("data/" + name)
		manifests[0] += fmt.Sprintf("%x  %s\n", md5.Sum([]byte(content)), path)
		manifests[1] += fmt.Sprintf("%X *%s\n", sha256.Sum256([]byte(content)), path)
		manifests[2] += fmt.Sprintf("%x\t%s\n", sha512.Sum512([]byte(content)), path)
	}
	for i, algo := range []string{"md5", "sha256", "sha512"} {
		files[prefix+"manifest-"+algo+".txt"] = manifests[i]
	}
	files[prefix+"bag-info.txt"] = fmt.Sprintf("Source-Organization: x\nPayload-Oxum: %d.%d\n", size, len(payload))
	files[prefix+"tagmanifest-sha256.txt"] = fmt.Sprintf("%x  bag-info.txt\n", sha256.Sum256([]byte(files[prefix+"bag-info.txt"])))
	return files
}

var bagPayload = map[string]string{"a.json": event("a"), "sub/b.json.gz": zipped(records(event("b"))), "100% c.txt": "hello", "empty.json": event("c")}

// bagProblems are the problems that validation found, by object.
func bagProblems(o *outcome) (all []string) {
	for _, p := range o.problems {
		if text, ok := strings.CutPrefix(p.Text, "BagIt: "); ok {
			all = append(all, o.objects[p.Object].Path+": "+text)
		}
	}
	return all
}

func TestBag(t *testing.T) {
	for _, prefix := range []string{"", "evidence/bag/"} {
		files := bagOf(prefix, bagPayload)
		for name, contained := range map[string]map[string]string{"": files, "x.zip!": {"x.zip": zipOf(t, files, zip.Deflate)}, "x.tar.gz!": {"x.tar.gz": zipped(tarOf(t, files))}} {
			o := try(t, Config{}, evidence(t, contained))
			b := o.object(t, name+prefix+"bagit.txt")
			if p := bagProblems(o); len(p) > 0 || o.totals.Problems > 0 || b.Status != Recognised || !slices.Contains(b.Notes, "BagIt bag of 4 files, 0 problems") || len(o.entries) != 3 {
				t.Errorf("%s%s: %q, %+v", name, prefix, p, b)
			}
		}
	}
}

func TestBadBags(t *testing.T) {
	inner := zipOf(t, map[string]string{"z.json": event("z")}, zip.Deflate)
	for what, tt := range map[string]struct {
		spoil func(files map[string]string)
		want  string // that a problem begins with
	}{
		"altered":               {func(f map[string]string) { f["data/a.json"] = event("x") }, "data/a.json: is not what manifest-md5.txt says"},
		"of the same size, too": {func(f map[string]string) { f["data/100% c.txt"] = "hullo" }, "data/100% c.txt: is not what manifest-sha512.txt says"},
		"added":                 {func(f map[string]string) { f["data/new.json"] = event("x") }, "data/new.json: is not in manifest-sha256.txt"},
		"removed":               {func(f map[string]string) { delete(f, "data/a.json") }, `manifest-sha256.txt: names a file that is not there: "data/a.json"`},
		"size":                  {func(f map[string]string) { f["data/new.json"] = event("x") }, "bag-info.txt: says of the payload"},
		"first of all":          {func(f map[string]string) { f["bag-info.txt"] = "Payload-Oxum: 1.1\n" }, "bag-info.txt: says of the payload"},
		"a tag file":            {func(f map[string]string) { f["bag-info.txt"] += "Contact: y\n" }, "bag-info.txt: is not what tagmanifest-sha256.txt says"},
		"leads out": {func(f map[string]string) {
			f["manifest-md5.txt"] += strings.Repeat("0", 32) + "  data/../../etc/passwd\n"
		}, "manifest-md5.txt: names a file outside of the bag"},
		"leads home":      {func(f map[string]string) { f["manifest-md5.txt"] += strings.Repeat("0", 32) + "  ~root/x\n" }, "manifest-md5.txt: names a file outside of the bag"},
		"not the payload": {func(f map[string]string) { f["manifest-md5.txt"] += strings.Repeat("0", 32) + "  bagit.txt\n" }, "manifest-md5.txt: names what is not"},
		"malformed":       {func(f map[string]string) { f["manifest-md5.txt"] += "who knows\n" }, "manifest-md5.txt: is malformed"},
		"a huge line":     {func(f map[string]string) { f["manifest-md5.txt"] += strings.Repeat("x", maxBagLine+1) }, "manifest-md5.txt: bufio.Scanner: token too long"},
		"twice":           {func(f map[string]string) { f["manifest-md5.txt"] += strings.SplitAfter(f["manifest-md5.txt"], "\n")[0] }, "manifest-md5.txt: names a file twice"},
		"to be fetched":   {func(f map[string]string) { f["fetch.txt"] = "http://192.0.2.1/x 5 data/x\n" }, "fetch.txt: names 1 files that lie elsewhere: they are never fetched"},
		"no version":      {func(f map[string]string) { f["bagit.txt"] = "hello\n" }, "bagit.txt: has no BagIt-Version"},
		"no manifest": {func(f map[string]string) {
			maps.DeleteFunc(f, func(name, _ string) bool { return strings.HasPrefix(name, "manifest-") })
		}, "bagit.txt: has no manifest of its payload"},
		"a container": {func(f map[string]string) { f["data/x.zip"] = inner }, "bagit.txt: data/x.zip is not in manifest-md5.txt"},
	} {
		files := bagOf("", bagPayload)
		tt.spoil(files)
		o := try(t, Config{}, evidence(t, files))
		p := bagProblems(o)
		if !slices.ContainsFunc(p, func(s string) bool { return strings.HasPrefix(s, tt.want) }) {
			t.Errorf("%s: %q", what, p)
		}
		for _, text := range p {
			path, _, _ := strings.Cut(text, ": ")
			if b := o.object(t, path); b.Status != Damaged && b.Status != Unreadable {
				t.Errorf("%s: %+v", what, b)
			}
		}
		if len(o.entries) < 2 {
			t.Errorf("%s: %d events", what, len(o.entries))
		}
	}
}

// TestTooManyBags: a bag that is not validated, because there are so many, is said to be none that was.
func TestTooManyBags(t *testing.T) {
	files := map[string]string{}
	for i := range maxBags + 2 {
		files[fmt.Sprintf("%03d/bagit.txt", i)] = "BagIt-Version: 1.0\n"
	}
	o := try(t, Config{}, evidence(t, files))
	for i := range maxBags + 2 {
		b := o.object(t, fmt.Sprintf("%03d/bagit.txt", i))
		if said := strings.HasPrefix(b.Reason, "BagIt: not validated"); said != (i >= maxBags) || b.Status != Damaged {
			t.Errorf("%d: %+v", i, b)
		}
	}
	r := &run{bags: make([]uint64, maxBags+2), moreBags: 7}
	if text := r.unchecked(maxBags + 1); !strings.Contains(text, "; 7 further ones") || strings.Contains(r.unchecked(maxBags), "further") {
		t.Error(text)
	}
}
