package custody

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
)

const (
	md5x    = "9dd4e461268c8034f5c8564e155c67a6" // of "x"
	sha1x   = "11f6ad8ec52a2984abaafd7c3b516503785c2072"
	sha256x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
)

// claims reads a manifest: each claim as "line path size algorithm=hash …".
func claims(t *testing.T, name, text string) (all, problems []string) {
	t.Helper()
	m := NewManifestReader(strings.NewReader(text), name)
	for {
		c, err := m.Next()
		if err == io.EOF {
			return all, m.Problems()
		}
		if err != nil {
			t.Fatal(err)
		}
		s := fmt.Sprintf("%d %q %d", c.Line, c.Path, c.Size)
		for _, sum := range c.Sums {
			s += fmt.Sprintf(" %s=%x", sum.Algorithm, sum.Value)
		}
		all = append(all, s)
	}
}

func utf16le(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestManifests(t *testing.T) {
	certutil := "SHA256 hash of C:\\ev\\a b.gz:\r\n" + sha256x + "\r\nCertUtil: -hashfile command completed successfully.\r\n"
	for name, tt := range map[string]struct {
		file, text string
		want       []string
		problems   int
	}{
		"sha256sum":            {"SHA256SUMS", sha256x + "  a b/c\n" + sha256x + " *d\n", []string{`1 "a b/c" -1 sha256=` + sha256x, `2 "d" -1 sha256=` + sha256x}, 0},
		"escaped":              {"x", `\` + sha256x + "  a\\nb\\\\c\n", []string{`1 "a\nb\\c" -1 sha256=` + sha256x}, 0},
		"with -z":              {"x", sha256x + "  a\nb\x00" + sha256x + "  c\x00", []string{`1 "a\nb" -1 sha256=` + sha256x, `2 "c" -1 sha256=` + sha256x}, 0},
		"md5sum":               {"MD5SUMS", md5x + "  a\r\n", []string{`1 "a" -1 md5=` + md5x}, 0},
		"upper case, one tab":  {"x", strings.ToUpper(sha1x) + "\ta", nil, 0},
		"a path of Windows":    {"x", sha256x + "  d\\new.gz\nMD5 (d\\new.gz) = " + md5x + "\n", []string{`1 "d\\new.gz" -1 sha256=` + sha256x, `2 "d\\new.gz" -1 md5=` + md5x}, 0},
		"no name before it":    {"x", "MD5) = " + md5x + "\nMD5( = " + md5x + "\n", nil, 2},
		"BSD":                  {"x", "SHA256 (a (1).gz) = " + sha256x + "\nMD5(b)= " + md5x + "\nSHA2-256(c)= " + sha256x, []string{`1 "a (1).gz" -1 sha256=` + sha256x, `2 "b" -1 md5=` + md5x, `3 "c" -1 sha256=` + sha256x}, 0},
		"standard input":       {"disk.zip_sha256.txt", sha256x + "  -\n", []string{`1 "disk.zip" -1 sha256=` + sha256x}, 0},
		"a hash alone":         {"disk.zip.MD5", md5x, []string{`1 "disk.zip" -1 md5=` + md5x}, 0},
		"a hash of nothing":    {"note.txt", md5x, nil, 1},
		"CertUtil":             {"x.txt", certutil + certutil, []string{`1 "C:\\ev\\a b.gz" -1 sha256=` + sha256x, `4 "C:\\ev\\a b.gz" -1 sha256=` + sha256x}, 0},
		"CertUtil, in UTF-16":  {"x.txt", utf16le(certutil), []string{`1 "C:\\ev\\a b.gz" -1 sha256=` + sha256x}, 0},
		"CertUtil, older":      {"x.txt", "SHA1 hash of file a.gz:\n11 f6 ad 8e c5 2a 29 84 ab aa fd 7c 3b 51 65 03 78 5c 20 72\n", []string{`1 "a.gz" -1 sha1=` + sha1x}, 0},
		"CertUtil, in German":  {"x.txt", "MD5-Hash von a.gz:\n" + md5x + "\nCertUtil: -hashfile-Befehl wurde erfolgreich ausgef\xfchrt.\n", []string{`1 "a.gz" -1 md5=` + md5x}, 0},
		"CertUtil, cut short":  {"x.txt", "MD5 hash of a.gz:\n", nil, 1},
		"CertUtil, an error":   {"x.txt", "MD5 hash of a.gz:\nCertUtil: -hashfile command FAILED: 0x80070002\n", nil, 1},
		"CertUtil, wrong hash": {"x.txt", "MD5 hash of a.gz:\n" + sha1x + "\n", nil, 1},
		"BagIt":                {"manifest-sha256.txt", sha256x + "   data/100%25 a%0Ab\n", []string{`1 "data/100% a\nb" -1 sha256=` + sha256x}, 0},
		"hashdeep": {"known.txt", "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked from: /x\n## $ hashdeep -r .\n##\n1," + md5x + "," + sha256x + ",/x/a,b.gz\n1," + md5x + "\nx," + md5x + "," + sha256x + ",c\n1,,,d\n",
			[]string{`6 "/x/a,b.gz" 1 md5=` + md5x + " sha256=" + sha256x}, 3},
		"hashdeep, whirlpool": {"known.txt", "%%%% HASHDEEP-1.0\n%%%% size,whirlpool,filename\n1,abcd,a\n", []string{`3 "a" 1 whirlpool=abcd`}, 0},
		"a text":              {"readme.txt", "Collected by A. Roe.\n\n# " + md5x + "  a\n", nil, 1},
		"byte order mark":     {"x", "\ufeff" + md5x + "  a\n", []string{`1 "a" -1 md5=` + md5x}, 0},
	} {
		got, problems := claims(t, tt.file, tt.text)
		if name == "upper case, one tab" {
			tt.want = []string{`1 "a" -1 sha1=` + sha1x}
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") || len(problems) != tt.problems {
			t.Errorf("%s: %q, problems %q; want %q", name, got, problems, tt.want)
		}
	}
}

func TestManifestProblemsAreBounded(t *testing.T) {
	_, problems := claims(t, "x", strings.Repeat("no hash\n", 3*maxManifestProblems))
	if len(problems) != maxManifestProblems+1 || problems[maxManifestProblems] != "and 200 more lines" {
		t.Errorf("%d problems, the last %q", len(problems), problems[len(problems)-1])
	}
}

// What is written is read again as it was.
func TestManifestRoundTrip(t *testing.T) {
	for _, path := range []string{"a", "a b", " a", "*a", "a\nb", "a\rb", "\\a", "a\\", "ä", "a  b", "-x"} {
		line := AppendSHA256(nil, sha256x, path)
		c, err := NewManifestReader(bytes.NewReader(line), "x").Next()
		if err != nil || c.Path != path || hex.EncodeToString(c.Sums[0].Value) != sha256x {
			t.Errorf("%q: %q, %+v, %v", path, line, c, err)
		}
		line, ok := AppendHashdeep([]byte(HashdeepHeader), 5, sha256x, path)
		if !ok {
			continue
		}
		if c, err = NewManifestReader(bytes.NewReader(line), "x").Next(); err != nil || c.Path != path || c.Size != 5 {
			t.Errorf("%q: %q, %+v, %v", path, line, c, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	for _, text := range []string{
		sha256x + "  a\n", `\` + sha256x + "  a\\nb\n", "SHA256 (a) = " + sha256x, "MD5 hash of a:\n" + md5x + "\n",
		"%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n1," + md5x + ",a\n", utf16le(sha256x + "  a\r\n"), sha256x + "  a\x00",
	} {
		f.Add(text, "manifest-sha256.txt")
		f.Add(text, "x.md5")
	}
	f.Add("MD5 hash of a:\n"+md5x, "\xaf\xaf\xaf-sha256.TXT") // has other lengths in lower case
	f.Fuzz(func(t *testing.T, text, name string) {
		m, last := NewManifestReader(strings.NewReader(text), name), 0
		for {
			c, err := m.Next()
			if err != nil {
				break
			}
			if c.Line < last || c.Path == "" || len(c.Sums) == 0 || c.Size < -1 {
				t.Errorf("%+v behind line %d", c, last)
			}
			last = c.Line
			for _, s := range c.Sums {
				if len(s.Value) == 0 || s.Algorithm == "" {
					t.Errorf("%+v", c)
				}
			}
		}
		if len(m.Problems()) > maxManifestProblems+1 {
			t.Errorf("%d problems", len(m.Problems()))
		}
	})
}
