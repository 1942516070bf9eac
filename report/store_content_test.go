package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/fixtures"
	"github.com/coldtrail/coldtrail/parser"
	"github.com/coldtrail/coldtrail/scan"
)

// rawEntries are entries of records, in the order given.
func rawEntries(t testing.TB, records [][]byte) (all []scan.Entry) {
	t.Helper()
	for i, raw := range records {
		r, err := parser.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		ref := detect.NewRef(r, detect.Place{Object: uint64(i) / 7, Index: i % 7, Offset: int64(i) * 1000})
		if ref.ID == "" {
			ref.ID = fmt.Sprintf("sha256:%x", sha256.Sum256(raw))
		}
		all = append(all, scan.Entry{Ordinal: uint64(i), Ref: ref, Raw: raw, Shape: "records"})
	}
	return all
}

// written is the event store that batches make, by the names of its files.
func written(t testing.TB, limit int64, batches ...[]scan.Entry) map[string][]byte {
	t.Helper()
	files := map[string]*memory{}
	s, err := newStore(func(name string) (io.WriteCloser, error) {
		files[name] = &memory{}
		return files[name], nil
	}, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		encoded, err := s.Encode(b)
		if err == nil {
			err = s.Commit(encoded)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	made := map[string][]byte{}
	for name, f := range files {
		if f.closed != 1 {
			t.Errorf("%s was closed %d times", name, f.closed)
		}
		made[name] = f.Bytes()
	}
	return made
}

// readRows reads a Parquet file with the library.
func readRows(t testing.TB, file []byte) (rows []map[string]any) {
	t.Helper()
	all, err := parquet.Read[any](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		rows = append(rows, plainValue(r).(map[string]any))
	}
	return rows
}

// plainValue undoes what the library makes of the texts in a map.
func plainValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = plainValue(member)
		}
	case *[]byte:
		if v == nil {
			return nil
		}
		return string(*v)
	}
	return v
}

// storeRows reads an event store that one part holds.
func storeRows(t testing.TB, entries []scan.Entry) []map[string]any {
	t.Helper()
	return readRows(t, written(t, partLimit, entries)[partName(0)])
}

// camelCase are the names of members as AWS documents them.
var camelCase = func() map[string]string {
	names := map[string]string{}
	for _, n := range strings.Fields(`eventVersion userIdentity type principalId arn accountId invokedBy accessKeyId userName
		onBehalfOf userId identityStoreArn sessionContext attributes mfaAuthenticated creationDate sessionIssuer ec2RoleDelivery
		webIdFederationData federatedProvider eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode
		errorMessage requestParameters responseElements additionalEventData requestID eventID resources eventType apiVersion
		readOnly recipientAccountId serviceEventDetails sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory addendum
		reason updatedFields originalRequestID originalEventID sessionCredentialFromConsole edgeDeviceDetails tlsDetails tlsVersion
		cipherSuite clientProvidedHostHeader managementEvent insightDetails eventContext`) {
		names[strings.ToLower(n)] = n
	}
	return names
}()

// members is an object's members, or nil for another value.
func membersOf(raw json.RawMessage) (m map[string]json.RawMessage) {
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// wantValue is what encoding/json says a column has.
func wantValue(c *column, raw json.RawMessage) any {
	if raw == nil || string(raw) == "null" {
		return nil
	}
	switch c.Type {
	case structColumn:
		return wantStruct(c, raw)
	case listColumn:
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) != nil {
			return nil
		}
		list := []any{}
		for _, e := range elements {
			list = append(list, wantValue(&c.Fields[0], e))
		}
		return list
	case mapColumn:
		m := membersOf(raw)
		if m == nil {
			return nil
		}
		values := map[string]any{}
		for k, v := range m {
			values[k] = wantValue(&c.Fields[1], v)
		}
		return values
	case textColumn:
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	}
	return string([]rune(string(raw)))
}

func wantStruct(c *column, raw json.RawMessage) any {
	m := membersOf(raw)
	if m == nil {
		return nil
	}
	row := map[string]any{}
	for i := range c.Fields {
		f := &c.Fields[i]
		name := camelCase[f.Name]
		if f.Name == "arn" && c.Name == "element" { // of resources
			name = "ARN"
		}
		row[f.Name] = wantValue(f, m[name])
	}
	return row
}

// wantRow is what an entry's row has, as encoding/json reads the record.
func wantRow(e *scan.Entry) map[string]any {
	m := membersOf(e.Raw)
	identity := membersOf(m["userIdentity"])
	text := func(v json.RawMessage) any { return wantValue(&column{}, v) }
	jsonOf := func(v json.RawMessage) any { return wantValue(&column{Type: jsonColumn}, v) }
	row := map[string]any{
		"event_ts": e.Ref.Time.UnixMicro(), "ordinal": int64(e.Ordinal), "eventjson": string([]rune(string(e.Raw))),
		"eventbytes": nil, "derived_id": nil, "account": orNil(e.Ref.Account), "shape": e.Shape, "kind": wantKind(text(m["eventCategory"]), text(m["eventType"])),
		"object_ordinal": int64(e.Ref.Place.Object), "record_index": int64(e.Ref.Place.Index), "record_offset": e.Ref.Place.Offset,
		"copies": []any{}, "copies_count": int64(e.Copies), "marks": []any{},
		"sourceidentity":   text(membersOf(identity["sessionContext"])["sourceIdentity"]),
		"identityprovider": text(identity["identityProvider"]), "credentialid": text(identity["credentialId"]),
		"inscopeof": jsonOf(identity["inScopeOf"]), "lookup_username": wantUsername(identity), "resource_names": wantNames(e, m), "lookup_types": wantTypes(e),
		"principal": orNil(e.Ref.Principal), "credential": orNil(e.Ref.Credential), "session_start": orNil(e.Ref.SessionStart),
	}
	if id := text(m["eventID"]); id != orNil(e.Ref.ID) {
		row["derived_id"] = orNil(e.Ref.ID)
	}
	if row["eventjson"] != string(e.Raw) {
		row["eventbytes"], row["marks"] = string(e.Raw), []any{"invalid-utf8"}
	}
	escapes := strings.ReplaceAll(string(e.Raw), `\\`, "")
	if anySurrogate.MatchString(surrogatePair.ReplaceAllString(escapes, "")) {
		row["marks"] = append(row["marks"].([]any), "lone-surrogate")
	}
	for name := range m {
		if _, known := camelCase[strings.ToLower(name)]; known && camelCase[strings.ToLower(name)] != name {
			row["marks"] = append(row["marks"].([]any), "case-variant-keys")
			break
		}
	}
	if text(membersOf(m["addendum"])["reason"]) != nil {
		row["marks"] = append(row["marks"].([]any), "addendum")
	}
	for _, p := range e.Places {
		row["copies"] = append(row["copies"].([]any), map[string]any{
			"object_ordinal": int64(p.Object), "record_index": int64(p.Index), "record_offset": p.Offset})
	}
	for i := range eventColumns {
		c := &eventColumns[i]
		if _, done := row[c.Name]; !done {
			row[c.Name] = wantValue(c, m[camelCase[c.Name]])
		}
	}
	return row
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return string([]rune(s))
}

func wantKind(category, eventType any) any {
	switch {
	case category == "NetworkActivity" || eventType == "AwsVpceEvent":
		return "network-activity"
	case category == "Insight":
		return "insight"
	}
	return "event"
}

func wantUsername(identity map[string]json.RawMessage) any {
	get := func(name string) string { s, _ := wantValue(&column{}, identity[name]).(string); return s }
	switch t := get("type"); {
	case t == "Root":
		return "root"
	case t == "AssumedRole" || t == "FederatedUser":
		_, session, _ := strings.Cut(get("principalId"), ":")
		return orNil(session)
	case t == "AWSService" || t == "AWSAccount" || t == "IdentityCenterUser":
		return nil
	}
	return orNil(get("userName"))
}

var namingKeys = strings.Fields(`userName roleName roleArn policyArn policyName groupName groupId arn role`)

// wantNames looks for names by the rules of LookupEvents, which tests of their own look at.
func wantNames(e *scan.Entry, m map[string]json.RawMessage) any {
	found := map[string]bool{}
	call := newResourceCall(e.Ref.EventSource, e.Ref.Name)
	var look func(v any, in, key string)
	look = func(v any, in, key string) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				look(element, in, key)
			}
		case map[string]any:
			for k, member := range v {
				look(member, key, k)
			}
		case string:
			_, known := call.typeOf([]byte(in), []byte(key))
			if known || slices.Contains(namingKeys, key) {
				found[v] = true
			}
		}
	}
	for _, name := range []string{"requestParameters", "responseElements"} {
		var v any
		if json.Unmarshal(m[name], &v) == nil {
			look(v, "", "")
		}
	}
	if list, ok := wantValue(eventColumn("resources"), m["resources"]).([]any); ok {
		for _, r := range list {
			if r, ok := r.(map[string]any); ok && r["arn"] != nil {
				found[r["arn"].(string)] = true
			}
		}
	}
	delete(found, "")
	names := []any{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		names = append(names, name)
	}
	return names
}

func wantTypes(e *scan.Entry) any {
	types := map[string]bool{}
	for _, r := range newResourceCall(e.Ref.EventSource, e.Ref.Name).namedIn(e.Raw) {
		types[r.Type] = true
	}
	delete(types, "")
	list := []any{}
	for _, t := range slices.Sorted(maps.Keys(types)) {
		list = append(list, t)
	}
	return list
}

func eventColumn(name string) *column {
	return &eventColumns[slices.IndexFunc(eventColumns, func(c column) bool { return c.Name == name })]
}

// checkRows compares the store of entries with what encoding/json says, but for
// the columns that it cannot know.
func checkRows(t *testing.T, entries []scan.Entry, unknown ...string) {
	t.Helper()
	rows := storeRows(t, entries)
	if len(rows) != len(entries) {
		t.Fatalf("%d rows of %d entries", len(rows), len(entries))
	}
	for i := range entries {
		want := wantRow(&entries[i])
		if len(rows[i]) != len(want) {
			t.Errorf("row %d: %d columns, want %d", i, len(rows[i]), len(want))
		}
		for name, w := range want {
			if got := rows[i][name]; !reflect.DeepEqual(got, w) && !slices.Contains(unknown, name) {
				t.Errorf("record %.300s\n%s: got  %.500s\nwant %.500s", entries[i].Raw, name, fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", w))
			}
		}
	}
}

// readEvents returns the events' raw records in a file's content.
func readEvents(content io.Reader) (records [][]byte) {
	rd := parser.NewReader(content, parser.Origin{})
	for {
		r, err := rd.Next()
		switch {
		case err == io.EOF:
			return records
		case r == nil && err != nil:
			if _, bad := err.(*parser.RecordError); !bad {
				return records
			}
		case err == nil && r.Kind == parser.Event:
			records = append(records, bytes.Clone(r.Raw))
		}
	}
}

func TestStoreOfVectors(t *testing.T) {
	vectors, err := fixtures.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, v := range vectors {
		if v.Name != "values-duplicate-keys" {
			all = append(all, readEvents(bytes.NewReader(v.Input))...)
		}
	}
	if len(all) < 50 {
		t.Fatalf("%d records", len(all))
	}
	checkRows(t, rawEntries(t, all))
}

func TestStoreOfExamples(t *testing.T) {
	var all [][]byte
	for _, d := range detect.All() {
		for _, example := range append(slices.Clone(d.Hits), d.Misses...) {
			for _, record := range example {
				all = append(all, []byte(record))
			}
		}
	}
	checkRows(t, rawEntries(t, all))
}

// archive returns the records of a generated archive, of about that many bytes,
// in the order of its files.
func archive(t testing.TB, size int64) (all [][]byte) {
	t.Helper()
	dir := t.TempDir()
	if _, err := fixtures.Write(dir, fixtures.Config{Seed: 3, Bytes: size, Objects: 40, Incidents: fixtures.AllIncidents()}); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		all = append(all, readEvents(z)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestStoreOfArchive(t *testing.T) {
	all := archive(t, 3<<20)
	if len(all) < 1500 {
		t.Fatalf("%d records", len(all))
	}
	checkRows(t, rawEntries(t, all))
}

var (
	surrogatePair = regexp.MustCompile(`\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
	anySurrogate  = regexp.MustCompile(`\\u[dD][89a-fA-F]`)
)
