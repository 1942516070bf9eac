package detect

import "fmt"

var _ = register(&Detector{
	ID:    "logs-read-by-newcomer",
	Title: "Logs and findings read by somebody who never read them",
	Doc: `After days of evidence in which it did not, a principal searched the account's history, logs or security
findings, in several ways: whoever is watched looks what is seen of them, and logs hold passwords. Innocent causes:
a colleague who looks into an incident for the first time, a new tool of the security team.`,
	Next: `Ask the principal why. If nobody knows: see what was searched for (the records' requestParameters), which
tells what the reader already knew.`,
	Severity:   Low,
	Techniques: []string{"T1654", "T1526"},
	Events: surveyEvents("cloudtrail LookupEvents StartQuery GetQueryResults GetTrailStatus GetEventSelectors DescribeTrails", "logs FilterLogEvents StartQuery GetQueryResults GetLogEvents StartLiveTail",
		"guardduty ListDetectors GetDetector ListFindings GetFindings", "securityhub GetFindings DescribeHub", "inspector2 ListFindings", "access-analyzer ListFindings", "macie2 ListFindings", "detective ListGraphs"),
	Thresholds: []Threshold{
		historyThreshold(),
		{"window", 60, "minutes", "own: one look at the logs"},
		{"calls", 3, "different calls", "own: one is a page of the console"},
		{"services", 2, "services", "own: a person in charge of one reads that one"},
	},
	Record: surveyed,
	Judge: func(c *Context) Stream {
		s := &readers{calls: c.Int("calls"), services: c.Int("services"), habits: newNovelty(c, c.Duration("history"))}
		s.of = newSpells("logs-read-by-newcomer", c.Duration("window"), s.judge)
		return s.of.stream(s.note, s.habits.known.count)
	},
	Hits: [][]string{append(readsLogs("2026-01-02T03:00:0%dZ", "bob", 3), readsLogs("2026-01-06T03:00:0%dZ", "alice", 4)...)},
	Misses: [][]string{
		readsLogs("2026-01-06T03:00:0%dZ", "alice", 4),
		append(readsLogs("2026-01-02T03:00:0%dZ", "alice", 4), readsLogs("2026-01-06T03:00:0%dZ", "alice", 4)...),
		append(readsLogs("2026-01-02T03:00:0%dZ", "bob", 3), readsLogs("2026-01-06T03:00:0%dZ", "alice", 1)...),
	},
})

// readsLogs is an example of a user who reads logs in up to four ways.
func readsLogs(at, user string, n int) (records []string) {
	for i, event := range []string{"cloudtrail:LookupEvents", "logs:FilterLogEvents", "guardduty:ListFindings", "securityhub:GetFindings"}[:n] {
		records = append(records, example{at: fmt.Sprintf(at, i), call: event, key: "AKIA1", who: user}.String())
	}
	return records
}

// readers is the state of logs-read-by-newcomer.
type readers struct {
	calls, services int
	habits          *novelty // by account: who reads logs
	of              *spells[reader]
}

type reader struct {
	newcomer                 bool
	calls, services, refused few
}

func (s *readers) note(batch []hit) {
	for i := range batch {
		ref := batch[i].ref
		v := s.of.touch(habitual(ref)+" with "+credentialOf(ref), ref)
		v.x.newcomer = s.habits.see(ref.Account, habitual(ref), ref.Time) || v.x.newcomer
		v.x.calls.add(callOf(ref))
		v.x.services.add(ref.EventSource)
		if ref.ErrorCode != "" {
			v.x.refused.add(callOf(ref))
		}
		s.of.add(v, ref)
	}
}

func (s *readers) judge(v *spell[reader]) (Severity, string, bool) {
	severity := Low
	if v.x.refused.len() > 0 && v.x.services.len() > s.services {
		severity = Medium
	}
	return severity, fmt.Sprintf("%s read logs or findings for the first time: %s (%d refused)", v.who, orList(&v.x.calls), v.x.refused.len()),
		v.x.newcomer && v.x.calls.len() >= s.calls && v.x.services.len() >= s.services
}
