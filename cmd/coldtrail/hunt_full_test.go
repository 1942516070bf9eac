package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// manyCalls writes an archive of more callers and resources than a ledger has rows. Late ones come from two places.
func manyCalls(t *testing.T, source, name string, readOnly bool, parameters func(i int) string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i := range 11_000 {
		address := "192.0.2.1"
		if i > 10_500 && i%100 == 0 {
			address = "198.51.100.7"
		}
		fmt.Fprintf(&b, `%s{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:s%[2]d","arn":"arn:aws:sts::111122223333:assumed-role/app-%[3]d/s%[2]d","accountId":"111122223333","accessKeyId":"ASIA%016[2]d"},`+
			`"eventTime":"2024-05-01T%02[4]d:%02[5]d:%02[6]dZ","eventSource":"%[7]s","eventName":"%[8]s","awsRegion":"eu-west-1","sourceIPAddress":"%[9]s","userAgent":"x",`+
			`"requestParameters":%[10]s,"responseElements":null,"eventID":"00000000-0000-4000-8000-%012[2]d","readOnly":%[11]t,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`,
			map[bool]string{true: ",", false: ""}[i > 0], i, i%7, i/3600, i/60%60, i%60, source, name, address, parameters(i), readOnly)
	}
	b.WriteString("]}")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "log.json"), []byte(b.String()))
	return dir
}

// TestHuntFull is TestHunt where a ledger is full: with what the case has for that, without it, as of a case that was made
// before there was any, and with what somebody changed.
func TestHuntFull(t *testing.T) {
	t.Run("data-access", func(t *testing.T) {
		huntFull(t, "data-access", manyCalls(t, "secretsmanager.amazonaws.com", "GetSecretValue", true, func(i int) string { return fmt.Sprintf(`{"secretId":"s%d"}`, i%3) }))
	})
	t.Run("persistence", func(t *testing.T) {
		huntFull(t, "persistence", manyCalls(t, "ec2.amazonaws.com", "CreateKeyPair", false, func(i int) string { return fmt.Sprintf(`{"keyName":"k%d"}`, i) }))
	})
}

func huntFull(t *testing.T, ledger, evidence string) {
	read := reading{Paths: []string{evidence}, Workers: 2, Memory: 1 << 30}
	kase := makeCase(t, analyzeCmd{reading: read})
	list := filepath.Join(t.TempDir(), "addresses.txt")
	writeFile(t, list, []byte("198.51.100.7\n"))
	read.detecting = detecting{IOC: []string{list}}
	want := latest(t, makeCase(t, analyzeCmd{reading: read}), 1)
	rest := filepath.Join(kase, ledger+".parquet")
	bare, table := filepath.Join(t.TempDir(), "bare"), readFile(t, rest)
	if err := os.CopyFS(bare, os.DirFS(kase)); err != nil {
		t.Fatal(err)
	}
	writeFile(t, rest, append(table, 'x'))
	if said := program(t, exitIntegrity, "hunt", kase, "-q", "--ioc", list); !strings.Contains(said, ledger+".parquet: changed") {
		t.Error(said)
	}
	writeFile(t, rest, table)
	for _, name := range []string{"custody.jsonl", ledger + ".parquet", "lineage.parquet"} {
		if err := os.Remove(filepath.Join(bare, name)); err != nil && name != "lineage.parquet" { // without findings there is none
			t.Fatal(err)
		}
	}
	if names := different(want, latest(t, kase, hunts(t, huntCmd{Case: kase, detecting: read.detecting, Memory: minMemory}).Revision)); len(names) > 0 {
		t.Errorf("not the same: %v", names)
	}
	program(t, exitComplete, "hunt", bare, "-q", "--ioc", list)
	if !bytes.Equal(readFile(t, filepath.Join(bare, ledger+".parquet")), table) {
		t.Error("the table that was missing is made, and another one")
	}
	writeFile(t, filepath.Join(bare, "custody.jsonl"), readFile(t, filepath.Join(kase, "custody.jsonl")))
	if names := different(want, latest(t, bare, 2)); len(names) > 0 {
		t.Errorf("without the table: not the same: %v", names)
	}
	if n := strings.Count(string(want[ledger+".jsonl"]), `"link":`); n != 4 {
		t.Errorf("%d rows of the suspects", n)
	}
}
