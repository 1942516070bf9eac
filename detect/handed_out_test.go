package detect

import (
	"slices"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// Whatever lineage takes a key from is in the one list, and the short cut by length turns none of it away.
func TestHandsOut(t *testing.T) {
	names := HandingOut()
	for i := range issuings {
		want := issuings[i].begin == nil
		if got := HandsOut(issuings[i].name); got != want {
			t.Errorf("%s: %t", issuings[i].name, got)
		}
		if slices.Contains(names, issuings[i].name) != want {
			t.Errorf("%s: listed %t", issuings[i].name, !want)
		}
	}
	for _, name := range []string{"", "AssumeRolf", "GetObject", "ConsoleLogin", "CreateSessioN"} {
		if HandsOut(name) {
			t.Errorf("%q hands nothing out", name)
		}
	}
}

func TestHandedOut(t *testing.T) {
	for _, c := range []struct{ raw, key, expiry string }{
		{`{"responseElements":{"credentials":{"accessKeyId":"ASIA1","expiration":"May 3"}}}`, "ASIA1", "May 3"},
		{`{"responseElements":{"credentials":{"accessKeyID":"ASIA2","expiration":1.5}}}`, "ASIA2", "1.5"},
		{`{"responseElements":{"accessKey":{"accessKeyId":"AKIA3"}}}`, "AKIA3", ""},
		{`{"responseElements":{"credentialSet":[{},{"credentials":{"accessKeyId":"ASIA4","expiration":"2026-01-01T00:00:00Z"}}]}}`, "ASIA4", "2026-01-01T00:00:00Z"},
		{`{"responseElements":{"credentials":null,"credentialSet":"none"}}`, "", ""},
		{`{"responseElements":{"credentials":{"accessKeyId":""}},"userIdentity":{"accessKeyId":"ASIA5"}}`, "", ""},
		{`{}`, "", ""},
	} {
		rec := parser.Record{Raw: []byte(c.raw)}
		if key, expiry := HandedOut(rec.Get); key != c.key || expiry != c.expiry {
			t.Errorf("%s: %q, %q", c.raw, key, expiry)
		}
	}
}
