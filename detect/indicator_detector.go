package detect

import (
	"math"
	"path"
	"strings"
	"time"
)

// IndicatorID is the ID of the detector of a list of that file name: "ioc-" and the name.
func IndicatorID(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if ext := path.Ext(name); len(ext) < len(name) {
		name = strings.TrimSuffix(name, ext)
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(append([]string{"ioc"}, words...), "-")
}

// Detector makes the detector of that ID that looks for the list's indicators. Each
// indicator that is seen is a finding, with all its events.
func (l *Indicators) Detector(id string) *Detector {
	d := &Detector{
		ID:    id,
		Title: "Indicator of a list seen",
		Doc: `An event has what a list of indicators names: an address, an access key, a principal, a user agent, an account, a
bucket or an object, or it is an event of the list itself. It means what the list means. Innocent causes are lists that are old
(an address changes hands within days), too wide (a provider's whole network) or of another case. What is not the caller's own, such as
a bucket or an account that the event names, is low unless the list says otherwise: its owner's calls name it as well. Why names the list and the line: ask who
wrote it, when, and how sure they were.`,
		Next: `Look at all that the credential behind these events did, from this address and from others; if the list is right, the
credential is in the wrong hands: deactivate it and revoke its sessions.`,
		Severity: High,
	}
	d.Record, d.Seek, d.Source = l.record, l.seeks(), l.Name+"\x00"+l.sum
	d.Stream = func() Stream { return indicatorStream(d) }
	return d
}

// indicatorStream makes a finding of each indicator that is seen, first to last: whether
// there was a day in between does not matter for what is known to be bad.
func indicatorStream(d *Detector) Stream {
	var subject string
	w := Window{
		ID: d.ID, Title: d.Title, Gap: math.MaxInt64 * time.Nanosecond,
		Subject:  func(*EventRef) string { return subject },
		Distinct: SubjectOf, Unit: "principals",
	}
	s := w.Stream()
	return Stream{
		Next: func(ref *EventRef, e Evidence, emit func(Finding)) {
			for len(e) > 0 {
				n := 1
				for n < len(e) && e[n].Name != FactIndicator {
					n++
				}
				subject = e[0].Value
				s.Next(ref, withSeverity(e[:n:n], d.Severity), emit)
				e = e[n:]
			}
		},
		Flush: s.Flush,
	}
}

// withSeverity adds the detector's severity where a line has none of its own: a line's own
// may be lower, and a window knows no way down.
func withSeverity(e Evidence, s Severity) Evidence {
	if e.has(FactSeverity) {
		return e
	}
	return append(e, Fact{FactSeverity, s.String()})
}
