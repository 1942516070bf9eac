package detect

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// seekFields are what an index would have of a record.
var seekFields = map[Field]func(r *parser.Record) string{
	FieldID:             func(r *parser.Record) string { return r.ID },
	FieldSourceIP:       func(r *parser.Record) string { return r.SourceIP },
	FieldUserAgent:      func(r *parser.Record) string { return r.UserAgent },
	FieldUserName:       func(r *parser.Record) string { return r.Identity.UserName },
	FieldPrincipalID:    func(r *parser.Record) string { return r.Identity.PrincipalID },
	FieldARN:            func(r *parser.Record) string { return r.Identity.ARN },
	FieldIssuerName:     func(r *parser.Record) string { return r.Identity.IssuerName },
	FieldSourceIdentity: func(r *parser.Record) string { return r.Identity.SourceIdentity },
	FieldRequest: func(r *parser.Record) string {
		v, ok := r.Get("requestParameters")
		if !ok {
			return ""
		}
		return string(v.Raw())
	},
	FieldRecord: func(r *parser.Record) string { return string(r.Raw) },
}

// TestSeeks: a list's detector matches nothing that its seeks would have passed over. The
// lists are made of what the detectors' examples have, one of each field.
func TestSeeks(t *testing.T) {
	var records []*parser.Record
	for _, d := range All() {
		for _, example := range append(d.Hits, d.Misses...) {
			for _, text := range example {
				r, err := parser.Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				records = append(records, r.Clone())
			}
		}
	}
	lists := []string{"203.0.113.0/24\n", "user:alice\n", "aws-cli/*\n", "arn:aws:iam::*\n"}
	for _, r := range records {
		lists = append(lists, r.SourceIP, r.UserAgent, r.Identity.UserName, r.Identity.ARN, r.Identity.AccessKeyID, r.Account, r.ID)
	}
	slices.Sort(lists)
	hits := 0
	for _, text := range slices.Compact(lists) {
		list, err := ReadIndicators("list.txt", strings.NewReader(text))
		if err != nil || list.Len() == 0 {
			continue
		}
		d := list.Detector("ioc-list")
		for _, r := range records {
			if _, ok := d.Record(r); !ok {
				continue
			}
			hits++
			sought := false
			for _, s := range d.Seek {
				value := seekFields[s.Field](r)
				sought = sought || s.Match(value)
				if s.Exact != nil && s.Match(value) != slices.Contains(s.Exact, value) {
					t.Errorf("%s: %q is not matched as listed", s.Field, value)
				}
			}
			if !sought {
				t.Errorf("list %q matches, but does not seek\n%s", text, r.Raw)
			}
		}
	}
	if hits < 100 {
		t.Errorf("%d hits", hits)
	}
}
