package detect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// ssoRole is what the names of the roles begin with that Identity Center makes for people.
const ssoRole = "AWSReservedSSO_"

// isPersonType reports whether people's identities may be of that type.
func isPersonType(t string) bool { return t == "IAMUser" || t == "Root" || t == "FederatedUser" }

// ofPerson reports whether a person may well be behind the identity of that ARN: a user, or a
// session of a role that Identity Center made.
func ofPerson(arn string) bool {
	return strings.Contains(arn, ":user/") || strings.Contains(arn, ":federated-user/") || isRoot(arn) || strings.Contains(arn, ":assumed-role/"+ssoRole)
}

// instanceOf returns the instance's ID in the principal ID of its role's session, or "".
func instanceOf(principalID string) string {
	at := strings.LastIndexByte(principalID, ':')
	if at < 0 || !strings.HasPrefix(principalID[at+1:], "i-") {
		return ""
	}
	id := principalID[at+1:]
	if len(id) < 10 || len(id) > 19 || strings.Trim(id[2:], "0123456789abcdefABCDEF") != "" {
		return ""
	}
	return id
}

// instanceIdle is how long an instance, a key and an address are remembered: keys of instances
// live for six hours, and hosts answer at least daily.
const instanceIdle = 48 * time.Hour

// instances is the state of instance-credentials-outside: what each instance and each address
// showed, and the calls of each key at each address.
type instances struct {
	c       *Context
	known   *fading[instanceState]
	places  *fading[placeState]
	uses    *spells[instanceUse]
	signs   int
	high    int
	gateway int
}

type instanceState struct {
	addresses, agents, second few // second: keys from the metadata service's second version
	own                       few // addresses of the agent
}

type placeState struct{ people, instances few }

// instanceUse is what a key did at an address.
type instanceUse struct {
	instance, address, key string
	delivery               string
	agents                 few
	carried, endpoint      string
	asked                  bool // who it is
}

func newInstances(c *Context) *instances {
	s := &instances{
		c: c, known: newFading[instanceState](maxSubjects, instanceIdle, nil), places: newFading[placeState](maxSubjects, instanceIdle, nil),
		signs: c.Int("signs"), high: c.Int("signs-high"), gateway: c.Int("gateway-instances"),
	}
	s.uses = newSpells("instance-credentials-outside", instanceIdle/2, s.judge)
	return s
}

func (s *instances) stream() Stream {
	return s.uses.stream(s.note, func() int64 { return s.known.count() + s.places.count() })
}

func (s *instances) note(batch []hit) {
	for i := range batch {
		ref, e := batch[i].ref, batch[i].e
		place := s.places.touch(ref.SourceIP, ref.Time)
		instance := e.Get(factInstance)
		if instance == "" {
			place.people.add(ref.Principal)
			continue
		}
		place.instances.add(instance)
		known := s.known.touch(instance, ref.Time)
		if _, public := InternetAddress(ref.SourceIP); public {
			known.addresses.add(ref.SourceIP)
		}
		known.agents.add(e.Get(factAgent))
		if ref.Name == heartbeat {
			known.own.add(ref.SourceIP)
		}
		if e.Get(factDelivery) == "2.0" {
			known.second.add(ref.Credential)
		}
		s.use(ref, e, instance)
	}
}

func (s *instances) use(ref *EventRef, e Evidence, instance string) {
	v := s.uses.touch(credentialOf(ref)+" at "+ref.SourceIP, ref)
	if v.x.instance != instance {
		v.x.instance, v.x.address, v.x.key = strings.Clone(instance), strings.Clone(ref.SourceIP), strings.Clone(ref.Credential)
	}
	v.x.delivery = cloneMax(v.x.delivery, e.Get(factDelivery))
	v.x.agents.add(e.Get(factAgent))
	v.x.carried = cloneMax(v.x.carried, e.Get(factCarried))
	v.x.endpoint = cloneMax(v.x.endpoint, e.Get(factEndpoint))
	v.x.asked = v.x.asked || ref.Name == "GetCallerIdentity"
	s.uses.add(v, ref)
}

// cloneMax returns the greater one, of the second a copy.
func cloneMax(a, b string) string {
	if b > a {
		return strings.Clone(b)
	}
	return a
}

// judge counts the signs. Where the instance's own agent calls from the address, it is the
// instance's, whatever else it shows.
func (s *instances) judge(v *spell[instanceUse]) (Severity, string, bool) {
	var odd signs
	n := 0
	sign := func(weight int, format string, args ...any) {
		n += weight
		odd.add(true, format, args...)
	}
	if v.x.endpoint != "" {
		sign(2, "it came through an endpoint of account %s", s.c.named(v.x.endpoint))
	}
	in := s.known.peek(v.x.instance, v.last)
	if _, public := InternetAddress(v.x.address); public && (in == nil || !in.own.has(v.x.address)) {
		s.compare(v, in, sign)
	}
	if v.x.carried != "" {
		sign(1, "the command line had the credentials from its %s", v.x.carried)
	}
	if n < s.signs {
		return 0, "", false
	}
	severity := Medium
	if n >= s.high {
		severity = High
	}
	return severity, fmt.Sprintf("key of instance %s at %s, %s: %s", v.x.instance, v.x.address, plural(v.count, "event"), strings.Join(odd, "; ")), true
}

// compare looks at the address, and at what else is known of the instance.
func (s *instances) compare(v *spell[instanceUse], in *instanceState, sign func(int, string, ...any)) {
	if p := s.places.peek(v.x.address, v.last); p != nil && p.people.len() > 0 && p.instances.len() <= s.gateway {
		sign(2, "%s works from there", leastOf(&p.people))
	}
	if in != nil {
		others := in.addresses.len()
		if in.addresses.has(v.x.address) {
			others--
		}
		if others > 0 {
			sign(1, "the instance is seen at other addresses as well (%d)", others)
		}
		if v.x.delivery == "1.0" && in.second.len() > 0 && !in.second.has(v.x.key) {
			sign(1, "the key is of the metadata service's first version, others of the instance of its second")
		}
		if other := in.otherSystem(&v.x.agents); other != "" {
			sign(1, "the user agent tells of %s", other)
		}
	}
	if v.x.delivery == "1.0" && v.x.asked {
		sign(1, "it asked who it is, with a key of the metadata service's first version")
	}
	if ip, ok := InternetAddress(v.x.address); ok {
		if at, ok := s.c.locate(ip); ok && at.ASN != 0 && !cloudNetworks[at.ASN] {
			sign(1, "the address is in the network of %s", at.Network)
		}
	}
}

// otherSystem names a desktop's operating system that the key's agents show and nothing else
// of the instance does.
func (in *instanceState) otherSystem(of *few) string {
	system := func(agent string) string { return agent[strings.LastIndexByte(agent, ' ')+1:] }
	for _, a := range sortedValues(of) {
		if o := system(a); o == "macos" || o == "windows" {
			same := 0
			for _, agent := range in.agents.values {
				if system(agent) == o {
					same++
				}
			}
			if len(in.agents.values) > same {
				return o
			}
		}
	}
	return ""
}

// cloudNetworks are the autonomous systems of Amazon, in which instances are.
var cloudNetworks = map[uint32]bool{16509: true, 14618: true, 8987: true, 7224: true}

// locate says where an address is, if anybody knows.
func (c *Context) locate(ip netip.Addr) (Location, bool) {
	if c.Locate == nil {
		return Location{}, false
	}
	return c.Locate(ip)
}

func sortedValues(f *few) []string {
	return slices.Sorted(slices.Values(f.values))
}

func leastOf(f *few) string { return sortedValues(f)[0] }
