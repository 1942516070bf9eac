package detect

import (
	"net/netip"
	"strings"
	"unsafe"

	"github.com/coldtrail/coldtrail/parser"
)

// seekExact is how many values are listed as Seek.Exact: of more, an index is asked none.
const seekExact = 64

// seeks says which events the list can be about, by what stands in columns; what may stand
// anywhere is looked for in the record's text.
func (l *Indicators) seeks() []Seek {
	var all []Seek
	if !l.addresses.empty() {
		all = append(all, Seek{Field: FieldSourceIP, Match: func(v string) bool {
			a, err := netip.ParseAddr(v)
			if err != nil {
				return false
			}
			_, _, ok := l.addresses.find(a)
			return ok
		}})
	}
	if l.looksFor(EventID) {
		all = append(all, Seek{Field: FieldID, Match: l.has(EventID), Exact: l.few(EventID)})
	}
	if l.looksFor(Agent) || l.looksFor(AgentExpression) {
		all = append(all, Seek{Field: FieldUserAgent, Match: func(v string) bool {
			s := sought{l: l, r: &parser.Record{UserAgent: v}}
			s.agent()
			return s.e != nil
		}})
	}
	if l.looksFor(Principal) {
		all = append(all, l.principalSeeks()...)
	}
	if l.looksFor(AccessKey) || l.looksFor(ARN) || l.looksFor(AccountID) || l.looksFor(Bucket) || l.looksFor(S3Object) {
		all = append(all, Seek{Field: FieldRecord, Match: func(v string) bool {
			// It is only read, and for as long as v is there.
			s := sought{l: l, r: &parser.Record{Raw: unsafe.Slice(unsafe.StringData(v), len(v))}}
			s.anywhere()
			return s.e != nil
		}})
	}
	return all
}

func (l *Indicators) has(k IndicatorKind) func(string) bool {
	return func(v string) bool {
		_, ok := l.exact[k][v]
		return ok
	}
}

// few lists the values of a kind, if they are few.
func (l *Indicators) few(k IndicatorKind) (all []string) {
	if len(l.exact[k]) > seekExact {
		return nil
	}
	for v := range l.exact[k] {
		all = append(all, v)
	}
	return all
}

// principalSeeks are for the fields that name a principal. A request is taken apart only if it can.
func (l *Indicators) principalSeeks() []Seek {
	seek := func(f Field, as func(r *parser.Record, v string)) Seek {
		return Seek{Field: f, Match: func(v string) bool {
			s := sought{l: l, r: new(parser.Record)}
			as(s.r, v)
			s.principal()
			return s.e != nil
		}}
	}
	return []Seek{
		seek(FieldUserName, func(r *parser.Record, v string) { r.Identity.UserName = v }),
		seek(FieldPrincipalID, func(r *parser.Record, v string) { r.Identity.PrincipalID = v }),
		seek(FieldIssuerName, func(r *parser.Record, v string) { r.Identity.IssuerName = v }),
		seek(FieldSourceIdentity, func(r *parser.Record, v string) { r.Identity.SourceIdentity = v }),
		seek(FieldARN, func(r *parser.Record, v string) { r.Identity.ARN = v }),
		{Field: FieldRequest, Match: func(v string) bool {
			if !strings.Contains(v, "Name") && !strings.Contains(v, `\u`) {
				return false
			}
			s := sought{l: l, r: &parser.Record{Raw: []byte(`{"requestParameters":` + v + `}`)}}
			s.principal()
			return s.e != nil
		}},
	}
}
