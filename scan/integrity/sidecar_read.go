package integrity

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Taker is told what a file has that was saved beside a copy. nil: it is not told.
type Taker struct {
	Sidecar func(*Sidecar) error
	Listed  func(*Listed) error

	schema []string // of inventory files, as a manifest names their columns
}

// errNothing says that a file is none of what is read.
var errNothing = errors.New("neither head-object's answer nor a listing of a bucket (list-objects, list-object-versions, s3 ls --recursive, an S3 Inventory's CSV or its manifest)")

// Read reads a file that was saved beside a copy, perhaps compressed with gzip: answers of head-object or
// get-object, one or many, each as it is or wrapped in {"bucket":…,"key":…,"head":…}; answers of list-objects and
// list-object-versions; what `aws s3 ls --recursive` prints; the CSV of an S3 Inventory, for which its manifest.json, read before,
// names the columns. name is the file's; see HeadSuffix.
func (t *Taker) Read(name string, r io.Reader) error {
	b := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return err
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		b.Discard(3)
	}
	first, err := firstByte(b)
	switch {
	case err == io.EOF:
		return errors.New("empty")
	case err != nil:
		return err
	case first == '{':
		return t.documents(name, json.NewDecoder(b))
	}
	return t.lines(b)
}

// firstByte passes over white space.
func firstByte(b *bufio.Reader) (byte, error) {
	for {
		c, err := b.ReadByte()
		if err != nil || !strings.ContainsRune(" \t\r\n", rune(c)) {
			if err == nil {
				err = b.UnreadByte()
			}
			return c, err
		}
	}
}

func (t *Taker) documents(name string, dec *json.Decoder) error {
	for n := 1; ; n++ {
		token, err := dec.Token()
		switch {
		case err == io.EOF && n > 1:
			return nil
		case err == nil && token != json.Delim('{'):
			err = errNothing
		case err == nil:
			err = t.document(name, dec)
		}
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("document %d: %w", n, err)
		}
	}
}

// document reads the members of a JSON object: long lists one element at a time.
func (t *Taker) document(name string, dec *json.Decoder) error {
	var a headAnswer
	var manifest struct {
		Schema string
		Format string
	}
	known := false
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		into := any(new(json.RawMessage))
		switch member := strings.ToLower(fmt.Sprint(token)); member {
		case "contents", "versions", "deletemarkers":
			known = true
			if err := t.list(dec, member); err != nil {
				return fmt.Errorf("%s: %w", token, err)
			}
			continue
		case "metadata":
			known, into = true, &a.Metadata
		case "head":
			known, into = true, &a.Head
		case "bucket":
			into = &a.Bucket
		case "key":
			into = &a.Key
		case "fileschema":
			known, into = true, &manifest.Schema
		case "fileformat":
			into = &manifest.Format
		case "keycount", "contentlength", "prefix", "commonprefixes", "requestcharged": // an answer that has nothing else
			known = true
		}
		if err := dec.Decode(into); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("%s: %w", token, inWords(err))
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if manifest.Schema != "" {
		if manifest.Format != "CSV" && manifest.Format != "" {
			return fmt.Errorf("an S3 Inventory in %s: only CSV is read", manifest.Format)
		}
		for _, c := range strings.Split(manifest.Schema, ",") {
			t.schema = append(t.schema, strings.TrimSpace(c))
		}
	}
	if !known {
		return errNothing
	}
	s, some, err := a.sidecar(name)
	if err == nil && some && t.Sidecar != nil {
		err = t.Sidecar(&s)
	}
	return err
}

// listEntry is an object of list-objects or list-object-versions.
type listEntry struct {
	Key, LastModified, StorageClass string
	Version                         string `json:"VersionId"`
	Size                            int64
	IsLatest                        *bool
}

func (t *Taker) list(dec *json.Decoder, kind string) error {
	token, err := dec.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return errors.New("not a list")
	}
	for dec.More() {
		var e listEntry
		if err := dec.Decode(&e); err != nil {
			return inWords(err)
		}
		older := e.IsLatest != nil && !*e.IsLatest
		marker := kind == "deletemarkers"
		if marker && older { // it was put back
			continue
		}
		if t.Listed == nil {
			continue
		}
		if err := t.Listed(&Listed{Key: e.Key, Size: e.Size, Modified: e.LastModified, Storage: e.StorageClass, Version: e.Version, Deleted: marker, Older: older}); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
