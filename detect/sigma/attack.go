package sigma

import (
	"slices"
	"strings"
)

// renamed leads from the IDs of ATT&CK techniques up to v18 to those of v19.1.
var renamed = map[string]string{
	"T1562": "T1685", "T1562.001": "T1685", "T1562.006": "T1685",
	"T1562.008": "T1685.002",
	"T1562.007": "T1686.001",
	"T1562.004": "T1686",
	"T1562.002": "T1685.001", "T1070.001": "T1685.005", "T1070.002": "T1685.006",
	"T1562.010": "T1689", "T1656": "T1684.001",
}

// techniques are the ATT&CK techniques among the rule's tags, in v19.1.
func (r *Rule) techniques() (ids []string) {
	for _, tag := range r.Tags {
		id, ok := strings.CutPrefix(strings.ToUpper(tag), "ATTACK.")
		if !ok || !isTechnique(id) {
			continue
		}
		if now, old := renamed[id]; old {
			r.note("tag %s: %s in ATT&CK v19.1", tag, now)
			id = now
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// isTechnique reports whether a text is in the form of T1078 or T1078.004.
func isTechnique(id string) bool {
	main, sub, dotted := strings.Cut(id, ".")
	digits := func(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }
	return strings.HasPrefix(main, "T") && digits(main[1:], 4) && (!dotted || digits(sub, 3))
}
