package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/scan"
)

// TestInventoryIsPrintable: what the evidence wrote steers no terminal, as text and as JSON.
func TestInventoryIsPrintable(t *testing.T) {
	const hostile = "x\u202e\u0085\x1b[31m\xff"
	s := &scan.Survey{
		Sources: []string{hostile},
		Groups:  []scan.SurveyGroup{{Status: scan.Parsed, Kind: hostile, Shape: "records", Objects: 1, Bytes: 2, Example: hostile}},
		Places:  []scan.SurveyPlace{{Account: hostile, Region: hostile}},
	}
	s.Totals.Objects, s.Totals.Bytes = map[scan.Status]int64{scan.Parsed: 1}, map[scan.Status]int64{scan.Parsed: 2}
	var text, object bytes.Buffer
	if err := WriteInventory(&text, s); err != nil {
		t.Fatal(err)
	}
	if err := WriteInventoryJSON(&object, s); err != nil || !json.Valid(object.Bytes()) {
		t.Fatal(err, object.String())
	}
	for _, out := range []string{text.String(), object.String()} {
		if strings.ContainsAny(out, "\u202e\u0085\x1b") || !utf8.ValidString(out) || !strings.Contains(out, "u202e") {
			t.Errorf("%q", out)
		}
	}
}
