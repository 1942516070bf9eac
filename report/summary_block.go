package report

import (
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// sharesOf counts the selected events of a block, whose columns are loaded.
// Values are counted by their numbers, and looked up by their texts once for
// each block.
func sharesOf(b *block, plausible span64) *shares {
	s := &shares{kinds: map[string]int64{}, tables: make([]capped[string, share], len(dimensions))}
	calls := s.calls(b, plausible)
	if len(calls) == 0 {
		return s
	}
	for i := range dimensions {
		d := &dimensions[i]
		taken := make([]bool, len(calls)) // by an earlier column
		for _, leaf := range d.leaves {
			countValues(b, leaf, d, calls, taken, &s.tables[i])
		}
		if !d.present {
			s.without(d, calls, taken)
		}
	}
	return s
}

// A countedCall is an event that counts: its row, time and outcome.
type countedCall struct {
	row     int
	time    int64
	outcome outcome
}

// calls lists the selected events that are calls, and counts them and what is none.
func (s *shares) calls(b *block, plausible span64) []countedCall {
	kinds, times := b.vectors[leafKind], b.vectors[leafTime]
	codes, messages := b.vectors[leafErrorCode], b.vectors[leafErrorMessage]
	refused := make([]outcome, codes.values()) // what each errorCode means
	for n := range refused {
		refused[n] = failed
		if code := codes.value(int32(n)); len(code) == 0 {
			refused[n] = succeeded
		} else if detect.Denied(string(code)) {
			refused[n] = denied
		}
	}
	var calls []countedCall
	for row := range b.rows {
		if kind, ok := kinds.bytes(row); ok && string(kind) != kindEvent && string(kind) != kindNetworkActivity {
			s.kinds[string(kind)]++
			continue
		}
		t, _ := times.number(row)
		if t < plausible.from || t > plausible.to {
			s.odd++
		}
		c := countedCall{row: row, time: t}
		if n := codes.index[row]; n >= 0 {
			c.outcome = refused[n]
		}
		if message, _ := messages.bytes(row); c.outcome == succeeded && len(message) > 0 {
			c.outcome = failed
		}
		calls = append(calls, c)
		s.total.see(c)
	}
	return calls
}

func (s *share) see(c countedCall) {
	if s.Counts.Events == 0 {
		s.span = span64{c.time, c.time}
	}
	s.span = s.span.and(span64{c.time, c.time})
	s.Counts.see(c.outcome)
}

// countValues counts the calls by the values of a column.
func countValues(b *block, leaf int, d *dimension, calls []countedCall, taken []bool, table *capped[string, share]) {
	v := b.vectors[leaf]
	counts := make([]share, v.values())
	var seen []int32 // the values in the order in which they occur
	users := usersOf(b, d, len(counts))
	for i, c := range calls {
		n := v.index[c.row]
		if n < 0 || taken[i] || len(v.value(n)) == 0 {
			continue
		}
		taken[i] = true
		if counts[n].Counts.Events == 0 {
			seen = append(seen, n)
		}
		counts[n].see(c)
		users.see(n, c.row)
	}
	for _, n := range seen {
		counts[n].whose = users.of(n, v)
		key := textOf(v.value(n))
		if d.of != nil {
			if key = d.of(key); key == "" {
				continue
			}
		}
		table.at(clip(key), strings.Clone).add(&counts[n])
	}
}

// without counts the calls that have no value.
func (s *shares) without(d *dimension, calls []countedCall, taken []bool) {
	var none share
	for i, c := range calls {
		if !taken[i] {
			none.see(c)
		}
	}
	if none.Counts.Events > 0 {
		s.tables[d.position].at("", nil).add(&none)
	}
}

// users notes who used the credentials of a block, by numbers of values.
type users struct {
	principals, sessions *vector
	seen                 [][2][]int32 // of each credential: numbers of principals and of session starts
}

func usersOf(b *block, d *dimension, n int) *users {
	if !d.whose && d.of == nil {
		return nil
	}
	return &users{b.vectors[leafPrincipal], b.vectors[leafSession], make([][2][]int32, n)}
}

func (u *users) see(credential int32, row int) {
	if u == nil {
		return
	}
	for i, v := range [...]*vector{u.principals, u.sessions} {
		have := &u.seen[credential][i]
		n := v.index[row]
		if n < 0 || len(*have) >= usersShown {
			continue
		}
		*have = appendNew(*have, n)
	}
}

func appendNew(have []int32, n int32) []int32 {
	for _, h := range have {
		if h == n {
			return have
		}
	}
	return append(have, n)
}

func (u *users) of(credential int32, credentials *vector) *CredentialUse {
	if u == nil {
		return nil
	}
	texts := func(v *vector, numbers []int32) (out []string) {
		for _, n := range numbers {
			out = append(out, own(textOf(v.value(n))))
		}
		return firstFew(nil, out)
	}
	seen := u.seen[credential]
	return &CredentialUse{
		Temporary:  temporary(credentials.value(credential)),
		Principals: texts(u.principals, seen[0]),
		Sessions:   texts(u.sessions, seen[1]),
	}
}

// temporary reports whether an access key ID is that of a session (AWS, "IAM
// identifiers": the prefix ASIA).
func temporary(key []byte) bool { return len(key) > 4 && string(key[:4]) == "ASIA" }
