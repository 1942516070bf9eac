package detect

import (
	"fmt"

	"github.com/coldtrail/coldtrail/parser"
)

// Try runs a detector over a few records in their order, by way of the codec, as a run does,
// and returns its findings whole. It is for examples: all is held in memory.
func Try(d *Detector, records []string) ([]Finding, error) {
	set, err := NewSet([]*Detector{d})
	if err != nil {
		return nil, err
	}
	if set.Len() == 0 {
		return nil, nil
	}
	var found []Finding
	at := map[string]int{}
	emit := func(f Finding) {
		key := f.Subject + "\x00" + f.Opened.ID
		i, ok := at[key]
		if !ok {
			at[key] = len(found)
			found = append(found, f)
			return
		}
		whole := &found[i]
		whole.Events, whole.Severity, whole.Why = append(whole.Events, f.Events...), max(whole.Severity, f.Severity), f.Why
	}
	s := set.Stream(0)
	for i, text := range records {
		r, err := parser.Parse([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i, err)
		}
		ref := NewRef(r, Place{Index: i})
		set.Record(r, func(_ int, e Evidence) {
			b := AppendEvidence(AppendRef(nil, &ref), e)
			ref, n, refErr := DecodeRef(b)
			e, _, evidenceErr := DecodeEvidence(b[n:])
			if refErr != nil || evidenceErr != nil {
				err = errCodec
				return
			}
			s.Next(&ref, e, emit)
		})
		if err != nil {
			return nil, err
		}
	}
	if s.Flush != nil {
		s.Flush(emit)
	}
	return found, nil
}

// TryExamples runs a detector's Hits and Misses, and says which are wrong: a hit must yield
// a finding, a miss none.
func TryExamples(d *Detector) (wrong []string) {
	d = Configure([]*Detector{d}, examplesWorld())[0]
	try := func(kind string, i int, records []string, want bool) {
		found, err := Try(d, records)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s %d: %v", kind, i+1, err))
		case want && len(found) == 0:
			wrong = append(wrong, fmt.Sprintf("%s %d: no finding", kind, i+1))
		case !want && len(found) > 0:
			wrong = append(wrong, fmt.Sprintf("%s %d: %s: %s", kind, i+1, found[0].Severity, found[0].Why))
		}
	}
	for i, records := range d.Hits {
		try("hit", i, records, true)
	}
	for i, records := range d.Misses {
		try("miss", i, records, false)
	}
	return wrong
}
