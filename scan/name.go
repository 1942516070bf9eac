package scan

import (
	"strings"
	"time"
)

// An ObjectName is what the name of a trail's object says of its content. Whoever
// could write to the bucket may have chosen it.
type ObjectName struct {
	Account, Region string
	Kind            string // "" for logs, "-Digest", "-Insight", "-NetworkActivity" or "-Aggregated"
	Delivered       time.Time
}

// digestKind is the Kind of digest files.
const digestKind = "-Digest"

// service stands between the account and the rest of a trail's object's name.
const service = "_CloudTrail"

// ParseObjectName reads the last element of a path, which may be that of a container's member.
// The form is that which AWS documents:
//
//	account_CloudTrail[-kind]_region_[trail and its region_]time[_unique string].json.gz
//
// Names from before 2014 lack the last underscore, a digest's has the trail and its home region
// before the time.
func ParseObjectName(path string) (n ObjectName, ok bool) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for from := 0; ; {
		at := strings.Index(name[from:], service)
		if at < 0 {
			return n, false
		}
		at += from
		from = at + len(service)
		begin := at - 12
		if begin < 0 || !allDigits(name[begin:at]) || begin > 0 && name[begin-1] != '!' {
			continue
		}
		if n, ok = objectNameOf(name[begin:at], name[from:]); ok {
			return n, true
		}
	}
}

// objectNameOf reads what follows the service.
func objectNameOf(account, rest string) (n ObjectName, ok bool) {
	kind, rest, _ := strings.Cut(rest, "_")
	region, rest, found := strings.Cut(rest, "_")
	if !found || !isKind(kind) || !isRegionName(region) {
		return n, false
	}
	for end := len(rest); end >= 0; {
		at := strings.LastIndexByte(rest[:end], '_')
		if t, ok := deliveryTime(rest[at+1:]); ok {
			return ObjectName{account, region, kind, t}, true
		}
		end = at
	}
	return n, false
}

// isKind accepts a hyphen and letters, as often as one likes.
func isKind(s string) bool {
	for i := range len(s) {
		switch last := i == len(s)-1; {
		case s[i] == '-' && !last && s[i+1] != '-':
		case i > 0 && isLetter(s[i]):
		default:
			return false
		}
	}
	return true
}

// isRegionName accepts what looks like "us-gov-east-1".
func isRegionName(s string) bool {
	n := len(s) - 2
	if n < 2 || s[n] != '-' || !allDigits(s[n+1:]) {
		return false
	}
	for i := range n {
		if (s[i] < 'a' || s[i] > 'z') && (i < 2 || s[i] != '-') {
			return false
		}
	}
	return true
}

// deliveryTime reads the time at the beginning of s: the minute or the second.
func deliveryTime(s string) (t time.Time, ok bool) {
	const layout = "20060102T150405"
	end := strings.IndexByte(s, 'Z')
	if end != len(layout) && end != len(layout)-2 || !allDigits(s[:8]) || s[8] != 'T' || !allDigits(s[9:end]) {
		return t, false
	}
	t, err := time.Parse(layout[:end], s[:end])
	return t, err == nil
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
