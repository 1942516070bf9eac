package scan

import (
	"regexp"
	"strings"
	"time"
)

// logName is the name of a trail's object as AWS documents it; names from
// before 2014 lack the last underscore, and a digest's has the trail's name and
// home region before the time.
var logName = regexp.MustCompile(`(?:^|!)(\d{12})_CloudTrail((?:-[A-Za-z]+)*)_([a-z]{2}[a-z-]*-\d)_(?:[^/]*_)?(\d{8}T\d{4,6})Z`)

// An ObjectName is what the name of a trail's object says of its content. Whoever
// could write to the bucket may have chosen it.
type ObjectName struct {
	Account, Region string
	Kind            string // "" for logs, "-Digest", "-Insight", "-NetworkActivity" or "-Aggregated"
	Delivered       time.Time
}

// digestKind is the Kind of digest files.
const digestKind = "-Digest"

// ParseObjectName reads the last element of a path, which may be that of a container's member.
func ParseObjectName(path string) (n ObjectName, ok bool) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if !strings.Contains(name, "_CloudTrail") { // spares the expression
		return n, false
	}
	m := logName.FindStringSubmatch(name)
	if m == nil {
		return n, false
	}
	layout := "20060102T150405"[:len(m[4])]
	t, err := time.Parse(layout, m[4])
	if err != nil {
		return n, false
	}
	return ObjectName{m[1], m[3], m[2], t}, true
}
