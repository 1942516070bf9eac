// Package sigma runs Sigma rules over CloudTrail events: rules and correlations become
// detectors (detect.Detector), like those that are written in Go.
//
//	c := sigma.Load([]sigma.File{{Name: "rules/x.yml", Data: data}}, sigma.Options{})
//	set, err := detect.NewSet(append(detect.All(), c.Detectors()...))
//	for _, r := range c.Rejected { … r.File, r.Line, r.Reason … }
//
// Load never fails as a whole, and loses nothing: each document of each file is in
// Collection.Rules or in Collection.Rejected. What is not supported is rejected; it is
// never taken for something else. Check says of a loaded rule what can never hold.
//
// It is Sigma 2.1, and what pySigma 1.5 takes beyond it. A detector's Record half holds no
// state and is safe for many goroutines; of correlations the Stream half is
// detect.Correlation. An event that a rule does not fit costs no memory, but for strings
// with escapes and for documents that have to be decoded.
//
// # Documents
//
// A file is split at its document marks, so that an error costs one document. Aliases are
// resolved within bounds; merge keys and keys that come twice are refused. The actions
// global, reset and repeat work as ever, within one file; what a rule says itself has
// precedence over the global document. A rule's detector has its name for an ID where that
// is in form, or else its id, or a slug of its title; the second of an ID is rejected. A
// rule without level is low, and a note says so. Only rules for CloudTrail are loaded.
//
// # Values
//
// Texts are compared without case, by Unicode's simple lower case. '443' fits the number
// 443, 'true' the boolean; a number of the event also fits a text that is the same number.
// A backslash before *, ? or a backslash takes its meaning away, and is itself elsewhere.
// Null fits a field that is missing, null, or an array of nothing else; an empty text only
// a text that is empty. neq is the negation of the whole comparison: it holds where the
// field is missing, and of a list where none fits. An empty list never fits. Regular
// expressions are RE2's. Values behind base64 and the like are compared with case.
//
// # Fields
//
// A field is CloudTrail's dotted path, in CloudTrail's spelling. It leads through arrays, any
// member of which may fit (two comparisons may be met by different members), into strings
// that are JSON documents, percent-encoded or not, and to members whose own name has dots.
// A pattern or regular expression on an object looks at each of its leaves; contains also at
// the object's text. Equality with an object never holds. contains and re look at a policy
// document in a string also as it is decoded, and without white space. Keywords look at all
// leaves of the event, never at names.
//
// Some members are compared in two forms: eventName with and without API version, userAgent
// with and without S3's brackets. coldtrail.ua.* are what detect.UserAgent tells.
//
// # Conditions
//
// or binds less than and, and less than not, and not less than of; operators in any case.
// Searches whose name begins with _ are neither of them nor of patterns that do not. A
// pattern that fits no search is refused, as are aggregations behind |.
//
// # Filters
//
// The specification's example writes what goes ("selection"), pySigma takes what stays ("not
// selection"). So a filter whose searches are all negated is what stays, one whose searches
// are none is what goes, and a mixture is refused.
//
// # Correlations
//
// They refer to rules by id, name, or, with a note, by title, in any of the files. Base rules
// do not alert unless generate is true; if their correlation is rejected, they do. There is
// one finding for each group and maximal window: see detect.Correlation for what that is, for
// conditions that bound from above, and for the order within a second. A temporal_ordered
// correlation takes equal seconds for either order. Events that do not have a member that is
// grouped by are a group of their own. Without group-by all events are one group. A
// percentile is by nearest rank, and needs its percentile. An extended condition with not is
// judged over whole windows. The same event may stand for several rules.
//
// # coldtrail's own rules
//
// With Options.Builtin a rule's level is that of success: a denied attempt is low or less, a
// call that failed otherwise informational, and calls by AWS itself never match, but of those by order
// (detect.ByOrder) what is medium or more. Of a correlation
// the hits that succeeded and those that did not are groups of their own, the latter of the
// level denied. The member coldtrail changes that (denied, failed, outcome: any, operational), says
// what to do next, and has the examples, which Load completes to whole events.
//
// # Speed
//
// keysOf finds the event names and sources without which a rule cannot fit, by which a
// detect.Set indexes it; of a rule without, gateOf takes the part that asks for the user
// agent, the error code, the event's type and the identity's, of which a Set remembers the
// answers. What is left is asked in the order of what it costs.
//
// Why one pass over an event for each rule, and no automaton over all? The index leaves two
// or three rules for an event. Others measured a common automaton to be slower.
//
// Why are errors of evaluation not a result? There is none that could happen: values of
// another type do not fit, by definition. A panic is a bug, and scan reports it with its event.
package sigma
