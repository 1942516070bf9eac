package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
)

// A callStory is a story of testdata/stories: calls in the everyday business of a company, and what must be said of them. Its lines
// are fields between tabs:
//
//	who	NAME	ADDRESS	USERIDENTITY	AGENT		(%s in the agent: the command)
//	TIME	NAME	SERVICE:CALL	REGION	ACCOUNT	ERRORCODE or -	TYPE/CATEGORY/read or write	IN	OUT	ADDITIONAL	SERVICE DETAILS
//	want	SEVERITY	DETECTOR			a finding with calls of the story, that grave or more
//	steps	N					so many calls that change something are in findings of medium or more
//	quiet	N					nothing of high or more, and no more of medium
type callStory struct {
	records []map[string]any
	writes  map[string]bool // event IDs
	want    [][2]string     // severity and detector
	steps   int
	quiet   int // -1: it is an intrusion
}

func readCalls(t *testing.T, name string) *callStory {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &callStory{writes: map[string]bool{}, quiet: -1}
	who := map[string][]string{}
	for i, line := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		f := strings.Split(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case f[0] == "who" && len(f) == 5:
			who[f[1]] = f[2:]
		case f[0] == "want" && len(f) == 3:
			s.want = append(s.want, [2]string(f[1:]))
		case f[0] == "steps" && len(f) == 2:
			s.steps, err = strconv.Atoi(f[1])
		case f[0] == "quiet" && len(f) == 2:
			s.quiet, err = strconv.Atoi(f[1])
		case len(f) >= 7 && who[f[1]] != nil:
			s.add(i, f, who[f[1]])
		default:
			t.Fatalf("%s:%d: %.60s", name, i+1, line)
		}
		if err != nil {
			t.Fatalf("%s:%d: %v", name, i+1, err)
		}
	}
	return s
}

// add makes the record of a call by somebody: address, identity and agent.
func (s *callStory) add(line int, f, who []string) {
	service, call, _ := strings.Cut(f[2], ":")
	kind := strings.Split(f[6], "/")
	id := fmt.Sprintf("5708e600-0000-4000-8000-%012d", line)
	r := map[string]any{
		"eventVersion": "1.11", "eventTime": f[0], "eventID": id, "eventSource": service + ".amazonaws.com", "eventName": call,
		"awsRegion": f[3], "recipientAccountId": f[4], "sourceIPAddress": who[0], "userIdentity": json.RawMessage(who[1]),
		"userAgent": strings.ReplaceAll(who[2], "%s", service+"."+call), "eventType": kind[0], "eventCategory": kind[1],
		"managementEvent": kind[1] == "Management", "readOnly": kind[2] == "read", "requestID": id, "requestParameters": nil, "responseElements": nil,
	}
	if f[5] != "-" {
		r["errorCode"] = f[5]
	}
	for i, name := range []string{"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"} {
		if len(f) > 7+i && f[7+i] != "null" {
			r[name] = json.RawMessage(f[7+i])
		}
	}
	s.writes[id] = kind[2] == "write"
	s.records = append(s.records, r)
}

// write puts the records beside the background, an object for each account and region.
func (s *callStory) write(t *testing.T, dir string) {
	t.Helper()
	files := map[string][]map[string]any{}
	for _, r := range s.records {
		day := strings.ReplaceAll(r["eventTime"].(string)[:10], "-", "/")
		name := fmt.Sprintf("AWSLogs/o-exampleorg1/%s/CloudTrail/%s/%s/%[1]s_CloudTrail_%s_%sT2359Z_storyAAAAAAAAAAA.json.gz", r["recipientAccountId"], r["awsRegion"], day, r["awsRegion"], strings.ReplaceAll(day, "/", ""))
		files[name] = append(files[name], r)
	}
	for name, records := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		if err := json.NewEncoder(z).Encode(map[string]any{"Records": records}); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// aFinding is what of a row of findings.jsonl is judged.
type aFinding struct {
	Detector string
	Severity detect.Severity
	Why      string
	Events   []struct{ ID string }
}

// TestCallStories: intrusions as they were published are found, each with what tells of it most, and what looks like them is not.
func TestCallStories(t *testing.T) {
	names, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	if testing.Short() {
		names = names[:4]
	}
	background := filepath.Join(t.TempDir(), "background")
	if _, err := fixtures.Write(background, fixtures.Config{Seed: 4242, Bytes: 4 << 20, Days: 14, Everyday: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			s := readCalls(t, name)
			dir := filepath.Join(t.TempDir(), "story")
			s.write(t, dir)
			c := &toldCase{T: t, dir: makeCase(t, analyzeCmd{reading: reading{Paths: []string{background, dir}, Workers: 2, Memory: 256 << 20}, Timeline: "none"})}
			all, _ := rowsOf[aFinding](c, "findings.jsonl")
			s.judge(t, all)
		})
	}
}

func (s *callStory) judge(t *testing.T, all []aFinding) {
	worst, seen, medium := map[string]detect.Severity{}, map[string]bool{}, 0
	for _, f := range all {
		mine := false
		for _, e := range f.Events {
			write, ok := s.writes[e.ID]
			mine = mine || ok
			if write && f.Severity >= detect.Medium {
				seen[e.ID] = true
			}
		}
		if !mine {
			continue
		}
		worst[f.Detector] = max(worst[f.Detector], f.Severity)
		if s.quiet >= 0 && f.Severity >= detect.High {
			t.Errorf("%s: %s: %s", f.Severity, f.Detector, f.Why)
		}
		if f.Severity == detect.Medium {
			medium++
		}
	}
	if s.quiet >= 0 && medium > s.quiet {
		t.Errorf("%d findings of medium: %v", medium, worst)
	}
	for _, w := range s.want {
		if at := slices.Index(detect.Severities[:], w[0]); at < 0 || worst[w[1]] < detect.Severity(at) {
			t.Errorf("no finding of %s that is %s", w[1], w[0])
		}
	}
	if len(seen) < s.steps {
		t.Errorf("%d calls in findings of medium or more, want %d", len(seen), s.steps)
	}
	if s.quiet < 0 && len(s.want) == 0 {
		t.Error("nothing is wanted of it")
	}
	t.Logf("%d calls that change something in findings of medium or more, %d findings of medium: %v", len(seen), medium, worst)
}
