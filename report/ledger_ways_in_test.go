package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What makes a device's way to a role, and what sends devices' messages away, is left behind, with whose role and where to.
func TestLedgerIoT(t *testing.T) {
	var s script
	s.do("iot", "CreateRoleAlias", `{"roleAlias":"a","roleArn":"arn:aws:iam::111122223333:role/r"}`, "")
	s.do("iot", "CreateTopicRule", `{"ruleName":"f","topicRulePayload":{"actions":[{"lambda":{}},{"http":{"url":"https://x.example.net"}}]}}`, "")
	s.do("iot", "CreateTopicRule", `{"ruleName":"g","topicRulePayload":{"actions":[{"s3":{"bucketName":"b"}}]}}`, "")
	s.do("iot", "DisableTopicRule", `{"ruleName":"g"}`, "")
	s.do("iot", "DeleteRoleAlias", `{"roleAlias":"a"}`, "")
	var got []string
	for _, r := range s.ledgers(t).Persistence {
		got = append(got, strings.Join([]string{r.Kind, r.Target, r.State, r.Detail}, "|"))
	}
	want := []string{"role alias|a|removed|arn:aws:iam::111122223333:role/r", "IoT rule|f|present|https://x.example.net", "IoT rule|g|deactivated|"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A transfer server's users and their keys go with it, and a user's keys with the user.
func TestLedgerTransfer(t *testing.T) {
	var s script
	s.do("transfer", "CreateServer", "{}", `{"serverId":"s-1"}`)
	for _, user := range []string{"a", "every", "c"} {
		s.do("transfer", "CreateUser", `{"serverId":"s-1","userName":"`+user+`"}`, "")
		s.do("transfer", "ImportSshPublicKey", `{"serverId":"s-1","userName":"`+user+`"}`, `{"sshPublicKeyId":"key-`+user+`"}`)
	}
	s.do("transfer", "DeleteSshPublicKey", `{"serverId":"s-1","userName":"a","sshPublicKeyId":"key-a"}`, "")
	s.do("transfer", "DeleteUser", `{"serverId":"s-1","userName":"every"}`, "")
	states := func() string {
		var got []string
		for _, r := range s.ledgers(t).Persistence {
			got = append(got, r.State)
		}
		return strings.Join(got, " ")
	}
	if got := states(); got != "present present removed removed removed present present" {
		t.Error("before the server is deleted:", got)
	}
	s.do("transfer", "DeleteServer", `{"serverId":"s-1"}`, "")
	if got := states(); strings.Contains(got, "present") {
		t.Error("after it:", got)
	}
}

// A domain that is given away is left so until the transfer is cancelled, and unlocked until it is locked again.
func TestLedgerDomains(t *testing.T) {
	var s script
	tell := func() (all []string) {
		l := s.ledgers(t)
		for _, r := range l.Persistence {
			all = append(all, r.Kind+" "+r.Target+" "+r.State)
		}
		for _, r := range l.Defences {
			all = append(all, r.Kind+" "+r.Target+" "+r.What+" "+r.State)
		}
		return all
	}
	s.do("route53domains", "DisableDomainTransferLock", `{"domainName":"example.com"}`, "")
	s.do("route53domains", "UpdateDomainContact", `{"domainName":"example.com"}`, "")
	s.do("route53domains", "UpdateDomainNameservers", `{"domainName":"example.com"}`, "")
	s.do("route53domains", "TransferDomainToAnotherAwsAccount", `{"domainName":"example.com","accountId":"999988887777"}`, "")
	want := []string{"contacts of domain example.com present", "name servers of domain example.com present", "domain transfer example.com present", "domain example.com transfer lock off off at the end of the evidence"}
	if got := tell(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	s.do("route53domains", "CancelDomainTransferToAnotherAwsAccount", `{"domainName":"example.com"}`, "")
	s.do("route53domains", "EnableDomainTransferLock", `{"domainName":"example.com"}`, "")
	want = []string{want[0], want[1], "domain transfer example.com removed", "domain example.com transfer lock off on again"}
	if got := tell(); !slices.Equal(got, want) {
		t.Errorf("taken back: %q, want %q", got, want)
	}
}

// What gives rights to outside, or to others' programs, is left behind until it is taken back.
func TestLedgerOtherWaysIn(t *testing.T) {
	var s script
	s.do("eks", "CreatePodIdentityAssociation", `{"name":"prod","namespace":"x","roleArn":"arn:aws:iam::111122223333:role/r"}`, `{"association":{"associationId":"a-1"}}`)
	s.do("sso", "CreateTrustedTokenIssuer", `{"name":"i","trustedTokenIssuerConfiguration":{"oidcJwtConfiguration":{"issuerUrl":"https://i.example.net"}}}`, `{"trustedTokenIssuerArn":"arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1/tti-1"}`)
	s.do("organizations", "PutResourcePolicy", `{"content":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"999988887777\"},\"Action\":\"organizations:*\",\"Resource\":\"*\"}]}"}`, "")
	s.do("cognito-idp", "CreateIdentityProvider", `{"userPoolId":"p","providerName":"evil"}`, "")
	s.do("codebuild", "ImportSourceCredentials", `{"serverType":"GITHUB"}`, `{"arn":"arn:aws:codebuild:eu-west-1:111122223333:token/github"}`)
	s.do("rolesanywhere", "UpdateTrustAnchor", `{"trustAnchorId":"t-1"}`, "")
	s.do("ec2", "ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"organizationalUnitArn":"arn:aws:organizations::999988887777:ou/o-1/ou-1"}]}}}`, "")
	var kinds, states []string
	for _, r := range s.ledgers(t).Persistence {
		kinds = append(kinds, r.Kind+" "+r.State+" "+r.Detail)
	}
	want := []string{
		"EKS pod identity association present arn:aws:iam::111122223333:role/r", "trusted token issuer present https://i.example.net",
		"delegation policy present to 999988887777 (another account)", "identity provider of user pool present ", "source credentials present GITHUB",
		"trust anchor present ", "image share present ",
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q, want %q", kinds, want)
	}
	s.do("eks", "DeletePodIdentityAssociation", `{"name":"prod","associationId":"a-1"}`, "")
	s.do("sso", "DeleteTrustedTokenIssuer", `{"trustedTokenIssuerArn":"arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1/tti-1"}`, "")
	s.do("organizations", "DeleteResourcePolicy", "", "")
	s.do("cognito-idp", "DeleteIdentityProvider", `{"userPoolId":"p","providerName":"evil"}`, "")
	s.do("codebuild", "DeleteSourceCredentials", `{"arn":"arn:aws:codebuild:eu-west-1:111122223333:token/github"}`, "")
	s.do("rolesanywhere", "DeleteTrustAnchor", `{"trustAnchorId":"t-1"}`, "")
	s.do("ec2", "ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"remove":{"items":[{"organizationalUnitArn":"arn:aws:organizations::999988887777:ou/o-1/ou-1"}]}}}`, "")
	for _, r := range s.ledgers(t).Persistence {
		states = append(states, r.State)
	}
	if slices.Contains(states, Present) {
		t.Errorf("after all was taken back: %q", states)
	}
}

// What was there and is changed to trust somebody else is left behind as what is made new, and is the same thing.
func TestLedgerChangedWaysIn(t *testing.T) {
	for _, c := range []struct{ service, made, in, out, changed, how, want string }{
		{"eks", "CreatePodIdentityAssociation", `{"name":"prod","roleArn":"r"}`, `{"association":{"associationId":"a-1"}}`,
			"UpdatePodIdentityAssociation", `{"name":"prod","associationId":"a-1","roleArn":"admin"}`, "EKS pod identity association prod, a-1 present 2"},
		{"sso", "CreateTrustedTokenIssuer", `{"name":"i"}`, `{"trustedTokenIssuerArn":"arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1/tti-1"}`,
			"UpdateTrustedTokenIssuer", `{"trustedTokenIssuerArn":"arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1/tti-1"}`, "trusted token issuer arn:aws:sso::111122223333:trustedTokenIssuer/ssoins-1/tti-1 present 2"},
		{"cognito-idp", "CreateIdentityProvider", `{"userPoolId":"p","providerName":"login"}`, "", "UpdateIdentityProvider", `{"userPoolId":"p","providerName":"login"}`, "identity provider of user pool p, login present 2"},
		{"events", "CreateApiDestination", `{"name":"d"}`, "", "UpdateApiDestination", `{"name":"d"}`, "API destination d present 2"},
	} {
		for _, before := range []bool{true, false} {
			var s script
			if before {
				s.do(c.service, c.made, c.in, c.out)
			}
			s.do(c.service, c.changed, c.how, "")
			want := c.want
			if !before {
				want = strings.TrimSuffix(want, "2") + "1"
			}
			rows := s.ledgers(t).Persistence
			if len(rows) != 1 || fmt.Sprint(rows[0].Kind, " ", rows[0].Target, " ", rows[0].State, " ", rows[0].Calls) != want {
				t.Errorf("%+v, want %s", rows, want)
			}
		}
	}
}
