package scan

import (
	"strings"
	"testing"
)

// Records of another account or region than the object's name says, and of a version beyond
// what is known, are kept, and the manifest says so.
func TestOddities(t *testing.T) {
	const name = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1000Z_abcdefghijklmnop.json.gz"
	const gov = "444455556666_CloudTrail_us-gov-west-1_20260302T1000Z_abcdefghijklmnop.json"
	other := event("b", "recipientAccountId", `"444455556666"`)
	for _, tt := range []struct{ name, content, note string }{
		{name, records(event("a"), event("b")), ""},
		{name, records(event("a"), other, event("c", "awsRegion", `"eu-west-1"`), event("d")), `2 records are of another account or region than the name says, the first: account "444455556666", region "us-east-1"`},
		{"bundle/" + name, records(other), `1 records are of another account or region than the name says, the first: account "444455556666", region "us-east-1"`},
		{name, records(event("a", "recipientAccountId", "", "userIdentity", "null", "awsRegion", "")), ""},
		{gov, records(event("a", "recipientAccountId", `"444455556666"`, "awsRegion", `"us-gov-west-1"`)), ""},
		{"flat.json", records(event("a"), other), ""},
		{"flat.json", records(event("a", "eventVersion", `"1.11"`), event("b", "eventVersion", `"1.9"`)), ""},
		{"flat.json", records(event("a", "eventVersion", `"1.12"`), event("b", "eventVersion", `"2.0"`), event("c")), `records have the eventVersion "2.0"; fields are known up to 1.11`},
	} {
		o := try(t, Config{}, evidence(t, map[string]string{tt.name: tt.content}))
		b := o.object(t, tt.name)
		if notes := strings.Join(b.Notes, "\n"); b.Status != Parsed || (notes == "") != (tt.note == "") || !strings.Contains(notes, tt.note) {
			t.Errorf("%s\n%s\n%s: %s, %q", tt.name, tt.content, b.Status, b.Reason, notes)
		}
	}
}
