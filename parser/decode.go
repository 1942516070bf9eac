package parser

import (
	"bytes"
	"fmt"
	"strings"
	"unsafe"
)

// Parse returns the record that raw, one JSON object, holds. The record borrows raw.
func Parse(raw []byte) (*Record, error) {
	s := scanner{depth: Limits{}.withDefaults().Depth}
	r := &Record{Raw: raw}
	n := s.element(raw, 0)
	if n < 0 || space(raw, n) != len(raw) {
		return nil, s.reason(n)
	}
	return r, s.decode(r, 0)
}

// Clone returns a copy of the record that borrows nothing.
func (r *Record) Clone() *Record {
	c := Record{Raw: bytes.Clone(r.Raw), Kind: r.Kind}
	if p, err := Parse(c.Raw); err == nil { // else it is no object, as a table's row, and has no fields
		c = *p
	}
	c.Origin, c.Shape, c.Lifted, c.What = r.Origin, r.Shape, r.Lifted, strings.Clone(r.What)
	return &c
}

// element scans the element that begins at b[i]: an object for the hot fields,
// anything else for its end only.
func (s *scanner) element(b []byte, i int) int {
	s.fields = [fieldCount]span{}
	s.start = i
	if i < len(b) && b[i] == '{' {
		return s.object(b, i+1, topLevel, s.depth-1)
	}
	return s.value(b, i, s.depth)
}

// moved makes the scanner forget what it knows of bytes that have gone elsewhere.
func (s *scanner) moved() { s.cleanFrom, s.cleanTo = 0, 0 }

// reason puts a code into words.
func (s *scanner) reason(code int) error {
	switch code {
	case tooDeep:
		return errTooDeep
	case short:
		return fmt.Errorf("%w: cut short", errInvalid)
	case malformed:
		return fmt.Errorf("%w at byte %d of the record", errInvalid, s.at)
	}
	return fmt.Errorf("%w: more than one value", errInvalid)
}

// decode fills the record, whose first byte element found at b[from].
func (s *scanner) decode(r *Record, from int) error {
	if r.Raw[0] != '{' {
		r.Kind, r.What = Foreign, unlessEvents(r.Raw, notAnObject)
		return nil
	}
	s.hollow = false
	text := func(f field) string { return s.text(r.Raw, from, f) }
	r.Version, r.ID, r.Name, r.EventSource = text(eventVersion), text(eventID), text(eventName), text(eventSource)
	r.Region, r.Account, r.SourceIP, r.UserAgent = text(awsRegion), text(recipientAccountID), text(sourceIPAddress), text(userAgent)
	r.ErrorCode, r.ErrorMessage, r.EventType = text(errorCode), text(errorMessage), text(eventType)
	r.Category, r.SharedID, r.ReadOnly = text(eventCategory), text(sharedEventID), text(readOnly)
	r.EndpointID, r.EndpointAccount, r.FromConsole = text(vpcEndpointID), text(vpcEndpointAccountID), text(sessionCredentialFromConsole)
	r.Identity = Identity{
		Type: text(identityType), PrincipalID: text(principalID), ARN: text(arn), AccountID: text(accountID),
		AccessKeyID: text(accessKeyID), UserName: text(userName), InvokedBy: text(invokedBy),
		IssuerType: text(issuerType), IssuerARN: text(issuerARN), IssuerName: text(issuerUserName),
		CreationDate: text(creationDate), MFA: text(mfaAuthenticated), SourceIdentity: text(sourceIdentity),
		RoleDelivery: text(ec2RoleDelivery), OnBehalfOf: text(behalfUser),
	}
	r.scanned, r.hollow = true, s.hollow
	for i := range r.large {
		if p := &s.fields[requestParameters+field(i)]; p.to > 0 {
			r.large[i] = Value{r.Raw[int(p.from)-from : int(p.to)-from]}
		}
	}
	if r.Account == "" {
		r.Account = r.Identity.AccountID
	}
	return classify(r, text(eventTime))
}

// text returns a field's content: of a string what it holds, of null and of
// what is not there nothing, of any other value its JSON text.
func (s *scanner) text(raw []byte, from int, f field) string {
	p := &s.fields[f]
	if p.to == 0 {
		return ""
	}
	v := raw[int(p.from)-from : int(p.to)-from]
	switch {
	case v[0] != '"':
		if v[0] == 'n' {
			s.hollow = true
			return ""
		}
	case p.escaped:
		return unquote(v)
	default:
		v = v[1 : len(v)-1]
		s.hollow = s.hollow || len(v) == 0
	}
	return unsafe.String(unsafe.SliceData(v), len(v))
}

// classify sets the record's kind and, for an event, its time.
func classify(r *Record, at string) error {
	switch {
	case r.Category == "Insight" || r.EventType == "AwsCloudTrailInsight":
		r.Kind = Insight
		return nil
	case r.Category == "Aggregated" || r.EventType == "AwsAggregatedEvent":
		r.Kind = Aggregated
		return nil
	case strings.HasPrefix(r.EventSource, "aws:") || at == "" && (r.Name == "" || r.EventSource == ""):
		r.Kind, r.What = Foreign, recognise(r)
		return nil
	}
	t, err := ParseTime(at)
	if err != nil {
		return fmt.Errorf("eventTime: %w", err)
	}
	r.Time = t
	return nil
}
