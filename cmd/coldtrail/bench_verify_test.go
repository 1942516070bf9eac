//go:build bench

package main

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/scan"
)

// BenchmarkVerify is verify alone beside its floor: decompressing every object and hashing what comes out, with as many
// goroutines. Run: go test -tags bench -run '^$' -bench 'Verify$' -benchtime 5x ./cmd/coldtrail
func BenchmarkVerify(b *testing.B) {
	dir, bytes := signedCorpus(b)
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(bytes)
		for b.Loop() {
			hashAll(b, dir)
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.SetBytes(bytes)
		for b.Loop() {
			res, err := scan.Run(b.Context(), scan.Config{
				Paths: []string{dir}, WorkDir: b.TempDir(), Memory: 1 << 30, Workers: 2, HashOnly: true,
				Sinks: func(*scan.Conclusion) ([]scan.Sink, error) { return nil, nil },
			})
			if err != nil {
				b.Fatal(err)
			}
			if res.Integrity.Failed() || res.Integrity.Totals.Logs["consistent"] == 0 {
				b.Fatalf("%+v", res.Integrity.Totals)
			}
			res.Close()
		}
	})
}

// BenchmarkAnalyzeDigests is analyze with digest files of every log beside analyze of the same logs without digests. Its CPU time
// is user-ns/op. Run: go test -tags bench -run '^$' -bench AnalyzeDigests -benchtime 5x ./cmd/coldtrail
func BenchmarkAnalyzeDigests(b *testing.B) {
	with, bytes := signedCorpus(b)
	without := filepath.Join(b.TempDir(), "without")
	if err := os.CopyFS(without, os.DirFS(with)); err != nil {
		b.Fatal(err)
	}
	filepath.WalkDir(without, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(path, "_CloudTrail-Digest_") {
			err = os.Remove(path)
		}
		return err
	})
	for _, c := range []struct{ name, dir string }{{"without", without}, {"with", with}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(bytes)
			before := cpuTime()
			for b.Loop() {
				if code := run([]string{"analyze", c.dir, "-q", "-o", filepath.Join(b.TempDir(), "case")}, io.Discard, os.Stderr); code != 0 {
					b.Fatalf("exit code %d", code)
				}
			}
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// signedCorpus makes an archive whose digests name every log, and returns its decompressed size.
func signedCorpus(b *testing.B) (string, int64) {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "trail-bucket")
	truth, err := fixtures.Write(dir, fixtures.Config{Seed: 1, Bytes: 1 << 30, Objects: 5000, Signed: true})
	if err != nil {
		b.Fatal(err)
	}
	return dir, truth.Counts.RawBytes
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func hashAll(b *testing.B, dir string) {
	paths := make(chan string)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			var z gzip.Reader
			for path := range paths {
				f, err := os.Open(path)
				if err == nil {
					if err = z.Reset(f); err == nil {
						_, err = io.Copy(sha256.New(), &z)
					}
					f.Close()
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths <- path
		}
		return err
	})
	close(paths)
	wg.Wait()
}
