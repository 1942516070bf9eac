package detect

import "fmt"

var authoritySteps = steps{
	{"rolesanywhere.amazonaws.com:CreateTrustAnchor", "anchor", authorityStep("responseElements.trustAnchor.trustAnchorArn")},
	{"rolesanywhere.amazonaws.com:UpdateTrustAnchor", "anchor", authorityStep("responseElements.trustAnchor.trustAnchorArn")},
	{"rolesanywhere.amazonaws.com:CreateProfile", "profile", nil},
	{"rolesanywhere.amazonaws.com:CreateSession", "session", authorityStep("requestParameters.trustAnchorArn")},
}

// authorityStep notes the trust anchor, and where its certificates come from.
func authorityStep(path string) func(*facts) bool {
	return func(f *facts) bool {
		f.add(factAbout, text(f.r.Get(path)))
		f.add(factWhere, f.param("source.sourceType"))
		return true
	}
}

var _ = register(&Detector{
	ID:    "outside-authority-used",
	Title: "Certificate authority trusted anew, and roles assumed with it",
	Doc: `A trust anchor of IAM Roles Anywhere was created or changed, and certificates under it obtained sessions within a month.
Who brings a certificate authority of his own can come back for as long as it is trusted, without any user or key. The
innocent cause is the set-up of machines outside AWS, announced and with the company's own authority.`,
	Next: `Ask whose authority it is. If nobody knows: disable the trust anchor and the profiles, revoke the sessions of the
profiles' roles, and list what was done in them.`,
	Severity:   Low,
	Techniques: []string{"T1098.003", "T1550.001"},
	Events:     authoritySteps.events(),
	Record:     authoritySteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "outside-authority-used", span: c.Duration("span"),
			key:   func(h *hit) string { return h.ref.Account + " " + h.ref.Region },
			opens: func(h *hit) bool { return h.step("anchor") },
			judge: authorityUsed,
		}.stream()
	},
	Thresholds: []Threshold{{"span", 30, "days", "a back door is made to be used later"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "rolesanywhere:CreateTrustAnchor", in: `{"name":"a","source":{"sourceType":"CERTIFICATE_BUNDLE"}}`, out: `{"trustAnchor":{"trustAnchorArn":"arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/1"}}`},
			example{at: "03:00:10", key: "AKIA1", call: "rolesanywhere:CreateProfile", in: `{"name":"p","roleArns":["arn:aws:iam::111122223333:role/admin"]}`},
			example{at: "03:05:00", call: "rolesanywhere:CreateSession", in: `{"trustAnchorArn":"arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/1","roleArn":"arn:aws:iam::111122223333:role/admin"}`}),
	},
	Misses: [][]string{
		story( // sessions under an anchor that was there before
			example{at: "03:00:00", key: "AKIA1", call: "rolesanywhere:CreateTrustAnchor", in: `{"name":"a"}`, out: `{"trustAnchor":{"trustAnchorArn":"arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/1"}}`},
			example{at: "03:05:00", call: "rolesanywhere:CreateSession", in: `{"trustAnchorArn":"arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/2"}`}),
	},
})

// authorityUsed judges the anchors of an account and region.
func authorityUsed(_ string, hits []hit) (all []verdict) {
	for _, anchor := range stepsOf(hits, "anchor") {
		var uses []hit
		for _, s := range notBefore(stepsOf(hits, "session"), anchor.ref.Time) {
			if s.e.Get(factAbout) == anchor.e.Get(factAbout) {
				uses = append(uses, s)
			}
		}
		if len(uses) == 0 {
			continue
		}
		v := verdict{severity: Medium, hits: append([]hit{anchor}, uses...)}
		v.why = fmt.Sprintf("%s of %s, with which %s obtained", anchor.ref.Action(), anchor.e.Get(factAbout), plural(len(uses), "session")+" were")
		if from := anchor.e.Get(factWhere); from == "CERTIFICATE_BUNDLE" {
			v.severity = High
			v.why += "; its certificates are not AWS's"
		}
		for _, p := range stepsOf(hits, "profile") {
			if sameHand(p.ref, anchor.ref) {
				v.hits = append(v.hits, p)
			}
		}
		all = append(all, v)
	}
	return all
}
