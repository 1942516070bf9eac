package detect

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// An addressTable finds addresses and networks: single IPv4 addresses, of which there may be
// millions, in a map of four bytes each; networks in one map for each length of prefix, of
// which a list has few.
type addressTable struct {
	v4       map[uint32]mark
	networks map[netip.Prefix]mark
	lengths  [2][]int // of the prefixes of IPv4 and of IPv6, the longest first
}

// put adds a network, or an address as the longest of prefixes. It reports whether it is new.
func (t *addressTable) put(p netip.Prefix, line mark) bool {
	if p = p.Masked(); p.Addr().Is4() && p.IsSingleIP() {
		if t.v4 == nil {
			t.v4 = map[uint32]mark{}
		}
		key := v4Key(p.Addr())
		if _, there := t.v4[key]; there {
			return false
		}
		t.v4[key] = line
		return true
	}
	if t.networks == nil {
		t.networks = map[netip.Prefix]mark{}
	}
	if _, there := t.networks[p]; there {
		return false
	}
	t.networks[p] = line
	family := &t.lengths[familyOf(p.Addr())]
	if !slices.Contains(*family, p.Bits()) {
		*family = append(*family, p.Bits())
		slices.SortFunc(*family, func(a, b int) int { return b - a })
	}
	return true
}

// find returns the most specific entry that an address is in.
func (t *addressTable) find(a netip.Addr) (netip.Prefix, mark, bool) {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		if line, ok := t.v4[v4Key(a)]; ok {
			return netip.PrefixFrom(a, 32), line, true
		}
	}
	for _, bits := range t.lengths[familyOf(a)] {
		p, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		if line, ok := t.networks[p]; ok {
			return p, line, true
		}
	}
	return netip.Prefix{}, 0, false
}

func (t *addressTable) empty() bool { return len(t.v4) == 0 && len(t.networks) == 0 }

func v4Key(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func familyOf(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

// prefixesOf covers a range of addresses by as few networks as it takes.
func prefixesOf(from, to netip.Addr) (all []netip.Prefix) {
	for from.Compare(to) <= 0 {
		bits := from.BitLen()
		for bits > 0 {
			wider := netip.PrefixFrom(from, bits-1)
			if wider.Masked().Addr() != from || lastOf(wider).Compare(to) > 0 {
				break
			}
			bits--
		}
		p := netip.PrefixFrom(from, bits)
		all = append(all, p)
		if from = lastOf(p).Next(); !from.IsValid() {
			break
		}
	}
	return all
}

// lastOf is the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		if host := 8*(i+1) - p.Bits(); host > 0 {
			b[i] |= byte(1<<min(host, 8) - 1)
		}
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
