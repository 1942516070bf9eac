package detect

import "strings"

// namedTools are known by a part of the user agent, wherever it stands: they send it beside,
// or instead of, their SDK's. The first that is there counts. What follows the part, up to
// the next space, is the version.
var namedTools = [...]struct{ mark, name string }{
	{"Pacu-Session-", "Pacu"},
	{"stratus-red-team", "Stratus Red Team"},
	{"Scout Suite/", "ScoutSuite"}, {"Scout-Suite/", "ScoutSuite"},
	{"TruffleHog", "TruffleHog"},
	{"APN_1826889", "Prowler"}, {"prowler/", "Prowler"}, {"Prowler/", "Prowler"},
	{"S3 Browser/", "S3 Browser"},
	{"CloudCustodian", "Cloud Custodian"},
	{"aws-credentials-for-github-actions", "GitHub Actions"},
	{"Terraform/", "Terraform"}, {"OpenTofu/", "OpenTofu"},
	{"Pulumi/", "Pulumi"}, {"pulumi/", "Pulumi"},
	{"Ansible/", "Ansible"}, {"ansible/", "Ansible"},
	{"aws-cdk/", "AWS CDK"},
}

// browsers, in the order in which they must be asked: each claims to be those below it.
var browsers = [...]struct{ mark, name string }{
	{"WindowsPowerShell/", "PowerShell"}, {"PowerShell/", "PowerShell"},
	{"Edg/", "Edge"}, {"Edge/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"},
	{"HeadlessChrome/", "Headless Chrome"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Version/", "Safari"},
}

// tool finds out what was run, and with which SDK.
func (u *UserAgent) tool(text string, products []product) {
	for _, p := range products {
		u.sdk(p)
	}
	for _, t := range namedTools {
		if at := strings.Index(text, t.mark); at >= 0 {
			u.Tool, u.ToolVersion = t.name, versionAt(text[at+len(t.mark):], t.mark)
			return
		}
	}
	if strings.HasPrefix(text, "Mozilla/") {
		u.browser(text)
		return
	}
	if p := caller(products); p.name != "" {
		u.Tool, u.ToolVersion = p.name, p.version
		return
	}
	u.Tool = text // a service's name, "AWS Internal", or what nobody knows
}

// versionAt cuts a version from what follows a tool's mark.
func versionAt(rest, mark string) string {
	if !strings.HasSuffix(mark, "/") {
		return ""
	}
	version, _, _ := strings.Cut(rest, " ")
	return strings.TrimRight(version, ",;)")
}

func (u *UserAgent) browser(text string) {
	u.Tool = "Mozilla"
	for _, b := range browsers {
		if at := strings.Index(text, b.mark); at >= 0 {
			u.Tool, u.ToolVersion = b.name, versionAt(text[at+len(b.mark):], b.mark)
			return
		}
	}
}

// sdk takes note of a product that is an SDK. Boto3 stands on botocore, which both name.
func (u *UserAgent) sdk(p product) {
	name := strings.ToLower(p.name)
	switch {
	case name == "botocore":
		u.SDK, u.SDKVersion = name, p.version
	case u.SDK != "":
	case name == "boto", name == "boto3", strings.HasPrefix(name, "aws-sdk-"), name == "awssdk":
		u.SDK, u.SDKVersion = name, p.version
	}
}

// caller is the first product that is neither a form's own nor an AWS partner's prefix:
// "APN/1.0 Partner/1.0 Product/2.1".
func caller(products []product) product {
	if len(products) > 0 && products[0].name == "APN" {
		if len(products) > 2 {
			return products[2]
		}
		products = products[1:]
	}
	if len(products) == 0 {
		return product{}
	}
	return products[0]
}
