package detect

import "github.com/coldtrail/coldtrail/parser"

var _ = register(&Detector{
	ID:    "signin-code-redeemed-elsewhere",
	Title: "Sign-in of a command line authorized at one place and completed at another",
	Doc: `Somebody authorized a program in the browser (aws login), and the token for it was fetched from another network. With
aws login --remote a code is read off at one machine and typed in at another: whoever is talked into authorizing
and handing on the code lets a stranger in, past the second factor, as with device codes. Innocent causes: the option is
made for machines elsewhere, such as a development host or a container; a VPN that only the browser uses. What was changed
afterwards from where the token went decides how severe it is, and whether the program claimed to be on the same device.`,
	Next: `Ask the person whether the second address is a machine of theirs. If not: end the session (deny its principal what was
issued before now, by aws:TokenIssueTime, or the session by aws:SignInSessionArn), and follow what was done from that address
(coldtrail pivot with the address).`,
	Severity:   Low,
	Techniques: []string{"T1528", "T1550.001"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"code", 15, "minutes", "own: a code is typed in within minutes"},
		{"session", 12, "hours", "AWS: the longest that aws login renews its credentials"},
	},
	Needs: []Need{NeedsGeography},
	Record: func(r *parser.Record) (Evidence, bool) {
		if r.EventSource != "signin.amazonaws.com" {
			return tellingAbroad(r)
		}
		if stageOfLogin(r.Name) > loginToken || r.ErrorCode != "" || text(r.Get("additionalEventData.success")) == "false" ||
			text(r.Get("additionalEventData.grant_type")) == "refresh_token" || !fromInternet(r) {
			return nil, false
		}
		f := facts{r: r}
		f.add(factClient, f.param("client_id"))
		return f.e, true
	},
	Judge: func(c *Context) Stream {
		s := &loginCodes{c: c, code: c.Duration("code"), approved: newFading[approvals](maxSubjects, c.Duration("code"), nil)}
		s.of = newSpells("signin-code-redeemed-elsewhere", c.Duration("session"), s.judge)
		return s.of.stream(s.note, s.approved.count)
	},
	Hits: [][]string{
		loginElsewhere("cross-device", exampleFar),
		append(loginElsewhere("cross-device", exampleFar), example{at: "03:05:00", call: "iam:CreateUser", key: "ASIA1", ip: exampleFar}.String()),
	},
	Misses: [][]string{
		loginElsewhere("cross-device", exampleNear),
		loginElsewhere("same-device", exampleNear),
		loginElsewhere("cross-device", exampleFar)[1:],
	},
})

// loginElsewhere is an example of aws login, whose token goes to an address.
func loginElsewhere(client, ip string) []string {
	in := `{"client_id":"arn:aws:signin:::devtools/` + client + `"}`
	return story(
		example{at: "03:00:00", call: "signin:AuthorizeOAuth2Access", ip: exampleNear, in: in, agent: "Mozilla/5.0"},
		example{at: "03:00:30", call: "signin:CreateOAuth2Token", ip: ip, in: in},
	)
}
