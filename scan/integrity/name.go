package integrity

import (
	"path"
	"regexp"
	"strings"
	"time"
)

// A DigestName is what the name of a digest file says. The trail's name may have any of the
// characters that separate the parts, so the name is read from its right.
type DigestName struct {
	Account, Region string // that the digest is for
	Trail, Home     string // the trail, and the region in which it was made
	End             time.Time
	Backfill        bool
}

var digestName = regexp.MustCompile(`^(\d{12})_CloudTrail-Digest_([a-z0-9-]+)_(.+)_([a-z0-9-]+)_(\d{8}T\d{6})Z(_backfill)?\.json(?:\.gz)?$`)

// ParseDigestName reads the last element of a digest's path or key.
func ParseDigestName(name string) (n DigestName, ok bool) {
	if !strings.Contains(name, "_CloudTrail-Digest_") { // spares the expression
		return n, false
	}
	m := digestName.FindStringSubmatch(Base(name))
	if m == nil {
		return n, false
	}
	end, err := time.Parse("20060102T150405", m[5])
	if err != nil {
		return n, false
	}
	return DigestName{m[1], m[2], m[3], m[4], end, m[6] != ""}, true
}

// Base returns the last element of a path, which may be that of a container's member, or of a
// key. Objects of a trail are known by it: it has account, region, time and 16 random characters.
func Base(name string) string { return path.Base(name[strings.LastIndexByte(name, '!')+1:]) }

// Canonical returns a path or key from AWSLogs on: a copy of a bucket lies under a prefix of its
// own, and perhaps in a container. ok is false where there is no AWSLogs: the tree was taken apart.
func Canonical(name string) (key string, ok bool) {
	name = name[strings.LastIndexByte(name, '!')+1:]
	if i := strings.LastIndex("/"+name, "/"+logsDir); i >= 0 { // the last one: a trail's prefix may have the name too
		return name[i:], true
	}
	return name, false
}

const logsDir = "AWSLogs/"

// A Relation says how a file's path relates to a key in S3.
type relation int

const (
	inPlace   relation = iota
	relocated          // the tree was taken apart: the last elements agree
	moved              // it lies in the tree, at another place
	foreign            // it lies in another bucket
	other              // another name
)

// sameName reports whether the last elements agree. A browser may have taken the .gz off a file's.
func sameName(file, key string) bool {
	return Base(file) == Base(key) || Base(file)+".gz" == Base(key)
}

func relate(file, key string) relation {
	at, tree := Canonical(file)
	is, _ := Canonical(key)
	switch {
	case at == is:
		return inPlace
	case !sameName(at, is):
		return other
	case tree && path.Dir(at) != path.Dir(is):
		return moved
	case tree:
		return inPlace // but for the .gz
	}
	return relocated
}
