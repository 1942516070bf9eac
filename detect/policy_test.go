package detect

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// TestPolicySpellings: what a policy allows does not depend on how it is written: IAM takes wild cards in many spellings, empty
// conditions and percent-encoded documents.
func TestPolicySpellings(t *testing.T) {
	type is struct{ everything, public bool }
	for doc, want := range map[string]is{
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`:                                                    {everything: true},
		`{"Statement":{"Effect":"Allow","Action":["s3:Get*","**"],"Resource":"***"}}`:                                     {everything: true},
		`{"Statement":{"Effect":"Allow","Action":"*:*","Resource":["arn:aws:s3:::b","arn:*"]}}`:                           {everything: true},
		`{"Statement":{"Effect":"Allow","Action":"*:*","Resource":"arn:*:*:*:*:*"}}`:                                      {everything: true},
		`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`:                                                 {},
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}}`:                                       {},
		`{"Statement":{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}}`:                                      {everything: true},
		`{"Statement":{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}}`:                                   {},
		`{"Statement":{"Effect":"Allow","NotAction":["s3:*","IAM:Put*"],"Resource":"*"}}`:                                 {},
		`{"Statement":{"Effect":"Allow","NotAction":["*"],"Resource":"*"}}`:                                               {},
		`{"Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"arn:aws:s3:::b"}}`:                                 {},
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b"}}`:                                    {everything: true},
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:iam::111122223333:*"}}`:                       {},
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":["arn:aws:s3:::b","arn:aws:*::*:user/*"]}}`:            {},
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:a*:role/app"}}`:                                   {},
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":["arn:aws:s3:::b","arn:aws-cn:sns:*"]}}`:               {everything: true},
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"*"}}`:                                                 {},
		`{"Statement":{"Effect":"Deny","NotAction":"aws-portal:*","Resource":"*"}}`:                                       {},
		`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`:                                                     {},
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{ }}}`:                        {public: true},
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Condition":null}}`:             {public: true},
		`{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:GetObject"}}`:                  {public: true},
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"Bool":{"a:b":"true"}}}}`:    {},
		`{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:GetObject"}}`:                   {},
		`%0A%7b%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22*%22%7D}`: {everything: true},
	} {
		quoted, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		rec := parser.Record{Raw: append(append([]byte(`{"p":`), quoted...), '}')}
		p := parsePolicy(rec.Get("p"))
		if got := (is{p.allowsEverything(), p.public()}); got != want {
			t.Errorf("%s: %+v, want %+v", doc, got, want)
		}
	}
}

// A grant of all rights but some is not called one of all.
func TestGrantedRights(t *testing.T) {
	for policy, want := range map[string]string{
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`:                                     "granted all rights to bob",
		`{"Statement":{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}}`:                       "granted all rights but those that the policy leaves out, to bob",
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:iam::111122223333:user/bob"}}`: "",
	} {
		r := records(t, []string{example{at: "03:04:05", call: "iam:PutUserPolicy", in: `{"userName":"bob","policyName":"p","policyDocument":` + strconv.Quote(policy) + `}`}.String()})[0]
		if e, ok := iamPolicyGranted.Record(r); !ok || e.Get(FactWhy) != want {
			t.Errorf("%s: %q, want %q", policy, e.Get(FactWhy), want)
		}
	}
}
