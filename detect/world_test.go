package detect

import "net/netip"

// examplesWorld is what is known to the detectors beside their examples: where some addresses are.
func examplesWorld() *Context {
	places := map[string]Location{
		exampleNear:  {Country: "DE", City: "Hamburg", Latitude: 53.6, Longitude: 10, Placed: true, ASN: 64500, Network: "Example Net"},
		exampleFar:   {Country: "AU", City: "Perth", Latitude: -31.9, Longitude: 115.9, Placed: true, ASN: 64501, Network: "Example Down Under"},
		exampleCloud: {Country: "US", Latitude: 39, Longitude: -77.5, Placed: true, ASN: 16509, Network: "Amazon"},
	}
	return &Context{LocateSource: "examples", Locate: func(ip netip.Addr) (Location, bool) {
		at, ok := places[ip.String()]
		return at, ok
	}}
}
