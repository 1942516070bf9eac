package detect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func indicators(t testing.TB, text string) *Indicators {
	t.Helper()
	l, err := ReadIndicators("list.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What a value is can be told by its form, or is said before it.
func TestIndicatorKinds(t *testing.T) {
	for value, want := range map[string]IndicatorKind{
		"203.0.113.9": Address, "203.0.113[.]9": Address, "203[.]0[.]113[.]9": Address, "203.0.113(.)9": Address, "203.0.113[dot]9": Address,
		"203.0.113.0/24": Address, "203.0.113[.]0/24": Address, "203.0.113.4:8080": Address, "203.0.113.4-203.0.113.7": Address, "2001:db8::1": Address, "2001[:]db8[:][:]1": Address,
		"2001:db8::/32": Address, "[2001:db8::1]:443": Address, "hxxp://203.0.113[.]9/x.sh": Address, "hxxps[://]203.0.113.9": Address, "::ffff:203.0.113.9": Address,
		"ip: 203.0.113.9": Address, "https://user@203.0.113.9:8443/": Address, "fe80::1%eth0": Address,
		"AKIAIOSFODNN7EXAMPLE": AccessKey, "ASIAIOSFODNN7EXAMPLE": AccessKey, "access-key:AKIAIOSFODNN7EXAMPLE": AccessKey,
		"arn:aws:iam::111122223333:user/eve": ARN, "arn:aws:sts::111122223333:assumed-role/admin/*": ARN, "arn:aws-cn:iam::111122223333:root": ARN,
		"AIDAJQABLZS4A3QDU576Q": Principal, "AROAJQABLZS4A3QDU576Q:eve": Principal, "user:eve": Principal, "role: OrganizationAccountAccessRole": Principal, "eve@example.com": Principal, "eve[at]example[.]com": Principal, "principal:arn:aws:iam::111122223333:user/eve": ARN,
		"Scout Suite/5.12.0": Agent, "*kali*": Agent, "ua: curl": Agent, "user-agent:S3 Browser*": Agent, "aws-cli/2.1.0 Python/3.8 (x; y)": Agent,
		"/(?i)pacu|weirdaal/": AgentExpression, "ua-re:^curl/": AgentExpression,
		"111122223333": AccountID, "1111-2222-3333": AccountID, "account:111122223333": AccountID,
		"bucket:acme-billing": Bucket, "s3://acme-billing": Bucket, "s3://acme-billing/": Bucket, "arn:aws:s3:::acme-billing": Bucket, "arn:aws:s3:::acme-billing/*": Bucket, "https://acme-billing.s3.amazonaws.com/": Bucket,
		"s3://acme-billing/2026/x.csv": S3Object, "object:acme-billing/x": S3Object, "arn:aws:s3:::acme-billing/x": S3Object, "object:*/ransom-note.txt": S3Object, "hxxps://acme-billing.s3.eu-west-1.amazonaws[.]com/x?y=z": S3Object,
		"c2d6f1de-3a91-4a35-9b8e-0c5cf6a2b111": EventID, "event-id:c2d6f1de-3a91-4a35-9b8e-0c5cf6a2b111": EventID,
	} {
		l := indicators(t, value)
		if l.Counts[want] == 0 || l.RejectedCount > 0 {
			t.Errorf("%s: not one %s: %v, %+v", value, want, l.Counts, l.Rejected)
		}
	}
}

// What cannot be used is listed with its line and the reason.
func TestIndicatorsRejected(t *testing.T) {
	for value, want := range map[string]string{
		"evil.example[.]com": "a domain", "hxxp://evil.example.com/x": "a URL whose host", "d41d8cd98f00b204e9800998ecf8427e": "a hash", "eve": "of no kind",
		"access-key:eve": "not an access key", "account:12": "not an account ID", "ip:1.2.3": "not an address", "203.0.113.9-203.0.113.1": "of no kind", "arn:aws:iam": "not a whole ARN",
		"ua:*": "every user agent", "/.*/": "every user agent", "ua-re:(": "missing closing", "bucket:-": "not a bucket", "user:*": "every value", "arn:*": "not a whole ARN", "principal:arn:*": "not a whole ARN", "203.0.113.0/33": "of no kind",
		"ua:" + strings.Repeat("x", maxIndicator+1): "longer than",
	} {
		l := indicators(t, "# a comment\n\n203.0.113.200\n"+value+"\n")
		if len(l.Rejected) != 1 || l.RejectedCount != 1 || l.Rejected[0].Line != 4 || !strings.Contains(l.Rejected[0].Reason, want) || l.Len() != 1 {
			t.Errorf("%.60s: want %q: %d kept, %+v", value, want, l.Len(), l.Rejected)
		}
	}
	var many strings.Builder
	for i := range 3 * maxRejected {
		fmt.Fprintf(&many, "no-%d.example.com\n", i)
	}
	if l := indicators(t, many.String()); len(l.Rejected) != maxRejected || l.RejectedCount != 3*maxRejected {
		t.Errorf("%d listed of %d", len(l.Rejected), l.RejectedCount)
	}
}

// seen lists what a list finds in a record: the indicators and their lines.
func seen(t testing.TB, l *Indicators, raw string) (out []string) {
	t.Helper()
	e, ok := l.Detector("ioc-list").Record(records(t, []string{raw})[0])
	if ok != (e != nil) {
		t.Fatalf("%t, %v", ok, e)
	}
	for i := range e {
		if e[i].Name == FactIndicator {
			out = append(out, e[i].Value+" @"+e[i+1].Value)
		}
	}
	return out
}

const indicatorEvent = `{"eventTime":"2026-01-02T03:04:05Z","eventID":"c2d6f1de-3a91-4a35-9b8e-0c5cf6a2b111","eventSource":"s3.amazonaws.com","eventName":"GetObject","sourceIPAddress":"203.0.113.9",
"userAgent":"[S3 Browser/12.2.9 (https://s3browser.com)]","userIdentity":{"type":"AssumedRole","principalId":"AROAJQABLZS4A3QDU576Q:eve@example.com","arn":"arn:aws:sts::111122223333:assumed-role/admin/eve@example.com","accountId":"111122223333","accessKeyId":"ASIAIOSFODNN7EXAMPLE",
"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/admin","userName":"admin"}}},"requestParameters":{"bucketName":"acme-billing","key":"2026/x y.csv","policy":"{\"Resource\":\"arn:aws:s3:::other-bucket/a\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"}}"},
"responseElements":{"accessKey":{"accessKeyId":"AKIANEWKEYEXAMPLE999"},"location":"s3://third-bucket/out/1"},"errorMessage":"User: arn:aws:iam::111122223333:user/bob is not authorized","recipientAccountId":"111122223333"}`

func TestIndicatorsSeen(t *testing.T) {
	for value, want := range map[string]string{
		"203.0.113.9": "address 203.0.113.9 @1", "203.0.113.0/24": "address 203.0.113.0/24 @1", "203.0.113.0-203.0.113.9": "address 203.0.113.8/31 @1", "203.0.113.10": "", "2001:db8::/32": "",
		"ASIAIOSFODNN7EXAMPLE": "access key ASIAIOSFODNN7EXAMPLE @1", "AKIANEWKEYEXAMPLE999": "access key AKIANEWKEYEXAMPLE999 @1", "AKIANEWKEYEXAMPLE99": "",
		"arn:aws:sts::111122223333:assumed-role/admin/eve@example.com": "ARN arn:aws:sts::111122223333:assumed-role/admin/eve@example.com @1", "arn:aws:iam::111122223333:role/admin": "ARN arn:aws:iam::111122223333:role/admin @1",
		"arn:aws:iam::111122223333:user/bob": "ARN arn:aws:iam::111122223333:user/bob @1", "arn:aws:iam::444455556666:root": "ARN arn:aws:iam::444455556666:root @1", "arn:aws:iam::111122223333:user/bo": "",
		"arn:aws:sts::*:assumed-role/admin/*": "ARN arn:aws:sts::*:assumed-role/admin/* @1", "arn:aws:sts::*:assumed-role/other/*": "",
		"AROAJQABLZS4A3QDU576Q": "principal AROAJQABLZS4A3QDU576Q @1", "eve[@]example.com": "principal eve@example.com @1", "role:admin": "principal admin @1", "user:eve*": "principal eve* @1", "user:alice": "",
		"S3 Browser/12.2.9 (https://s3browser.com)": "user agent S3 Browser/12.2.9 (https://s3browser.com) @1", "ua:s3 browser/*": "user agent s3 browser/* @1", "ua:S3 Browser": "", "/S3 Browser\\/12/": `user agent expression S3 Browser\/12 @1`,
		"444455556666": "account 444455556666 @1", "111122223333": "account 111122223333 @1", "555566667777": "", "event:c2d6f1de-3a91-4a35-9b8e-0c5cf6a2b111": "event ID c2d6f1de-3a91-4a35-9b8e-0c5cf6a2b111 @1",
		"bucket:acme-billing": "bucket acme-billing @1", "bucket:Other-Bucket": "bucket other-bucket @1", "s3://third-bucket": "bucket third-bucket @1", "bucket:acme": "",
		"s3://acme-billing/2026/x y.csv": "object acme-billing/2026/x y.csv @1", "s3://other-bucket/a": "object other-bucket/a @1", "s3://acme-billing/2026/*": "object acme-billing/2026/* @1", "s3://third-bucket/out/1": "object third-bucket/out/1 @1", "object:*/x y.csv": "object */x y.csv @1", "object:*/2026/x y.csv": "object */2026/x y.csv @1",
	} {
		if got := strings.Join(seen(t, indicators(t, value), indicatorEvent), "; "); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

// The eventID's last part, times and other numbers are no accounts.
func TestAccountsAreNotNumbers(t *testing.T) {
	l := indicators(t, "446655440000\n123456789012\n")
	for raw, want := range map[string]int{
		`{"eventTime":"2026-01-02T03:04:05Z","eventID":"550e8400-e29b-41d4-a716-446655440000"}`:               0,
		`{"eventTime":"2026-01-02T03:04:05Z","requestParameters":{"x":"a123456789012","y":1234567890123}}`:    0,
		`{"eventTime":"2026-01-02T03:04:05Z","requestParameters":{"userIds":[ 123456789012 ]}}`:               1,
		`{"eventTime":"2026-01-02T03:04:05Z","requestParameters":{"prefix":"AWSLogs/123456789012/x"}}`:        1,
		`{"eventTime":"2026-01-02T03:04:05Z","requestParameters":{"x":"{\"AWS\":\"123456789012\"}"}}`:         1,
		`{"eventTime":"2026-01-02T03:04:05Z","userIdentity":{"accountId":"446655440000"},"eventID":"x-1234"}`: 1,
	} {
		if got := seen(t, l, raw); len(got) != want {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

// Some writers of JSON escape slashes, and none may cost time that grows with their square.
func TestEscapedSlashes(t *testing.T) {
	l := indicators(t, "arn:aws:iam::111122223333:role/a/b\ns3://acme-billing/x\n")
	raw := `{"eventTime":"2026-01-02T03:04:05Z","x":"arn:aws:iam::111122223333:role\/a\/b","y":"s3:\/\/acme-billing","z":"arn:aws:s3:::acme-billing\/x"}`
	if got := seen(t, l, raw); len(got) != 2 {
		t.Errorf("%q", got)
	}
	raw = `{"eventTime":"2026-01-02T03:04:05Z","x":"arn:` + strings.Repeat(`\/`, 1<<19) + `"}`
	if got := seen(t, l, raw); got != nil {
		t.Errorf("%q", got)
	}
}

// Each indicator is a finding of its own, over all time, that says the list and the line.
func TestIndicatorFindings(t *testing.T) {
	l := indicators(t, "type,value,severity,comment\nip,203.0.113.9,,the scanner\nuser,eve,low,\nip,203.0.113.0/24,critical,wide\n")
	event := func(at, ip, user string) string {
		return fmt.Sprintf(`{"eventTime":"%s","eventID":"%s-%s","eventName":"GetUser","sourceIPAddress":"%s","userIdentity":{"type":"IAMUser","userName":"%s","arn":"arn:aws:iam::111122223333:user/%s"}}`, at, at, user, ip, user, user)
	}
	found := run(t, l.Detector("ioc-list"), records(t, []string{
		event("2026-01-02T03:04:05Z", "203.0.113.9", "eve"), event("2026-01-02T03:04:06Z", "203.0.113.10", "bob"), event("2026-01-02T03:04:07Z", "198.51.100.1", "bob"),
		event("2026-03-02T03:04:05Z", "203.0.113.9", "bob"), event("2026-03-05T03:04:05Z", "198.51.100.1", "eve"),
	}))
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s %d: %s", f.Severity, f.Subject, len(f.Events), f.Why))
	}
	slices.Sort(got)
	want := []string{
		"critical address 203.0.113.0/24 1: address 203.0.113.0/24 in sourceIPAddress: list.txt, line 4 (wide) (1 event, 1 distinct principals)",
		"high address 203.0.113.9 2: address 203.0.113.9 in sourceIPAddress: list.txt, line 2 (the scanner) (2 events, 2 distinct principals)",
		"low principal eve 2: principal eve in userIdentity.userName: list.txt, line 3 (2 events, 1 distinct principals)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Millions of addresses are found as fast as one, and an event without any costs no memory.
func TestIndicatorsAllocateNothing(t *testing.T) {
	var l Indicators
	for i := range 1 << 16 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})
		l.putAddress(netip.PrefixFrom(a, 32), mark(i))
	}
	for _, v := range []string{"2001:db8::/48", "198.51.100.0/25", "AKIAIOSFODNN7EXAMPLE", "arn:aws:iam::999999999999:user/x", "arn:aws:iam::9*:user/x", "user:nobody", "*nobody*", "999999999999", "bucket:nothing", "s3://a-b-c/d*", "c2d6f1de-3a91-4a35-9b8e-0c5cf6a2b000"} {
		l.add(indicatorEntry{line: 1, value: v})
	}
	if l.RejectedCount > 0 {
		t.Fatalf("%+v", l.Rejected)
	}
	r := records(t, []string{strings.ReplaceAll(indicatorEvent, `"requestParameters":{"bucketName":"acme-billing","key":"2026/x y.csv",`, `"requestParameters":{`)})[0]
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := l.record(r); ok {
			t.Fatal("found")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAddressRanges(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"203.0.113.4", "203.0.113.7", "[203.0.113.4/30]"},
		{"203.0.113.1", "203.0.113.6", "[203.0.113.1/32 203.0.113.2/31 203.0.113.4/31 203.0.113.6/32]"},
		{"0.0.0.0", "255.255.255.255", "[0.0.0.0/0]"},
		{"255.255.255.255", "255.255.255.255", "[255.255.255.255/32]"},
		{"2001:db8::", "2001:db8::ffff", "[2001:db8::/112]"},
	} {
		if got := fmt.Sprint(prefixesOf(netip.MustParseAddr(tt.from), netip.MustParseAddr(tt.to))); got != tt.want {
			t.Errorf("%s-%s: %s", tt.from, tt.to, got)
		}
	}
}

func TestIndicatorID(t *testing.T) {
	for name, want := range map[string]string{
		"feeds/Bad IPs.2026.csv": "ioc-bad-ips-2026", `C:\lists\x.txt`: "ioc-x", ".hidden": "ioc-hidden", "été.json": "ioc-t", "...": "ioc", "-": "ioc",
	} {
		if got := IndicatorID(name); got != want || !idForm.MatchString(got) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func BenchmarkIndicators(b *testing.B) {
	var l Indicators
	for i := range 1 << 20 {
		l.putAddress(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32), mark(i))
	}
	r := records(b, []string{indicatorEvent})[0]
	b.Run("addresses", func(b *testing.B) {
		for b.Loop() {
			l.record(r)
		}
	})
	for _, v := range []string{"AKIAIOSFODNN7EXAMPLX", "arn:aws:iam::999999999999:user/x", "999999999999", "bucket:nothing", "user:nobody"} {
		l.add(indicatorEntry{line: 1, value: v})
	}
	b.Run("all kinds", func(b *testing.B) {
		for b.Loop() {
			l.record(r)
		}
	})
}

// What is the caller's own accuses; what the event only names does not, unless the list says so.
func TestIndicatorsAccuseTheCaller(t *testing.T) {
	event := `{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"iam.amazonaws.com","eventName":"DeleteAccessKey","sourceIPAddress":"203.0.113.9","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","userName":"bob","arn":"arn:aws:iam::111122223333:user/bob","accessKeyId":"AKIAOWNER"},"requestParameters":{"userName":"eve","accessKeyId":"AKIAOTHER","bucketName":"b-1","roleArn":"arn:aws:iam::111122223333:role/r"}}`
	event = strings.Replace(event, `"accessKeyId":"AKIAOWNER"`, `"accessKeyId":"AKIAOWNER","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/of-it"}}`, 1)
	for entry, want := range map[string]Severity{
		"203.0.113.9": High, "AKIAOWNER": High, "user:bob": High, "AKIAOTHER": Low, "user:eve": Low,
		"111122223333": Low, "arn:aws:iam::111122223333:user/bob": High, "arn:aws:iam::111122223333:user/*": High, "arn:aws:iam::111122223333:role/of-it": High,
		"arn:aws:iam::111122223333:role/r": Low, "bucket:b-1": Low,
	} {
		found := run(t, indicators(t, entry+"\n").Detector("ioc-list"), records(t, []string{event}))
		if len(found) != 1 || found[0].Severity != want {
			t.Errorf("%s: %v", entry, found)
		}
	}
	found := run(t, indicators(t, "type,value,severity\nbucket,b-1,critical\n").Detector("ioc-list"), records(t, []string{event}))
	if len(found) != 1 || found[0].Severity != Critical {
		t.Errorf("with a severity of its own: %v", found)
	}
}
