package report

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/coldtrail/coldtrail/scan"
)

// objectTable reads the case's table of objects.
type objectTable struct {
	dir     string
	once    sync.Once
	err     error
	objects []scan.Object
}

func (o *objectTable) close() error { return nil }

// Name implements scan.Objects.
func (o *objectTable) Name(ordinal uint64) (source, path string, err error) {
	obj, err := o.object(ordinal)
	if err != nil {
		return "", "", err
	}
	return obj.Source, obj.Path, nil
}

// object returns what the case says of an object.
func (o *objectTable) object(ordinal uint64) (*scan.Object, error) {
	o.once.Do(func() { o.err = o.read() })
	switch {
	case o.err != nil:
		return nil, fmt.Errorf("manifest.jsonl: %w", o.err)
	case ordinal >= uint64(len(o.objects)):
		return nil, fmt.Errorf("manifest.jsonl: has no object %d", ordinal)
	}
	return &o.objects[ordinal], nil
}

func (o *objectTable) read() error {
	f, err := os.Open(filepath.Join(o.dir, "manifest.jsonl"))
	if err != nil {
		return pathless(err)
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(f, 256<<10))
	for {
		var line manifestLine
		switch err := dec.Decode(&line); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case line.Ordinal != uint64(len(o.objects)):
			return errors.New("the objects are not in order")
		}
		if path, err := base64.StdEncoding.DecodeString(line.PathBytes); err == nil && len(path) > 0 {
			line.Path = string(path)
		}
		o.objects = append(o.objects, line.Object)
	}
}
