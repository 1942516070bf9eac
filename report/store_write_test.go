package report

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// madeRecord is a record with these members beside the required ones, or is the
// text if that is an object.
func madeRecord(members string) []byte {
	if strings.HasPrefix(members, "{") {
		return []byte(members)
	}
	if members != "" {
		members = "," + members
	}
	return []byte(`{"eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser"` + members + `}`)
}

const someIdentity = `"userIdentity":{"type":"AssumedRole","principalId":"AROA1:me","arn":"arn:1","accountId":"1","accessKeyId":"ASIA1",` +
	`"sessionContext":{"attributes":{"creationDate":"2026-03-02T09:00:00Z","mfaAuthenticated":"false"},"sessionIssuer":{},` +
	`"webIdFederationData":{"federatedProvider":"f","attributes":{"b":"2","a":"1","c":null}},"sourceIdentity":"s"},"inScopeOf":{"x":1},"credentialId":"c"}`

// oddEvents are records in forms that CloudTrail hardly writes.
var oddEvents = []string{
	``, `"eventID":""`, `"eventID":"i"`, `"eventID":null,"userAgent":null,"resources":null,"requestParameters":null,"tlsDetails":null,"userIdentity":null`,
	`"userIdentity":{}`, `"userIdentity":"text"`, `"userIdentity":[1]`, `"userIdentity":{"sessionContext":{}}`, `"userIdentity":{"sessionContext":null}`,
	`"userIdentity":{"sessionContext":{"attributes":7,"sessionIssuer":{},"webIdFederationData":{}}}`,
	`"userIdentity":{"sessionContext":{"webIdFederationData":{"attributes":{}}}}`, `"userIdentity":{"sessionContext":{"webIdFederationData":{"attributes":"x"}}}`,
	`"userIdentity":{"type":{"a":1},"arn":[1, 2],"userName":12.50,"accountId":true,"principalId":"\u0041\n\"\ud83d\ude00\ud83d"}`,
	`"resources":[]`, `"resources":{}`, `"resources":[null,1,{},{"ARN":null},{"ARN":"a","accountId":"1","type":"t"},{"type":"u"}]`,
	`"readOnly":true,"managementEvent":false,"eventVersion":1.1`, `"requestParameters":"HIDDEN","responseElements":[1],"additionalEventData":7`,
	`"requestParameters": { "a" : [ 1 , "b" ] } ,"serviceEventDetails":{"k\u0041":"\u00e9"}`, `"addendum":{"reason":"UPDATED_DATA","originalEventID":"o"}`,
	`"requestParameters":{"userName":"u","user":{"userName":"v","arn":"w","userId":"x"},"role":{"roleId":"r","roleName":"s"},"userId":"no","roleId":"no","name":"no",` +
		`"items":[{"instanceId":"i-1"},{"instanceId":"i-1"},{"role":"lambda-role"}],"groupId":"","policyName":"p\/q","bucketName":5}`,
	`{"eventTime":"2026-03-02T10:00:00Z","eventSource":"cloudtrail.amazonaws.com","requestParameters":{"name":"trail"},"responseElements":{"name":"t2"}}`,
	someIdentity, someIdentity + `,"eventCategory":"NetworkActivity","edgeDeviceDetails":{"a":1},"eventContext":{"b":2},"insightDetails":"d"`,
	`"event\u0049D":"escaped name"`, `"userAgent":"` + strings.Repeat("long ", 2000) + `"`, `"errorMessage":"a\u0000b"`,
	"\"userAgent\":\"bad \xff\xfe bytes \xe2\x82\",\"requestParameters\":{\"userName\":\"\xff\"},\"userIdentity\":{\"arn\":\"x\xffy\",\"inScopeOf\":{\"\xff\":1}}",
	"\"userAgent\":\"h\u00e9\u20ac\U0001f600\"",
}

func odd() (records [][]byte) {
	for _, members := range oddEvents {
		records = append(records, madeRecord(members))
	}
	return records
}

func TestStoreOfOddRecords(t *testing.T) {
	entries := rawEntries(t, odd())
	entries[3].Copies, entries[3].Places = 3, []detect.Place{{Object: 1, Index: 2, Offset: 3}, {Object: 4, Index: 5, Offset: -1}}
	entries[5].Copies, entries[5].Places = 1, []detect.Place{{Object: 9, Index: 9, Offset: 9}}
	checkRows(t, entries)
}

// TestStoreSessions shows the same identities in many orders, so that what is
// remembered of one would show in another's row.
func TestStoreSessions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var all [][]byte
	for i := range 3000 {
		n := rng.IntN(900)
		identity := fmt.Sprintf(`"userIdentity":{"type":"IAMUser","userName":"u%d","accessKeyId":"AKIA%d"%s}`, n, n/2, []string{"", `,"inScopeOf":{"n":1}`}[n%2])
		switch {
		case i%10 == 0:
			identity = someIdentity
		case i%11 == 0:
			identity = strings.Replace(someIdentity, `"ASIA1"`, `"ASIA\u0031"`, 1)
		case i%13 == 0:
			identity = strings.Replace(identity, "}", ` }`, 1)
		}
		all = append(all, madeRecord(fmt.Sprintf(`"eventID":"%d",%s`, i, identity)))
	}
	checkRows(t, rawEntries(t, all))
}

func TestStoreDuplicateKeys(t *testing.T) {
	for _, members := range []string{
		`"eventID":"first","eventID":"last"`, `"eventID":"first","eventID":null`, `"userIdentity":{"arn":"a","userName":"u"},"userIdentity":{"arn":"b"}`,
		`"resources":[{"ARN":"a"}],"resources":[{"ARN":"b"}]`, `"userIdentity":{"arn":"a"},"userIdentity":null`, `"userIdentity":{"arn":"a","arn":"b"}`,
		`"requestParameters":{"userName":"a"},"requestParameters":{"userName":"b"}`, someIdentity + `,"userIdentity":{"type":"Root"}`,
		`"userIdentity":{"type":"Root"},` + someIdentity, someIdentity + `,"userIdentity":7`, someIdentity + "," + someIdentity,
		strings.Replace(someIdentity, `"b":"2"`, `"b":"0","b":"2"`, 1), `"event\u0049D":"a","eventID":"b"`,
	} {
		first := madeRecord(someIdentity) // so that the identity is remembered
		entries := rawEntries(t, [][]byte{first, madeRecord(members), first})
		checkRows(t, entries, "marks")
		for i, row := range storeRows(t, entries) {
			want := []any{}
			if i == 1 {
				want = []any{markDuplicateKeys}
			}
			if !reflect.DeepEqual(row["marks"], want) {
				t.Errorf("%s: row %d: marks %v", members, i, row["marks"])
			}
		}
	}
}

func TestStoreLargeRecord(t *testing.T) {
	large := madeRecord(`"requestParameters":{"policy":"` + strings.Repeat("0123456789abcdef", 1<<16) + `"},"eventID":"large"`)
	small := madeRecord(`"eventID":"small"`)
	var all [][]byte
	for range 5 {
		all = append(all, small, large, large)
	}
	entries := rawEntries(t, all)
	checkRows(t, entries)
	file := openParquet(t, written(t, partLimit, entries)[partName(0)])
	for _, leaf := range []int{leafRaw, eventLeaf("requestparameters")} {
		index, err := file.RowGroups()[0].ColumnChunks()[leaf].OffsetIndex()
		if err != nil || index.NumPages() < 4 {
			t.Errorf("column %d: %v, %v", leaf, index, err)
		}
	}
}

func openParquet(t testing.TB, file []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// manyEntries are n events a second apart.
func manyEntries(t testing.TB, n int) []scan.Entry {
	t.Helper()
	var all [][]byte
	for i := range n {
		at := fmt.Sprintf("2026-03-02T%02d:%02d:%02dZ", i/3600%24, i/60%60, i%60)
		all = append(all, []byte(fmt.Sprintf(`{"eventTime":"%s","eventSource":"s%d.amazonaws.com","eventName":"E%d","eventID":"id-%d",`+
			`"userAgent":"%x","userIdentity":{"type":"IAMUser","arn":"arn:%d","accessKeyId":"AKIA%d"}}`, at, i%7, i%50, i, i*i, i%40, i%90)))
	}
	return rawEntries(t, all)
}

func TestStoreParts(t *testing.T) {
	entries := manyEntries(t, 5000)
	const limit = 250_000
	files := written(t, limit, slices.Collect(slices.Chunk(entries, 500))...)
	if len(files) < 3 {
		t.Fatalf("%d parts", len(files))
	}
	next := 0
	for i := range len(files) {
		file := files[partName(i)]
		if len(file) > limit {
			t.Errorf("part %d has %d bytes", i, len(file))
		}
		for _, row := range readRows(t, file) {
			if row["eventjson"] != string(entries[next].Raw) || row["ordinal"] != int64(next) {
				t.Fatalf("row %d: %v", next, row)
			}
			next++
		}
	}
	if next != len(entries) {
		t.Errorf("%d rows", next)
	}
}

func TestStoreFooter(t *testing.T) {
	entries := manyEntries(t, 1000)
	f := openParquet(t, written(t, partLimit, entries[:400], entries[400:])[partName(0)])
	if f.NumRows() != 1000 || len(f.RowGroups()) != 2 || f.Metadata().CreatedBy != createdBy {
		t.Fatal(f.NumRows(), len(f.RowGroups()))
	}
	for i, g := range f.RowGroups() {
		if by := g.SortingColumns(); len(by) != 2 || by[0].Path()[0] != "event_ts" || by[0].Descending() {
			t.Errorf("sorted by %v", by)
		}
		least, most, ok := g.ColumnChunks()[leafOrdinal].(*parquet.FileColumnChunk).Bounds()
		if !ok || least.Int64() != int64(i*400) || most.Int64() != int64([]int{399, 999}[i]) {
			t.Errorf("group %d: ordinals %v to %v", i, least, most)
		}
		least, most, ok = g.ColumnChunks()[eventLeaf("eventname")].(*parquet.FileColumnChunk).Bounds()
		if !ok || least.String() != "E0" || most.String() != "E9" {
			t.Errorf("group %d: names %v to %v", i, least, most)
		}
		meta := f.Metadata().RowGroups[i]
		for _, leaf := range []int{leafRaw, leafID} {
			if s := meta.Columns[leaf].MetaData.Statistics; s.MinValue != nil || s.NullCount != 0 {
				t.Errorf("column %d has bounds", leaf)
			}
		}
		if s := meta.Columns[leafDerived].MetaData; s.Statistics.NullCount != meta.NumRows || s.BloomFilterOffset != 0 {
			t.Errorf("derived_id: %+v", s)
		}
		for _, leaf := range []int{leafID, leafCredential, eventLeaf("useridentity.accesskeyid")} {
			filter := g.ColumnChunks()[leaf].BloomFilter()
			prefix := map[bool]string{true: "id-", false: "AKIA"}[leaf == leafID]
			for n := range 100 {
				v := fmt.Sprint(prefix, n)
				has, err := filter.Check(parquet.ValueOf(v))
				there := slices.ContainsFunc(entries[400*i:400+600*i], func(e scan.Entry) bool { return e.Ref.ID == v || e.Ref.Credential == v })
				if err != nil || !has && there {
					t.Errorf("column %d: bloom filter of %s: %v, %v", leaf, v, has, err)
				}
			}
			if has, err := filter.Check(parquet.ValueOf("neither")); has || err != nil {
				t.Error("everything is in the bloom filter", err)
			}
		}
	}
}

func TestStoreWithoutEvents(t *testing.T) {
	for _, batches := range [][][]scan.Entry{nil, {nil}} {
		files := written(t, partLimit, batches...)
		if len(files) != 1 || len(readRows(t, files[partName(0)])) != 0 {
			t.Errorf("%d files", len(files))
		}
	}
}

// TestStoreBytes says that a batch's bytes do not depend on what its encoder, or
// another, encoded before, or at the same time.
func TestStoreBytes(t *testing.T) {
	entries := append(rawEntries(t, odd()), manyEntries(t, 6000)...)
	for i := range entries {
		entries[i].Ordinal = uint64(i)
	}
	batches := slices.Collect(slices.Chunk(entries, 700))
	want := written(t, 400_000, batches...)
	got := map[string]*memory{}
	s, err := newStore(func(name string) (io.WriteCloser, error) {
		got[name] = &memory{}
		return got[name], nil
	}, 400_000)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	encoded := make([]any, len(batches))
	for w := range 3 {
		wg.Go(func() {
			for i := range batches {
				if _, err := s.Encode(entries[i*100 : i*300]); err != nil { // is dropped
					t.Error(err)
				}
				if i%3 == w {
					var err error
					if encoded[i], err = s.Encode(batches[i]); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for _, e := range encoded {
		if err := s.Commit(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) || len(got) < 2 {
		t.Errorf("%d parts, want %d", len(got), len(want))
	}
	for name, w := range want {
		if !bytes.Equal(got[name].Bytes(), w) {
			t.Errorf("%s differs", name)
		}
	}
}

func FuzzStore(f *testing.F) {
	for _, record := range odd() {
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		r, err := parser.Parse(record)
		if err != nil || r.Kind != parser.Event {
			return
		}
		other := madeRecord(someIdentity)
		checkRows(t, rawEntries(t, [][]byte{other, record, other, record}), "marks", "resource_names")
	})
}

// TestStoreMarks: what is unusual of a record is marked.
func TestStoreMarks(t *testing.T) {
	for _, tt := range []struct {
		members, shape string
		want           []any
	}{
		{`"eventID":"a"`, "records", []any{}},
		{`"EVENTID":"a"`, "records", []any{"case-variant-keys"}},
		{`"userIdentity":{"ARN":"a"}`, "records", []any{"case-variant-keys"}},
		{`"eventids":"a","x":{"EventID":1}`, "records", []any{}},
		{`"responseElements":{"omitted":true,"originalSize":200000}`, "records", []any{"omitted"}},
		{`"additionalEventData":{ "reason":"x", "omitted" : true }`, "records", []any{"omitted"}},
		{`"requestParameters":{"omitted":false,"x":"\"omitted\":true"}`, "records", []any{}},
		{`"addendum":{"reason":"UPDATED_DATA","originalEventID":"o"}`, "records", []any{"addendum"}},
		{`"eventID":"a"`, "lookup-events", []any{"re-serialised"}},
		{`"eventID":"a","eventID":"b","eventname":"c"`, "event-history-csv", []any{"duplicate-keys", "case-variant-keys", "derived"}},
	} {
		entries := rawEntries(t, [][]byte{madeRecord(tt.members)})
		entries[0].Shape = tt.shape
		if got := storeRows(t, entries)[0]["marks"]; !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s of %s: marks %v, want %v", tt.members, tt.shape, got, tt.want)
		}
	}
}
