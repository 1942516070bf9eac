package scan

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan/integrity"
)

// judgeInMemory judges objects as a run does, with the readers that a run has, but without files. It returns the rows by the
// objects' short names; of what is absent there is none.
func judgeInMemory(t testing.TB, dir string, ring *integrity.Keyring, objects, known []*fixtures.S3Object) map[string]integrity.Row {
	t.Helper()
	l := &ledger{content: newUnhashed(Limits{Content: integrity.MaxDigest})}
	l.Ledger = integrity.New(integrity.Config{Dir: dir, Memory: 1 << 20, Keys: ring})
	w := &worker{content: newContent(Limits{})}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	taker := integrity.Taker{Sidecar: l.Sidecar}
	if len(known) > 0 {
		check(taker.Read("heads", bytes.NewReader(fixtures.Sidecars(known...))))
	}
	for i, o := range objects {
		if o.Gone {
			continue
		}
		if o.Digest() {
			content, c := l.contentOf(bytes.NewReader(o.Stored), int64(len(o.Stored)))
			check(l.Digest(uint64(i), "copy", o.Key, content, c))
			continue
		}
		w.o = Object{Ordinal: uint64(i), Path: o.Key, Size: int64(len(o.Stored)), Status: Parsed}
		if w.content.reset(bytes.NewReader(o.Stored), w.o.Size, true) == nil {
			io.Copy(io.Discard, w.content)
			w.content.drain()
		}
		w.o.Members = w.content.members
		w.contentHashes()
		check(l.Object(IntegrityObject(&w.o)))
	}
	r, err := l.Judge(t.Context())
	check(err)
	defer r.Close()
	rows := map[string]integrity.Row{}
	for row, err := range r.Rows {
		check(err)
		if row.Object != nil {
			rows[objects[*row.Object].Name] = row
		}
	}
	return rows
}

func ringOf(t testing.TB, a *fixtures.SignedArchive) *integrity.Keyring {
	t.Helper()
	keys, err := integrity.ParseKeys(fixtures.KeyFile(a.Given...))
	if err != nil {
		t.Fatal(err)
	}
	ring := &integrity.Keyring{}
	ring.Add(keys...)
	return ring
}

// firstMember is what another reader of gzip finds in the first member, as far as it comes.
func firstMember(stored []byte) []byte {
	if !bytes.HasPrefix(stored, []byte{0x1f, 0x8b}) {
		return stored
	}
	z, err := gzip.NewReader(bytes.NewReader(stored))
	if err != nil {
		return nil
	}
	z.Multistream(false)
	b, _ := io.ReadAll(z)
	return b
}

// Whatever byte of whatever object is flipped: a content that changed is never verified, nor a digest proved.
func TestFlippedBytes(t *testing.T) {
	a := fixtures.NewSigned(fixtures.SignedConfig{Logs: []int{1, 1, 0}})
	ring, dir, known := ringOf(t, a), t.TempDir(), a.Known(fixtures.HeadMetadata)
	step, flips, changed := 1, 0, 0
	if testing.Short() {
		step = 17
	}
	for i, o := range a.Objects {
		was := firstMember(o.Stored)
		for at := 0; at < len(o.Stored); at += step {
			for _, bit := range []byte{1, 0x80} {
				other := *o
				other.Stored = slices.Clone(o.Stored)
				other.Stored[at] ^= bit
				objects := slices.Clone(a.Objects)
				objects[i] = &other
				row, there := judgeInMemory(t, dir, ring, objects, known)[o.Name]
				flips++
				if bytes.Equal(firstMember(other.Stored), was) {
					continue
				}
				changed++
				if !there || row.Verdict == integrity.Verified || row.Verdict == integrity.Signed || row.Verdict == integrity.Anchored || row.Verdict == integrity.Consistent || row.Verdict == integrity.Linked {
					t.Fatalf("%s: byte %d ^ %#x: %+v", o.Name, at, bit, row)
				}
			}
		}
	}
	t.Logf("%d flips, of which %d changed the content", flips, changed)
	if changed < flips/2 {
		t.Errorf("%d of %d flips changed the content", changed, flips)
	}
}

// good says how much a verdict says; 0: nothing good.
func good(v integrity.Verdict) int {
	return 1 + slices.Index([]integrity.Verdict{integrity.Linked, integrity.Anchored, integrity.Signed}, v) + 1 + slices.Index([]integrity.Verdict{integrity.Consistent, integrity.Verified}, v)
}

// Whatever digest is deleted of whatever evidence: nothing is proved better than before.
func TestDeletedDigests(t *testing.T) {
	deleted := 0
	for _, tampering := range fixtures.Tamperings() {
		a := tampering.Archive()
		ring, dir := ringOf(t, a), t.TempDir()
		for _, m := range []fixtures.Metadata{fixtures.AllMetadata, fixtures.HeadMetadata, fixtures.NoMetadata} {
			known := a.Known(m)
			before := judgeInMemory(t, dir, ring, a.Objects, known)
			for _, o := range a.Digests() {
				o.Gone = true
				for name, row := range judgeInMemory(t, dir, ring, a.Objects, known) {
					if good(row.Verdict) > good(before[name].Verdict) {
						t.Errorf("%s, metadata: %s: without %s, %s is %s, and was %s", tampering.Name, m, o.Name, name, row.Verdict, before[name].Verdict)
					}
				}
				o.Gone = false
				deleted++
			}
		}
	}
	t.Logf("%d deletions", deleted)
}

// Whatever is appended to whatever object, it does not go unseen.
func TestAppendedData(t *testing.T) {
	a := fixtures.NewSigned(fixtures.SignedConfig{Logs: []int{1, 1}})
	ring, dir, known := ringOf(t, a), t.TempDir(), a.Known(fixtures.AllMetadata)
	again := a.Named("L1.1").Stored
	for _, more := range []string{"\n", "\x00", strings.Repeat("\x00", 1000), "\x1f", "\x1f\x8b\x08", string(again), string(again[:40]), "{}", string(make([]byte, 300<<10))} {
		for i, o := range a.Objects {
			for _, unpacked := range []bool{false, true} {
				other := *o
				if unpacked {
					other.Stored = o.Content()
				}
				other.Stored = append(slices.Clone(other.Stored), more...)
				objects := slices.Clone(a.Objects)
				objects[i] = &other
				row := judgeInMemory(t, dir, ring, objects, known)[o.Name]
				if good(row.Verdict) > 0 && !slices.Contains(row.Notes, integrity.TrailingData) || !row.Failure {
					t.Errorf("%s + %.10q, unpacked: %t: %+v", o.Name, more, unpacked, row)
				}
			}
		}
	}
}
