package report

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"

	"github.com/coldtrail/coldtrail/detect/rules"
	"github.com/coldtrail/coldtrail/scan"
)

// pseudonymized gathers texts, and returns them replaced.
func pseudonymized(t *testing.T, names []string, texts ...string) (out []string) {
	t.Helper()
	list := &redactionList{}
	all := append(slices.Clone(names), texts...)
	for i, s := range all {
		r := &redaction{table: list, words: words()}
		if i < len(names) {
			r.value(s, "requestparameters.username")
		} else {
			r.text(s)
		}
	}
	r := &redaction{table: list.freeze(), words: words()}
	for _, s := range texts {
		out = append(out, r.text(s))
	}
	return out
}

func TestRedactText(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Access Denied": "Access Denied", "2026-03-02T10:00:00Z": "2026-03-02T10:00:00Z", "AWS::S3::Bucket": "AWS::S3::Bucket", "AWS::Acme::Payroll": "AWS::name-1::name-2",
		"111122223333": "900000000001", "acct 111122223333.": "name-1 900000000001.", "1111222233334": "1111222233334",
		"AKIAIOSFODNN7EXAMPLE": "AKIAREDACTED00000001", "AROA123456789EXAMPLE:bob": "AROAREDACTED00000001:name-1",
		"arn:aws:iam::111122223333:user/team/alice":                   "arn:aws:iam::900000000001:user/user-1/user-2",
		"arn:aws:sts::111122223333:assumed-role/Admin/i-0abc12345def": "arn:aws:sts::900000000001:assumed-role/role-1/i-1",
		"arn:aws:s3:::acme-bucket/a/b.csv":                            "arn:aws:s3:::bucket-1/object-1/object-2.csv",
		"arn:aws:iam::aws:policy/AdministratorAccess":                 "arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::111122223333:root":                              "arn:aws:iam::900000000001:root",
		"from 203.0.113.9, 2001:db8::9 and ::ffff:203.0.113.9/32":     "from 240.0.0.1, 3fff::1 and 3fff::2/32",
		"from 203.0.113.9:443":                                        "from 240.0.0.1:443", "https://203.0.113.9:8443/x": "https://240.0.0.1:8443/x", "ip:203.0.113.9": "ip:240.0.0.1", "x/10.0.0.0": "x/240.0.0.1",
		"tcp 22 from 0.0.0.0/0": "tcp 22 from 0.0.0.0/0", "Mar 4, 2026, 10:02:41 AM": "Mar 4, 2026, 10:02:41 AM", "Mar 4, 2026, 10:02:41\u202fAM": "Mar 4, 2026, 10:02:41\u202fAM", "Mar 4, 2026 1:02:41 PM": "Mar 4, 2026 1:02:41 PM",
		"203.000.113.009": "name-1", "x (203.0.113.9:443)": "x (240.0.0.1:443)", "203.0.113.9:443:x": "240.0.0.1:443:x", "[2001:db8::9]:443": "[3fff::1]:443", "ip:2001:db8::9": "ip:3fff::1", "time a::b": "time 3fff::1", "1.2.3": "1.2.3",
		"account 1111-2222-3333": "account name-1",
		"Chrome/126.0.0.0":       "Chrome/126.0.0.0",
		"User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:ListUsers on resource: alice": "User: arn:aws:iam::900000000001:user/user-1 is not authorized to perform: iam:ListUsers on resource: user-1",
		"acme.s3.eu-west-1.amazonaws.com": "name-1.s3.eu-west-1.amazonaws.com", "ec2.amazonaws.com": "ec2.amazonaws.com", "states.amazonaws.com.cn": "states.amazonaws.com.cn", "signin.aws.amazon.com": "signin.aws.amazon.com", "alice.amazon.com": "name-1.amazon.com",
		strings.Repeat("////", 16): "data-1", strings.Repeat("////", 64): opaqueData,
		`{"Statement":[{"Principal":{"AWS":"111122223333"},"Action":"s3:GetObject"}]}`: `{"Statement":[{"Principal":{"AWS":"900000000001"},"Action":"s3:GetObject"}]}`,
		"alice%40corp.example": url.PathEscape("mail-1"), base64.StdEncoding.EncodeToString([]byte("user alice from 203.0.113.9")): base64.StdEncoding.EncodeToString([]byte("user name-1 from 240.0.0.1")),
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0000Z_abcDEF.json.gz": "AWSLogs/900000000001/CloudTrail/eu-west-1/2026/03/02/900000000001_CloudTrail_eu-west-1_20260302T0000Z_abcDEF.json.gz",
		"Zoë": "name-1", "\xff": "\ufffd", "a b": "a name-1",
	} {
		if got := pseudonymized(t, nil, in)[0]; got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
	// A name that is a word is one elsewhere too, and a pseudonym is nobody's name.
	got := pseudonymized(t, []string{"Administrator", "user-1", "prod"}, "Administrator denied prod access", "user-1", "prodxq")
	if want := []string{"user-2 denied user-4 access", "user-3", "name-1"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	// A folder in an object's key is one, and the word is none elsewhere; a bucket's name is.
	got = pseudonymized(t, nil, "arn:aws:s3:::events/AWSLogs/us-east-1/2026/zyxwora", "AWSLogs/us-east-1/2026: 6 resources, events, zyxwora")
	if want := []string{"arn:aws:s3:::bucket-1/object-1/object-2/object-3/object-4", "AWSLogs/us-east-1/2026: 6 resources, bucket-1, object-4"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	// Nor does a call say whom it was made of.
	got = pseudonymized(t, []string{"alice", "Users"}, "may not iam:GetAlice", "may not iam:ListUsers")
	if want := []string{"may not iam:Getuser-1", "may not iam:ListUsers"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// Where a record has words of its own a name is one only if nobody else says that.
func TestRedactKept(t *testing.T) {
	in := `{"eventName":"alice","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","userIdentity":{"type":"Role"},"errorCode":"ListUsers","requestParameters":{"userNames":["alice","Role","ListUsers","s3","eu-west-1"],"userName":"alice","roleName":"Role","policyName":"ListUsers"}}`
	want := `{"eventName":"name-1","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","userIdentity":{"type":"Role"},"errorCode":"ListUsers",`
	list := &redactionList{}
	(&redaction{table: list, words: words()}).json(nil, []byte(in), "")
	if got := (&redaction{table: list.freeze(), words: words()}).json(nil, []byte(in), ""); !strings.HasPrefix(string(got), want) {
		t.Errorf("%s", got)
	}
}

// What each event has another of, and tells nothing, takes no room in the table.
func TestRedactOpaque(t *testing.T) {
	list := &redactionList{}
	r := &redaction{table: list, words: words()}
	for i := range 100 {
		long := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff, byte(i)}, 60))
		got := r.json(nil, []byte(`{"credentials":{"sessionToken":"`+long+`"},"x":"`+long+long+`","additionalEventData":{"x-amz-id-2":"`+long+`"},"nextToken":"1/`+long+`"}`), "")
		if bytes.Contains(got, []byte(long[8:16])) || bytes.Count(got, []byte(opaqueData)) != 4 {
			t.Fatalf("%s", got)
		}
	}
	if len(list.all) > 0 {
		t.Errorf("%d texts, the first of which is %q", len(list.all), list.all[0].text)
	}
	list.bytes = maxRedacted - 100
	if err := list.join(&redactionList{}); err != nil {
		t.Error(err)
	}
	if err := list.join(&redactionList{all: []redactedText{{redacted: redacted{"name", "alice"}}}}); err == nil || !strings.Contains(err.Error(), "a filter makes them no fewer") {
		t.Error(err)
	}
}

func TestRedactAgent(t *testing.T) {
	list := &redactionList{}
	r := &redaction{table: list, words: words()}
	for in, want := range map[string]string{
		"aws-cli/2.9.19 Python/3.11.8 Linux/6.6.9-amd64 source/x86_64.kali.2024 prompt/off": "aws-cli/2.9.19 Python/3.11.8 Linux/6.6.9-amd64 source/x86_64.kali.2024 prompt/off",
		"Boto3/1.34 md/Botocore#1.34 exec-env/alices-laptop":                                "Boto3/1.34 md/Botocore#1.34 exec-env/name-1",
		"aws-cli/2.9.19 exec-env/ip-10-0-1-23":                                              "aws-cli/2.9.19 exec-env/name-2", "aws-cli/2.9.19 exec-env/ip-203.0.113.9": "aws-cli/2.9.19 exec-env/name-2",
		"aws-cli/2.9.19 exec-env/account-1111-2222-3333": "aws-cli/2.9.19 exec-env/name-2", "Linux/5.10.201-191.748 Chrome/126.0.6478.127": "Linux/5.10.201-191.748 Chrome/126.0.6478.127",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	} {
		r.agent("alices-laptop")
		r.agent(in)
		frozen := &redaction{table: list.freeze(), words: words()}
		if got := frozen.agent(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
		list = &redactionList{}
		r.table = list
	}
}

// What is remembered changes nothing: not a replacement, and not what is gathered, whether the memo is new, known or full.
func TestRedactMemo(t *testing.T) {
	line := `{"eventName":"x","requestParameters":{"userName":"alice","key":"alice","note":"alice","alice":1,"tags":{"alice":"prod","userName":"alice"}},"policy":"{\"userName\":\"alice\"}"}`
	want := `{"eventName":"x","requestParameters":{"userName":"user-1","key":"user-1","note":"user-1","user-1":1,"tags":{"user-1":"name-1","userName":"user-1"}},"policy":"{\"userName\":\"user-1\"}"}`
	list := &redactionList{}
	r := &redaction{table: list, words: words()}
	for range 3 {
		r.json(nil, []byte(line), "")
	}
	keys := len(list.all)
	r.taken = maxRemembered
	r.json(nil, []byte(strings.ReplaceAll(line, "note", "remark")), "")
	if len(list.all) != keys || r.taken > 2000 || len(r.memo) > 20 {
		t.Errorf("%d texts, then %d; %d remembered in %d bytes", keys, len(list.all), len(r.memo), r.taken)
	}
	r = &redaction{table: list.freeze(), words: words()}
	for range 3 {
		if got := r.json(nil, []byte(line), ""); string(got) != want {
			t.Errorf("%s, not %s", got, want)
		}
		r.taken += maxRemembered / 2
	}
}

// What a report says in its own words, and IDs and names of events, stay in it as they do in records.
func TestRedactOwnWords(t *testing.T) {
	in := `{"rows":[{"reason":{"finding":"7503689335879954"},"kind":"event source mapping","target":"alice","state":"present","link":"identity","made":{"event_id":"0da6811e-369a-4f40-b5e9-6d33d237d0fa","event":"CreateEventSourceMapping20150331"}},` +
		`{"kind":"key pair","first_event_id":"111122223333","types":{"values":[{"value":"IAMUser"}]},"where":{"range":"documentation (RFC 5737)"},"made":{"event":"alice"}}]}`
	want := strings.NewReplacer("alice", "name-1", "111122223333", "900000000001", "7503689335879954", "finding-1").Replace(in)
	list := &redactionList{}
	r := &redaction{table: list, words: words()}
	r.json(nil, []byte(`{"userName":"alice","account":"111122223333"}`), "case")
	r.named("alice", "name", true)
	r.json(nil, []byte(in), "case")
	if got := (&redaction{table: list.freeze(), words: words()}).json(nil, []byte(in), "case"); string(got) != want {
		t.Errorf("%s", got)
	}
}

// The titles of coldtrail's own rules are nobody's.
func TestRedactTitles(t *testing.T) {
	r := &redaction{table: (&redactionList{}).freeze(), words: words()}
	n := 0
	for _, rule := range rules.Load().Rules {
		if n++; r.text(rule.Title) != rule.Title {
			t.Errorf("%q: %q", rule.Title, r.text(rule.Title))
		}
	}
	if n < 100 {
		t.Errorf("%d rules", n)
	}
}

// Numbers stay what they are, but for accounts.
func TestRedactNumbers(t *testing.T) {
	for _, c := range [...]struct{ path, in, want string }{
		{"", `{"additionalEventData":{"bytesTransferredOut":123456789012}}`, `{"additionalEventData":{"bytesTransferredOut":123456789012}}`},
		{"", `{"accountId":123456789012}`, `{"accountId":900000000001}`},
		{"", `{"accountId":1.23456789012E11,"n":123456789012.0}`, `{"accountId":900000000001.0,"n":900000000001.0}`},
		{"", `{"recipientAccountId":"123456789012","n":[123456789012,123456789013]}`, `{"recipientAccountId":"900000000001","n":[900000000001,123456789013]}`},
		{"case", `{"ledger":{"bytes":123456789012,"ids":123456789012},"account":"123456789012"}`, `{"ledger":{"bytes":123456789012,"ids":123456789012},"account":"900000000001"}`},
	} {
		list := &redactionList{}
		(&redaction{table: list, words: words()}).json(nil, []byte(c.in), c.path)
		if got := (&redaction{table: list.freeze(), words: words()}).json(nil, []byte(c.in), c.path); string(got) != c.want {
			t.Errorf("%s: %s, not %s", c.in, got, c.want)
		}
	}
}

// A report that is redacted is still one: nothing of it is lost but who and what.
func TestRedactedModel(t *testing.T) {
	dir, m := settled(t, 5, options)
	list := &redactionList{}
	b := []byte(mustRead(t, filepath.Join(dir, "report.json")))
	(&redaction{table: list, words: words()}).json(nil, b, "case")
	shown := &redactedStore{table: list.freeze()}
	got, err := (&EventStore{dir: dir, shown: shown}).model()
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Credentials.Suspected) != len(m.Credentials.Suspected) || len(m.Credentials.Suspected) == 0 || len(got.SourceIPs.Addresses) != len(m.SourceIPs.Addresses) ||
		len(got.Actions.Rows) != len(m.Actions.Rows) || got.Findings.Total != m.Findings.Total || got.Events != m.Events || got.Timeframe.Suspicious != m.Timeframe.Suspicious {
		t.Errorf("%+v", got)
	}
}

// identifying is what a redacted export may hold nowhere.
var identifying = []string{
	"111122223333", "444455556666", "AKIAIOSFODNN7EXAMPLE", "ASIAEVIDENCE00000001", "AROAEXAMPLEEXAMPLE12", "alice", "Administrator", "acme-finance", "payroll", "203.0.113.77", "2001:db8:77::9",
	"arn:aws:iam::111122223333:user/alice", "arn:aws:s3:::acme-finance", "AKIAMEMBEREXAMPLE001", "Zyxwora", "carol.jones", "example.org", "Zo\u00eb", "prod-db", "cmk-payments", "laptop-of-alice", "ACME",
}

// redactionStore is a case whose records name somebody in every way that they can.
func redactionStore(t *testing.T) *EventStore {
	t.Helper()
	user := `{"type":"IAMUser","principalId":"AIDAEXAMPLEEXAMPLE12","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"alice"}`
	policy := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-finance/*"}]}`
	base := func(i int, name, more string) string {
		return `{"eventVersion":"1.08","userIdentity":` + user + `,"eventTime":"2026-03-02T10:00:0` + string(rune('0'+i)) + `Z","eventSource":"s3.amazonaws.com","eventName":"` + name +
			`","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.77","userAgent":"aws-cli/2.27.11 exec-env/laptop-of-alice","eventID":"4b1f0c2e-7d3a-4e55-9c10-00000000000` + string(rune('0'+i)) + `","recipientAccountId":"111122223333"` + more + `}`
	}
	quote := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	records := []string{
		base(0, "GetObject", `,"errorMessage":"alice may not read payroll; ask Administrator","requestParameters":{"bucketName":"acme-finance","key":"payroll/2026/Zo\u00eb.csv","Host":"acme-finance.s3.amazonaws.com"},"resources":[{"ARN":"arn:aws:s3:::acme-finance/payroll/2026/x.csv","accountId":"111122223333","type":"AWS::S3::Object"}]`),
		base(1, "AssumeRole", `,"errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/Administrator","requestParameters":{"roleArn":"arn:aws:iam::444455556666:role/Administrator","roleSessionName":"carol.jones@example.org"},"responseElements":{"credentials":{"accessKeyId":"ASIAEVIDENCE00000001","sessionToken":"FwoGZXIvYXdzEJr","expiration":"Mar 2, 2026 11:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLEEXAMPLE12:carol.jones@example.org"}}`),
		base(2, "PutBucketPolicy", `,"requestParameters":{"bucketPolicy":`+policy+`,"policyDocument":`+quote(policy)+`,"encoded":`+quote(url.QueryEscape(policy))+`,"userData":"`+base64.StdEncoding.EncodeToString([]byte("export OWNER=alice HOST=203.0.113.77 KEY=AKIAIOSFODNN7EXAMPLE"))+`","tags":{"alice":"ACME","owner-of-payroll":"prod-db","Zyxwora":"1"},"keys":{"AKIAMEMBEREXAMPLE001":"Active"},"n":111122223333,"list":["prod-db",["cmk-payments"]],"x":{"y":"2001:db8:77::9"}}`),
		base(3, "CreateUser", `,"requestParameters":{"userName":"\u0061lice","\u0061lice":1,"note":"caf`+"\xe9"+` alice"},"additionalEventData":{"x":"{\"deep\":\"{\\\"who\\\":\\\"alice\\\"}\"}"}`),
	}
	raws := make([][]byte, len(records))
	for i := range records {
		raws[i] = []byte(records[i])
	}
	head := scan.FindingHead{
		ID: "f-1", Detector: "iam-key-for-other", Severity: 3, Subject: "alice", Why: "alice read payroll of acme-finance from 203.0.113.77", Count: 2,
		First: at("2026-03-02T10:00:00Z"), Last: at("2026-03-02T10:00:01Z"), Principals: scan.Distinct{Values: []string{"arn:aws:iam::111122223333:user/alice"}},
		Credentials: scan.Distinct{Values: []string{"AKIAIOSFODNN7EXAMPLE"}}, SourceIPs: scan.Distinct{Values: []string{"203.0.113.77", "2001:db8:77::9"}},
	}
	return storeWith(t, raws, []scan.FindingHead{head}, map[string][]int{"f-1": {0, 1}}, table{"AWSLogs/111122223333/acme-finance.json.gz"})
}

// No file of a redacted export holds what identifies anybody, in whatever form; and its records are still records.
func TestRedactedExports(t *testing.T) {
	s, err := redactionStore(t).Redacted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range ExportFormats() {
		t.Run(x.Name, func(t *testing.T) {
			text, told := exportFile(t, s, x.Name, nil)
			if told.Events != 4 {
				t.Errorf("%d events", told.Events)
			}
			unidentified(t, inflated(t, text), identifying)
		})
	}
	filtered, told := exportFile(t, s, "navigator", exportFilter(t, Term{Flag: "access-key", Value: "AKIAIOSFODNN7EXAMPLE"}))
	if told.Events != 4 {
		t.Errorf("a filter by what is redacted selects %d events", told.Events)
	}
	unidentified(t, filtered, identifying)
	dir := filepath.Join(t.TempDir(), "parquet")
	if _, err := s.Export(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	unidentified(t, parquetTexts(t, dir), identifying)
	var keys bytes.Buffer
	if err := s.WriteRedactionKeys(&keys); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"original":"alice"`, `"original":"203.0.113.77"`, `"original":"AKIAIOSFODNN7EXAMPLE"`, `"original":"111122223333"`, `"original":"acme-finance"`} {
		if !strings.Contains(keys.String(), want) {
			t.Errorf("the table has no %s", want)
		}
	}
	golden(t, "../export/redacted.keys.jsonl", keys.String())
	records, _ := exportFile(t, s, "records", nil)
	golden(t, "../export/redacted.records.json", inflated(t, records))
}

// parquetTexts are the names and all values of the files of an export of Parquet.
func parquetTexts(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		b.WriteString(path + "\n")
		if err != nil || !strings.HasSuffix(path, ".parquet") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return err
		}
		r := parquet.NewReader(f)
		defer r.Close()
		rows := make([]parquet.Row, 10)
		for {
			n, err := r.ReadRows(rows)
			for _, row := range rows[:n] {
				for _, v := range row {
					b.WriteString(v.String() + "\n")
				}
			}
			if err != nil {
				return nil
			}
		}
	})
	if err != nil || b.Len() < 5000 {
		t.Fatalf("%v, %d bytes", err, b.Len())
	}
	return b.String()
}

// unidentified fails where a text holds, in whatever form, what it may not.
func unidentified(t *testing.T, text string, names []string) {
	t.Helper()
	plain := strings.ToLower(text)
	for _, name := range names {
		quoted, _ := json.Marshal(name)
		for _, form := range []string{name, strings.Trim(string(quoted), `"`), url.QueryEscape(name), url.PathEscape(name), strings.ReplaceAll(name, "/", `\/`)} {
			if i := strings.Index(plain, strings.ToLower(form)); i >= 0 {
				t.Errorf("%q: …%q…", form, text[max(0, i-60):min(len(text), i+60)])
			}
		}
		for shift := range 3 { // base64, wherever the name begins
			b := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), name...))
			b = b[[]int{0, 2, 3}[shift]:]
			if b = b[:len(b)-len(b)%4]; len(b) >= 8 && strings.Contains(text, b[:len(b)-1]) {
				t.Errorf("%q in base64", name)
			}
		}
	}
}

// inflated is a text that may be in gzip, or a zip archive's parts.
func inflated(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	switch {
	case strings.HasPrefix(text, "\x1f\x8b"):
		z, err := gzip.NewReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.ReadFrom(z); err != nil {
			t.Fatal(err)
		}
	case strings.HasPrefix(text, "PK"):
		z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			part, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.ReadFrom(part); err != nil {
				t.Fatal(err)
			}
		}
	default:
		return text
	}
	return b.String()
}

// What is replaced is JSON again, of the same structure, numbers and times.
func FuzzRedactJSON(f *testing.F) {
	for _, b := range exportRecords(f) {
		f.Add(b)
	}
	f.Add([]byte(`[{"a":[1,{"b":"c"}],"d":{"e":null}},"x",-1.5e3,111122223333]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) {
			return
		}
		list := &redactionList{}
		gather := &redaction{table: list, words: words()}
		gather.json(nil, in, "")
		out := (&redaction{table: list.freeze(), words: words()}).json(nil, in, "")
		if !json.Valid(out) {
			t.Fatalf("%q became %q", in, out)
		}
		if bytes.Contains(out, []byte(unknownRedacted)) && !bytes.Contains(in, []byte(unknownRedacted[:3])) {
			t.Errorf("%q: a text that was not gathered: %q", in, out)
		}
		if a, b := skeleton(t, in), skeleton(t, out); a != b {
			t.Errorf("%q became %q", a, b)
		}
	})
}

// skeleton is a JSON text without its strings' contents and numbers.
func skeleton(t *testing.T, text []byte) string {
	t.Helper()
	var b strings.Builder
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for {
		tok, err := dec.Token()
		if err != nil {
			return b.String()
		}
		switch tok := tok.(type) {
		case json.Delim:
			b.WriteString(tok.String())
		case string:
			b.WriteByte('s')
		case json.Number:
			b.WriteByte('n')
		default:
			b.WriteByte('l')
		}
	}
}
