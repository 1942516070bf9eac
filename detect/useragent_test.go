package detect

import (
	"slices"
	"strings"
	"testing"
)

// agentTests are user agents of CloudTrail records and of the tools' own source code.
var agentTests = []struct {
	text string
	want UserAgent
}{
	{`aws-cli/2.23.6 md/awscrt#1.0.0.dev0 ua/2.0 os/linux#6.12.13-cloud-amd64 md/arch#x86_64 lang/python#3.13.2 md/pyimpl#CPython cfg/retry-mode#standard md/installer#source md/distrib#kali.2025 md/prompt#off md/command#iam.get-user`,
		UserAgent{Tool: "aws-cli", ToolVersion: "2.23.6", OS: "linux", OSVersion: "6.12.13-cloud-amd64", Distribution: "kali.2025", Arch: "x86_64", Language: "python", LanguageVersion: "3.13.2", Command: "iam.get-user"}},
	{`aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.19.14+kali-amd64 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython m/E,b,Z,n,C sid/4c55b1738b6d cfg/retry-mode#standard md/installer#exe md/distrib#kali.2026 md/prompt#off md/command#s3.ls`,
		UserAgent{Tool: "aws-cli", ToolVersion: "2.31.3", OS: "linux", OSVersion: "6.19.14+kali-amd64", Distribution: "kali.2026", Arch: "x86_64", Language: "python", LanguageVersion: "3.13.7", Features: "E,b,Z,n,C", Session: "4c55b1738b6d", Command: "s3.ls"}},
	{`aws-cli/2.9.19 Python/3.11.8 Linux/6.6.9-amd64 source/x86_64.kali.2024 prompt/off command/sts.get-caller-identity`,
		UserAgent{Tool: "aws-cli", ToolVersion: "2.9.19", OS: "linux", OSVersion: "6.6.9-amd64", Distribution: "kali.2024", Arch: "x86_64", Language: "python", LanguageVersion: "3.11.8", Command: "sts.get-caller-identity"}},
	{`aws-cli/1.19.1 Python/3.9.2 Linux/6.0.0-2parrot1-amd64 botocore/1.29.58`,
		UserAgent{Tool: "aws-cli", ToolVersion: "1.19.1", SDK: "botocore", SDKVersion: "1.29.58", OS: "linux", OSVersion: "6.0.0-2parrot1-amd64", Distribution: "parrot", Language: "python", LanguageVersion: "3.9.2"}},
	{`[Boto3/1.20.24 Python/3.9.10 Linux/5.15.0-kali3-amd64 Botocore/1.23.34]`,
		UserAgent{Tool: "Boto3", ToolVersion: "1.20.24", SDK: "botocore", SDKVersion: "1.23.34", OS: "linux", OSVersion: "5.15.0-kali3-amd64", Distribution: "kali", Language: "python", LanguageVersion: "3.9.10"}},
	{`Boto3/1.35.75 md/Botocore#1.35.75 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.12.7 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.35.75 app/billing`,
		UserAgent{Tool: "Boto3", ToolVersion: "1.35.75", SDK: "botocore", SDKVersion: "1.35.75", OS: "macos", OSVersion: "24.1.0", Arch: "arm64", Language: "python", LanguageVersion: "3.12.7", ExecEnv: "AWS_Lambda_python3.12", App: "billing"}},
	{`Boto3/1.7.61 Python/3.5.0 Windows/ Botocore/1.10.62`,
		UserAgent{Tool: "Boto3", ToolVersion: "1.7.61", SDK: "botocore", SDKVersion: "1.10.62", OS: "windows", Language: "python", LanguageVersion: "3.5.0"}},
	{`Boto3/1.9 Python/3.6 Linux/4.15 Botocore/1.12 Pacu-Session-0a1b2c3d`,
		UserAgent{Tool: "Pacu", SDK: "botocore", SDKVersion: "1.12", OS: "linux", OSVersion: "4.15", Language: "python", LanguageVersion: "3.6"}},
	{`Scout Suite/5.12.0 Python/3.9.2 Linux/6.0.0-2parrot1-amd64 Scout Suite/5.12.0`,
		UserAgent{Tool: "ScoutSuite", ToolVersion: "5.12.0", OS: "linux", OSVersion: "6.0.0-2parrot1-amd64", Distribution: "parrot", Language: "python", LanguageVersion: "3.9.2"}},
	{`Scout-Suite/5.14.0 md/Botocore#1.35.75 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.2 Scout Suite/5.14.0 (https://github.com/nccgroup/ScoutSuite)`,
		UserAgent{Tool: "ScoutSuite", ToolVersion: "5.14.0", SDK: "botocore", SDKVersion: "1.35.75", OS: "linux", OSVersion: "6.1.0", Arch: "x86_64", Language: "python", LanguageVersion: "3.11.2"}},
	{`TruffleHog example.com`, UserAgent{Tool: "TruffleHog"}},
	{`Boto3/1.26 Python/3.9 Linux/5.15 Botocore/1.29 APN_1826889`,
		UserAgent{Tool: "Prowler", SDK: "botocore", SDKVersion: "1.29", OS: "linux", OSVersion: "5.15", Language: "python", LanguageVersion: "3.9"}},
	{`aws-sdk-go-v2/1.41.0 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/sts#1.33.3 m/E,0`,
		UserAgent{Tool: "aws-sdk-go-v2", ToolVersion: "1.41.0", SDK: "aws-sdk-go-v2", SDKVersion: "1.41.0", OS: "linux", Arch: "amd64", Language: "go", LanguageVersion: "1.24.1", API: "sts", Features: "E,0"}},
	{`aws-sdk-go-v2/1.16.2 os/macos lang/go/1.17.6 md/GOOS/darwin md/GOARCH/arm64 api/s3/1.26.3`,
		UserAgent{Tool: "aws-sdk-go-v2", ToolVersion: "1.16.2", SDK: "aws-sdk-go-v2", SDKVersion: "1.16.2", OS: "macos", Arch: "arm64", Language: "go", LanguageVersion: "1.17.6", API: "s3"}},
	{`APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io) terraform-provider-aws/3.76.1 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go/1.42.52 (go1.17.6; linux; amd64)`,
		UserAgent{Tool: "Terraform", ToolVersion: "1.1.2", SDK: "aws-sdk-go", SDKVersion: "1.42.52", OS: "linux", Arch: "amd64", Language: "go", LanguageVersion: "1.17.6"}},
	{`APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io) terraform-provider-aws/3.76.1 aws-sdk-go/1.44 (go1.19; darwin; arm64) stratus-red-team_83c9a458-ffab-4d43-8b02-9691311e8c0a HashiCorp-terraform-exec/0.17.3`,
		UserAgent{Tool: "Stratus Red Team", SDK: "aws-sdk-go", SDKVersion: "1.44", OS: "macos", Arch: "arm64", Language: "go", LanguageVersion: "1.19"}},
	{`APN/1.0 Vendor/1.0 Scanner/4.2 aws-sdk-java/1.11`,
		UserAgent{Tool: "Scanner", ToolVersion: "4.2", SDK: "aws-sdk-java", SDKVersion: "1.11"}},
	{`APN/1.1 (alone)`, UserAgent{Tool: "APN/1.1 (alone)"}},
	{`python-requests/2.31.0`, UserAgent{Tool: "python-requests", ToolVersion: "2.31.0"}},
	{`Jersey/${project.version} (HttpUrlConnection 1.8.0_252)`, UserAgent{Tool: "Jersey", ToolVersion: "${project.version}"}},
	{`[S3 Browser/12.2.9 (https://s3browser.com)]`, UserAgent{Tool: "S3 Browser", ToolVersion: "12.2.9"}},
	{`[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.783 Linux/4.9.217 OpenJDK_64-Bit_Server_VM/25.252 java/1.8.0_252 vendor/Oracle_Corporation]`,
		UserAgent{Tool: "S3Console", ToolVersion: "0.4", SDK: "aws-sdk-java", SDKVersion: "1.11.783", OS: "linux", OSVersion: "4.9.217", Language: "java", LanguageVersion: "1.8.0_252"}},
	{`aws-sdk-java/1.12.261 Mac_OS_X/12.5 OpenJDK_64-Bit_Server_VM/11.0.2 java/11.0.2`,
		UserAgent{Tool: "aws-sdk-java", ToolVersion: "1.12.261", SDK: "aws-sdk-java", SDKVersion: "1.12.261", OS: "macos", OSVersion: "12.5", Language: "java", LanguageVersion: "11.0.2"}},
	{`aws-sdk-nodejs/2.1001.0 linux/v14.17.0 exec-env/AWS_Lambda_nodejs14.x promise`,
		UserAgent{Tool: "aws-sdk-nodejs", ToolVersion: "2.1001.0", SDK: "aws-sdk-nodejs", SDKVersion: "2.1001.0", OS: "linux", Language: "nodejs", LanguageVersion: "14.17.0", ExecEnv: "AWS_Lambda_nodejs14.x"}},
	{`aws-sdk-js/3.400.0 ua/2.0 os/win32#10.0.19045 lang/js md/nodejs#18.17.1 api/s3#3.400.0`,
		UserAgent{Tool: "aws-sdk-js", ToolVersion: "3.400.0", SDK: "aws-sdk-js", SDKVersion: "3.400.0", OS: "windows", OSVersion: "10.0.19045", Language: "nodejs", LanguageVersion: "18.17.1", API: "s3"}},
	{`aws-sdk-dotnet-coreclr/3.7.0 .NET_Core/6.0 OS/Microsoft_Windows_10.0.19044 ClientAsync`,
		UserAgent{Tool: "aws-sdk-dotnet-coreclr", ToolVersion: "3.7.0", SDK: "aws-sdk-dotnet-coreclr", SDKVersion: "3.7.0", OS: "windows"}},
	{`aws-cli/2.15.0 Python/3.11.6 Linux/6.1.66 exec-env/CloudShell exe/x86_64.amzn.2023 prompt/off command/s3.cp`,
		UserAgent{Tool: "aws-cli", ToolVersion: "2.15.0", OS: "linux", OSVersion: "6.1.66", Distribution: "amzn.2023", Arch: "x86_64", Language: "python", LanguageVersion: "3.11.6", ExecEnv: "CloudShell", Command: "s3.cp"}},
	{`aws-credentials-for-github-actions`, UserAgent{Tool: "GitHub Actions"}},
	{`CloudCustodian(net-change)/0.8.31 Python/3.6.4 Linux/4.9 Botocore/1.10`,
		UserAgent{Tool: "Cloud Custodian", SDK: "botocore", SDKVersion: "1.10", OS: "linux", OSVersion: "4.9", Language: "python", LanguageVersion: "3.6.4"}},
	{`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0 Safari/537.36`,
		UserAgent{Tool: "Chrome", ToolVersion: "116.0.0.0", OS: "macos"}},
	{`Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:122.0) Gecko/20100101 Firefox/122.0`,
		UserAgent{Tool: "Firefox", ToolVersion: "122.0", OS: "windows", OSVersion: "10.0"}},
	{`Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0.2210`,
		UserAgent{Tool: "Edge", ToolVersion: "120.0.2210", OS: "linux", OSVersion: "x86_64"}},
	{`Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36`,
		UserAgent{Tool: "Chrome", ToolVersion: "120.0", OS: "android", OSVersion: "13"}},
	{`Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041`,
		UserAgent{Tool: "PowerShell", ToolVersion: "5.1.19041", OS: "windows", OSVersion: "10.0"}},
	{`Mozilla/5.0 (x`, UserAgent{Tool: "Mozilla"}},
	{`cloudformation.amazonaws.com`, UserAgent{Tool: "cloudformation.amazonaws.com"}},
	{`AWS Internal`, UserAgent{Tool: "AWS Internal"}},
	{`rclone/v1.65.0`, UserAgent{Tool: "rclone", ToolVersion: "v1.65.0"}},
	{``, UserAgent{}}, {`[]`, UserAgent{}}, {`[`, UserAgent{Tool: "["}},
}

func TestParseUserAgent(t *testing.T) {
	for _, tt := range agentTests {
		if got := ParseUserAgent(tt.text); got != tt.want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.text, got, tt.want)
		}
	}
}

func TestUserAgentGet(t *testing.T) {
	u := ParseUserAgent("aws-cli/2.31.3 ua/2.1 os/linux#6.1 m/E,o,n,i,C,AD sid/4c55b1738b6d md/command#s3.ls")
	for name, want := range map[string]string{
		"coldtrail.ua.tool": "aws-cli", "tool_version": "2.31.3", "sid": "4c55b1738b6d", "command": "s3.ls", "os": "linux",
		"coldtrail.ua.credential_source": "source-profile,profile,assume-role,login", "credential_letter": "o,n,i,AD", "features": "E,o,n,i,C,AD",
	} {
		if got, ok := u.Get(name); got != want || !ok {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
	for _, name := range []string{"sdk", "coldtrail.ua.exec_env", "coldtrail.ua.Tool", "nothing", ""} {
		if got, ok := u.Get(name); ok || got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if names := UserAgentFields(); !slices.IsSorted(names) || len(slices.Compact(names)) != len(userAgentFields) {
		t.Errorf("fields: %q", names)
	}
}

// Taking a user agent apart costs next to nothing: rules ask for it on every event.
func TestParseUserAgentAllocates(t *testing.T) {
	for _, tt := range agentTests[:2] {
		if n := testing.AllocsPerRun(100, func() { ParseUserAgent(tt.text) }); n > 1 {
			t.Errorf("%s: %v allocations", tt.text, n)
		}
	}
}

// Whatever it is given: no panic, nothing that does not stand in the text but the names
// that are given to tools, systems and letters, and brackets change nothing.
func FuzzParseUserAgent(f *testing.F) {
	for _, tt := range agentTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u := ParseUserAgent(text)
		for _, v := range []string{u.ToolVersion, u.SDKVersion, u.OSVersion, u.Arch, u.LanguageVersion, u.ExecEnv, u.Command, u.Session, u.App, u.API, u.Features} {
			if !strings.Contains(text, v) {
				t.Errorf("%q: %q", text, v)
			}
		}
		if plain := PlainUserAgent(text); plain != "" && ParseUserAgent("["+plain+"]") != ParseUserAgent(plain) && !strings.HasPrefix(plain, "[") {
			t.Errorf("%q: brackets matter", plain)
		}
		for _, name := range UserAgentFields() {
			if v, ok := u.Get(name); ok != (v != "") {
				t.Errorf("%q: %s", text, name)
			}
		}
	})
}
