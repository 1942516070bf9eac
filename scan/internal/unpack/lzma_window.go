package unpack

// window holds the last bytes that were decoded. It grows with them: what a stream
// says of its dictionary is believed only as far as it was filled.
type window struct {
	buf   []byte
	pos   int   // where the next byte goes
	max   int   // the dictionary's size
	total int64 // bytes since the dictionary was reset
}

func (w *window) init(size, limit int64) error {
	if size > limit {
		return &WindowError{size, limit}
	}
	w.max = int(max(size, 4<<10)) // as the specification has it
	return nil
}

func (w *window) reset() { w.total = 0 }

// has reports whether there is a byte at that distance; 1 is the last one. A distance
// that overflowed is 0.
func (w *window) has(distance uint32) bool {
	return distance != 0 && int64(distance) <= w.total && int64(distance) <= int64(w.max)
}

// back returns the byte at a distance, 0 where there is none.
func (w *window) back(distance uint32) byte {
	if !w.has(distance) {
		return 0
	}
	at := w.pos - int(distance)
	if at < 0 {
		at += len(w.buf)
	}
	return w.buf[at]
}

func (w *window) put(b byte) {
	if w.pos == len(w.buf) {
		w.room()
	}
	w.buf[w.pos] = b
	w.pos++
	w.total++
}

// room makes place at the end of the buffer, or goes on at its beginning.
func (w *window) room() {
	if len(w.buf) == w.max {
		w.pos = 0
		return
	}
	grown := make([]byte, min(w.max, max(64<<10, 2*len(w.buf))))
	copy(grown, w.buf)
	w.buf = grown
}

// repeat appends bytes that repeat those at a distance, and copies them to p.
func (w *window) repeat(distance uint32, p []byte) {
	for n := 0; n < len(p); {
		if w.pos == len(w.buf) {
			w.room()
		}
		from := w.pos - int(distance)
		if from < 0 {
			from += len(w.buf)
		}
		// As much as neither wraps around nor overtakes itself.
		m := min(len(p)-n, len(w.buf)-w.pos, len(w.buf)-from)
		if from < w.pos {
			m = min(m, w.pos-from)
		}
		copy(w.buf[w.pos:w.pos+m], w.buf[from:from+m])
		copy(p[n:], w.buf[w.pos:w.pos+m])
		w.pos += m
		n += m
	}
	w.total += int64(len(p))
}

// append appends bytes.
func (w *window) append(p []byte) {
	for len(p) > 0 {
		if w.pos == len(w.buf) {
			w.room()
		}
		n := copy(w.buf[w.pos:], p)
		w.pos += n
		w.total += int64(n)
		p = p[n:]
	}
}
