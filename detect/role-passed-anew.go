package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// passed notes the role, or the instance profile, that the call hands over, and a refusal to do so.
func passed(paths ...string) func(*facts) bool {
	return func(f *facts) bool {
		refused := f.outcome == denied && strings.Contains(f.r.ErrorMessage, "iam:PassRole")
		if refused {
			f.e[0].Value = "refused"
		} else if f.outcome != succeeded {
			return false
		}
		for _, p := range paths {
			if role := f.param(p); role != "" {
				f.add(factAbout, baseName(role))
				return true
			}
		}
		return refused
	}
}

var _ = register(&Detector{
	ID:    "role-passed-anew",
	Title: "Roles handed to services by one who never did",
	Doc: `A principal handed roles to services (instances, functions, tasks, jobs, stacks) that it had not handed to any before, after
it had been refused others, or several within an hour; to many services, not by infrastructure code, is medium. Who controls what runs with a role has the role's rights. The call
iam:PassRole is not logged: this is inferred from the roles that calls name. A new role for itself is everyday work and is not told;
refusals and series are. Infrastructure code hands over many roles, and the same ones again: the first week in which an account
does so counts as what is usual, or all before --baseline-until. An account in which that begins more than a week after it did in any has
no such week: its first roles are told, be they an intruder's or those of an account whose evidence begins late.`,
	Next: `Look at what the roles may do, and at what was run with them; stop the functions, instances or jobs, and contain the
principal.`,
	Severity:   Low,
	Techniques: []string{"T1548", "T1098.003"},
	Events:     passing.events(),
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) {
			return nil, false
		}
		return passing.any(r)
	},
	Judge: newPassers,
	Thresholds: []Threshold{
		{"baseline", 7, "days", "Elastic's new-terms rules look back 7 to 10 days"},
		{"span", 60, "minutes", "a series by hand or by a tool"},
		{"roles", 3, "new roles", "one service for each of pathfinding.cloud's paths that is tried"},
		{"services", 4, "services", "own: who sets one thing up by hand, or by a script, hands roles to up to three services"},
	},
	Hits: [][]string{
		append(passDay(), story(
			example{at: "2026-01-12 03:00:00", key: "AKIA1", call: "lambda:CreateFunction20150331", in: `{"role":"arn:aws:iam::111122223333:role/admin"}`, more: `"errorCode":"AccessDenied","errorMessage":"User: alice is not authorized to perform: iam:PassRole on resource: admin"`},
			example{at: "2026-01-12 03:01:00", key: "AKIA1", call: "glue:CreateJob", in: `{"role":"etl"}`})...),
		append(passDay(), story(
			example{at: "2026-01-12 03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"iamInstanceProfile":{"name":"a"}}`},
			example{at: "2026-01-12 03:01:00", key: "AKIA1", call: "glue:CreateJob", in: `{"role":"b"}`},
			example{at: "2026-01-12 03:02:00", key: "AKIA1", call: "codebuild:CreateProject", in: `{"serviceRole":"c"}`})...),
	},
	Misses: [][]string{
		append(passDay(), story(example{at: "2026-01-12 03:01:00", key: "AKIA1", call: "glue:CreateJob", in: `{"role":"etl"}`})...),
		story( // the first week
			example{at: "2026-01-02 03:00:00", key: "AKIA1", call: "ec2:RunInstances", in: `{"iamInstanceProfile":{"name":"a"}}`},
			example{at: "2026-01-02 03:01:00", key: "AKIA1", call: "glue:CreateJob", in: `{"role":"b"}`},
			example{at: "2026-01-02 03:02:00", key: "AKIA1", call: "codebuild:CreateProject", in: `{"serviceRole":"c"}`}),
	},
})

// passDay is an example of the evidence's beginning.
func passDay() []string {
	return story(example{at: "2026-01-01 00:00:00", who: "ci/run", key: "ASIA1", call: "lambda:CreateFunction20150331", in: `{"role":"arn:aws:iam::111122223333:role/app"}`})
}

// passKey is by service too: one strong role that is handed to each in turn is new to each.
func passKey(h *hit) string {
	return h.ref.Principal + " " + h.ref.EventSource + " " + h.e.Get(factAbout)
}

func passers(hits []hit, roles, services int) []verdict {
	refused, passed := stepsOf(hits, "refused"), stepsOf(hits, "passed")
	n := distinct(passed, factOf(factAbout))
	kinds := distinct(passed, func(h *hit) string { return h.ref.EventSource })
	byHand := slices.ContainsFunc(passed, func(h hit) bool { return !byCode(h.ref.UserAgent) })
	v := verdict{severity: Low, hits: append(refused, passed...)}
	switch {
	case len(passed) > 0 && len(refused) > 0:
		v.severity = Medium
		v.why = fmt.Sprintf("handed over %s after %s", plural(n, "role")+" for the first time", plural(len(refused), "refusal"))
	case n >= roles, kinds >= services && byHand:
		if kinds >= services && byHand {
			v.severity = Medium
		}
		v.why = fmt.Sprintf("handed over %s for the first time, by %s", plural(n, "role"), callsOf(passed))
	default:
		return nil
	}
	return []verdict{v}
}
