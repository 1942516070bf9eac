package report

import (
	"io"
	"slices"
)

// same reports whether what was asked found nothing and nothing has gone: most indicators that are hunted have never been there.
// Then all that follows from findings stays too, if this very program made it, of a case that nobody has judged, as to integrity
// or in person, and with the same knowledge of addresses.
func (h *hunt) same() bool {
	was := h.was
	if !h.Trusted || h.Stand || len(h.held.All()) > 0 || h.Detection.marks() || was.Detection.marks() {
		return false
	}
	if len(h.concluded.findings) != len(h.concluded.was.findings) || slices.ContainsFunc(h.concluded.findings, func(f huntFinding) bool { return !f.stays }) {
		return false
	}
	return (was.Integrity == nil || was.Integrity.Revision == h.integrity.Revision) && slices.Equal(h.Enrichment.Sources(), was.SourceIPs.Enrichment)
}

// marks reports whether findings are marked or left out after they were found, which counts them anew.
func (d *Detection) marks() bool { return d != nil && (d.Minimum != "" || len(d.Suppressions) > 0) }

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
