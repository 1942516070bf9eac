package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendJSON appends v as one line of JSON in which every character prints.
// Strings must be valid UTF-8 (see valid), or what is not gets lost.
func appendJSON(dst []byte, v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	return appendPrintable(dst, b.Bytes()), nil
}

// jsonItems writes the items of a JSON array as they come, a line each or several.
type jsonItems struct {
	w io.Writer
	n int
}

func (l *jsonItems) item(v any) error {
	b, err := appendJSON(nil, v, "")
	if err != nil {
		return err
	}
	comma := ",\n"
	if l.n++; l.n == 1 {
		comma = "\n"
	}
	_, err = l.w.Write(append([]byte(comma), bytes.TrimSuffix(b, []byte("\n"))...))
	return err
}

// appendPrintable appends valid JSON, with characters that do not print as \u
// escapes. They can only stand in strings, except for white space.
func appendPrintable(dst, b []byte) []byte {
	for {
		n := 0
		for n < len(b) && b[n] < utf8.RuneSelf && b[n] != 0x7f {
			n++
		}
		dst, b = append(dst, b[:n]...), b[n:]
		if len(b) == 0 {
			return dst
		}
		r, size := utf8.DecodeRune(b)
		if prints(r) {
			dst = append(dst, b[:size]...)
		} else {
			dst = appendJSONEscape(dst, r)
		}
		b = b[size:]
	}
}

func appendJSONEscape(dst []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendJSONEscape(appendJSONEscape(dst, high), low)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// AppendJSONString appends s as a JSON string in which every character prints; bytes that
// are not UTF-8 are shown as \xNN.
func AppendJSONString(dst []byte, s string) []byte { return appendJSONString(dst, s) }

// appendJSONString appends s as a JSON string in which every character prints.
// Bytes that are not UTF-8 are shown as valid shows them.
func appendJSONString(dst []byte, s string) []byte {
	s = valid(s)
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < utf8.RuneSelf && r >= 0x20 && r != 0x7f:
			dst = append(dst, byte(r))
		case prints(r):
			dst = utf8.AppendRune(dst, r)
		default:
			dst = appendJSONEscape(dst, r)
		}
	}
	return append(dst, '"')
}

// valid returns s with each byte that is not part of UTF-8 as the text \xNN.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b.Write(appendByteEscape(nil, s[i]))
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func validAll(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = valid(v)
	}
	return out
}

// A jsonArray makes an array of JSON lines. Each Write is of whole lines, in which no value has a
// line break.
type jsonArray struct {
	w     io.Writer
	begun bool
}

func (a *jsonArray) Write(lines []byte) (int, error) {
	if len(lines) == 0 {
		return 0, nil
	}
	out := []byte("[\n")
	if a.begun {
		out = []byte(",\n")
	}
	a.begun = true
	out = append(out, bytes.ReplaceAll(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n"), []byte(",\n"))...)
	if _, err := a.w.Write(out); err != nil {
		return 0, err
	}
	return len(lines), nil
}

func (a *jsonArray) end() error {
	end := "\n]\n"
	if !a.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(a.w, end)
	return err
}
