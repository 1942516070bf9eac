package detect

import (
	"fmt"
	"slices"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "mail-abused",
	Title: "Sending of mail or messages explored, prepared and used",
	Doc: `Within a day one principal asked what the account may send, prepared it (a sender verified, sending switched on, production access or a higher limit
asked for), and perhaps sent mail or text messages. Stolen keys are sold for that. An application sends and asks for its quota, but prepares nothing; who
sets mail up prepares, seldom with a key that never did. Single steps the rules tell.`,
	Next: `Deactivate the credential and stop sending (UpdateAccountSendingEnabled); remove the senders that were added; look at bounces and complaints, and
warn whoever owns the domain.`,
	Severity:   Low,
	Techniques: []string{"T1496", "T1526"},
	Events:     mailSteps.events(),
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) {
			return nil, false
		}
		return mailSteps.any(r)
	},
	Judge: func(c *Context) Stream {
		return course{
			id: "mail-abused", span: c.Duration("span"),
			key:   func(h *hit) string { return h.ref.Principal },
			opens: func(h *hit) bool { return !h.step("sent") },
			judge: mailed,
		}.stream()
	},
	Thresholds: []Threshold{{"span", 24, "hours", "the same day; TrailDiscover's nine incidents with GetSendQuota prepare within hours"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "ses:GetSendQuota"},
			example{at: "03:01:00", key: "AKIA1", call: "ses:VerifyEmailIdentity", in: `{"emailAddress":"x@example.org"}`},
			example{at: "03:02:00", key: "AKIA1", call: "ses:SendEmail"}),
	},
	Misses: [][]string{
		story( // an application
			example{at: "03:00:00", key: "AKIA1", call: "ses:GetSendQuota"},
			example{at: "03:02:00", key: "AKIA1", call: "ses:SendEmail"}),
		story( // the mail's administrator
			example{at: "03:01:00", key: "AKIA1", call: "ses:VerifyEmailIdentity", in: `{"emailAddress":"x@example.org"}`}),
	},
})

// alike returns those of the hits that came from an address of the others, if any did: a key's
// owner asks and sends too, from elsewhere.
func alike(hits, others []hit) (out []hit) {
	for i := range hits {
		if slices.ContainsFunc(others, func(o hit) bool { return o.ref.SourceIP == hits[i].ref.SourceIP }) {
			out = append(out, hits[i])
		}
	}
	if len(out) == 0 {
		return hits
	}
	return out
}

func mailed(_ string, hits []hit) []verdict {
	asked, prepared, sent := stepsOf(hits, "asked"), stepsOf(hits, "prepared"), stepsOf(hits, "sent")
	words, grave := "prepared", High
	if len(prepared) == 0 {
		prepared, words, grave = stepsOf(hits, "tried"), "tried in vain to prepare", Medium
	}
	if len(asked) == 0 || len(prepared) == 0 {
		return nil
	}
	asked, sent = alike(asked, prepared), alike(sent, prepared)
	v := verdict{severity: Low, hits: append(asked, prepared...), why: fmt.Sprintf("asked what may be sent (%s) and %s sending (%s)", callsOf(asked), words, callsOf(prepared))}
	if grave == High && (hits[0].ref.PrincipalType == "IAMUser" || distinct(prepared, func(h *hit) string { return h.ref.Name }) > 1) {
		v.severity = Medium
	}
	if after := notBefore(sent, asked[0].ref.Time); len(after) > 0 {
		v.severity = grave
		v.hits = append(v.hits, after...)
		v.why += fmt.Sprintf("; then sent %s or more", plural(len(after), "message"))
	}
	return []verdict{v}
}
