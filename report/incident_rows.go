package report

import (
	"slices"

	"github.com/coldtrail/coldtrail/detect"
)

// isPrivate reports whether an address says nothing about who uses it: every network has the like.
func isPrivate(ip string) bool {
	_, public := detect.InternetAddress(ip)
	return !public && isAddress(ip)
}

// opening are the calls by which somebody opens a way in that no access key of an answer leads to.
var opening = map[string]bool{"CreateUser": true, "CreateLoginProfile": true, "UpdateLoginProfile": true, "CreateRole": true, "UpdateAssumeRolePolicy": true}

// foundRows are those of a block.
type foundRows struct {
	block *block
	rows  []foundRow
}

// A foundRow is a row of a block; who is behind it is asked by one goroutine.
type foundRow struct {
	incidentRow
	ip string // aliases the block
}

// gather reads the rows: the events of the chosen nodes, and all from the wanted addresses.
func (b *incidentBuilder) gather() error {
	b.rows, b.full, b.hasty = b.rows[:0], false, false
	clear(b.ips)
	b.ipNames = b.ipNames[:0]
	load := append([]int{leafTime, leafKind, leafName, leafSourceIP, leafErrorCode, leafErrorMessage}, callerLeaves...)
	return eachBlock(b.ctx, b.store, nil, func(k *block) (foundRows, error) {
		if err := k.load(load); err != nil {
			return foundRows{}, err
		}
		return foundRows{k, b.rowsIn(k)}, nil
	}, func(in foundRows) error {
		defer in.block.taken()
		defer b.reuse.put(in.rows)
		found := in.rows
		for i := range found {
			if len(b.rows) >= incidentRows {
				b.full = true
				return nil
			}
			r := found[i].incidentRow
			r.ip = b.ipOf(found[i].ip)
			if r.node >= 0 {
				n := b.info(r.node)
				if r.who = n.who; n.service {
					r.who = nobody
				}
			}
			b.rows = append(b.rows, r)
		}
		return nil
	})
}

// rowsIn finds the rows of a block. Values are asked once each, by their numbers.
func (b *incidentBuilder) rowsIn(k *block) []foundRow {
	found := b.reuse.get()[:0]
	addresses, names := k.vectors[leafSourceIP], k.vectors[leafName]
	from, opens := make([]bool, addresses.values()), make([]bool, names.values())
	for i := range from {
		from[i] = b.wanted[textOf(addresses.value(int32(i)))]
	}
	for i := range opens {
		opens[i] = opening[textOf(names.value(int32(i)))]
	}
	callers := b.callers.get()[:0]
	callers = slices.Grow(callers, k.callerPlaces())[:k.callerPlaces()]
	clear(callers)
	defer func() { b.callers.put(callers) }()
	for row := range k.rows {
		ip := addresses.index[row]
		numbers := k.callerNumbers(row)
		who := &callers[k.callerPlace(row)]
		if !who.asked || who.numbers != numbers {
			*who = knownCaller{numbers: numbers, asked: true, node: nobody}
			c := k.callerOf(row)
			if id, of := b.lineage.Of(&c); of {
				who.node, who.chosen = id, b.chosen[id]
			}
		}
		if !who.chosen && (ip < 0 || !from[ip]) || !k.isCall(row) {
			continue
		}
		code, _ := k.bytes(leafErrorCode, row)
		message, _ := k.bytes(leafErrorMessage, row)
		address, _ := k.bytes(leafSourceIP, row)
		name := names.index[row]
		found = append(found, foundRow{incidentRow{
			ordinal: k.ordinal(row), at: k.time(row).Unix(), node: who.node, who: nobody, ok: len(code) == 0 && len(message) == 0, opens: name >= 0 && opens[name],
		}, textOf(address)})
	}
	return found
}

// A knownCaller is what is known of the last caller that has a place.
type knownCaller struct {
	numbers callerNumbers
	asked   bool
	node    detect.NodeID
	chosen  bool
}

// callerPlaces is how many places callerPlace tells apart.
func (b *block) callerPlaces() int {
	return 1 + b.vectors[leafCredential].values() + b.vectors[leafPrincipal].values()
}

// callerPlace numbers a row's credential or, where it has none, its principal. Nearly all rows of the same number are of one caller.
func (b *block) callerPlace(row int) int {
	credentials := b.vectors[leafCredential]
	if n := credentials.index[row]; n >= 0 {
		return 1 + int(n)
	}
	if n := b.vectors[leafPrincipal].index[row]; n >= 0 {
		return 1 + credentials.values() + int(n)
	}
	return 0
}

// ipOf numbers an address.
func (b *incidentBuilder) ipOf(ip string) int32 {
	n, ok := b.ips[ip]
	if !ok {
		ip = own(ip)
		n = int32(len(b.ipNames))
		b.ips[ip] = n
		b.ipNames = append(b.ipNames, ip)
	}
	return n
}
