package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "models-abused",
	Title: "Models invoked as by somebody who resells them",
	Doc: `A principal invoked models, and in the same day showed more of what thieves of model access do (LLMjacking): it tried many models or regions, was
refused again and again, looked whether invocations are recorded or stopped that, had access granted, or made very many calls with a user's
long-lived key. Each step alone the rules tell. The innocent cause is a developer's first day with the service: few models, one region, no interest in the record.
Workloads (roles that keep to their code) are taken into account only where they are refused.`,
	Next:       `Deactivate the credential; switch the record of invocations on; look at the bill and at all regions; ask who had access granted.`,
	Severity:   Medium,
	Techniques: []string{"T1496", "T1526"},
	Events:     modelSteps.events(),
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) || r.ErrorCode == "" && byProgram(r) && (strings.HasPrefix(r.Name, "InvokeModel") || strings.HasPrefix(r.Name, "Converse")) {
			return nil, false
		}
		return modelSteps.any(r)
	},
	Judge: func(c *Context) Stream {
		return course{
			id: "models-abused", span: c.Duration("span"),
			max: 4*c.Int("calls") + maxHits, each: 2*c.Int("calls") + maxHits/2, same: c.Int("calls") + maxHits/20,
			key:   func(h *hit) string { return h.ref.Principal },
			judge: func(_ string, hits []hit) []verdict { return abused(c, hits) },
		}.stream()
	},
	Thresholds: []Threshold{
		{"span", 24, "hours", "the same day; what comes later is another finding"},
		{"models", 5, "models", "Prowler llm_jacking: 0.4 of a list of 14 calls"},
		{"regions", 3, "regions", "the reference: many regions"},
		{"refusals", 3, "refused invocations", "probes with max_tokens_to_sample=-1 before each model's use"},
		{"calls", 500, "invocations with a long-lived key", "the reference: 500"},
	},
	Hits: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "bedrock:GetModelInvocationLoggingConfiguration"},
			example{at: "03:00:10", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"a"}`, more: `"errorCode":"ValidationException"`},
			example{at: "03:00:20", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"b"}`, more: `"errorCode":"ValidationException"`},
			example{at: "03:00:30", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"c"}`, more: `"errorCode":"AccessDenied"`},
			example{at: "03:01:00", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"d"}`}),
		story(
			example{at: "03:00:00", key: "AKIA1", call: "bedrock:GetModelInvocationLoggingConfiguration"},
			example{at: "03:01:00", key: "AKIA1", call: "bedrock:PutFoundationModelEntitlement", in: `{"modelId":"d"}`},
			example{at: "03:02:00", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"d"}`}),
	},
	Misses: [][]string{
		story(
			example{at: "03:00:00", key: "AKIA1", call: "bedrock:ListFoundationModels"},
			example{at: "03:01:00", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"d"}`}),
		story(example{at: "03:00:00", key: "AKIA1", call: "bedrock:GetModelInvocationLoggingConfiguration"}),
		story( // a rule tells of it
			example{at: "03:01:00", key: "AKIA1", call: "bedrock:PutFoundationModelEntitlement", in: `{"modelId":"d"}`},
			example{at: "03:02:00", key: "AKIA1", call: "bedrock:InvokeModel", in: `{"modelId":"d"}`}),
	},
})
