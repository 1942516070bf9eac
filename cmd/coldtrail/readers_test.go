//go:build duckdb

package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

// Other readers of Parquet must see in the event store what encoding/json and jq
// see in the evidence: every record in one place or as a copy, its exact bytes,
// and its members in their columns. Neither reader shares code with the writer.
func TestReaders(t *testing.T) {
	evidence := readersEvidence(t)
	kase := filepath.Join(t.TempDir(), "case")
	var out, errs bytes.Buffer
	if code := run([]string{"analyze", evidence, "-q", "-o", kase}, &out, &errs); code != exitComplete {
		t.Fatalf("exit code %d\n%s%s", code, out.Bytes(), errs.Bytes())
	}
	known := inEvidence(t, evidence)
	for name, reads := range map[string]func(*testing.T, string) storeRead{"DuckDB": duckdbReads, "pyarrow": pyarrowReads} {
		t.Run(name, func(t *testing.T) {
			s := reads(t, kase)
			checkObjects(t, s.objects, evidence)
			checkStore(t, s, known)
		})
	}
	t.Run("jq", func(t *testing.T) {
		sameCounts(t, countsByName(duckdbReads(t, kase).rows), jqCounts(t, evidence))
	})
}

// A storeRow is a line of the event store as a reader sees it.
type storeRow struct {
	Ordinal int64
	Micros  int64  // of event_ts, since 1970
	SHA256  string // of eventbytes, or else of eventjson
	At      storePlace
	Copies  []storePlace
	Count   int64          // of the copies
	Columns map[string]any // the others that are compared
}

type storePlace struct{ Object, Index, Offset int64 }

// A storeObject is a line of the table of objects.
type storeObject struct {
	Ordinal, Size int64
	Path, SHA256  string // of the stored bytes
}

// A storeRead is all that a reader sees of a case.
type storeRead struct {
	rows    []storeRow
	objects []storeObject // by ordinal
}

// parseStore reads what a reader printed: a JSON value for each row.
func parseStore(t *testing.T, events, objects io.Reader) (s storeRead) {
	t.Helper()
	s.rows, s.objects = jsonRows[storeRow](t, events), jsonRows[storeObject](t, objects)
	for i, o := range s.objects {
		if o.Ordinal != int64(i) {
			t.Fatalf("object %d has ordinal %d", i, o.Ordinal)
		}
	}
	return s
}

func jsonRows[T any](t *testing.T, r io.Reader) (rows []T) {
	t.Helper()
	dec := json.NewDecoder(r)
	dec.UseNumber()
	for {
		var row T
		if err := dec.Decode(&row); err == io.EOF {
			return rows
		} else if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// textPaths are members of a record, whose content the columns of the same
// lower-case names have.
var textPaths = []string{
	"eventVersion", "userIdentity.type", "userIdentity.principalId", "userIdentity.arn", "userIdentity.accountId",
	"userIdentity.invokedBy", "userIdentity.accessKeyId", "userIdentity.userName", "userIdentity.onBehalfOf.userId",
	"userIdentity.sessionContext.attributes.mfaAuthenticated", "userIdentity.sessionContext.attributes.creationDate",
	"userIdentity.sessionContext.sessionIssuer.type", "userIdentity.sessionContext.sessionIssuer.arn",
	"userIdentity.sessionContext.webIdFederationData.federatedProvider", "userIdentity.sessionContext.ec2RoleDelivery",
	"eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode", "errorMessage",
	"requestID", "eventID", "eventType", "apiVersion", "readOnly", "recipientAccountId", "sharedEventID", "vpcEndpointId",
	"eventCategory", "managementEvent", "addendum.reason", "addendum.originalEventID", "sessionCredentialFromConsole",
	"tlsDetails.tlsVersion", "tlsDetails.cipherSuite", "tlsDetails.clientProvidedHostHeader",
}

// jsonPaths are members of a record whose JSON text the columns have.
var jsonPaths = []string{"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"}

// columnNames are the top-level columns that a reader must print.
func columnNames() (names []string) {
	for _, path := range slices.Concat(textPaths, jsonPaths, []string{"resources"}) {
		name, _, _ := strings.Cut(strings.ToLower(path), ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// checkObjects compares the table of objects with the files of the evidence.
func checkObjects(t *testing.T, objects []storeObject, evidence string) {
	t.Helper()
	content := files(t, evidence)
	for _, o := range objects {
		sum := sha256.Sum256(content[o.Path])
		if o.SHA256 != hex.EncodeToString(sum[:]) || o.Size != int64(len(content[o.Path])) {
			t.Errorf("%s: %d bytes, SHA-256 %s; the file has %d bytes, %x", o.Path, o.Size, o.SHA256, len(content[o.Path]), sum)
		}
		delete(content, o.Path)
	}
	for path := range content {
		t.Errorf("%s: is not in the table of objects, or twice", path)
	}
}

// checkStore compares what a reader sees with the evidence.
func checkStore(t *testing.T, s storeRead, known map[place]json.RawMessage) {
	t.Helper()
	found := func(p storePlace) (json.RawMessage, place) {
		if p.Object < 0 || p.Object >= int64(len(s.objects)) {
			t.Fatalf("no object %d", p.Object)
		}
		at := place{s.objects[p.Object].Path, p.Index, p.Offset}
		return known[at], at
	}
	seen := map[place]int{}
	filled := map[string]int{}
	var last int64
	for i, row := range s.rows {
		if row.Ordinal != int64(i) || row.Micros < last {
			t.Fatalf("row %d has ordinal %d and time %d after %d", i, row.Ordinal, row.Micros, last)
		}
		last = row.Micros
		raw, at := found(row.At)
		seen[at]++
		if sum := sha256.Sum256(raw); raw == nil || hex.EncodeToString(sum[:]) != row.SHA256 {
			t.Errorf("row %d: its bytes are not those of the evidence, %v", i, at)
			continue
		}
		record := decoded(t, raw)
		if row.Count != int64(len(row.Copies)) {
			t.Errorf("row %d: %d copies, %d places", i, row.Count, len(row.Copies))
		}
		for _, c := range row.Copies {
			other, at := found(c)
			if seen[at]++; other == nil || !reflect.DeepEqual(decoded(t, other), record) {
				t.Errorf("row %d: what lies at %v is no copy", i, at)
			}
		}
		compareRow(t, &row, record, filled)
	}
	for at := range known {
		if seen[at] != 1 {
			t.Errorf("the event at %v is %d times in the store", at, seen[at])
		}
	}
	if len(seen) == len(s.rows) {
		t.Error("the evidence has no copies")
	}
	for _, path := range []string{"userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.arn", "tlsDetails.cipherSuite", "errorCode", "readOnly", "requestParameters", "resources"} {
		if filled[path] == 0 {
			t.Errorf("no record has %s", path)
		}
	}
	sameCounts(t, countsByName(s.rows), distinctByName(t, known))
}

func compareRow(t *testing.T, row *storeRow, record any, filled map[string]int) {
	t.Helper()
	for _, path := range textPaths {
		want, got := at(record, path), at(row.Columns, strings.ToLower(path))
		if want != nil {
			filled[path]++
		}
		if !sameText(t, got, want) {
			t.Errorf("row %d: %s is %q, in the record %q", row.Ordinal, path, got, want)
		}
	}
	for _, path := range jsonPaths {
		want, got := at(record, path), at(row.Columns, strings.ToLower(path))
		if want != nil {
			filled[path]++
		}
		if text, ok := got.(string); ok {
			got = decoded(t, []byte(text))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("row %d: %s is %v, in the record %v", row.Ordinal, path, got, want)
		}
	}
	want, _ := at(record, "resources").([]any)
	got, _ := row.Columns["resources"].([]any)
	if len(got) != len(want) {
		t.Errorf("row %d: %d resources, in the record %d", row.Ordinal, len(got), len(want))
		return
	}
	for i := range want {
		filled["resources"]++
		for column, name := range map[string]string{"arn": "ARN", "accountid": "accountId", "type": "type"} {
			if w, g := at(want[i], name), at(got[i], column); !sameText(t, g, w) {
				t.Errorf("row %d: resource %d: %s is %q, in the record %q", row.Ordinal, i, column, g, w)
			}
		}
	}
	if micros := eventMicros(t, at(record, "eventTime")); micros != row.Micros {
		t.Errorf("row %d: event_ts is %d, by the record %d", row.Ordinal, row.Micros, micros)
	}
}

func eventMicros(t *testing.T, text any) int64 {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return when.UnixMicro()
}

// sameText says whether a text column has what it is to have of a value: a string's
// content, the JSON text of anything else.
func sameText(t *testing.T, got, want any) bool {
	t.Helper()
	text, isText := got.(string)
	switch want := want.(type) {
	case nil:
		return got == nil
	case string:
		return isText && text == want
	}
	return isText && reflect.DeepEqual(decoded(t, []byte(text)), want)
}

func countsByName(rows []storeRow) map[string]int64 {
	counts := map[string]int64{}
	for _, r := range rows {
		name, _ := r.Columns["eventname"].(string)
		counts[name]++
	}
	return counts
}

// sameCounts compares counts by eventname.
func sameCounts(t *testing.T, store, evidence map[string]int64) {
	t.Helper()
	names := maps.Clone(store)
	maps.Copy(names, evidence)
	for name := range names {
		if store[name] != evidence[name] {
			t.Errorf("eventname %q: %d in the store, %d in the evidence", name, store[name], evidence[name])
		}
	}
}

func duckdbReads(t *testing.T, kase string) storeRead {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := func(query string) *bytes.Buffer {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var b bytes.Buffer
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			b.WriteString(text)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	var columns []string
	for _, name := range columnNames() {
		value := name
		if slices.ContainsFunc(jsonPaths, func(path string) bool { return strings.ToLower(path) == name }) {
			value = "CAST(" + name + " AS VARCHAR)"
		}
		columns = append(columns, fmt.Sprintf("'%s', %s", name, value))
	}
	place := func(of string) string {
		return fmt.Sprintf("json_object('Object', %[1]sobject_ordinal, 'Index', %[1]srecord_index, 'Offset', %[1]srecord_offset)", of)
	}
	events := all("SELECT CAST(json_object('Ordinal', ordinal, 'Micros', epoch_us(event_ts)," +
		" 'SHA256', coalesce(sha256(eventbytes), sha256(CAST(eventjson AS VARCHAR)))," +
		" 'At', " + place("") + ", 'Copies', list_transform(copies, lambda c: " + place("c.") + "), 'Count', copies_count," +
		" 'Columns', json_object(" + strings.Join(columns, ", ") + ")) AS VARCHAR)" +
		" FROM read_parquet('" + kase + "/events/*.parquet')")
	objects := all("SELECT CAST(json_object('Ordinal', ordinal, 'Path', path, 'Size', size, 'SHA256', sha256) AS VARCHAR)" +
		" FROM read_parquet('" + kase + "/objects.parquet')")
	return parseStore(t, events, objects)
}

// pyarrowScript prints a case as parseStore wants it: the events, or the objects.
const pyarrowScript = `
import glob, hashlib, json, sys
import pyarrow as pa, pyarrow.parquet as pq
kase, what, columns = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
def place(p):
    return {"Object": p["object_ordinal"], "Index": p["record_index"], "Offset": p["record_offset"]}
if what == "objects":
    for r in pq.read_table(kase + "/objects.parquet").to_pylist():
        print(json.dumps({"Ordinal": r["ordinal"], "Path": r["path"], "Size": r["size"], "SHA256": r["sha256"]}))
    sys.exit()
for part in sorted(glob.glob(kase + "/events/*.parquet")):
    table = pq.read_table(part)
    micros = table.column("event_ts").cast(pa.timestamp("us", "UTC")).cast("int64").to_pylist()
    for us, r in zip(micros, table.to_pylist()):
        raw = r["eventbytes"] if r["eventbytes"] is not None else r["eventjson"].encode()
        print(json.dumps({
            "Ordinal": r["ordinal"], "Micros": us, "SHA256": hashlib.sha256(raw).hexdigest(),
            "At": place(r), "Copies": [place(c) for c in r["copies"]], "Count": r["copies_count"],
            "Columns": {c: r[c] for c in columns},
        }))
`

// pyarrowReads needs a Python that has pyarrow: COLDTRAIL_PYTHON names it, where
// .ci/run has installed one.
func pyarrowReads(t *testing.T, kase string) storeRead {
	t.Helper()
	python := os.Getenv("COLDTRAIL_PYTHON")
	if python == "" {
		python = "python3"
		if err := exec.Command(python, "-c", "import pyarrow").Run(); err != nil {
			t.Skipf("no pyarrow: %v", err)
		}
	}
	print := func(what string) *bytes.Reader {
		out, err := exec.Command(python, "-c", pyarrowScript, kase, what, strings.Join(columnNames(), ",")).Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v\n%s", err, exit.Stderr)
		} else if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(out)
	}
	return parseStore(t, print("events"), print("objects"))
}
