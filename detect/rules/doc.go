// Package rules holds coldtrail's own Sigma rules, one a file, and knows what they cover.
//
//	c := rules.Load()
//	set, err := detect.NewSet(append(detect.All(), c.Detectors()...))
//	for _, row := range rules.Matrix(c, detect.All()) { … row.ID, row.Rules, row.Unseen … }
//
// A rule is AREA/NAME.yml; NAME is its detector's ID. Beside Sigma's members it has the
// member coldtrail: what to look at next, and the examples from which its tests run (package
// sigma says how an example is completed). Each rule says what it means and what causes it
// innocently, and bears the IDs of ATT&CK v19.1. There is no list to edit; the tests refuse a
// rule that lacks any of this, that its examples contradict, or that sigma.Check finds odd.
//
// # Level
//
// A level is what the event means in a real account when the call succeeded: informational
// happens every day everywhere, low is unusual or a denied attempt, medium is rare enough to
// be looked at the same day, high and critical nearly prove harm by themselves. So an event's
// name alone is seldom more than low; a parameter, or who called, makes it more. A refused
// call is low at most, unless trying it is telling by itself, and one that failed otherwise
// informational. On fixtures' benign background the rules are held to no finding at high, and
// less than one at medium in ten thousand events.
//
// A call that everybody makes all day (ListUsers, GetSecretValue) matches by something else
// than its name, or is the base rule of a correlation and silent by itself.
//
// # What a rule cannot know
//
// Which accounts belong to the organization, which addresses to the company, which change was
// ordered: no event says so. A rule names the account of a stranger where it is not the
// event's own, and leaves it to its reader, or to a suppression, who that is. A policy document
// is judged by its text, within one statement where that matters; the detectors in Go parse it.
//
// Techniques and their names are those of MITRE ATT&CK, © The MITRE Corporation. What of each
// cannot be seen (unseen.tsv) is coldtrail's own judgement.
package rules
