//go:build bench

package main

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the driver

	"github.com/coldtrail/coldtrail/fixtures"
)

// A rival that does not do the work proves nothing: each must give the right
// number of rows, sorted, and the same rows as the other.
func TestRivals(t *testing.T) {
	evidence, _, truth := archive(t, fixtures.Config{Seed: 3, Bytes: 4 << 20})
	records := truth.Counts.Records
	t.Run("DuckDB", func(t *testing.T) {
		dir := t.TempDir()
		for name, want := range map[string]int64{
			rowDuckDBCount: records, rowDuckDBPlainCSV: records, rowDuckDBPlainParquet: records, rowDuckDBCSV: records, rowDuckDBParquet: records,
		} {
			if n := duckdbNumber(t, name, evidence, dir); n != want {
				t.Errorf("%s: %d, want %d", name, n, want)
			}
		}
		byTime(t, filepath.Join(dir, "out.csv"), records+1) // and the header
		duckdbStore(t, filepath.Join(dir, "out.parquet"), records)
		if n := duckdbNumber(t, rowDuckDBFilter, evidence, dir); n == 0 || n >= records {
			t.Errorf("the filter lets %d of %d pass", n, records)
		}
	})
	t.Run("jq", func(t *testing.T) {
		if _, err := exec.LookPath("jq"); err != nil {
			t.Skip(err)
		}
		b := &bench{scratch: t.TempDir()}
		out, err := shell(jqCountScript, jqCount)(b, evidence).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != fmt.Sprint(records) {
			t.Errorf("count %s, %v, want %d", got, err, records)
		}
		if out, err := shell(jqCSVScript, jqCSV)(b, evidence).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		theirs := filepath.Join(b.scratch, "out.csv")
		jq := byTime(t, theirs, records)
		dir := t.TempDir()
		duckdbNumber(t, rowDuckDBCSV, evidence, dir)
		duckdb := byTime(t, filepath.Join(dir, "out.csv"), records+1)[1:]
		slices.SortFunc(jq, slices.Compare)
		slices.SortFunc(duckdb, slices.Compare)
		if !slices.EqualFunc(jq, duckdb, slices.Equal) {
			t.Error("jq's rows are not those of DuckDB")
		}
	})
}

func duckdbNumber(t *testing.T, name, evidence, out string) (n int64) {
	t.Helper()
	var b bytes.Buffer
	if err := runDuckDB(&b, name, evidence, out); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(&b, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// byTime reads a CSV file of that many lines, whose first column never falls.
func byTime(t *testing.T, path string, lines int64) (rows [][]string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(readFile(t, path)))
	last := ""
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if row[0] != "eventTime" && row[0] < last {
			t.Fatalf("%s comes after %s", row[0], last)
		} else if row[0] != "eventTime" {
			last = row[0]
		}
		rows = append(rows, row)
	}
	if int64(len(rows)) != lines {
		t.Errorf("%d rows, want %d", len(rows), lines)
	}
	return rows
}

// duckdbStore checks that the rows are sorted, that each has its own record, and
// that the columns have what the record has.
func duckdbStore(t *testing.T, path string, records int64) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	from := " FROM read_parquet('" + path + "')"
	queries := map[string]int64{
		"SELECT count(*)" + from: records,
		"SELECT count(*) FROM (SELECT event_ts < lag(event_ts) OVER (ORDER BY file_row_number) AS falls" +
			" FROM read_parquet('" + path + "', file_row_number = true)) WHERE falls": 0,
		"SELECT count(DISTINCT (object_ordinal, record_index))" + from: records,
	}
	for column, value := range map[string]string{
		"eventID": "->>'$.eventID'", "eventTime": "->>'$.eventTime'", "readOnly": "->>'$.readOnly'",
		"userIdentity.arn": "->>'$.userIdentity.arn'", "tlsDetails.cipherSuite": "->>'$.tlsDetails.cipherSuite'",
		"userIdentity.sessionContext.attributes.creationDate": "->>'$.userIdentity.sessionContext.attributes.creationDate'",
		"resources[1].ARN":                   "->>'$.resources[0].ARN'",
		"CAST(requestParameters AS VARCHAR)": "->>'$.requestParameters'",
	} {
		queries["SELECT count(*)"+from+" WHERE "+column+" IS DISTINCT FROM (eventjson"+value+")"] = 0
		queries["SELECT CAST(count(*) > 0 AS INTEGER)"+from+" WHERE "+column+" IS NOT NULL"] = 1
	}
	for query, want := range queries {
		var got int64
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%d, %v, want %d: %s", got, err, want, query)
		}
	}
}
