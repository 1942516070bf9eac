//go:build bench

package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// decompress is the floor: it does nothing but what nobody can avoid.
func decompress(dir string, workers int) error {
	paths := make(chan string)
	var wg sync.WaitGroup
	errs := make(chan error, workers)
	for range workers {
		wg.Go(func() {
			var gz gzip.Reader
			buf := make([]byte, 256<<10)
			for path := range paths {
				if err := gunzip(&gz, buf, path); err != nil {
					errs <- err
					break
				}
			}
			for range paths { // so that the walk is not left waiting
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".gz") {
			paths <- path
		}
		return err
	})
	close(paths)
	wg.Wait()
	close(errs)
	for e := range errs {
		err = e
	}
	return err
}

func gunzip(gz *gzip.Reader, buf []byte, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := gz.Reset(f); err != nil {
		return err
	}
	for {
		if _, err := gz.Read(buf); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
