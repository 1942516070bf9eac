package detect

import "net/netip"

// InternetAddress parses a source address of the internet. Names of services, private addresses and others that every
// network has, which say nothing about who uses them, are none. Those of documentation (RFC 5737) stand for public ones.
func InternetAddress(text string) (netip.Addr, bool) {
	if len(text) == 0 || text[0] > 'f' || text[0] >= 'G' && text[0] <= 'Z' {
		return netip.Addr{}, false // most are names
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	ip = ip.Unmap()
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || shared.Contains(ip) {
		return netip.Addr{}, false
	}
	return ip, true
}

// shared is the address space that carriers share (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")
