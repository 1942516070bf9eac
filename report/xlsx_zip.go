package report

import (
	"archive/zip"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/klauspost/compress/flate"
)

// An xlsxZip takes the parts of a workbook in whatever order they come, and writes them in that of their names, so that
// the same workbook has the same bytes. Until then they wait in files, compressed: in memory would be the whole book.
type xlsxZip struct {
	w     io.Writer
	dir   string // of the files
	parts map[string]*xlsxPart
	last  *xlsxPart // that may get more
}

// An xlsxPart is a part of the workbook.
type xlsxPart struct {
	file *os.File
	z    *flate.Writer // nil: it is whole
	size uint64
	sum  uint32
}

func newXLSXZip(w io.Writer, dir string) *xlsxZip {
	return &xlsxZip{w: w, dir: dir, parts: map[string]*xlsxPart{}}
}

// Create implements excelize.ZipWriter. As in archive/zip, the part before is whole then.
func (x *xlsxZip) Create(name string) (io.Writer, error) {
	if err := x.end(); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(x.dir, ".tmp-*")
	if err != nil {
		return nil, err
	}
	p := &xlsxPart{file: f}
	x.parts[name], x.last = p, p
	p.z, err = flate.NewWriter(f, flate.DefaultCompression)
	return p, err
}

// Write implements io.Writer.
func (p *xlsxPart) Write(b []byte) (int, error) {
	n, err := p.z.Write(b)
	p.size += uint64(n)
	p.sum = crc32.Update(p.sum, crc32.IEEETable, b[:n])
	return n, err
}

func (x *xlsxZip) end() error {
	if x.last == nil {
		return nil
	}
	err := x.last.z.Close()
	x.last = nil
	return err
}

// AddFS implements excelize.ZipWriter, which does not ask for it.
func (x *xlsxZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close implements excelize.ZipWriter: it writes all the parts.
func (x *xlsxZip) Close() error {
	err := x.end()
	w := zip.NewWriter(x.w)
	for _, name := range slices.Sorted(maps.Keys(x.parts)) {
		if err == nil {
			err = x.parts[name].copy(w, name)
		}
	}
	return errors.Join(err, w.Close())
}

func (p *xlsxPart) copy(w *zip.Writer, name string) error {
	compressed, err := p.file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = p.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	out, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: p.sum, CompressedSize64: uint64(compressed), UncompressedSize64: p.size})
	if err == nil {
		_, err = io.Copy(out, p.file)
	}
	return err
}

// remove removes the files.
func (x *xlsxZip) remove() {
	for _, p := range x.parts {
		p.file.Close()
		os.Remove(p.file.Name())
	}
}
