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
// digest that has it was written by somebody else. "": there is nothing. The digest and its list of logs are JSON.
func ambiguousDigest(content, logs []byte) string {
	name := ambiguous(content, 1, digestMembers)
	if name == "" {
		name = ambiguous(logs, 2, entryMembers)
	}
	if name == "" {
		return ""
	}
	return name + " is there twice, or under another case of letters"
}

// ambiguous names a member of the objects at a depth of JSON that is there twice in one, or under another case of letters, which
// encoding/json takes for it and others do not. "": there is none. A million entries are not worth a decoder.
func ambiguous(text []byte, depth int, names []string) string {
	seen, at := uint64(0), 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if at++; at == depth {
				seen = 0
			}
		case '}', ']':
			at--
		case '"':
			begin := i
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if at != depth || !bytes.HasPrefix(bytes.TrimLeft(text[i+1:], " \t\r\n"), []byte(":")) {
				continue
			}
			name := text[begin+1 : i]
			if bytes.IndexByte(name, '\\') >= 0 {
				var unescaped string
				if json.Unmarshal(text[begin:i+1], &unescaped) == nil {
					name = []byte(unescaped)
				}
			}
			n := slices.IndexFunc(names, func(known string) bool { return strings.EqualFold(known, string(name)) })
			if n < 0 {
				continue
			}
			if names[n] != string(name) || seen&(1<<n) != 0 {
				return names[n]
			}
			seen |= 1 << n
		}
	}
	return ""
}
