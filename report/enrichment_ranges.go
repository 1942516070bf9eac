package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A networkTable holds values by network, and finds the most specific one that an address is in.
type networkTable[T any] struct {
	networks map[netip.Prefix]T
	lengths  []int // of the prefixes, the longest first
}

// put sets the value of a network, if it has none yet.
func (t *networkTable[T]) put(p netip.Prefix, value T) {
	p = p.Masked()
	if t.networks == nil {
		t.networks = map[netip.Prefix]T{}
	}
	if _, there := t.networks[p]; there {
		return
	}
	t.networks[p] = value
	if at, there := slices.BinarySearchFunc(t.lengths, p.Bits(), func(a, b int) int { return b - a }); !there {
		t.lengths = slices.Insert(t.lengths, at, p.Bits())
	}
}

func (t *networkTable[T]) find(a netip.Addr) (value T, ok bool) {
	for _, bits := range t.lengths {
		if p, err := a.Prefix(bits); err == nil {
			if value, ok = t.networks[p]; ok {
				return value, true
			}
		}
	}
	return value, false
}

// special are the ranges that nobody on the Internet has: IANA's registries of special-purpose addresses
// (RFC 6890 and its successors).
var special = func() (t networkTable[string]) {
	for _, r := range []struct{ network, name string }{
		{"0.0.0.0/8", "this network (RFC 791)"},
		{"10.0.0.0/8", "private (RFC 1918)"},
		{"100.64.0.0/10", "shared by carriers (RFC 6598)"},
		{"127.0.0.0/8", "loopback (RFC 1122)"},
		{"169.254.0.0/16", "link-local (RFC 3927)"},
		{"172.16.0.0/12", "private (RFC 1918)"},
		{"192.0.0.0/24", "for protocols (RFC 6890)"},
		{"192.0.2.0/24", "documentation (RFC 5737)"},
		{"192.168.0.0/16", "private (RFC 1918)"},
		{"198.18.0.0/15", "benchmarks (RFC 2544)"},
		{"198.51.100.0/24", "documentation (RFC 5737)"},
		{"203.0.113.0/24", "documentation (RFC 5737)"},
		{"224.0.0.0/4", "multicast (RFC 5771)"},
		{"240.0.0.0/4", "reserved (RFC 1112)"},
		{"::/128", "unspecified (RFC 4291)"},
		{"::1/128", "loopback (RFC 4291)"},
		{"100::/64", "discarded (RFC 6666)"},
		{"2001:db8::/32", "documentation (RFC 3849)"},
		{"3fff::/20", "documentation (RFC 9637)"},
		{"fc00::/7", "private (RFC 4193)"},
		{"fe80::/10", "link-local (RFC 4291)"},
		{"ff00::/8", "multicast (RFC 4291)"},
	} {
		t.put(netip.MustParsePrefix(r.network), r.name)
	}
	return t
}()

// specialRange says what an address is for that nobody on the Internet has; "": somebody may have it.
func specialRange(a netip.Addr) string {
	name, _ := special.find(a)
	return name
}

// A cloudRange is a network of AWS.
type cloudRange struct{ service, region string }

func (c *cloudRange) String() string {
	return strings.TrimSpace("AWS " + c.service + " " + c.region)
}

// AddRanges adds AWS's list of its networks, ip-ranges.json. Of a network that several
// services have, the one that says more than AMAZON is taken.
func (e *Enrichment) AddRanges(name string, data []byte) error {
	var list struct {
		CreateDate   string       `json:"createDate"`
		Prefixes     []listedCIDR `json:"prefixes"`
		IPv6Prefixes []listedCIDR `json:"ipv6_prefixes"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	all := append(list.Prefixes, list.IPv6Prefixes...)
	if len(all) == 0 {
		return errors.New("no prefixes, as ip-ranges.json has them")
	}
	for _, general := range []bool{false, true} {
		for i := range all {
			c := &all[i]
			if (c.Service == "AMAZON") != general {
				continue
			}
			p, err := netip.ParsePrefix(c.IPv4 + c.IPv6)
			if err != nil {
				return fmt.Errorf("prefix %d: %w", i, err)
			}
			e.cloud.put(p, cloudRange{valid(c.Service), valid(c.Region)})
		}
	}
	e.add(&e.cloudBy, EnrichmentSource{Kind: "ranges of AWS", Name: name, Built: valid(list.CreateDate)}, data)
	return nil
}

// listedCIDR is a network of ip-ranges.json.
type listedCIDR struct {
	IPv4    string `json:"ip_prefix"`
	IPv6    string `json:"ipv6_prefix"`
	Region  string `json:"region"`
	Service string `json:"service"`
}

// AddTor adds a list of the relays of Tor: an address or network a line, as bulk exit lists
// are, or the lines "ExitAddress ADDRESS TIME" of exit-addresses, of which the others are left out.
func (e *Enrichment) AddTor(name string, data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	n, relays := 0, 0
	for lines.Scan() {
		n++
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		text := fields[0]
		switch text {
		case "ExitNode", "Published", "LastStatus", "@type":
			continue
		case "ExitAddress":
			if len(fields) < 2 {
				return fmt.Errorf("line %d: ExitAddress without an address", n)
			}
			text = fields[1]
		}
		p, err := networkOf(text)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		e.relays.put(p, struct{}{})
		relays++
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	if relays == 0 {
		return errors.New("no address in it")
	}
	e.add(&e.relaysBy, EnrichmentSource{Kind: "relays of Tor", Name: name}, data)
	return nil
}

func networkOf(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// add notes a file, and how it is named beside a value.
func (e *Enrichment) add(by *string, s EnrichmentSource, data []byte) {
	sum := sha256.Sum256(data)
	s.SHA256 = hex.EncodeToString(sum[:])
	s.Name = valid(s.Name)
	*by = strings.TrimSpace(s.Name + " " + s.Built)
	e.sources = append(e.sources, s)
}
