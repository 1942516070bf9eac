package detect

import "testing"

// TestFunctionOpenedByOneHand: a build system puts code into the function before and after somebody else attaches a layer
// to it and opens it. The finding is about that one, and about nothing else.
func TestFunctionOpenedByOneHand(t *testing.T) {
	d := detectorOf(t, "function-opened-outside")
	ci := `{"type":"AssumedRole","principalId":"AROA1:ci","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci","accountId":"111122223333","accessKeyId":"ASIA1"}`
	thief := `{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/reports","accountId":"111122223333","accessKeyId":"AKIA1"}`
	deploy := func(at string) example {
		return example{at: at, who: ci, key: "ASIA1", ip: "198.51.100.7", call: "lambda:UpdateFunctionCode20150331v2", in: `{"functionName":"f"}`}
	}
	layer := example{at: "03:10:00", who: thief, key: "AKIA1", ip: "203.0.113.9", call: "lambda:UpdateFunctionConfiguration20150331v2", in: `{"functionName":"f","layers":["arn:aws:lambda:us-east-1:999988887777:layer:x:1"]}`}
	way := example{at: "03:11:00", who: thief, key: "AKIA1", ip: "203.0.113.9", call: "lambda:CreateFunctionUrlConfig", in: `{"functionName":"f","authType":"NONE"}`}
	found := run(t, d, records(t, story(deploy("01:00:00"), layer, way, deploy("05:00:00"))))
	if len(found) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(found), found)
	}
	if got := found[0]; got.Subject != "arn:aws:iam::111122223333:user/reports" || len(got.Events) != 2 {
		t.Errorf("%d events, of %s: want the 2 of the thief", len(got.Events), got.Subject)
	}
	if found := run(t, d, records(t, story(deploy("01:00:00"), way))); len(found) > 0 {
		t.Errorf("code by one, opened by another: %+v", found)
	}
}
