// Package jmespath evaluates JMESPath expressions as the AWS CLI does for --query.
//
//	e, err := jmespath.Compile("Events[?ReadOnly=='false'].{who: Username, what: EventName}")
//	v, err := e.Search(value) // nil, bool, int64, float64, string, []any or *Object
//
// The language is that of https://jmespath.org/specification.html. Where the AWS CLI's own
// interpreter goes further, so does this package, because queries that responders have
// rely on it: < and > compare strings by their code points; a literal that is no JSON is a
// string (`ConsoleLogin`); commas between arguments may be missing. It knows nothing of
// CloudTrail.
//
// An Expression and the values that it returns are safe for use by many goroutines, as
// long as nobody changes the values: results share their parts with what was searched.
//
// # Why …?
//
// Why not a library? The two that there are for Go, github.com/jmespath/go-jmespath and
// its successor github.com/jmespath-community/go-jmespath, keep objects in Go's maps: the
// members of {who: Username, what: EventName}, of keys() and of * come in another order
// each time, where the AWS CLI's order is that of the query and of the event. They give no
// result for EventTime >= '2026-03-02', refuse `ConsoleLogin`, and make a float of
// every number. Each would be a silent difference from the output that it stands for.
package jmespath
