package scan

import (
	"reflect"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

func TestHeadCodec(t *testing.T) {
	heads := []FindingHead{
		{First: time.Unix(0, 0).UTC(), Last: time.Unix(0, 0).UTC()},
		{
			ID: "1f", Detector: "x", Severity: detect.High, Subject: "arn\x00", Why: "because", Suppressed: "s.yml, line 1", Count: 1 << 40,
			First: time.Date(1, 2, 3, 4, 5, 6, 7, time.UTC), Last: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
			Principals: Distinct{Values: []string{"a", "", "c"}, More: 3}, SourceIPs: Distinct{More: 1},
		},
	}
	for _, want := range heads {
		b := appendHead(nil, &want)
		got, err := decodeHead(b)
		if err != nil || !reflect.DeepEqual(want, got) {
			t.Errorf("%+v came back as %+v, %v", want, got, err)
		}
		for n := range b {
			if _, err := decodeHead(b[:n]); err == nil {
				t.Errorf("%d of %d bytes were taken for a head", n, len(b))
			}
		}
		if _, err := decodeHead(append(b, 0)); err == nil {
			t.Error("a byte too many was taken")
		}
	}
}
