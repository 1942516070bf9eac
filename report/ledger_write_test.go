package report

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

func TestLedgerWrite(t *testing.T) {
	var s script
	s.do("iam", "CreateUser", `{"userName":"=cmd|\u001b[31m"}`, "")
	s.do("iam", "CreateUser", `{"userName":"gone"}`, "").key = "AKIABOB"
	s.do("iam", "DeleteUser", `{"userName":"gone"}`, "").key = "AKIABOB"
	s.calls[1].ip, s.calls[2].ip = office, office
	s.do("secretsmanager", "GetSecretValue", `{"secretId":"a"}`, "")
	s.do("securityhub", "DisableSecurityHub", "", "")
	l := s.ledgers(t)
	for _, c := range []struct {
		v    LedgerView
		rows int
		has  string
	}{
		{LedgerView{"persistence", "csv", false, false}, 3, `'=cmd|\x1b[31m`},
		{LedgerView{"persistence", "csv", true, false}, 2, "identity"},
		{LedgerView{"persistence", "csv", false, true}, 2, "present"},
		{LedgerView{"data", "csv", false, true}, 2, "secret"},
		{LedgerView{"defences", "csv", true, true}, 2, "disabled"},
	} {
		var b strings.Builder
		if err := l.Write(&b, c.v); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != c.rows || !strings.Contains(b.String(), c.has) {
			t.Errorf("%+v: %d rows (%v), want %d with %q\n%s", c.v, len(rows), err, c.rows, c.has, b.String())
		}
	}
	for _, format := range []string{"text", "json", "jsonl"} {
		var b strings.Builder
		if err := l.Write(&b, LedgerView{Ledger: "persistence", Format: format}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "gone") || strings.ContainsRune(b.String(), '\x1b') {
			t.Errorf("%s: %q", format, b.String())
		}
		if whole := json.Valid([]byte(b.String())); whole != (format == "json") {
			t.Errorf("%s: one JSON document: %v: %q", format, whole, b.String())
		}
	}
	if err := l.Write(new(strings.Builder), LedgerView{Ledger: "none"}); err == nil {
		t.Error("an unknown ledger is written")
	}
}

// What may be there is open: a key that is turned off, and what was made and removed in one second, or taken off and put back.
func TestLedgerOpen(t *testing.T) {
	var s script
	s.do("iam", "CreateAccessKey", `{"userName":"a"}`, `{"accessKey":{"accessKeyId":"AKIAOFF","userName":"a"}}`)
	s.do("iam", "UpdateAccessKey", `{"accessKeyId":"AKIAOFF","status":"Inactive"}`, "")
	s.do("iam", "CreateUser", `{"userName":"twice"}`, "")
	s.same("iam", "DeleteUser", `{"userName":"twice"}`, "")
	s.do("iam", "CreateUser", `{"userName":"gone"}`, "")
	s.do("iam", "DeleteUser", `{"userName":"gone"}`, "")
	s.do("monitoring", "DisableAlarmActions", `{"alarmNames":["perhaps"]}`, "")
	s.same("monitoring", "EnableAlarmActions", `{"alarmNames":["perhaps"]}`, "")
	s.do("monitoring", "DisableAlarmActions", `{"alarmNames":["on"]}`, "")
	s.do("monitoring", "EnableAlarmActions", `{"alarmNames":["on"]}`, "")
	l := s.ledgers(t)
	for ledger, want := range map[string]string{"persistence": "AKIAOFF twice ", "defences": "perhaps "} {
		var b strings.Builder
		if err := l.Write(&b, LedgerView{Ledger: ledger, Format: "csv", Open: true}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		got := ""
		for _, row := range rows[min(1, len(rows)):] {
			got += row[2] + " "
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", ledger, got, want, err)
		}
	}
}
