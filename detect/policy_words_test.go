package detect

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

func TestPolicyWords(t *testing.T) {
	for doc, want := range map[string]string{
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`:                                                                       "allows everything",
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}`:                                                         "to everybody",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:*","Condition":{"Bool":{"x":true}}}]}`:                         "to everybody, on conditions",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::999999999999:root","111122223333"]},"Action":"sts:AssumeRole"}]}`: "to arn:aws:iam::999999999999:root (another account), 111122223333",
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`:                                                      "",
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`:                           "",
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["1","2","3","4","5","6","1"]}}]}`:                                               "to 1, 2, 3, 4, 5, …",
		`{"Statement":{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}}`:                                                         "allows everything but what it leaves out",
		`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b"}}`:                                                       "allows everything but what it leaves out",
		`no policy`: "",
		`[]`:        "",
	} {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		rec := parser.Record{Raw: append(append([]byte(`{"p":`), text...), '}')}
		v, _ := rec.Get("p")
		if got := PolicyWords(v, "111122223333"); got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
	if got := PolicyWords(parser.Value{}, ""); got != "" {
		t.Errorf("no document: %q", got)
	}
}

// A policy as long as a record may be, with another account in each line, is read in a moment.
func TestLongPolicy(t *testing.T) {
	const names = 200_000
	var b strings.Builder
	b.WriteString(`{"p":{"Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333"`)
	for i := range names {
		fmt.Fprintf(&b, `,"%012d"`, i)
	}
	b.WriteString(`]}}}}`)
	doc, _ := (&parser.Record{Raw: []byte(b.String())}).Get("p")
	began := time.Now()
	if got := PolicyWords(doc, "111122223333"); !strings.HasPrefix(got, "to 111122223333, 000000000000 (another account), ") || !strings.HasSuffix(got, ", …") {
		t.Errorf("%q", got)
	}
	if got := parsePolicy(doc, true).foreigners("111122223333"); len(got) != names || got[1] != "000000000001" {
		t.Errorf("%d accounts", len(got))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
