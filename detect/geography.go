package detect

import (
	"fmt"
	"math"
	"net/netip"
)

// NetworkOf names the network of an address: its autonomous system, or where nobody knows
// that, the first 16 bits of it, of IP version 6 the first 32, which is what registries hand out.
func (c *Context) NetworkOf(ip netip.Addr) string {
	if at, ok := c.locate(ip); ok && at.ASN != 0 {
		return fmt.Sprint("AS", at.ASN)
	}
	bits := 16
	if !ip.Is4() {
		bits = 32
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return ip.String()
	}
	return p.String()
}

// kilometres is the distance of two places on a sphere of the earth's mean radius.
func kilometres(a, b Location) float64 {
	const radius, degree = 6371.0, math.Pi / 180
	dy, dx := (b.Latitude-a.Latitude)*degree/2, (b.Longitude-a.Longitude)*degree/2
	h := math.Sin(dy)*math.Sin(dy) + math.Cos(a.Latitude*degree)*math.Cos(b.Latitude*degree)*math.Sin(dx)*math.Sin(dx)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h)))
}
