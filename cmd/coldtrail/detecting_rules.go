package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/coldtrail/coldtrail/detect/sigma"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan/custody"
)

const (
	maxRuleFile  = 4 << 20   // the largest public rule has some 50 KB
	maxRuleFiles = 100_000   // of all --rules
	maxRuleBytes = 512 << 20 // of all --rules
)

// ruleFiles are the files of rules that were given.
type ruleFiles struct {
	files    []sigma.File
	bytes    int64
	rejected []report.RejectedRule // files that could not be read, or are too large
	sources  []ruleSource
}

// A ruleSource is one --rules, and how many files came of it.
type ruleSource struct {
	label           string
	files, rejected int // how many there are
}

// given adds the rules that --rules names. They are loaded all together, so that they may
// refer to each other.
func (d *detecting) given(look *detection) error {
	if d.Placeholders != "" && len(d.Rules) == 0 {
		return usage("--placeholders is for --rules: there are none")
	}
	opt := sigma.Options{}
	if d.Placeholders != "" {
		var err error
		if opt.Placeholders, err = readPlaceholders(d.Placeholders); err != nil {
			return usage("--placeholders %s: %w", d.Placeholders, err)
		}
		look.files = append(look.files, custody.File{Path: d.Placeholders, Kind: "placeholders"})
	}
	r := &ruleFiles{}
	for _, name := range d.Rules {
		files := len(r.files)
		if err := r.read(look, name); err != nil {
			return usage("--rules %s: %w", name, err)
		}
		look.files = append(look.files, rulesInput(name, r.files[files:]))
	}
	look.report.Rejected = append(look.report.Rejected, r.rejected...)
	look.ruleFiles = append(look.ruleFiles, r.files...)
	all := sigma.Load(r.files, opt)
	for i := range all.Rules {
		look.loaded = append(look.loaded, &all.Rules[i])
	}
	for _, s := range r.sources {
		look.rules(s.label, partOf(all, s.label), s.files+s.rejected)
		look.report.Sources[len(look.report.Sources)-1].Rejected += s.rejected
	}
	return nil
}

// partOf is what became of one source's files.
func partOf(all *sigma.Collection, label string) *sigma.Collection {
	part := &sigma.Collection{}
	within := func(file string) bool { return file == label || strings.HasPrefix(file, label+"/") }
	for i := range all.Rules {
		if within(all.Rules[i].File) {
			part.Rules = append(part.Rules, all.Rules[i])
		}
	}
	for _, r := range all.Rejected {
		if within(r.File) {
			part.Rejected = append(part.Rejected, r)
		}
	}
	return part
}

// rulesInput is a --rules in the custody log. A directory has the hash of the list that
// sha256sum makes of its files, sorted by their names.
func rulesInput(name string, files []sigma.File) custody.File {
	f := custody.File{Path: name, Kind: "rules"}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return f
	}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b sigma.File) int { return strings.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, x := range files {
		_, rest, _ := strings.Cut(x.Name, "/")
		fmt.Fprintf(h, "%x  %s\n", sha256.Sum256(x.Data), rest)
	}
	f.Kind = fmt.Sprintf("rules: %d files, hash of the list of their hashes", len(files))
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	return f
}

// read reads a file, a directory or a zip archive of rules.
func (r *ruleFiles) read(look *detection, name string) error {
	label := look.label(name)
	for n := 2; slices.ContainsFunc(r.sources, func(s ruleSource) bool { return s.label == label }); n++ {
		label = fmt.Sprintf("%s (%d)", look.label(name), n)
	}
	files, rejected := len(r.files), len(r.rejected)
	info, err := os.Stat(name)
	switch {
	case err != nil:
	case info.IsDir():
		err = r.tree(os.DirFS(name), label)
	case strings.EqualFold(filepath.Ext(name), ".zip"):
		err = r.zip(name, label)
	default:
		err = r.file(label, 0, func() (io.ReadCloser, error) { return os.Open(name) })
	}
	s := ruleSource{label, len(r.files) - files, len(r.rejected) - rejected}
	if r.sources = append(r.sources, s); err == nil && s.files+s.rejected == 0 {
		err = errors.New("no .yml or .yaml file in it")
	}
	return err
}

// tree reads all files of rules below a directory.
func (r *ruleFiles) tree(dir fs.FS, label string) error {
	return fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			r.reject(path.Join(label, name), pathlessText(err))
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case e.Type()&fs.ModeSymlink != 0 && !isRuleFile(name):
			if to, err := fs.Stat(dir, name); err == nil && to.IsDir() { // it may lead to rules
				r.reject(path.Join(label, name), "symbolic link, which is not followed")
			}
			return nil
		case !isRuleFile(name):
			return nil
		}
		return r.file(path.Join(label, name), e.Type(), func() (io.ReadCloser, error) { return dir.Open(name) })
	})
}

func isRuleFile(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yml" || ext == ".yaml"
}

func (r *ruleFiles) reject(label, reason string) {
	r.rejected = append(r.rejected, report.RejectedRule{File: label, Reason: reason})
}

// file reads one file of rules. What is no file, such as a pipe, might never end.
func (r *ruleFiles) file(label string, kind fs.FileMode, open func() (io.ReadCloser, error)) error {
	if len(r.files)+len(r.rejected) >= maxRuleFiles {
		return fmt.Errorf("more than %d files", maxRuleFiles)
	}
	switch {
	case kind&fs.ModeSymlink != 0:
		r.reject(label, "symbolic link, which is not followed")
		return nil
	case kind.Type() != 0:
		r.reject(label, "no regular file")
		return nil
	}
	data, err := readAllAtMost(open, maxRuleFile)
	if r.bytes += int64(len(data)); r.bytes > maxRuleBytes {
		return fmt.Errorf("more than %s", size(maxRuleBytes))
	}
	if err != nil {
		r.reject(label, pathlessText(err))
		return nil
	}
	r.files = append(r.files, sigma.File{Name: label, Data: data})
	return nil
}

// zip reads a zip archive of rules, member by member: as a tree it would be refused whole where
// two have one name. Its directory says how large the files are, which is not believed.
func (r *ruleFiles) zip(name, label string) error {
	z, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		member := label + "/" + f.Name
		switch {
		case !isRuleFile(f.Name) || f.Mode().IsDir():
			continue
		case f.Flags&zipEncrypted != 0:
			r.reject(member, "encrypted")
			continue
		}
		if err := r.file(member, f.Mode(), f.Open); err != nil {
			return err
		}
	}
	return nil
}

// zipEncrypted is bit 0 of a member's flags (APPNOTE 4.4.4).
const zipEncrypted = 1

func readAllAtMost(open func() (io.ReadCloser, error), limit int64) ([]byte, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("larger than %s", size(limit))
	}
	return data, err
}

// pathlessText is an error's text without the path of this machine.
func pathlessText(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// readPlaceholders reads the values for |expand: a list of values, or one, for each name.
func readPlaceholders(name string) (map[string][]string, error) {
	b, err := readAtMost(name, maxRuleFile)
	if err != nil {
		return nil, err
	}
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal(b, &raw); err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		node := raw[key]
		values := []string{}
		switch node.Kind {
		case yaml.ScalarNode:
			values = append(values, node.Value)
		case yaml.SequenceNode:
			for _, n := range node.Content {
				if n.Kind != yaml.ScalarNode {
					return nil, fmt.Errorf("line %d: %s: not a list of values", n.Line, key)
				}
				values = append(values, n.Value)
			}
		default:
			return nil, fmt.Errorf("line %d: %s: neither a value nor a list of values", node.Line, key)
		}
		name := strings.Trim(key, "%")
		if _, ok := all[name]; ok {
			return nil, fmt.Errorf("line %d: %s: is there as %s and as %%%s%%", node.Line, name, name, name)
		}
		all[name] = slices.Clip(values)
	}
	if len(all) == 0 {
		return nil, errors.New("no placeholder in it")
	}
	return all, nil
}
