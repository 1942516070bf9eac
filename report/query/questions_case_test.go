//go:build cgo

package query

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/fixtures"
)

var update = flag.Bool("update", false, "write the expected results anew")

// answer returns the columns' names of a query and its rows, as ask does.
func answer(t testing.TB, db *DB, sql string) (columns, lines []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	for _, c := range rows.Columns() {
		columns = append(columns, c.Name)
	}
	for rows.Next() {
		texts := make([]string, len(columns))
		for i, v := range rows.Values() {
			if texts[i] = Text(v); v == nil {
				texts[i] = "–"
			}
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return columns, lines
}

// questionEvidence is hand-made evidence in which every question finds something, and
// things beside that it must leave out: testdata/questions/evidence.jsonl, a record a
// line; and objects that repeat, contradict and damage some of it.
func questionEvidence(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/questions/evidence.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	records := strings.Split(strings.TrimSpace(string(b)), "\n")
	root := filepath.Join(t.TempDir(), "bucket")
	const dir = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/111122223333_CloudTrail_eu-west-1_2026030"
	writeObject(t, root, dir+"4T1000Z_aaaaaaaa.json", records...)
	writeObject(t, root, dir+"4T1005Z_bbbbbbbb.json", records[:3]...)
	i := slices.IndexFunc(records, func(r string) bool { return strings.Contains(r, `"StopLogging"`) })
	altered := strings.Replace(records[i], "user/mallory", "user/alice", 1)
	const odd = `{"eventTime":"2026-03-04T09:30:00Z","eventID":"odd","eventSource":"ec2.amazonaws.com","eventName":"DescribeImages","eventName":"RunInstances","userAgent":"` + "\xff" + `","recipientAccountId":"111122223333"}`
	writeObject(t, root, dir+"4T1010Z_cccccccc.json", altered, odd)
	writeObject(t, root, dir+"4T1015Z_dddddddd.json", `{"eventTime":"2026-03-04T09:31:00Z","eventID":"last","eventName":"GetUser"}`, `{"eventTime":`)
	return root
}

// What each question answers is as it was when somebody last read it: run with -update, and read
// what changed. The evidence has something for every question.
func TestQuestionAnswers(t *testing.T) {
	db := opened(t, analyzed(t, questionEvidence(t)))
	for _, q := range Questions {
		t.Run(q.Name, func(t *testing.T) {
			columns, lines := answer(t, db, bound(t, q))
			compare(t, q.Name, strings.Join(columns, "|")+"\n"+strings.Join(lines, "\n")+"\n")
			if len(lines) == 0 {
				t.Error("the evidence has nothing for it")
			}
			checkKey(t, q, columns, lines)
		})
	}
	files, err := filepath.Glob("testdata/questions/*.txt")
	if err != nil || len(files) != len(Questions) {
		t.Errorf("%d files of answers to %d questions, %v", len(files), len(Questions), err)
	}
}

// compare compares an answer with the one in its file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata/questions", name+".txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(golden); err != nil || string(b) != got {
		t.Errorf("%v\n%s\nwant\n%s", err, got, b)
	}
}

// checkKey checks that no two rows have the same key.
func checkKey(t *testing.T, q Question, columns, lines []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range lines {
		values := strings.Split(line, "|")
		if len(values) != len(columns) {
			continue // a value that has the separator in it
		}
		var key []string
		for _, k := range q.Key {
			i := slices.Index(columns, k)
			if i < 0 {
				t.Fatalf("%s: no column %s", q.Name, k)
			}
			key = append(key, values[i])
		}
		if s := strings.Join(key, "|"); seen[s] {
			t.Errorf("%s: two rows have the key %s", q.Name, s)
		} else {
			seen[s] = true
		}
	}
}

// A network of every address is one by whatever address it is called: EC2 takes it so.
func TestPublicSecurityGroupsByAnotherName(t *testing.T) {
	record := func(id, cidr string) string {
		return `{"eventTime":"2026-03-04T09:30:00Z","eventID":"` + id + `","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","recipientAccountId":"111122223333",` +
			`"requestParameters":{"groupId":"sg-` + id + `","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"` + cidr + `"}]}}]}}}`
	}
	root := t.TempDir()
	writeObject(t, root, "a.json", record("1", "203.0.113.9/0"), record("2", "203.0.113.9/32"), record("3", "::1/0"), record("4", "10.0.0.0/8"))
	question, _ := FindQuestion("public-security-groups")
	_, lines := answer(t, opened(t, analyzed(t, root)), bound(t, question))
	if all := strings.Join(lines, "\n"); len(lines) != 2 || !strings.Contains(lines[0], "|sg-1|tcp 22-22|") || !strings.Contains(lines[1], "|sg-3|tcp 22-22|") {
		t.Error(all)
	}
}

// Values of other types than CloudTrail's are no errors: one such record must not
// keep the rest from being found.
func TestQuestionsOnTwistedRecords(t *testing.T) {
	b, err := os.ReadFile("testdata/questions/evidence.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	for record := range strings.Lines(string(b)) {
		records = append(records, twisted(t, record)...)
	}
	db := opened(t, caseOf(t, records...))
	want(t, db, "SELECT count(*) FROM events", strconv.Itoa(len(records)))
	for _, q := range Questions {
		if _, err := ask(t, db, bound(t, q)); err != nil {
			t.Errorf("%s: %v", q.Name, err)
		}
	}
}

// twisted returns variants of a record whose request, response and other data, or their
// members, have values of other types.
func twisted(t *testing.T, record string) (variants []string) {
	t.Helper()
	for i, value := range []any{"x", "", []any{}, []any{1, "x", nil, map[string]any{}}, 5, -1e300, true, map[string]any{}, map[string]any{"items": "x"}} {
		for _, whole := range []bool{true, false} {
			var r map[string]any
			if err := json.Unmarshal([]byte(record), &r); err != nil {
				t.Fatal(err)
			}
			r["eventID"] = fmt.Sprintf("%v-%d-%t", r["eventID"], i, whole)
			for _, name := range []string{"requestParameters", "responseElements", "additionalEventData"} {
				members, ok := r[name].(map[string]any)
				if whole || !ok {
					r[name] = value
				}
				for k := range members {
					members[k] = value
				}
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			variants = append(variants, string(b))
		}
	}
	return variants
}

// On a case of some thousand events, whose incidents are known.
func TestQuestionsFindTheIncidents(t *testing.T) {
	root := filepath.Join(t.TempDir(), "bucket")
	truth, err := fixtures.Write(root, fixtures.Config{Seed: 1, Bytes: 8 << 20, Incidents: fixtures.AllIncidents()})
	if err != nil {
		t.Fatal(err)
	}
	db := opened(t, analyzed(t, root))
	answers := map[string]string{}
	found := 0
	for _, q := range Questions {
		columns, lines := answer(t, db, bound(t, q))
		checkKey(t, q, columns, lines)
		answers[q.Name] = strings.Join(lines, "\n")
		if len(lines) > 0 {
			found++
		}
		if again, err := ask(t, db, bound(t, q)); err != nil || !slices.Equal(again, lines) {
			t.Errorf("%s: the second answer differs, %v", q.Name, err)
		}
	}
	if found < 60 {
		t.Errorf("%d questions find something", found)
	}
	checkIncidents(t, db, truth, answers)
}

// checkIncidents compares answers with what the truth says.
func checkIncidents(t *testing.T, db *DB, truth *fixtures.Truth, answers map[string]string) {
	t.Helper()
	for _, in := range truth.Incidents {
		for _, key := range in.Credentials {
			q, _ := FindQuestion("events-of-key")
			sql, err := q.Bind(map[string]string{"key": key, "since": in.From.Format("2006-01-02T15:04:05Z"), "until": in.To.Format("2006-01-02")})
			if err != nil {
				t.Fatal(err)
			}
			if lines, err := ask(t, db, sql); err != nil || len(lines) == 0 {
				t.Errorf("%s: %d events of %s, %v", in.Name, len(lines), key, err)
			}
		}
		for _, a := range in.Persistence {
			name := map[string]string{"user": "identities-created", "role": "identities-created", "access-key": "access-keys-created",
				"login-profile": "passwords-set", "policy": "policy-changes", "function": "lambda-changes",
				"bucket-policy": "s3-exposure-changes", "bucket-acl": "s3-exposure-changes"}[a.Kind]
			if name == "" {
				continue
			}
			for _, part := range strings.Split(a.Name, ": ") { // a policy has the name of whom it is for before its own
				if !strings.Contains(answers[name], part) {
					t.Errorf("%s: %s does not tell of %s %s", in.Name, name, a.Kind, a.Name)
				}
			}
		}
		for _, d := range in.Data {
			name := map[string]string{"bucket": "s3-objects-read", "secret": "secrets-read", "parameters": "parameters-read"}[d.Kind]
			if !strings.Contains(answers[name], d.Name) {
				t.Errorf("%s: %s does not tell of %s %s", in.Name, name, d.Kind, d.Name)
			}
		}
	}
	if n := strings.Count(answers["conflicting-copies"], "\n") + 1; int64(n) != 2*truth.Counts.Conflicting {
		t.Errorf("%d lines of conflicting copies, %d records conflict", n, truth.Counts.Conflicting)
	}
}
