package report

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var hostile = []string{
	"", "plain", "a,b", `say "x"`, "=1+1", "+1", "-1", "-", "--", "@SUM(A1)", "\t=1", "\r\n=1", "\x00=1", "＝1", "－1", "＋1", "＠x",
	"\x1b[2J", "a\u202eb", "a\u0085b", "\x80\xff", "\xef\xbc", "\u2028", "\ufeff=1", "\U000e0041", "é日本", "a\nb", `C:\dir`,
	"`code`", "a|b", "[x](javascript:alert(1))", "<script>", "![x](y)", "# h", "- l", "1. l", "12) l", "@all", "a@@b.c", "http://e.x", "WWW.e.x",
	"\u3164", "a\u034f\ufe0f", "&amp;", "*b* _i_ ~s~ $m$", " ", "``", "'=1", `"`, `""`, "=\"a\",\"b\"",
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, terminal, csv, markdown, code string }{
		{"", "", "", "", "–"},
		{"é ok", "é ok", "é ok", "é ok", "`é ok`"},
		{"a\x1b[31m", `a\x1b[31m`, `a\x1b[31m`, `a\\x1b\[31m`, "`a\\x1b[31m`"},
		{"a\u202eb", `a\u202eb`, `a\u202eb`, `a\\u202eb`, "`a\\u202eb`"},
		{"\u0085\x85", `\u0085\x85`, `\u0085\x85`, `\\u0085\\x85`, "`\\u0085\\x85`"},
		{"-", "-", "-", `\-`, "`-`"},
		{"-1", "-1", "'-1", `\-1`, "`-1`"},
		{"=1,2", "=1,2", `"'=1,2"`, `\=1,2`, "`=1,2`"},
		{"\t=1", `\x09=1`, `'\x09=1`, `\\x09\=1`, "`\\x09=1`"},
		{"＝1", "＝1", "'＝1", "＝1", "`＝1`"},
		{`a"b`, `a"b`, `"a""b"`, `a"b`, "`a\"b`"},
		{"a|`b", "a|`b", "a|`b", "a\\|\\`b", "`a\\x7c\\x60b`"},
		{"x@y.z", "x@y.z", "x@y.z", "x`@`y.z", "`x@y.z`"},
		{"1. http://www.x", "1. http://www.x", "1. http://www.x", `1\. http\://www\.x`, "`1. http://www.x`"},
		{"arn:aws:iam::1:user/al-ice", "arn:aws:iam::1:user/al-ice", "arn:aws:iam::1:user/al-ice", "arn:aws:iam::1:user/al-ice", "`arn:aws:iam::1:user/al-ice`"},
		{"a\u3164b\u115f\uffa0\u034f\u17b4", `a\u3164b\u115f\uffa0\u034f\u17b4`, `a\u3164b\u115f\uffa0\u034f\u17b4`, `a\\u3164b\\u115f\\uffa0\\u034f\\u17b4`, "`a\\u3164b\\u115f\\uffa0\\u034f\\u17b4`"},
		{"\u2800\ufe0f\U000e0100", `\u2800\ufe0f\U000e0100`, `\u2800\ufe0f\U000e0100`, `\\u2800\\ufe0f\\U000e0100`, "`\\u2800\\ufe0f\\U000e0100`"},
		{"\U000e0041", `\U000e0041`, `\U000e0041`, `\\U000e0041`, "`\\U000e0041`"},
	} {
		for _, got := range [][3]string{
			{"Terminal", Terminal(c.in), c.terminal},
			{"CSV", CSV(c.in), c.csv},
			{"Markdown", Markdown(c.in), c.markdown},
			{"Code", Code(c.in), c.code},
		} {
			if got[1] != got[2] {
				t.Errorf("%s(%q) = %q, want %q", got[0], c.in, got[1], got[2])
			}
		}
	}
}

// A command keeps its pipes, and ends no sooner than it does.
func TestCommand(t *testing.T) {
	for in, want := range map[string]string{"a | b": "`a | b`", "a`|\x1b": "`a\\x60|\\x1b`", "": "–"} {
		if got := Command(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func visible(t *testing.T, what, in, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s(%q) is not UTF-8: %q", what, in, out)
	}
	for _, r := range out {
		if !unicode.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			t.Errorf("%s(%q) holds %U", what, in, r)
		}
	}
}

func FuzzTerminal(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { visible(t, "Terminal", s, Terminal(s)) })
}

func FuzzCSV(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		field := CSV(s)
		visible(t, "CSV", s, field)
		if got := string(appendCSV(nil, []byte(s))); got != field {
			t.Errorf("as bytes %q, as a string %q", got, field)
		}
		records, err := csv.NewReader(strings.NewReader("x," + field + ",x\n")).ReadAll()
		if err != nil || len(records) != 1 || len(records[0]) != 3 {
			t.Fatalf("CSV(%q) = %q: %q, %v", s, field, records, err)
		}
		value := records[0][1]
		if value != "" && startsFormula(value) {
			t.Errorf("CSV(%q) begins a formula: %q", s, value)
		}
		if want := Terminal(s); value != want && value != "'"+want {
			t.Errorf("CSV(%q) reads %q, want %q", s, value, want)
		}
	})
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Markdown(s)
		visible(t, "Markdown", s, out)
		var plain strings.Builder // what a renderer shows
		for rest := out; rest != ""; {
			switch c := rest[0]; {
			case c == '\\':
				plain.WriteByte(rest[1])
				rest = rest[2:]
			case c == '`':
				n := strings.IndexByte(rest[1:], '`')
				if n < 1 || strings.Trim(rest[1:1+n], "@") != "" {
					t.Fatalf("Markdown(%q) = %q: code span", s, out)
				}
				plain.WriteString(rest[1 : 1+n])
				rest = rest[n+2:]
			case strings.IndexByte("*_{}[]<>#|&~$^=@", c) >= 0:
				t.Fatalf("Markdown(%q) = %q: bare %q", s, out, c)
			default:
				plain.WriteByte(c)
				rest = rest[1:]
			}
		}
		if plain.String() != Terminal(s) {
			t.Errorf("Markdown(%q) shows %q", s, plain.String())
		}
		code := Code(s)
		visible(t, "Code", s, code)
		if s != "" && (strings.Count(code, "`") != 2 || code[0] != '`' || code[len(code)-1] != '`' || strings.Contains(code, "|")) {
			t.Errorf("Code(%q) = %q", s, code)
		}
	})
}

func BenchmarkCSVPlain(b *testing.B) {
	s := "arn:aws:sts::111122223333:assumed-role/deploy/session-0001"
	buf := make([]byte, 0, 1024)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		buf = appendCSV(buf[:0], s)
	}
}
