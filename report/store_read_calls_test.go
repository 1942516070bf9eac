package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// What the columns have of a record is what the record says, or the record is read: where it repeats a member, is not UTF-8, has
// nothing, or says more elsewhere.
func TestScanCalls(t *testing.T) {
	s := storeOf(t,
		callRecord(1, "TerminateInstances", `"requestParameters":{"name":"i-1"},"responseElements":{"name":"\u0069-1"}`),
		callRecord(2, "TerminateInstances", `"requestParameters":{"name":"first"},"requestParameters":{"name":"second"}`),
		callRecord(3, "TerminateInstances", `"requestParameters":null,"additionalEventData":{"name":7}`),
		callRecord(4, "TerminateInstances", "\"requestParameters\":{\"name\":\"\xff\xfe\"}"),
		callRecord(5, "TerminateInstances", `"requestParameters":{"name":"\ud800"}`),
		callRecord(6, "Decrypt", `"requestParameters":{"name":"x"},"resources":[{"ARN":"arn:aws:kms:us-east-1:111122223333:key/k"}]`),
		callRecord(7, "TerminateInstances", ""))
	said := func(rec *parser.Record) (out []string) {
		for _, path := range []string{"requestParameters", "requestParameters.name", "responseElements.name", "additionalEventData.name", "resources[].ARN"} {
			out = append(out, resolve(rec, path)...)
		}
		return out
	}
	var want, got []string
	if err := s.Scan(t.Context(), nil, RawColumns, func(r *Row) error {
		want = append(want, fmt.Sprint(said(&parser.Record{Raw: r.Raw()})))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.scanCalls(t.Context(), nil, []string{"eventname"}, parts, func(r *Row, rec *parser.Record) error {
		got = append(got, fmt.Sprint(said(rec)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(want) != 7 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func callRecord(n int, name, rest string) string {
	if rest != "" {
		rest = "," + rest
	}
	return fmt.Sprintf(`{"eventTime":"2026-01-02T03:00:%02dZ","eventID":"%d","eventSource":"ec2.amazonaws.com","eventName":%q%s}`, n, n, name, rest)
}

// What the tables of calls name stands in the columns of parts, or exact knows that it does not.
func TestScanCallsHasWhatTablesName(t *testing.T) {
	inPart := func(path string) bool {
		for _, p := range parts {
			if strings.HasPrefix(path, p.member+".") {
				return true
			}
		}
		return false
	}
	check := func(action string, paths ...string) {
		for _, path := range strings.FieldsFunc(strings.Join(paths, " "), func(r rune) bool { return strings.ContainsRune(" |;", r) }) {
			path = strings.TrimLeft(path, "!")
			_, detail, labelled := strings.Cut(path, "=")
			if labelled && strings.ContainsAny(detail, "<>") {
				path = detail
			}
			if !strings.ContainsAny(path[:1], "<>~=") && !inPart(path) {
				t.Errorf("%s: %s stands in no part", action, path)
			}
		}
	}
	for _, traces := range []map[string][]trace{made, ended} {
		for action, all := range traces {
			for _, x := range all {
				check(action, x.names, x.also)
			}
		}
	}
	for _, g := range guardTable {
		check(g.action, g.names, g.when, g.detail)
	}
	for family, names := range owners {
		check(family, names)
	}
	for family, names := range ownedBy {
		check(family, names)
	}
	for action, all := range readings {
		for _, x := range all {
			names := strings.NewReplacer("resources[].ARN", "", "serviceEventDetails.snapshotId", "").Replace(x.names) // exact looks for these
			check(action, names, x.object, x.needs)
		}
	}
}
