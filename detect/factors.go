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
	failed   int
	lately   []time.Time // of the last failures
	in       bool        // signed in after enough failures
	armed    time.Time
	taken    bool // the device was taken away, by whom it was not for
	replaced bool // and another one enrolled
	strange  bool // likewise not by the user at the console
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
		x.replaced = x.replaced || x.taken
		x.strange = x.strange || x.taken && e.has(factStrange)
	case e.has(factStrange):
		x.taken = true
	}
}

func (f *secondFactors) judge(v *spell[factor]) (Severity, string, bool) {
	switch {
	case v.x.in:
		return High, fmt.Sprintf("%d wrong codes, then a sign-in that had the right one", v.x.failed), true
	case v.x.strange:
		return Medium, "the device was taken away and another one enrolled, not by the user at the console", true
	case v.x.replaced:
		return Low, "the device was taken away, not by the user at the console, who enrolled another one there", true
	}
	return 0, "", false
}
