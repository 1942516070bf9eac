package sigma

import (
	"bytes"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A field is a dotted path into the event, resolved once.
type field struct {
	name string
	hot  func(*parser.Record) string // nil: not one of the record's own members
	also func(string) string         // a second form in which the value is known, "" where it is the same
	head string                      // the path's first member, which Record.Get knows how to find fast
	rest string                      // the path behind it
	last []byte                      // the path's last member, without which an event has no such path
}

// hotFields are the members that the parser has taken out of every record.
var hotFields = map[string]func(*parser.Record) string{
	"eventVersion":             func(r *parser.Record) string { return r.Version },
	"eventID":                  func(r *parser.Record) string { return r.ID },
	"eventName":                func(r *parser.Record) string { return r.Name },
	"eventSource":              func(r *parser.Record) string { return r.EventSource },
	"awsRegion":                func(r *parser.Record) string { return r.Region },
	"sourceIPAddress":          func(r *parser.Record) string { return r.SourceIP },
	"userAgent":                func(r *parser.Record) string { return r.UserAgent },
	"errorCode":                func(r *parser.Record) string { return r.ErrorCode },
	"errorMessage":             func(r *parser.Record) string { return r.ErrorMessage },
	"eventType":                func(r *parser.Record) string { return r.EventType },
	"eventCategory":            func(r *parser.Record) string { return r.Category },
	"sharedEventID":            func(r *parser.Record) string { return r.SharedID },
	"readOnly":                 func(r *parser.Record) string { return r.ReadOnly },
	"vpcEndpointId":            func(r *parser.Record) string { return r.EndpointID },
	"vpcEndpointAccountId":     func(r *parser.Record) string { return r.EndpointAccount },
	"userIdentity.type":        func(r *parser.Record) string { return r.Identity.Type },
	"userIdentity.arn":         func(r *parser.Record) string { return r.Identity.ARN },
	"userIdentity.principalId": func(r *parser.Record) string { return r.Identity.PrincipalID },
	"userIdentity.accountId":   func(r *parser.Record) string { return r.Identity.AccountID },
	"userIdentity.accessKeyId": func(r *parser.Record) string { return r.Identity.AccessKeyID },
	"userIdentity.userName":    func(r *parser.Record) string { return r.Identity.UserName },
	"userIdentity.invokedBy":   func(r *parser.Record) string { return r.Identity.InvokedBy },
	"userIdentity.sessionContext.sessionIssuer.type":          func(r *parser.Record) string { return r.Identity.IssuerType },
	"userIdentity.sessionContext.sessionIssuer.arn":           func(r *parser.Record) string { return r.Identity.IssuerARN },
	"userIdentity.sessionContext.sessionIssuer.userName":      func(r *parser.Record) string { return r.Identity.IssuerName },
	"userIdentity.sessionContext.attributes.creationDate":     func(r *parser.Record) string { return r.Identity.CreationDate },
	"userIdentity.sessionContext.attributes.mfaAuthenticated": func(r *parser.Record) string { return r.Identity.MFA },
	"userIdentity.sessionContext.sourceIdentity":              func(r *parser.Record) string { return r.Identity.SourceIdentity },
	"userIdentity.sessionContext.ec2RoleDelivery":             func(r *parser.Record) string { return r.Identity.RoleDelivery },
	"sessionCredentialFromConsole":                            func(r *parser.Record) string { return r.FromConsole },
}

// newField resolves a name.
func newField(name string) *field {
	f := &field{name: name, hot: hotFields[name]}
	if strings.HasPrefix(name, detect.UserAgentField) {
		f.hot = func(r *parser.Record) string {
			u := detect.ParseUserAgent(r.UserAgent)
			s, _ := u.Get(name)
			return s
		}
	}
	f.head, f.rest, _ = strings.Cut(name, ".")
	f.last = []byte(name[strings.LastIndexByte(name, '.')+1:])
	switch name {
	case "eventName":
		f.also = parser.Action
	case "userAgent":
		f.also = detect.PlainUserAgent
	}
	return f
}

// A visitor looks at what a path leads to, and says whether that is enough.
type visitor interface {
	visit(raw []byte) bool
}

// A probe asks whether any value of a field fits a test.
type probe struct {
	*field
	test  test
	empty bool // the test fits the empty string
}

func newProbe(f *field, t test) *probe { return &probe{f, t, t.match(value{text, ""})} }

// bracketed reports whether a text that begins like JSON's objects and arrays is a user
// agent as S3 writes it, or of our own making.
func (f *field) bracketed(s string) bool {
	switch f.head {
	case "coldtrail":
		return true
	case "userAgent":
		return s[0] == '[' && len(s) > 1 && strings.IndexByte("\"[{]", s[1]) < 0
	}
	return false
}

// any reports whether one does.
func (p *probe) any(r *parser.Record) bool {
	if p.hot != nil {
		s := p.hot(r)
		if s == "" && !p.empty {
			return false // missing, null or empty: none of them fits
		}
		if s != "" && (s[0] != '{' && s[0] != '[' || p.bracketed(s)) {
			return p.fits(s)
		}
	}
	return p.reach(r, p)
}

func (p *probe) fits(s string) bool {
	if p.test.match(value{text, s}) {
		return true
	}
	if p.also == nil {
		return false
	}
	other := p.also(s)
	return other != s && p.test.match(value{text, other})
}

func (p *probe) visit(raw []byte) bool {
	if p.also != nil && len(raw) > 0 && raw[0] == '"' {
		return p.fits(string(parser.AppendString(nil, raw)))
	}
	return anyValue(raw, escapes(raw), p.test)
}

func escapes(raw []byte) bool {
	return len(raw) > 0 && raw[0] == '"' && bytes.IndexByte(raw, '\\') >= 0
}

// nowhere reports whether the path for certain leads nowhere in a JSON text: a glance, where
// to go through it would be a look. Escapes and percent-encoding can hide a name.
func (f *field) nowhere(raw []byte) bool {
	return !bytes.Contains(raw, f.last) && bytes.IndexByte(raw, '%') < 0 && !bytes.Contains(raw, []byte(`\u`))
}

// reach visits the field's values in the event until one is enough.
func (f *field) reach(r *parser.Record, v visitor) bool {
	if f.hot != nil && f.hot(r) == "" && !r.Hollow() {
		return false
	}
	switch f.head {
	case "requestParameters", "responseElements", "additionalEventData", "resources": // Get has them at hand
	default:
		if f.nowhere(r.Raw) {
			return false
		}
	}
	top, ok := r.Get(f.head)
	if !ok {
		if f.rest == "" {
			return false
		}
		raw, rest := dotted(r.Raw, f.name)
		return raw != nil && follow(raw, rest, v)
	}
	raw := top.Raw()
	if f.rest != "" && f.nowhere(raw) {
		return false
	}
	return follow(raw, f.rest, v)
}

// follow goes down a path, through every element of the arrays on it and into
// strings that are JSON documents.
func follow(raw []byte, path string, v visitor) bool {
	if path == "" {
		return v.visit(raw)
	}
	if len(raw) == 0 {
		return false
	}
	switch raw[0] {
	case '[':
		w := parser.NewWalk(raw)
		for w.Enter('['); w.More(); {
			if element, _ := w.Value(); follow(element, path, v) {
				return true
			}
		}
	case '{':
		key, rest, _ := strings.Cut(path, ".")
		if m := member(raw, key); m != nil {
			return follow(m, rest, v)
		}
		if m, rest := dotted(raw, path); m != nil {
			return follow(m, rest, v)
		}
	case '"':
		if doc := decoded(string(parser.AppendString(nil, raw))); doc != nil {
			return follow(doc, path, v)
		}
	}
	return false
}

// member returns the value of an object's member, the last of its name, or nil.
func member(raw []byte, name string) (found []byte) {
	w := parser.NewWalk(raw)
	w.Enter('{')
	for {
		key, ok := w.Key()
		if !ok {
			return found
		}
		if m, _ := w.Value(); string(key) == name {
			found = m
		}
	}
}

// dotted finds a member whose own name has dots in it, and what of the path lies
// behind it.
func dotted(raw []byte, path string) (found []byte, rest string) {
	if !strings.Contains(path, ".") || len(raw) == 0 || raw[0] != '{' {
		return nil, ""
	}
	w := parser.NewWalk(raw)
	w.Enter('{')
	for {
		key, ok := w.Key()
		if !ok {
			return found, rest
		}
		m, _ := w.Value()
		if n := len(key); n <= len(path) && string(key) == path[:n] && (n == len(path) || path[n] == '.') {
			found, rest = m, strings.TrimPrefix(path[n:], ".")
		}
	}
}

// there is content with any value, filled with one that is not null.
type (
	there  struct{}
	filled struct{}
)

func (there) visit([]byte) bool { return true }

func (f filled) visit(raw []byte) bool {
	if len(raw) == 0 || raw[0] == 'n' {
		return false
	}
	if raw[0] != '[' {
		return true
	}
	w := parser.NewWalk(raw)
	for w.Enter('['); w.More(); {
		if element, _ := w.Value(); f.visit(element) {
			return true
		}
	}
	return false
}

// exists and absent are the two questions about a field that are not about a value.
type exists struct {
	*field
	want bool
}

func (e exists) eval(r *parser.Record) bool {
	return (e.hot != nil && e.hot(r) != "" || e.reach(r, there{})) == e.want
}

// absent is null: the field is missing or null, or an array of nothing else.
type absent struct{ *field }

func (a absent) eval(r *parser.Record) bool {
	return (a.hot == nil || a.hot(r) == "") && !a.reach(r, filled{})
}
