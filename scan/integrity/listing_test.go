package integrity

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What a listing of the bucket says of what is absent: that it was deleted says most, that an older version is there least.
func TestListingOf(t *testing.T) {
	there := Listed{Modified: "T1", Storage: "STANDARD"}
	cold, old, gone := there, Listed{Modified: "T0", Older: true}, Listed{Modified: "T2", Deleted: true}
	cold.Storage = "GLACIER"
	for want, all := range map[string][]Listed{
		"": nil,
		"in the bucket when the listing was made, of T1: it was not collected":                        {there},
		"in the bucket when the listing was made, of T1, storage class GLACIER: it was not collected": {old, cold},
		"an older version is in the bucket, of T0":                                                    {old},
		"deleted at the source on T2 (delete marker)":                                                 {old, there, gone},
	} {
		if got := listingOf(all, ""); got != want {
			t.Errorf("%+v: %q, want %q", all, got, want)
		}
	}
	if got := listingOf([]Listed{gone}, "before"); got != "before" {
		t.Error(got)
	}
}

// An inventory with versions has delete markers that were undone: they are of no weight, and a row without a key is no row.
func TestInventoryRows(t *testing.T) {
	var got []string
	take := Taker{Listed: func(e *Listed) error {
		got = append(got, strings.TrimSuffix(e.Key+" "+e.words(), ": it was not collected"))
		return nil
	}}
	text := `"b","k1","v1","true","false","5","T1"` + "\n" + `"b","k2","v1","false","true","","T2"` + "\n" + `"b","k2","v2","true","true","","T3"` + "\n" + `"b","k%20+3","v1","false","false","5","T4"` + "\n"
	if err := take.Read("inventory.csv", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	want := "k1 in the bucket when the listing was made, of T1\nk2 deleted at the source on T3 (delete marker)\nk  3 an older version is in the bucket, of T4"
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("%s, want %s", s, want)
	}
	for _, bad := range []string{`"b","","v1","true","false","5","T1"`, `"b","k","v1","true","false","five","T1"`, `"b","%zz","v1","true","false","5","T1"`} {
		if err := take.Read("inventory.csv", strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "row 1") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// An absent digest is told with the one that names it, and with what a listing says of it.
func TestAbsentAsNamed(t *testing.T) {
	l := New(Config{Dir: t.TempDir(), Memory: 8 << 20})
	at := func(hour int) string { return digestKey(noon.Add(time.Duration(hour) * time.Hour)) }
	if err := errors.Join(
		l.Digest(0, "s", at(0), plainDigest(noon, nil), Container{Packed: true}),
		l.Digest(1, "s", at(2), plainDigest(noon.Add(2*time.Hour), map[string]any{"previousDigestS3Bucket": "b", "previousDigestS3Object": at(1)}), Container{Packed: true}),
		l.Listed(&Listed{Key: at(1), Modified: "T1", Deleted: true}),
	); err != nil {
		t.Fatal(err)
	}
	r, err := l.Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	absent := 0
	for row, err := range r.Rows {
		if err != nil {
			t.Fatal(err)
		}
		if row.Verdict != Absent {
			continue
		}
		absent++
		if row.Key != at(1) || row.Digest == nil || *row.Digest != 1 || row.Detail != "named by the digest that follows it" || row.Listed != "deleted at the source on T1 (delete marker)" || !row.Failure {
			t.Errorf("%+v", row)
		}
	}
	if absent != 1 || r.Totals.Deleted != 1 {
		t.Errorf("%d absent: %+v", absent, r.Totals)
	}
}
