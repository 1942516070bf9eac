package detect

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// logWriter is who writes a trail's files into its bucket.
const logWriter = "cloudtrail.amazonaws.com"

// A bucketPolicy is a bucket's policy as far as it says who may write a trail's files.
type bucketPolicy struct{ Statement oneOrMany[writeRule] }

type writeRule struct {
	Effect                  string
	Principal, NotPrincipal json.RawMessage
	Action, NotAction       oneOrMany[string]
	Resource                oneOrMany[string]
	Condition               json.RawMessage
}

// logsShutOut reports a policy by which CloudTrail may not write: no statement lets it, or one forbids it, whatever the
// conditions. Conditions are not understood: a denial under one, as of all that is not encrypted on its way, shuts nobody out.
func logsShutOut(v parser.Value, ok bool) bool {
	doc := text(v, ok)
	if doc == "" {
		return false
	}
	var p bucketPolicy
	if json.Unmarshal([]byte(doc), &p) != nil {
		return !strings.Contains(doc, logWriter)
	}
	allowed := false
	for i := range p.Statement {
		s := &p.Statement[i]
		if !s.ofLogs() {
			continue
		}
		if s.Effect == "Deny" && !conditional(s.Condition) {
			return true
		}
		allowed = allowed || s.Effect == "Allow"
	}
	return !allowed
}

// ofLogs reports whether the statement is about CloudTrail's files.
func (s *writeRule) ofLogs() bool {
	who := len(s.Principal) > 0 && namesWriter(s.Principal) || len(s.NotPrincipal) > 0 && !namesWriter(s.NotPrincipal)
	return who && covers(s.Action, s.NotAction, "s3:PutObject") && (s.Effect == "Allow" || s.files())
}

// namesWriter reports whether a principal is, or is among, those that CloudTrail is one of.
func namesWriter(principal json.RawMessage) bool {
	var one string
	if json.Unmarshal(principal, &one) == nil {
		return one == "*"
	}
	var of struct{ AWS, Service oneOrMany[string] }
	if json.Unmarshal(principal, &of) != nil {
		return false
	}
	return slices.Contains(of.AWS, "*") || slices.Contains(of.Service, "*") || slices.Contains(of.Service, logWriter)
}

// covers reports whether an action is among those that a statement names, or not among those that it leaves out.
func covers(names, but []string, action string) bool {
	among := func(all []string) bool {
		return slices.ContainsFunc(all, func(pattern string) bool { return MatchWildcards(pattern, action) })
	}
	return among(names) || len(but) > 0 && !among(but)
}

// files reports whether a denial's resources are a trail's files: all objects of the bucket, or those below AWSLogs.
func (s *writeRule) files() bool {
	return slices.ContainsFunc(s.Resource, func(r string) bool {
		bucket, object, _ := strings.Cut(r, "/")
		return strings.Contains(object, "AWSLogs") || strings.HasPrefix(object, "*") || object == "" && strings.HasSuffix(bucket, "*")
	})
}
