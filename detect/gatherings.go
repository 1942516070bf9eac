package detect

import (
	"fmt"
	"strings"
)

// gatherings is the state of secrets-gathered.
type gatherings struct {
	secrets, parameters, batches, regions int
	habits                                *novelty // by role or user: what it read
	of                                    *spells[gathered]
}

type gathered struct {
	secrets, parameters, regions, news few
	batches, refused                   int
}

func (s *gatherings) note(batch []hit) {
	for i := range batch {
		ref, secret := batch[i].ref, batch[i].e.Get(factSecret)
		v := s.of.touch(credentialOf(ref), ref)
		v.x.regions.add(ref.Region)
		switch {
		case ref.ErrorCode != "":
			v.x.refused++
		case ref.Name == "BatchGetSecretValue":
			v.x.batches++
		case ref.EventSource == "ssm.amazonaws.com":
			for name := range strings.SplitSeq(secret, "\n") { // a call may name ten
				v.x.parameters.add(name)
			}
		default:
			v.x.secrets.add(secret)
		}
		if secret != "" && s.habits.see(habitual(ref), secret, ref.Time) {
			v.x.news.add(secret)
		}
		s.of.add(v, ref)
	}
}

func (s *gatherings) judge(v *spell[gathered]) (Severity, string, bool) {
	x := &v.x
	names := x.secrets.len() + x.parameters.len()
	many := x.secrets.len() >= s.secrets || x.parameters.len() >= s.parameters || x.batches >= s.batches
	wide := x.regions.len() >= s.regions && names+x.batches >= s.regions
	severity := Low
	// Twenty secrets alone are the rule's to tell.
	if wide || x.batches >= s.batches || many && (2*x.news.len() >= names || longTerm(v.key) && x.parameters.len() >= s.parameters) {
		severity = Medium
	}
	var parts []string
	for _, p := range [...]struct {
		n    int
		noun string
	}{{x.secrets.len(), "secret"}, {x.parameters.len(), "parameter"}, {x.batches, "batch call"}} {
		if p.n > 0 {
			parts = append(parts, plural(p.n, "different "+p.noun))
		}
	}
	return severity, fmt.Sprintf("%s read %s in %s, %d for the first time, %s", v.who, strings.Join(parts, " and "), plural(x.regions.len(), "region"), x.news.len(), plural(x.refused, "refusal")), many || wide
}
