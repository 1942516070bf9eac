package report

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// A storeRow is an event for a store that a test writes: values by the names of
// leaves. A list's value is a slice, a NULL one is left out.
type storeRow map[string]any

// rowCuts says where a written store is cut: rows per row group, groups per part.
type rowCuts struct {
	rows, groups int
	page         int  // bytes of a page
	plain        bool // no dictionaries
}

// writeStore writes an event store as the schema says.
func writeStore(t testing.TB, dir string, rows []storeRow, cuts rowCuts) {
	t.Helper()
	perPart := cuts.rows * cuts.groups
	for part := 0; part == 0 || part*perPart < len(rows); part++ {
		writePart(t, filepath.Join(dir, partName(part)), rows[part*perPart:min((part+1)*perPart, len(rows))], cuts)
	}
}

func writePart(t testing.TB, path string, rows []storeRow, cuts rowCuts) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	schema := parquet.NewSchema("event", testGroup(eventColumns, cuts))
	var blooms []parquet.BloomFilterColumn
	for _, l := range eventLeaves {
		if l.Bloom {
			blooms = append(blooms, parquet.SplitBlockFilter(10, l.Path...))
		}
	}
	w := parquet.NewWriter(f, schema, parquet.PageBufferSize(cuts.page), parquet.BloomFilters(blooms...), parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.DataPageVersion(1))
	for i, row := range rows {
		if i > 0 && i%cuts.rows == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.WriteRows([]parquet.Row{testRow(t, schema, row)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func testGroup(columns []column, cuts rowCuts) parquet.Group {
	g := parquet.Group{}
	for i := range columns {
		g[columns[i].Name] = testNode(&columns[i], cuts)
	}
	return g
}

func testNode(c *column, cuts rowCuts) (n parquet.Node) {
	switch c.Type {
	case textColumn, jsonColumn:
		n = parquet.Encoded(parquet.String(), &parquet.Plain)
	case bytesColumn:
		n = parquet.Encoded(parquet.Leaf(parquet.ByteArrayType), &parquet.Plain)
	case numberColumn:
		n = parquet.Int(64)
	case timeColumn:
		n = parquet.Timestamp(parquet.Microsecond)
	case structColumn:
		n = testGroup(c.Fields, cuts)
	case listColumn:
		n = parquet.List(testNode(&c.Fields[0], cuts))
	case mapColumn:
		n = parquet.Map(testNode(&c.Fields[0], cuts), testNode(&c.Fields[1], cuts))
	}
	if c.Dictionary && !cuts.plain {
		n = parquet.Encoded(n, &parquet.RLEDictionary)
	}
	if !c.Required {
		n = parquet.Optional(n)
	}
	return n
}

// testRow takes a row apart. Optional groups above a leaf are there; a list that
// is left out is empty where it is required, and else NULL.
func testRow(t testing.TB, schema *parquet.Schema, row storeRow) parquet.Row {
	var out parquet.Row
	seen := 0
	for _, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		i := slices.IndexFunc(eventLeaves, func(l leafType) bool { return slices.Equal(l.Path, path) })
		l := &eventLeaves[i]
		value, ok := row[l.name()]
		if ok {
			seen++
		}
		list, isList := value.([]any)
		switch {
		case isList && len(list) > 0:
			for k, v := range list {
				if v == nil {
					out = append(out, parquet.NullValue().Level(min(k, 1), l.Definition-1, leaf.ColumnIndex))
				} else {
					out = append(out, testValue(v).Level(min(k, 1), l.Definition, leaf.ColumnIndex))
				}
			}
		case ok && !isList:
			out = append(out, testValue(value).Level(0, l.Definition, leaf.ColumnIndex))
		case l.Repetition > 0:
			out = append(out, parquet.NullValue().Level(0, int(elementLevel(eventColumns, l.Path))-1, leaf.ColumnIndex))
		case l.Definition == 0:
			t.Fatalf("%s: required", l)
		default:
			out = append(out, parquet.NullValue().Level(0, l.Definition-1, leaf.ColumnIndex))
		}
	}
	if seen != len(row) {
		t.Fatalf("%v: %d values, %d columns of these names", row, len(row), seen)
	}
	return out
}

type leafType = leaf

func testValue(v any) parquet.Value {
	switch v := v.(type) {
	case string:
		return parquet.ByteArrayValue([]byte(v))
	case int:
		return parquet.Int64Value(int64(v))
	case time.Time:
		return parquet.Int64Value(v.UnixMicro())
	}
	panic(fmt.Sprintf("%T", v))
}

var storeStart = time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC)

// randomRows returns events of few different values, so that filters hit and miss.
func randomRows(seed uint64, n int) []storeRow {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(row storeRow, name string, values ...string) string {
		v := values[r.IntN(len(values))]
		if v != "" {
			row[name] = v
		}
		return v
	}
	at := storeStart
	rows := make([]storeRow, n)
	for i := range rows {
		at = at.Add(time.Duration(r.IntN(3)*r.IntN(40)) * time.Second)
		row := storeRow{
			"event_ts": at, "ordinal": i, "object_ordinal": r.IntN(3), "record_index": i, "record_offset": 100 * i,
			"copies_count": 0, "kind": "event", "eventtime": at.Format(time.RFC3339), "shape": "records",
		}
		id := fmt.Sprintf("id-%04d", i)
		if r.IntN(20) == 0 {
			row["derived_id"] = "sha256:" + id
		} else if r.IntN(30) > 0 || i == 0 {
			row["eventid"] = id
		} else if other, ok := rows[i-1]["eventid"]; ok {
			row["eventid"] = other // two records of one ID
		}
		name := pick(row, "eventname", "GetObject", "ListBuckets", "ConsoleLogin", "AssumeRole")
		pick(row, "eventsource", "s3.amazonaws.com", "iam.amazonaws.com", "sts.amazonaws.com")
		pick(row, "awsregion", "us-east-1", "eu-west-1", "")
		pick(row, "account", "111122223333", "444455556666")
		pick(row, "sourceipaddress", "198.51.100.7", "198.51.100.200", "203.0.113.9", "2001:db8::1", "::ffff:198.51.100.7", "AWS Internal", "")
		pick(row, "useragent", "aws-cli/2.27", "Boto3/1.34, x", "[S3Console/0.4]", "")
		pick(row, "readonly", "true", "false", "")
		pick(row, "errorcode", "AccessDenied", "Client.UnauthorizedOperation", "NoSuchBucket", "", "", "", "")
		pick(row, "errormessage", "Failed authentication", "", "", "")
		key := pick(row, "useridentity.accesskeyid", "AKIA1EXAMPLE", "ASIA2EXAMPLE", "akia1example", "")
		if key != "" {
			row["credential"] = key
		}
		session := pick(storeRow{}, "", "alice", "bob@example.com", "")
		if session != "" {
			row["useridentity.principalid"] = "AROA1EXAMPLE:" + session
			row["useridentity.arn"] = "arn:aws:sts::111122223333:assumed-role/Admin/" + session
			row["principal"] = row["useridentity.arn"]
			pick(row, "session_start", "2026-03-02T22:00:00Z", "2026-03-02T23:00:00Z", "")
		}
		pick(row, "sourceidentity", "carol", "", "")
		bucket := pick(storeRow{}, "", "logs", "Data\u00e9", "other")
		row["requestparameters"] = fmt.Sprintf(`{"bucketName":%q,"n":%d}`, bucket, i%7)
		if r.IntN(2) == 0 {
			row["resource_names"] = []any{"arn:aws:s3:::" + bucket, bucket}
			row["resources.arn"] = []any{"arn:aws:s3:::" + bucket, nil}
			row["resources.type"] = []any{"AWS::S3::Bucket", nil}
			row["resources.accountid"] = []any{nil, nil}
		}
		row["eventjson"] = fmt.Sprintf(`{"eventID":%q,"eventName":%q,"note":"a \"quoted\" caf\u00e9 %d"}`, id, name, i%5)
		if r.IntN(40) == 0 {
			row["eventbytes"] = row["eventjson"].(string) + "\xff"
		}
		rows[i] = row
	}
	return rows
}
