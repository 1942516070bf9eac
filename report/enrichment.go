package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// An Enrichment says of addresses what files say that somebody gave: databases of places and
// networks, AWS's own ranges, relays of Tor. It is shown beside the evidence and never in its
// place. Nil knows only which ranges nobody on the Internet has.
type Enrichment struct {
	databases []*addressDatabase // of several that say something, the first is believed
	cloud     networkTable[cloudRange]
	relays    networkTable[struct{}]
	sources   []EnrichmentSource
	cloudBy   string // what is said of a value's source
	relaysBy  string
}

// databaseKind is the kind of a source that says where addresses are.
const databaseKind = "database"

// An EnrichmentSource is a file that says something of addresses.
type EnrichmentSource struct {
	Kind   string `json:"kind"` // "database", "ranges of AWS" or "relays of Tor"
	Name   string `json:"name"` // what it calls itself, or the last part of its path
	Built  string `json:"built,omitempty"`
	SHA256 string `json:"sha256"`
}

// Whereabouts are what is known of an address. What is not known is zero.
type Whereabouts struct {
	// Range is what the address is for, where it is nobody's on the Internet.
	Range   string `json:"range,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166 code
	City    string `json:"city,omitempty"`
	ASN     uint32 `json:"asn,omitempty"`
	Network string `json:"network,omitempty"` // owner of the autonomous system
	Cloud   string `json:"cloud,omitempty"`   // service and region of AWS
	Tor     bool   `json:"tor,omitempty"`     // a relay, by the list
	// By names what says so, with the day when it was built.
	By []string `json:"by,omitempty"`
}

// Sources lists the files, in the order in which they were given.
func (e *Enrichment) Sources() []EnrichmentSource {
	if e == nil {
		return nil
	}
	return slices.Clone(e.sources)
}

// Of returns what is known of a sourceIPAddress; nil: nothing, or it is no address. Names of
// services have no place.
func (e *Enrichment) Of(source string) *Whereabouts {
	addr, err := netip.ParseAddr(source)
	if err != nil {
		return nil
	}
	addr = addr.Unmap().WithZone("")
	if r := specialRange(addr); r != "" {
		return &Whereabouts{Range: r}
	}
	if e == nil {
		return nil
	}
	w := &Whereabouts{}
	for _, db := range e.databases {
		switch l, ok, err := db.locate(addr); {
		case err != nil:
			w.By = append(w.By, db.by+" is damaged there")
		case ok && w.adopt(l):
			w.By = append(w.By, db.by)
		}
	}
	if c, ok := e.cloud.find(addr); ok {
		w.Cloud, w.By = c.String(), append(w.By, e.cloudBy)
	}
	if _, ok := e.relays.find(addr); ok {
		w.Tor, w.By = true, append(w.By, e.relaysBy)
	}
	if len(w.By) == 0 {
		return nil
	}
	return w
}

// adopt takes what is not known yet, and reports whether there was something.
func (w *Whereabouts) adopt(l detect.Location) (some bool) {
	if w.Country == "" && l.Country != "" {
		w.Country, w.City, some = valid(l.Country), valid(l.City), true
	}
	if w.ASN == 0 && l.ASN != 0 {
		w.ASN, w.Network, some = l.ASN, valid(l.Network), true
	}
	return some
}

// Locate says where an address is, by the databases; false: it is not known. It may be called
// by many goroutines.
func (e *Enrichment) Locate(addr netip.Addr) (l detect.Location, ok bool) {
	addr = addr.Unmap().WithZone("")
	if specialRange(addr) != "" {
		return l, false
	}
	for _, db := range e.databases {
		x, found, err := db.locate(addr)
		if !found || err != nil {
			continue
		}
		ok = true
		if l.Country == "" && x.Country != "" {
			asn, network := l.ASN, l.Network
			l = x
			l.ASN, l.Network = cmp.Or(asn, x.ASN), cmp.Or(network, x.Network)
		} else if l.ASN == 0 {
			l.ASN, l.Network = x.ASN, x.Network
		}
	}
	return l, ok
}

// Places reports whether there is a database to say where addresses are.
func (e *Enrichment) Places() bool { return e != nil && len(e.databases) > 0 }

// Digest names the databases' content: what Locate says rests on that alone, and not on the lists.
func (e *Enrichment) Digest() string {
	var b strings.Builder
	for _, s := range e.sources {
		if s.Kind == databaseKind {
			fmt.Fprintf(&b, "%s %s\n", s.Kind, s.SHA256)
		}
	}
	return b.String()
}

// String says it in a line, with what says so.
func (w *Whereabouts) String() string {
	if w == nil {
		return ""
	}
	parts := []string{w.Range, w.Country, w.City}
	if w.ASN != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("AS%d %s", w.ASN, w.Network)))
	}
	parts = append(parts, w.Cloud)
	if w.Tor {
		parts = append(parts, "relay of Tor")
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	said := strings.Join(parts, ", ")
	if len(w.By) > 0 {
		said += " (" + strings.Join(w.By, "; ") + ")"
	}
	return said
}

// Enrich puts what e says of addresses in the place of what the model has, and names its files.
func (m *Model) Enrich(e *Enrichment) {
	for i := range m.SourceIPs.Addresses {
		row := &m.SourceIPs.Addresses[i]
		row.Where = e.Of(row.Source)
	}
	m.SourceIPs.Enrichment = e.Sources()
}

// Enrich says of the addresses of the tree where they are.
func (p *Pivot) Enrich(e *Enrichment) { enrichTables(p.By, e) }
