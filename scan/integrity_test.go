package scan

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// judged is what a run said of an archive's objects, by their short names.
type judged struct {
	verdicts map[string]string
	result   *integrity.Result
	rows     []integrity.Row
}

// judgeCopy judges a copy with the metadata that is known.
func judgeCopy(t testing.TB, a *fixtures.SignedArchive, dir string, known []*fixtures.S3Object, whole bool) *judged {
	t.Helper()
	keys, err := integrity.ParseKeys(fixtures.KeyFile(a.Given...))
	if err != nil {
		t.Fatal(err)
	}
	ring := &integrity.Keyring{}
	ring.Add(keys...)
	cfg := Config{
		Paths: []string{dir}, WorkDir: t.TempDir(), Memory: 64 << 20, Workers: 2, HashOnly: !whole,
		Sinks: func(*Conclusion) ([]Sink, error) { return nil, nil },
		Integrity: Integrity{Keys: ring, Feed: func(t *integrity.Taker) error {
			if len(known) == 0 {
				return nil
			}
			return t.Read("heads.jsonl", bytes.NewReader(fixtures.Sidecars(known...)))
		}},
	}
	res, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	j := &judged{map[string]string{}, res.Integrity, nil}
	names := map[string]string{}
	for _, o := range a.Objects {
		names[o.Bucket+"/"+o.Key] = o.Name
	}
	for r, err := range res.Integrity.Rows {
		if err != nil {
			t.Fatal(err)
		}
		j.rows = append(j.rows, r)
		key := r.Bucket + "/" + r.Key
		if r.Object != nil {
			_, path, err := res.Names.Name(*r.Object)
			if err != nil {
				t.Fatal(err)
			}
			_, below, _ := strings.Cut(path, "AWSLogs")
			for full := range names {
				if strings.HasSuffix(full, "AWSLogs"+below) && strings.HasPrefix(filepath.ToSlash(path), bucketDir(path, full)) {
					key = full
				}
			}
		}
		v := string(r.Verdict)
		if r.Reason != "" {
			v += ":" + r.Reason
		}
		if r.Beyond {
			v += ":beyond"
		}
		notes := slices.Clone(r.Notes)
		slices.Sort(notes)
		for _, n := range notes {
			v += "+" + n
		}
		if names[key] == "" {
			t.Errorf("%q is nobody's: %+v", key, r)
		}
		if was, twice := j.verdicts[names[key]]; twice {
			t.Errorf("%s is judged twice: %s and %s", names[key], was, v)
		}
		j.verdicts[names[key]] = v
	}
	return j
}

// bucketDir is the directory of the bucket, where the copy has one.
func bucketDir(path, key string) string {
	bucket, _, _ := strings.Cut(key, "/")
	if strings.HasPrefix(path, "acme") {
		return bucket + "/"
	}
	return ""
}

// Every tampering of the catalogue, with all metadata, with that of the head of each chain, and without any.
func TestTamperings(t *testing.T) {
	for _, tampering := range fixtures.Tamperings() {
		t.Run(strings.ReplaceAll(tampering.Name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			a := tampering.Archive()
			dir := filepath.Join(t.TempDir(), "copy")
			if err := a.Copy(dir); err != nil {
				t.Fatal(err)
			}
			for _, m := range []fixtures.Metadata{fixtures.AllMetadata, fixtures.HeadMetadata, fixtures.NoMetadata} {
				for _, whole := range []bool{false, true}[:1+strings.Count(string(m), "all")] {
					got, want := judgeCopy(t, a, dir, a.Known(m), whole), tampering.Expected(a, m)
					if !maps.Equal(got.verdicts, want) {
						for _, name := range slices.Sorted(maps.Keys(union(got.verdicts, want))) {
							if got.verdicts[name] != want[name] {
								t.Errorf("metadata: %s, parsed: %t: %s is %q, want %q", m, whole, name, got.verdicts[name], want[name])
							}
						}
					}
					if got.result.Failed() != tampering.IsWrong(m) {
						t.Errorf("metadata: %s, parsed: %t: wrong: %t, want %t", m, whole, got.result.Failed(), tampering.IsWrong(m))
					}
				}
			}
		})
	}
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// A large archive with whole chains: everything but the newest digest of each chain, and its logs, is proved from the copy alone.
func TestSignedArchive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trail-bucket")
	truth, err := fixtures.Write(dir, fixtures.Config{Seed: 3, Bytes: 2 << 20, Objects: 120, Days: 1, Signed: true})
	if err != nil {
		t.Fatal(err)
	}
	ring := &integrity.Keyring{}
	keys, err := integrity.ParseKeys(fixtures.KeyFile(fixtures.SigningKeys()...))
	if err != nil {
		t.Fatal(err)
	}
	ring.Add(keys...)
	for _, memory := range []int64{64 << 20, 1 << 20} { // the second spills
		res, err := Run(t.Context(), Config{
			Paths: []string{dir}, WorkDir: t.TempDir(), Memory: memory, Workers: 2, HashOnly: true, Integrity: Integrity{Keys: ring},
			Sinks: func(*Conclusion) ([]Sink, error) { return nil, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		n := res.Integrity.Totals
		chains := int64(len(res.Integrity.Chains))
		if n.Failures != 0 || chains != 12 || n.Digests["unverified"] != chains || n.Digests["signed"] < 20*chains || n.Logs["verified"]+n.Logs["consistent"] != truth.Counts.Objects || n.Logs["consistent"] > 2*chains {
			t.Errorf("%d chains of %d objects: %+v", chains, truth.Counts.Objects, n)
		}
		res.Close()
	}
}
