package sigma

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for detection, want := range map[string]string{
		"{s: {eventName: X, status: success}, condition: s}":                                         "line 3: status: CloudTrail's records have no status",
		"{s: {userIdentity.name: X}, condition: s}":                                                  "userIdentity.name: CloudTrail's records have no userIdentity.name",
		"{s: {userIdentity.sessionContext.sessionIssuer.name: X}, condition: s}":                     "have no userIdentity.sessionContext.sessionIssuer.name",
		"{s: {eventName.x: X}, condition: s}":                                                        "have no eventName.x",
		"{s: {eventSource: a.amazonaws.com}, t: {eventSource: b.amazonaws.com}, condition: s and t}": "contradicts itself",
		"{s: {awsRegion: a}, t: {awsRegion: b}, condition: s and t}":                                 "awsRegion would have to be a and b at once",
		"{s: {eventName: []}, condition: s}":                                                         "an empty list",
		"{s: {eventName|gt: 3}, condition: s}":                                                       "eventName is no number",
		"{s: {userAgent|cidr: 10.0.0.0/8}, condition: s}":                                            "userAgent is no address",
		"{s: {errorCode: Success}, condition: s}":                                                    "errorCode: a call that succeeds has none",
		"{s: {eventSource: s3}, condition: s}":                                                       "s3 is no service's name",
		"{s: {eventName: 's3:GetObject'}, condition: s}":                                             "s3:GetObject is no name of a call",
		"{s: {userIdentity.type: User}, condition: s}":                                               "User is none of its values",
		"{s: {readOnly: maybe}, condition: s}":                                                       "maybe is none of its values",
		"{s: {userIdentity.arn|fieldref: user}, condition: s}":                                       "user: CloudTrail's records have no user",
		"{s: [{a: x}, {b: y}], condition: s}":                                                        "have no b",
		// What is right.
		"{s: {eventSource: iam.amazonaws.com, eventName: CreateUser, requestParameters.a.b: x, userIdentity.type: [Root, IAMUser], errorCode: null, readOnly: false, tlsDetails.tlsVersion: 'TLS*', eventTime|hour|gte: 22, coldtrail.ua.tool: x, sourceIPAddress|cidr: 10.0.0.0/8}, condition: s}": "",
		"{s: {awsRegion: a}, t: {awsRegion: b}, condition: s or t}":       "",
		"{s: {awsRegion: a}, t: {awsRegion: [b, a]}, condition: s and t}": "",
		"{s: {eventName: X}, f: {eventName: Y}, condition: s and not f}":  "",
	} {
		c := load(t, Options{}, "title: T\nid: 1\n"+"detection: "+detection+"\n"+logsource+"description: x\n")
		notes := strings.Join(Check(&c.Rules[0]), "; ")
		if want == "" && notes != "" || !strings.Contains(notes, want) {
			t.Errorf("%s: %q, want %q", detection, notes, want)
		}
	}
}

func TestCheckMeta(t *testing.T) {
	c := load(t, Options{}, rule("A", "X")+corr("c", "{type: value_count, rules: [A], group-by: [who, region], timespan: 1m, aliases: {who: {A: userIdentity.user}}, condition: {gte: 2, field: requestParameters.x}}")+
		corr("d", "{type: event_count, rules: [A], timespan: 1m, condition: {gte: 2}}"))
	for i, want := range []string{"id: missing; description: missing", "have no region; line 9: userIdentity.user: CloudTrail's records have no userIdentity.user", "no group-by"} {
		if notes := strings.Join(Check(&c.Rules[i]), "; "); !strings.Contains(notes, want) {
			t.Errorf("%s: %q, want %q", c.Rules[i].Title, notes, want)
		}
	}
}

// TestCheckFindsKnownDefects: of the public rules, those that ask for what there is not.
func TestCheckFindsKnownDefects(t *testing.T) {
	c := Load(publicRules(t), Options{Placeholders: map[string][]string{"CorporateCountries": nil, "CorporateAddresses": nil}})
	odd := map[string]bool{}
	for i := range c.Rules {
		if notes := Check(&c.Rules[i]); len(notes) > 0 {
			name := c.Rules[i].File[strings.LastIndex(c.Rules[i].File, "aws_"):]
			odd[name] = true
			t.Logf("%s: %q", name, notes)
		}
	}
	for _, name := range []string{"aws_delete_saml_provider.yml", "aws_ct_console_login_success_from_susp_locations.yml", "aws_ct_ssm_malicious_usage.yml", "aws_ct_vpc_flow_logs_deleted.yml", "aws_ct_guardduty_detector_deleted_or_updated.yml"} {
		if !odd[name] {
			t.Errorf("%s: nothing noticed", name)
		}
		delete(odd, name)
	}
	if len(odd) > 0 {
		t.Errorf("more than expected: %v", odd)
	}
}
