package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/scan/integrity"
)

// Notes are said, once, whether or not something is wrong.
func TestIntegrityNotes(t *testing.T) {
	notes := map[string]int64{integrity.TruncatedGzip: 2, integrity.KeyValidity: 1, integrity.TrailingData: 1}
	for failures, want := range map[int64]string{
		0: "Noted of files, whatever their verdicts: 1 key-validity, 1 trailing-data, 2 truncated-gzip.",
		1: "Noted of files, whatever their verdicts: 1 key-validity, 2 truncated-gzip.",
	} {
		i := &Integrity{Totals: integrity.Totals{Digests: map[string]int64{"signed": 1}, Notes: notes, Failures: failures}}
		s := i.statement()
		if !slices.Contains(s, want) {
			t.Errorf("%d failures: no %q in\n%s", failures, want, strings.Join(s, "\n"))
		}
	}
}
