package detect

import (
	"fmt"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "endpoint-refusals",
	Title: "Credentials and VPC endpoints of different owners",
	Doc: `Either a VPC endpoint of one's own refused calls with the credentials of an account that is not known: that is how data
is carried out from inside, into an account of the thief's. Or credentials of one's own came through an endpoint of an account
that is not known: they are used in somebody else's network. Or an endpoint refused one principal many different calls. The
innocent causes are a vendor's agent, to be listed with --accounts, and an endpoint policy that lacks a service.`,
	Next: `Find the host by its address and the endpoint's network; take it off the network and keep its memory. Where one's own
credentials are used elsewhere, revoke them at once.`,
	Severity:   Low,
	Techniques: []string{"T1078.004", "T1537"},
	Record:     throughEndpoint,
	Judge: func(c *Context) Stream {
		return course{
			id: "endpoint-refusals", gap: c.Duration("span"),
			key:   func(h *hit) string { return h.e.Get(factAbout) + " " + h.ref.Principal },
			judge: func(_ string, hits []hit) []verdict { return endpointUse(c, hits) },
		}.stream()
	},
	Needs: []Need{NeedsAccounts},
	Thresholds: []Threshold{
		{"span", 60, "minutes", "of silence, after which it is another finding"},
		{"calls", 10, "different calls", "as in denied-burst"},
	},
	Hits: [][]string{
		story(example{at: "03:00:00", key: "AKIA9", call: "s3:PutObject", ip: "10.0.0.5",
			more: `"eventCategory":"NetworkActivity","errorCode":"VpceAccessDenied","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333"`,
			who:  `{"type":"AWSAccount","accountId":"999988887777"}`}),
		story(example{at: "03:00:00", who: "app/i-0123456789", key: "ASIA1", call: "s3:GetObject", ip: "10.0.0.5", more: `"vpcEndpointId":"vpce-2","vpcEndpointAccountId":"999988887777"`}),
	},
	Misses: [][]string{
		story(example{at: "03:00:00", key: "AKIA1", call: "s3:PutObject", ip: "10.0.0.5",
			more: `"eventCategory":"NetworkActivity","errorCode":"VpceAccessDenied","vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333"`}),
		story(example{at: "03:00:00", who: "app/i-0123456789", key: "ASIA1", call: "s3:GetObject", ip: "10.0.0.5", more: `"vpcEndpointId":"vpce-1","vpcEndpointAccountId":"111122223333"`}),
	},
})

// The steps of endpoint-refusals.
const (
	endpointRefused = "refused"
	endpointForeign = "foreign"
)

// fromInside reports whether an address is one of those that networks have inside.
func fromInside(address string) bool {
	if address == "" || address[0] != '1' { // as all of them begin
		return false
	}
	_, public := InternetAddress(address)
	return !public
}

// throughEndpoint takes what an endpoint refused, and calls through the endpoint of another account than the credential's: those come
// from private addresses, which spares the look at all others.
func throughEndpoint(r *parser.Record) (Evidence, bool) {
	refused := r.NetworkActivity() && r.ErrorCode == "VpceAccessDenied"
	owner := r.EndpointAccount
	if !refused && (owner == "" || owner == r.Identity.AccountID || owner == r.Account || !fromInside(r.SourceIP)) || Operational(r) {
		return nil, false
	}
	e := Evidence{{factStep, endpointRefused}, {factAbout, r.EndpointID}, {factWhere, r.Identity.AccountID}}
	if refused {
		return e, true
	}
	e[0].Value, e[2].Value = endpointForeign, owner
	return e, true
}

func endpointUse(c *Context, hits []hit) []verdict {
	h := &hits[0]
	from := h.e.Get(factWhere)
	calls := distinct(hits, func(h *hit) string { return callOf(h.ref) })
	unknown := from != "" && c.foreign(from, h.ref.Account)
	v := verdict{severity: Medium, hits: hits}
	switch {
	case h.step(endpointForeign) && unknown:
		v.severity = High
		v.why = fmt.Sprintf("credentials used through endpoint %s of account %s: %s", h.e.Get(factAbout), c.named(from), callsOf(hits))
	case h.step(endpointRefused) && unknown:
		v.why = fmt.Sprintf("endpoint %s refused credentials of account %s: %s", h.e.Get(factAbout), c.named(from), callsOf(hits))
	case h.step(endpointRefused) && calls >= c.Int("calls"):
		v.severity = Low
		v.why = fmt.Sprintf("endpoint %s refused %d different calls: %s", h.e.Get(factAbout), calls, callsOf(hits))
	default:
		return nil
	}
	return []verdict{v}
}
