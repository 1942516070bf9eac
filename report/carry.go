package report

import "github.com/coldtrail/coldtrail/parser"

// Carries reports whether the report may look into the event's record, beyond
// its hot fields: it may turn out to be a suspect's, and is of a kind that hands
// out credentials or data, leaves something behind, or takes it away. It is
// meant for scan.Config.Carry.
func Carries(r *parser.Record) bool {
	if r.Identity.Type == "AWSService" {
		return false // is never a suspect, and AWS's own clean-up ends nothing that a person made
	}
	name := r.Action()
	if issues(name) || readings[name] != nil {
		return true
	}
	return r.ReadOnly != "true" && (made[name] != nil || mayEnd(name))
}
