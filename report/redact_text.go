package report

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isWord says which characters a token consists of; what is not ASCII belongs to one if it is a letter, a mark or a number.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.@+-~", c) >= 0
}

// tokenEnd returns where the token ends that begins at an offset, or the offset.
func tokenEnd(s string, at int) int {
	i := at
	for i < len(s) {
		if s[i] < utf8.RuneSelf {
			if !isWord(s[i]) {
				break
			}
			i++
			continue
		}
		c, size := utf8.DecodeRuneInString(s[i:])
		if !unicode.In(c, unicode.L, unicode.M, unicode.N) {
			break
		}
		i += size
	}
	return i
}

// isAccount reports whether a text is the ID of an account.
func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// A place is what is known of where a token stands.
type tokenPlace struct {
	kind   string // of the pseudonym
	named  bool   // it is a name, even if it is a word
	strong bool   // it is one of somebody or something, and so is the same word elsewhere
	agent  bool   // of a user agent, whose tokens are put together from words and numbers
	before string // what stands before it
}

// text replaces what identifies somebody in a text of any kind.
func (r *redaction) text(s string) string { return r.whole(s, tokenPlace{kind: "name"}) }

// named replaces a name, or a text that is made of names.
func (r *redaction) named(s, kind string, strong bool) string {
	return r.whole(s, tokenPlace{kind: kind, named: true, strong: strong})
}

// agent replaces what is not usual in a user agent.
func (r *redaction) agent(s string) string { return r.whole(s, tokenPlace{kind: "name", agent: true}) }

// whole replaces in a text what it is as a whole: a time, JSON, an encoded text; or else its tokens.
func (r *redaction) whole(s string, at tokenPlace) string {
	if timeText.MatchString(s) || isType(s) || isManaged(s) || caseID.MatchString(s) {
		return s
	}
	if r.depth++; r.depth <= maxRedactionDepth {
		if inner, ok := r.inner(s, at); ok {
			r.depth--
			return inner
		}
	}
	r.depth--
	var b strings.Builder
	for i := 0; i < len(s); {
		if n := arnEnd(s, i); n > i {
			r.arn(&b, s[i:n])
			i = n
			continue
		}
		if addr, n := addressAt(s, i); n > i {
			b.WriteString(r.table.replace(redacted{addressKind(addr), s[i:n]}, false))
			i = n
			continue
		}
		n := tokenEnd(s, i)
		if n == i {
			_, size := utf8.DecodeRuneInString(s[i:])
			b.WriteString(strings.ToValidUTF8(s[i:i+size], "\ufffd"))
			i += size
			continue
		}
		end := i + len(strings.TrimRight(s[i:n], ".-")) // the end of a sentence
		at.before = s[:i]
		if end > i {
			b.WriteString(r.token(s[i:end], at))
		}
		b.WriteString(s[max(end, i):n])
		i = n
	}
	return b.String()
}

// isKeyID reports whether a text is the ID of a key, a user, a role or the like.
func isKeyID(s string) bool { return len(s) >= 8 && s[0] == 'A' && keyText.MatchString(s) }

// isManaged reports whether an ARN is that of what AWS itself made.
func isManaged(s string) bool { return strings.Contains(s, ":iam::aws:") && managedARN.MatchString(s) }

// isType reports whether a text is a type of resources that AWS has.
func isType(s string) bool {
	if !strings.HasPrefix(s, "AWS::") {
		return false
	}
	m := typeText.FindStringSubmatch(s)
	return m != nil && typeServices[strings.ToLower(m[1])]
}

// longData is from which length on base64 of what is no text is replaced as a whole, and not by what its slashes part.
const longData = 64

// opaqueData stands for data that tells nothing and that each event has another of, such as the token of a session:
// pseudonyms of them all would fill the table.
const opaqueData = "opaque-data"

// opaqueLength is from which length on data of any member is opaque; digests and most keys are shorter.
const opaqueLength = 256

// inner looks into a text that holds another: JSON, percent-encoded, or base64 of text.
func (r *redaction) inner(s string, at tokenPlace) (string, bool) {
	if t := strings.TrimSpace(s); len(t) > 1 && (t[0] == '{' || t[0] == '[' && strings.ContainsAny(t, `"{`)) && json.Valid([]byte(t)) {
		return string(r.json(nil, []byte(t), "text")), true
	}
	if strings.IndexByte(s, '%') >= 0 && percent.MatchString(s) {
		if plain, err := url.PathUnescape(s); err == nil && plain != s {
			return url.PathEscape(r.whole(plain, at)), true
		}
	}
	if !at.named && len(s)%4 == 0 && !strings.ContainsAny(s, " :.") && base64Text.MatchString(s) && !isKeyID(s) {
		for _, enc := range [...]*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			plain, err := enc.DecodeString(s)
			if err == nil && utf8.Valid(plain) && strings.IndexFunc(string(plain), func(c rune) bool { return !unicode.IsPrint(c) && !unicode.IsSpace(c) }) < 0 {
				return enc.EncodeToString([]byte(r.whole(string(plain), at))), true
			}
			if err == nil && len(s) >= opaqueLength {
				return opaqueData, true
			}
			if err == nil && len(s) >= longData {
				return r.table.replace(redacted{"data", s}, false), true
			}
		}
	}
	return "", false
}

// token replaces one token, where it is not known to be harmless.
func (r *redaction) token(s string, at tokenPlace) string {
	switch {
	case isAccount(s):
		return r.table.replace(redacted{"account", s}, true)
	case isKeyID(s):
		return r.table.replace(redacted{s[:4], s}, true)
	case strings.Trim(s, "0123456789") == "" && (len(s) < 4 || !at.named):
		if r.table.known(s) {
			break
		}
		return s
	}
	if strings.Contains(s, "_CloudTrail") {
		if m := trailObject.FindStringSubmatch(s); m != nil {
			return r.table.replace(redacted{"account", m[1]}, true) + m[2]
		}
	}
	if r.isHost(s) {
		return r.host(s)
	}
	if at.named {
		if reserved[strings.ToLower(s)] {
			return s
		}
		return r.name(s, at.kind, at.strong || !r.harmless(s, tokenPlace{agent: true}))
	}
	if r.table.known(s) || !r.harmless(s, at) {
		return r.name(s, at.kind, false)
	}
	if strings.HasSuffix(at.before, ":") && isAction(s) {
		return r.action(s)
	}
	return s
}

// name replaces a name. What kind of file it is stays.
func (r *redaction) name(s, kind string, known bool) string {
	if m := resourceID.FindStringSubmatch(s); m != nil {
		kind = m[1]
	}
	if at := strings.IndexByte(s, '@'); at > 0 && strings.Contains(s[at:], ".") {
		kind = "mail"
	}
	return r.table.replace(redacted{kind, s}, known && len(s) >= 3)
}

// harmless reports whether a token is a word, a number or one of AWS's own.
func (r *redaction) harmless(s string, at tokenPlace) bool {
	if versionText.MatchString(s) && (strings.Count(s, ".") != 3 || strings.HasSuffix(s, ".0.0.0")) {
		return true
	}
	if strings.ContainsAny(s, "0123456789") && (addressLike.MatchString(s) || accountLike.MatchString(s)) {
		return false
	}
	if r.words.has(s) || regionText.MatchString(s) || dateText.MatchString(s) {
		return true
	}
	if service, ok := strings.CutSuffix(at.before, ":"); ok && isAction(s) { // iam:ListUsers
		rest := strings.TrimRight(service, "abcdefghijklmnopqrstuvwxyz0123456789-")
		return servicePart.MatchString(service[len(rest):])
	}
	if !at.agent {
		return false
	}
	for part := range strings.FieldsFuncSeq(s, func(c rune) bool { return strings.ContainsRune("-_.+~", c) }) {
		if !r.words.has(part) && (len(part) > 8 || strings.Trim(part, "0123456789") != "") {
			return false
		}
	}
	return true
}

// isAction reports whether a token is the name of a call.
func isAction(s string) bool { return actionText.MatchString(s) && actionOf(s) != actionOther }

// action returns the name of a call with what it acts on replaced, where that is somebody's name: s3:GetAlice.
func (r *redaction) action(s string) string {
	verb := firstWord(s)
	for _, what := range [...]string{s[len(verb):], strings.ToLower(s[len(verb):])} {
		if r.table.known(what) && !r.common(what) {
			return verb + r.name(what, "name", false)
		}
	}
	return s
}

// sensitive reports whether a text holds what has a form of its own, an account, a key, an address, or a name that is
// known, unless that is a word of AWS's own, which says nothing of whose name it is too.
func (r *redaction) sensitive(s string) bool {
	for i := 0; i < len(s); {
		if _, n := addressAt(s, i); n > i {
			return true
		}
		n := tokenEnd(s, i)
		if n == i {
			i++
			continue
		}
		if t := s[i:n]; isAccount(t) || isKeyID(t) || r.table.known(t) && !r.common(t) {
			return true
		}
		i = n
	}
	return false
}

// common reports whether a token is a word that records have anyway: Role, ListUsers, s3.amazonaws.com, eu-west-1.
func (r *redaction) common(s string) bool {
	return r.isHost(s) || r.harmless(s, tokenPlace{agent: true}) || isAction(s)
}

// isHost reports whether a token is a host of AWS, of which labels may be names.
func (r *redaction) isHost(s string) bool {
	return strings.HasSuffix(s, ".amazonaws.com") || strings.HasSuffix(s, ".amazon.com") || strings.HasSuffix(s, ".amazonaws.com.cn")
}

// host replaces those labels of a host's name that are not AWS's own.
func (r *redaction) host(s string) string {
	labels := strings.Split(s, ".")
	service := len(strings.Split(strings.TrimSuffix(s, ".cn"), ".")) - 2 // amazonaws, or amazon
	for i, l := range labels[:max(service, 0)] {
		switch {
		case isAccount(l):
			labels[i] = r.table.replace(redacted{"account", l}, true)
		case i == service-1 && labels[service] == "amazonaws" && servicePart.MatchString(l) && !r.table.known(l), regionText.MatchString(l), l == "":
		case r.words.has(l) && !r.table.known(l):
		default:
			labels[i] = r.name(l, "name", true)
		}
	}
	return strings.Join(labels, ".")
}

// addressAt returns the address of the internet that begins at an offset, and where it ends: before a port.
func addressAt(s string, at int) (addr netip.Addr, end int) {
	if at > 0 && isWord(s[at-1]) {
		return addr, at
	}
	text := spanAt(s, at, ".", "")
	if strings.Count(text, ".") != 3 {
		text = spanAt(s, at, ".:", "abcdefABCDEF")
		if strings.Count(text, ":") < 2 || at > 0 && s[at-1] == ':' && s[at] == ':' { // s3:::bucket
			return addr, at
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || harmlessAddress(s, at, text) {
		return addr, at
	}
	return addr, at + len(text)
}

// spanAt returns the digits, marks and letters from an offset on, without marks that end it; "" where it is but the beginning of a word.
func spanAt(s string, at int, marks, letters string) string {
	n := at
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || strings.IndexByte(marks, s[n]) >= 0 || strings.IndexByte(letters, s[n]) >= 0) {
		n++
	}
	if n < len(s) && isWord(s[n]) {
		return ""
	}
	text := strings.TrimRight(s[at:n], ".:")
	if strings.HasSuffix(s[at:n], "::") {
		text = s[at:n]
	}
	return text
}

// harmlessAddress reports whether what reads as an address is nobody's, such as everybody's, 0.0.0.0/0, or the version of a
// browser: Chrome/126.0.0.0. Ten is a private network, and a browser of 2011.
func harmlessAddress(s string, at int, text string) bool {
	return text == "0.0.0.0" || text == "127.0.0.1" || text == "169.254.169.254" || strings.HasSuffix(text, ".0.0.0") && text != "10.0.0.0" && at > 0 && s[at-1] == '/' || text == "::"
}

func addressKind(addr netip.Addr) string {
	if addr.Is4() {
		return "ipv4"
	}
	return "ipv6"
}

// arnEnd returns where the ARN ends that begins at an offset, or the offset.
func arnEnd(s string, at int) int {
	if !strings.HasPrefix(s[at:], "arn:") {
		return at
	}
	end := len(s)
	if n := strings.IndexAny(s[at:], " \t\r\n\"'`<>()[]{},;|\\"); n >= 0 {
		end = at + n
	}
	if strings.Count(s[at:end], ":") < 5 {
		return at
	}
	return end
}

// arn replaces the parts of an ARN. AWS's own policies stay as they are.
func (r *redaction) arn(b *strings.Builder, s string) {
	if isManaged(s) {
		b.WriteString(s)
		return
	}
	parts := strings.SplitN(s, ":", 6)
	for i, p := range parts[:5] {
		switch {
		case p == "" || p == "aws" && i > 0 || i < 3 && servicePart.MatchString(p) && !r.table.known(p) || i == 3 && regionText.MatchString(p):
			b.WriteString(p)
		default:
			b.WriteString(r.whole(p, tokenPlace{kind: "name", named: true, strong: true}))
		}
		b.WriteByte(':')
	}
	kinds := []string{"name"}
	if parts[2] == "s3" {
		kinds = []string{"bucket", "object"}
	}
	r.resource(b, parts[5], kinds)
}

// resource replaces the parts of a resource but for its type, which says what they are. A folder in the key of an object is
// called events or eu-west-1: that makes the word nobody's name elsewhere.
func (r *redaction) resource(b *strings.Builder, s string, kinds []string) {
	for n := 0; ; n++ {
		end := strings.IndexAny(s, "/:")
		at := tokenPlace{kind: kinds[min(n, len(kinds)-1)], named: true}
		at.strong = at.kind != "object"
		if end < 0 {
			b.WriteString(r.whole(s, at))
			return
		}
		part := s[:end]
		if n == 0 && arnTypes[part] {
			b.WriteString(part)
			kinds = []string{kindOf(part), kindOf(part)}
			if part == "assumed-role" {
				kinds = []string{"role", "role", "session"}
			}
		} else {
			b.WriteString(r.whole(part, at))
		}
		b.WriteByte(s[end])
		s = s[end+1:]
	}
}
