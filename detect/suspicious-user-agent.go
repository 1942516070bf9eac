package detect

import (
	"regexp"

	"github.com/coldtrail/coldtrail/parser"
)

var suspiciousUserAgent = register(&Detector{
	ID:    "suspicious-user-agent",
	Title: "User agent of an attack or audit tool",
	Doc: `The caller's user agent names a tool for attacking or auditing, or a Linux distribution made for
penetration tests. The innocent causes are an ordered test, the security team's own audits (Prowler, ScoutSuite),
a script that asks without an SDK (python-requests) and a file manager (S3 Browser). Anybody can write any user
agent: its absence proves nothing, its presence is seldom faked. Ask the security team whether a test was on, from
which addresses and with which credentials.`,
	Next: `If no test explains it, treat the credential as stolen: deactivate it, revoke its sessions, and
filter timeline.csv by the columns credential and source_ip for it and its addresses.`,
	Severity:   Low,
	Techniques: []string{"T1078.004", "T1580"},
	Record: func(r *parser.Record) (Evidence, bool) {
		t := toolOf(r.UserAgent)
		if t == nil {
			return nil, false
		}
		return Evidence{{FactSeverity, t.severity.String()}, {FactWhy, "user agent of " + t.name}, {"tool", t.name}}, true
	},
	Hits: [][]string{
		{agent(`aws-cli/2.23.6 md/awscrt#1.0.0.dev0 ua/2.0 os/linux#6.12.13-cloud-amd64 md/arch#x86_64 lang/python#3.13.2 md/installer#source md/distrib#kali.2025 md/command#iam.get-user`)},
		{agent(`aws-cli/2.9.19 Python/3.11.8 Linux/6.6.9-amd64 source/x86_64.kali.2024 prompt/off command/sts.get-caller-identity`)},
		{agent(`aws-cli/2.12.0 Python/3.11.4 Linux/6.1.0-1-amd64 exe/aarch64.parrot.5 prompt/off`)},
		{agent(`aws-cli/2.12.0 Python/3.11.4 Linux/6.1.12-gentoo source/x86_64.pentoo.2 prompt/off`)},
		{agent(`aws-cli/1.19.1 Python/3.9.2 Linux/6.0.0-2parrot1-amd64 botocore/1.29.58`)},
		{agent(`[Boto3/1.20.24 Python/3.9.10 Linux/5.15.0-kali3-amd64 Botocore/1.23.34]`)},
		{agent(`[Boto3/1.7.61 Python/3.5.0 Windows/ Botocore/1.10.62]`)},
		{agent(`Boto3/1.9 Python/3 Pacu-Session-0a1b`)},
		{agent(`Scout Suite/5.12.0 Python/3.9.2 Linux/6.0`)},
		{agent(`Boto3/1.26 Python/3.9 Botocore/1.29 APN_1826889`)},
		{agent(`python-requests/2.31.0`)},
		{agent(`TruffleHog v3`)},
		{agent(`[S3 Browser/12.2.9 (https://s3browser.com)]`)},
		{agent(`stratus-red-team_83c9a458-ffab-4d43-8b02-9691311e8c0a`)},
	},
	Misses: [][]string{
		{agent(`aws-cli/2.13.5 Python/3.11.4 Linux/6.2.0-26-generic exe/x86_64.ubuntu.22 prompt/off command/s3.ls`)},
		{agent(`aws-cli/2.9.19 Python/3.11.8 Linux/6.6.9-amd64 source/x86_64.debian.12 prompt/off command/kali.parrot`)},
		{agent(`APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io) terraform-provider-aws/3.76.1`)},
		// A bird, a place and a word that only hold the letters.
		{agent(`parrot-metrics/1.0`)}, {agent(`alkaline-client/2 (kalifornia)`)}, {agent(`sprowler-free`)},
		// The older Botocore that Pacu pretends to be, on a machine that does exist.
		{agent(`Boto3/1.7.61 Python/3.5.0 Linux/4.4.0 Botocore/1.10.62`)},
	},
})

// agent is an example record with that user agent.
func agent(ua string) string {
	return `{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"GetUser","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},"userAgent":"` + ua + `"}`
}

// tool is one whose user agents form matches. The forms were read in the tools'
// source code or in published logs of real intrusions.
type tool struct {
	name     string
	severity Severity
	form     *regexp.Regexp
}

var tools = [...]tool{
	// awscli 2 names the distribution, in its older form behind the architecture
	// (source/x86_64.kali.2024); other agents show the kernel's release only.
	{"Kali Linux", High, regexp.MustCompile(`distrib#kali|\b(?:exe|source)/\w+\.kali|\+kali|kali[0-9]*-(?:amd64|arm64|686|armmp|rpi)`)},
	{"Parrot OS", High, regexp.MustCompile(`distrib#parrot|\b(?:exe|source)/\w+\.parrot|(?:Linux/|os/linux#|linux/)\S*parrot[0-9]*-`)},
	{"Pentoo", High, regexp.MustCompile(`distrib#pentoo|\b(?:exe|source)/\w+\.pentoo|(?:Linux/|os/linux#|linux/)\S*-pentoo`)},
	// Line 50 of the list of agents that Pacu pretends to be: no Windows reports an empty release.
	{"Pacu", High, regexp.MustCompile(`Pacu-Session-|^\[?Boto3/1\.7\.61 Python/3\.5\.0 Windows/ Botocore/1\.10\.62\]?$`)},
	{"TruffleHog", High, regexp.MustCompile(`TruffleHog`)},
	{"Stratus Red Team", High, regexp.MustCompile(`stratus-red-team`)},
	{"ScoutSuite", Medium, regexp.MustCompile(`Scout[ -]?Suite/`)},
	{"S3 Browser", Medium, regexp.MustCompile(`S3 Browser`)},
	{"Prowler", Low, regexp.MustCompile(`(?:^|[^A-Za-z])[Pp]rowler|APN_1826889`)},
	{"python-requests", Low, regexp.MustCompile(`python-requests`)},
}

// toolOf returns the first tool whose user agent this is, or nil.
func toolOf(ua string) *tool {
	if !toolGrams.in(ua) {
		return nil
	}
	return knownTools.get(ua)
}

var knownTools = memo[*tool]{of: findTool}

func findTool(ua string) *tool {
	for i := range tools {
		if tools[i].form.MatchString(ua) {
			return &tools[i]
		}
	}
	return nil
}
