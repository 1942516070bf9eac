package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// A redaction replaces what identifies somebody in the texts of a case. What it does not know to be
// harmless it replaces: a record's own vocabulary stays, its times, numbers and structure, and nothing else.
// It belongs to one goroutine; the table behind it may be shared once it is frozen.
type redaction struct {
	table redactionTable
	words *redactionWords
	depth int // of texts in texts
	memo  map[redactionKey]string
	taken int // by the memo, in bytes
}

// A redactionKey is a text and where it stands: what is made of it depends on nothing else, once a table is frozen, and
// while one is gathered a text that comes again adds nothing.
type redactionKey struct {
	path, text string
	member     bool // it is a member's name
}

const (
	maxRemembered     = 8 << 20 // bytes of a memo, which then begins anew
	maxRememberedText = 4 << 10
	rememberedSize    = 128 // of an entry beside its texts
)

// once makes a replacement, or remembers it: most values of a record are those of others.
func (r *redaction) once(k redactionKey, replace func(r *redaction, text, path string) string) string {
	if r.depth > 0 || len(k.text) > maxRememberedText {
		return replace(r, k.text, k.path)
	}
	if out, ok := r.memo[k]; ok {
		return out
	}
	out := replace(r, k.text, k.path)
	r.taken += len(k.path) + len(k.text) + len(out) + rememberedSize
	if r.memo == nil || r.taken > maxRemembered {
		r.memo, r.taken = make(map[redactionKey]string), 0
	}
	r.memo[k] = out
	return out
}

// maxRedactionDepth is how deep texts that hold texts are looked into; what lies deeper is replaced as a whole.
const maxRedactionDepth = 4

// json appends a JSON text with its strings replaced. Path is where it stands in a record, in lower case
// and with dots; "" for a record.
func (r *redaction) json(dst, text []byte, path string) []byte {
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '{':
			dst, i = r.object(dst, text, i, path)
		case '"':
			dst, i = r.quoted(dst, text, i, path)
		default:
			if end := numberEnd(text, i); end > i {
				dst = r.number(dst, text[i:end], path)
				i = end
				continue
			}
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// object appends the object that begins at an offset, and returns where it ends.
func (r *redaction) object(dst, text []byte, at int, path string) ([]byte, int) {
	dst = append(dst, '{')
	depth, name := 0, ""
	for i := at + 1; i < len(text); {
		c := text[i]
		switch {
		case c == '}' && depth == 0:
			return append(dst, '}'), i + 1
		case c == '{':
			dst, i = r.object(dst, text, i, joinPath(path, name))
			continue
		case c == '"' && depth == 0 && isKey(text, i):
			end := stringEnd(text, i)
			name = string(parser.AppendString(nil, text[i:end]))
			dst = appendJSONString(dst, r.memberName(name, path))
			name, i = strings.ToLower(name), end
			continue
		case c == '"':
			dst, i = r.quoted(dst, text, i, joinPath(path, name))
			continue
		case c == '[':
			depth++
		case c == ']':
			depth--
		}
		if end := numberEnd(text, i); end > i {
			dst = r.number(dst, text[i:end], joinPath(path, name))
			i = end
			continue
		}
		dst = append(dst, c)
		i++
	}
	return dst, len(text)
}

// isKey reports whether the string that begins at an offset is the name of a member.
func isKey(text []byte, at int) bool {
	for i := stringEnd(text, at); i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
		default:
			return text[i] == ':'
		}
	}
	return false
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// stringEnd returns where the string ends that begins at an offset.
func stringEnd(text []byte, at int) int {
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// numberEnd returns where the number ends that begins at an offset, or the offset.
func numberEnd(text []byte, at int) int {
	i := at
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || i > at && strings.IndexByte(".eE+-", text[i]) >= 0) {
		i++
	}
	return i
}

func (r *redaction) quoted(dst, text []byte, at int, path string) ([]byte, int) {
	end := stringEnd(text, at)
	return appendJSONString(dst, r.value(string(parser.AppendString(nil, text[at:end])), path)), end
}

// number appends a number that stands at a path. One that is an account's becomes another: where its member says so, or where
// a text of the case has it as an account. What a report counts is nobody's.
func (r *redaction) number(dst, digits []byte, path string) []byte {
	account := accountOf(string(digits))
	if account == "" || path == "case" || strings.HasPrefix(path, "case.") {
		return append(dst, digits...)
	}
	if !namesSomething(path[strings.LastIndexByte(path, '.')+1:]) && !r.table.known(account) {
		return append(dst, digits...)
	}
	dst = append(dst, r.table.replace(redacted{"account", account}, true)...)
	if len(digits) != len(account) {
		dst = append(dst, ".0"...)
	}
	return dst
}

// accountOf returns the account that a number could be, also one that was written as a fraction: 1.11122223333E11; or "".
func accountOf(digits string) string {
	if isAccount(digits) {
		return digits
	}
	if !strings.ContainsAny(digits, ".eE") {
		return ""
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || f < 1e11 || f >= 1e12 || f != math.Trunc(f) {
		return ""
	}
	return strconv.FormatInt(int64(f), 10)
}

// memberName returns a member's name. One that a call defines stays; one that a caller chose, such as that of a
// tag or of a variable, is a text like others.
func (r *redaction) memberName(name, path string) string {
	return r.once(redactionKey{path, name, true}, (*redaction).memberNameAnew)
}

func (r *redaction) memberNameAnew(name, path string) string {
	if isKeyID(name) {
		return r.text(name)
	}
	if path == "case" || strings.HasPrefix(path, "case.") {
		if ownMember.MatchString(name) && !r.table.known(name) { // of the report
			return name
		}
	}
	if chosenByCaller(path) {
		return r.text(name)
	}
	if plainMember.MatchString(name) && (r.words.has(name) || !r.table.known(name)) {
		return name
	}
	if !r.table.known(name) && r.harmless(name, tokenPlace{agent: true}) { // max-keys
		return name
	}
	return r.text(name)
}

// value returns a string that stands at a path.
func (r *redaction) value(s, path string) string {
	if s == "" {
		return s
	}
	if keptPaths[path] && keptValue.MatchString(s) && !r.sensitive(s) {
		return s
	}
	return r.once(redactionKey{path, s, false}, (*redaction).valueAnew)
}

func (r *redaction) valueAnew(s, path string) string {
	last := path[strings.LastIndexByte(path, '.')+1:]
	inReport := strings.HasPrefix(path, "case.")
	switch {
	case !inReport && len(s) >= longData && (last == "x-amz-id-2" || strings.HasSuffix(last, "token")):
		return opaqueData
	case inReport && ownWords(path, last) && ownValue.MatchString(s) && !r.sensitive(s):
		return s
	case inReport && last == "finding":
		return r.findingID(s)
	case inReport && last == "detector":
		return r.detector(s)
	case inReport && strings.Contains(path, "user_agents"), path == "useragent" || last == "user_agent":
		return r.agent(s)
	case !inReport && namesSomething(last):
		return r.named(s, kindOf(last), strongName(last))
	}
	return r.text(s)
}
