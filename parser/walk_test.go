package parser

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// walked rebuilds a value from a Walk, as encoding/json would decode it.
func walked(w *Walk) any {
	switch {
	case w.Enter('{'):
		m := map[string]any{}
		for {
			name, ok := w.Key()
			if !ok {
				return m
			}
			m[string(AppendUTF8(nil, name))] = walked(w)
		}
	case w.Enter('['):
		a := []any{}
		for w.More() {
			a = append(a, walked(w))
		}
		return a
	}
	text, escaped := w.Value()
	if len(text) > 0 && text[0] == '"' {
		content := AppendString(nil, text)
		if !escaped && bytes.IndexByte(text, '\\') >= 0 {
			return "an escape was not reported"
		}
		return string(content)
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func TestWalkKeyIs(t *testing.T) {
	w := NewWalk([]byte(`{"a":1,"b":2,"c" :3, "d":4}`))
	w.Enter('{')
	for _, key := range []string{`"a":`, `"b":`} {
		if w.KeyIs(`"x":`) || !w.KeyIs(key) {
			t.Errorf("%s was not taken", key)
		}
		w.Value()
	}
	for _, name := range []string{"c", "d"} { // there is white space: Key takes them
		if w.KeyIs(`"` + name + `":`) {
			t.Errorf("%s: taken", name)
		}
		if got, ok := w.Key(); !ok || string(got) != name {
			t.Errorf("Key: %q, want %s", got, name)
		}
		w.Value()
	}
	if w.KeyIs(`"e":`) {
		t.Error("a name behind the end")
	}
	if _, ok := w.Key(); ok || w.Offset() != len(`{"a":1,"b":2,"c" :3, "d":4}`) {
		t.Error("no end")
	}
}

// decoded is what encoding/json makes of a text, or false if it is not JSON.
func decoded(text []byte) (v any, ok bool) {
	if !json.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

var walkTexts = []string{
	`{}`, `[]`, `null`, `""`, `-1.5e3`, ` { "a" : [ 1 , { "b" : "c" } , null , true ] , "d" : { } } `,
	`{"a":"x\\","b":"\"","c":"\\\"\\","d":"e"}`, `["\u0041\ud83d\ude00\ud83d\ud83dx\ude00\/\b\f\n\r\t"]`,
	`{"a\u0062":"c","ab":"d"}`, `["` + strings.Repeat(`\"`, 300) + `","x"]`, "[\"\xff\xfe\u00e9\xe2\x82\",\"\xed\xa0\x80\"]",
	`{"a":{"a":{"a":"}"}},"b":"]"}`, `["` + strings.Repeat("long ", 2000) + `","\\"]`,
}

func TestWalk(t *testing.T) {
	for _, text := range walkTexts {
		want, ok := decoded([]byte(text))
		if !ok {
			t.Fatalf("%s is not JSON", text)
		}
		w := NewWalk([]byte(text))
		if got := walked(&w); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %#v\nwant %#v", text, got, want)
		}
		w = NewWalk([]byte(text))
		value, _ := w.Value()
		if string(value) != strings.TrimSpace(text) {
			t.Errorf("Value of %q: %q", text, value)
		}
	}
}

// FuzzWalk compares with encoding/json what is JSON, and looks for panics and
// endless loops in what is not.
func FuzzWalk(f *testing.F) {
	for _, text := range walkTexts {
		f.Add([]byte(text))
		f.Add([]byte(text[:len(text)/2]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		w := NewWalk(text)
		var got any
		want, ok := decoded(text)
		if !ok {
			for range len(text) + 1 {
				if at := w.Offset(); len(text) == at {
					break
				}
				walked(&w)
				w.Value()
				w.More()
			}
			return
		}
		if got = walked(&w); !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v\nwant %#v", got, want)
		}
	})
}
