package custody

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// Algorithms are the hashes of which a Claim can be checked, by their names here.
var Algorithms = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

// names are theirs, in the order in which a name is looked for.
var names = [...]string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}

// byLength tells algorithms apart where a manifest does not name them.
var byLength = map[int]string{16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}

// A Claim is what a manifest says of a file.
type Claim struct {
	Line int    // from 1, where it begins
	Path string // as the manifest has it; see Slashed
	Size int64  // -1: it does not say
	Sums []Sum  // at least one
}

// A Sum is a hash by a named algorithm, which may be none of Algorithms.
type Sum struct {
	Algorithm string
	Value     []byte
}

// A ManifestReader reads the manifests that other tools write: sha256sum, md5sum and
// their like in the forms of GNU (also with -z) and BSD, md5deep, hashdeep, CertUtil,
// BagIt's manifests, and files with a hash alone.
type ManifestReader struct {
	name     string // without its directory
	s        *bufio.Scanner
	line     int
	last     int  // where the claim of read began
	zero     bool // records end with NUL, and names are as they are
	bag      bool // names are encoded as BagIt has it
	columns  []string
	pending  string // CertUtil: the name whose hash follows
	algo     string // of pending
	problems []string
	more     int
}

// maxManifestLine bounds a line of a manifest.
const maxManifestLine = 1 << 20

// maxManifestProblems bounds how many malformed lines are listed.
const maxManifestProblems = 100

// NewManifestReader makes a reader of the manifest in r, of which the name of its file
// says what its lines do not: of what file a lone hash is.
func NewManifestReader(r io.Reader, name string) *ManifestReader {
	br := bufio.NewReaderSize(r, 64<<10)
	head, _ := br.Peek(4 << 10)
	m := &ManifestReader{name: name}
	r = br
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")): // PowerShell's redirection
		r = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(br)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		br.Discard(3)
	case bytes.IndexByte(head, 0) >= 0:
		m.zero = true
	}
	lower := strings.ToLower(name)
	m.bag = strings.HasSuffix(lower, ".txt") && (strings.HasPrefix(lower, "manifest-") || strings.HasPrefix(lower, "tagmanifest-"))
	m.s = bufio.NewScanner(r)
	m.s.Buffer(nil, maxManifestLine)
	if m.zero {
		m.s.Split(splitZero)
	}
	return m
}

func splitZero(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// Next returns the next claim, or io.EOF. Lines that are none are passed over; Problems
// tells of them.
func (m *ManifestReader) Next() (*Claim, error) {
	for m.s.Scan() {
		m.line++
		if c := m.take(m.s.Text()); c != nil { // lines come without CR
			return c, nil
		}
	}
	if err := m.s.Err(); err != nil {
		return nil, fmt.Errorf("manifest %s: line %d: %w", m.name, m.line+1, err)
	}
	m.unanswered()
	return nil, io.EOF
}

// Problems lists lines that say nothing that can be checked.
func (m *ManifestReader) Problems() []string {
	if m.more > 0 {
		return append(m.problems[:len(m.problems):len(m.problems)], fmt.Sprintf("and %d more lines", m.more))
	}
	return m.problems
}

func (m *ManifestReader) problem(line int, format string, args ...any) *Claim {
	if len(m.problems) == maxManifestProblems {
		m.more++
		return nil
	}
	m.problems = append(m.problems, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	return nil
}

// take takes a line; nil: it makes no claim.
func (m *ManifestReader) take(text string) *Claim {
	blank := strings.TrimSpace(text)
	switch {
	case blank == "", strings.HasPrefix(text, "#"), strings.HasPrefix(text, ";"):
		return nil
	case strings.HasPrefix(text, "%%%% "):
		m.header(text)
		return nil
	case m.columns != nil:
		return m.hashdeep(text)
	case strings.HasPrefix(blank, "CertUtil:"):
		return nil
	case m.pending != "":
		return m.certutil(blank)
	}
	if c, ok := m.tagged(text); ok {
		return c
	}
	if c, ok := m.gnu(text); ok {
		return c
	}
	if m.certutilHead(blank) {
		return nil
	}
	return m.problem(m.line, "neither a hash nor a name: %.100q", text)
}

func (m *ManifestReader) claim(path string, sums ...Sum) *Claim {
	if path == "-" || path == "" {
		path = Named(m.name)
	}
	if path == "" {
		return m.problem(m.line, "a hash of nothing that has a name")
	}
	return &Claim{Line: m.line, Path: path, Size: -1, Sums: sums}
}

// Named returns the name of the file that a manifest of that name is of, where its own
// says so: x.zip for x.zip.sha256 and for x.zip_sha256.txt. "" : it does not.
func Named(manifest string) string {
	for _, end := range [...]string{".txt", ".log", ""} {
		stem, ok := cutFold(manifest, end)
		if !ok {
			continue
		}
		for _, algo := range names {
			for _, between := range [...]string{".", "_", "-"} {
				for _, sum := range [...]string{"", "sum", "sums"} {
					if rest, ok := cutFold(stem, between+algo+sum); ok && rest != "" {
						return rest
					}
				}
			}
		}
	}
	return ""
}

// cutFold cuts an end off, whatever the case of its letters.
func cutFold(s, end string) (string, bool) {
	at := len(s) - len(end)
	if at < 0 || !strings.EqualFold(s[at:], end) {
		return s, false
	}
	return s[:at], true
}

// Slashed puts forward slashes into a path of Windows.
func Slashed(path string) string {
	if strings.Contains(path, "/") || !strings.Contains(path, `\`) {
		return path
	}
	return strings.ReplaceAll(path, `\`, "/")
}

// gnu takes "hash  name", "hash *name" or a hash alone. A name with line breaks or
// backslashes is escaped, and a backslash stands before the hash.
func (m *ManifestReader) gnu(text string) (c *Claim, ok bool) {
	escaped := false
	if !m.zero {
		text, escaped = strings.CutPrefix(text, `\`)
	}
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		end = len(text)
	}
	value, err := hex.DecodeString(text[:end])
	algo := byLength[len(value)]
	if err != nil || algo == "" {
		return nil, false
	}
	name := text[end:]
	switch {
	case m.bag:
		name = bagName.Replace(strings.TrimPrefix(strings.TrimLeft(name, " \t"), "*"))
	case strings.HasPrefix(name, "  "), strings.HasPrefix(name, " *"):
		name = name[2:]
	default: // one blank, or a tabulator, as others write
		name = strings.TrimLeft(name, " \t")
	}
	if escaped {
		name = gnuName.Replace(name)
	}
	return m.claim(name, Sum{algo, value}), true
}

var (
	bagName = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%25", "%")
	gnuName = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\\`, `\`)
	gnuText = strings.NewReplacer("\n", `\n`, "\r", `\r`, `\`, `\\`)
)

// tagged takes BSD's and OpenSSL's "SHA256 (name) = hash".
func (m *ManifestReader) tagged(text string) (c *Claim, ok bool) {
	text, escaped := strings.CutPrefix(text, `\`)
	word, rest, ok := strings.Cut(text, "(")
	at := strings.LastIndex(rest, ")")
	if !ok || at < 0 {
		return nil, false
	}
	algo := algorithm(word)
	value, err := hex.DecodeString(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[at+1:]), "=")))
	if algo == "" || err != nil || len(value) == 0 {
		return nil, false
	}
	name := rest[:at]
	if escaped {
		name = gnuName.Replace(name)
	}
	return m.claim(name, Sum{algo, value}), true
}

// algorithm returns our name of an algorithm: of "SHA-256", "SHA2-256", "sha256".
func algorithm(word string) string {
	word = strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(word))
	if rest, ok := strings.CutPrefix(word, "sha2"); ok && Algorithms["sha"+rest] != nil {
		word = "sha" + rest
	}
	if Algorithms[word] == nil {
		return ""
	}
	return word
}

// header takes a line of hashdeep's own: the version, or the columns.
func (m *ManifestReader) header(text string) {
	if rest := strings.TrimPrefix(text, "%%%% "); strings.HasSuffix(rest, "filename") {
		m.columns = strings.Split(rest, ",")
	}
}

// hashdeep takes "size,hash,…,name", in which the name may have commas.
func (m *ManifestReader) hashdeep(text string) *Claim {
	fields := strings.SplitN(text, ",", len(m.columns))
	if len(fields) < len(m.columns) {
		return m.problem(m.line, "fewer fields than columns: %.100q", text)
	}
	c := &Claim{Line: m.line, Size: -1}
	for i, column := range m.columns {
		switch column {
		case "filename":
			c.Path = fields[i]
		case "size":
			n, err := strconv.ParseInt(fields[i], 10, 64)
			if err != nil || n < 0 {
				return m.problem(m.line, "size %.30q", fields[i])
			}
			c.Size = n
		default:
			value, err := hex.DecodeString(fields[i])
			if err != nil || len(value) == 0 {
				return m.problem(m.line, "%s %.100q", column, fields[i])
			}
			c.Sums = append(c.Sums, Sum{column, value})
		}
	}
	if c.Path == "" || len(c.Sums) == 0 {
		return m.problem(m.line, "no name or no hash: %.100q", text)
	}
	return c
}

// certutilHead takes CertUtil's first line, "SHA256 hash of NAME:", which is in the
// system's language.
func (m *ManifestReader) certutilHead(text string) bool {
	text, ok := strings.CutSuffix(text, ":")
	if !ok {
		return false
	}
	text = strings.TrimSpace(text)
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '\u00a0' }) {
		if algo := algorithm(word); algo != "" {
			m.algo = algo
			break
		}
	}
	if m.algo == "" {
		return false
	}
	for _, of := range [...]string{" of file ", " of ", " der Datei ", " von ", " du fichier ", " del archivo ", " de ", " del file ", " di ", " van "} {
		if _, name, ok := strings.Cut(text, of); ok && name != "" {
			m.pending, m.last = name, m.line
			return true
		}
	}
	m.algo = ""
	return false
}

// certutil takes the line behind it: the hash, in old versions with blanks.
func (m *ManifestReader) certutil(text string) *Claim {
	name, algo := m.pending, m.algo
	m.pending, m.algo = "", ""
	value, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil || byLength[len(value)] != algo {
		return m.problem(m.line, "no %s of %.100q", algo, name)
	}
	c := m.claim(name, Sum{algo, value})
	if c != nil {
		c.Line = m.last
	}
	return c
}

// unanswered says that the manifest ended where a hash should follow.
func (m *ManifestReader) unanswered() {
	if m.pending != "" {
		m.problem(m.last, "no hash of %.100q follows", m.pending)
		m.pending = ""
	}
}

// AppendSHA256 appends a line as sha256sum writes it.
func AppendSHA256(dst []byte, sum, path string) []byte {
	if strings.ContainsAny(path, "\n\r\\") {
		dst = append(dst, '\\')
		path = gnuText.Replace(path)
	}
	return append(append(append(append(dst, sum...), "  "...), path...), '\n')
}

// HashdeepHeader begins a manifest in the form of hashdeep.
const HashdeepHeader = "%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n"

// AppendHashdeep appends a line as hashdeep writes it, which has no form for a name
// with a line break: ok is then false.
func AppendHashdeep(dst []byte, size int64, sum, path string) (line []byte, ok bool) {
	if strings.ContainsAny(path, "\n\r") {
		return dst, false
	}
	return append(fmt.Appendf(dst, "%d,%s,", size, sum), path+"\n"...), true
}
