package report

import (
	"encoding/json"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// What is carried of a call that hands out a credential still names it, and has no token.
func TestCarryIssue(t *testing.T) {
	for _, c := range []struct{ name, raw, key, expiry string }{
		{"AssumeRole", `{"responseElements":{"credentials":{"accessKeyId":"ASIA1","sessionToken":"SECRET","expiration":"May 3"}}}`, "ASIA1", "May 3"},
		{"GetCredentialsForIdentity", `{"responseElements":{"credentials":{"accessKeyID":"ASIA2","sessionToken":"SECRET","expiration":1}}}`, "ASIA2", "1"},
		{"CreateSession", `{"responseElements":{"credentialSet":[{"credentials":{"sessionToken":"SECRET"}},7,{"credentials":{"accessKeyId":"ASIA3","sessionToken":"SECRET"}}]}}`, "ASIA3", ""},
		{"CreateSession", `{"responseElements":{"credentialSet":[]}}`, "", ""},
		{"AssumeRoleForPodIdentity", `{"responseElements":null}`, "", ""},
	} {
		carried := Carry(nil, &parser.Record{Raw: []byte(c.raw), Name: c.name})
		rec := parser.Record{Raw: carried}
		key, expiry := issued(&rec)
		if key != c.key || expiry != c.expiry {
			t.Errorf("%s %s: %q, %q of %s", c.name, c.raw, key, expiry, carried)
		}
		if v, ok := rec.Get("responseElements.credentials.sessionToken"); ok || len(carried) == 0 || !json.Valid(carried) {
			t.Errorf("%s: carries %s (%s)", c.raw, carried, v.String())
		}
	}
}

// Whose key it is stands in the response alone where somebody makes one for himself: with him it goes.
func TestCarryOwnKey(t *testing.T) {
	raw := `{"requestParameters":null,"responseElements":{"accessKey":{"accessKeyId":"AKIAX","userName":"mallory","status":"Active","createDate":"May 3"}}}`
	rec := parser.Record{Raw: Carry(nil, &parser.Record{Raw: []byte(raw), Name: "CreateAccessKey"})}
	if owner := resolve(&rec, ownedBy["access key"]); len(owner) != 1 || owner[0] != "mallory" {
		t.Errorf("owner %q of %s", owner, rec.Raw)
	}
}
