package report

import (
	"fmt"
	"slices"
	"time"
)

// Grounds say why a question has its answer. folded is the same with n and t for the
// numbers and times that were measured, which differ from place to place: by it, answers
// are listed together.
type grounds struct{ text, folded string }

// A measure is a number or a time in grounds, and what stands for any.
type measure struct{ is, any string }

func (m measure) String() string { return m.is }

// because makes grounds of a format whose verbs are all %s.
func because(format string, args ...any) grounds {
	folded := slices.Clone(args)
	for i, a := range folded {
		if m, ok := a.(measure); ok {
			folded[i] = m.any
		}
	}
	return grounds{fmt.Sprintf(format, args...), fmt.Sprintf(format, folded...)}
}

// howMany is how many there are of something.
func howMany(n int64, noun string) measure {
	if n == 0 && noun == "event" {
		return measure{"no event", "n events"}
	}
	return measure{plural(n, noun), "n " + noun + "s"}
}

// are is how many there are of something, more words on it, and the verb.
func are(n int64, noun, more string) measure {
	verb := " are"
	if n == 1 {
		verb = " is"
	}
	return measure{plural(n, noun) + more + verb, "n " + noun + "s" + more + " are"}
}

// timed is a time, in seconds since 1970.
func timed(sec int64) measure { return measure{seconds(sec).Format(time.RFC3339), "t"} }

// none writes a number of events, or that there is none.
func none(n int64) string { return howMany(n, "event").is }
