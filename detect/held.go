package detect

// What the state of each detector holds beside itself, for fading to weigh.

func (f *few) held() int      { return f.bytes }
func (s *recent) held() int   { return s.bytes }
func (r *EventRef) held() int { return r.size() }

// heldBy sums up.
func heldBy(all ...heavy) (n int) {
	for _, h := range all {
		n += h.held()
	}
	return n
}

// heldIn is what strings hold.
func heldIn(texts []string) (n int) {
	for _, s := range texts {
		n += stringBytes + len(s)
	}
	return n
}

const stringBytes = 16

func (s *noveltyOf) held() int     { return s.few.held() + heldIn(s.fresh) }
func (v *burst) held() int         { return heldBy(&v.calls, &v.news) }
func (v *guess) held() int         { return v.users.held() }
func (x *survey) held() int        { return heldBy(&x.quick, &x.slow, &x.calls, &x.news, &x.no, &x.sources) }
func (x *sweep) held() int         { return heldBy(&x.quick, &x.buckets, &x.no) }
func (x *triedKey) held() int      { return heldBy(&x.calls, &x.refused) }
func (x *triedRole) held() int     { return heldBy(&x.refused, &x.before, &x.entered) }
func (x *reader) held() int        { return heldBy(&x.calls, &x.services, &x.refused) }
func (x *sending) held() int       { return heldBy(&x.calls, &x.services, &x.regions, &x.refused, &x.news) }
func (x *gathered) held() int      { return heldBy(&x.secrets, &x.parameters, &x.regions, &x.news) }
func (x *newNetworkUse) held() int { return x.newCalls.held() }
func (x *takenRole) held() int     { return x.roles.held() }
func (x *networkShare) held() int  { return x.networks.held() }
func (x *leak) held() int          { return heldBy(&x.before, &x.addresses) }
func (x *rootDay) held() int       { return heldBy(&x.changed, &x.credentials) }
func (x *instanceState) held() int { return heldBy(&x.addresses, &x.agents, &x.second, &x.own) }
func (x *placeState) held() int    { return heldBy(&x.people, &x.instances) }
func (x *instanceUse) held() int   { return x.agents.held() }
func (x *issuedSession) held() int { return heldBy(&x.by, &x.changed, &x.tried) }
func (x *console) held() int       { return heldBy(&x.token, &x.by, &x.changed) }
func (x *workflow) held() int      { return x.ref.held() }
func (x *workflowUse) held() int   { return heldBy(&x.from, &x.calls, &x.first) }
func (x *travel) held() int        { return x.ref.held() }
func (c *chain) held() int         { return heldIn(c.path) }
func (x *chainUse) held() int      { return heldBy(&x.longest, &x.back, &x.round) }
func (p *putOut) held() int        { return heldBy(&p.first.ref, &p.last.ref) }
func (t *tampering) held() int     { return t.bytes }
func (r *usualRefusals) held() int { return r.bytes }

func (x *networkUse) held() int {
	n := x.services.held()
	for i := range x.seen {
		n += seenBytes + x.seen[i].agents.held()
	}
	return n
}

func (o *openWindows) held() (n int) {
	for i := range o.all {
		n += windowBytes + len(o.all[i].id) + len(o.all[i].trail)
		for j := range o.all[i].hands {
			n += o.all[i].hands[j].size()
		}
	}
	return n
}

// windowBytes is the size of an openWindow.
const windowBytes = 104

// seenBytes is the size of a seenAt.
const seenBytes = 136

// held counts the events that are listed, and the other hours.
func (v *bucketReader) held() int { return v.hour.bytesHeld + v.most.bytesHeld + 8*cap(v.hours) }
