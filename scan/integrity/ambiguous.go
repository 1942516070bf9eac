package integrity

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// The members of a digest and of its entries that are read.
var digestMembers, entryMembers = membersOf[digestDoc](), membersOf[entry]()

func membersOf[T any]() (names []string) {
	for f := range reflect.TypeFor[T]().Fields() {
		if name := f.Tag.Get("json"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// ambiguousDigest says what in a digest one program reads otherwise than another: CloudTrail writes no such thing, so that a
// digest that has it was written by somebody else. "": there is nothing.
func ambiguousDigest(content, logs []byte) string {
	name := ambiguous(content, digestMembers)
	dec := json.NewDecoder(bytes.NewReader(logs))
	for open, err := dec.Token(); err == nil && open != nil && name == "" && dec.More(); {
		var e json.RawMessage
		if dec.Decode(&e) != nil {
			break
		}
		name = ambiguous(e, entryMembers)
	}
	if name == "" {
		return ""
	}
	return name + " is there twice, or under another case of letters"
}

// ambiguous names a member of a JSON object that is there twice, or under another case of letters, which encoding/json takes
// for it and others do not. "": there is none.
func ambiguous(object []byte, names []string) string {
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return ""
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		name, _ := token.(string)
		if err != nil || dec.Decode(new(passed)) != nil {
			return ""
		}
		i := slices.IndexFunc(names, func(known string) bool { return strings.EqualFold(known, name) })
		if i < 0 {
			continue
		}
		if names[i] != name || seen[name] {
			return names[i]
		}
		seen[name] = true
	}
	return ""
}

// passed is a value that is passed over.
type passed struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*passed) UnmarshalJSON([]byte) error { return nil }
