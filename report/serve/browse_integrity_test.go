package serve

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// signedCase is the case of a copy in which a log was changed and a digest is gone.
func signedCase(t *testing.T) (dir string, a *fixtures.SignedArchive) {
	t.Helper()
	a = fixtures.NewSigned(fixtures.SignedConfig{})
	a.Named("D3").Gone = true
	log := a.Named("L1.2")
	log.SetContent([]byte(strings.Replace(string(log.Content()), `"eventName":"`, `"eventName":"X`, 1)))
	evidence := filepath.Join(t.TempDir(), "copy")
	if err := a.Copy(evidence); err != nil {
		t.Fatal(err)
	}
	return makeCase(t, evidence), a
}

// The browser says what the digests prove: of the case, of a chain, and of each event; and the same of a later revision.
func TestIntegrityPage(t *testing.T) {
	dir, a := signedCase(t)
	p := openPages(t, Case{"case", dir})
	says := func(page string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("no %q in\n%s", w, page)
			}
		}
	}
	says(p.page("/integrity", http.StatusOK), "<h1>Integrity</h1>", "1 log file is modified", "ABSENT: digests of this time are not in this copy", "No public key was given",
		"trail main_trail-1 of eu-west-1", `<td class="error">modified</td>`, ">copy/AWSLogs/111122223333/CloudTrail/eu-west-1/", "s3://acme-trail-logs/"+a.Named("D3").Key)
	timeline := p.page("/timeline", http.StatusOK)
	says(timeline, `<span class="tag iv-consistent"`, `<span class="tag iv-modified"`)
	event, _, _ := strings.Cut(timeline, "iv-modified")
	event = event[strings.LastIndex(event, "/event/"):]
	event = event[:strings.IndexByte(event, '"')]
	says(p.page(event, http.StatusOK), "modified: the object&#39;s content is NOT what its digest names")

	kase, err := report.OpenCase(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kase.Close()
	keys, err := integrity.ParseKeys(fixtures.KeyFile(a.Given...))
	if err != nil {
		t.Fatal(err)
	}
	ring := &integrity.Keyring{}
	ring.Add(keys...)
	judged, err := kase.Judge(t.Context(), report.Judging{Keys: ring, Dir: t.TempDir(), Memory: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := kase.Revise(judged); err != nil {
		t.Fatal(err)
	}
	if err := judged.Close(); err != nil {
		t.Fatal(err)
	}
	p = openPages(t, Case{"case", dir})
	says(p.page("/integrity", http.StatusOK), `<span class="sub">revision 2</span>`, "Signatures verify under", "signed (")
	says(p.page("/timeline", http.StatusOK), `<span class="tag iv-verified"`)
	object := p.page("/objects/3", http.StatusOK)
	says(object, "<dt>Integrity</dt>")

	if err := os.Remove(filepath.Join(dir, "integrity", "rev-002.json")); err != nil {
		t.Fatal(err)
	}
	p = openPages(t, Case{"case", dir})
	says(p.page("/integrity", http.StatusInternalServerError), "integrity/rev-002.json")
}

// A case without digests says so.
func TestIntegrityPageWithout(t *testing.T) {
	p := openPages(t, Case{"case", makeCase(t, writeRecords(t, plainRecords...))})
	if page := p.page("/integrity", http.StatusOK); !strings.Contains(page, "has no digest file") {
		t.Errorf("%s", page)
	}
	if page := p.page("/event/0", http.StatusOK); strings.Contains(page, "<dt>Integrity</dt>") {
		t.Errorf("%s", page)
	}
}

// What a digest says is the evidence's, and is shown as text.
func TestIntegrityPageHostile(t *testing.T) {
	page := openPages(t, Case{"case", hostiled(t)}).page("/integrity", http.StatusOK)
	for _, want := range []string{`trail t&#34;&gt;&lt;img src=x onerror=document.title=&#39;PWNED&#39;&gt;`, `&lt;script&gt;document.title=&#34;PWNED&#34;&lt;/script&gt;`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "<img") || strings.Contains(page, "<script>") {
		t.Errorf("%s", page)
	}
}
