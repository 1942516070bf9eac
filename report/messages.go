package report

import "github.com/coldtrail/coldtrail/detect"

// messageLimit bounds the messages that are kept; it is far more than the report shows.
const messageLimit = 1 << 16

// A message is the errorMessage of a finding's event that has no errorCode, as
// failed sign-ins have. A finding's own events carry the code only.
type message struct {
	ordinal uint64 // of the event in the timeline
	text    string
}

// messages are the first ones in timeline order.
type messages struct {
	texts   map[uint64]string
	unknown bool   // there were more than are kept
	from    uint64 // if unknown, of events from this ordinal on
}

func (s *messages) add(m message) {
	switch {
	case len(s.texts) < messageLimit:
		if s.texts == nil {
			s.texts = make(map[uint64]string)
		}
		s.texts[m.ordinal] = m.text
	case !s.unknown:
		s.unknown, s.from = true, m.ordinal
	}
}

// of returns an event's error, which is its errorCode or, lacking that, its
// errorMessage, and its outcome, or "" where that is not known.
func (s *messages) of(ordinal uint64, code string) (text, outcome string) {
	if code != "" {
		if detect.Denied(code) {
			return code, "denied"
		}
		return code, "failed"
	}
	if text := s.texts[ordinal]; text != "" {
		return text, "failed"
	}
	if s.unknown && ordinal >= s.from {
		return "", ""
	}
	return "", "succeeded"
}
