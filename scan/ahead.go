package scan

import (
	"fmt"
	"io"
)

// A readAhead reads a huge object's content ahead of the parser, so that its
// decompression and hashing take another core than the parsing. Between objects
// that is what having several workers is for.
type readAhead struct {
	full chan aheadPart
	free chan []byte
	quit chan struct{}
	part aheadPart
	left []byte // of part
}

type aheadPart struct {
	buf []byte
	err error // that came with it
}

const (
	aheadFrom  = 4 << 20 // stored bytes from which on it pays
	aheadBytes = 256 << 10
	aheadParts = 4
)

// start begins to read r, which nobody else may touch until stop has returned.
func (a *readAhead) start(r io.Reader) {
	if a.free == nil {
		a.free = make(chan []byte, aheadParts)
		for range aheadParts {
			a.free <- make([]byte, aheadBytes)
		}
	}
	a.full, a.quit = make(chan aheadPart, aheadParts), make(chan struct{})
	a.part, a.left = aheadPart{}, nil
	go a.fill(r)
}

func (a *readAhead) fill(r io.Reader) {
	defer close(a.full)
	for {
		select {
		case <-a.quit:
			return
		case buf := <-a.free:
			n, err := readPart(r, buf[:cap(buf)])
			a.full <- aheadPart{buf[:n], err} // has room for all parts
			if err != nil {
				return
			}
		}
	}
}

// readPart fills buf as far as it can. A panic in there is the object's problem.
func readPart(r io.Reader, buf []byte) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}

// Read implements io.Reader.
func (a *readAhead) Read(p []byte) (int, error) {
	for len(a.left) == 0 {
		if a.part.err != nil {
			return 0, a.part.err
		}
		a.release()
		a.part = <-a.full
		a.left = a.part.buf
	}
	n := copy(p, a.left)
	a.left = a.left[n:]
	return n, nil
}

func (a *readAhead) release() {
	if a.part.buf != nil {
		a.free <- a.part.buf
		a.part.buf = nil
	}
}

// stop ends the reading ahead, wherever it is.
func (a *readAhead) stop() {
	close(a.quit)
	a.release()
	for part := range a.full {
		a.free <- part.buf
	}
}
