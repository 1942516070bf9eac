package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/scan/custody"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
)

// A Recheck says what evidence to hash anew, and what to compare it with.
type Recheck struct {
	Path  string                         // an evidence root, as in Config.Paths
	Stdin bool                           // it holds what once was standard input
	Was   iter.Seq2[Object, error]       // what a case's manifest has of it; nil: nothing
	Given []Foreign                      // manifests that others made
	Find  bool                           // manifests that lie in the evidence count too
	Each  func(r *Rechecked) error       // called for every object, in the order of their paths
	Done  func(m *ManifestOutcome) error // called for every manifest, before Each

	Memory  int64
	WorkDir string
	Limits  Limits
}

// A Foreign is a manifest that somebody else made.
type Foreign struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// A Rechecked is an object as it was, as it is, and as others' manifests have it.
type Rechecked struct {
	Path   string
	Was    *Object // nil: the case has none
	Is     *Object // nil: it is not there. Size, SHA256 and Reason are set
	Sums   map[string][]byte
	Claims []ForeignClaim
	More   int64 // of the same path, which are not compared: objects as they were and as they are, and claims
}

// A ForeignClaim is what a manifest says of an object.
type ForeignClaim struct {
	Manifest int // by the order of Done
	Line     int
	Size     int64 // -1: it does not say
	Sums     []custody.Sum
}

// RecheckEvidence hashes the evidence anew, containers and what lies in them too. No link
// leads out of it, and nothing is written to it.
func RecheckEvidence(ctx context.Context, cfg Recheck) (err error) {
	dir, err := os.MkdirTemp(cfg.WorkDir, "coldtrail-*")
	if err != nil {
		return fmt.Errorf("directory for temporary files: %w", err)
	}
	r := &run{cfg: Config{Paths: []string{cfg.Path}, Workers: 1, Memory: cfg.Memory, Limits: cfg.Limits}, dir: dir, hashes: newHashes()}
	r.totals = newTotals()
	r.makeSorters()
	defer func() { err = errors.Join(err, r.close()) }()
	t, err := newTable(dir)
	if err != nil {
		return err
	}
	r.sources = &sources{table: t, limits: cfg.Limits.withDefaults(), dir: dir}
	digests, err := r.newLedger()
	if err != nil {
		return err
	}
	defer digests.close()
	if err := r.list(ctx, &Listing{}, digests); err != nil {
		return err
	}
	c := &recheck{Recheck: &cfg, run: r, rows: extsort.New(extsort.Config{Dir: dir, Memory: cfg.Memory / 4, Writers: 1}), from: opener{s: r.sources}}
	defer c.rows.Close()
	c.w = c.rows.NewWriter()
	err = c.gather(ctx)
	if err = errors.Join(err, c.from.close(), c.w.Close()); err != nil {
		return err
	}
	return c.join(ctx)
}

// recheck is the state of one RecheckEvidence.
//
// Its rows: the path, then what the row is and a number; see rowKey.
type recheck struct {
	*Recheck
	run  *run
	rows *extsort.Sorter
	w    *extsort.Writer
	from opener
	algo map[string]bool // that claims want, beside SHA-256
}

const (
	rowWas byte = iota
	rowIs
	rowClaim
)

func rowKey(path string, what byte, n uint64) []byte {
	key := append([]byte(strings.ReplaceAll(path, "\x00", "\x00\xff")), 0, 0, what)
	return binary.BigEndian.AppendUint64(key, n)
}

func (c *recheck) add(path string, what byte, n uint64, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.w.Add(rowKey(path, what, n), b)
}

func (c *recheck) gather(ctx context.Context) error {
	if err := c.manifests(ctx); err != nil {
		return err
	}
	if c.Was != nil {
		n := uint64(0)
		for o, err := range c.Was {
			if err != nil {
				return err
			}
			o.Problems, o.Notes = nil, nil
			if err := c.add(o.Path, rowWas, n, o); err != nil {
				return err
			}
			n++
		}
	}
	for ordinal := range c.run.sources.table.n {
		if err := c.object(ctx, ordinal); err != nil {
			return err
		}
	}
	return nil
}

// isRow is an object as it is now.
type isRow struct {
	Size   int64
	Reason string            `json:",omitempty"`
	Sums   map[string][]byte `json:",omitempty"`
}

// object hashes an object. That it cannot be read is what is said of it.
func (c *recheck) object(ctx context.Context, ordinal uint64) error {
	l, err := c.run.sources.table.object(ordinal)
	if err != nil {
		return err
	}
	row := isRow{Size: l.size, Reason: l.reason}
	if l.reason == "" {
		if err := c.hash(ctx, l, &row); err != nil {
			return err
		}
	}
	return c.add(c.path(&l), rowIs, ordinal, &row)
}

func (c *recheck) hash(ctx context.Context, l listed, row *isRow) error {
	sums := map[string]hash.Hash{"sha256": sha256.New()}
	to := []io.Writer{sums["sha256"]}
	for _, name := range slices.Sorted(maps.Keys(c.algo)) {
		if sums[name] == nil {
			sums[name] = custody.Algorithms[name]()
			to = append(to, sums[name])
		}
	}
	size := &counted{}
	err := copyObject(ctx, &c.from, l, io.MultiWriter(append(to, size)...))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil { // what could be read is compared all the same: the case did not have more
		row.Reason = reasonOf(err)
	}
	row.Size, row.Sums = size.n, map[string][]byte{}
	for name, h := range sums {
		row.Sums[name] = h.Sum(nil)
	}
	return nil
}

// counted counts what is written to it.
type counted struct{ n int64 }

func (c *counted) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// path is an object's path as the case has it.
func (c *recheck) path(l *listed) string {
	path := shown(l.path)
	if c.Stdin {
		end := strings.IndexByte(path, '!')
		if end < 0 {
			end = len(path)
		}
		path = Stdin + path[end:]
	}
	return path
}

// join brings together what there is of each path.
func (c *recheck) join(ctx context.Context) error {
	it, err := c.rows.Merge()
	if err != nil {
		return err
	}
	defer it.Close()
	var g group
	for n := 0; it.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key := it.Key()
		end := len(key) - 11
		if !bytes.Equal(g.key, key[:end]) {
			if err := g.flush(c.Each); err != nil {
				return err
			}
			g = group{key: bytes.Clone(key[:end])}
		}
		if err := g.take(key[end+2], it.Value()); err != nil {
			return err
		}
	}
	return errors.Join(it.Err(), g.flush(c.Each))
}

// group is all there is of a path: mostly one object, but a file and a container's
// member can share one.
type group struct {
	key    []byte
	was    []Object
	is     []isRow
	claims []ForeignClaim
	more   int64
}

// maxOfPath bounds how much of one path is held, of each kind: more is a forger's doing, and is counted.
const maxOfPath = 10_000

func (g *group) take(what byte, value []byte) error {
	switch what {
	case rowWas:
		return keep(g, &g.was, value)
	case rowIs:
		return keep(g, &g.is, value)
	}
	return keep(g, &g.claims, value)
}

func keep[T any](g *group, rows *[]T, value []byte) error {
	if len(*rows) == maxOfPath {
		g.more++
		return nil
	}
	var row T
	*rows = append(*rows, row)
	return json.Unmarshal(value, &(*rows)[len(*rows)-1])
}

func (g *group) flush(each func(*Rechecked) error) error {
	path := string(bytes.ReplaceAll(g.key, []byte("\x00\xff"), []byte("\x00")))
	for i := range max(len(g.was), len(g.is), min(len(g.claims), 1)) {
		r := &Rechecked{Path: path}
		if i < len(g.was) {
			r.Was = &g.was[i]
		}
		if i < len(g.is) {
			is := &g.is[i]
			r.Is = &Object{Path: path, Size: is.Size, SHA256: hex.EncodeToString(is.Sums["sha256"]), Reason: is.Reason}
			r.Sums = is.Sums
		}
		if i == 0 {
			r.Claims, r.More = g.claims, g.more
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// FilePath returns the path of an object as the file system has it, from how the manifest
// shows it: see shown.
func FilePath(path string) string {
	if strings.IndexByte(path, '\\') < 0 {
		return path
	}
	var b []byte
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+1 < len(path) {
			if i++; path[i] == 'x' && i+2 < len(path) {
				if c, err := hex.DecodeString(path[i+1 : i+3]); err == nil {
					b, i = append(b, c...), i+2
					continue
				}
			}
		}
		b = append(b, path[i])
	}
	return string(b)
}

// Members tells files from what lies in containers, while a manifest is read in its order.
// Its zero value is ready.
type Members struct{ left []int64 } // of the containers around

// Is reports whether the next object of the manifest lies in a container.
func (m *Members) Is(o *Object) bool {
	for len(m.left) > 0 && m.left[len(m.left)-1] == 0 {
		m.left = m.left[:len(m.left)-1]
	}
	in := len(m.left) > 0
	if in {
		m.left[len(m.left)-1]--
	}
	if n := membersOf(o); n > 0 {
		m.left = append(m.left, n)
	}
	return in
}

func membersOf(o *Object) (n int64) {
	for _, note := range o.Notes {
		if _, err := fmt.Sscanf(note, membersNote, &n); err == nil {
			return n
		}
	}
	return 0
}

// HasMembers reports whether an object is a container, and the following ones lie in it.
func HasMembers(o *Object) bool { return membersOf(o) > 0 }
