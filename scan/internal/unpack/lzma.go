package unpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// An lzmaReader decodes LZMA (LZMA specification 9.38, LZMA SDK) and, chunk by chunk,
// LZMA2. What it decoded before an error it has given out.
type lzmaReader struct {
	in     io.Reader
	buf    []byte // compressed bytes that were read
	at     int    // the next of them
	more   bool   // buf may be filled again from in
	inErr  error  // of in, or io.ErrUnexpectedEOF
	starve bool   // a byte was wanted that is not there: what was decoded with it is void
	rng    uint32
	code   uint32

	window window
	left   int64 // bytes to come; -1: up to an end marker
	match  int   // bytes of a match that are still to be copied
	state  int
	rep    [4]uint32
	lc     uint
	lpMask uint32
	pbMask uint32
	probs
}

// probs are the probabilities of bits, in 2048ths.
type probs struct {
	isMatch, isRep0Long       [12][16]uint16
	isRep, isG0, isG1, isG2   [12]uint16
	slot                      [4][64]uint16
	special                   [128]uint16
	align                     [16]uint16
	matchLength, repeatLength lengthProbs
	literal                   []uint16
}

type lengthProbs struct {
	choice   [2]uint16
	low, mid [16][8]uint16
	high     [256]uint16
}

const halfProb = 1 << 10

func fillHalf(p []uint16) {
	for i := range p {
		p[i] = halfProb
	}
}

func (l *lengthProbs) reset() {
	fillHalf(l.choice[:])
	for i := range l.low {
		fillHalf(l.low[i][:])
		fillHalf(l.mid[i][:])
	}
	fillHalf(l.high[:])
}

var errLZMA = errors.New("corrupt LZMA data")

// openLZMA decodes raw LZMA. props are one byte of lc, lp and pb and four of the
// dictionary's size; size is that of the content, -1 if only an end marker tells.
func openLZMA(r io.Reader, props string, size, limit int64) (io.Reader, error) {
	l := &lzmaReader{in: r, more: true, left: size}
	if err := l.window.init(int64(binary.LittleEndian.Uint32([]byte(props[1:]))), limit); err != nil {
		return nil, err
	}
	if err := l.setProps(props[0]); err != nil {
		return nil, err
	}
	l.resetState()
	l.resetRange()
	return l, nil
}

func (l *lzmaReader) setProps(b byte) error {
	if b >= 9*5*5 {
		return fmt.Errorf("properties: %w", errLZMA)
	}
	l.lc = uint(b % 9)
	l.lpMask, l.pbMask = 1<<(b/9%5)-1, 1<<(b/45)-1
	if n := 0x300 << (l.lc + uint(b/9%5)); cap(l.literal) >= n {
		l.literal = l.literal[:n]
	} else {
		l.literal = make([]uint16, n)
	}
	return nil
}

func (l *lzmaReader) resetState() {
	for i := range l.isMatch {
		fillHalf(l.isMatch[i][:])
		fillHalf(l.isRep0Long[i][:])
	}
	for _, p := range [][]uint16{l.isRep[:], l.isG0[:], l.isG1[:], l.isG2[:], l.special[:], l.align[:], l.literal} {
		fillHalf(p)
	}
	for i := range l.slot {
		fillHalf(l.slot[i][:])
	}
	l.matchLength.reset()
	l.repeatLength.reset()
	l.state, l.rep, l.match = 0, [4]uint32{}, 0
}

// resetRange begins the range coder's bytes, of which the first is always zero.
func (l *lzmaReader) resetRange() {
	l.rng, l.code, l.starve = 0xffffffff, 0, false
	for range 5 {
		l.code = l.code<<8 | uint32(l.next())
	}
}

func (l *lzmaReader) next() byte {
	if l.at == len(l.buf) && !l.fill() {
		l.starve = true
		return 0
	}
	b := l.buf[l.at]
	l.at++
	return b
}

// fill reads on.
func (l *lzmaReader) fill() bool {
	if !l.more {
		return false
	}
	if l.buf == nil {
		l.buf = make([]byte, 32<<10)
	}
	l.buf = l.buf[:cap(l.buf)]
	n := 0
	for n == 0 && l.inErr == nil {
		n, l.inErr = l.in.Read(l.buf)
	}
	l.buf, l.at = l.buf[:n], 0
	l.more = l.inErr == nil
	return n > 0
}

// starved is why there are no more bytes.
func (l *lzmaReader) starved() error {
	if l.inErr != nil {
		return cut(l.inErr)
	}
	return io.ErrUnexpectedEOF
}

func (l *lzmaReader) bit(p *uint16) uint32 {
	if l.rng < 1<<24 {
		l.rng <<= 8
		l.code = l.code<<8 | uint32(l.next())
	}
	bound := (l.rng >> 11) * uint32(*p)
	if l.code < bound {
		l.rng = bound
		*p += (1<<11 - *p) >> 5
		return 0
	}
	l.rng -= bound
	l.code -= bound
	*p -= *p >> 5
	return 1
}

// tree decodes a number of some bits, the highest first.
func (l *lzmaReader) tree(p []uint16, bits uint) uint32 {
	m := uint32(1)
	for range bits {
		m = m<<1 | l.bit(&p[m])
	}
	return m - 1<<bits
}

// reverse decodes a number of some bits, the lowest first.
func (l *lzmaReader) reverse(p []uint16, bits uint) (v uint32) {
	m := uint32(1)
	for i := range bits {
		b := l.bit(&p[m])
		m = m<<1 | b
		v |= b << i
	}
	return v
}

// direct decodes bits of which each value is as likely.
func (l *lzmaReader) direct(bits uint) (v uint32) {
	for range bits {
		if l.rng < 1<<24 {
			l.rng <<= 8
			l.code = l.code<<8 | uint32(l.next())
		}
		l.rng >>= 1
		v <<= 1
		if l.code >= l.rng {
			l.code -= l.rng
			v |= 1
		}
	}
	return v
}

func (l *lzmaReader) length(p *lengthProbs, posState uint32) int {
	switch {
	case l.bit(&p.choice[0]) == 0:
		return 2 + int(l.tree(p.low[posState][:], 3))
	case l.bit(&p.choice[1]) == 0:
		return 10 + int(l.tree(p.mid[posState][:], 3))
	}
	return 18 + int(l.tree(p.high[:], 8))
}

func (l *lzmaReader) distance(length int) uint32 {
	slot := l.tree(l.slot[min(length-2, 3)][:], 6)
	if slot < 4 {
		return slot
	}
	bits := uint(slot>>1 - 1)
	base := (2 | slot&1) << bits
	if slot < 14 {
		return base + l.reverse(l.special[base-slot:], bits)
	}
	return base + l.direct(bits-4)<<4 + l.reverse(l.align[:], 4)
}

func (l *lzmaReader) decodeLiteral() byte {
	pos, previous := uint32(l.window.total), uint32(l.window.back(1))
	p := l.literal[0x300*((pos&l.lpMask)<<l.lc+previous>>(8-l.lc)):][:0x300]
	m := uint32(1)
	if l.state >= 7 { // behind a match: the byte that would follow it is a hint
		hint := uint32(l.window.back(l.rep[0] + 1))
		for m < 0x100 {
			hint <<= 1
			b := l.bit(&p[0x100+hint&0x100+m])
			m = m<<1 | b
			if hint>>8&1 != b {
				break
			}
		}
	}
	for m < 0x100 {
		m = m<<1 | l.bit(&p[m])
	}
	return byte(m)
}

// Read implements io.Reader for LZMA.
func (l *lzmaReader) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = l.decode(p[n:])
		n += m
		if l.left == 0 && err == nil {
			err = io.EOF
		}
	}
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// decode decodes up to len(p) bytes, and stops at the end.
func (l *lzmaReader) decode(p []byte) (n int, err error) {
	for n < len(p) && l.left != 0 {
		if l.match == 0 {
			if err := l.symbol(p[n:]); err != nil {
				return n, err
			}
			if l.match == 0 { // it was one byte
				n++
				l.take(1)
			}
			continue
		}
		m := min(l.match, len(p)-n)
		if l.left >= 0 && int64(m) > l.left {
			return n, errLZMA
		}
		l.window.repeat(l.rep[0]+1, p[n:n+m])
		l.match -= m
		n += m
		l.take(m)
	}
	return n, nil
}

func (l *lzmaReader) take(n int) {
	if l.left > 0 {
		l.left -= int64(n)
	}
}

// symbol decodes a byte into p, or the length of a match into l.match.
func (l *lzmaReader) symbol(p []byte) error {
	posState := uint32(l.window.total) & l.pbMask
	if l.bit(&l.isMatch[l.state][posState]) == 0 {
		b := l.decodeLiteral()
		if l.starve {
			return l.starved()
		}
		switch {
		case l.state < 4:
			l.state = 0
		case l.state < 10:
			l.state -= 3
		default:
			l.state -= 6
		}
		p[0] = b
		l.window.put(b)
		return nil
	}
	length, end := l.matched(posState)
	switch {
	case l.starve:
		return l.starved()
	case end && l.left <= 0: // with a size that is known, it may stand behind it only
		l.left = 0
		return io.EOF
	case end || !l.window.has(l.rep[0]+1):
		return errLZMA
	}
	if l.match = length; length == 1 {
		l.match = 0
		p[0] = l.window.back(l.rep[0] + 1)
		l.window.put(p[0])
	}
	return nil
}

// matched decodes what kind of match there is: its length, and in rep[0] its distance
// less one. end says that it is the end marker.
func (l *lzmaReader) matched(posState uint32) (length int, end bool) {
	after := func(literal, match int) {
		if l.state < 7 {
			l.state = literal
		} else {
			l.state = match
		}
	}
	if l.bit(&l.isRep[l.state]) == 0 {
		l.rep[3], l.rep[2], l.rep[1] = l.rep[2], l.rep[1], l.rep[0]
		length = l.length(&l.matchLength, posState)
		after(7, 10)
		l.rep[0] = l.distance(length)
		return length, l.rep[0] == 0xffffffff
	}
	switch {
	case l.bit(&l.isG0[l.state]) == 0:
		if l.bit(&l.isRep0Long[l.state][posState]) == 0 {
			after(9, 11)
			return 1, false
		}
	case l.bit(&l.isG1[l.state]) == 0:
		l.rep[0], l.rep[1] = l.rep[1], l.rep[0]
	case l.bit(&l.isG2[l.state]) == 0:
		l.rep[0], l.rep[1], l.rep[2] = l.rep[2], l.rep[0], l.rep[1]
	default:
		l.rep[0], l.rep[1], l.rep[2], l.rep[3] = l.rep[3], l.rep[0], l.rep[1], l.rep[2]
	}
	length = l.length(&l.repeatLength, posState)
	after(8, 11)
	return length, false
}
