package report

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// csvRows reads a file of CSV that must not break a line, nor begin a formula.
func csvRows(t *testing.T, text string) (header []string, rows []map[string]string) {
	t.Helper()
	printable(t, text)
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || strings.Count(text, "\n") != len(all) {
		t.Fatalf("%d rows: %v", len(all), err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			if cell != "" && startsFormula(cell) && !slices.Contains([]string{"-", "+00:00"}, cell) {
				t.Errorf("%s: %q", all[0][i], cell)
			}
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

func TestExportL2TCSV(t *testing.T) {
	text, _ := exportFile(t, exportStore(t), "l2tcsv", nil)
	golden(t, "../export/l2t.csv", text)
	header, rows := csvRows(t, text)
	if got := strings.Join(header, ","); got != "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra" {
		t.Error(got)
	}
	for _, r := range rows {
		if _, err := time.Parse("01/02/2006 15:04:05", r["date"]+" "+r["time"]); err != nil || r["timezone"] != "UTC" || r["version"] != "2" {
			t.Errorf("%v: %q", err, r)
		}
	}
	if r := rows[0]; r["user"] != "-" || r["short"] != "NoIdentity" || r["notes"] != "iam-key-for-other" || !strings.HasPrefix(r["extra"], "event_id: x0; event_source: s3.amazonaws.com; region: us-east-1") {
		t.Errorf("%q", r)
	}
}

func TestExportIRIS(t *testing.T) {
	text, _ := exportFile(t, exportStore(t), "dfir-iris", nil)
	golden(t, "../export/iris.csv", text)
	header, rows := csvRows(t, text)
	if got := strings.Join(header, ","); got != "event_date,event_tz,event_title,event_category,event_content,event_raw,event_source,event_assets,event_iocs,event_tags" {
		t.Error(got)
	}
	for _, r := range rows {
		if _, err := time.Parse("2006-01-02T15:04:05.000000", r["event_date"]); err != nil || r["event_title"] == "" || !json.Valid([]byte(r["event_raw"])) {
			t.Errorf("%v: %q", err, r)
		}
	}
}

// lookIn returns what stands at a path with dots; nil: nothing.
func lookIn(o map[string]any, path string) any {
	var v any = o
	for name := range strings.SplitSeq(path, ".") {
		inside, _ := v.(map[string]any)
		v = inside[name]
	}
	return v
}

func TestExportECS(t *testing.T) {
	text, _ := exportFile(t, exportStore(t), "ecs", nil)
	golden(t, "../export/ecs.ndjson", text)
	printable(t, text)
	all := objectsOf(t, text)
	records := exportRecords(t)
	for i := 0; i < len(all); i += 2 {
		if action, ok := all[i]["create"].(map[string]any); !ok || len(action) != 0 {
			t.Errorf("line %d is no action: %v", i, all[i])
		}
		doc := all[i+1]
		if when, err := time.Parse(time.RFC3339, doc["@timestamp"].(string)); err != nil || when.IsZero() || lookIn(doc, "ecs.version") != "8.11.0" {
			t.Errorf("line %d: %v", i, err)
		}
		if original := lookIn(doc, "event.original"); i != 6 && original != string(records[i/2]) { // that has bytes which are no text
			t.Errorf("line %d: %q", i, original)
		}
	}
	for where, want := range map[string]any{
		"event.outcome": "failure", "aws.cloudtrail.request_parameters": lookIn(all[3], "aws.cloudtrail.request_parameters"), "coldtrail.severity": "high",
		"cloud.account.id": "012345678901", "coldtrail.ordinal": 1.0, "source.ip": nil,
	} {
		if got := lookIn(all[3], where); got != want {
			t.Errorf("%s: %v, not %v", where, got, want)
		}
	}
}

func TestExportSplunk(t *testing.T) {
	text, _ := exportFile(t, exportStore(t), "splunk-hec", nil)
	golden(t, "../export/splunk.jsonl", text)
	printable(t, text)
	for i, o := range objectsOf(t, text) {
		if o["sourcetype"] != "aws:cloudtrail" || lookIn(o, "event.eventID") != "x"+string(rune('0'+i)) || lookIn(o, "fields.coldtrail_ordinal") != float64(i) {
			t.Errorf("line %d: %v", i, o)
		}
		for name, v := range o["fields"].(map[string]any) {
			if _, nested := v.(map[string]any); nested || v == nil {
				t.Errorf("line %d: field %s is %v", i, name, v)
			}
		}
	}
	if !strings.Contains(text, `"time":1772445604.500,`) || !strings.Contains(text, `"n":12345678901234567890,"z":1.50`) {
		t.Error("a time or a number is not as it was")
	}
}

func TestAppendSeconds(t *testing.T) {
	for micros, want := range map[int64]string{0: "0.000", 1_500_000: "1.500", 1_000_999: "1.000", -1_500_000: "-1.500"} {
		if got := string(appendSeconds(nil, micros)); got != want {
			t.Errorf("%d: %s", micros, got)
		}
	}
}

func TestActionOf(t *testing.T) {
	for name, want := range map[string]action{
		"CreateUser": actionCreates, "BatchGetItem": actionReads, "Batch": actionOther, "BatchMeterUsage": actionOther, "DeleteTrail": actionRemoves, "": actionOther,
		"GetObject": actionReads, "PutObject": actionChanges, "get": actionOther, "ÄGet": actionOther, "RunInstances": actionCreates, "AssumeRole": actionOther,
	} {
		if got := actionOf(name); got != want {
			t.Errorf("%q: %d, not %d", name, got, want)
		}
	}
}

// What a record says of itself counts for more than the call's name: InvokeModel changes nothing.
func TestActionAgreesWithTheRecord(t *testing.T) {
	for _, c := range []struct {
		name, readOnly string
		want           action
	}{
		{"InvokeModel", "true", actionOther}, {"GenerateDataKey", "TRUE", actionOther}, {"DeleteTrail", "true", actionOther}, {"GetFederationToken", "false", actionOther},
		{"GetObject", "true", actionReads}, {"PutObject", "false", actionChanges}, {"GetObject", "", actionReads}, {"PutObject", "", actionChanges}, {"AssumeRole", "true", actionOther},
	} {
		if got := actionOf(c.name).unless(c.readOnly); got != c.want {
			t.Errorf("%s, read-only %q: %d, not %d", c.name, c.readOnly, got, c.want)
		}
	}
}

// Who called is a service only where its name says so.
func TestSourceWords(t *testing.T) {
	for text, want := range map[string][3]string{
		"203.0.113.9": {}, "2001:db8::9": {}, "": {},
		"config.amazonaws.com": {"config.amazonaws.com", "config.amazonaws.com", ""},
		"AWS Internal":         {"", "AWS Internal", ""},
		"AWS Internal/3":       {"", "AWS Internal/3", ""},
		"225.01.00.16":         {"", "", "225.01.00.16"},
		"203.0.113.9:443":      {"", "", "203.0.113.9:443"},
		"fe80::1%eth0":         {"", "", "fe80::1%eth0"},
		"who knows":            {"", "", "who knows"},
	} {
		if domain, service, name := sourceWords(text); [3]string{domain, service, name} != want {
			t.Errorf("%q: domain %q, service %q, name %q", text, domain, service, name)
		}
	}
}

func TestExportOCSF(t *testing.T) {
	for _, version := range []string{"1.5.0", "1.1.0"} {
		format := map[string]string{"1.5.0": "ocsf", "1.1.0": "ocsf-1.1.0"}[version]
		text, _ := exportFile(t, exportStore(t), format, nil)
		golden(t, "../export/"+format+".jsonl", text)
		printable(t, text)
		for i, o := range objectsOf(t, text) {
			if o["type_uid"] != o["class_uid"].(float64)*100+o["activity_id"].(float64) || lookIn(o, "metadata.version") != version {
				t.Errorf("line %d: %v", i, o)
			}
			for _, name := range []string{"activity_id", "actor", "api", "category_uid", "class_uid", "cloud", "metadata", "severity_id", "src_endpoint", "time"} {
				if o[name] == nil {
					t.Errorf("line %d: no %s", i, name)
				}
			}
		}
	}
}
