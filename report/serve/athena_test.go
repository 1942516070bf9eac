package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/report/query"
)

// start starts a query and returns its ID.
func (a asker) start(sql, more string) string {
	a.Helper()
	b, _ := json.Marshal(sql)
	return a.ok("StartQueryExecution", `{"QueryString":`+string(b)+more+`}`)["QueryExecutionId"].(string)
}

// ended waits for a query of Athena's and returns its description.
func (a asker) ended(id string) map[string]any {
	a.Helper()
	for {
		e := a.ok("GetQueryExecution", `{"QueryExecutionId":"`+id+`"}`)["QueryExecution"].(map[string]any)
		if state := at(e, "Status", "State"); state != "QUEUED" && state != "RUNNING" {
			return e
		}
	}
}

// at returns what lies at a path of an answer.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func TestAthena(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, athenaTarget, ""}
	id := a.start("SELECT the value", `,"ResultConfiguration":{"OutputLocation":"s3://my-results/some/where"},"QueryExecutionContext":{"Database":"security"},"WorkGroup":"ir"`)
	e := a.ended(id)
	for path, want := range map[string]any{
		"QueryExecutionId": id, "Query": "SELECT the value", "StatementType": "DML", "WorkGroup": "ir", "Status.State": "SUCCEEDED",
		"ResultConfiguration.OutputLocation": "s3://my-results/some/where/" + id + ".csv", "QueryExecutionContext.Database": "security",
		"Status.StateChangeReason": "a note", "EngineVersion.EffectiveEngineVersion": "Athena engine version 3",
	} {
		var keys []any
		for k := range strings.SplitSeq(path, ".") {
			keys = append(keys, k)
		}
		if got := at(e, keys...); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	out := a.ok("GetQueryResults", `{"QueryExecutionId":"`+id+`"}`)
	if got, want := fmt.Sprint(at(out, "ResultSet", "Rows")), "[map[Data:[map[VarCharValue:v]]] map[Data:[map[VarCharValue:the value]]]]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	info := at(out, "ResultSet", "ResultSetMetadata", "ColumnInfo", 0).(map[string]any)
	if info["Name"] != "v" || info["Type"] != "varchar" || info["Precision"] != 2147483647.0 || info["CatalogName"] != "hive" || info["Nullable"] != "UNKNOWN" || info["CaseSensitive"] != true {
		t.Errorf("%v", info)
	}
	f := fetcher{t, base}
	if res, body := f.get("/my-results/some/where/" + id + ".csv"); res.StatusCode != 200 || body != "\"v\"\n\"the value\"\n" {
		t.Errorf("%s %q", res.Status, body)
	}
	if page := f.list("my-results", url.Values{"prefix": {"some/"}}); fmt.Sprint(page.lines()) != "[some/where/"+id+".csv]" || page.Contents[0].Size != 16 {
		t.Errorf("%+v", page)
	}
	f.refused("/my-results/some/where/"+strings.Replace(id, "0", "1", 1)+".csv", 404, "NoSuchKey")
	f.refused("/my-results/"+id+".csv", 404, "NoSuchKey")
}

func TestAthenaPages(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, athenaTarget, ""}
	id := a.start("VALUES 2500", "")
	a.ended(id)
	for _, size := range []int{0, 1000, 999, 7} {
		next, pages, rows := "", 0, 0
		for {
			body := fmt.Sprintf(`{"QueryExecutionId":%q`, id)
			if size > 0 {
				body += fmt.Sprintf(`,"MaxResults":%d`, size)
			}
			if next != "" {
				body += fmt.Sprintf(`,"NextToken":%q`, next)
			}
			out := a.ok("GetQueryResults", body+"}")
			page := at(out, "ResultSet", "Rows").([]any)
			if most := size; size > 0 && len(page) > most || len(page) > 1000 {
				t.Errorf("%d rows in a page of %d", len(page), size)
			}
			for i, row := range page {
				want, null := fmt.Sprint(rows-1), 0
				if rows == 0 {
					want, null = "n", 1 // the header, on the first page only
				}
				if at(row, "Data", 0, "VarCharValue") != want || len(at(row, "Data", 1).(map[string]any)) != null {
					t.Fatalf("page %d, row %d: %v, want %s", pages, i, row, want)
				}
				rows++
			}
			pages++
			var more bool
			if next, more = out["NextToken"].(string); !more {
				break
			}
			if size == 7 && pages == 20 {
				rows = 2501
				break
			}
		}
		if rows != 2501 {
			t.Errorf("%d at once: %d rows", size, rows)
		}
	}
	other := a.start("VALUES 5000", "")
	a.ended(other)
	token := a.ok("GetQueryResults", `{"QueryExecutionId":"`+other+`"}`)["NextToken"].(string)
	for _, body := range []string{
		`"MaxResults":0`, `"MaxResults":1001`, `"NextToken":"x"`, `"NextToken":"` + token + `"`,
	} {
		a.fails("GetQueryResults", `{"QueryExecutionId":"`+id+`",`+body+`}`, "InvalidRequestException")
	}
}

// The result of anything but DML has no header, and another form in S3.
func TestAthenaUtility(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, athenaTarget, ""}
	id := a.start("EXPLAIN x", "")
	e := a.ended(id)
	if e["StatementType"] != "UTILITY" || at(e, "ResultConfiguration", "OutputLocation") != "s3://coldtrail-results/"+id+".txt" {
		t.Errorf("%v", e)
	}
	out := a.ok("GetQueryResults", `{"QueryExecutionId":"`+id+`"}`)
	if got := fmt.Sprint(at(out, "ResultSet", "Rows")); got != "[map[Data:[map[VarCharValue:a] map[]]] map[Data:[map[VarCharValue:b] map[VarCharValue:2]]]]" {
		t.Error(got)
	}
	f := fetcher{t, base}
	res, body := f.get("/coldtrail-results/" + id + ".txt")
	if res.StatusCode != 200 || body != "a\t\nb\t2\n" {
		t.Errorf("%s %q", res.Status, body)
	}
	id = a.start("CREATE TABLE x AS SELECT 1", "")
	if e := a.ended(id); e["StatementType"] != "DDL" || at(e, "Status", "State") != "SUCCEEDED" {
		t.Errorf("%v", e)
	}
	if out := a.ok("GetQueryResults", `{"QueryExecutionId":"`+id+`"}`); len(at(out, "ResultSet", "Rows").([]any)) != 0 {
		t.Errorf("%v", out)
	}
}

func TestAthenaFailures(t *testing.T) {
	s, base := fakeServer(t, nil)
	a := asker{t, base, athenaTarget, ""}
	e := a.ended(a.start("nonsense", ""))
	if at(e, "Status", "State") != "FAILED" || at(e, "Status", "StateChangeReason") != "SYNTAX_ERROR: line 1:1: what is nonsense?" || at(e, "Status", "AthenaError", "ErrorCategory") != 2.0 {
		t.Errorf("%v", e)
	}
	a.fails("GetQueryResults", fmt.Sprintf(`{"QueryExecutionId":%q}`, e["QueryExecutionId"]), "InvalidRequestException")
	id := a.start("SELECT forever", "")
	a.fails("GetQueryResults", fmt.Sprintf(`{"QueryExecutionId":%q}`, id), "InvalidRequestException")
	a.ok("StopQueryExecution", fmt.Sprintf(`{"QueryExecutionId":%q}`, id))
	if e := a.ended(id); at(e, "Status", "State") != "CANCELLED" {
		t.Errorf("%v", e)
	}
	s.cases[0].runs.timeout = time.Millisecond
	if e := a.ended(a.start("SELECT forever", "")); at(e, "Status", "State") != "FAILED" || !strings.HasPrefix(at(e, "Status", "StateChangeReason").(string), "Query timeout: ") {
		t.Errorf("%v", e)
	}
	for _, operation := range []string{"GetQueryExecution", "GetQueryResults", "StopQueryExecution"} {
		a.fails(operation, `{"QueryExecutionId":"00000000-0000-0000-0000-000000000000"}`, "InvalidRequestException")
		a.fails(operation, `{}`, "InvalidRequestException")
	}
	for _, body := range []string{
		`{}`, `{"QueryString":""}`, `{"QueryString":" \n "}`, `{"QueryString":"SELECT 1; SELECT 2"}`, `{"QueryString":"` + strings.Repeat("x", maxAthenaQuery+1) + `"}`,
		`{"QueryString":"SELECT 1","WorkGroup":"a b"}`, `{"QueryString":"SELECT 1","ExecutionParameters":["1"]}`, `{"QueryString":"SELECT ?","ExecutionParameters":["1","2"]}`,
		`{"QueryString":"SELECT ?","ExecutionParameters":["1; DROP"]}`,
		`{"QueryString":"SELECT 1","ResultConfiguration":{"OutputLocation":"/etc"}}`, `{"QueryString":"SELECT 1","ResultConfiguration":{"OutputLocation":"s3://"}}`,
		`{"QueryString":"SELECT 1","ResultConfiguration":{"OutputLocation":"s3://../x"}}`, `{"QueryString":"SELECT 1","ResultConfiguration":{"OutputLocation":"file:///etc/"}}`,
	} {
		a.fails("StartQueryExecution", body, "InvalidRequestException")
	}
	s.cases[0].runs.ready = func(context.Context) error { return query.ErrNoSQL }
	a.fails("StartQueryExecution", `{"QueryString":"SELECT 1"}`, "InvalidRequestException")
}

func TestAthenaQueue(t *testing.T) {
	s, base := fakeServer(t, nil)
	s.cases[0].runs.runLimits.waiting = 3
	a := asker{t, base, athenaTarget, ""}
	var ids []string
	for {
		status, out := a.call("StartQueryExecution", `{"QueryString":"SELECT forever"}`)
		if status != http.StatusOK {
			if status != http.StatusBadRequest || out["__type"] != "TooManyRequestsException" {
				t.Errorf("%d %v", status, out)
			}
			break
		}
		if ids = append(ids, out["QueryExecutionId"].(string)); len(ids) > 10 {
			t.Fatal("no limit")
		}
	}
	batch, _ := json.Marshal(append(ids, "unknown"))
	out := a.ok("BatchGetQueryExecution", `{"QueryExecutionIds":`+string(batch)+`}`)
	states := map[any]int{}
	for _, e := range out["QueryExecutions"].([]any) {
		states[at(e, "Status", "State")]++
	}
	if states["RUNNING"] != 2 || states["QUEUED"] != len(ids)-2 || at(out, "UnprocessedQueryExecutionIds", 0, "QueryExecutionId") != "unknown" {
		t.Errorf("%v %v", states, out["UnprocessedQueryExecutionIds"])
	}
	list := a.ok("ListQueryExecutions", `{"MaxResults":2}`)
	if at(list, "QueryExecutionIds", 0) != ids[len(ids)-1] || len(list["QueryExecutionIds"].([]any)) != 2 {
		t.Errorf("%v", list)
	}
	list = a.ok("ListQueryExecutions", fmt.Sprintf(`{"MaxResults":50,"NextToken":%q}`, list["NextToken"]))
	if len(list["QueryExecutionIds"].([]any)) != len(ids)-2 || list["NextToken"] != nil {
		t.Errorf("%v", list)
	}
	if list := a.ok("ListQueryExecutions", `{"WorkGroup":"other"}`); len(list["QueryExecutionIds"].([]any)) != 0 {
		t.Errorf("%v", list)
	}
	for _, body := range []string{`{"MaxResults":51}`, `{"MaxResults":-1}`, `{"NextToken":"x"}`} {
		a.fails("ListQueryExecutions", body, "InvalidRequestException")
	}
	a.fails("BatchGetQueryExecution", `{"QueryExecutionIds":[]}`, "InvalidRequestException")
}

// A client that repeats its request gets the same query.
func TestAthenaTokens(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, athenaTarget, ""}
	one := a.start("SELECT 1", `,"ClientRequestToken":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`)
	if again := a.start("SELECT 1", `,"ClientRequestToken":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`); again != one {
		t.Errorf("%s, then %s", one, again)
	}
	if other := a.start("SELECT 1", `,"ClientRequestToken":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"`); other == one {
		t.Error("another token, the same query")
	}
	a.fails("StartQueryExecution", `{"QueryString":"SELECT 2","ClientRequestToken":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`, "InvalidRequestException")
	one = a.start("SELECT ?", `,"ClientRequestToken":"cccccccccccccccccccccccccccccccc","ExecutionParameters":["1"]`)
	if again := a.start("SELECT ?", `,"ClientRequestToken":"cccccccccccccccccccccccccccccccc","ExecutionParameters":["1"]`); again != one {
		t.Errorf("%s, then %s", one, again)
	}
	for _, other := range []string{`"ExecutionParameters":["2"]`, `"ExecutionParameters":["1"],"WorkGroup":"x"`, `"ExecutionParameters":["1"],"ResultConfiguration":{"OutputLocation":"s3://elsewhere/"}`} {
		a.fails("StartQueryExecution", `{"QueryString":"SELECT ?","ClientRequestToken":"cccccccccccccccccccccccccccccccc",`+other+`}`, "InvalidRequestException")
	}
}

func TestAthenaMetadata(t *testing.T) {
	_, base := fakeServer(t, nil)
	a := asker{t, base, athenaTarget, ""}
	for _, tt := range []struct {
		operation, body string
		path            []any
		want            any
	}{
		{"ListWorkGroups", "{}", []any{"WorkGroups", 0, "Name"}, "primary"},
		{"GetWorkGroup", `{"WorkGroup":"ir"}`, []any{"WorkGroup", "Configuration", "ResultConfiguration", "OutputLocation"}, "s3://coldtrail-results/"},
		{"ListDataCatalogs", "{}", []any{"DataCatalogsSummary", 0, "CatalogName"}, "AwsDataCatalog"},
		{"GetDataCatalog", `{"Name":"awsdatacatalog"}`, []any{"DataCatalog", "Type"}, "GLUE"},
		{"ListDatabases", `{"CatalogName":"AwsDataCatalog"}`, []any{"DatabaseList", 0, "Name"}, "default"},
		{"GetDatabase", `{"CatalogName":"AwsDataCatalog","DatabaseName":"security"}`, []any{"Database", "Name"}, "security"},
		{"ListTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"default"}`, []any{"TableMetadataList", 0, "Name"}, "cloudtrail_logs"},
		{"ListTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"default","Expression":"cloud*"}`, []any{"TableMetadataList", 0, "Columns", 0, "Name"}, "eventversion"},
		{"ListTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"default","Expression":"vpc*"}`, []any{"TableMetadataList", 0}, nil},
		{"GetTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"x","TableName":"cloudtrail_logs_my_bucket"}`, []any{"TableMetadata", "PartitionKeys", 0, "Name"}, "region"},
	} {
		if got := at(a.ok(tt.operation, tt.body), tt.path...); got != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.operation, tt.body, got, tt.want)
		}
	}
	a.fails("GetWorkGroup", `{"WorkGroup":""}`, "InvalidRequestException")
	a.fails("GetDataCatalog", `{"Name":"x"}`, "InvalidRequestException")
	a.fails("ListDatabases", `{"CatalogName":"x"}`, "MetadataException")
	a.fails("GetDatabase", `{"CatalogName":"AwsDataCatalog"}`, "MetadataException")
	a.fails("GetTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"x","TableName":"vpc_flow"}`, "MetadataException")
	a.fails("ListTableMetadata", `{"CatalogName":"AwsDataCatalog","DatabaseName":"x","Expression":"("}`, "InvalidRequestException")
	a.fails("CreateWorkGroup", `{"Name":"x"}`, "UnknownOperationException")
}

func TestBindParameters(t *testing.T) {
	for _, tt := range []struct {
		sql        string
		parameters []string
		want       string
	}{
		{"SELECT ?, ?", []string{"1", "'a'"}, "SELECT 1, 'a'"},
		{"SELECT '?', \"?\", ? -- ?\n, ? /* ? */", []string{"-1.5e3", "'it''s'"}, "SELECT '?', \"?\", -1.5e3 -- ?\n, 'it''s' /* ? */"},
		{"SELECT 'it''s ?', ?", []string{"NULL"}, "SELECT 'it''s ?', NULL"},
		{"x = ?", []string{"DATE '2026-03-02'"}, "x = DATE '2026-03-02'"},
		{"x = ?", []string{"timestamp '2026-03-02 00:00:00'"}, "x = timestamp '2026-03-02 00:00:00'"},
		{"x = ?", []string{" true "}, "x =  true "},
		{"?", nil, "?"}, {"SELECT 5 -?\n-?", []string{"-1", "+2"}, "SELECT 5 - -1\n- +2"}, {"SELECT 'a'?'b', (?)", []string{"'x'", ".5"}, "SELECT 'a' 'x' 'b', ( .5)"}, {"DATE?", []string{"'2026-03-02'"}, "DATE '2026-03-02'"},
		{"SELECT 'open ?", []string{"1"}, ""}, {"SELECT 1", []string{"1"}, ""}, {"?, ?", []string{"1"}, ""},
		{"?", []string{"a"}, ""}, {"?", []string{"'a' OR 1=1"}, ""}, {"?", []string{"'a'b'"}, ""}, {"?", []string{"'"}, ""}, {"?", []string{""}, ""}, {"?", []string{"1--"}, ""},
		{"?", []string{"'a', 'b'"}, ""}, {"?", []string{"e"}, ""}, {"?", []string{"e1"}, ""}, {"?", []string{"1+1"}, ""}, {"?", []string{"1-"}, ""}, {"?", []string{"1e"}, ""}, {"?", []string{"."}, ""},
	} {
		got, err := bindParameters(tt.sql, tt.parameters)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s %q: %s, %v; want %s", tt.sql, tt.parameters, got, err, tt.want)
		}
	}
}

func TestStatementType(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1": "DML", "select 1": "DML", " (SELECT 1)": "DML", "-- x\nWITH a AS (SELECT 1) SELECT 1": "DML", "/* SHOW */ VALUES 1": "DML", "INSERT INTO x SELECT 1": "DML",
		"SHOW TABLES": "UTILITY", "describe x": "UTILITY", "EXPLAIN SELECT 1": "UTILITY", "CREATE TABLE x AS SELECT 1": "DDL", "DROP TABLE x": "DDL", "MSCK REPAIR TABLE x": "DDL",
		"SELECT*FROM x": "DML", "-- only": "DML", "/* open": "DML",
	} {
		if got := statementType(sql); got != want {
			t.Errorf("%q: %s, want %s", sql, got, want)
		}
	}
}
