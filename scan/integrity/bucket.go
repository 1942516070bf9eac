package integrity

import (
	"path"
	"strings"
)

// A Bucket says of which bucket the objects below a place in the evidence are, as the examiner knows: a copy may lie
// anywhere, and its path seldom has the bucket's name.
type Bucket struct {
	Name   string
	Source string // label of the evidence root
	Dir    string // below it: a directory, a file, or a container and perhaps a directory in that; "": all of it
	Prefix string // what stands before the rest of a path in its key
	Within string // stands behind Prefix, but for what lies in a container
	Whole  bool   // the key is just that; false: something may stand before it

	used bool // something lies there
}

// Bucket adds what the examiner knows. Buckets come before the objects; of one place the last one counts.
func (l *Ledger) Bucket(b Bucket) { l.buckets = append(l.buckets, b) }

// below returns what of a path lies below the place.
func (b *Bucket) below(file string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(file, b.Dir)
	switch {
	case !ok || b.Dir == "":
		return rest, ok
	case rest == "":
		return path.Base(file), true
	}
	return rest[1:], rest[0] == '/' || rest[0] == '!'
}

// A site is where an object lies, in the evidence and, where that is known, in S3.
type site struct {
	path   string
	bucket string // "": not known
	key    string // or its end
	whole  bool
}

// site finds where an object lies. Of two places the inner one counts, of one the name that was given last.
func (l *Ledger) site(source, file string) site {
	s := site{path: file}
	inner := -1
	for i := range l.buckets {
		b := &l.buckets[i]
		if rest, ok := b.below(file); ok && b.Source == source && len(b.Dir) >= inner {
			inner, b.used = len(b.Dir), true
			s.bucket, s.key, s.whole = b.Name, b.Prefix+b.Within+rest, b.Whole
			if strings.Contains(file, "!") {
				s.key = b.Prefix + rest[strings.LastIndexByte(rest, '!')+1:]
			}
		}
	}
	return s
}

// relate says how the site relates to where a digest says that the object is.
func (s *site) relate(bucket, key string) relation {
	switch {
	case s.bucket == "":
		return relate(s.path, key)
	case !sameName(s.key, key):
		return other
	case s.bucket != bucket:
		return foreign
	case s.key == key || s.key+".gz" == key:
		return inPlace
	case s.whole:
		return moved
	case strings.Contains(s.key, "/") && (strings.HasSuffix(key, "/"+s.key) || strings.HasSuffix(key, "/"+s.key+".gz")):
		return inPlace
	}
	return relate(s.key, key)
}

// unused names the buckets of which nothing was there.
func (l *Ledger) unused() (names []string) {
	for i := range l.buckets {
		if b := &l.buckets[i]; !b.used {
			names = append(names, b.Name)
		}
	}
	return names
}
