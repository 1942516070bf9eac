package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// encode applies encodings in their order to an unescaped text. base64offset yields
// a text for each of the three places that the value can have among the encoded bytes.
func encode(s string, encodings []string) ([]string, error) {
	if wild(s) || strings.ContainsRune(s, dash) && !strings.HasPrefix(encodings[0], "base64") {
		return nil, fmt.Errorf("value %.40q: wildcards cannot be encoded", s)
	}
	texts := []string{s}
	if strings.ContainsRune(s, dash) {
		texts = everyDash(s)
	}
	for _, how := range encodings {
		var next []string
		for _, t := range texts {
			next = append(next, encodeOne(t, how)...)
		}
		texts = next
	}
	return texts, nil
}

func encodeOne(s, how string) []string {
	switch how {
	case "base64":
		return []string{base64.StdEncoding.EncodeToString([]byte(s))}
	case "base64offset":
		var all []string
		for offset := range 3 {
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + s))
			from := [...]int{0, 2, 3}[offset]
			// The characters at both ends share bits with the bytes beside the value.
			to := len(encoded) - [...]int{0, 3, 2}[(offset+len(s))%3]
			if to > from {
				all = append(all, encoded[from:to])
			}
		}
		return all
	case "utf16be":
		return []string{string(wide(s, binary.BigEndian))}
	case "utf16":
		return []string{"\xff\xfe" + string(wide(s, binary.LittleEndian))}
	}
	return []string{string(wide(s, binary.LittleEndian))}
}

func wide(s string, order binary.AppendByteOrder) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// dashed marks each - or / that begins a word, and does not end one, as any of dashes.
func dashed(s string) string {
	var b strings.Builder
	before := ' '
	for i, r := range s {
		after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		if (r == '-' || r == '/') && !word(before) && word(after) {
			b.WriteRune(dash)
		} else {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func word(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// everyDash writes a text with each of dashes in the marked places, the same in all.
func everyDash(s string) (all []string) {
	for _, d := range dashes {
		all = append(all, strings.ReplaceAll(s, string(dash), string(d)))
	}
	return all
}
