package serve

import (
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A fetcher asks an endpoint in S3's protocol.
type fetcher struct {
	testing.TB
	base string
}

func (f fetcher) do(method, path string, headers map[string]string) (*http.Response, string) {
	f.Helper()
	req, err := http.NewRequest(method, f.base, nil)
	if err != nil {
		f.Fatal(err)
	}
	raw, query, _ := strings.Cut(path, "?")
	req.URL.Path, req.URL.RawPath, req.URL.RawQuery = "", "", query
	req.URL.Opaque = "//" + req.URL.Host + raw // as it stands: no client of ours cleans it
	req.Header.Set("User-Agent", "Boto3/1.43.11")
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		f.Fatalf("%s: %v", path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		f.Fatalf("%s: %v", path, err)
	}
	if res.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(res.Header.Get("Content-Security-Policy"), "sandbox") {
		f.Errorf("%s: a browser could run this: %v", path, res.Header)
	}
	return res, string(b)
}

func (f fetcher) get(path string) (*http.Response, string) {
	f.Helper()
	return f.do("GET", path, nil)
}

// refused asks for what must be refused with that error.
func (f fetcher) refused(path string, status int, code string) {
	f.Helper()
	res, body := f.get(path)
	if res.StatusCode != status || !strings.Contains(body, "<Code>"+code+"</Code>") {
		f.Errorf("%s: %s: %.300s, want %d %s", path, res.Status, body, status, code)
	}
}

type listed struct {
	Name, Prefix, NextMarker, NextContinuationToken string
	KeyCount                                        *int
	IsTruncated                                     bool
	Contents                                        []struct {
		Key, ETag string
		Size      int64
	}
	CommonPrefixes []struct{ Prefix string }
}

func (f fetcher) list(bucket string, query url.Values) (out listed) {
	f.Helper()
	res, body := f.get("/" + bucket + "?" + query.Encode())
	if res.StatusCode != http.StatusOK {
		f.Fatalf("%v: %s %s", query, res.Status, body)
	}
	if err := xml.Unmarshal([]byte(body), &out); err != nil {
		f.Fatal(err)
	}
	return out
}

// lines returns the keys and common prefixes, in order.
func (l *listed) lines() (lines []string) {
	for _, c := range l.Contents {
		lines = append(lines, c.Key)
	}
	for _, p := range l.CommonPrefixes {
		lines = append(lines, p.Prefix)
	}
	slices.Sort(lines)
	return lines
}

// treeNames are chosen so that the order of directories is not that of keys.
var treeNames = []string{
	"a.json", "b/x", "b/y/z", "b-c/x", "b.c", "b0", "AWSLogs/1/2", "AWSLogs/1.gz", "AWSLogs/10/x", "ü/ä", "c d/e+f&g", "c d/%41", "z/z/z/z", "z/z/z/y",
}

func s3Server(t testing.TB) (fetcher, string) {
	dir := filepath.Join(t.TempDir(), "evidence")
	put(t, dir, "a.json", records(plainRecords...))
	for _, name := range treeNames[1:] {
		put(t, dir, name, "content of "+name)
	}
	s := testServer(t, Config{Cases: []Case{{"c", makeCase(t, dir)}}, Evidence: map[string]string{"evidence": dir}})
	return fetcher{t, startServer(t, s)}, dir
}

// model is what S3 answers, made in the simplest way.
func model(all []string, prefix, after, delimiter string) (lines []string) {
	all = slices.Sorted(slices.Values(all))
	for _, key := range all {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if i := strings.Index(key[len(prefix):], delimiter); delimiter != "" && i >= 0 {
			key = key[:len(prefix)+i+len(delimiter)]
		}
		if key > after && !slices.Contains(lines, key) {
			lines = append(lines, key)
		}
	}
	return lines
}

func TestListObjects(t *testing.T) {
	f, _ := s3Server(t)
	for _, prefix := range []string{"", "b", "b/", "b/y", "AWSLogs/1", "AWSLogs/1/", "c d/", "nothing", "z/z/z/z", "a.json/", "../", "/", "b//"} {
		for _, delimiter := range []string{"", "/", "z", "."} {
			for _, after := range []string{"", "b", "b/", "b/x", "b-c/x", "b0", "AWSLogs/1/2", "AWSLogs/", "zz", "c d/"} {
				want := model(treeNames, prefix, after, delimiter)
				for _, size := range []int{1000, 1, 3} {
					query := url.Values{"prefix": {prefix}, "delimiter": {delimiter}, "max-keys": {fmt.Sprint(size)}}
					for _, version := range []string{"1", "2"} {
						query.Del("list-type")
						query.Del("continuation-token")
						query.Set("marker", after)
						if version == "2" {
							query.Set("list-type", "2")
							query.Del("marker")
							query.Set("start-after", after)
						}
						var got []string
						for range len(treeNames) + 1 {
							page := f.list("evidence", query)
							got = append(got, page.lines()...)
							if !page.IsTruncated {
								break
							}
							query.Set("continuation-token", page.NextContinuationToken)
							if version == "1" {
								query.Del("continuation-token")
								query.Set("marker", page.NextMarker)
							}
						}
						if !slices.Equal(got, want) {
							t.Fatalf("version %s, prefix %q, after %q, delimiter %q, %d at once:\n%q, want\n%q", version, prefix, after, delimiter, size, got, want)
						}
					}
				}
			}
		}
	}
}

func TestListDetails(t *testing.T) {
	f, _ := s3Server(t)
	page := f.list("evidence", url.Values{"list-type": {"2"}, "prefix": {"c d/"}, "encoding-type": {"url"}})
	if got := fmt.Sprint(page.lines()); got != "[c%20d/%2541 c%20d/e%2Bf%26g]" || page.Prefix != "c%20d/" || *page.KeyCount != 2 || page.Contents[0].Size != int64(len("content of c d/%41")) {
		t.Errorf("%s %+v", got, page)
	}
	if page := f.list("evidence", url.Values{"max-keys": {"0"}}); len(page.lines()) != 0 || page.IsTruncated {
		t.Errorf("%+v", page)
	}
	f.refused("/nothing", 404, "NoSuchBucket")
	f.refused("/nothing?list-type=2", 404, "NoSuchBucket")
	f.refused("/nothing/x", 404, "NoSuchBucket")
	f.refused("/evidence?max-keys=x", 400, "InvalidArgument")
	f.refused("/evidence?max-keys=-1", 400, "InvalidArgument")
	f.refused("/evidence?list-type=2&continuation-token=%00", 400, "InvalidArgument")
	f.refused("/evidence?list-type=2&continuation-token=zz", 400, "InvalidArgument")
	f.refused("/evidence?list-type=2&encoding-type=base64", 400, "InvalidArgument")
	for _, name := range []string{"acl", "versioning", "policy", "uploads", "versions", "object-lock"} {
		f.refused("/evidence?"+name, 501, "NotImplemented")
		f.refused("/evidence/a.json?"+name, 501, "NotImplemented")
	}
	if res, body := f.get("/evidence?location"); res.StatusCode != 200 || !strings.Contains(body, "<LocationConstraint ") {
		t.Error(res.Status, body)
	}
	f.refused("/nothing?location", 404, "NoSuchBucket")
	f.refused("/evidence?location&acl", 501, "NotImplemented")
	if res, body := f.do("HEAD", "/evidence", nil); res.StatusCode != 200 || body != "" || res.Header.Get("X-Amz-Bucket-Region") != "us-east-1" {
		t.Error(res.Status, body)
	}
	if res, body := f.do("HEAD", "/nothing", nil); res.StatusCode != 404 || body != "" {
		t.Error(res.Status, body)
	}
	if _, body := f.get("/"); !strings.Contains(body, "<Name>evidence</Name>") || !strings.Contains(body, "<Name>coldtrail-results</Name>") {
		t.Error(body)
	}
}

func TestGetObject(t *testing.T) {
	f, dir := s3Server(t)
	for _, name := range treeNames {
		want, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		path := "/evidence/" + strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
		res, body := f.get(path)
		if res.StatusCode != 200 || body != string(want) || res.ContentLength != int64(len(want)) {
			t.Errorf("%s: %s %q", name, res.Status, body)
		}
		if res, body := f.do("HEAD", path, nil); res.StatusCode != 200 || body != "" || res.Header.Get("Content-Length") != fmt.Sprint(len(want)) {
			t.Errorf("%s: %s %v", name, res.Status, res.Header)
		}
		tag := res.Header.Get("ETag")
		if page := f.list("evidence", url.Values{"prefix": {name}}); page.Contents[0].ETag != tag {
			t.Errorf("%s: %s in the list, %s", name, page.Contents[0].ETag, tag)
		}
		if res, _ := f.do("GET", path, map[string]string{"If-None-Match": tag}); res.StatusCode != 304 {
			t.Errorf("%s: %s", name, res.Status)
		}
		if res, body := f.do("GET", path, map[string]string{"Range": "bytes=2-4"}); res.StatusCode != 206 || body != string(want[2:5]) {
			t.Errorf("%s: %s %q", name, res.Status, body)
		}
	}
	if res, _ := f.do("GET", "/evidence/b0", map[string]string{"Range": "bytes=1000-"}); res.StatusCode != 416 {
		t.Error(res.Status)
	}
}

// No name leads out of the evidence, no link is followed, and nothing is written.
func TestEvidenceIsAClosedBox(t *testing.T) {
	f, dir := s3Server(t)
	outside := filepath.Join(filepath.Dir(dir), "secret")
	put(t, filepath.Dir(dir), "secret", "the secret")
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	for link, to := range map[string]string{"linkdir": filepath.Dir(dir), "inner": "b", "innerfile": "b/x", "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, filepath.Dir(dir))
	for _, key := range []string{
		"../secret", "..%2fsecret", "%2e%2e/secret", "b/../../secret", "b/%2e%2e/%2e%2e/secret", "./b0", "b/./x", "b//x", "/b0", "//b0", "%2fetc/passwd", "etc/passwd",
		"..", ".", "b/..", "b", "b/", "link", "linkdir/secret", "inner/x", "innerfile", "up/secret", "b0%00", "b0%00.json", "..%5csecret", "b%5cx", "b0/", "b0/x",
		strings.Repeat("x", 5000), strings.Repeat("../", 200) + "etc/passwd", "b/x%0a", "AWSLogs", "",
	} {
		res, body := f.get("/evidence/" + key)
		if strings.Contains(body, "secret") && !strings.Contains(body, "<Resource>") || strings.Contains(body, "root:") || key != "" && res.StatusCode != 404 {
			t.Errorf("%.100q: %s %.200s", key, res.Status, body)
		}
	}
	page := f.list("evidence", url.Values{})
	if got := page.lines(); !slices.Equal(got, slices.Sorted(slices.Values(treeNames))) {
		t.Errorf("%q", got)
	}
	for _, bucket := range []string{"..", ".", "%2e%2e", "..%2f..", "%2fetc"} {
		for _, path := range []string{"/" + bucket + "/secret", "/" + bucket, "/" + bucket + "?list-type=2"} {
			if res, body := f.get(path); res.StatusCode != 404 && res.StatusCode != 501 {
				t.Errorf("%s: %s %.200s", path, res.Status, body)
			}
		}
	}
	for _, method := range []string{"PUT", "POST", "DELETE", "PATCH", "COPY"} {
		for _, path := range []string{"/evidence/b0", "/evidence/new", "/evidence", "/new", "/evidence?delete", "/coldtrail-results/x"} {
			if res, body := f.do(method, path, nil); res.StatusCode != 403 || !strings.Contains(body, "<Code>AccessDenied</Code>") {
				t.Errorf("%s %s: %s %s", method, path, res.Status, body)
			}
		}
	}
	if after := tree(t, filepath.Dir(dir)); !maps.Equal(before, after) {
		t.Errorf("%v, was %v", after, before)
	}
}

// tree returns what lies in a directory.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A source that is one file is a bucket with one object; one that nobody located is none.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "one.json", records(plainRecords[0]))
	put(t, dir, "other.json", "not evidence")
	put(t, dir, "more/two.json", records(plainRecords[1]))
	kase := makeCase(t, filepath.Join(dir, "one.json"), filepath.Join(dir, "more"))
	f := fetcher{t, startServer(t, testServer(t, Config{Cases: []Case{{"c", kase}}, Evidence: map[string]string{"one.json": filepath.Join(dir, "one.json")}}))}
	if page := f.list("one.json", url.Values{}); fmt.Sprint(page.lines()) != "[one.json]" {
		t.Errorf("%+v", page)
	}
	if _, body := f.get("/one.json/one.json"); body != records(plainRecords[0]) {
		t.Error(body)
	}
	f.refused("/one.json/other.json", 404, "NoSuchKey")
	f.refused("/more/two.json", 404, "NoSuchBucket")
	f.refused("/one.json/../other.json", 404, "NoSuchKey")
	none := fetcher{t, startServer(t, testServer(t, Config{Cases: []Case{{"c", kase}}}))}
	none.refused("/one.json/one.json", 404, "NoSuchBucket")
	gone := fetcher{t, startServer(t, testServer(t, Config{Cases: []Case{{"c", kase}}, Evidence: map[string]string{"more": filepath.Join(dir, "nowhere")}}))}
	gone.refused("/more/two.json", 403, "AccessDenied")
	if _, body := gone.get("/more/two.json"); strings.Contains(body, dir) {
		t.Errorf("the answer has a path of this machine: %s", body)
	}
}
