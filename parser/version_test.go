package parser

import "testing"

// Trap: event versions are numbers, part by part.
func TestCompareVersions(t *testing.T) {
	sorted := []string{"x", "0.9", "1.0", "1.01", "1.02", "1.03", "1.04", "1.05", "1.06", "1.07", "1.08", "1.09", "1.10", "1.11", "1.12", "2.0"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := CompareVersions(a, b), min(max(i-j, -1), 1); got != want {
				t.Errorf("%s and %s: %d, want %d", a, b, got, want)
			}
		}
	}
	for _, same := range [][2]string{{"1.8", "1.08"}, {"1", "1.0"}, {"1.10", "1.010"}, {"", "0"}} {
		if got := CompareVersions(same[0], same[1]); got != 0 {
			t.Errorf("%q and %q: %d", same[0], same[1], got)
		}
	}
}
