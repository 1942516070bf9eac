package detect

var _ = register(&Detector{
	ID:    "credential-on-several-networks",
	Title: "One credential used from several networks at once",
	Doc: `One access key made telling calls from addresses of different networks and from different systems: from one of
them for the first time while the other was in use, within half an hour before that and within half an hour after it. A session belongs to one person at one computer: a copy of its
token is used elsewhere. Innocent causes: a VPN that was switched on in between, a phone beside a computer, a key
that colleagues share or a build machine borrows, company proxies with many addresses. Without a database of
networks, networks are told apart by the first half of an address only.`,
	Next: `Ask the owner where they worked. If one of the addresses is not theirs: deactivate the key or revoke the
sessions, then follow what each address did: filter timeline.csv by the columns credential and source_ip.`,
	Severity:   Low,
	Techniques: []string{"T1550.001"},
	Events:     tellingEvents,
	Thresholds: []Threshold{
		{"window", 30, "minutes", "Elastic: session token used from multiple addresses"},
		{"networks", 2, "networks", "Elastic: session token used from multiple addresses"},
		{"services", 2, "services", "Elastic: more than one service"},
	},
	Needs:  []Need{NeedsGeography},
	Record: tellingAbroad,
	Judge: func(c *Context) Stream {
		n := &networks{c: c, window: c.Duration("window"), least: c.Int("networks"), services: c.Int("services")}
		n.uses = newSpells("credential-on-several-networks", c.Duration("window"), n.judge)
		return n.uses.stream(n.note, nil)
	},
	Hits: [][]string{story(
		example{at: "03:00:00", call: "iam:ListUsers", key: "ASIA1", who: "Admin/alice"},
		example{at: "03:05:00", call: "sts:GetCallerIdentity", key: "ASIA1", who: "Admin/alice", ip: "198.51.100.7", agent: "Boto3/1.40.0 os/windows#11"},
		example{at: "03:09:00", call: "iam:ListRoles", key: "ASIA1", who: "Admin/alice"},
	)},
	Misses: [][]string{
		story( // a VPN was switched on
			example{at: "03:00:00", call: "iam:ListUsers", key: "ASIA1", who: "Admin/alice"},
			example{at: "03:05:00", call: "sts:GetCallerIdentity", key: "ASIA1", who: "Admin/alice", ip: "198.51.100.7"},
		),
		story( // a proxy has several addresses
			example{at: "03:00:00", call: "iam:ListUsers", key: "ASIA1", who: "Admin/alice"},
			example{at: "03:05:00", call: "sts:GetCallerIdentity", key: "ASIA1", who: "Admin/alice", ip: "198.51.100.7"},
			example{at: "03:09:00", call: "iam:ListRoles", key: "ASIA1", who: "Admin/alice"},
		),
	},
})
