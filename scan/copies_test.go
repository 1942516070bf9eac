package scan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCopies(t *testing.T) {
	plain := event("a")
	const other = `"444455556666"`
	tests := []struct {
		name      string
		files     map[string]string
		distinct  int
		copies    int
		conflicts []int // records of each conflict
	}{
		{"one object delivered twice", map[string]string{"1.json": records(plain, event("b")), "2.json.gz": zipped(records(plain, event("b")))}, 2, 2, nil},
		{"three places", map[string]string{"1.json": records(plain), "2.json": plain, "3.json": "[" + plain + "]"}, 1, 2, nil},
		{"twice in one object", map[string]string{"1.json": records(plain, event("b"), plain)}, 2, 1, nil},
		{"pretty-printed", map[string]string{"1.json": records(plain), "2.json": indent(plain)}, 1, 1, nil},
		{"other key order", map[string]string{"1.json": records(plain), "2.json": reversed(plain)}, 1, 1, nil},
		{"other escapes", map[string]string{"1.json": records(plain), "2.json": strings.ReplaceAll(plain, "alice", `\u0061lic\u0065`)}, 1, 1, nil},
		{"escaped slash", map[string]string{"1.json": event("a", "userAgent", `"x/1"`), "2.json": event("a", "userAgent", `"x\/1"`)}, 1, 1, nil},
		{"three spellings, each twice", map[string]string{
			"1.json": records(plain), "2.json": indent(plain), "3.json": reversed(plain), "4.json": records(plain), "5.json": indent(plain), "6.json": reversed(plain),
		}, 1, 5, nil},
		{"altered, same time", map[string]string{"1.json": records(plain), "2.json": event("a", "sourceIPAddress", `"203.0.113.9"`)}, 2, 0, []int{2}},
		{"altered in a field that is not hot", map[string]string{"1.json": records(plain), "2.json": event("a", "requestParameters", `{"b":[1,2],"a":"y"}`)}, 2, 0, []int{2}},
		{"altered in the order of a list", map[string]string{"1.json": records(plain), "2.json": event("a", "requestParameters", `{"b":[2,1],"a":"x"}`)}, 2, 0, []int{2}},
		{"altered: a member more", map[string]string{"1.json": records(plain), "2.json": event("a", "note", `null`)}, 2, 0, []int{2}},
		{"altered, other time", map[string]string{"1.json": records(plain), "2.json": event("a", "eventTime", at(9))}, 2, 0, []int{2}},
		{"altered in one object", map[string]string{"1.json": records(plain, event("a", "eventTime", at(9)), event("b"))}, 3, 0, []int{2}},
		{"altered, and both delivered twice", map[string]string{
			"1.json": records(plain), "2.json": event("a", "eventName", `"X"`), "3.json": records(plain), "4.json": event("a", "eventName", `"X"`),
		}, 2, 2, []int{2}},
		{"altered and respelled", map[string]string{"1.json": records(plain), "2.json": indent(plain), "3.json": indent(event("a", "eventName", `"X"`))}, 2, 1, []int{2}},
		{"other time and same time", map[string]string{"1.json": plain, "2.json": event("a", "eventName", `"X"`), "3.json": event("a", "eventTime", at(9))}, 3, 0, []int{3}},
		{"two accounts", map[string]string{"1.json": records(plain), "2.json": event("a", "recipientAccountId", other)}, 2, 0, nil},
		{"two accounts, one altered", map[string]string{
			"1.json": records(plain), "2.json": event("a", "recipientAccountId", other), "3.json": event("a", "recipientAccountId", other, "note", "1"),
		}, 3, 0, []int{2}},
		{"two accounts, each twice", map[string]string{
			"1.json": records(plain, event("a", "recipientAccountId", other)), "2.json": records(event("a", "recipientAccountId", other), plain),
		}, 2, 2, nil},
		{"no account", map[string]string{"1.json": noAccount("a"), "2.json": noAccount("a")}, 1, 1, nil},
		{"no account, altered", map[string]string{"1.json": noAccount("a"), "2.json": noAccount("a", "note", "1")}, 2, 0, []int{2}},
		{"version 1.0", map[string]string{"1.json": event("", "eventID", ""), "2.json": reversed(event("", "eventID", ""))}, 1, 1, nil},
		{"version 1.0, two events", map[string]string{"1.json": event("", "eventID", ""), "2.json": event("", "eventID", "", "note", "1")}, 2, 0, nil},
		{"looked up and delivered", map[string]string{"1.json": lookedUp(plain), "2.json": records(plain)}, 1, 1, nil},
		{"delivered and looked up", map[string]string{"1.json": records(plain), "2.json": lookedUp(plain)}, 1, 1, nil},
		{"passed on without a member", map[string]string{"1.json": bridged(event("a", "requestParameters", "", "userAgent", "null")), "2.json": records(plain)}, 1, 1, nil},
		{"passed on with a member more", map[string]string{"1.json": records(plain), "2.json": bridged(event("a", "note", "1"))}, 1, 1, nil},
		{"passed on altered", map[string]string{"1.json": records(plain), "2.json": bridged(event("a", "eventName", `"X"`))}, 2, 0, []int{2}},
		{"passed on altered deep inside", map[string]string{"1.json": bridged(event("a", "requestParameters", `{"b":[1,2],"a":"y"}`)), "2.json": records(plain)}, 2, 0, []int{2}},
		{"passed on twice, differently", map[string]string{"1.json": bridged(plain), "2.json": bridged(event("a", "note", "1"))}, 2, 0, []int{2}},
		{"passed on in two ways", map[string]string{"1.json": bridged(plain), "2.json": lookedUp(plain), "3.json": records(plain), "4.json": indent(plain)}, 1, 3, nil},
		{"an ID with zero bytes", map[string]string{"1.json": records(event("a\x00"), event("a"), event("a\x00\x01"), event("a\x00b")), "2.json": indent(event("a\x00"))}, 4, 1, nil},
		{"an ID with zero bytes, altered", map[string]string{"1.json": records(event("\x00\x00\xff"), event("\x00\x00\xff", "eventTime", at(3)))}, 2, 0, []int{2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := try(t, Config{}, evidence(t, tt.files))
			var conflicts []int
			for _, f := range o.conflicts() {
				conflicts = append(conflicts, len(f.events))
			}
			if len(o.entries) != tt.distinct || len(o.copies) != tt.copies || !slices.Equal(conflicts, tt.conflicts) {
				t.Errorf("%d distinct, %d copies, conflicts %v; want %d, %d, %v", len(o.entries), len(o.copies), conflicts, tt.distinct, tt.copies, tt.conflicts)
			}
			o.everyPlace(t)
		})
	}
}

// everyPlace checks that each record that was kept is an entry's place or a copy's.
func (o *outcome) everyPlace(t *testing.T) {
	t.Helper()
	type place struct {
		object uint64
		index  int
	}
	seen := map[place]int{}
	for _, e := range o.entries {
		seen[place{e.Ref.Place.Object, e.Ref.Place.Index}]++
	}
	for _, c := range o.copies {
		seen[place{c.Place.Object, c.Place.Index}]++
		if o.entries[c.Ordinal].Ref.ID != c.ID {
			t.Errorf("a copy of %q lies beneath %q", c.ID, o.entries[c.Ordinal].Ref.ID)
		}
	}
	for p, n := range seen {
		if n != 1 {
			t.Errorf("%+v is listed %d times", p, n)
		}
	}
	if int64(len(seen)) != o.totals.Kept {
		t.Errorf("%d places for %d records", len(seen), o.totals.Kept)
	}
}

func noAccount(id string, changes ...string) string {
	return event(id, append([]string{"recipientAccountId", "", "userIdentity", `{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}`}, changes...)...)
}

func indent(s string) string {
	var v json.RawMessage = []byte(s)
	b, err := json.MarshalIndent(v, "", "   ")
	if err != nil {
		panic(err)
	}
	return string(b)
}

// reversed writes the record's members in the opposite order.
func reversed(s string) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &members); err != nil {
		panic(err)
	}
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Reverse(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, ", %s : %s", quote(name), members[name])
	}
	return "{" + b.String()[1:] + "}"
}

// More different records under one event ID and time than are compared: each stays
// a line, and copies that lie among them are not lost either.
func TestCrowdedEvent(t *testing.T) {
	for _, n := range []int{maxVariants - 1, maxVariants, maxVariants + 1, 100, 300} {
		var once, twice []string
		for i := range n {
			once = append(once, event("a", "note", fmt.Sprint(i)))
			twice = append(twice, event("b", "note", fmt.Sprint(i)), event("b", "note", fmt.Sprint(i)))
		}
		o := try(t, Config{}, evidence(t, map[string]string{"1.json": records(once...), "2.json": records(twice...), "3.json": event("c")}))
		o.everyPlace(t)
		count := map[string]int{}
		contents := map[string]bool{}
		for _, e := range o.entries {
			count[e.Ref.ID]++
			contents[string(e.Carried)] = true
		}
		if count["a"] != n || count["c"] != 1 || len(contents) != 2*n+1 {
			t.Errorf("%d records: %v lines, %d contents", n, count, len(contents))
		}
		if got := o.conflicts(); len(got) != 2 || len(got[0].events) != n {
			t.Errorf("%d records: %d conflicts", n, len(got))
		}
	}
}

// A record that carries an older copy's ID at many times.
func TestManyTimes(t *testing.T) {
	var files = map[string]string{}
	for i := range 150 {
		files[fmt.Sprintf("%03d.json", i)] = event("a", "eventTime", quote(fmt.Sprintf("2026-03-02T10:%02d:%02dZ", i/60, i%60)))
	}
	o := try(t, Config{}, evidence(t, files))
	o.everyPlace(t)
	if got := o.conflicts(); len(o.entries) != 150 || len(got) != 1 || len(got[0].events) != 150 {
		t.Errorf("%d lines, %d conflicts", len(o.entries), len(got))
	}
}

// The finding says which records differ, and has the first of them.
func TestConflictRecords(t *testing.T) {
	first, second := event("a"), event("a", "sourceIPAddress", `"203.0.113.9"`, "eventTime", at(30))
	got := try(t, Config{}, evidence(t, map[string]string{"1.json": records(event("0"), second), "2.json": records(first)})).conflicts()
	if len(got) != 1 || len(got[0].events) != 2 {
		t.Fatalf("got %+v", got)
	}
	f := got[0]
	if string(f.events[0].Raw) != first || string(f.events[1].Raw) != second {
		t.Errorf("records %q and %q", f.events[0].Raw, f.events[1].Raw)
	}
	if !slices.Equal(f.SourceIPs.Values, []string{"192.0.2.1", "203.0.113.9"}) || !f.First.Before(f.Last) {
		t.Errorf("head %+v", f.FindingHead)
	}
}

func TestCanonical(t *testing.T) {
	same := [][]string{
		{`{"a":1,"b":[true,null,"x"]}`, "{ \"b\" : [ true , null,\t\"x\" ],\n\"a\":1 }", `{"b":[true,null,"\u0078"],"a":1}`, `{"a":2,"b":[true,null,"x"],"a":1}`},
		{`{"a":"é😀/\n"}`, `{"\u0061":"\u00e9\ud83d\ude00\/\u000a"}`},
		{`{"a":"\ud800"}`}, {`{"a":"\udbff"}`}, {"{\"a\":\"\ufffd\"}"}, {"{\"a\":\"\xff\"}"}, {`{"a":1.0}`}, {`{"a":1}`}, {`{"a":"1"}`}, {`{"a":[1,2]}`}, {`{"a":[2,1]}`},
		{`{"a":{}}`}, {`{"a":[]}`}, {`{"a":null}`}, {`{}`}, {`{"a":""}`}, {`{"a":{"b":1}}`}, {`{"a":[{"b":1}]}`}, {`{"a":"\\u0041"}`}, {`{"a":"A"}`},
	}
	seen := map[string]int{}
	for i, group := range same {
		want := string(canonical([]byte(group[0])))
		for _, s := range group {
			if got := string(canonical([]byte(s))); got != want {
				t.Errorf("%s: %s, want %s", s, got, want)
			}
		}
		if j, ok := seen[want]; ok {
			t.Errorf("%s and %s are both %s", group[0], same[j][0], want)
		}
		seen[want] = i
		if again := string(canonical([]byte(want))); again != want {
			t.Errorf("canonical form of %s: %s", want, again)
		}
	}
}

// lookedUp is the event as LookupEvents gives it, and bridged as EventBridge does.
func lookedUp(event string) string { return `{"Events":[{"CloudTrailEvent":` + quote(event) + `}]}` }

func bridged(event string) string {
	return `{"detail-type":"AWS API Call via CloudTrail","detail":` + event + `}`
}

// The record that CloudTrail delivered is the line's, whichever was read first.
func TestBestRecordFirst(t *testing.T) {
	for _, files := range []map[string]string{
		{"1.json": bridged(event("a")), "2.json": lookedUp(event("a")), "3.json": records(event("0"), event("a"))},
		{"1.json": records(event("0"), event("a")), "2.json": bridged(event("a")), "3.json": lookedUp(event("a"))},
	} {
		o := try(t, Config{}, evidence(t, files))
		o.everyPlace(t)
		if e := o.entries[1]; len(o.entries) != 2 || e.Shape != "records" || e.Ref.Place.Index != 1 || e.Copies != 2 {
			t.Errorf("%d lines, the second %+v", len(o.entries), e)
		}
	}
}

// TestFilteredExport: an export all of whose records were made by one call says so, one
// whose records differ does not, and neither does a delivered object.
func TestFilteredExport(t *testing.T) {
	var alike, differing []string
	for i := range fewRecords {
		alike = append(alike, lookedUp(event(fmt.Sprint("a", i), "eventSource", quote(fmt.Sprint(i)))))
		differing = append(differing, lookedUp(event(fmt.Sprint("b", i), "eventName", quote(fmt.Sprint(i)), "eventSource", quote(fmt.Sprint(i)), "userIdentity", "null", "readOnly", "null")))
	}
	o := try(t, Config{}, evidence(t, map[string]string{
		"alike.json": strings.Join(alike, "\n"), "differing.json": strings.Join(differing, "\n"), "few.json": strings.Join(alike[1:], "\n"), "records.json": records(event("c")),
	}))
	for name, want := range map[string]string{
		"alike.json": "possibly filtered: all 5 records have the EventName", "differing.json": "", "few.json": "", "records.json": "",
	} {
		notes := strings.Join(o.object(t, name).Notes, "\n")
		if got := strings.Contains(notes, "possibly filtered"); got != (want != "") || !strings.Contains(notes, want) {
			t.Errorf("%s: %s", name, notes)
		}
		if got := strings.Contains(notes, "unsigned source: lookup-events, whose records are re-serialised"); got != (name != "records.json") {
			t.Errorf("%s: %s", name, notes)
		}
	}
}
