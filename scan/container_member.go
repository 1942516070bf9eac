package scan

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// reopened are the limits for what was read before, and is read again for one record:
// no less than any run has, as far as they guard against bombs.
var reopened = Limits{Content: 1 << 50, Ratio: 1 << 40, Container: 1 << 50, Window: 256 << 20, Held: 256 << 20}

// Content returns an object's content: its bytes, decompressed as Run decompresses
// them. An error says that nothing can be read.
func Content(r io.Reader) (io.Reader, error) {
	c := newUnhashed(reopened)
	if err := c.reset(r, smallSize, false); err != nil {
		return nil, err
	}
	return c, nil
}

// OpenMember opens a member of the container that f is, by what the manifest shows
// behind the container's path and a "!". The reader is valid while f is open. The error
// wraps fs.ErrNotExist if f is no container, or has no such member.
func OpenMember(f *os.File, name string) (io.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return openMember(vesselOf(0, file{f, info.Size()}, reopened.withDefaults()), name, 1)
}

// openMember opens a member of a container that lies level-1 containers deep.
func openMember(v *vessel, name string, level int) (io.Reader, error) {
	kind, packed, err := v.kind()
	if err != nil {
		return nil, err
	}
	var exact, around *unpack.Entry
	names, rest := newMemberNames(""), ""
	done := errors.New("found")
	err = v.list(kind, packed, func(e *unpack.Entry) error {
		path, _ := names.path(e)
		label := shown(path[1:])
		if label == name {
			exact = e
			return done
		}
		if behind, ok := strings.CutPrefix(name, label+"!"); ok && level < maxLevels && around == nil {
			around, rest = e, behind
		}
		return nil
	})
	switch {
	case exact != nil && exact.Reason != "":
		return nil, errors.New(exact.Reason)
	case exact != nil:
		return v.open(&exact.At)
	case around != nil && around.Reason == "":
		inner, err := v.enter(around)
		if err != nil {
			return nil, err
		}
		return openMember(inner, rest, level+1)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return nil, fmt.Errorf("member: %w", fs.ErrNotExist)
}

// kind tells what the container is, and whether it is compressed.
func (v *vessel) kind() (kind unpack.Kind, packed bool, err error) {
	r, err := v.begin()
	if err != nil {
		return kind, false, err
	}
	head := make([]byte, unpack.KindHead)
	if kind, err = kindHere(r, head); err != nil || kind != unpack.NoArchive {
		return kind, false, err
	}
	if r, err = v.begin(); err != nil {
		return kind, false, err
	}
	if r, err = Content(r); err != nil {
		return kind, false, err
	}
	if kind, err = kindHere(r, head); err == nil && kind != unpack.Tar {
		err = fmt.Errorf("container: %w", fs.ErrNotExist)
	}
	return kind, true, err
}

// kindHere tells what begins with the next bytes of r.
func kindHere(r io.Reader, head []byte) (unpack.Kind, error) {
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return unpack.NoArchive, err
	}
	return unpack.KindOf(head[:n]), nil
}

// list lists the members, of whatever kind the container is.
func (v *vessel) list(kind unpack.Kind, packed bool, yield func(*unpack.Entry) error) error {
	limits := unpack.Limits{Members: v.limits.Members, Header: v.limits.Held}
	each := func(e *unpack.Entry, _ io.Reader) error { return yield(e) }
	switch {
	case kind == unpack.Zip:
		return unpack.ListZip(v.at, v.size, limits, yield)
	case kind == unpack.SevenZip:
		return unpack.List7z(v.at, v.size, v.limits.Window, limits, yield)
	case v.at != nil && !packed:
		return unpack.ListTar(io.NewSectionReader(v.at, 0, v.size), true, nil, limits, each)
	}
	r, err := v.begin()
	if err == nil {
		r, err = Content(r)
	}
	if err != nil {
		return err
	}
	return unpack.ListTar(bufio.NewReader(r), false, func() int64 { return 0 }, limits, each)
}

// enter makes the vessel of a member that may be a container.
func (v *vessel) enter(e *unpack.Entry) (*vessel, error) {
	r, err := v.open(&e.At)
	if err != nil {
		return nil, err
	}
	kind, err := kindHere(r, make([]byte, unpack.KindHead))
	if err != nil {
		return nil, err
	}
	if kind == unpack.NoArchive { // perhaps a tar that is compressed
		kind = unpack.Tar
	}
	return v.within(0, &listed{kind: kind, member: &member{at: e.At}})
}
