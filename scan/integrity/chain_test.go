package integrity

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each region has a chain of its own: where one begins, what it lacks and which digests are its says nothing of another's.
func TestChainsOfRegions(t *testing.T) {
	l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
	n := uint64(0)
	add := func(region string, end, previous time.Time) {
		t.Helper()
		key := func(at time.Time) string { return strings.ReplaceAll(digestKey(at), "eu-west-1", region) }
		more := map[string]any{"digestS3Object": key(end)}
		if !previous.IsZero() {
			more["previousDigestS3Bucket"], more["previousDigestS3Object"] = "b", key(previous)
		}
		if err := l.Digest(n, "s", key(end), plainDigest(end, more), Container{Packed: true}); err != nil {
			t.Fatal(err)
		}
		n++
	}
	hour := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	add("eu-west-1", hour(1), hour(0))
	add("eu-west-1", hour(0), hour(-1)) // which lies before the copy
	add("us-east-1", hour(3), hour(2))  // which is not there
	add("us-east-1", hour(1), time.Time{})
	add("us-west-2", hour(2), time.Time{})
	r, err := l.Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for _, c := range r.Chains {
		got = append(got, fmt.Sprintf("%s %q %v %s", c.Region, c.Begins, c.Digests, c.Last.Format("15:04")))
		for _, s := range c.Spans {
			got = append(got, fmt.Sprintf("%s-%s %s %d", s.From.Format("15:04"), s.To.Format("15:04"), s.State, s.Named))
		}
	}
	for row, err := range r.Rows {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %d %v %v", row.Verdict, row.Chain, row.Beyond, row.Failure))
	}
	want := strings.Join([]string{
		`eu-west-1 "edge" map[unverified:2] 13:00`, "11:00-13:00 unverified 0",
		`us-east-1 "start" map[absent:1 unverified:2] 15:00`, "12:00-13:00 unverified 0", "13:00-14:00 absent 1", "14:00-15:00 unverified 0",
		`us-west-2 "start" map[unverified:1] 14:00`, "13:00-14:00 unverified 0",
		"unverified 0 false false", "unverified 0 false false", "unverified 1 false false", "unverified 1 false false", "unverified 2 false false",
		"absent 0 true false", "absent 1 false true",
	}, "\n")
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("%s\nwant\n%s", g, want)
	}
}

// A digest whose window begins before the one that it names has ended overlaps that; one that begins with its end does not.
func TestOverlap(t *testing.T) {
	for start, want := range map[time.Time]bool{noon: false, noon.Add(-time.Second): true, noon.Add(time.Minute): false} {
		next := noon.Add(time.Hour)
		rows, _ := judgeAll(t, map[time.Time][]byte{
			noon: plainDigest(noon, nil), next: plainDigest(next, map[string]any{"previousDigestS3Bucket": "b", "previousDigestS3Object": digestKey(noon), "digestStartTime": start.Format(time.RFC3339)}),
		})
		if len(rows) != 2 || slices.Contains(rows[0].Notes, Overlap) != want || slices.Contains(rows[1].Notes, Overlap) {
			t.Errorf("from %s: %+v", start, rows)
		}
	}
}

// What is strange about a digest's file, or about what it says of itself, is noted; bytes behind what is signed are a failure.
func TestDigestFiles(t *testing.T) {
	for _, c := range []struct {
		path      string
		container Container
		more      map[string]any
		want      string
	}{
		{digestKey(noon), Container{Packed: true}, nil, "unverified no-signature [] false"},
		{digestKey(noon), Container{Packed: true, Appended: true}, nil, "unverified no-signature [trailing-data] true"},
		{digestKey(noon), Container{Packed: true, Unread: "permission denied"}, nil, "unreadable not-read [] false"},
		{digestKey(noon), Container{Packed: true}, map[string]any{"digestSignatureAlgorithm": "SHA1withRSA"}, "unverified no-signature [algorithm-name] false"},
		{"copy/" + Base(digestKey(noon)), Container{Packed: true}, nil, "unverified no-signature [relocated] false"},
		{digestKey(noon.Add(time.Hour)), Container{Packed: true}, nil, "invalid moved [] true"},
	} {
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
		if err := l.Digest(0, "s", c.path, plainDigest(noon, c.more), c.container); err != nil {
			t.Fatal(err)
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range r.Rows {
			if got := fmt.Sprint(row.Verdict, " ", row.Reason, " ", row.Notes, " ", row.Failure); err != nil || got != c.want {
				t.Errorf("%s %+v: %s, want %s, %v", c.path, c.container, got, c.want, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A signed digest that names of the signed one before it what is not so is a failure; of one that is not proved that has no weight.
func TestLinkMismatch(t *testing.T) {
	k := newTestKey(t, 2048)
	ring := &Keyring{}
	ring.Add(k.Key)
	sign := func(end time.Time, content []byte, previous ...string) Sidecar {
		h := head{End: end.Format(time.RFC3339), Bucket: "b", Key: digestKey(end), Hash: sha256.Sum256(content)}
		if previous != nil {
			h.PrevSig = &previous[0]
		}
		return Sidecar{Bucket: "b", Key: digestKey(end), Signature: k.sign(t, h.signedString())}
	}
	old, next := noon, noon.Add(time.Hour)
	first := plainDigest(old, map[string]any{"digestPublicKeyFingerprint": k.Fingerprint})
	right := fmt.Sprintf("%x", sha256.Sum256(first))
	for _, c := range []struct {
		hash     string
		bucket   string
		signed   []bool // the older, the newer
		previous any    // signature
		want     string
	}{
		{right, "b", []bool{true, true}, nil, "signed [] false, signed [] false"},
		{strings.Repeat("0", 64), "b", []bool{true, true}, nil, "signed [] false, signed [link-mismatch] true"},
		{strings.Repeat("0", 64), "b", []bool{true, false}, nil, "signed [] false, unverified [] false"},
		{strings.Repeat("0", 64), "b", []bool{false, true}, nil, "invalid [] true, signed [] false"},
		{right, "c", []bool{true, true}, nil, "signed [] false, signed [link-mismatch] false"},
		{right, "b", []bool{false, true}, nil, "anchored [] false, signed [] false"},
		{right, "b", []bool{false, false}, nil, "linked [] false, unverified [] false"},
		{right, "b", []bool{false, false}, sign(old, first).Signature, "signed [] false, unverified [] false"},
		{right, "b", []bool{false, false}, sign(old, nil).Signature, "invalid [] true, unverified [] false"},
		{right, "b", []bool{true, true}, sign(old, nil).Signature, "signed [other-sign] false, signed [link-mismatch] true"},
	} {
		second := plainDigest(next, map[string]any{
			"digestPublicKeyFingerprint": k.Fingerprint, "previousDigestS3Bucket": c.bucket, "previousDigestS3Object": digestKey(old), "previousDigestHashValue": c.hash, "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": c.previous,
		})
		l := New(Config{Dir: t.TempDir(), Memory: 8 << 20, Keys: ring})
		for i, d := range []struct {
			end     time.Time
			content []byte
		}{{old, first}, {next, second}} {
			if err := l.Digest(uint64(i), "s", digestKey(d.end), d.content, Container{Packed: true}); err != nil {
				t.Fatal(err)
			}
			s := sign(d.end, d.content)
			if text, ok := c.previous.(string); ok && i == 1 {
				s = sign(d.end, d.content, text)
			}
			if c.signed[i] {
				if err := l.Sidecar(&s); err != nil {
					t.Fatal(err)
				}
			}
		}
		r, err := l.Judge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for row, err := range r.Rows {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(row.Verdict, " ", row.Notes, " ", row.Failure))
		}
		if g := strings.Join(got, ", "); g != c.want {
			t.Errorf("%+v: %s, want %s", c, g, c.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A digest is signed with a key of its time, whose time may begin within two hours after the digest's end; one that is written later, with one of when it was.
func TestKeyValidity(t *testing.T) {
	value := []byte("key")
	for _, c := range []struct {
		start, end time.Time
		print      string
		generated  time.Time // of a backfill digest
		want       string
	}{
		{noon.Add(-time.Hour), noon, fingerprint(value), time.Time{}, "[]"},
		{noon.Add(-time.Hour), noon.Add(-time.Second), fingerprint(value), time.Time{}, "[key-validity]"},
		{noon.Add(2 * time.Hour), time.Time{}, fingerprint(value), time.Time{}, "[]"},
		{noon.Add(2*time.Hour + time.Second), time.Time{}, fingerprint(value), time.Time{}, "[key-validity]"},
		{time.Time{}, time.Time{}, fingerprint(value), time.Time{}, "[]"},
		{time.Time{}, time.Time{}, "aa", time.Time{}, "[key-mislabelled]"},
		{noon.AddDate(0, 1, 0), noon.AddDate(0, 2, 0), fingerprint(value), noon.AddDate(0, 1, 1), "[]"},
		{noon.AddDate(0, -1, 0), noon.AddDate(0, 0, 1), fingerprint(value), noon.AddDate(0, 1, 1), "[key-validity]"},
	} {
		h := &head{Start: noon.Add(-time.Hour).Format(time.RFC3339), End: noon.Format(time.RFC3339), Fingerprint: fingerprint(value), Name: DigestName{Backfill: !c.generated.IsZero()}}
		j := judging{h: h, row: &Row{}, generated: c.generated}
		j.validity(&Key{Value: value, Fingerprint: c.print, Start: c.start, End: c.end})
		if got := fmt.Sprint(j.row.Notes); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
