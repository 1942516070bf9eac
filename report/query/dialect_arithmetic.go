package query

import (
	"math/big"
	"net/netip"
)

// arithmetic writes an operation of two operands. The engine divides integers to
// fractions and by zero to NULL, and makes timestamps and numbers of dates, where Trino keeps
// dates and makes intervals (Trino, "Date and time operators"). Which operands are dates is seen by their looks
// alone: for a column of a query's own that is a date, the engine's arithmetic holds.
func (r *rewriter) arithmetic(op *token, left, right node) node {
	x := node{from: left.from, to: r.n, shape: otherShape}
	if right.shape == noShape {
		return x
	}
	function := ""
	switch {
	case op.is("/") && left.shape != intervalShape:
		function = "divide"
	case op.is("%"):
		function = "modulus"
	case op.is("-") && left.shape == dateShape && right.shape == dateShape:
		function = "days_between"
		x.shape = intervalShape
	case op.isAny("+", "-") && (left.shape == dateShape && right.shape == intervalShape || left.shape == intervalShape && right.shape == dateShape):
		r.e.wrap(left.from, right.to, "CAST(", " AS DATE)")
		x.shape = dateShape
	case left.shape == intervalShape || right.shape == intervalShape && op.is("*"):
		x.shape = intervalShape
	}
	if function != "" {
		r.callMacro(left.from, right.to, function, left, right)
	}
	return x
}

// keywordShape returns the shape of an operand that begins with a keyword.
func keywordShape(t *token) shape {
	switch {
	case t.isAny("DATE", "CURRENT_DATE"):
		return dateShape
	case t.is("INTERVAL"):
		return intervalShape
	default:
		return otherShape
	}
}

// shapeOf returns the shape of a call, or of a form that looks like one.
func (r *rewriter) shapeOf(c *calling) shape {
	switch c.name {
	case "date", "from_iso8601_date", "last_day_of_month":
		return dateShape
	case "cast", "try_cast":
		if r.token(r.n-2).is("DATE") && r.token(r.n-3).is("AS") {
			return dateShape
		}
	}
	return otherShape
}

// arrayFunctions and mapFunctions give arrays and maps.
var (
	arrayFunctions = words(`array_agg array_distinct array_except array_intersect array_remove array_sort array_union filter flatten
map_entries map_keys map_values regexp_extract_all regexp_split repeat sequence slice split transform trim_array zip zip_with`)
	mapFunctions = words(`histogram map map_agg map_concat map_filter map_from_entries map_union multimap_agg split_to_map
split_to_multimap transform_keys transform_values`)
	mapColumns = words(`requestparameters responseelements additionaleventdata serviceeventdetails`)
)

// cardinality calls what counts the elements of an array or of a map where the statement shows
// which of both there is; else a macro that is slower.
func (r *rewriter) cardinality(c *calling) {
	if !r.arity(c, 1, 1) {
		return
	}
	x := c.args[0]
	first, last := r.token(x.from), key(r.token(x.to-1).text)
	name := key(first.text)
	called := r.token(x.from+1).is("(") && x.shape == otherShape
	switch {
	case first.is("ARRAY") && r.token(x.from+1).is("[") || called && arrayFunctions[name] || x.shape == columnShape && last == "resources":
		r.rename(c, "len")
	case called && mapFunctions[name] || x.shape == columnShape && mapColumns[last]:
		r.write(c, "CAST(cardinality(", x.node, ") AS BIGINT)")
	default:
		r.same(c)
	}
}

// contains looks for an element in an array, or for an address in a network that is written out.
func (r *rewriter) contains(c *calling) {
	if !r.arity(c, 2, 2) {
		return
	}
	network := c.args[0]
	if network.shape != textShape {
		r.same(c)
		return
	}
	prefix, err := netip.ParsePrefix(literalText(r.token(network.from)))
	if err != nil {
		r.refuse(network.from, KindValue, "a network is expected here, such as 10.0.0.0/8")
		return
	}
	first, last := networkBounds(prefix)
	ip := c.args[1].node
	r.callMacro(ip.from, ip.to, "to_ipaddress", ip)
	r.write(c, "(", ip, " BETWEEN "+addressNumber(first)+" AND "+addressNumber(last)+")")
}

// networkBounds returns the first and the last address of a network.
func networkBounds(prefix netip.Prefix) (first, last netip.Addr) {
	prefix = prefix.Masked()
	bytes := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ = netip.AddrFromSlice(bytes)
	return prefix.Addr(), last
}

// addressNumber returns the value of an address in the engine: the number of an IPv6 address, in which
// those of IPv4 have their place.
func addressNumber(a netip.Addr) string {
	bytes := a.As16()
	return "CAST('" + new(big.Int).SetBytes(bytes[:]).String() + "' AS UHUGEINT)"
}

func (r *rewriter) sequence(c *calling) {
	if len(c.args) == 2 && (c.args[0].shape == dateShape || c.args[1].shape == dateShape) {
		r.asMacro(c, "date_sequence")
	} else {
		r.same(c)
	}
}
