package sigma

import (
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

const suppressed = `{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","sourceIPAddress":"192.0.2.9","userAgent":"acme-scan/2",
"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:run","arn":"arn:aws:sts::111122223333:assumed-role/scanner/run","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/scanner"}}}}`

func TestSuppressions(t *testing.T) {
	r, err := parser.Parse([]byte(suppressed))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"ip: 192.0.2.9": true, "ip: '::ffff:192.0.2.9'": true, "ip: '::ffff:192.0.2.0/120'": true, "ip: [198.51.100.1, 192.0.2.0/24]": true, "ip: 198.51.100.0/24": false, "ip: 2001:db8::/32": false,
		"principal: arn:aws:iam::111122223333:role/scanner": true, "principal: ARN:aws:sts::*:assumed-role/scanner/*": true, "principal: AROAEXAMPLE": true, "principal: [eve, bob]": false,
		"event: {userAgent|startswith: ACME, eventName: AssumeRole}": true, "event: {userAgent: acme}": false, "event: [{eventName: X}, {eventName: AssumeRole}]": true,
		"event: {a: {eventName: AssumeRole}, b: {eventSource: x}, condition: a and not b}": true,
		"rule: role-assumed": true, "{rule: x, ip: 192.0.2.9, principal: eve}": false, "{rule: x, ip: 192.0.2.9, principal: AROAEXAMPLE}": true,
	} {
		text = strings.Trim(text, "{}")
		if !strings.HasPrefix(text, "rule: x") && strings.Count(text, "{") != strings.Count(text, "}") {
			text += "}"
		}
		all, err := LoadSuppressions(File{"s.yml", []byte("# ours\n- {reason: a test, expires: 2027-03-31, " + text + "}\n")})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s := all[0]
		if got := s.Match == nil || s.Match(r); got != want {
			t.Errorf("%s: %t", text, got)
		}
		if s.Label != "s.yml, line 2" || s.Reason != "a test" || !s.Expires.Equal(time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)) || s.Source == "" {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

func TestSuppressionsOfRules(t *testing.T) {
	all, err := LoadSuppressions(File{"s.yml", []byte("suppressions:\n- rule: [Role-*, secret-read]\n  reason: x\n  expires: 2027-03-31\n- ip: 192.0.2.1\n  reason: y\n  expires: 2027-03-31\n")})
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	for id, want := range map[string]bool{"role-assumed": true, "secret-read": true, "secret": false} {
		if all[0].Rule(id) != want {
			t.Errorf("%s: %t", id, !want)
		}
	}
	if all[0].Match != nil || all[1].Rule != nil {
		t.Error("what is not said must not limit")
	}
}

func TestSuppressionsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "empty",
		"a: b":                                   "line 1: not a list",
		"- x":                                    "line 1: not a mapping",
		"- {ip: 192.0.2.1, reason: x}":           "line 1: expires: missing",
		"- {ip: 192.0.2.1, expires: 2027-03-31}": "line 1: reason: missing",
		"- {reason: x, expires: 2027-03-31}":     "it would suppress everything",
		"- {rule: '*', reason: x, expires: 2027-03-31}":                        "every rule",
		"- {rule: '?*', reason: x, expires: 2027-03-31}":                       "every rule",
		"- {principal: '?*', reason: x, expires: 2027-03-31}":                  "everybody",
		"- {ip: '::ffff:0.0.0.0/96', reason: x, expires: 2027-03-31}":          "every address",
		"- {principal: '**', reason: x, expires: 2027-03-31}":                  "everybody",
		"- {ip: '::/0', reason: x, expires: 2027-03-31}":                       "every address",
		"- {ip: 192.0.2, reason: x, expires: 2027-03-31}":                      "ip: \"192.0.2\" is neither",
		"- {ip: 192.0.2.1, reason: x, expires: soon}":                          "expires: \"soon\" is not a day",
		"- {ip: 192.0.2.1, reason: ' ', expires: 2027-03-31}":                  "reason: neither",
		"- {ips: 192.0.2.1, reason: x, expires: 2027-03-31}":                   "ips: not a member",
		"- {event: {a|b: c}, reason: x, expires: 2027-03-31}":                  "event: ",
		"- {rule: '[', reason: x, expires: 2027-03-31}":                        "rule: [",
		"- {rule: [], reason: x, expires: 2027-03-31}":                         "rule: an empty list",
		"- {rule: a, reason: x, expires: 2027-03-31}\n- {rule: b, reason: x}":  "line 2: expires",
		"- {ip: 192.0.2.1, ip: 192.0.2.2, reason: x, expires: 2027-03-31}\n- ": "",
	} {
		if _, err := LoadSuppressions(File{"s.yml", []byte(text)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzLoadSuppressions(f *testing.F) {
	f.Add("- {rule: [a*], ip: 192.0.2.1, principal: x, event: {eventName: y}, reason: x, expires: 2027-03-31}")
	r, err := parser.Parse([]byte(suppressed))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := LoadSuppressions(File{"s.yml", []byte(text)})
		if err != nil {
			return
		}
		for _, s := range all {
			if s.Reason == "" || s.Expires.IsZero() || s.Rule == nil && s.Match == nil {
				t.Errorf("%q: %+v", text, s)
			}
			if s.Match != nil {
				s.Match(r)
			}
			if s.Rule != nil {
				s.Rule("x")
			}
		}
	})
}

// TestSuppressionErrorsEnd: of a file in which every line is wrong twenty are named, and where that ends.
func TestSuppressionErrorsEnd(t *testing.T) {
	_, err := LoadSuppressions(File{"s.yml", []byte("- &a {rule: x, reason: y}\n" + strings.Repeat("- *a\n", 5_000))})
	if err == nil || strings.Count(err.Error(), "\n") != maxSuppressionErrors || !strings.Contains(err.Error(), "line 21 and what follows it: not looked at") {
		t.Errorf("%.300v", err)
	}
}
