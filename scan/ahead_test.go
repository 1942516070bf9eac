package scan

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// TestReadAhead: huge objects are read ahead of the parser, to the end, to the
// place of damage, or not at all, and everything is as it would be without.
func TestReadAhead(t *testing.T) {
	var events []string
	for i := range 1500 {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
		events = append(events, event(fmt.Sprint(i), "eventTime", at(i%60), "additionalEventData", quote(strings.Repeat(sum, 50))))
	}
	whole := records(events...)
	if len(whole) < aheadFrom {
		t.Fatalf("%d bytes are not huge", len(whole))
	}
	padding := strings.Repeat(" ", aheadFrom)
	broken := records(append([]string{event("first"), `{"a":x}`}, events[2:]...)...) + padding
	o := try(t, Config{ContentHash: true}, evidence(t, map[string]string{
		"whole.json":  whole,
		"cut.json":    whole[:aheadFrom+100],
		"broken.json": broken,
		"text.txt":    "no JSON" + padding,
		"small.json":  event("small"),
	}))
	for path, want := range map[string]struct {
		status  Status
		kept    int64
		content string
	}{
		"whole.json": {Parsed, 1500, whole}, "cut.json": {Damaged, int64(strings.Count(whole[:aheadFrom+100], "eventID")), whole[:aheadFrom+100]},
		"broken.json": {Damaged, 1499, broken}, "text.txt": {Recognised, 0, "no JSON" + padding}, "small.json": {Parsed, 1, event("small")},
	} {
		got := o.object(t, path)
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte(want.content)))
		if got.Status != want.status || got.Kept > want.kept || got.Kept < want.kept-1 || got.SHA256 != hash || got.ContentSHA256 != hash {
			t.Errorf("%s: %s (%s), %d kept, not %d; hash %t", path, got.Status, got.Reason, got.Kept, want.kept, got.SHA256 == hash)
		}
	}
}
