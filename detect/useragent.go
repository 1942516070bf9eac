package detect

import (
	"slices"
	"strings"
)

// A UserAgent is what a user agent says of its sender. Anybody can send any, so it is
// context, and worth most where it contradicts what else is known. What it does not say is
// "". Forms: botocore's useragent.py and the AWS CLI's (before and since "ua/2.0"), the
// other SDKs', browsers', and what tools were seen to send in CloudTrail.
type UserAgent struct {
	Tool, ToolVersion string // what was run: "aws-cli", "Terraform", "Chrome", "ec2.amazonaws.com"
	SDK, SDKVersion   string // "botocore", "aws-sdk-go-v2"
	OS, OSVersion     string // "linux", "macos", "windows", …; a Linux kernel's release
	Distribution      string // "kali.2025": awscli 2 alone tells it, or the kernel's release does
	Arch              string
	Language          string // "python"
	LanguageVersion   string
	ExecEnv           string // "CloudShell", "AWS_Lambda_python3.9"
	Command           string // the AWS CLI's, exactly: "s3.ls"
	Session           string // sid: of one terminal, until it has been idle for half an hour
	App               string // the application ID that its owner configured
	API               string // the service's name to the SDK
	Features          string // the SDK's letters for what was in use: "E,b,g"
}

// UserAgentField is what the names of a user agent's fields begin with in rules.
const UserAgentField = "coldtrail.ua."

// userAgentFields are the fields, by the rest of their names.
var userAgentFields = [...]struct {
	name string
	of   func(*UserAgent) string
}{
	{"api", func(u *UserAgent) string { return u.API }},
	{"app", func(u *UserAgent) string { return u.App }},
	{"arch", func(u *UserAgent) string { return u.Arch }},
	{"command", func(u *UserAgent) string { return u.Command }},
	{"credential_letter", func(u *UserAgent) string { return u.credentials(func(letter, _ string) string { return letter }) }},
	{"credential_source", func(u *UserAgent) string { return u.CredentialSource() }},
	{"distribution", func(u *UserAgent) string { return u.Distribution }},
	{"exec_env", func(u *UserAgent) string { return u.ExecEnv }},
	{"features", func(u *UserAgent) string { return u.Features }},
	{"language", func(u *UserAgent) string { return u.Language }},
	{"language_version", func(u *UserAgent) string { return u.LanguageVersion }},
	{"os", func(u *UserAgent) string { return u.OS }},
	{"os_version", func(u *UserAgent) string { return u.OSVersion }},
	{"sdk", func(u *UserAgent) string { return u.SDK }},
	{"sdk_version", func(u *UserAgent) string { return u.SDKVersion }},
	{"sid", func(u *UserAgent) string { return u.Session }},
	{"tool", func(u *UserAgent) string { return u.Tool }},
	{"tool_version", func(u *UserAgent) string { return u.ToolVersion }},
}

// UserAgentFields lists the names that Get knows, sorted.
func UserAgentFields() []string {
	var names []string
	for _, f := range userAgentFields {
		names = append(names, f.name)
	}
	return names
}

// Get returns a field by its name in rules, with UserAgentField before it or without. A
// field that the user agent does not tell is not there.
func (u *UserAgent) Get(name string) (string, bool) {
	name = strings.TrimPrefix(name, UserAgentField)
	for i := range userAgentFields {
		if userAgentFields[i].name == name {
			v := userAgentFields[i].of(u)
			return v, v != ""
		}
	}
	return "", false
}

// credentialSources name the SDKs' letters for where credentials came from (botocore's
// useragent.py; the other SDKs share the list).
var credentialSources = map[string]string{
	"0": "imds", "e": "code", "f": "jvm-properties", "g": "environment", "h": "environment-web-identity", "i": "assume-role",
	"j": "assume-role-saml", "k": "web-identity", "l": "federation-token", "m": "session-token", "n": "profile",
	"o": "source-profile", "p": "named-provider", "q": "profile-web-identity", "r": "profile-sso", "s": "sso",
	"t": "profile-sso-legacy", "u": "sso-legacy", "v": "profile-process", "w": "process", "x": "boto2-config", "y": "sdk-store",
	"z": "http", "AC": "profile-login", "AD": "login",
}

// CredentialSource names where the SDK had the credentials from, joined by commas where
// one led to the other: "source-profile,profile,assume-role".
func (u *UserAgent) CredentialSource() string {
	return u.credentials(func(_, name string) string { return name })
}

func (u *UserAgent) credentials(show func(letter, name string) string) string {
	var out []string
	for letter := range strings.SplitSeq(u.Features, ",") {
		if name := credentialSources[letter]; name != "" {
			out = append(out, show(letter, name))
		}
	}
	return strings.Join(out, ",")
}

// PlainUserAgent returns a user agent without the brackets that S3 puts around it.
func PlainUserAgent(text string) string {
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") && len(text) > 1 {
		text = text[1 : len(text)-1]
	}
	return strings.TrimSpace(text)
}

// ParseUserAgent takes a user agent apart. What it returns does not alias the text.
func ParseUserAgent(text string) UserAgent { return userAgents.get(text) }

var userAgents = memo[UserAgent]{of: parseUserAgent}

func parseUserAgent(text string) UserAgent {
	text = PlainUserAgent(text)
	var u UserAgent
	var products [8]product
	n := 0
	for rest := text; rest != ""; {
		var word string
		word, rest = cutAgentWord(rest)
		switch p, is := u.word(word); {
		case word == "" || !is || n == len(products):
		default:
			products[n] = p
			n++
		}
	}
	u.tool(text, products[:n])
	u.distribution()
	return u
}

// A product is a word of the form name/version, or another one that says who calls.
type product struct{ name, version string }

// cutAgentWord cuts off the first word: what stands in parentheses is one.
func cutAgentWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " ")
	end := strings.IndexByte(s, ' ')
	if strings.HasPrefix(s, "(") {
		end = strings.IndexByte(s, ')') + 1
		if end == 0 {
			end = -1
		}
	}
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// word takes note of a word; it returns it if it may be a product.
func (u *UserAgent) word(word string) (p product, is bool) {
	if strings.HasPrefix(word, "(") {
		u.comment(strings.Trim(word, "()"))
		return p, false
	}
	word = strings.TrimRight(word, ",;")
	name, value, ok := strings.Cut(word, "/")
	if !ok {
		return product{name: word}, false
	}
	if u.pair(name, value) || u.platform(name, value) {
		return p, false
	}
	return product{name, value}, true
}

// pair takes note of type/name#value, or type/name/value as it was before.
func (u *UserAgent) pair(kind, value string) bool {
	at := strings.IndexAny(value, "#/")
	name, more := value, ""
	if at >= 0 {
		name, more = value[:at], value[at+1:]
	}
	switch kind {
	case "os":
		u.OS, u.OSVersion = osFamily(name), more
	case "lang":
		set(&u.Language, strings.ToLower(name))
		set(&u.LanguageVersion, more)
	case "md":
		u.metadata(name, more)
	case "exec-env":
		set(&u.ExecEnv, value)
	case "app":
		set(&u.App, value)
	case "api":
		set(&u.API, name)
	case "sid":
		set(&u.Session, value)
	case "m":
		set(&u.Features, value)
	case "command":
		set(&u.Command, value)
	case "exe", "source": // x86_64.kali.2024: how the CLI was installed, and on what
		arch, distribution, _ := strings.Cut(value, ".")
		set(&u.Arch, arch)
		set(&u.Distribution, distribution)
	case "ua", "cfg", "prompt", "ft", "vendor":
	default:
		return false
	}
	return true
}

// set gives a field its value, unless it has one.
func set(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func (u *UserAgent) metadata(name, value string) {
	switch name {
	case "command":
		set(&u.Command, value)
	case "distrib":
		set(&u.Distribution, value)
	case "arch", "GOARCH":
		set(&u.Arch, value)
	case "Botocore", "botocore":
		u.SDK, u.SDKVersion = "botocore", value
	case "nodejs":
		u.Language, u.LanguageVersion = "nodejs", value
	}
}

// platform takes note of a word that says on what the caller runs: Linux/6.0.0, Python/3.9.2.
func (u *UserAgent) platform(name, value string) bool {
	lower := strings.ToLower(name)
	switch lower {
	case "python", "java", "ruby", "php", "pypy":
		set(&u.Language, lower)
		set(&u.LanguageVersion, value)
		return true
	case "os": // of .NET: OS/Microsoft_Windows_NT_10.0
		set(&u.OS, osFamily(value))
		return true
	}
	family := osFamily(name)
	if family == lower && !slices.Contains(families, family) {
		return false
	}
	if node, ok := strings.CutPrefix(value, "v"); ok && u.SDK == "" { // aws-sdk-nodejs/2.1 linux/v14.17.0
		set(&u.Language, "nodejs")
		set(&u.LanguageVersion, node)
		value = ""
	}
	set(&u.OS, family)
	set(&u.OSVersion, value)
	return true
}

// families of operating systems are called so; osFamily knows by what other names they go.
var families = []string{"linux", "macos", "windows", "ios", "android", "freebsd"}

// osFamily returns the family of an operating system, or its name in lower case.
func osFamily(name string) string {
	lower := strings.ToLower(name)
	switch {
	case lower == "darwin", strings.HasPrefix(lower, "mac_os"), strings.HasPrefix(lower, "mac os"), strings.HasPrefix(lower, "macos"), lower == "macintosh":
		return "macos"
	case lower == "win32", lower == "windows", strings.HasPrefix(lower, "windows_"), strings.HasPrefix(lower, "microsoft_windows"):
		return "windows"
	case lower == "iphone", lower == "ipad":
		return "ios"
	}
	return lower
}

// comment takes note of what stands in parentheses: (go1.17.6; linux; amd64), or what a
// browser says of the machine.
func (u *UserAgent) comment(text string) {
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		word, version, _ := strings.Cut(part, " ")
		switch family := osFamily(word); {
		case strings.HasPrefix(part, "go1."):
			set(&u.Language, "go")
			set(&u.LanguageVersion, part[len("go"):])
		case part == "amd64" || part == "arm64":
			set(&u.Arch, part)
		case family == "android": // stands behind Linux
			u.OS, u.OSVersion = family, version
		case slices.Contains(families, family):
			set(&u.OS, family)
			set(&u.OSVersion, strings.TrimSpace(strings.TrimPrefix(version, "NT")))
		}
	}
}

// distribution learns Linux distributions for attackers from the kernel's release.
func (u *UserAgent) distribution() {
	for _, name := range [...]string{"kali", "parrot", "pentoo"} {
		if u.Distribution == "" && strings.Contains(u.OSVersion, name) {
			u.Distribution = name
		}
	}
}
