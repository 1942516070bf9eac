// Package rules holds coldtrail's own Sigma rules, one a file, and knows what they cover.
//
//	c := rules.Load()
//	set, err := detect.NewSet(append(detect.All(), c.Detectors()...))
//
// A rule is AREA/NAME.yml; NAME is its detector's ID. Beside Sigma's members it has the
// member coldtrail: what to look at next, and the examples from which its tests run. Each
// rule says what it means and what causes it innocently, and bears the IDs of ATT&CK v19.1.
//
// # Level
//
// A level is what the event means in a real account when the call succeeded: informational
// happens every day everywhere, low is unusual or a denied attempt, medium is rare enough to
// be looked at the same day, high and critical nearly prove harm by themselves. So an event's
// name alone is seldom more than low; a parameter, or who called, makes it more.
//
// A call that everybody makes all day (ListUsers, GetSecretValue) matches by something else
// than its name, or is the base rule of a correlation and silent by itself.
package rules
