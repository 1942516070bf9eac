//go:build bench

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

// A corpus is an archive to be measured on.
type corpus struct {
	name     string
	evidence string
	counts   fixtures.Counts
}

// corpus makes an archive of about so much raw JSON in about so many objects, or
// takes the one that an earlier run has left. One object is all there is, then.
func (b *bench) corpus(t *testing.T, name string, bytes, objects int64) *corpus {
	t.Helper()
	cfg := fixtures.Config{Seed: 7, Bytes: bytes, Objects: int(objects), Incidents: fixtures.AllIncidents()}
	if objects == 1 {
		cfg.Incidents, cfg.Accounts, cfg.Regions, cfg.Days = nil, []string{"111122223333"}, []string{"us-east-1"}, 1
		cfg.DuplicateRate, cfg.LateRate = -1, -1
	}
	config, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(b.corpora, corpusKey(t, config))
	truth := filepath.Join(dir, "truth.json")
	if _, err := os.Stat(truth); err != nil {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if out, err := b.again("corpus", dir, string(config)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var known fixtures.Truth
	if err := json.Unmarshal(readFile(t, truth), &known); err != nil {
		t.Fatal(err)
	}
	return &corpus{name, filepath.Join(dir, "evidence"), known.Counts}
}

// corpusKey names an archive by what it is made from: its configuration and the
// generator's source.
func corpusKey(t *testing.T, config []byte) string {
	t.Helper()
	sources, err := filepath.Glob("../../fixtures/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d sources of the generator, %v", len(sources), err)
	}
	h := sha256.New()
	h.Write(config)
	for _, name := range sources {
		h.Write(readFile(t, name))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// writeCorpus makes an archive. Its truth is written last: what has one is complete.
func writeCorpus(dir, config string) error {
	var cfg fixtures.Config
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return err
	}
	truth, err := fixtures.Write(filepath.Join(dir, "evidence"), cfg)
	if err != nil {
		return err
	}
	return truth.WriteFile(filepath.Join(dir, "truth.json"))
}
