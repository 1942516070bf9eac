package unpack

import "slices"

// sevenZipStreams says which packed streams a 7z archive has, how they are packed, and
// how many files each holds.
type sevenZipStreams struct {
	position int64   // of the packed streams
	packed   []int64 // their sizes
	folders  []folder7z
}

// A folder7z is one stream of files that were packed together.
type folder7z struct {
	offset, length int64  // in the archive
	size           int64  // unpacked
	reason         string // why it cannot be read
	harmless       bool
	method         method
	props          string
	sum            uint32
	summed         bool
	files          []file7z

	inputs int // packed streams
	coders int
	main   int // the coder whose output is the folder's
}

type file7z struct {
	size   int64
	sum    uint32
	summed bool
}

// locator is that of the folder's whole stream.
func (f *folder7z) locator() Locator {
	return Locator{Stream: f.offset, Size: f.size, Packed: f.length, method: f.method, props: f.props, length: f.length, unpacked: f.size, sum: f.sum, summed: f.summed}
}

func (s *sevenZipStreams) read(p *parser7z) error {
	for !p.bad {
		switch p.byte() {
		case id7End:
			return s.place(p)
		case id7Pack:
			s.packInfo(p)
		case id7Unpack:
			s.unpackInfo(p)
		case id7Sub:
			s.subInfo(p)
			return s.place(p) // its end is that of all
		default:
			return err7z
		}
	}
	return err7z
}

func (s *sevenZipStreams) packInfo(p *parser7z) {
	s.position = p.number()
	n := p.number()
	for !p.bad {
		switch p.byte() {
		case id7End:
			return
		case id7Size:
			for i := int64(0); i < n && !p.bad; i++ {
				s.packed = append(s.packed, p.number())
			}
		case id7CRC:
			p.digests(int(min(n, int64(len(s.packed)))), func(int, uint32) {})
		default:
			p.bad = true
		}
	}
}

func (s *sevenZipStreams) unpackInfo(p *parser7z) {
	if p.byte() != id7Folder {
		p.bad = true
	}
	n := p.number()
	p.inline()
	for i := int64(0); i < n && !p.bad; i++ {
		s.folders = append(s.folders, p.folder())
	}
	if p.byte() != id7Unpacked {
		p.bad = true
	}
	for i := range s.folders {
		f := &s.folders[i]
		for c := range f.coders {
			if size := p.number(); c == f.main {
				f.size = size
			}
		}
		f.files = []file7z{{size: f.size}} // unless something else is said
	}
	for !p.bad {
		switch p.byte() {
		case id7End:
			return
		case id7CRC:
			p.digests(len(s.folders), func(i int, sum uint32) {
				f := &s.folders[i]
				f.sum, f.summed = sum, true
				f.files[0].sum, f.files[0].summed = sum, true
			})
		default:
			p.bad = true
		}
	}
}

// subInfo reads how the folders are divided into files.
func (s *sevenZipStreams) subInfo(p *parser7z) {
	id := p.byte()
	counts := make([]int64, len(s.folders))
	for i := range counts {
		if counts[i] = 1; id == id7Count {
			counts[i] = p.number()
		}
	}
	if id == id7Count {
		id = p.byte()
	}
	for i := range s.folders {
		f, n := &s.folders[i], counts[i]
		if n == 1 {
			continue
		}
		f.files = nil
		left := f.size
		for j := int64(0); j < n && !p.bad; j++ {
			size := left
			if j < n-1 { // the last has what is left
				if id != id7Size {
					p.bad = true
				}
				size = p.number()
			}
			if left -= size; left < 0 {
				p.bad = true
			}
			f.files = append(f.files, file7z{size: size})
		}
	}
	if id == id7Size {
		id = p.byte()
	}
	if id == id7CRC {
		s.subDigests(p)
		id = p.byte()
	}
	if id != id7End || p.byte() != id7End {
		p.bad = true
	}
}

// subDigests reads the files' checksums. A folder of one file has given its own.
func (s *sevenZipStreams) subDigests(p *parser7z) {
	var open []*file7z
	for i := range s.folders {
		f := &s.folders[i]
		for j := range f.files {
			if !f.files[j].summed {
				open = append(open, &f.files[j])
			}
		}
	}
	p.digests(len(open), func(i int, sum uint32) { open[i].sum, open[i].summed = sum, true })
}

// digests takes n checksums, some of which may be missing.
func (p *parser7z) digests(n int, each func(i int, sum uint32)) {
	set := p.optional(n)
	for i := 0; i < n && !p.bad; i++ {
		if set.has(i) {
			each(i, p.uint32())
		}
	}
}

// place finds where the folders' packed streams lie.
func (s *sevenZipStreams) place(p *parser7z) error {
	offset := sevenZipHead + s.position
	packed := s.packed
	for i := range s.folders {
		f := &s.folders[i]
		if f.inputs > len(packed) {
			return err7z
		}
		f.offset = offset
		for _, n := range packed[:f.inputs] {
			f.length += n
			offset += n
		}
		packed = packed[f.inputs:]
		if f.length < 0 || offset < 0 {
			return err7z
		}
	}
	return p.err()
}

// methods7z are the methods that are read, by their IDs (Methods.txt of the LZMA SDK).
var methods7z = map[string]method{
	"\x00": stored, "\x21": lzma2, "\x03\x01\x01": lzma1, "\x04\x01\x08": deflated, "\x04\x02\x02": bzipped, "\x04\xf7\x11\x01": zstandard,
}

// filters7z are those for programs.
var filters7z = []string{"\x03\x03\x01\x03", "\x03\x03\x01\x1b", "\x03\x03\x02\x05", "\x03\x03\x04\x01", "\x03\x03\x05\x01", "\x03\x03\x07\x01", "\x03\x03\x08\x05", "\x04", "\x05", "\x06", "\x07", "\x08", "\x09", "\x0a", "\x0b"}

const (
	aes7z     = "\x06\xf1\x07\x01"
	maxCoders = 32 // as 7-Zip has it
)

// folder takes the description of a folder: its coders and how they are joined.
func (p *parser7z) folder() (f folder7z) {
	n := p.number()
	if n == 0 || n > maxCoders {
		p.bad = true
		return f
	}
	var ids []string
	inputs, outputs := int64(0), int64(0)
	for range n {
		flags := p.byte()
		id := string(p.take(int64(flags & 0xf)))
		in, out := int64(1), int64(1)
		if flags&0x10 != 0 {
			in, out = p.number(), p.number()
		}
		var props []byte
		if flags&0x20 != 0 {
			props = p.take(p.number())
		}
		if in > maxCoders || out != 1 || flags&0x80 != 0 { // of several outputs there was one method, long ago
			p.bad = true
			return f
		}
		inputs, outputs = inputs+in, outputs+out
		ids = append(ids, id)
		f.method, f.props = methods7z[id], string(props)
	}
	bound := make([]bool, outputs)
	for range outputs - 1 {
		in, out := p.number(), p.number()
		if in >= inputs || out >= outputs || bound[out] {
			p.bad = true
			return f
		}
		bound[out] = true
	}
	f.inputs = int(inputs - (outputs - 1))
	if f.inputs > 1 {
		for range f.inputs {
			p.number()
		}
	}
	f.coders, f.main = len(ids), slices.Index(bound, false)
	f.judge(ids)
	if f.inputs < 1 {
		p.bad = true
	}
	return f
}

// judge says why a folder cannot be read, if it cannot.
func (f *folder7z) judge(ids []string) {
	_, known := methods7z[ids[0]]
	filter := func(id string) bool { return slices.Contains(filters7z, id) }
	switch {
	case slices.Contains(ids, aes7z):
		f.reason = Encrypted
	case slices.ContainsFunc(ids, filter):
		f.reason, f.harmless = "a program, by the filter that it is packed with: not read", true
	case len(ids) > 1 || !known:
		f.reason = "packed by a method that is not read: unpack it first"
	case f.method == lzma1 && len(f.props) != 5, f.method == lzma2 && len(f.props) != 1:
		f.reason = "packed with malformed properties"
	}
}

// cursor7z goes through the files of all folders.
type cursor7z struct {
	s            *sevenZipStreams
	folder, file int
	skip         int64
}

func (s *sevenZipStreams) cursor() *cursor7z { return &cursor7z{s: s} }

// fill gives the entry the next file's place.
func (c *cursor7z) fill(e *Entry) bool {
	for c.folder < len(c.s.folders) && c.file == len(c.s.folders[c.folder].files) {
		c.folder, c.file, c.skip = c.folder+1, 0, 0
	}
	if c.folder == len(c.s.folders) {
		return false
	}
	f := &c.s.folders[c.folder]
	file := f.files[c.file]
	e.Reason, e.Harmless, e.At = f.reason, f.harmless, f.locator()
	e.At.Size, e.At.sum, e.At.summed = file.size, file.sum, file.summed
	switch {
	case f.method == stored:
		e.At.Stream, e.At.length, e.At.Packed = f.offset+c.skip, file.size, file.size
	case len(f.files) > 1:
		e.At.Shared, e.At.Skip, e.At.Packed = true, c.skip, share(file.size, f.length, f.size)
	}
	c.file++
	c.skip += file.size
	return true
}
