package scan

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/coldtrail/coldtrail/scan/integrity"
)

// A Bucket says of which bucket a part of the evidence is a copy.
type Bucket struct {
	Name   string
	Prefix string // where in the bucket the part lay
	Whole  bool   // it lay just there; false: Prefix is not known
	// Path is the part, as Config.Paths has it: evidence, something in it, or a directory around it. Of a case it is the label of
	// an evidence root, perhaps with the path of something in that behind.
	Path string
}

// ErrBucket is returned, wrapped, by Run for a Bucket whose Path is no part of the evidence.
var ErrBucket = errors.New("no part of the evidence")

// numbered is what tells labels of the same name apart.
var numbered = regexp.MustCompile(`#[0-9]+$`)

// Of returns what the bucket says of the evidence root with that label.
func (b *Bucket) Of(label string) (integrity.Bucket, bool) {
	return b.at(filepath.ToSlash(filepath.Clean(b.Path)), label, label, numbered.ReplaceAllString(label, ""))
}

// at returns what the bucket, whose path is part, says of the evidence root with that label, whose path is root. file is its name
// where it is no directory.
func (b *Bucket) at(part, root, label, file string) (integrity.Bucket, bool) {
	own := integrity.Bucket{Name: b.Name, Source: label, Prefix: b.Prefix, Whole: b.Whole}
	if own.Prefix != "" {
		own.Prefix = strings.TrimSuffix(own.Prefix, "/") + "/"
	}
	root, part = strings.TrimSuffix(root, "/"), strings.TrimSuffix(part, "/")
	if part == root {
		return own, true
	}
	if in, ok := strings.CutPrefix(part, root); ok && in[0] == '!' {
		own.Dir = file + in
		return own, file != ""
	} else if ok && in[0] == '/' {
		own.Dir = in[1:]
		return own, true
	}
	if above, ok := strings.CutPrefix(root, part+"/"); ok {
		if own.Within = above + "/"; file != "" {
			own.Within = strings.TrimSuffix(above, file)
		}
		return own, true
	}
	return own, false
}

// resolve finds the parts of the evidence, and of the case that it joins, that buckets were named for.
func (r *run) resolve(given []Bucket) (all []integrity.Bucket, err error) {
	for i := range given {
		b := &given[i]
		n := len(all)
		for p, path := range r.cfg.Paths {
			own, ok, err := b.in(path, r.sources.table.labels[len(r.sources.table.labels)-len(r.cfg.Paths)+p])
			if err != nil {
				return nil, err
			}
			if ok {
				all = append(all, own)
			}
		}
		if n == len(all) && r.cfg.Prior != nil {
			for _, label := range r.cfg.Prior.Sources() {
				if own, ok := b.Of(label); ok {
					all = append(all, own)
				}
			}
		}
		if n == len(all) {
			return nil, fmt.Errorf("bucket %s: %s is %w", b.Name, b.Path, ErrBucket)
		}
	}
	return all, nil
}

// in returns what the bucket says of a path of Config.Paths.
func (b *Bucket) in(path, label string) (own integrity.Bucket, ok bool, err error) {
	if path == "-" || b.Path == "-" {
		own, _ = b.at("", "", label, Stdin)
		return own, path == b.Path, nil
	}
	root, err := filepath.Abs(path)
	if err != nil {
		return own, false, err
	}
	part, err := filepath.Abs(b.Path)
	if err != nil {
		return own, false, err
	}
	file := ""
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		file = filepath.Base(root)
	}
	own, ok = b.at(filepath.ToSlash(part), filepath.ToSlash(root), label, file)
	return own, ok, nil
}

// nameBuckets tells the ledger of which buckets parts of the evidence are copies.
func (r *run) nameBuckets() error {
	all, err := r.resolve(r.cfg.Integrity.Buckets)
	if err != nil {
		return err
	}
	for i := range all {
		if err := r.ledger.give(GivenBucket, &all[i]); err != nil {
			return err
		}
	}
	return nil
}
