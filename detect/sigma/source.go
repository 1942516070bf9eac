package sigma

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// identify says of each detector what it was made of (detect.Detector.Source): its file, the
// options, and the files of those documents that change others: filters, and for a
// correlation all correlations.
func (c *Collection) identify(files []File, opt Options) {
	sums := map[string]string{} // by name; two directories may have files of one name
	for _, f := range files {
		sums[f.Name] = hashed(sums[f.Name], string(f.Data))
	}
	options := []string{fmt.Sprint(opt.Builtin)}
	for _, name := range slices.Sorted(maps.Keys(opt.Placeholders)) {
		options = append(options, fmt.Sprintf("%q %q", name, opt.Placeholders[name]))
	}
	filters, correlations := hashed(options...), ""
	for i := range c.Rules {
		switch c.Rules[i].Kind {
		case KindFilter:
			filters = hashed(filters, sums[c.Rules[i].File])
		case KindCorrelation:
			correlations = hashed(correlations, sums[c.Rules[i].File])
		}
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.base == nil {
			continue
		}
		r.base.Source = hashed("rule", sums[r.File], filters)
		if r.Kind == KindCorrelation {
			r.base.Source = hashed("correlation", sums[r.File], filters, correlations)
		}
	}
}

func hashed(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:])
}
