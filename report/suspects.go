package report

import (
	"maps"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// SuspectFrom is the severity from which a finding makes its credentials,
// principals and source addresses suspects, conflicting copies apart. The report says so.
const SuspectFrom = detect.Medium

// accuses reports whether a detector's finding makes suspects of whom it names.
// Conflicting copies accuse nobody: one of them is false, and whom the false one
// names is for whoever wrote it to choose.
func accuses(detector string, severity detect.Severity) bool {
	return severity >= SuspectFrom && detector != detect.ConflictingCopies
}

// suspectActivity is the detector that sums up what others say of a credential, and spreads suspicion to all that it did.
const suspectActivity = "suspect-activity"

// suspectLimit bounds each list of suspects.
const suspectLimit = 10_000

// suspects are whom and where the findings point to. They are complete before
// the first event is seen, and then only read.
type suspects struct {
	credentials map[string]bool
	principals  map[string]bool // of findings without any credential
	addresses   map[string]bool
	held        map[string]bool // access keys that an examiner accuses; nil: none
	more        int64           // values beyond the limits, of the findings and of this list
}

// follows reports whether a key's beginning and end are of interest.
func (s *suspects) follows(key string) bool { return s.credentials[key] || s.held[key] }

// keys are all that it follows.
func (s *suspects) keys() map[string]bool {
	if len(s.held) == 0 {
		return s.credentials
	}
	all := maps.Clone(s.credentials)
	maps.Copy(all, s.held)
	return all
}

func gather(c *scan.Conclusion) (*suspects, error) {
	s := &suspects{credentials: make(map[string]bool), principals: make(map[string]bool), addresses: make(map[string]bool)}
	if c == nil || c.Findings == nil {
		return s, nil
	}
	for head, err := range c.Findings {
		if err != nil {
			return nil, err
		}
		if !accuses(head.Detector, head.Severity) {
			continue
		}
		s.admit(s.credentials, head.Credentials)
		head.SourceIPs.Values = slices.DeleteFunc(slices.Clone(head.SourceIPs.Values), func(ip string) bool { return !isAddress(ip) && !isMalformed(ip) })
		s.admit(s.addresses, head.SourceIPs)
		if len(head.Credentials.Values) == 0 {
			s.admit(s.principals, head.Principals)
		}
	}
	return s, nil
}

func (s *suspects) admit(set map[string]bool, d scan.Distinct) {
	s.more += int64(d.More)
	for _, v := range d.Values {
		switch {
		case v == "" || isService(v) || set[v]:
		case len(set) >= suspectLimit:
			s.more++
		default:
			set[v] = true
		}
	}
}
