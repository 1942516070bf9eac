package scan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A vessel is a container that is open for one goroutine. Of members that share a
// stream it keeps the place up to which that was read: in the order of their ordinals
// one pass reads all.
type vessel struct {
	ordinal uint64
	limits  Limits
	decoder unpack.Decoder
	close   func() error

	at   io.ReaderAt // the container's bytes; nil: they come as a stream
	size int64
	// begin opens the container's bytes as a stream, from the beginning, and says how
	// often the vessel around it was used: the stream ends when that is used otherwise.
	begin func() (io.Reader, error)
	outer *vessel // nil: the container is a file

	uses    int // of this vessel, by members
	stream  io.Reader
	from    int64 // the stream's Locator.Stream
	pos     int64 // in the decoded stream
	valid   int   // outer.uses while the stream was read last
	content *content
}

// open returns the member's bytes, which are valid until the next call.
func (v *vessel) open(at *unpack.Locator) (io.Reader, error) {
	v.uses++
	if !at.Shared {
		if v.at == nil {
			return nil, errors.New("not a part of a stream")
		}
		return v.decoder.Member(v.at, v.size, at)
	}
	if v.stream == nil || v.from != at.Stream || v.pos > at.Skip || v.outer != nil && v.valid != v.outer.uses {
		if err := v.restart(at); err != nil {
			return nil, err
		}
	}
	if _, err := io.CopyN(io.Discard, (*vesselStream)(v), at.Skip-v.pos); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return at.Member((*vesselStream)(v)), nil
}

// restart begins to read the stream that the member is a part of.
func (v *vessel) restart(at *unpack.Locator) (err error) {
	v.stream, v.from, v.pos = nil, at.Stream, 0
	var r io.Reader
	if !at.Whole() {
		r, err = v.decoder.Packed(v.at, v.size, at)
	} else if r, err = v.begin(); err == nil {
		if v.content == nil {
			v.content = newUnhashed(v.limits.ofContainers())
		}
		err = v.content.reset(r, v.size, false)
		r = v.content
	}
	if err != nil {
		return err
	}
	v.stream = bufio.NewReaderSize(r, 64<<10)
	if v.outer != nil {
		v.valid = v.outer.uses
	}
	return nil
}

// vesselStream reads the stream and keeps the place.
type vesselStream vessel

func (v *vesselStream) Read(p []byte) (int, error) {
	n, err := v.stream.Read(p)
	v.pos += int64(n)
	return n, err
}

// ofContainers are the limits for a container's own bytes.
func (l Limits) ofContainers() Limits {
	l.Content = l.Container
	return l
}

// vesselOf makes the vessel of a file.
func vesselOf(ordinal uint64, f file, limits Limits) *vessel {
	return &vessel{
		ordinal: ordinal, limits: limits, decoder: unpack.Decoder{Window: limits.Window}, close: f.Close, at: f, size: f.size,
		begin: func() (io.Reader, error) { return io.NewSectionReader(f, 0, f.size), nil },
	}
}

// within makes the vessel of a container that is a member of this one. Of what is not a
// tar and does not lie in it as it is, the bytes are held in memory.
func (v *vessel) within(ordinal uint64, l *listed) (*vessel, error) {
	at := &l.member.at
	in := &vessel{ordinal: ordinal, limits: v.limits, decoder: unpack.Decoder{Window: v.limits.Window}, close: func() error { return nil }, size: at.Size, outer: v}
	if offset, plain := at.Plain(); plain && v.at != nil {
		in.at = io.NewSectionReader(v.at, offset, at.Size)
	} else if l.kind != unpack.Tar {
		r, err := v.open(at)
		if err != nil {
			return nil, err
		}
		b, err := hold(r, v.limits.Held)
		if err != nil {
			return nil, err
		}
		in.at, in.size = bytes.NewReader(b), int64(len(b))
	}
	in.begin = func() (io.Reader, error) {
		if in.at != nil {
			return io.NewSectionReader(in.at, 0, in.size), nil
		}
		return v.open(at)
	}
	return in, nil
}

// hold reads all of r, which may be of some size at most.
func hold(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("more than %d bytes: %w", limit, errTooLarge)
	}
	return b, err
}

// vessel returns the open container of that ordinal. For each level one is kept.
func (o *opener) vessel(ordinal uint64) (*vessel, error) {
	l, err := o.s.table.object(ordinal)
	if err != nil {
		return nil, err
	}
	level := l.level()
	if v := o.vessels[level]; v != nil && v.ordinal == ordinal {
		return v, nil
	}
	if err := o.leave(level); err != nil {
		return nil, err
	}
	var v *vessel
	if l.member == nil {
		f, err := o.file(l)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		v = vesselOf(ordinal, file{f, info.Size()}, o.s.limits)
	} else {
		outer, err := o.vessel(l.member.container)
		if err != nil {
			return nil, err
		}
		if v, err = outer.within(ordinal, &l); err != nil {
			return nil, err
		}
	}
	o.vessels[level] = v
	return v, nil
}

// leave closes the vessels of a level and those within.
func (o *opener) leave(level int) error {
	var errs []error
	for i := maxLevels - 1; i >= level; i-- {
		if v := o.vessels[i]; v != nil {
			errs = append(errs, v.close())
			o.vessels[i] = nil
		}
	}
	return errors.Join(errs...)
}
