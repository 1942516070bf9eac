package report

import (
	"io"
	"slices"
)

// same reports whether what was asked found nothing and nothing has gone: most indicators that are hunted have never been there.
// Then all that follows from findings stays too, if it is unmoved, and with the same knowledge of addresses.
func (h *hunt) same() bool {
	if !h.unmoved() || len(h.concluded.findings) != len(h.concluded.was.findings) || slices.ContainsFunc(h.concluded.findings, func(f huntFinding) bool { return !f.stays }) {
		return false
	}
	return slices.Equal(h.Enrichment.Sources(), h.was.SourceIPs.Enrichment)
}

// again makes the latest report that of the detectors of this hunt, and takes over what it is a report of.
func (h *hunt) again(w *huntWriter) (*Model, error) {
	for _, name := range []string{findingsLines, incidentsFile, persistenceFile, dataFile, defencesFile} {
		if err := w.add(name, func(out io.Writer) error { return w.copyOf(name, out) }); err != nil {
			return nil, err
		}
	}
	f := &found{byDetector: map[string]*detected{}}
	for i := range h.was.Findings.ByDetector {
		r := &h.was.Findings.ByDetector[i]
		f.byDetector[r.Detector] = &detected{r.Severity, r.Findings, r.Events}
	}
	h.was.Detection = h.Detection.found(f, h.evicted())
	return h.was, nil
}
