package parser

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareVersions compares two eventVersions as CloudTrail means them: part by part, as numbers, so
// that 1.9 comes before 1.10, and 1.08 is 1.8. A part that is no number comes before all that are.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		x, restA, _ := strings.Cut(a, ".")
		y, restB, _ := strings.Cut(b, ".")
		if c := cmp.Compare(versionPart(x), versionPart(y)); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return 0
}

func versionPart(s string) int {
	if s == "" {
		return 0 // 1 is 1.0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return -1
	}
	return n
}
