package sigma

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// asRegexp writes an unescaped pattern as a regular expression.
func asRegexp(s string, cased bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for _, r := range s {
		switch r {
		case star:
			b.WriteString(`.*`)
		case one:
			b.WriteString(`.`)
		case dash:
			b.WriteString(`[-/\x{2013}-\x{2015}]`)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`$`)
	if !cased {
		return regexp.MustCompile(`(?i)` + b.String())
	}
	return regexp.MustCompile(b.String())
}

// TestPatternsAgreeWithRegexp compares patterns with what they say as regular expressions.
func TestPatternsAgreeWithRegexp(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	random := func(alphabet string, n int) string {
		runes := []rune(alphabet)
		var b strings.Builder
		for range rng.IntN(n) {
			b.WriteRune(runes[rng.IntN(len(runes))])
		}
		return b.String()
	}
	fits := 0
	for range 100_000 {
		p := random("aAbB"+string(star)+string(star)+string(one)+string(dash)+"äÄ.", 7)
		s := random("aAbBbä-/.\nÄ–", 10)
		cased := rng.IntN(2) == 0
		want := asRegexp(p, cased).MatchString(s)
		if got := newPattern(p, cased).match(s); got != want {
			t.Fatalf("%q on %q, cased %t: %t, want %t", p, s, cased, got, want)
		}
		if want {
			fits++
		}
	}
	if fits < 1000 {
		t.Errorf("%d of the patterns fit: the test shows little", fits)
	}
}

func TestIndexWithoutCase(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	word := func(n int) string {
		b := make([]byte, rng.IntN(n))
		for i := range b {
			b[i] = "aAbB1-"[rng.IntN(6)]
		}
		return string(b)
	}
	for range 100_000 {
		s, needle := word(30), strings.ToLower(word(4))
		if got, want := index(s, needle, true), strings.Index(strings.ToLower(s), needle); got != want {
			t.Fatalf("%q in %q: %d, want %d", needle, s, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "abc": "abc", "ABC": "abc", "ÄÖÜẞ": "äöüß", "ΑΒΓ": "αβγ", "K": "k", "a\xffB": "a\xffb", "ǅ": "ǆ",
	} {
		if got := fold(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]bool{"": true, "12345678": true, "1234567\x80": false, "123456789\x80": false, "\x80": false, "12345678901234567": true} {
		if ascii(s) != want {
			t.Errorf("%q: ASCII %t", s, !want)
		}
	}
}

// TestBase64Offset looks for what stands anywhere in an encoded text.
func TestBase64Offset(t *testing.T) {
	const needle = "http://evil"
	texts, err := encode(needle, []string{"base64offset"})
	if err != nil || len(texts) != 3 {
		t.Fatal(texts, err)
	}
	for before := range 9 {
		for after := range 9 {
			plain := strings.Repeat("x", before) + needle + strings.Repeat("y", after)
			encoded := encodeOne(plain, "base64")[0]
			found := false
			for _, s := range texts {
				found = found || strings.Contains(encoded, s)
			}
			if !found {
				t.Errorf("%d before, %d behind: none of %q in %s", before, after, texts, encoded)
			}
		}
	}
}
