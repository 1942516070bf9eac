//go:build cgo

package serve

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An answered question is what query.py prints.
type answered struct {
	State, Reason string
	Header        []string
	Rows          [][]*string
	Types         []string
	CSV           string
	Listed        bool
	Total         int
}

// lines returns the rows as text, sorted.
func (a *answered) lines() (lines []string) {
	for _, row := range a.Rows {
		var values []string
		for _, v := range row {
			if v == nil {
				values = append(values, "NULL")
			} else {
				values = append(values, *v)
			}
		}
		lines = append(lines, strings.Join(values, "|"))
	}
	slices.Sort(lines)
	return lines
}

type asking struct {
	SQL        string   `json:"sql"`
	PageSize   int      `json:"pageSize"`
	Parameters []string `json:"parameters,omitempty"`
}

// orNull is how a row has a member of a record that may be missing.
func orNull(e rawEvent, name string) string {
	if s, ok := e[name].(string); ok {
		return s
	}
	return "NULL"
}

// boto3 asks Athena and Lake: the answers are those that the records give, over all pages, and so is the file in S3.
func TestClientSQL(t *testing.T) {
	py, a := python(t), makeArchive(t)
	base := startServer(t, testServer(t, Config{Cases: []Case{{"c", a.kase}}}))
	asked := struct {
		Athena []asking `json:"athena"`
		Lake   []asking `json:"lake"`
	}{
		[]asking{
			{SQL: "SELECT eventName, count(*) AS Total FROM cloudtrail_logs_my_bucket GROUP BY eventname", PageSize: 1000},
			{SQL: "SELECT eventid, eventtime, errorcode FROM security.cloudtrail_logs WHERE eventid IS NOT NULL", PageSize: 10},
			{SQL: "SELECT eventid FROM cloudtrail WHERE eventname = ? AND region = ?", PageSize: 1000, Parameters: []string{"'DescribeInstances'", "'us-east-1'"}},
			{SQL: "SELECT nothing FROM cloudtrail_logs", PageSize: 1000},
			{SQL: "SELECT * FROM read_csv('/etc/passwd')", PageSize: 1000},
		},
		[]asking{
			{SQL: "SELECT eventName, userIdentity.principalId, errorCode, readOnly FROM " + someStore + " WHERE eventID IS NOT NULL", PageSize: 100},
			{SQL: "SELECT count(*) FROM $EDS_ID WHERE element_at(requestParameters, 'userName') = 'svc-reporting'", PageSize: 1000},
			{SQL: "SELECT nothing FROM " + someStore, PageSize: 1000},
		},
	}
	in, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Athena, Lake []answered }
	client{t, base, "all"}.decode(&got, string(in), py, "testdata/query.py")

	counts := map[string]int{}
	var errors, described, all []string
	named := 0
	for _, e := range a.events {
		counts[e.text("eventName")]++
		identity, _ := e["userIdentity"].(map[string]any)
		if e.id() != "" {
			errors = append(errors, e.id()+"|"+e.text("eventTime")+"|"+orNull(e, "errorCode"))
			readOnly := "NULL"
			if v, ok := e["readOnly"].(bool); ok {
				readOnly = strconv.FormatBool(v)
			}
			all = append(all, strings.Join([]string{e.text("eventName"), orNull(rawEvent(identity), "principalId"), orNull(e, "errorCode"), readOnly}, "|"))
		}
		if e.text("eventName") == "DescribeInstances" && e.text("awsRegion") == "us-east-1" {
			described = append(described, e.id())
		}
		if request, _ := e["requestParameters"].(map[string]any); request["userName"] == "svc-reporting" {
			named++
		}
	}
	var totals []string
	for name, n := range counts {
		totals = append(totals, name+"|"+strconv.Itoa(n))
	}
	for i, want := range []struct {
		header, types string
		lines         []string
	}{
		{"[eventname total]", "[varchar bigint]", totals},
		{"[eventid eventtime errorcode]", "[varchar varchar varchar]", errors},
		{"[eventid]", "[varchar]", described},
	} {
		g := &got.Athena[i]
		slices.Sort(want.lines)
		if g.State != "SUCCEEDED" || fmt.Sprint(g.Header) != want.header || fmt.Sprint(g.Types) != want.types || !g.Listed {
			t.Errorf("%s: %s %s %s %s, listed: %t", asked.Athena[i].SQL, g.State, g.Reason, g.Header, g.Types, g.Listed)
		}
		if lines := g.lines(); !slices.Equal(lines, want.lines) || len(lines) == 0 {
			t.Errorf("%s: %d rows, want %d", asked.Athena[i].SQL, len(lines), len(want.lines))
		}
		if n := strings.Count(g.CSV, "\n"); n != len(want.lines)+1 {
			t.Errorf("%s: %d lines of CSV: %.100s", asked.Athena[i].SQL, n, g.CSV)
		}
	}
	for i, reason := range map[int]string{3: "SYNTAX_ERROR: ", 4: "NOT_SUPPORTED: "} {
		if g := &got.Athena[i]; g.State != "FAILED" || !strings.Contains(g.Reason, reason) || strings.Contains(g.Reason, "root:") {
			t.Errorf("%s: %s %s", asked.Athena[i].SQL, g.State, g.Reason)
		}
	}
	slices.Sort(all)
	if g := &got.Lake[0]; g.State != "FINISHED" || fmt.Sprint(g.Header) != "[eventName principalId errorCode readOnly]" || !slices.Equal(g.lines(), all) || g.Total != len(all) {
		t.Errorf("%s %s %s: %d rows, want %d", g.State, g.Reason, g.Header, len(g.Rows), len(all))
	}
	if g := &got.Lake[1]; named == 0 || fmt.Sprint(g.lines()) != fmt.Sprintf("[%d]", named) || fmt.Sprint(g.Header) != "[_col0]" {
		t.Errorf("%s %s %s: %v, want %d", g.State, g.Reason, g.Header, g.lines(), named)
	}
	if g := &got.Lake[2]; g.State != "FAILED" || !strings.Contains(g.Reason, "nothing") {
		t.Errorf("%s %s", g.State, g.Reason)
	}
}

// The AWS CLI asks Athena, and fetches the result from S3.
func TestCLISQL(t *testing.T) {
	aws := awsCLI(t)
	c := client{t, startServer(t, testServer(t, Config{})), "us-east-1"}
	id := strings.TrimSpace(c.must("", aws, "athena", "start-query-execution", "--query-string", "SELECT eventid, errorcode FROM cloudtrail_logs ORDER BY 1",
		"--result-configuration", "OutputLocation=s3://results-here/x/", "--query", "QueryExecutionId", "--output", "text"))
	state := "QUEUED"
	for state == "QUEUED" || state == "RUNNING" {
		state = strings.TrimSpace(c.must("", aws, "athena", "get-query-execution", "--query-execution-id", id, "--query", "QueryExecution.Status.State", "--output", "text"))
	}
	if state != "SUCCEEDED" {
		t.Fatal(state)
	}
	if out := c.must("", aws, "athena", "get-query-results", "--query-execution-id", id, "--query", "ResultSet.Rows[].Data[0].VarCharValue", "--output", "text"); out != "eventid\te1\te2\te3\n" {
		t.Errorf("%q", out)
	}
	file := filepath.Join(t.TempDir(), "result.csv")
	c.must("", aws, "s3", "cp", "s3://results-here/x/"+id+".csv", file, "--only-show-errors")
	if b, err := os.ReadFile(file); err != nil || string(b) != "\"eventid\",\"errorcode\"\n\"e1\",\n\"e2\",\n\"e3\",\n" {
		t.Errorf("%q, %v", b, err)
	}
}

// A hostile query gets nothing of this machine, and the case is unharmed.
func TestHostileQueries(t *testing.T) {
	s := testServer(t, Config{})
	dir := s.cases[0].dir
	before := tree(t, dir)
	base := startServer(t, s)
	a := asker{t, base, athenaTarget, ""}
	secret := filepath.Join(t.TempDir(), "secret.csv")
	put(t, filepath.Dir(secret), "secret.csv", "the,secret\n1,2\n")
	out := filepath.Join(t.TempDir(), "out.csv")
	for _, sql := range []string{
		"SELECT * FROM '" + secret + "'",
		"SELECT * FROM read_csv('" + secret + "')",
		"SELECT * FROM read_text('/etc/passwd')",
		"SELECT * FROM glob('/*')",
		"SELECT getenv('HOME')",
		"COPY (SELECT 1) TO '" + out + "'",
		"COPY cloudtrail_logs TO '" + out + "'",
		"EXPORT DATABASE '" + filepath.Dir(out) + "'",
		"ATTACH '" + out + "' AS other",
		"INSTALL httpfs", "LOAD httpfs",
		"PRAGMA database_list", "SET memory_limit = '100GB'", "SET enable_external_access = true", "RESET ALL", "CALL pragma_version()",
		"CREATE TABLE x AS SELECT * FROM read_csv('" + secret + "')",
		"DROP VIEW cloudtrail_logs", "DELETE FROM events", "UPDATE events SET eventid = ''", "VACUUM", "CHECKPOINT",
		"SELECT * FROM read_parquet('" + filepath.Join(dir, "..", "*") + "')",
		"SELECT * FROM duckdb_secrets()",
	} {
		b, _ := json.Marshal(sql)
		status, out := a.call("StartQueryExecution", `{"QueryString":`+string(b)+`}`)
		if status == 400 && out["__type"] == "InvalidRequestException" {
			continue
		}
		e := a.ended(out["QueryExecutionId"].(string))
		if state := at(e, "Status", "State"); state != "FAILED" {
			t.Errorf("%s: %s", sql, state)
		}
		if reason, _ := at(e, "Status", "StateChangeReason").(string); strings.Contains(reason, "root:") || strings.Contains(reason, "the,secret") {
			t.Errorf("%s: %s", sql, reason)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
	if after := tree(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the case was changed")
	}
	if e := a.ended(a.start("SELECT count(*) FROM cloudtrail_logs", "")); at(e, "Status", "State") != "SUCCEEDED" {
		t.Errorf("%v", e)
	}
}

// A query that would take everything takes its memory and its time, and is stopped by its client.
func TestGreedyQueries(t *testing.T) {
	s := testServer(t, Config{})
	s.cfg.Options.Memory = 64 << 20
	a := asker{t, startServer(t, s), athenaTarget, ""}
	e := a.ended(a.start("SELECT cardinality(array_agg(x || 'some more text for each')) FROM UNNEST(sequence(1, 10000)) AS t(x) CROSS JOIN UNNEST(sequence(1, 1000)) AS u(y)", ""))
	if reason, _ := at(e, "Status", "StateChangeReason").(string); !strings.HasPrefix(reason, "EXCEEDED_MEMORY_LIMIT: ") {
		t.Errorf("%v", e["Status"])
	}
	const endless = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE x * y * z = -7"
	id := a.start(endless, "")
	for state := any("QUEUED"); state != "RUNNING"; {
		if state = at(a.ok("GetQueryExecution", `{"QueryExecutionId":"`+id+`"}`), "QueryExecution", "Status", "State"); state == "FAILED" || state == "SUCCEEDED" {
			t.Fatalf("%v", a.ended(id)["Status"])
		}
	}
	a.ok("StopQueryExecution", `{"QueryExecutionId":"`+id+`"}`)
	if e := a.ended(id); at(e, "Status", "State") != "CANCELLED" {
		t.Errorf("%v", e["Status"])
	}
	s.cases[0].runs.timeout = 50_000_000
	if e := a.ended(a.start(endless, "")); !strings.HasPrefix(at(e, "Status", "StateChangeReason").(string), "Query timeout: ") {
		t.Errorf("%v", e["Status"])
	}
	if e := a.ended(a.start("SELECT count(*) FROM cloudtrail_logs", "")); at(e, "Status", "State") != "SUCCEEDED" && at(e, "Status", "State") != "FAILED" {
		t.Errorf("%v", e["Status"])
	}
}
