package scan

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// A reference survives its encoding, whether the dictionary has room or not.
func TestRefEncoder(t *testing.T) {
	refs := []detect.EventRef{
		{},
		{Time: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), ID: "a\x00b\x00\xff\x00", Place: detect.Place{Object: 1 << 40, Index: 1 << 30, Offset: 1 << 50}},
		{Time: time.Date(2026, 3, 2, 10, 0, 0, 5, time.UTC), ID: "e", Name: "N", EventSource: "s", Region: "r", Account: "1", Principal: "p",
			PrincipalType: "t", Credential: "c", SessionStart: "z", InvokedBy: "i", SourceIP: "9", UserAgent: strings.Repeat("u", 1000),
			ErrorCode: "x", ErrorMessage: "y", ReadOnly: "true"},
		{Time: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Name: "N", EventSource: "s", Region: "r", Account: "1", Principal: "p"},
	}
	for _, room := range []int64{0, 200, 1 << 20} {
		d := newDictionary(room)
		e := refEncoder{dictionary: d}
		for range 2 { // the second time from what is remembered
			for _, want := range refs {
				if want.Time.IsZero() {
					want.Time = time.Unix(0, 0).UTC()
				}
				value := append(e.append(nil, &want), "tail"...)
				got, n, err := d.decode(appendKey(nil, &want), value)
				if err != nil || got != want || string(value[n:]) != "tail" {
					t.Errorf("room %d: got %+v, %d, %v\nwant %+v", room, got, n, err, want)
				}
				for cut := range value[:n] {
					if _, _, err := d.decode(appendKey(nil, &want), value[:cut]); err == nil {
						t.Errorf("room %d: %d of %d bytes pass", room, cut, n)
					}
				}
			}
		}
	}
}

// Keys sort by time, then ID, then place, and none is the beginning of another.
func TestKeyOrder(t *testing.T) {
	var keys [][]byte
	for _, at := range []int64{-1 << 40, -1, 0, 1, 1 << 40} {
		for _, id := range []string{"", "\x00", "\x00\x00", "\x00\x01", "\x01", "a", "a\x00", "a\x00\x01" + strings.Repeat("\x00", tailBytes), "ab"} {
			for _, object := range []uint64{0, 1, 256} {
				for _, index := range []int{0, 1, 256} {
					r := detect.EventRef{Time: time.Unix(at, 0), ID: id, Place: detect.Place{Object: object, Index: index}}
					keys = append(keys, appendKey(nil, &r))
				}
			}
		}
	}
	if !slices.IsSortedFunc(keys, bytes.Compare) {
		t.Error("keys do not sort as their events")
	}
	for i := 1; i < len(keys); i++ {
		if bytes.HasPrefix(keys[i], keys[i-1]) {
			t.Errorf("key %q begins with %q", keys[i], keys[i-1])
		}
	}
}
