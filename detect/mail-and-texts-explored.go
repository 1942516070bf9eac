package detect

import "fmt"

var _ = register(&Detector{
	ID:    "mail-and-texts-explored",
	Title: "Account explored for sending mail and text messages, in several ways",
	Doc: `One credential asked, by program, what the account may send: mail, text messages, and the limits of it, in
several services or regions within minutes. Stolen keys are sold for that. One such question a rule tells
(ses-explored); this is the sweep. Innocent causes: a monitor of limits, which asks daily and from the same
place; somebody who moves mail to another region.`,
	Next: `Ask who uses the credential to send. If nobody: deactivate it, see whether sending was switched on or
identities were added, and withdraw what was.`,
	Severity:   Low,
	Techniques: []string{"T1526", "T1580"},
	Events: surveyEvents("ses GetSendQuota GetAccount GetAccountSendingEnabled ListIdentities ListEmailIdentities GetIdentityVerificationAttributes GetSendStatistics",
		"sns GetSMSAttributes GetSMSSandboxAccountStatus ListOriginationNumbers ListPhoneNumbersOptedOut", "sms-voice DescribePhoneNumbers DescribeSpendLimits DescribeAccountAttributes",
		"servicequotas GetServiceQuota ListServiceQuotas GetAWSDefaultServiceQuota"),
	Thresholds: []Threshold{
		historyThreshold(),
		{"window", 10, "minutes", "Elastic: SES reads within 10 minutes"},
		{"calls", 3, "different calls", "Elastic and Panther alert on 2 of one service; own: one more, in two"},
		{"services", 2, "services", "own: a sender's own monitor asks one"},
		{"regions", 3, "regions", "own: Elastic asks for 10 regions of one quota"},
	},
	Record: surveyed,
	Judge: func(c *Context) Stream {
		s := &sendings{calls: c.Int("calls"), services: c.Int("services"), regions: c.Int("regions"), habits: newNovelty(c, c.Duration("history"))}
		s.of = newSpells("mail-and-texts-explored", c.Duration("window"), s.judge)
		return s.of.stream(s.note, s.habits.known.count)
	},
	Hits: [][]string{story(
		example{at: "03:00:00", call: "ses:GetSendQuota", key: "AKIA1"},
		example{at: "03:00:09", call: "ses:ListIdentities", key: "AKIA1", region: "us-west-2"},
		example{at: "03:00:19", call: "sns:GetSMSAttributes", key: "AKIA1", region: "eu-west-1"},
	)},
	Misses: [][]string{
		story(
			example{at: "03:00:00", call: "ses:GetSendQuota", key: "AKIA1"},
			example{at: "03:00:09", call: "ses:ListIdentities", key: "AKIA1"},
		),
		story(
			example{at: "03:00:00", call: "ses:GetSendQuota", key: "AKIA1", agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
			example{at: "03:00:09", call: "ses:ListIdentities", key: "AKIA1", agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
			example{at: "03:00:19", call: "sns:GetSMSAttributes", key: "AKIA1", agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
		),
	},
})

// sendings is the state of mail-and-texts-explored.
type sendings struct {
	calls, services, regions int
	habits                   *novelty
	of                       *spells[sending]
}

type sending struct {
	calls, services, regions, refused, news few
}

func (s *sendings) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		v := s.of.touch(credentialOf(ref), ref)
		v.x.calls.add(callOf(ref))
		v.x.services.add(ref.EventSource)
		v.x.regions.add(ref.Region)
		if ref.ErrorCode != "" {
			v.x.refused.add(callOf(ref))
		}
		if s.habits.see(habitual(ref), callOf(ref), ref.Time) {
			v.x.news.add(callOf(ref))
		}
		s.of.add(v, ref)
	}
}

func (s *sendings) judge(v *spell[sending]) (Severity, string, bool) {
	x := &v.x
	wide := x.services.len() >= s.services && x.calls.len() >= s.calls
	far := x.regions.len() >= s.regions
	severity := Low
	if longTerm(v.key) && wide && (far || x.news.len() >= s.calls || x.refused.len() > 1) {
		severity = Medium
	}
	return severity, fmt.Sprintf("%s asked %d questions about mail, text messages and limits, in %s and %s, %d refused: %s",
		v.who, x.calls.len(), plural(x.services.len(), "service"), plural(x.regions.len(), "region"), x.refused.len(), orList(&x.calls)), wide || far && x.calls.len() > 1
}
