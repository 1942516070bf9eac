package detect

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// Values as analysts write them: with brackets that keep mail programs from making links.
var refangs = strings.NewReplacer(
	"[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[.", ".", ".]", ".",
	"[:]", ":", "[://]", "://", "[/]", "/", "[at]", "@", "(at)", "@", "[@]", "@",
)

// refang undoes defanging.
func refang(s string) string {
	s = refangs.Replace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "hxxp") {
		s = "http" + s[4:]
	}
	return s
}

// The forms of values that say by themselves what they are.
var (
	accessKeyForm   = regexp.MustCompile(`^A[KS]IA[A-Z0-9]{4,124}$`)
	principalIDForm = regexp.MustCompile(`^A(?:IDA|ROA|GPA|NPA|NVA|IPA)[A-Z0-9]{8,124}(?::.+)?$`)
	accountForm     = regexp.MustCompile(`^[0-9]{12}$`)
	dashedAccount   = regexp.MustCompile(`^[0-9]{4}-[0-9]{4}-[0-9]{4}$`)
	eventIDForm     = regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	bucketForm      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$`)
	hashForm        = regexp.MustCompile(`^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$`)
	domainForm      = regexp.MustCompile(`^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\.?$`)
	emailForm       = regexp.MustCompile(`^[^\s@/]+@[^\s@/]+\.[^\s@/]+$`)
	productForm     = regexp.MustCompile(`^\[?[A-Za-z][^/:]*/v?[0-9]+\.[0-9]`)
	s3HostForm      = regexp.MustCompile(`^(.+)\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$`)
)

// kindsByName are the names that lists give to kinds; a value may have one of them before it,
// and a colon.
var kindsByName = map[string]IndicatorKind{
	"address": Address, "ip": Address, "ips": Address, "ipv4": Address, "ipv6": Address, "ip address": Address, "ipaddress": Address, "cidr": Address, "network": Address,
	"source ip": Address, "sourceip": Address, "sourceipaddress": Address, "src ip": Address, "ip-src": Address, "ip-dst": Address,
	"access key": AccessKey, "accesskey": AccessKey, "accesskeyid": AccessKey, "access key id": AccessKey, "key": AccessKey, "aws access key": AccessKey, "aws access key id": AccessKey,
	"arn":       ARN,
	"principal": Principal, "principal id": Principal, "principalid": Principal, "user": Principal, "username": Principal, "user name": Principal, "role": Principal, "session": Principal, "target-user": Principal, "email": Principal,
	"user agent": Agent, "useragent": Agent, "user-agent": Agent, "ua": Agent, "agent": Agent,
	"user agent expression": AgentExpression, "ua-re": AgentExpression, "ua regex": AgentExpression, "user agent regex": AgentExpression, "user-agent-re": AgentExpression, "regex": AgentExpression,
	"account": AccountID, "account id": AccountID, "accountid": AccountID, "aws account": AccountID, "aws account id": AccountID,
	"bucket": Bucket, "s3 bucket": Bucket, "bucket name": Bucket, "bucketname": Bucket,
	"object": S3Object, "s3 object": S3Object, "object key": S3Object, "s3 key": S3Object,
	"event id": EventID, "eventid": EventID, "event": EventID,
}

// kindNamed returns the kind that a list means by a name.
func kindNamed(name string) (IndicatorKind, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if k, ok := kindsByName[name]; ok {
		return k, true
	}
	k, ok := kindsByName[strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return ' '
		}
		return r
	}, name)]
	return k, ok
}

// take adds a value of the kind that the list names, or else of the one that it looks like.
// It returns why it did not.
func (l *Indicators) take(kind, value string, line mark) (reason string) {
	if kind == "" && value != "" && '0' <= value[0] && value[0] <= '9' { // most lists are of addresses only, and long
		if a, err := netip.ParseAddr(value); err == nil {
			a = a.Unmap().WithZone("")
			l.putAddress(netip.PrefixFrom(a, a.BitLen()), line)
			return ""
		}
	}
	if kind != "" {
		if k, ok := kindNamed(kind); ok {
			return l.takeAs(k, value, line)
		}
		if reason := l.recognise(refang(value), line); reason == "" {
			return ""
		}
		return fmt.Sprintf("kind %q: CloudTrail has nothing of it", cutText(kind, 60))
	}
	if name, rest, ok := strings.Cut(value, ":"); ok && name != "arn" && !strings.HasPrefix(rest, "//") {
		if k, ok := kindNamed(name); ok {
			return l.takeAs(k, strings.TrimSpace(rest), line)
		}
	}
	return l.recognise(refang(value), line)
}

// takeAs adds a value whose kind is known.
func (l *Indicators) takeAs(k IndicatorKind, value string, line mark) string {
	plain := refang(value)
	if (k == ARN || k == Principal || k == Bucket || k == S3Object) && strings.Trim(plain, "*?/ ") == "" {
		return "a pattern that every value matches"
	}
	switch k {
	case Address:
		return l.takeAddress(plain, line)
	case AccessKey:
		if !accessKeyForm.MatchString(value) {
			return "not an access key ID, which begins with AKIA or ASIA"
		}
	case ARN:
		return l.takeARN(value, line)
	case Principal:
		if strings.HasPrefix(plain, "arn:") {
			return l.takeARN(plain, line)
		}
		if strings.ContainsAny(plain, "*?") {
			l.putPattern(pattern{kind: k, text: plain, line: line})
		} else {
			l.put(k, plain, line)
		}
		return ""
	case Agent:
		return l.takeAgent(value, line)
	case AgentExpression:
		return l.takeExpression(value, line)
	case AccountID:
		if dashedAccount.MatchString(value) {
			value = strings.ReplaceAll(value, "-", "")
		}
		if !accountForm.MatchString(value) {
			return "not an account ID, which has 12 digits"
		}
	case Bucket, S3Object:
		return l.takeStored(k, plain, line)
	case EventID:
		if eventIDForm.MatchString(value) {
			value = strings.ToLower(value)
		}
	}
	l.put(k, value, line)
	return ""
}

// recognise adds a value by what it looks like.
func (l *Indicators) recognise(s string, line mark) string {
	switch {
	case accessKeyForm.MatchString(s):
		l.put(AccessKey, s, line)
	case principalIDForm.MatchString(s):
		l.put(Principal, s, line)
	case strings.HasPrefix(s, "arn:"):
		return l.takeARN(s, line)
	case strings.HasPrefix(s, "s3://"):
		return l.takeStored(S3Object, s, line)
	case accountForm.MatchString(s), dashedAccount.MatchString(s):
		return l.takeAs(AccountID, s, line)
	case eventIDForm.MatchString(s):
		return l.takeAs(EventID, s, line)
	case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"):
		return l.takeURL(s, line)
	case len(s) > 2 && s[0] == '/' && s[len(s)-1] == '/':
		return l.takeExpression(s[1:len(s)-1], line)
	case hashForm.MatchString(s):
		return "a hash, of which CloudTrail has none"
	case emailForm.MatchString(s):
		l.put(Principal, s, line)
	case l.takeAddress(s, line) == "":
	case domainForm.MatchString(s):
		return "a domain, of which CloudTrail has none"
	case productForm.MatchString(s), strings.ContainsAny(s, "*") && strings.Trim(s, "*? ") != "":
		return l.takeAgent(s, line)
	default:
		return "of no kind that can be told by its form: write it as kind:value, such as bucket:name, user:name or user-agent:text"
	}
	return ""
}

// takeAddress adds an address, a network, a range of addresses, or an address and a port.
func (l *Indicators) takeAddress(s string, line mark) string {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		l.putAddress(netip.PrefixFrom(a, a.BitLen()), line)
		return ""
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		l.putAddress(p, line)
		return ""
	}
	if from, to, ok := strings.Cut(s, "-"); ok {
		a, aerr := netip.ParseAddr(strings.TrimSpace(from))
		b, berr := netip.ParseAddr(strings.TrimSpace(to))
		if aerr != nil || berr != nil || a.Is4() != b.Is4() || b.Less(a) || a.Zone() != "" || b.Zone() != "" {
			return "not a range of addresses"
		}
		for _, p := range prefixesOf(a, b) {
			l.putAddress(p, line)
		}
		return ""
	}
	if ap, err := netip.ParseAddrPort(strings.Replace(s, "|", ":", 1)); err == nil {
		return l.takeAddress(ap.Addr().String(), line)
	}
	return "not an address, and not a network"
}

// takeURL adds what CloudTrail can have of a URL: its host, if that is an address or a bucket's.
func (l *Indicators) takeURL(s string, line mark) string {
	_, rest, _ := strings.Cut(s, "://")
	host, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	if l.takeAddress(strings.Trim(host, "[]"), line) == "" {
		return ""
	}
	host, _, _ = strings.Cut(host, ":")
	if m := s3HostForm.FindStringSubmatch(strings.ToLower(host)); m != nil {
		path, _, _ = strings.Cut(path, "?")
		return l.takeStored(S3Object, m[1]+"/"+path, line)
	}
	return "a URL whose host is neither an address nor a bucket's"
}

// takeARN adds an ARN, or a pattern of ARNs; that of a bucket or an object as such.
func (l *Indicators) takeARN(s string, line mark) string {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[5] == "" {
		return "not a whole ARN"
	}
	switch {
	case parts[2] == "s3" && parts[3] == "" && parts[4] == "":
		return l.takeStored(S3Object, parts[5], line)
	case strings.ContainsAny(s, "*?"):
		l.putPattern(pattern{kind: ARN, text: s, line: line})
	default:
		l.put(ARN, s, line)
	}
	return ""
}

// takeStored adds a bucket, an object of one, or a key: "bucket", "bucket/key", "s3://bucket/key".
func (l *Indicators) takeStored(k IndicatorKind, s string, line mark) string {
	stored := strings.HasPrefix(s, "s3://")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "s3://"), "arn:aws:s3:::")
	bucket, key, _ := strings.Cut(s, "/")
	switch {
	case k == S3Object && !stored && strings.HasPrefix(s, "*/"): // in any bucket
		l.putPattern(pattern{kind: S3Object, text: s, line: line})
	case !bucketForm.MatchString(bucket):
		return "not a bucket's name, nor a bucket's name and a key"
	case key == "" || key == "*":
		l.put(Bucket, strings.ToLower(bucket), line)
	case strings.ContainsAny(key, "*?"):
		l.putPattern(pattern{kind: S3Object, text: s, line: line})
	default:
		l.put(S3Object, s, line)
	}
	return ""
}

// takeAgent adds a user agent or a pattern of user agents.
func (l *Indicators) takeAgent(s string, line mark) string {
	if strings.Trim(s, "*? ") == "" {
		return "a pattern that every user agent matches"
	}
	if strings.ContainsAny(s, "*?") {
		l.putPattern(pattern{kind: Agent, text: s, line: line})
	} else {
		l.put(Agent, PlainUserAgent(s), line)
	}
	return ""
}

func (l *Indicators) takeExpression(s string, line mark) string {
	form, err := regexp.Compile(s)
	switch {
	case err != nil:
		return err.Error()
	case form.MatchString(""):
		return "an expression that every user agent matches"
	}
	l.putPattern(pattern{kind: AgentExpression, text: s, line: line, form: form})
	return ""
}
