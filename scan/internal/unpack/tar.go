package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ListTar lists a tar archive from its decoded bytes. With each entry yield gets the
// member's bytes, of which it may read as many as it likes before it returns. Where r
// is an io.Seeker, they are passed over without being read.
//
// plain says that the bytes are the archive's own, so that members can be read by
// themselves; otherwise they are parts of one stream, and packed returns how many of
// its packed bytes were taken so far.
func ListTar(r io.Reader, plain bool, packed func() int64, l Limits, yield func(*Entry, io.Reader) error) error {
	t := &tarLister{in: tarInput{r: r}, plain: plain, packed: packed}
	t.out = lister{limit: l.members(), yield: func(e *Entry) error { return yield(e, t.tar) }}
	var in io.Reader = &t.in
	if s, ok := r.(io.Seeker); ok {
		in = &seekingInput{&t.in, s}
	}
	for {
		t.tar = tar.NewReader(in)
		if err := t.members(); err != nil {
			return own(cut(err))
		}
		if more, err := t.in.behind(); err != nil || !more {
			return err
		}
	}
}

type tarLister struct {
	in     tarInput
	tar    *tar.Reader
	plain  bool
	packed func() int64
	out    lister
	next   int64 // where the following header is
}

// members lists one archive. Its error is nil where the archive has its end.
func (t *tarLister) members() error {
	for {
		h, err := t.tar.Next()
		switch {
		case err == io.EOF:
			if t.in.zeros < 2 || t.in.n < t.next+2*blockSize { // archive/tar does without the two blocks of zeros
				return io.ErrUnexpectedEOF
			}
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // a name is only shown
			if errors.Is(err, tar.ErrHeader) {
				return fmt.Errorf("offset %d: no tar header", t.in.n-blockSize)
			}
			return err
		case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
			continue
		}
		t.next = t.in.n + (max(h.Size, 0)+blockSize-1)/blockSize*blockSize
		if err := t.out.add(t.entry(h)); err != nil {
			return err
		}
	}
}

func (t *tarLister) entry(h *tar.Header) *Entry {
	e := &Entry{Name: h.Name, Reason: tarReason(h), At: Locator{Size: h.Size, Packed: h.Size}}
	if t.plain {
		e.At.Stream, e.At.length = t.in.n, h.Size
		return e
	}
	e.At.Shared, e.At.method, e.At.Skip = true, whole, t.in.n
	e.At.Packed = share(h.Size, t.packed(), t.in.n)
	return e
}

// share is how many of the packed bytes a part of the unpacked ones takes.
func share(part, packed, unpacked int64) int64 {
	return int64(float64(part) * float64(packed) / float64(max(unpacked, 1)))
}

// blockSize is tar's.
const blockSize = 512

// tarReason says why an entry has no bytes of its own to read.
func tarReason(h *tar.Header) string {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont:
		for key := range h.PAXRecords {
			if strings.HasPrefix(key, "GNU.sparse.") {
				return "sparse file: not read"
			}
		}
		return ""
	case tar.TypeGNUSparse:
		return "sparse file: not read"
	case tar.TypeLink:
		return "hard link to another member: not followed"
	case tar.TypeSymlink:
		return "symbolic link: not followed"
	case tar.TypeFifo:
		return "named pipe: not read"
	case tar.TypeChar, tar.TypeBlock:
		return "device: not read"
	}
	return fmt.Sprintf("tar entry of type %q: not read", h.Typeflag)
}

// tarInput counts what archive/tar takes, which is whole blocks of headers and the
// exact bytes of members, and how many blocks of zeros it took last.
type tarInput struct {
	r     io.Reader
	n     int64
	zeros int
}

func (t *tarInput) Read(p []byte) (int, error) {
	n, err := io.ReadFull(t.r, p)
	t.n += int64(n)
	if t.zeros++; n != blockSize || len(p) != blockSize || !allZero(p) {
		t.zeros = 0
	}
	if n > 0 && err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// behind looks at what follows an archive's end: zeros are padding, and anything else
// the beginning of another archive, which `cat` may have put there.
func (t *tarInput) behind() (more bool, err error) {
	var block [blockSize]byte
	for {
		n, err := io.ReadFull(t.r, block[:])
		t.n += int64(n)
		switch {
		case !allZero(block[:n]) && KindOf(block[:n]) == Tar:
			t.r = io.MultiReader(strings.NewReader(string(block[:n])), t.r)
			t.n -= int64(n)
			return true, nil
		case !allZero(block[:n]):
			return false, fmt.Errorf("offset %d: something else follows the archive's end", t.n-int64(n))
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return false, nil
		case err != nil:
			return false, err
		}
	}
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// seekingInput lets archive/tar pass over a member's bytes.
type seekingInput struct {
	*tarInput
	s io.Seeker
}

func (s *seekingInput) Seek(offset int64, whence int) (int64, error) {
	to, err := s.s.Seek(offset, whence)
	if err == nil {
		s.n = to
	}
	return to, err
}
