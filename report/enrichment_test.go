package report

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mmdb makes a database in MaxMind's format of IPv6 networks, in which IPv4 lies as ::/96, by its
// specification, version 2.0.
func mmdb(t *testing.T, kind string, networks map[string]map[string]any) []byte {
	t.Helper()
	type node [2]int // a node, or ^n for the n-th record, or -1<<62 for nothing
	const nothing = math.MinInt32
	tree := []node{{nothing, nothing}}
	var data []byte
	var offsets []int
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		p := netip.MustParsePrefix(name)
		addr, bits := p.Addr().As16(), p.Bits()
		if p.Addr().Is4() {
			addr, bits = [16]byte{12: addr[12], 13: addr[13], 14: addr[14], 15: addr[15]}, bits+96
		}
		at := 0
		for i := range bits {
			side := addr[i/8] >> (7 - i%8) & 1
			if i == bits-1 {
				tree[at][side] = ^len(offsets)
				break
			}
			if tree[at][side] == nothing {
				tree = append(tree, node{nothing, nothing})
				tree[at][side] = len(tree) - 1
			}
			at = tree[at][side]
		}
		offsets = append(offsets, len(data))
		data = appendMMDB(data, networks[name])
	}
	var out []byte
	for _, n := range tree {
		for _, to := range n {
			switch {
			case to == nothing:
				to = len(tree)
			case to < 0:
				to = len(tree) + 16 + offsets[^to]
			}
			out = append(out, byte(to>>16), byte(to>>8), byte(to))
		}
	}
	out = append(append(out, make([]byte, 16)...), data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return appendMMDB(out, map[string]any{
		"node_count": uint32(len(tree)), "record_size": uint32(24), "ip_version": uint32(6), "database_type": kind,
		"binary_format_major_version": uint32(2), "build_epoch": uint32(1_767_225_600),
	})
}

func appendMMDB(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		if len(v) < 29 {
			return append(append(b, 2<<5|byte(len(v))), v...)
		}
		return append(append(b, 2<<5|29, byte(len(v)-29)), v...)
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 3<<5|8), math.Float64bits(v))
	case uint32:
		return binary.BigEndian.AppendUint32(append(b, 6<<5|4), v)
	case map[string]any:
		b = append(b, 7<<5|byte(len(v)))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b = appendMMDB(appendMMDB(b, k), v[k])
		}
		return b
	}
	panic("no such type")
}

func database(t *testing.T, e *Enrichment, content []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.mmdb")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return e.AddDatabase("x.mmdb", path, "00")
}

// Places and networks come of different databases, under the names that each of the usual ones has.
func TestEnrichment(t *testing.T) {
	e := &Enrichment{}
	for _, content := range [][]byte{
		mmdb(t, "Cities", map[string]map[string]any{
			"8.8.0.0/16":    {"country": map[string]any{"iso_code": "US"}, "city": map[string]any{"names": map[string]any{"en": "Ashburn"}}, "location": map[string]any{"latitude": 39.0, "longitude": -77.5}},
			"2a02:1::/32":   {"country": map[string]any{"iso_code": "NL"}},
			"91.198.0.0/16": {"country_code": "DE", "city": "Köln\x1b[31m"},
			"10.0.0.0/8":    {"country": "XX"},
		}),
		mmdb(t, "", map[string]map[string]any{
			"8.8.8.0/24":  {"autonomous_system_number": uint32(15169), "autonomous_system_organization": "GOOGLE", "country": "FR"},
			"2a02::/16":   {"asn": "AS64500", "as_name": "Example"},
			"45.0.0.0/24": {"country": "SE", "asn": "none"},
		}),
	} {
		if err := database(t, e, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.AddRanges("ip-ranges.json", []byte(`{"createDate":"2026-01-02-03-04-05","prefixes":[
		{"ip_prefix":"3.0.0.0/9","region":"us-east-1","service":"AMAZON"},{"ip_prefix":"3.0.0.0/9","region":"us-east-1","service":"EC2"}],
		"ipv6_prefixes":[{"ipv6_prefix":"2600:1f00::/24","region":"GLOBAL","service":"S3"}]}`)); err != nil {
		t.Fatal(err)
	}
	if err := e.AddTor("exits", []byte("# list\nExitNode 00\nPublished 2026\nExitAddress 91.198.1.1 2026-01-01\n2a02:1::7\n45.0.0.0/30\n\n")); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"8.8.8.8":              "US, Ashburn, AS15169 GOOGLE (Cities 2026-01-01; x.mmdb 2026-01-01)",
		"::ffff:8.8.8.8":       "US, Ashburn, AS15169 GOOGLE (Cities 2026-01-01; x.mmdb 2026-01-01)",
		"2a02:1::7":            "NL, AS64500 Example, relay of Tor (Cities 2026-01-01; x.mmdb 2026-01-01; exits)",
		"91.198.1.1":           "DE, Köln\x1b[31m, relay of Tor (Cities 2026-01-01; exits)",
		"45.0.0.3":             "SE, relay of Tor (x.mmdb 2026-01-01; exits)",
		"45.0.0.4":             "SE (x.mmdb 2026-01-01)",
		"3.5.1.1":              "AWS EC2 us-east-1 (ip-ranges.json 2026-01-02-03-04-05)",
		"2600:1f00::1":         "AWS S3 GLOBAL (ip-ranges.json 2026-01-02-03-04-05)",
		"10.1.2.3":             "private (RFC 1918)", // whatever a database says
		"100.64.0.1":           "shared by carriers (RFC 6598)",
		"fd00::1":              "private (RFC 4193)",
		"fe80::1%eth0":         "link-local (RFC 4291)",
		"AWS Internal":         "",
		"ec2.amazonaws.com":    "",
		"1.2.3.4":              "",
		"":                     "",
		"999.1.1.1":            "",
		"2001:db8::1":          "documentation (RFC 3849)",
		"203.0.113.7":          "documentation (RFC 5737)",
		"2a02:ffff::1":         "AS64500 Example (x.mmdb 2026-01-01)",
		"2a03::1":              "",
		"::ffff:10.0.0.1":      "private (RFC 1918)",
		"2600:1f00::ffff:ffff": "AWS S3 GLOBAL (ip-ranges.json 2026-01-02-03-04-05)",
	} {
		if got := e.Of(source).String(); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
	if got := (*Enrichment)(nil).Of("192.168.0.1").String(); got != "private (RFC 1918)" {
		t.Errorf("without files: %q", got)
	}
	l, ok := e.Locate(netip.MustParseAddr("8.8.8.8"))
	if !ok || l.Country != "US" || l.ASN != 15169 || l.Network != "GOOGLE" || !l.Placed || l.Latitude != 39 {
		t.Errorf("%+v %v", l, ok)
	}
	if l, ok := e.Locate(netip.MustParseAddr("10.0.0.1")); ok {
		t.Errorf("a private address is at %+v", l)
	}
	if n := len(e.Sources()); n != 4 {
		t.Errorf("%d sources", n)
	}
}

// Detectors ask the databases alone: another list of relays is no reason to ask them again, another database is, and so is another order.
func TestEnrichmentDigest(t *testing.T) {
	digest := func(databases []string, relays string) string {
		e := &Enrichment{}
		for _, country := range databases {
			path := filepath.Join(t.TempDir(), "x.mmdb")
			if err := os.WriteFile(path, mmdb(t, "Cities", map[string]map[string]any{"8.0.0.0/8": {"country": country}}), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := e.AddDatabase("x.mmdb", path, country); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.AddTor("exits", []byte(relays)); err != nil {
			t.Fatal(err)
		}
		return e.Digest()
	}
	was := digest([]string{"US", "NL"}, "45.0.0.7\n")
	if got := digest([]string{"US", "NL"}, "45.0.0.8\n"); got != was {
		t.Errorf("another list of relays: %q, was %q", got, was)
	}
	for _, other := range [][]string{{"US"}, {"NL", "US"}, {"US", "SE"}} {
		if got := digest(other, "45.0.0.7\n"); got == was {
			t.Errorf("databases %v: %q as before", other, got)
		}
	}
}

// What is no list, or damaged, is refused, and nothing that it says is believed.
func TestEnrichmentRefused(t *testing.T) {
	e := &Enrichment{}
	whole := mmdb(t, "x", map[string]map[string]any{"8.0.0.0/8": {"country": "US"}})
	other := mmdb(t, "x", map[string]map[string]any{"8.0.0.0/8": {"weather": "fine"}})
	for name, content := range map[string][]byte{"empty": nil, "no database": []byte("hello"), "cut": whole[:len(whole)/4], "of something else": other} {
		if err := database(t, e, content); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	damaged := bytes.Replace(whole, []byte("\x42US"), []byte("\xff\xff\xff"), 1)
	if err := database(t, e, damaged); err == nil {
		t.Error("damaged: no error")
	}
	for _, text := range []string{"", "{}", `{"prefixes":[{"ip_prefix":"x"}]}`, `[]`} {
		if e.AddRanges("x", []byte(text)) == nil {
			t.Errorf("ranges %q: no error", text)
		}
	}
	for _, text := range []string{"", "# none\n", "not an address\n", "ExitAddress\n", strings.Repeat("1", 1<<20)} {
		if e.AddTor("x", []byte(text)) == nil {
			t.Errorf("relays %.20q: no error", text)
		}
	}
	if len(e.Sources()) > 0 || e.Places() {
		t.Errorf("%+v", e.Sources())
	}
}
