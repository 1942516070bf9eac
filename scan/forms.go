package scan

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/coldtrail/coldtrail/scan/internal/columns"
	"github.com/coldtrail/coldtrail/scan/internal/unpack"
)

// The forms of content that is made text before the parser sees it, as if they were codecs.
// Places in such an object are those of the text.
const (
	formParquet unpack.Codec = "parquet"
	formUTF16LE unpack.Codec = "UTF-16LE" // as PowerShell redirects what a program prints
	formUTF16BE unpack.Codec = "UTF-16BE"
)

// formOf tells the form by the first bytes.
func formOf(head []byte) unpack.Codec {
	if len(head) < 4 {
		return unpack.None
	}
	h := string(head[:4]) // of a buffer that is large
	switch {
	case h == columns.Magic:
		return formParquet
	case h[:2] == "\xff\xfe" && h[2:4] != "\x00\x00", h[1] == 0 && h[3] == 0 && beginsText(h[0]):
		return formUTF16LE
	case h[:2] == "\xfe\xff", h[0] == 0 && h[2] == 0 && beginsText(h[1]):
		return formUTF16BE
	}
	return unpack.None
}

// beginsText reports whether JSON, or a table's header, may begin with that.
func beginsText(c byte) bool {
	return bytes.IndexByte([]byte("{[\" \t\r\n"), c) >= 0
}

// formed describes a layer for the manifest.
func formed(c unpack.Codec) string {
	if c == formParquet {
		return "Parquet, whose rows are read as lines of JSON"
	}
	return string(c)
}

// inForm makes the content ready where the stored bytes, which no codec has packed, are in
// another form than that of text.
func (c *content) inForm(head []byte) error {
	if form := formOf(head); form != unpack.None {
		return c.push(form, c.in)
	}
	return nil
}

// openForm begins the text of a form, or what a codec decodes.
func (c *content) openForm(l *layer, r unpack.Input) (io.Reader, error) {
	switch l.codec {
	case formParquet:
		return c.openRows(r)
	case formUTF16LE, formUTF16BE:
		return &utf16Reader{r: r, big: l.codec == formUTF16BE}, nil
	}
	return l.decoder.Open(l.codec, r)
}

// openRows begins the rows of Parquet, whose directory lies at its end. A file is read where it
// lies; what is in something else is held, as far as it may be. The stored bytes are read to their
// end before: of their hash nothing is missing, and their number is what limits go by.
func (c *content) openRows(r io.Reader) (io.Reader, error) {
	at, size, err := c.wholeFile(r)
	if err != nil {
		return nil, err
	}
	if at == nil {
		b, err := io.ReadAll(io.LimitReader(r, c.limits.Held+1))
		if err != nil {
			return nil, err
		}
		if size = int64(len(b)); size > c.limits.Held {
			return nil, fmt.Errorf("more than %d bytes that are packed cannot be held: unpack the file first, or give more memory", c.limits.Held)
		}
		at = bytes.NewReader(b)
	}
	return columns.Open(at, size, columns.Limits{Held: max(c.limits.Held, 8<<20)})
}

// wholeFile returns the stored bytes as a file, nil if they are none.
func (c *content) wholeFile(r io.Reader) (io.ReaderAt, int64, error) {
	at, ok := c.stored.r.(io.ReaderAt)
	if !ok || c.zipped || len(c.layers) > 1 || c.cost >= 0 {
		return nil, 0, nil
	}
	var head [len(columns.Magic)]byte
	if _, err := at.ReadAt(head[:], 0); errors.Is(err, errors.ErrUnsupported) || string(head[:]) != columns.Magic {
		return nil, 0, nil
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, 0, err
	}
	return at, c.stored.n, nil
}
