package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Identity returns a hash of what decides a detector's findings: of two detectors that the
// same program made, those of one identity find the same in the same events. It is "" where
// the detector does not say what it was made of.
func Identity(d *Detector) string {
	if d.Source == "" && d.Record != nil && !slices.Contains(registered, d) {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %q %q %q\n", d.ID, d.Title, d.Doc, d.Next, d.Severity, d.Techniques, d.Events)
	fmt.Fprintf(h, "%q\n", d.Source)
	for _, need := range d.Requires {
		id := Identity(need)
		if id == "" {
			return ""
		}
		fmt.Fprintf(h, "%s\n", id)
	}
	return hex.EncodeToString(h.Sum(nil))
}
