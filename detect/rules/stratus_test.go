package rules

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// stratusData holds the records that Stratus Red Team's techniques left, one file each.
const stratusData = "../../../shared/data/public/stratus-red-team"

// stratusTechniques says what each of them means in ATT&CK v19.1: a finding must bear one
// of these. Where the tool's authors name a technique it is among them.
var stratusTechniques = map[string][]string{
	"credential-access.ec2-get-password-data":                 {"T1552", "T1552.005", "T1552.001", "T1555"},
	"credential-access.ec2-steal-instance-credentials":        {"T1552.005"},
	"credential-access.secretsmanager-batch-retrieve-secrets": {"T1555.006"},
	"credential-access.secretsmanager-retrieve-secrets":       {"T1555.006"},
	"credential-access.ssm-retrieve-securestring-parameters":  {"T1555.006"},
	"defense-evasion.cloudtrail-delete":                       {"T1685.002"},
	"defense-evasion.cloudtrail-event-selectors":              {"T1685.002"},
	"defense-evasion.cloudtrail-stop":                         {"T1685.002"},
	"defense-evasion.dns-delete-logs":                         {"T1685.002"},
	"defense-evasion.organizations-leave":                     {"T1666"},
	"defense-evasion.vpc-remove-flow-logs":                    {"T1685.002"},
	"discovery.ec2-download-user-data":                        {"T1580", "T1552", "T1552.005"},
	"execution.ec2-launch-unusual-instances":                  {"T1578.002", "T1496.001"},
	"execution.ec2-user-data":                                 {"T1059", "T1059.009", "T1578.005", "T1546"},
	"execution.ssm-send-command":                              {"T1651", "T1059.009"},
	"execution.ssm-start-session":                             {"T1651", "T1021.007", "T1021.008"},
	"exfiltration.ec2-security-group-open-port-22-ingress":    {"T1686.001"},
	"exfiltration.ec2-share-ami":                              {"T1537"},
	"exfiltration.ec2-share-ebs-snapshot":                     {"T1537", "T1578.001"},
	"exfiltration.rds-share-snapshot":                         {"T1537"},
	"impact.bedrock-invoke-model":                             {"T1496.004", "T1496"},
	"initial-access.console-login-without-mfa":                {"T1078.004"},
	"lateral-movement.ec2-instance-connect":                   {"T1021.008", "T1098.004"},
	"lateral-movement.ec2-serial-console-send-ssh-public-key": {"T1021.008", "T1098.004"},
	"persistence.iam-backdoor-role":                           {"T1098.003"},
	"persistence.iam-backdoor-user":                           {"T1098.001"},
	"persistence.iam-create-admin-user":                       {"T1136.003", "T1098.003"},
	"persistence.iam-create-backdoor-role":                    {"T1098.003"},
	"persistence.iam-create-user-login-profile":               {"T1098.001"},
	"persistence.lambda-backdoor-function":                    {"T1546", "T1098", "T1648"},
	"persistence.lambda-layer-extension":                      {"T1546", "T1525", "T1648"},
	"persistence.lambda-overwrite-code":                       {"T1546", "T1525", "T1648"},
	"persistence.rolesanywhere-create-trust-anchor":           {"T1098.001", "T1098.003"},
	"persistence.sts-federation-token":                        {"T1098.001", "T1550.001"},
	"privilege-escalation.iam-update-user-login-profile":      {"T1098.001"},
}

// TestStratusTechniquesAreFound: without the rules on user agents, which these files would
// trip by naming their tool, each yields a finding of its technique at medium or above.
func TestStratusTechniquesAreFound(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(stratusData, "aws.*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("Stratus Red Team's records are not at hand")
	}
	if len(files) != len(stratusTechniques) {
		t.Errorf("%d files, %d techniques expected", len(files), len(stratusTechniques))
	}
	detectors, levels := rulesBut(t, "useragent")
	found := 0
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "aws."), ".json")
		hit, others := "", 0
		for _, f := range findings(t, detectors, file) {
			d := levels[f.Detector]
			right := slices.ContainsFunc(d.Techniques, func(id string) bool { return slices.Contains(stratusTechniques[name], id) })
			if f.Severity >= detect.Medium && right {
				hit += fmt.Sprintf(" %s (%s)", f.Detector, f.Severity)
				continue
			}
			others++
		}
		t.Logf("%-56s %s; %d other findings", name, cmp.Or(hit, "MISSED"), others)
		if hit == "" {
			t.Errorf("%s: no finding at medium or above of %q", name, stratusTechniques[name])
			continue
		}
		found++
	}
	t.Logf("%d of %d techniques found", found, len(files))
}

// rulesBut returns the detectors of all areas but one, and all by ID.
func rulesBut(t *testing.T, area string) (all []*detect.Detector, byID map[string]*detect.Detector) {
	t.Helper()
	byID = map[string]*detect.Detector{}
	for _, r := range loaded().Rules {
		if r.Detector != nil && path.Dir(r.File) != area {
			all = append(all, r.Detector)
			byID[r.Detector.ID] = r.Detector
		}
	}
	return all, byID
}

// stratusAgent is a user agent that names the tool.
var stratusAgent = regexp.MustCompile(`"userAgent"\s*:\s*"[^"]*stratus-red-team[^"]*"`)

// findings runs detectors over a file that is a JSON array of records, in which no user
// agent names the tool.
func findings(t *testing.T, detectors []*detect.Detector, file string) []detect.Finding {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data = stratusAgent.ReplaceAll(data, []byte(`"userAgent": "aws-sdk-go-v2/1.30.0 os/linux lang/go#1.22"`))
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var all []*parser.Record
	for _, text := range raw {
		r, err := parser.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b *parser.Record) int { return a.Time.Compare(b.Time) })
	h := newHunt(t, detectors)
	for _, r := range all {
		h.add(t, r)
	}
	return h.end()
}
