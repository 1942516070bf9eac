package scan

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/parquet-go/parquet-go"

	"github.com/coldtrail/coldtrail/parser"
)

// lakeRow is a row of Security Lake's table of CloudTrail events, version 2, as far as
// the test needs it.
type lakeRow struct {
	Metadata struct {
		Product struct {
			Name    string `parquet:"name"`
			Version string `parquet:"version"`
		} `parquet:"product"`
		UID     string `parquet:"uid"`
		Version string `parquet:"version"`
	} `parquet:"metadata"`
	Time  int64 `parquet:"time"`
	Class int32 `parquet:"class_uid"`
	API   struct {
		Operation string `parquet:"operation"`
		Service   struct {
			Name string `parquet:"name"`
		} `parquet:"service"`
		Request struct {
			Data *string `parquet:"data,optional"`
		} `parquet:"request"`
	} `parquet:"api"`
	Actor struct {
		User struct {
			Type       string  `parquet:"type"`
			UID        *string `parquet:"uid,optional"`
			Credential *string `parquet:"credential_uid,optional"`
			Account    struct {
				UID string `parquet:"uid"`
			} `parquet:"account"`
		} `parquet:"user"`
	} `parquet:"actor"`
	Cloud struct {
		Region string `parquet:"region"`
	} `parquet:"cloud"`
	Source struct {
		IP string `parquet:"ip"`
	} `parquet:"src_endpoint"`
	Unmapped map[string]string `parquet:"unmapped"`
}

// lakeOf is what Security Lake makes of event(id).
func lakeOf(id string, unmapped map[string]string) (r lakeRow) {
	r.Metadata.Product.Name, r.Metadata.Product.Version, r.Metadata.UID, r.Metadata.Version = "CloudTrail", "1.08", id, "1.1.0"
	r.Time, r.Class = 1772445600000, 6003
	r.API.Operation, r.API.Service.Name = "DescribeInstances", "ec2.amazonaws.com"
	data, arn, key := `{"b":[1,2],"a":"x"}`, "arn:aws:iam::111122223333:user/alice", "AKIA1EXAMPLE"
	r.API.Request.Data, r.Actor.User.UID, r.Actor.User.Credential = &data, &arn, &key
	r.Actor.User.Type, r.Actor.User.Account.UID = "IAMUser", "111122223333"
	r.Cloud.Region, r.Source.IP, r.Unmapped = "us-east-1", "192.0.2.1", unmapped
	return r
}

func lake(t testing.TB, rows []lakeRow, options ...parquet.WriterOption) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[lakeRow](&b, options...)
	_, err := w.Write(rows)
	failOn(t, err)
	failOn(t, w.Close())
	return b.String()
}

// Security Lake's Parquet is read from a directory and from containers. Its records are
// derived; those that there is a raw record of lie beneath it, and contradict nothing.
func TestSecurityLake(t *testing.T) {
	recipient := map[string]string{"recipientAccountId": "111122223333", "eventType": "AwsApiCall"}
	rows := []lakeRow{lakeOf("a", recipient), lakeOf("b", recipient), lakeOf("c", recipient)}
	flow := lakeOf("d", nil)
	flow.Class, flow.Metadata.Product.Name = 4001, "Amazon VPC"
	content := lake(t, append(rows, flow), parquet.Compression(&parquet.Zstd))
	name := "aws/CLOUD_TRAIL_MGMT/2.0/region=us-east-1/accountId=111122223333/eventDay=20260302/x.gz.parquet"
	dir := evidence(t, map[string]string{
		"raw.json": records(event("a"), event("e")), name: content, "packed.parquet.gz": zipped(content), "bundle.zip": zipOf(t, map[string]string{name: content}, zip.Deflate),
		"cut.parquet": content[:len(content)-20], "metadata/snap-1.avro": "Obj\x01x", "metadata/1.metadata.json": `{"format-version":2,"table-uuid":"x"}`,
	})
	o := try(t, Config{ContentHash: true}, dir)
	if o.totals.Kept != 2+3*3 || o.totals.Distinct != 4 || len(o.findings) != 0 {
		t.Errorf("%d kept, %d distinct, findings %v", o.totals.Kept, o.totals.Distinct, o.findings)
	}
	for _, path := range []string{name, "packed.parquet.gz", "bundle.zip!" + name} {
		b := o.object(t, path)
		if b.Status != Parsed || b.Kept != 3 || b.Other != 1 || b.Shape != "ocsf-columns" || b.ContentSHA256 == "" ||
			!strings.Contains(strings.Join(b.Notes, "\n"), "Parquet") || !strings.Contains(strings.Join(b.Notes, "\n"), "unsigned source: ocsf-columns, whose records are derived") {
			t.Errorf("%+v", b)
		}
	}
	if b := o.object(t, "cut.parquet"); b.Status != Unreadable || !strings.Contains(b.Reason, "parquet: no footer") {
		t.Errorf("%+v", b)
	}
	for path, reason := range map[string]string{"metadata/snap-1.avro": "Avro", "metadata/1.metadata.json": "Iceberg table metadata"} {
		if b := o.object(t, path); b.Status != Recognised || !strings.HasPrefix(b.Reason, reason) {
			t.Errorf("%+v", b)
		}
	}
	for _, e := range o.entries {
		want := map[string]string{"a": "records", "e": "records", "b": "ocsf-columns", "c": "ocsf-columns"}[e.Ref.ID]
		if e.Shape != want || parser.FidelityOf(want) == parser.Raw && string(e.Carried) != event(e.Ref.ID) {
			t.Errorf("%s: %s\n%s", e.Ref.ID, e.Shape, e.Carried)
		}
	}
}

// What Security Lake has of an event and the raw record must not contradict each other.
func TestSecurityLakeDisagrees(t *testing.T) {
	other := lakeOf("a", map[string]string{"recipientAccountId": "111122223333"})
	other.Source.IP = "192.0.2.99"
	o := try(t, Config{}, evidence(t, map[string]string{"raw.json": records(event("a")), "x.parquet": lake(t, []lakeRow{other})}))
	if len(o.findings) != 1 || o.totals.Distinct != 2 {
		t.Errorf("%d distinct, findings %v", o.totals.Distinct, o.findings)
	}
}

// A file may be larger than what may be held, unless it lies in something else.
func TestLargeParquet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]lakeRow, 0, 12_000)
	noise := make([]byte, 800)
	for i := range cap(rows) {
		for j := range noise {
			noise[j] = byte('a' + rng.IntN(26))
		}
		rows = append(rows, lakeOf(fmt.Sprint(i), map[string]string{"recipientAccountId": "111122223333", "eventType": string(noise)}))
	}
	content := lake(t, rows, parquet.Compression(&parquet.Uncompressed), parquet.MaxRowsPerRowGroup(2000))
	if len(content) < 9<<20 {
		t.Fatalf("%d bytes", len(content))
	}
	o := try(t, Config{Memory: 32 << 20}, evidence(t, map[string]string{"x.parquet": content, "y.zip": zipOf(t, map[string]string{"x.parquet": content}, zip.Store)}))
	if b := o.object(t, "x.parquet"); b.Status != Parsed || b.Kept != int64(len(rows)) {
		t.Errorf("%s: %s, %d kept", b.Status, b.Reason, b.Kept)
	}
	if b := o.object(t, "y.zip!x.parquet"); b.Status != Unreadable || !strings.Contains(b.Reason, "cannot be held") {
		t.Errorf("%s: %s", b.Status, b.Reason)
	}
}

// utf16Of writes text in UTF-16.
func utf16Of(text string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			u = u<<8 | u>>8
		}
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// UTF-16, which PowerShell makes of redirected output, is read. Nothing of it is replaced.
func TestUTF16(t *testing.T) {
	whole := records(event("a", "userAgent", `"grüße 🦊"`), event("b"))
	lone := strings.Replace(utf16Of(records(event("a", "userAgent", `"x?y"`)), false), "?\x00", "\x3d\xd8", 1)
	table := "Event name\tEvent time\tEvent source\tEvent ID\r\nX\t2026-03-02T10:00:00Z\ty\ta\r\n"
	for name, tt := range map[string]struct {
		content, note string
		status        Status
		kept          int64
	}{
		"LE":           {utf16Of("\ufeff"+whole, false), "packed as UTF-16LE", Parsed, 2},
		"BE":           {utf16Of("\ufeff"+whole, true), "packed as UTF-16BE", Parsed, 2},
		"LE, no mark":  {utf16Of(whole, false), "packed as UTF-16LE", Parsed, 2},
		"BE, no mark":  {utf16Of(whole, true), "packed as UTF-16BE", Parsed, 2},
		"in gzip":      {zipped(utf16Of("\ufeff"+whole, false)), "packed as gzip, within that UTF-16LE", Parsed, 2},
		"odd":          {utf16Of(whole, false)[:len(utf16Of(whole, false))-1], "", Damaged, 2},
		"cut":          {utf16Of(whole, false)[:900], "", Damaged, 1},
		"half a pair":  {lone, "packed as UTF-16LE", Parsed, 1},
		"spreadsheet":  {utf16Of("\ufeff"+table, false), "packed as UTF-16LE", Parsed, 1},
		"only a mark":  {"\xff\xfe", "", Recognised, 0},
		"mark, quotes": {utf16Of("\ufeff[]", false), "packed as UTF-16LE", Parsed, 0},
	} {
		o := try(t, Config{}, evidence(t, map[string]string{"a.txt": tt.content}))
		b := o.object(t, "a.txt")
		if b.Status != tt.status || b.Kept != tt.kept || !strings.Contains(strings.Join(b.Notes, "\n"), tt.note) {
			t.Errorf("%s: %+v", name, b)
		}
		switch name {
		case "LE", "BE":
			if string(o.entries[0].Carried) != event("a", "userAgent", `"grüße 🦊"`) {
				t.Errorf("%s: %s", name, o.entries[0].Carried)
			}
		case "half a pair":
			if !strings.Contains(string(o.entries[0].Carried), "x\xed\xa0\xbdy") {
				t.Errorf("%s: %q", name, o.entries[0].Carried)
			}
		}
	}
}

func TestUTF16Reader(t *testing.T) {
	text := "a\u00e9\u20ac🦊z"
	for _, big := range []bool{false, true} {
		in := utf16Of("\ufeff"+text, big)
		for n := range len(in) + 1 {
			got, err := io.ReadAll(iotest.OneByteReader(&utf16Reader{r: bytes.NewReader([]byte(in[:n])), big: big}))
			if n == len(in) && string(got) != text || (err != nil) != (n%2 == 1) {
				t.Errorf("%d bytes: %q, %v", n, got, err)
			}
		}
	}
}
