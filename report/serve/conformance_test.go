package serve

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// A bucketStub answers what `aws cloudtrail validate-logs` asks: keys, the region of a bucket, listings, objects. It has what S3
// would have, with the metadata that a copy loses.
type bucketStub struct{ archive *fixtures.SignedArchive }

func (b *bucketStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListPublicKeys"):
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Write(wireKeys(b.archive.Given))
	case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeTrails"):
		io.WriteString(w, `{"trailList":[]}`)
	case strings.Contains(r.Header.Get("X-Amz-Target"), "Organization") || r.Method == http.MethodPost:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		io.WriteString(w, `{"Organization":{"Id":"o-exampleorg1","MasterAccountId":"111122223333"}}`)
	case q.Has("location"):
		io.WriteString(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>`)
	case key == "":
		b.list(w, bucket, q.Get("prefix"), q.Get("marker"))
	default:
		b.object(w, bucket, key)
	}
}

// wireKeys are keys as the service sends them: times are numbers.
func wireKeys(keys []fixtures.SigningKey) []byte {
	type wire struct {
		Value                              []byte
		ValidityStartTime, ValidityEndTime int64
		Fingerprint                        string
	}
	list := []wire{}
	for i := range keys {
		k := &keys[i]
		list = append(list, wire{k.DER, k.Start.Unix(), k.End.Unix(), k.Named()})
	}
	b, err := json.Marshal(map[string]any{"PublicKeyList": list})
	if err != nil {
		panic(err)
	}
	return b
}

func (b *bucketStub) list(w http.ResponseWriter, bucket, prefix, marker string) {
	type content struct{ Key string }
	var page struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		Name        string
		IsTruncated bool
		Contents    []content
	}
	page.Name = bucket
	for _, o := range b.archive.Objects {
		if o.Bucket == bucket && !o.Gone && strings.HasPrefix(o.Key, prefix) && o.Key > marker {
			page.Contents = append(page.Contents, content{o.Key})
		}
	}
	slices.SortFunc(page.Contents, func(a, b content) int { return strings.Compare(a.Key, b.Key) })
	xml.NewEncoder(w).Encode(&page)
}

func (b *bucketStub) object(w http.ResponseWriter, bucket, key string) {
	for _, o := range b.archive.Objects {
		if o.Bucket == bucket && o.Key == key && !o.Gone {
			for k, v := range o.Metadata {
				w.Header()["x-amz-meta-"+k] = []string{v} // the CLI wants it in lower case, as S3 writes it
			}
			w.Write(o.Stored)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`)
}

// cliVerdicts runs the AWS CLI and returns what it says of each object that it says something of: "valid", or what
// follows INVALID.
func cliVerdicts(t *testing.T, aws string, a *fixtures.SignedArchive) (said map[string]string, code int, out string) {
	t.Helper()
	s := httptest.NewServer(&bucketStub{a})
	defer s.Close()
	first := a.Objects[0]
	prefix, _, _ := strings.Cut(first.Key, "AWSLogs/")
	args := []string{"cloudtrail", "validate-logs", "--region", "eu-west-1", "--trail-arn", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main_trail-1",
		"--start-time", "2026-03-02T00:00:00Z", "--end-time", "2026-03-05T00:00:00Z", "--verbose", "--s3-bucket", a.Digests()[len(a.Digests())-1].Bucket}
	if prefix = strings.TrimSuffix(prefix, "/"); prefix != "" {
		args = append(args, "--s3-prefix", prefix)
	}
	cmd := exec.Command(aws, args...)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+s.URL, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=x", "AWS_SESSION_TOKEN=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1")
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, o := range a.Objects {
		names["s3://"+o.Bucket+"/"+o.Key] = o.Name
	}
	said = map[string]string{}
	for line := range strings.SplitSeq(string(b), "\n") {
		parts := strings.Split(strings.TrimPrefix(line, "(backfill) "), "\t")
		if len(parts) < 3 || parts[0] != "Digest file" && parts[0] != "Log file" {
			continue
		}
		name := names[parts[1]]
		if name == "" {
			t.Errorf("the CLI names %s", parts[1])
		}
		if was := said[name]; was == "" || was == "valid" {
			said[name] = strings.TrimSpace(strings.TrimPrefix(strings.Join(parts[2:], " "), "INVALID:"))
		}
	}
	return said, code, string(b)
}

// ourVerdicts judges a copy of the same objects, with their metadata.
func ourVerdicts(t *testing.T, a *fixtures.SignedArchive) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	if err := a.Copy(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := integrity.ParseKeys(fixtures.KeyFile(a.Given...))
	if err != nil {
		t.Fatal(err)
	}
	ring := &integrity.Keyring{}
	ring.Add(keys...)
	res, err := scan.Run(t.Context(), scan.Config{
		Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 64 << 20, HashOnly: true, Sinks: func(*scan.Conclusion) ([]scan.Sink, error) { return nil, nil },
		Integrity: scan.Integrity{Keys: ring, Feed: func(to *integrity.Taker) error {
			return to.Read("heads.jsonl", bytes.NewReader(fixtures.Sidecars(a.Known(fixtures.AllMetadata)...)))
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	verdicts := map[string]string{}
	for r, err := range res.Integrity.Rows {
		if err != nil {
			t.Fatal(err)
		}
		key := r.Key
		if r.Object != nil {
			_, path, err := res.Names.Name(*r.Object)
			if err != nil {
				t.Fatal(err)
			}
			_, below, _ := strings.Cut(path, "AWSLogs/")
			key = "AWSLogs/" + below
		}
		for _, o := range a.Objects {
			if strings.HasSuffix(o.Key, key) || strings.HasSuffix(key, o.Key) {
				verdicts[o.Name] = string(r.Verdict) + ":" + r.Reason + "+" + strings.Join(r.Notes, "+")
			}
		}
	}
	return verdicts
}

// agree reports whether a verdict of the CLI and one of ours say the same.
func agree(cli, ours string) bool {
	verdict, _, _ := strings.Cut(ours, ":")
	switch {
	case cli == "" && ours == "": // of an absent one whose neighbours are absent too
		return true
	case cli == "valid":
		return verdict == "signed" || verdict == "verified"
	case cli == "not found":
		return verdict == "absent"
	case cli == "hash value doesn't match":
		return verdict == "modified"
	case cli == "has been moved from its original location":
		return strings.HasPrefix(ours, "invalid:moved")
	case cli == "invalid format":
		return strings.HasPrefix(ours, "invalid:format")
	case cli == "signature verification failed":
		return strings.HasPrefix(ours, "invalid:signature") || strings.HasPrefix(ours, "invalid:hash-link")
	case strings.HasPrefix(cli, "public key not found"):
		return strings.HasSuffix(verdict, "linked") || strings.HasPrefix(ours, "unverified:no-key") || verdict == "anchored"
	case strings.HasPrefix(cli, "Unable to load PKCS #1 key"):
		return strings.Contains(ours, "bad-key")
	case cli == "": // it does not speak of logs of digests that are not valid, and of what no digest names
		return verdict == "uncovered" || verdict == "consistent"
	}
	return false
}

// differences are where the AWS CLI (1.45.11) is wrong or says less: by tampering, by object or, under "exit", by exit code
// what it says, and why. "*" stands for all objects of which the tampering's other rows do not speak.
var differences = map[string]struct {
	why  string
	says map[string]string
}{
	"signed with upper-case hashes":                   {"it compares hexadecimal as text", map[string]string{"L2.1": "hash value doesn't match", "exit": "1"}},
	"signed without logFiles":                         {"it crashes (KeyError) and judges nothing else", map[string]string{"*": "", "D3": "valid", "exit": "255"}},
	"signature in the metadata changed":               {"it does not use the signature that the next digest repeats", map[string]string{"L2.1": "", "D2": "signature verification failed", "exit": "1"}},
	"digest unpacked by a browser":                    {"it takes plain JSON named .gz for a wrong format", map[string]string{"L2.1": "", "D2": "invalid format", "exit": "1"}},
	"log unpacked by a browser":                       {"it takes plain JSON named .gz for a wrong format", map[string]string{"L1.1": "invalid format", "exit": "1"}},
	"digest without its gzip trailer":                 {"of a log it does not check the gzip trailer, of a digest it does; the content is whole", map[string]string{"D3": "invalid format", "exit": "1"}},
	"log with a wrong checksum":                       {"it checks the gzip trailer where there is one, and not whether there is one; the content is whole", map[string]string{"L1.1": "invalid format", "exit": "1"}},
	"key as SubjectPublicKeyInfo":                     {"it reads PKCS #1 only", map[string]string{"*": "", "D1": pkcs1Text, "D2": pkcs1Text, "D3": pkcs1Text, "D4": pkcs1Text, "D5": pkcs1Text, "exit": "1"}},
	"only the newer key is there":                     {"it does not use the hash that the next digest has", map[string]string{"L1.1": "", "L1.2": "", "L2.1": "", "exit": "1"}},
	"organization trail":                              {"with --s3-bucket it finds no digest of an organization's trail, and exits with 0", map[string]string{"*": ""}},
	"signature over a SHA-1 hash":                     {"it believes what a signature says of its own hash", map[string]string{"L5.1": "valid", "D5": "valid", "exit": "0"}},
	"log with a gzip member appended":                 {"before 1.45.12 it does not see what is appended", map[string]string{"exit": "0"}},
	"log with zeros appended":                         {"before 1.45.12 it does not see what is appended", map[string]string{"exit": "0"}},
	"digest with a gzip member appended":              {"it does not see what is appended to a digest", map[string]string{"exit": "0"}},
	"signed over another signature of the one before": {"it does not compare links", map[string]string{"exit": "0"}},
	"signed over another hash of the one before":      {"it does not compare links", map[string]string{"exit": "0"}},
	"another key is there":                            {"coldtrail: without the key nothing is proved, and nothing wrong either", map[string]string{"exit": "1"}},
	"only the older key is there":                     {"coldtrail: without the key nothing is proved, and nothing wrong either", map[string]string{"exit": "1"}},
	"key under another's fingerprint": {"coldtrail: a key that is not the one of its fingerprint can show that a signature is right, and not that one is wrong",
		map[string]string{"D1": failed, "D2": failed, "D3": failed, "D4": failed, "D5": failed, "exit": "1"}},
	"newest digest changed, and said to be of another bucket":                  {"it knows of which bucket the copy is", map[string]string{"D5": "has been moved from its original location"}},
	"newest digest changed, and said to be signed with a key that nobody has":  {"it does not ask who made the signature", map[string]string{"D5": noSuchKey}},
	"newest digests changed, and said to be signed with a key that nobody has": {"it does not ask who made the signature", map[string]string{"D4": noSuchKey, "D5": noSuchKey}},
	"key that is none":            {"coldtrail: without the key nothing is proved, and nothing wrong either", map[string]string{"exit": "1"}},
	"first digest gone":           {"coldtrail: what lies before the copy's first digest is its edge", map[string]string{"exit": "1"}},
	"only the newest digest left": {"coldtrail: what lies before the copy's first digest is its edge", map[string]string{"exit": "1"}},
	"a copy of one day":           {"coldtrail: what lies before the copy's first digest is its edge", map[string]string{"exit": "1"}},
}

const (
	failed    = "signature verification failed"
	noSuchKey = "public key not found in region eu-west-1 for fingerprint abababababababababababababababab"
)

const pkcs1Text = "Unable to load PKCS #1 key with fingerprint 188336a3b20b51130883f1dde8d735d9"

// The AWS CLI and coldtrail say the same of the same objects, but where the CLI is known to be wrong or to say less.
func TestConformance(t *testing.T) {
	aws := awsCLI(t)
	var mu sync.Mutex
	scenarios, objects, differ := 0, 0, 0
	t.Run("scenarios", func(t *testing.T) {
		for i, tampering := range fixtures.Tamperings() {
			if (testing.Short() || !testing.Verbose()) && i%8 != 0 { // each takes a second or two of the CLI's; -v is for all, as in .ci/run
				continue
			}
			t.Run(strings.ReplaceAll(tampering.Name, " ", "-"), func(t *testing.T) {
				t.Parallel()
				a := tampering.Archive()
				cli, code, out := cliVerdicts(t, aws, a)
				n, d := compare(t, &tampering, a, cli, code, ourVerdicts(t, a))
				if t.Failed() {
					t.Log(out)
				}
				mu.Lock()
				defer mu.Unlock()
				scenarios, objects, differ = scenarios+1, objects+n, differ+d
			})
		}
	})
	t.Logf("%d scenarios, %d objects of which both speak; %d known differences", scenarios, objects, differ)
}

// compare compares what was said of each object, and the exit codes; n objects were compared, of which differ are known to be
// judged otherwise.
func compare(t *testing.T, tampering *fixtures.Tampering, a *fixtures.SignedArchive, cli map[string]string, code int, ours map[string]string) (n, differ int) {
	known := differences[tampering.Name].says
	for _, o := range a.Objects {
		if strings.ContainsAny(o.Name[:1], "uo") { // of a region or trail that it was not asked for
			continue
		}
		want, named := known[o.Name]
		if !named {
			want, named = known["*"]
		}
		switch {
		case agree(cli[o.Name], ours[o.Name]):
		case named && cli[o.Name] == want:
			differ++
		default:
			t.Errorf("%s: the CLI says %q, coldtrail %q", o.Name, cli[o.Name], ours[o.Name])
		}
		n++
	}
	want, named := known["exit"]
	if wrong := tampering.IsWrong(fixtures.AllMetadata); (code != 0) != wrong {
		differ++
		if !named || fmt.Sprint(code) != want {
			t.Errorf("the CLI's exit code is %d, and wrong is %t", code, wrong)
		}
	}
	return n, differ
}
