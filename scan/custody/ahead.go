package custody

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
)

// An Ahead hashes files of a case while others are still made, for Seal: the largest are ready first.
type Ahead struct {
	stop  context.CancelFunc
	done  chan struct{}
	known map[string]hashedFile // by path; read once done is closed
}

type hashedFile struct {
	info fs.FileInfo // of the file when it was hashed
	sum  string
}

// HashAhead begins to hash every file of the case in dir that is there now, beside its caller. What goes wrong
// with one is left to Seal. Somebody must call Stop, or Seal.
func HashAhead(ctx context.Context, dir string) *Ahead {
	ctx, stop := context.WithCancel(ctx)
	a := &Ahead{stop: stop, done: make(chan struct{}), known: map[string]hashedFile{}}
	go func() {
		defer close(a.done)
		_ = walk(dir, func(path string, _ fs.DirEntry) error {
			name := filepath.Join(dir, filepath.FromSlash(path))
			if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
				if sum, _, err := HashFile(ctx, name); err == nil {
					a.known[path] = hashedFile{info, sum}
				}
			}
			return ctx.Err()
		})
	}()
	return a
}

// Stop ends the hashing. Of nil, it does nothing.
func (a *Ahead) Stop() {
	if a != nil {
		a.stop()
		<-a.done
	}
}

// of returns the hash of a file if it is the one that was hashed, and nobody has written to it since.
func (a *Ahead) of(path string, d fs.DirEntry) (sum string, ok bool) {
	if a == nil {
		return "", false
	}
	<-a.done
	known, ok := a.known[path]
	if !ok {
		return "", false
	}
	now, err := d.Info()
	if err != nil || !os.SameFile(now, known.info) || now.Size() != known.info.Size() || !now.ModTime().Equal(known.info.ModTime()) {
		return "", false
	}
	return known.sum, true
}
