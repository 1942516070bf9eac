package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

var tunable = []*detect.Detector{
	{ID: "tunable", Thresholds: []detect.Threshold{{Name: "calls", Default: 1, Unit: "calls", Source: "here"}}, Record: func(*parser.Record) (detect.Evidence, bool) { return nil, false }},
	{ID: "fixed"},
}

func TestTuning(t *testing.T) {
	got, err := readTuning([]byte("tunable:\n  calls: 2.5\n"), tunable)
	if err != nil || got["tunable"]["calls"] != 2.5 {
		t.Errorf("%v, %v", got, err)
	}
	for text, want := range map[string]string{
		"":                                  "empty",
		"tunable: 5":                        "line 1: not a mapping of thresholds",
		"# x\nnobody:\n  calls: 5":          "line 2: nobody: no detector",
		"fixed:\n  calls: 5":                "line 1: fixed: no detector of this run that has thresholds",
		"tunable:\n  call: 5":               "line 2: call: no threshold of tunable",
		"tunable:\n  calls: many":           "line 2: calls: \"many\"",
		"tunable:\n  calls: .nan":           "line 2: calls",
		"tunable:\n  calls: -1":             "line 2: calls",
		"tunable:\n  calls: 1\n  calls: 2":  "calls",
		"tunable: {calls: 1}\ntunable: {}":  "tunable",
		"tunable:\n  calls: 1\n bad indent": "line",
	} {
		if _, err := readTuning([]byte(text), tunable); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestAccountsFile(t *testing.T) {
	want := []detect.Account{{ID: "012345678901", Name: "prod, main", Environment: "production", Owner: "ops", Kind: detect.Own}, {ID: "111122223333", Kind: detect.Vendor}}
	for ext, text := range map[string]string{
		".yml": "012345678901: {name: 'prod, main', environment: production, owner: ops}\n111122223333:\n  kind: vendor\n",
		".CSV": "\xef\xbb\xbfAccount,name,environment,owner,kind\r\n012345678901,\"prod, main\",production,ops,\r\n111122223333,,,,vendor\r\n",
	} {
		got, err := readAccounts(ext, []byte(text))
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: %+v, %v", ext, got, err)
		}
	}
	for text, want := range map[string]string{
		"1234: {}":                           "line 1: account \"1234\"",
		"012345678901: {kind: friend}":       "kind \"friend\"",
		"012345678901:\n  colour: red":       "line 2: colour",
		"- 1":                                "line 1: not a mapping",
		"012345678901: {}\n012345678901: {}": "012345678901",
	} {
		if _, err := readAccounts(".yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                      "first line",
		"account,x\n1,2\n":                      "column \"x\"",
		"account\n123\n":                        "line 2: account",
		"account\n012345678901\n012345678901\n": "line 3: 012345678901: there twice",
	} {
		if _, err := readAccounts(".csv", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// The files are noted as inputs, and the report says how many accounts there are.
func TestContextIsNoted(t *testing.T) {
	dir := t.TempDir()
	accounts := filepath.Join(dir, "accounts.csv")
	writeFile(t, accounts, []byte("account,kind\n111122223333,vendor\n"))
	look, err := (&detecting{Accounts: accounts}).detectors(&console{err: &bytes.Buffer{}})
	if err != nil {
		t.Fatal(err)
	}
	if len(look.files) != 1 || look.files[0].Kind != "accounts" || look.report.Accounts != 1 || look.context.Accounts.Kind("111122223333") != detect.Vendor {
		t.Errorf("%+v %+v", look.files, look.context)
	}
	for _, d := range []detecting{{Tuning: filepath.Join(dir, "none")}, {Accounts: dir}, {Tuning: accounts}} {
		if _, err := d.detectors(&console{err: &bytes.Buffer{}}); err == nil {
			t.Errorf("%+v: taken", d)
		}
	}
}
