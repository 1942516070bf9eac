package scan

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// A container is being listed.
type container struct {
	*lister
	sniffed
	ctx     context.Context
	l       listed
	vessel  *vessel // to look at members, and its ordinal
	names   *memberNames
	n       int64   // members
	locked  int64   // of them, encrypted
	claimed float64 // bytes that the members have, as the container says
	line    Object
	sum     []byte // SHA-256 of the bytes, where listing has read them all
}

// list lists the members, and then writes the container's line. An error is ours.
func (c *container) list() error {
	c.line = Object{
		Ordinal: c.vessel.ordinal, Source: c.run.sources.table.labels[c.l.source], Path: shown(c.l.path), Size: c.l.size,
		Shape: c.kind.String(), Notes: c.l.member.notes(c.l.path),
	}
	sequence := !c.inStream && (c.packed || c.held || c.stream != nil || c.kind == unpack.SevenZip)
	c.inStream = c.inStream || sequence
	err := c.members()
	if _, ours := errors.AsType[*ourError](err); ours {
		return err
	}
	if sequence {
		c.inStream = false
		c.run.streams = append(c.run.streams, stretch{from: c.vessel.ordinal + 1, to: c.run.sources.table.n})
	}
	return c.finish(errors.Join(err, c.hash()))
}

// members lists the members. A panic in there is the container's problem.
func (c *container) members() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if c.kind == unpack.Zip {
		if why := closedZip(c.vessel); why != "" {
			return errors.New(why)
		}
	}
	if c.stream == nil && !c.packed {
		return c.vessel.list(c.kind, false, func(e *unpack.Entry) error { return c.member(e, nil) })
	}
	return c.tarStream(unpack.Limits{Members: c.vessel.limits.Members})
}

// tarStream lists a tar that is read from its beginning to its end, and hashed.
func (c *container) tarStream(limits unpack.Limits) error {
	decoded := c.contents[c.l.level()]
	if c.stream == nil {
		if err := decoded.reset(io.NewSectionReader(c.vessel.at, 0, c.vessel.size), c.vessel.size, false); err != nil {
			return err
		}
		c.stream = bufio.NewReaderSize(decoded, 64<<10)
	}
	err := unpack.ListTar(c.stream, false, func() int64 { return decoded.stored.n }, limits, c.member)
	if _, ours := errors.AsType[*ourError](err); ours {
		return err
	}
	if derr := decoded.drain(); err == nil {
		err = derr
	}
	c.sum, c.line.Size = decoded.stored.sum.Sum(nil), decoded.stored.n
	if decoded.zipped {
		c.line.Notes = append(c.line.Notes, "packed as gzip")
	} else if codecs := decoded.codecs(); codecs != "" {
		c.line.Notes = append(c.line.Notes, "packed as "+codecs)
	}
	return err
}

// closedZip says why none of a zip archive's members is to be listed.
func closedZip(v *vessel) string {
	names := map[string]string{} // the first few, with their reasons
	image := false
	unpack.ListZip(v.at, v.size, unpack.Limits{Members: v.limits.Members}, func(e *unpack.Entry) error { // its errors come again
		image = image || e.Name == "information.turtle"
		if len(names) < 3 {
			names[e.Name] = e.Reason
		}
		return nil
	})
	_, keys := names["metadata.json"]
	switch {
	case image:
		return "AFF4 image: mount it, or export its files, first (aff4imager or pyaff4)"
	case keys && names["data.zip"] == unpack.Encrypted:
		return "encrypted Velociraptor collection: decrypt it first, with the key of the server that it was made for"
	}
	return ""
}

// hash hashes a container that listing has not read from end to end.
func (c *container) hash() error {
	if c.sum != nil {
		return nil
	}
	sum := sha256.New()
	n, err := io.Copy(sum, &cancelled{c.ctx, io.NewSectionReader(c.vessel.at, 0, c.vessel.size)})
	if c.ctx.Err() != nil {
		return &ourError{c.ctx.Err()}
	}
	c.sum, c.line.Size = sum.Sum(nil), n
	return err
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// membersNote says in a container's line how many of the following are its members.
const membersNote = "members: %d, each with a line of its own"

// finish writes the container's line. err is what is wrong with it.
func (c *container) finish(err error) error {
	if ours, ok := errors.AsType[*ourError](err); ok {
		return ours
	}
	o := &c.line
	o.SHA256 = hex.EncodeToString(c.sum)
	o.Status, o.Reason = Recognised, c.kind.String()
	var problems []string
	if err != nil {
		problems = append(problems, reasonOfContainer(err))
	}
	if c.l.size >= 0 && o.Size != c.l.size && c.l.member == nil {
		problems = append(problems, changedSize(c.l.size, o.Size))
	}
	if c.locked > 0 && c.locked == c.n {
		problems = append(problems, "encrypted "+c.kind.String()+": decrypt it first")
	}
	if c.n > 0 {
		o.Notes = append(o.Notes, fmt.Sprintf(membersNote, c.n))
	}
	if len(problems) > 0 {
		o.Status, o.Reason = Damaged, problems[0]
		if c.n == c.locked {
			o.Status = Unreadable
		}
	}
	for i, text := range problems {
		p := Problem{Offset: -1, Index: -1, Text: text}
		o.Problems = append(o.Problems, p)
		if err := c.objects.Add(objectKey(o.Ordinal, uint64(i+1)), encodeJSON(ObjectProblem{o.Ordinal, p})); err != nil {
			return err
		}
	}
	o.ProblemCount = int64(len(problems))
	c.sums.addObject(o)
	if p := c.run.cfg.Progress; p != nil { // its bytes are those of the members
		p.Objects.Add(1)
	}
	return c.objects.Add(objectKey(o.Ordinal, 0), o.append(nil))
}

func reasonOfContainer(err error) string {
	reason := reasonOf(err)
	if reason == io.ErrUnexpectedEOF.Error() {
		return "cut short"
	}
	return reason
}

func changedSize(listed, read int64) string {
	return fmt.Sprintf("changed while it was examined: %d bytes when listed, %d when read", listed, read)
}
