package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

func objectOf(t *testing.T, text string) map[string]any {
	t.Helper()
	printable(t, text)
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

var uuidForm = regexp.MustCompile(`^[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestExportSTIX(t *testing.T) {
	text, told := exportFile(t, exportStore(t), "stix", nil)
	golden(t, "../export/stix.json", text)
	kinds, ids := map[string]int{}, map[string]bool{}
	objects := objectOf(t, text)["objects"].([]any)
	for _, v := range objects {
		o := v.(map[string]any)
		id := o["id"].(string)
		if !uuidForm.MatchString(id) || ids[id] || !strings.HasPrefix(id, o["type"].(string)+"--") || o["spec_version"] != "2.1" {
			t.Errorf("%v", o)
		}
		ids[id] = true
		kinds[o["type"].(string)]++
	}
	for _, v := range objects { // nothing is referred to that is not there
		for name, ref := range v.(map[string]any) {
			refs, _ := ref.([]any)
			if strings.HasSuffix(name, "_ref") {
				refs = []any{ref}
			} else if !strings.HasSuffix(name, "_refs") {
				continue
			}
			for _, r := range refs {
				if !ids[r.(string)] {
					t.Errorf("%s: %v is not in the bundle", name, r)
				}
			}
		}
	}
	// Three findings, one of which has no value that may be referred to; a zone's address is none.
	want := map[string]int{"identity": 1, "observed-data": 3, "note": 3, "sighting": 5, "attack-pattern": 2, "ipv4-addr": 2, "ipv6-addr": 1, "user-account": 5, "indicator": 2, "relationship": 2}
	if !maps.Equal(kinds, want) {
		t.Errorf("%v, not %v", kinds, want)
	}
	if got := fmt.Sprintf("%q", told.Notes); got != `["3 findings; 1 suppressed are left out" "1 finding has more addresses, principals or keys than findings.jsonl names, and so the file"]` {
		t.Error(got)
	}
}

// What is said of a finding has another id where a filter leaves less of it to say; what was observed has the same.
func TestSTIXFiltered(t *testing.T) {
	ids := func(f *Filter) map[string]map[string]bool {
		text, _ := exportFile(t, exportStore(t), "stix", f)
		all := map[string]map[string]bool{}
		for _, v := range objectOf(t, text)["objects"].([]any) {
			o := v.(map[string]any)
			id, kind := o["id"].(string), o["type"].(string)
			if all[kind] == nil {
				all[kind] = map[string]bool{}
			}
			if all[kind][id] {
				t.Errorf("%s is there twice", id)
			}
			all[kind][id] = true
		}
		return all
	}
	whole, part := ids(nil), ids(exportFilter(t, Term{Flag: "event-id", Value: "x1"}))
	for kind, shared := range map[string]bool{"ipv4-addr": true, "attack-pattern": true, "identity": true, "note": false, "observed-data": false, "sighting": false} {
		if len(part[kind]) == 0 {
			t.Errorf("no %s is left", kind)
		}
		for id := range part[kind] {
			if whole[kind][id] != shared {
				t.Errorf("%s: in both %v", id, !shared)
			}
		}
	}
}

// The ids of observables are those that any other program makes: section 2.9 of STIX 2.1 leaves no choice.
func TestSTIXObservableIDs(t *testing.T) {
	got := output(t, "", "python3", "-c", `
import uuid
space = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
print("ipv4-addr--" + str(uuid.uuid5(space, '{"value":"203.0.113.9"}')))
print("user-account--" + str(uuid.uuid5(space, '{"user_id":"a\\"\\u0007\u00e4"}')))`)
	var b strings.Builder
	o := &stixWriter{jsonItems: jsonItems{w: &b}, known: map[string]bool{}}
	var ids string
	for _, i := range []indicator{{addressIndicator, "203.0.113.9"}, {principalIndicator, "a\"\aä"}} {
		id, err := o.observable(i)
		if err != nil {
			t.Fatal(err)
		}
		ids += id + "\n"
	}
	if ids != got {
		t.Errorf("%s, by Python %s", ids, got)
	}
}

// A rule's tags are the techniques of all its findings, not of the first one.
func TestSARIFTags(t *testing.T) {
	o := &sarifWriter{index: map[string]int{}}
	for _, techniques := range [][]string{nil, {"T1580"}, {"T1098.001", "x", "T1580"}} {
		o.rule(&findingLine{FindingHead: scan.FindingHead{Detector: "a"}, Techniques: techniques})
	}
	if want := []string{"external/attack/T1098.001", "external/attack/T1580"}; len(o.rules) != 1 || !slices.Equal(o.rules[0].Properties.Tags, want) {
		t.Errorf("%+v", o.rules)
	}
}

// An alarm for an address that networks use inside would ring everywhere.
func TestOnlyPublicAddressesAreDetected(t *testing.T) {
	line := &findingLine{FindingHead: scan.FindingHead{Severity: detect.Medium}}
	for value, want := range map[string]bool{
		"203.0.113.9": true, "2001:db8::9": true, "239.255.0.1": false, "10.0.0.1": false, "::ffff:10.0.0.1": false, "100.64.3.9": false, "253.9.9.9": false,
		"255.255.255.255": false, "0.0.0.0": false, "169.254.169.254": false, "fe80::1": false, "fd00::1": false, "::1": false,
	} {
		if got := new(alarms).detectable(indicator{addressIndicator, value}, line); got != want {
			t.Errorf("%s: for detection %v", value, got)
		}
	}
}

// What accuses nobody in the report rings no alarm elsewhere: contested records, what is suppressed, an owner's part of what a
// suspected credential did, what an examiner cleared.
func TestOnlyAccusedAddressesAreDetected(t *testing.T) {
	const at = "203.0.113.9"
	here, elsewhere := map[string]bool{at: true}, map[string]bool{"203.0.113.1": true, at: false}
	for _, c := range []struct {
		detector, suppressed string
		severity             detect.Severity
		alarms               alarms
		want                 bool
	}{
		{detector: "x", severity: detect.Medium, want: true},
		{detector: "x", severity: detect.Low},
		{detector: "x", severity: detect.Medium, suppressed: "known"},
		{detector: detect.ConflictingCopies, severity: detect.High},
		{detector: "x", severity: detect.High, alarms: alarms{suspect: here, incidents: elsewhere}, want: true},
		{detector: "x", severity: detect.High, alarms: alarms{suspect: elsewhere, incidents: here}},
		{detector: suspectActivity, severity: detect.Critical, want: true},
		{detector: suspectActivity, severity: detect.Critical, alarms: alarms{suspect: here, incidents: here}, want: true},
		{detector: suspectActivity, severity: detect.Critical, alarms: alarms{suspect: here, incidents: elsewhere}},
	} {
		line := &findingLine{FindingHead: scan.FindingHead{Severity: c.severity, Suppressed: c.suppressed}}
		line.Detector = c.detector
		if got := c.alarms.detectable(indicator{addressIndicator, at}, line); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// What alarms know is what the report and the incidents of a case say, judgements and all.
func TestAlarmsOfCase(t *testing.T) {
	dir, m := settled(t, 5, options)
	a, err := (&EventStore{dir: dir, label: "case"}).alarms()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range m.SourceIPs.Addresses {
		if addr, ok := plainAddress([]byte(row.Source)); ok && row.InFinding {
			if n++; !a.suspect[addr] {
				t.Errorf("%s is suspected", addr)
			}
		}
	}
	if n == 0 || len(a.suspect) != n {
		t.Errorf("%d addresses: %v", n, a.suspect)
	}
	lines := `{"status":"suspected","source_ips":[{"value":"203.0.113.9"}]}` + "\n" + `{"status":"responder","source_ips":[{"value":"203.0.113.9"},{"value":"2001:DB8::1"}]}` + "\n"
	for more, want := range map[string]map[string]bool{
		"": {"203.0.113.9": true, "2001:db8::1": false}, `{"status":"cleared","source_ips":[],"more_source_ips":1}` + "\n": nil,
	} {
		if err := os.WriteFile(filepath.Join(dir, incidentsFile), []byte(lines+more), 0o600); err != nil {
			t.Fatal(err)
		}
		a := &alarms{}
		if err := a.ofIncidents(dir); err != nil || !maps.Equal(a.incidents, want) || (a.incidents == nil) != (want == nil) {
			t.Errorf("%v, %v", a.incidents, err)
		}
	}
}

func TestExportMISP(t *testing.T) {
	text, told := exportFile(t, exportStore(t), "misp", nil)
	golden(t, "../export/misp.json", text)
	e := objectOf(t, text)["Event"].(map[string]any)
	alarms := map[string]bool{}
	for _, v := range e["Attribute"].([]any) {
		a := v.(map[string]any)
		alarms[a["value"].(string)] = a["to_ids"].(bool)
	}
	for value, want := range map[string]bool{"203.0.113.9": true, "2001:db8::9": true, "10.0.0.1": false, "arn:aws:iam::012345678901:user/alice": false, "AKIAIOSFODNN7EXAMPLE": false} {
		if got, ok := alarms[value]; got != want || !ok {
			t.Errorf("%s: for detection %v", value, got)
		}
	}
	if alarms["cloudtrail.amazonaws.com"] || e["published"] != false || e["threat_level_id"] != "1" || e["date"] != "2026-03-02" || e["timestamp"] != "1772445602" {
		t.Errorf("%v", e)
	}
	if len(told.Notes) != 1 || told.Notes[0] != "7 attributes of 3 findings; 1 suppressed are left out" {
		t.Errorf("%q", told.Notes)
	}
	judgedStore := exportStore(t)
	if _, err := AddJudgements(judgedStore.dir, judged(t, "a benign key AKIAIOSFODNN7EXAMPLE")); err != nil {
		t.Fatal(err)
	}
	text, _ = exportFile(t, judgedStore, "misp", nil)
	if info := objectOf(t, text)["Event"].(map[string]any)["info"].(string); !strings.HasSuffix(info, "judged by an examiner, at least in part") {
		t.Error(info)
	}
	if _, err := AddJudgements(judgedStore.dir, judged(t, "a benign finding f-1")); err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]string{"misp": "2 suppressed are left out", "stix": "2 findings; 2 suppressed", "sarif": judgedWrong} {
		if text, told := exportFile(t, judgedStore, format, nil); !strings.Contains(text+strings.Join(told.Notes, "\n"), want) {
			t.Errorf("%s: %q", format, told.Notes)
		}
	}
	none, _ := exportFile(t, exportStore(t), "misp", exportFilter(t, Term{Flag: "event-id", Value: "x4"}))
	if e := objectOf(t, none)["Event"].(map[string]any); len(e["Attribute"].([]any)) != 0 || e["date"] != "1970-01-01" {
		t.Errorf("%v", e)
	}
}

func TestExportSARIF(t *testing.T) {
	text, told := exportFile(t, exportStore(t), "sarif", nil)
	golden(t, "../export/sarif.json", text)
	run := objectOf(t, text)["runs"].([]any)[0].(map[string]any)
	rules := lookIn(run, "tool.driver.rules").([]any)
	var got []string
	for _, v := range run["results"].([]any) {
		r := v.(map[string]any)
		if rule := rules[int(r["ruleIndex"].(float64))].(map[string]any); rule["id"] != r["ruleId"] {
			t.Errorf("rule %v of %v", rule, r)
		}
		got = append(got, fmt.Sprint(r["level"], " ", len(r["locations"].([]any)), r["suppressions"] != nil))
		for _, l := range r["locations"].([]any) {
			if uri := lookIn(l.(map[string]any), "physicalLocation.artifactLocation.uri"); uri != "evidence/AWSLogs/a.json.gz" {
				t.Errorf("%v", uri)
			}
		}
	}
	if want := []string{"error 2 false", "note 1 false", "warning 1 false", "error 1 true"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if len(told.Notes) != 1 || told.Notes[0] != "4 results of 3 rules" {
		t.Errorf("%q", told.Notes)
	}
}

func TestObjectURI(t *testing.T) {
	for _, name := range append([]string{"a/b c", "http://x/y", "a:b/c", "/abs/x", "../up", ""}, hostile...) {
		u, err := url.Parse(objectURI(name))
		if err != nil || u.Scheme != "" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || strings.TrimPrefix(u.Path, "./") != name {
			t.Errorf("%q: %q, %v", name, objectURI(name), err)
		}
	}
}

// An address that is none is no indicator, and how many there are is told.
func TestIndicatorsMalformed(t *testing.T) {
	table := indicatorTable{alarms: &alarms{}}
	for _, v := range []string{"075.050.255.67", "075.050.255.67", "203.0.113.9", "cloudtrail.amazonaws.com", "203.0.113.9:443"} {
		line := &findingLine{}
		line.SourceIPs.Values = []string{v}
		table.add(line, &selectedFinding{})
	}
	if got := table.leftOut([]string{"x"}); len(table.all) != 1 || len(got) != 2 || got[1] != "2 malformed source addresses are left out" {
		t.Errorf("%+v %q", table.all, got)
	}
	if got := new(indicatorTable).leftOut(nil); got != nil {
		t.Errorf("%q", got)
	}
}
