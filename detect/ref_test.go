package detect

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func sampleRef() EventRef {
	return EventRef{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), ID: "e1", Name: "CreateUser",
		EventSource: "iam.amazonaws.com", Region: "us-east-1", Account: "111122223333",
		Principal: "arn:aws:iam::111122223333:user/alice", PrincipalType: "IAMUser",
		Credential: "AKIAEXAMPLE", SessionStart: "2026-01-02T00:00:00Z", InvokedBy: "x",
		SourceIP: "203.0.113.9", UserAgent: strings.Repeat("ü", 200), ErrorCode: "AccessDenied",
		ErrorMessage: "no", ReadOnly: "false", Place: Place{Object: math.MaxUint64, Index: 7, Offset: -1},
	}
}

func TestRefRoundTrip(t *testing.T) {
	full := sampleRef()
	early, late := full, full
	early.Time = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	late.Time = time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	for _, ref := range []EventRef{full, early, late, {Time: time.Time{}.UTC()}} {
		b := AppendRef([]byte("ahead"), &ref)
		got, n, err := DecodeRef(append(b, "behind"...)[len("ahead"):])
		if err != nil || n != len(b)-len("ahead") || got != ref {
			t.Errorf("DecodeRef(AppendRef(%v)) = %v, %d, %v", ref, got, n, err)
		}
		for cut := range n {
			if _, _, err := DecodeRef(b[len("ahead"):][:cut]); err == nil {
				t.Fatalf("cut to %d of %d bytes: no error", cut, n)
			}
		}
	}
}

func TestRefEveryStringTravels(t *testing.T) {
	typ := reflect.TypeFor[EventRef]()
	n := 0
	for i := range typ.NumField() {
		if typ.Field(i).Type.Kind() == reflect.String {
			n++
		}
	}
	if n != refStrings {
		t.Errorf("EventRef has %d strings, the codec %d", n, refStrings)
	}
}

func TestRefCloneOwnsItsStrings(t *testing.T) {
	ref := sampleRef()
	b := AppendRef(nil, &ref)
	view, _, _ := DecodeRef(b)
	clone := view.Clone()
	clear(b)
	if clone != ref {
		t.Errorf("clone changed with the buffer: %v", clone)
	}
}

func TestEvidenceRoundTrip(t *testing.T) {
	for _, e := range []Evidence{nil, {{"why", "because"}}, {{"", ""}, {"a", "b"}}} {
		b := AppendEvidence(nil, e)
		got, n, err := DecodeEvidence(b)
		if err != nil || n != len(b) || !slices.Equal(got, e) {
			t.Errorf("DecodeEvidence(AppendEvidence(%v)) = %v, %d, %v", e, got, n, err)
		}
	}
}

func FuzzCodec(f *testing.F) {
	ref := sampleRef()
	f.Add(AppendRef(nil, &ref))
	f.Add(AppendEvidence(nil, Evidence{{"a", "b"}}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		if ref, n, err := DecodeRef(b); err == nil {
			if n > len(b) {
				t.Fatalf("read %d of %d bytes", n, len(b))
			}
			again, _, err := DecodeRef(AppendRef(nil, &ref))
			if err != nil || again != ref {
				t.Fatalf("round trip: %v, %v", again, err)
			}
		}
		if e, n, err := DecodeEvidence(b); err == nil {
			again, _, err := DecodeEvidence(AppendEvidence(nil, e))
			if err != nil || n > len(b) || !slices.Equal(again, e) {
				t.Fatalf("round trip: %v, %v", again, err)
			}
		}
	})
}
