package detect

// note follows tokens, then who opened the console with them, then what they changed: within
// a second there is no order.
func (s *consoles) note(batch []hit) {
	for i := range batch {
		if key := batch[i].e.Get(FactIssuedKey); key != "" {
			*s.issued.touch(key, batch[i].ref.Time) = *batch[i].ref
		}
	}
	for stage := range 3 {
		for i := range batch {
			if batch[i].e.has(FactIssuedKey) || stageOf(batch[i].ref) != stage {
				continue
			}
			s.see(batch[i].ref, stage)
		}
	}
}

func stageOf(ref *EventRef) int {
	switch ref.Name {
	case "GetSigninToken":
		return 0
	case "ConsoleLogin":
		return 1
	}
	return 2
}

func (s *consoles) see(ref *EventRef, stage int) {
	if stage > 0 && s.of.open.peek(ref.Principal, ref.Time) == nil {
		return
	}
	v := s.of.touch(ref.Principal, ref)
	x := &v.x
	switch stage {
	case 0:
		x.token = *ref
		if by := s.issued.peek(ref.Credential, ref.Time); by != nil && by.ID != x.by.ID {
			x.by = *by
			s.of.add(v, new(*by))
		}
	case 1:
		if ref.Time.Sub(x.token.Time) > s.signin {
			return
		}
		a, okA := InternetAddress(x.token.SourceIP)
		b, okB := InternetAddress(ref.SourceIP)
		x.in = true
		x.far = x.far || okA && okB && a.Is4() == b.Is4() && s.c.NetworkOf(a) != s.c.NetworkOf(b)
	case 2:
		if !x.in || !ref.changes() {
			return
		}
		x.changed.add(callOf(ref))
		x.deep = x.deep || ref.EventSource == "iam.amazonaws.com"
	}
	s.of.add(v, ref)
}
