package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPaired(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b"}`:                        `{"a":"b"}`,
		`"\ud83d\ude00"`:                   `"\ud83d\ude00"`,
		`"\uD83D\uDE00 é \u00e9"`:          `"\uD83D\uDE00 é \u00e9"`,
		`"\ud800"`:                         `"\ufffd"`,
		`"\uDC00\uD800"`:                   `"\ufffd\ufffd"`,
		`"\ud800\ud83d\ude00\udbff"`:       `"\ufffd\ud83d\ude00\ufffd"`,
		`"\ud800x\\ud800\"\\\ud800\n"`:     `"\ufffdx\\ud800\"\\\ufffd\n"`,
		`{"\ud800":["\udfff",{"c":"\\"}]}`: `{"\ufffd":["\ufffd",{"c":"\\"}]}`,
	} {
		if got := string(new(extractor).paired([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// FuzzPaired: valid JSON stays valid, its strings stay what encoding/json reads, and no half
// is left alone, whatever is read from left to right.
func FuzzPaired(f *testing.F) {
	f.Add([]byte(`"\ud800\udc00\udc00\\ud800\"`))
	f.Fuzz(func(t *testing.T, content []byte) {
		text := []byte(`"` + string(content) + `"`)
		var before, after string
		if json.Unmarshal(text, &before) != nil {
			return
		}
		got := appendPaired(nil, text)
		if err := json.Unmarshal(got, &after); err != nil || before != after {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		if !bytes.Equal(appendPaired(nil, got), got) {
			t.Fatalf("%q is changed once more", got)
		}
		if !utf8.Valid(text) || strings.Contains(before, "\ufffd") {
			return
		}
		if !bytes.Equal(got, text) {
			t.Fatalf("%q had no half alone, and became %q", text, got)
		}
	})
}
