package detect

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// The facts of an indicator that an event has: these three in this order, then FactSeverity
// if the list gives that line one, or the indicator is none of the caller's.
const (
	FactIndicator     = "indicator"      // "address 203.0.113.9"
	FactIndicatorLine = "indicator_line" // of the list
)

// sought is the search for a list's indicators in one event.
type sought struct {
	l *Indicators
	r *parser.Record
	e Evidence // nil: none was found
}

// record is the Record half of the list's detector. For an event that has none of the
// indicators it allocates nothing.
func (l *Indicators) record(r *parser.Record) (Evidence, bool) {
	s := sought{l: l, r: r}
	if !l.addresses.empty() {
		s.address()
	}
	if l.looksFor(EventID) {
		s.whole(EventID, r.ID, "eventID")
	}
	if l.looksFor(Agent) || l.looksFor(AgentExpression) {
		s.agent()
	}
	if l.looksFor(Principal) {
		s.principal()
	}
	if l.looksFor(ARN) {
		s.callersARN()
	}
	s.anywhere()
	return s.e, s.e != nil
}

// anywhere looks for what may stand anywhere in the record.
func (s *sought) anywhere() {
	l := s.l
	if l.looksFor(AccessKey) {
		s.keys("AKIA")
		s.keys("ASIA")
	}
	stored := l.looksFor(Bucket) || l.looksFor(S3Object)
	if l.looksFor(ARN) || stored {
		s.tokens("arn:")
	}
	if stored {
		s.tokens("s3://")
		s.stored()
	}
	if l.looksFor(AccountID) {
		s.accounts()
	}
}

func (l *Indicators) looksFor(k IndicatorKind) bool { return l.Counts[k] > 0 }

// found takes note of an indicator, once for each line of the list.
func (s *sought) found(k IndicatorKind, indicator string, line mark, where string) {
	at := strconv.FormatUint(uint64(line), 10)
	name := k.String() + " " + indicator
	for i := range s.e {
		if s.e[i].Name == FactIndicator && s.e[i].Value == name && s.e[i+1].Value == at {
			return
		}
	}
	why := fmt.Sprintf("%s in %s: %s, line %s", name, where, s.l.Name, at)
	if remark := s.l.remarks[line]; remark != "" {
		why += " (" + remark + ")"
	}
	s.e = append(s.e, Fact{FactIndicator, name}, Fact{FactIndicatorLine, at}, Fact{FactWhy, why})
	severity, ok := s.l.severities[line]
	if !ok && !s.callers(k, where) {
		severity, ok = Low, true
	}
	if ok {
		s.e = append(s.e, Fact{FactSeverity, severity.String()})
	}
}

// callers reports whether an indicator is of who made the call. What an event is about, such as
// a bucket that was robbed, is named by its owner's calls as well: it accuses nobody by itself.
func (s *sought) callers(k IndicatorKind, where string) bool {
	switch k {
	case Address, Agent, AgentExpression, EventID:
		return true
	case AccessKey, Principal, ARN:
		return where != inEvent && !strings.HasPrefix(where, "requestParameters.")
	}
	return false
}

// inEvent is where something stands that was looked for everywhere.
const inEvent = "the event"

// whole looks for an indicator that is the whole of a value.
func (s *sought) whole(k IndicatorKind, value, where string) {
	if line, ok := s.l.exact[k][value]; ok && value != "" {
		s.found(k, value, line, where)
	}
}

// match looks for patterns that a value matches.
func (s *sought) match(k IndicatorKind, value, where string) {
	if value == "" {
		return
	}
	for i := range s.l.patterns {
		if p := &s.l.patterns[i]; p.kind == k && p.match(value) {
			s.found(k, p.text, p.line, where)
		}
	}
}

func (s *sought) address() {
	a, err := netip.ParseAddr(s.r.SourceIP)
	if err != nil { // a service's name
		return
	}
	if p, line, ok := s.l.addresses.find(a); ok {
		name := p.String()
		if p.IsSingleIP() {
			name = p.Addr().String()
		}
		s.found(Address, name, line, "sourceIPAddress")
	}
}

func (s *sought) agent() {
	plain := PlainUserAgent(s.r.UserAgent)
	s.whole(Agent, plain, "userAgent")
	s.match(Agent, plain, "userAgent")
	s.match(AgentExpression, plain, "userAgent")
}

// principal looks at who made the call, and whom it is about.
func (s *sought) principal() {
	id := &s.r.Identity
	first, session, _ := strings.Cut(id.PrincipalID, ":")
	for _, v := range [...]struct{ value, where string }{
		{id.UserName, "userIdentity.userName"}, {id.PrincipalID, "userIdentity.principalId"}, {first, "userIdentity.principalId"},
		{session, "userIdentity.principalId"}, {id.IssuerName, "sessionIssuer.userName"}, {id.SourceIdentity, "sourceIdentity"},
		{id.ARN[strings.LastIndexByte(id.ARN, '/')+1:], "userIdentity.arn"},
	} {
		s.whole(Principal, v.value, v.where)
		s.match(Principal, v.value, v.where)
	}
	for _, path := range [...]string{"requestParameters.userName", "requestParameters.roleName", "requestParameters.roleSessionName"} {
		v := text(s.r.Get(path))
		s.whole(Principal, v, path)
		s.match(Principal, v, path)
	}
}

// callersARN looks at the ARN of who made the call, and of the role that the session is of.
func (s *sought) callersARN() {
	for _, v := range [...]struct{ value, where string }{{s.r.Identity.ARN, "userIdentity.arn"}, {s.r.Identity.IssuerARN, "sessionIssuer.arn"}} {
		s.whole(ARN, v.value, v.where)
		s.match(ARN, v.value, v.where)
	}
}

// keys looks for access key IDs that begin so, wherever they stand.
func (s *sought) keys(prefix string) {
	raw := s.r.Raw
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte(prefix))
		if i < 0 {
			return
		}
		from := at + i
		at = from + len(prefix)
		for at < len(raw) && isKeyByte(raw[at]) {
			at++
		}
		if from > 0 && isKeyByte(raw[from-1]) {
			continue
		}
		if line, ok := s.l.exact[AccessKey][string(raw[from:at])]; ok {
			where := inEvent
			if string(raw[from:at]) == s.r.Identity.AccessKeyID {
				where = "userIdentity.accessKeyId"
			}
			s.found(AccessKey, string(raw[from:at]), line, where)
		}
	}
}

func isKeyByte(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' }

// accounts looks for account IDs that are a value, or a part of an ARN or a path.
func (s *sought) accounts() {
	raw := s.r.Raw
	for at := 0; at < len(raw); at++ {
		if raw[at] < '0' || raw[at] > '9' {
			continue
		}
		from := at
		for at < len(raw) && '0' <= raw[at] && raw[at] <= '9' {
			at++
		}
		if at-from != 12 || from == 0 || at == len(raw) || strings.IndexByte(accountEdges, raw[from-1]) < 0 || strings.IndexByte(accountEdges, raw[at]) < 0 {
			continue
		}
		if line, ok := s.l.exact[AccountID][string(raw[from:at])]; ok {
			s.found(AccountID, string(raw[from:at]), line, inEvent)
		}
	}
}

// accountEdges stand before and behind an account ID; within UUIDs and names of things it
// is not one.
const accountEdges = `":,/\ []{}` + "\t\r\n"

// tokens looks at the texts that begin so, as far as they may go: to the end of the JSON
// string, and to the first blank within, where there is one.
func (s *sought) tokens(prefix string) {
	raw := s.r.Raw
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte(prefix))
		if i < 0 {
			return
		}
		at += i
		token := rawToken(raw[at:])
		at += len(prefix)
		s.token(token)
		if blank := bytes.IndexAny(token, " ,"); blank > 0 {
			s.token(token[:blank])
		}
	}
}

// maxToken is longer than an ARN, or a bucket's name and a key, can be.
const maxToken = 1200

// rawToken is what a JSON string holds from here to its end, or to a quote that is escaped
// within: policies are texts in texts.
func rawToken(raw []byte) []byte {
	raw = raw[:min(len(raw), maxToken)]
	for i, c := range raw {
		switch {
		case c == '\\' && i+1 < len(raw) && raw[i+1] == '/': // some writers escape it
			return append(raw[:i:i], rawToken(raw[i+1:])...)
		case c == '"', c < ' ', c == '\\':
			return raw[:i]
		}
	}
	return raw
}

// token looks at an ARN or a URI of S3.
func (s *sought) token(token []byte) {
	if token[0] == 'a' {
		s.arn(token)
		return
	}
	s.place(token[len("s3://"):])
}

func (s *sought) arn(token []byte) {
	if line, ok := s.l.exact[ARN][string(token)]; ok {
		s.found(ARN, string(token), line, inEvent)
	}
	for i := range s.l.patterns {
		if p := &s.l.patterns[i]; p.kind == ARN && p.match(alias(token)) {
			s.found(ARN, p.text, p.line, inEvent)
		}
	}
	if i := bytes.Index(token, []byte(":s3:::")); i > 0 {
		s.place(token[i+len(":s3:::"):])
	}
}

// stored looks at the bucket and the key of a call to S3.
func (s *sought) stored() {
	for _, path := range [...]string{"requestParameters.bucketName", "requestParameters.s3BucketName"} {
		v, ok := s.r.Get(path)
		if !ok || v.IsNull() {
			continue
		}
		place := v.String()
		if key := text(s.r.Get("requestParameters.key")); key != "" && (s.l.looksFor(S3Object)) {
			place += "/" + key
		}
		s.place([]byte(place))
	}
}

// place looks for a bucket, or a bucket and a key.
func (s *sought) place(place []byte) {
	bucket, _, keyed := bytes.Cut(place, []byte("/"))
	if line, ok := s.l.exact[Bucket][string(bucket)]; ok {
		s.found(Bucket, string(bucket), line, inEvent)
	}
	if !keyed {
		return
	}
	if line, ok := s.l.exact[S3Object][string(place)]; ok {
		s.found(S3Object, string(place), line, inEvent)
	}
	for i := range s.l.patterns {
		if p := &s.l.patterns[i]; p.kind == S3Object && p.match(alias(place)) {
			s.found(S3Object, p.text, p.line, inEvent)
		}
	}
}
