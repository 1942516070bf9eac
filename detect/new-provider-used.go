package detect

import "fmt"

var providerSteps = steps{
	{"iam.amazonaws.com:CreateSAMLProvider", "made", func(f *facts) bool { f.add(factAbout, f.response("sAMLProviderArn")); return true }},
	{"iam.amazonaws.com:UpdateSAMLProvider", "made", about("sAMLProviderArn")},
	{"iam.amazonaws.com:CreateOpenIDConnectProvider", "made", func(f *facts) bool { f.add(factAbout, f.response("openIDConnectProviderArn")); return true }},
	{"iam.amazonaws.com:AddClientIDToOpenIDConnectProvider", "made", about("openIDConnectProviderArn")},
	{"iam.amazonaws.com:UpdateOpenIDConnectProviderThumbprint", "made", about("openIDConnectProviderArn")},
	{"sts.amazonaws.com:AssumeRoleWithSAML", "used", about("principalArn")},
	{"sts.amazonaws.com:AssumeRoleWithWebIdentity", "used", func(f *facts) bool {
		f.add(factAbout, text(f.r.Get("userIdentity.identityProvider")))
		return true
	}},
}

var _ = register(&Detector{
	ID:    "new-provider-used",
	Title: "Identity provider added or changed, and used",
	Doc: `Somebody added an identity provider to the account, or changed one, and within a day roles were assumed by way of it.
With a provider of one's own one is whoever one likes, without any user or key of the account. That a provider is set up
the rules say; this says what came in through it. Innocent causes are the first day of a new sign-in and the renewal of a
provider's certificate, after which everybody comes in as before: those come from many addresses.`,
	Next: `Compare the provider's metadata or URL with the company's; if it is foreign, remove the provider, cut it out of the
trust policies and revoke the sessions of the roles that were assumed.`,
	Severity:   Low,
	Techniques: []string{"T1550.001"},
	Events:     providerSteps.events(),
	Record:     providerSteps.record,
	Judge: func(c *Context) Stream {
		return course{
			id: "new-provider-used", span: c.Duration("span"),
			opens: func(h *hit) bool { return h.step("made") },
			judge: providerUsed,
		}.stream()
	},
	Thresholds: []Threshold{{"span", 24, "hours", "hackingthe.cloud: a rogue identity provider is used at once"}},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateSAMLProvider", in: `{"name":"login"}`, out: `{"sAMLProviderArn":"arn:aws:iam::111122223333:saml-provider/login"}`},
			example{at: "03:20:00", call: "sts:AssumeRoleWithSAML", in: `{"principalArn":"arn:aws:iam::111122223333:saml-provider/login","roleArn":"arn:aws:iam::111122223333:role/admin"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "iam:UpdateSAMLProvider", in: `{"sAMLProviderArn":"arn:aws:iam::111122223333:saml-provider/login"}`},
			example{at: "03:20:00", call: "sts:AssumeRoleWithSAML", in: `{"principalArn":"arn:aws:iam::111122223333:saml-provider/login","roleArn":"arn:aws:iam::111122223333:role/admin"}`}),
	},
	Misses: [][]string{
		story( // the old provider goes on
			example{at: "03:00:00", key: "AKIA1", call: "iam:CreateSAMLProvider", in: `{"name":"login"}`, out: `{"sAMLProviderArn":"arn:aws:iam::111122223333:saml-provider/login"}`},
			example{at: "03:20:00", call: "sts:AssumeRoleWithSAML", in: `{"principalArn":"arn:aws:iam::111122223333:saml-provider/old","roleArn":"arn:aws:iam::111122223333:role/admin"}`}),
	},
})

// providerUsed judges a provider's story: it is severe where its maker comes in through it.
func providerUsed(_ string, hits []hit) []verdict {
	made := stepsOf(hits, "made")
	if len(made) == 0 {
		return nil
	}
	uses := notBefore(stepsOf(hits, "used"), made[0].ref.Time)
	if len(uses) == 0 {
		return nil
	}
	v := verdict{severity: Low, hits: append(made, uses...), why: fmt.Sprintf("%s %s, by way of which roles were assumed %d times within the day",
		made[0].ref.Action(), made[0].e.Get(factAbout), len(uses))}
	var own []hit
	for i := range uses {
		if sameAddress(uses[i].ref, made[0].ref) {
			own = append(own, uses[i])
		}
	}
	if len(own) > 0 {
		v.severity, v.hits = High, append(made, own...)
		v.why += fmt.Sprintf(", %d of them from the address of who did it", len(own))
	}
	return []verdict{v}
}
