package detect

import (
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "bedrock-key-user-strays",
	Title: "User of a Bedrock API key at work outside of Bedrock",
	Doc: `With a long-term API key for Bedrock, IAM makes a user named BedrockAPIKey-…, which nobody ever sees, and which
its maker may give further keys and rights. It called something else than Bedrock. There is hardly an innocent cause:
applications hold the API key, which works for Bedrock only. That a bearer token made the call is told where the
record tells it.`,
	Next: `Delete the user with all of its keys and policies; ask who made the API key (CreateServiceSpecificCredential)
and who gave the user an access key.`,
	Severity:   Low,
	Techniques: []string{"T1078.004", "T1098.001"},
	Gate:       func(r *parser.Record) bool { return r.Identity.Type == "IAMUser" },
	Seek:       []Seek{{Field: FieldUserName, Match: isBedrockUser}},
	Record: func(r *parser.Record) (Evidence, bool) {
		if !isBedrockUser(r.Identity.UserName) || strings.HasPrefix(r.EventSource, "bedrock") || Operational(r) {
			return nil, false
		}
		f := facts{r: r}
		why := "called " + strings.TrimSuffix(r.EventSource, ".amazonaws.com") + ":" + r.Action()
		if text(r.Get("additionalEventData.callWithBearerToken")) == "true" {
			why += " with a bearer token"
		}
		f.add(FactWhy, why)
		if r.ErrorCode == "" && r.Name != "GetCallerIdentity" {
			f.add(FactSeverity, Medium.String())
			if r.EventSource == "iam.amazonaws.com" || r.EventSource == "sts.amazonaws.com" {
				f.add(FactSeverity, High.String())
			}
		}
		return f.e, true
	},
	Hits: [][]string{
		{example{at: "03:00:00", call: "s3:ListBuckets", who: "BedrockAPIKey-a1b2", key: "AKIA1"}.String()},
		{example{at: "03:00:00", call: "iam:CreateUser", who: "BedrockAPIKey-a1b2", key: "AKIA1"}.String()},
	},
	Misses: [][]string{
		{example{at: "03:00:00", call: "bedrock:InvokeModel", who: "BedrockAPIKey-a1b2", key: "AKIA1"}.String()},
		{example{at: "03:00:00", call: "s3:ListBuckets", who: "bedrock-app", key: "AKIA1"}.String()},
	},
})

// isBedrockUser reports whether IAM made the user for a long-term API key of Bedrock.
func isBedrockUser(name string) bool { return strings.HasPrefix(name, "BedrockAPIKey-") }
