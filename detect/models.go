package detect

import "fmt"

var modelSteps = steps{
	{"bedrock.amazonaws.com:InvokeModel", "invoked", invokeStep},
	{"bedrock.amazonaws.com:InvokeModelWithResponseStream", "invoked", invokeStep},
	{"bedrock.amazonaws.com:Converse", "invoked", invokeStep},
	{"bedrock.amazonaws.com:ConverseStream", "invoked", invokeStep},
	{"bedrock.amazonaws.com:PutUseCaseForModelAccess", "enabled", done},
	{"bedrock.amazonaws.com:CreateFoundationModelAgreement", "enabled", done},
	{"bedrock.amazonaws.com:PutFoundationModelEntitlement", "enabled", done},
	{"bedrock.amazonaws.com:ListFoundationModels", "surveyed", nil},
	{"bedrock.amazonaws.com:GetFoundationModelAvailability", "surveyed", nil},
	{"bedrock.amazonaws.com:ListInferenceProfiles", "surveyed", nil},
	{"bedrock.amazonaws.com:GetModelInvocationLoggingConfiguration", "looked whether it is recorded", nil},
	{"bedrock.amazonaws.com:DeleteModelInvocationLoggingConfiguration", "record switched off", inVain("record to be switched off")},
}

// invokeStep notes the model, and a refusal: probes with impossible parameters are refused as invalid. What is throttled or
// fails at the model's end is none.
func invokeStep(f *facts) bool {
	f.add(factAbout, baseName(f.param("modelId")))
	if f.outcome == denied || f.r.ErrorCode == "ValidationException" {
		f.add("refused", f.r.ErrorCode)
	}
	return true
}

func abused(c *Context, hits []hit) []verdict {
	invoked := stepsOf(hits, "invoked")
	if len(invoked) == 0 {
		return nil
	}
	refused := 0
	for i := range invoked {
		if invoked[i].e.has("refused") {
			refused++
		}
	}
	s := signs{}
	models, regions := distinct(invoked, factOf(factAbout)), distinct(invoked, func(h *hit) string { return h.ref.Region })
	s.add(models >= c.Int("models"), "%d models", models)
	s.add(regions >= c.Int("regions"), "%d regions", regions)
	s.add(refused >= c.Int("refusals"), "%d refusals", refused)
	s.add(len(stepsOf(hits, "enabled")) > 0, "access granted first")
	s.add(len(stepsOf(hits, "looked whether it is recorded")) > 0, "it asked whether that is recorded")
	s.add(len(stepsOf(hits, "record switched off")) > 0, "the record switched off")
	s.add(len(stepsOf(hits, "record to be switched off")) > 0, "it tried in vain to switch the record off")
	s.add(len(invoked) >= c.Int("calls") && invoked[0].ref.PrincipalType == "IAMUser", "%d calls or more with a user's key", c.Int("calls"))
	if len(s) < 2 {
		return nil
	}
	v := verdict{severity: Medium, hits: hits, why: fmt.Sprintf("models invoked, with %s", s)}
	if len(s) > 2 || len(invoked)-refused >= c.Int("calls") {
		v.severity = High
	}
	return []verdict{v}
}
