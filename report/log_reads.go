package report

import "slices"

// logKinds are the kinds of reading what CloudTrail itself has delivered. Whoever collects evidence reads it, and so does
// an intruder who wants to know what is seen: the two must not be mistaken for each other, nor for the reading of other data.
var logKinds = map[string]string{s3Objects: "CloudTrail's own logs", s3Copies: "CloudTrail's own logs copied"}

// logsRead says what the reading of logs may be.
func (p page) logsRead(rows []DataRow) {
	if slices.ContainsFunc(rows, func(r DataRow) bool { return r.Kind == logKinds[s3Objects] || r.Kind == logKinds[s3Copies] }) {
		p.para("Of %s it cannot be told here who read them and what for: a copy for an investigation (`aws s3 sync`), a tool that watches logs, or somebody who wants to know what is seen. "+
			"Where it was a responder, say so: `coldtrail mark CASE CREDENTIAL --as responder --because …` tells that apart.", "CloudTrail's own logs")
	}
}
