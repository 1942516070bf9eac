package detect

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

var _ = register(&Detector{
	ID:    "secrets-gathered",
	Title: "Secrets and parameters gathered widely",
	Doc: `One credential fetched many different secrets or decrypted parameters within minutes, or whole batches of
secrets, or in many regions. That twenty secrets were read a rule tells (secretsmanager-harvested); this counts
parameters, batches and regions too, and what was refused. Innocent causes: a deployment that reads all that its
programs need, a backup of secrets, which do so each day: what the caller reads for the first time
makes it worth more.`,
	Next: `List what was read (data-access.jsonl), and replace it all: secrets that were read are known. Contain the
credential first.`,
	Severity:   Low,
	Techniques: []string{"T1555.006"},
	Events: []string{"secretsmanager.amazonaws.com:GetSecretValue", "secretsmanager.amazonaws.com:BatchGetSecretValue",
		"ssm.amazonaws.com:GetParameter", "ssm.amazonaws.com:GetParameters", "ssm.amazonaws.com:GetParametersByPath", "ssm.amazonaws.com:GetParameterHistory"},
	Thresholds: []Threshold{
		historyThreshold(),
		{"window", 10, "minutes", "Elastic: secrets within minutes"},
		{"secrets", 20, "different secrets", "Elastic and Panther: 20"},
		{"parameters", 25, "different parameters", "Panther: 25"},
		{"batches", 5, "batches", "Panther: 5"},
		{"regions", 5, "regions", "Panther: 5"},
	},
	Record: func(r *parser.Record) (Evidence, bool) {
		if Operational(r) || r.ErrorCode != "" && !Denied(r.ErrorCode) {
			return nil, false
		}
		f := facts{r: r}
		switch {
		case r.EventSource != "ssm.amazonaws.com":
			f.add(factSecret, f.param("secretId"))
		case f.param("withDecryption") != "true":
			return nil, false
		case r.Name == "GetParameters":
			var names oneOrMany[string]
			if json.Unmarshal([]byte(f.param("names")), &names) == nil {
				f.add(factSecret, strings.Join(names, "\n"))
			}
		case r.Name == "GetParametersByPath":
			f.add(factSecret, f.param("path"))
		default:
			f.add(factSecret, f.param("name"))
		}
		return f.e, true
	},
	Judge: func(c *Context) Stream {
		s := &gatherings{secrets: c.Int("secrets"), parameters: c.Int("parameters"), batches: c.Int("batches"), regions: c.Int("regions"), habits: newNovelty(c, c.Duration("history"))}
		s.of = newSpells("secrets-gathered", c.Duration("window"), s.judge)
		return s.of.stream(s.note, s.habits.known.count)
	},
	Hits: [][]string{gathers(30, "ssm:GetParameter", `{"name":"/app/p%d","withDecryption":true}`), gathers(6, "secretsmanager:BatchGetSecretValue", `{"n":%d}`)},
	Misses: [][]string{
		gathers(30, "ssm:GetParameter", `{"name":"/app/p%d","withDecryption":false}`),
		gathers(10, "ssm:GetParameter", `{"name":"/app/p%d","withDecryption":true}`),
	},
})

const factSecret = "secret"

// gathers is an example of n reads within a minute.
func gathers(n int, event, in string) (records []string) {
	for i := range n {
		records = append(records, example{at: fmt.Sprintf("03:00:%02d", i), call: event, key: "AKIA1", in: fmt.Sprintf(in, i)}.String())
	}
	return records
}
