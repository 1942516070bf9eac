package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Each line has what plaso's parser asks for, and nothing at which it would stop: see
// plaso/parsers/jsonl_plugins/aws_cloudtrail_log.py.
func TestExportPlaso(t *testing.T) {
	text, told := exportFile(t, exportStore(t), "plaso", nil)
	golden(t, "../export/plaso.jsonl", text)
	printable(t, text)
	for i, o := range objectsOf(t, text) {
		if _, err := time.Parse("2006-01-02 15:04:05.999999-07:00", o["EventTime"].(string)); err != nil {
			t.Error(err)
		}
		for _, r := range o["Resources"].([]any) {
			if _, ok := r.(map[string]any)["ResourceName"].(string); !ok {
				t.Errorf("line %d: %v", i, r)
			}
		}
		var record map[string]any
		if err := json.Unmarshal([]byte(o["CloudTrailEvent"].(string)), &record); err != nil {
			t.Error(err)
		}
		if _, ok := record["userIdentity"].(map[string]any); !ok || record["eventID"] != o["EventId"] {
			t.Errorf("line %d: %v", i, record)
		}
	}
	if len(told.Notes) != 1 || !strings.HasPrefix(told.Notes[0], "2 records have no userIdentity") {
		t.Errorf("%q", told.Notes)
	}
}

func TestWithIdentity(t *testing.T) {
	for record, want := range map[string]string{
		`{}`: `{"userIdentity":{}}`, `{"a":1}`: `{"a":1,"userIdentity":{}}`, `{"userIdentity":null}`: `{"userIdentity":null,"userIdentity":{}}`,
	} {
		if got := withIdentity([]byte(record)); hasIdentity([]byte(record)) || !hasIdentity(got) || string(got) != want {
			t.Errorf("%s: %s", record, got)
		}
	}
	for _, record := range []string{`{"userIdentity":"x"}`, `{"userIdentity":[]}`, `{"userIdentity":{},"userIdentity":1}`} {
		if hasIdentity([]byte(record)) {
			t.Errorf("%s has an identity", record)
		}
	}
}

// The first line is one that plaso reads whole, if there is one, and nothing is lost.
func TestPlasoFirstLine(t *testing.T) {
	short, long := "s\n", strings.Repeat("l", plasoFirst)+"\n"
	for _, c := range []struct {
		name, want string
		blocks     [][]string
		long       bool
	}{
		{"nothing", "", nil, false},
		{"short ones", short + short, [][]string{{short}, {short}}, false},
		{"long ones behind", short + long + long, [][]string{{short, long}, {long}}, false},
		{"long ones before", short + long + long + "t\n", [][]string{{long}, {long, short, "t\n"}}, false},
		{"long ones only", long + long, [][]string{{long}, {long}}, true},
		{"more than is held", strings.Repeat(long, 600) + short, [][]string{{strings.Repeat(long, 300)}, {strings.Repeat(long, 300)}, {short}}, true},
	} {
		var b bytes.Buffer
		p := plasoWriter{w: &b}
		for _, lines := range c.blocks {
			var l plasoLines
			for _, line := range lines {
				l.b = append(l.b, line...)
				l.ends = append(l.ends, len(l.b))
			}
			if err := p.add(&l); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.end(); err != nil || b.String() != c.want || p.long != c.long {
			t.Errorf("%s: %d bytes, not %d; %v, %v", c.name, b.Len(), len(c.want), p.long, err)
		}
	}
}
