package detect

import (
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

// HandsOut reports whether a call of that name, without an API version behind it, can hand out a
// credential that its record names. It is asked of every event.
func HandsOut(action string) bool {
	return handsOutLengths>>len(action)&1 != 0 && handsOut[action] // nearly all are turned away by their length
}

var handsOut = func() map[string]bool {
	m := map[string]bool{}
	for i := range issuings {
		if issuings[i].begin == nil {
			m[issuings[i].name] = true
		}
	}
	return m
}()

// handsOutLengths has a bit for each length that such a name has; none has 64 bytes.
var handsOutLengths = func() (bits uint64) {
	for name := range handsOut {
		bits |= 1 << len(name)
	}
	return bits
}()

// HandingOut lists the names of the calls of which HandsOut says yes, sorted.
func HandingOut() (names []string) {
	for name := range handsOut {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// HandedOut returns the access key ID that a call handed out and its expiry, as recorded. get finds a field of the
// record by its path, as parser.Record.Get does.
func HandedOut(get func(path string) (parser.Value, bool)) (key, expiry string) {
	for _, path := range slices.Concat(anyKey, userKey) {
		if key = text(get(path)); key != "" {
			return key, text(get("responseElements.credentials.expiration"))
		}
	}
	set, _ := get("responseElements.credentialSet")
	set.Each(func(element parser.Value) bool {
		key = text(element.Get("credentials.accessKeyId"))
		expiry = text(element.Get("credentials.expiration"))
		return key == ""
	})
	return key, expiry
}
