// Package detect holds the detectors: what each looks for, and the machinery to
// run many of them over one timeline.
//
// A detector is data plus one function, in the file that bears its ID:
//
//	var _ = register(&Detector{
//		ID:       "password-policy-deleted",
//		Title:    "Password policy deleted",
//		Doc:      "What it means, what causes it innocently, what to look at next.",
//		Next:     "Restore the policy; ask who deleted it.",
//		Severity: Low,
//		Events:   []string{"iam.amazonaws.com:DeleteAccountPasswordPolicy"},
//		Record:   func(r *parser.Record) (Evidence, bool) { return nil, r.ErrorCode == "" },
//		Hits:     [][]string{{`{"eventSource":"iam.amazonaws.com",…}`}},
//		Misses:   [][]string{{`{…,"errorCode":"AccessDenied"}`}},
//	})
//
// Registration is a package variable: there is no list to edit. Tests hold the
// registry to Validate, run every Hit and every Miss (a Miss must yield no finding
// of this detector at all, of whatever severity), and shuffle the seconds.
//
// # How a detector runs
//
//	for each record, in the workers:     Set.Record → evidence of hits → AppendRef, AppendEvidence
//	for each hit, in timeline order:     DecodeRef, Clone → Stream.Next → findings, or parts of them
//	at the end:                          Stream.Flush
//
// A Set asks by Events, in any case of letters; a detector without Events by its Gate, where
// it has one; any other of every record. A Window makes findings of single hits, a
// Correlation of hits that say something together.
//
// Record halves are stateless and run on many goroutines at once. They, and the
// EventRef of NewRef, alias the record's buffer, which its Reader overwrites: what
// is kept is encoded or cloned first. A Stream belongs to one goroutine, and those of other
// detectors run on others; what its Next is given it may keep. A Set is immutable but for what gates remember, which many
// goroutines may share. The package starts no goroutine,
// reads no clock and prints nothing; no map is ranged into a finding.
//
// # Context
//
// What a run knows beside the evidence is a Context: thresholds that somebody set, whose accounts are whose, where addresses
// are. A detector that judges by it has Judge in place of Stream, and Thresholds with their defaults and sources:
//
//	Thresholds: []Threshold{{"calls", 10, "calls", "Suzaku"}, {"span", 10, "minutes", "Suzaku"}},
//	Judge: func(c *Context) Stream { return … c.Int("calls") … c.Duration("span") … c.foreign(account, ref.Account) … },
//
// Configure binds it. What was bound is part of the detector's Identity. Where a detector would see more with what
// the run lacks, its Needs name it, and the report says so once. An account is foreign unless it is the one that
// recorded the event, or has events of its own in the evidence, or is listed.
//
// # Order
//
// Hits reach a Stream in timeline order, but CloudTrail's times are seconds, and
// the order within one second is not that of the world. So no detector relies on
// it: which events make up which findings is the same for any order within a
// second. Streams that care about sequence judge a second as a whole. Two things
// may differ with that order: the wording of Why, and, where a bound below was
// reached, who had to give way.
//
// The order in which a Stream emits its findings is fixed for a given timeline,
// but means nothing: callers sort.
//
// # Memory
//
// A Stream holds a bounded number of subjects and bytes, whatever the evidence: fading is
// the state by key that most of them share, and Evicted says how many subjects had to give way. A
// finding with more events than that is emitted in parts (see Finding.Opened), and
// a subject that has been idle for longest is closed early where there are too many.
//
// # Severity
//
// A call that intruders need and administrators make every day is informational:
// it is on the watch-list, and what raises its finding is context (FactSeverity,
// FactWhy): what was granted, to whom, from where. A denied attempt is low: nothing
// happened, but somebody tried. Medium is worth a look today, high says that
// somebody other than the owner probably acts, critical that the damage is being
// done or hidden. Calls that AWS makes itself are operational: never a finding,
// unless a principal ordered them, by a stack or an automation (ByOrder), and they are medium or more.
//
// # Lineage
//
// A Lineage says of every credential in the evidence what it came from: which event issued
// it, and with which credential it was asked for, up to a user, a service or another account.
// It is no detector: it is fed with every event, and asked when it is settled.
//
// Ties are exact where the issuing event names the key, which is so for nearly every temporary
// credential of a whole archive. Where no event names it, an event is taken that made somebody the same principal
// when the session began (AssumeRole and its like to 2 s, a sign-in to 60 s), the tie says that it is
// inferred and how surely, and where events of several issuers fit equally none is taken. What a service does
// for a caller with a credential of its own (a forward access session) goes to the caller's only
// credential, or else to the principal. A password that somebody set for a user ties nobody:
// it is among the changes that a credential made.
//
// # Credentials and surveys, over time
//
// What says little by itself and much together is followed by subject (spells): a row of one subject's
// hits with no longer pause than a window, judged when it is over. What is compared with habits
// (novelty) is silent until the subject has been known for some days, or before Context.BaselineUntil.
//
//	sessions, chains        Lineage, role-chain
//	roles across accounts   role-taken-by-new-account, roles-tried-then-entered
//	instances               instance-credentials-outside, instance-explores
//	places                  impossible-travel, credential-on-several-networks, key-from-new-network, rare-network
//	passwords, factors      signin-guessing, second-factor-overcome, root-at-work
//	made out of others      console-session-from-keys, issued-session-misused, workflow-token-elsewhere
//	beyond their end        credential-outlives-containment, leaked-key-at-work, bedrock-key-user-strays
//	surveys                 enumeration-burst, denied-burst, key-tried-then-used, mail-and-texts-explored,
//	                        secrets-gathered, buckets-swept, logs-read-by-newcomer
//
// Four look at single events and are rules (package rules) alone: a console opened with an instance's credentials
// (signin-with-instance-credentials), a sign-in without a second factor (signin-without-mfa), user data and Windows
// passwords of many instances (ec2-user-data-many, ec2-password-data-many).
//
// What they do not see: detectors of places look at telling events only (tellingEvents), which are some percent of all,
// since a hit costs microseconds: a copied key that only reads objects is for the baseline of the case. Without a
// database of places impossible-travel and rare-network find nothing, and networks are told apart by the first half of
// an address. Private addresses are not compared: behind them everybody is the same. What a thief does
// from inside the instance looks like the instance.
//
// # What others bring
//
// A list of indicators (Indicators) becomes one detector, whose findings are by indicator. A Screen
// stands between detectors and findings: what falls under a Suppression is found by a stream of its
// own and marked, so that nothing else of the same principal is hidden with it. ParseUserAgent takes
// user agents apart, for rules as much as for reports. Try runs a detector over its examples.
//
// Why no rules in Go for single events? coldtrail's stateless rules are written in
// Sigma (package detect/rules), where others can read and test them. Here stand
// those that need state, a policy document's meaning, or to be part of
// suspect-activity.
//
// Why Requires? suspect-activity builds on thirteen detectors. It asks their Record
// halves itself, so it stands alone, but a Set spares it every record on which none
// of them matched: the work is done twice only where there is something to find.
package detect
