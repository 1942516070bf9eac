package scan

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/coldtrail/coldtrail/scan/integrity"
	"github.com/coldtrail/coldtrail/scan/internal/extsort"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A lister lists what lies in containers while the evidence is walked: it adds each
// container with its members to the object table, and writes the container's line, of
// which everything is then known.
type lister struct {
	run      *run
	listing  *Listing
	objects  *extsort.Writer
	digests  *ledger
	contents [maxLevels]*content // of containers, by how many are around them
	peeked   *content            // of what is looked at
	sums     Totals
	inStream bool // within a range of run.streams
}

// list walks the evidence, and lists what lies in containers too.
func (r *run) list(ctx context.Context, l *Listing, digests *ledger) error {
	limits := r.sources.limits.ofContainers()
	ls := &lister{run: r, listing: l, objects: r.objects.NewWriter(), digests: digests, peeked: newUnhashed(limits), sums: newTotals()}
	for i := range ls.contents {
		ls.contents[i] = newContent(limits)
	}
	r.sources.found = ls.file
	if err := r.sources.list(ctx, r.cfg.Paths, l); err != nil {
		return err
	}
	r.totals.add(&ls.sums)
	return ls.objects.Close()
}

// file adds a file, and the members that it has.
func (ls *lister) file(ctx context.Context, root *os.Root, l listed) error {
	f, err := OpenRegular(root, l.path)
	if err != nil { // when its turn comes it is said
		return ls.add(l)
	}
	defer f.Close()
	kind, packed := ls.kindAt(f, l.size)
	v := vesselOf(0, file{f, l.size}, ls.run.sources.limits)
	return ls.enter(ctx, l, v, sniffed{kind: kind, packed: packed, share: 1})
}

// file is an open file of some size.
type file struct {
	*os.File
	size int64
}

// sniffed is what an object turned out to be.
type sniffed struct {
	kind   unpack.Kind
	packed bool      // it is compressed, as a tar may be
	held   bool      // it is held in memory
	stream io.Reader // its decoded bytes, where they can be read only once; nil: the vessel has them
	share  float64   // how many bytes one of its bytes takes in the file around all
}

// enter adds an object and, where it is a container, its members.
func (ls *lister) enter(ctx context.Context, l listed, v *vessel, f sniffed) error {
	l.kind = f.kind
	v.ordinal = ls.run.sources.table.n
	if err := ls.add(l); err != nil || l.kind == unpack.NoArchive {
		return err
	}
	ls.listing.Bytes -= l.size // what is in it is counted, and read
	c := &container{lister: ls, ctx: ctx, l: l, vessel: v, sniffed: f, names: newMemberNames(l.path)}
	return c.list()
}

func (ls *lister) add(l listed) error {
	if isBag(l.path) && l.reason == "" {
		if len(ls.run.bags) < maxBagProblems {
			ls.run.bags = append(ls.run.bags, ls.run.sources.table.n)
		} else {
			ls.run.moreBags++
		}
	}
	if err := ls.run.sources.table.add(l); err != nil {
		return &ourError{err}
	}
	return nil
}

// ourError is an error that is not the container's.
type ourError struct{ error }

func (e *ourError) Unwrap() error { return e.error }

// kindAt tells what kind of container there is, and whether it is compressed. Where
// looking panics there is none: it will again when the object is read, and is its problem.
func (ls *lister) kindAt(at io.ReaderAt, size int64) (kind unpack.Kind, packed bool) {
	defer func() {
		if recover() != nil {
			kind, packed = unpack.NoArchive, false
		}
	}()
	var head [unpack.KindHead]byte
	n, _ := at.ReadAt(head[:], 0)
	if kind := unpack.KindOf(head[:n]); kind != unpack.NoArchive || unpack.CodecOf(head[:n]) == unpack.None {
		return kind, false
	}
	if ls.peeked.reset(io.NewSectionReader(at, 0, size), size, false) != nil {
		return unpack.NoArchive, false
	}
	n, _ = io.ReadFull(ls.peeked, head[:])
	if unpack.KindOf(head[:n]) == unpack.Tar { // of others the directory would have to be unpacked first
		return unpack.Tar, true
	}
	return unpack.NoArchive, false
}

// member adds a member and, where it is itself a container, its own. body is its bytes
// where the container is read as a stream; nil: the vessel opens it.
func (c *container) member(e *unpack.Entry, body io.Reader) error {
	if c.ctx.Err() != nil {
		return &ourError{c.ctx.Err()}
	}
	if e.Reason == "" {
		e.Reason = c.tooMuch(e.At.Size)
	}
	path, flags := c.names.path(e)
	e.At.Packed = 1 + int64(float64(e.At.Packed)*c.share)
	m := listed{
		source: c.l.source, size: e.At.Size, reason: e.Reason, path: path,
		member: &member{container: c.vessel.ordinal, name: len(c.l.path) + 1, level: byte(c.l.level() + 1), flags: flags, at: e.At},
	}
	c.n++
	if e.Reason == unpack.Encrypted {
		c.locked++
	}
	c.listing.See(path, max(m.size, 0))
	if body != nil && e.Reason == "" && isDigest(path) {
		c.digests.read(c.run.sources.table.n, c.run.sources.table.labels[c.l.source], path, body, m.size)
	}
	if !m.mayContain() {
		return c.add(m)
	}
	v, f, err := c.look(&m, body)
	if err != nil { // its turn comes
		return c.add(m)
	}
	f.share = float64(e.At.Packed) / float64(max(e.At.Size, 1))
	return c.enter(c.ctx, m, v, f)
}

// tooMuch says why a member is not read, where the members up to it would together be more
// than a container may hold. Each by itself may be harmless, where a million are not.
func (c *container) tooMuch(size int64) string {
	c.claimed += float64(max(size, 0))
	cost := float64(max(c.l.size, 1)) * c.share // in the file around all
	limits := &c.vessel.limits
	switch {
	case c.claimed > float64(limits.Container):
		return fmt.Sprintf("the container's members are more than %d bytes: this one is not read", limits.Container)
	case c.claimed > ratioFrom && c.claimed > float64(limits.Ratio)*cost:
		return fmt.Sprintf("the container's members are more than %d times as large as what is stored: this one is not read", limits.Ratio)
	}
	return ""
}

// look finds out what a member is.
func (c *container) look(m *listed, body io.Reader) (*vessel, sniffed, error) {
	at := &m.member.at
	v := &vessel{limits: c.vessel.limits, size: at.Size, decoder: unpack.Decoder{Window: c.vessel.limits.Window}}
	if offset, plain := at.Plain(); plain && c.vessel.at != nil {
		v.at = io.NewSectionReader(c.vessel.at, offset, at.Size)
		kind, packed := c.kindAt(v.at, at.Size)
		return v, sniffed{kind: kind, packed: packed}, nil
	}
	if body == nil {
		var err error
		if body, err = c.vessel.open(at); err != nil {
			return nil, sniffed{}, err
		}
	}
	head := make([]byte, unpack.KindHead)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, sniffed{}, err
	}
	kind := unpack.KindOf(head[:n])
	body = io.MultiReader(bytes.NewReader(head[:n]), body)
	switch {
	case kind == unpack.Tar, kind == unpack.NoArchive && unpack.CodecOf(head[:n]) != unpack.None:
		return c.lookStream(v, m, body)
	case kind == unpack.NoArchive:
		return v, sniffed{}, nil
	}
	b, err := hold(body, v.limits.Held)
	v.at, v.size = bytes.NewReader(b), int64(len(b))
	return v, sniffed{kind: kind, held: true}, err
}

// lookStream looks for a tar in bytes that can be read only once.
func (c *container) lookStream(v *vessel, m *listed, body io.Reader) (*vessel, sniffed, error) {
	decoded := c.contents[m.level()]
	if err := decoded.reset(body, m.size, false); err != nil {
		return nil, sniffed{}, err
	}
	r := bufio.NewReaderSize(decoded, 64<<10)
	head, _ := r.Peek(unpack.KindHead)
	if unpack.KindOf(head) != unpack.Tar {
		return v, sniffed{}, nil
	}
	return v, sniffed{kind: unpack.Tar, stream: r}, nil
}

// isDigest reports whether an object lies where trails put their digest files, or signs the results of a query.
func isDigest(path string) bool {
	return strings.Contains(path, "CloudTrail-Digest") || integrity.IsSignFile(path)
}
