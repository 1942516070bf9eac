package detect

import (
	"fmt"
	"time"
)

// secondFactors is the state of second-factor-overcome.
type secondFactors struct {
	failures int
	of       *spells[factor]
}

type factor struct {
	failed, replaced int
	lately           []time.Time // of the last failures
	in               bool        // signed in after enough failures
	armed            time.Time
	taken            time.Time // when the device was taken away, by whom it was not for
}

func (f *secondFactors) note(batch []hit) {
	for pass := range 2 { // failures and removals first: within a second there is no order
		for i := range batch {
			ref, e := batch[i].ref, batch[i].e
			bad := e.Get(FactOutcome) == "failure" || ref.Name == "DeactivateMFADevice" || ref.Name == "DeleteVirtualMFADevice"
			if bad != (pass == 0) {
				continue
			}
			v := f.of.touch(e.Get(FactUser)+" in "+ref.Account, ref)
			f.see(&v.x, ref, e)
			f.of.add(v, ref)
		}
	}
}

func (f *secondFactors) see(x *factor, ref *EventRef, e Evidence) {
	switch {
	case e.Get(FactOutcome) == "failure":
		x.failed++
		if x.lately = append(x.lately, ref.Time); len(x.lately) >= f.failures {
			x.lately = x.lately[len(x.lately)-f.failures:]
			if ref.Time.Sub(x.lately[0]) <= guessSpan {
				x.armed = ref.Time
			}
		}
	case ref.Name == "ConsoleLogin":
		x.in = x.in || !x.armed.IsZero() && ref.Time.Sub(x.armed) <= guessIdle
	case ref.Name == "EnableMFADevice":
		if !x.taken.IsZero() {
			x.replaced++
		}
	case e.has(factStrange):
		x.taken = ref.Time
	}
}

func (f *secondFactors) judge(v *spell[factor]) (Severity, string, bool) {
	switch {
	case v.x.in:
		return High, fmt.Sprintf("%d wrong codes, then a sign-in that had the right one", v.x.failed), true
	case v.x.replaced > 0:
		return Medium, "the device was taken away and another one enrolled, not by the user at the console", true
	}
	return 0, "", false
}
