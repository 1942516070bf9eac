package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

// A token is the place, in eight bytes, and what it is good for, in tokenSum.
const (
	tokenSum  = 16
	tokenSize = 8 + tokenSum
)

var errToken = &LookupError{"InvalidNextTokenException", "the token is not one that this case gave for the same parameters"}

// LookupToken returns the token of a place, as LookupEvents calls it NextToken. It is good for
// the same query of the same case.
func (s *EventStore) LookupToken(q *LookupQuery, p LookupPlace) (string, error) {
	b := binary.BigEndian.AppendUint64(nil, p.before)
	sum, err := s.lookupSum(q, p)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(append(b, sum...)), nil
}

// LookupPlace returns the place of a token; that of "" is the newest event. A token that is not of
// this case, or of other parameters, is refused with a *LookupError.
func (s *EventStore) LookupPlace(q *LookupQuery, token string) (p LookupPlace, err error) {
	if token == "" {
		return p, nil
	}
	b, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenSize {
		return p, errToken
	}
	there := LookupPlace{binary.BigEndian.Uint64(b)}
	sum, err := s.lookupSum(q, there)
	if err != nil {
		return p, err
	}
	if string(b[8:]) != string(sum) {
		return p, errToken
	}
	return there, nil
}

// lookupSum is a hash of a token's place and what it is good for: the case, by its number of events and their span,
// and the parameters.
func (s *EventStore) lookupSum(q *LookupQuery, p LookupPlace) ([]byte, error) {
	n, err := s.Events()
	if err != nil {
		return nil, err
	}
	first, last, err := s.Span()
	if err != nil {
		return nil, err
	}
	b := []byte("lookup 1")
	number := func(n int64) { b = binary.AppendVarint(b, n) }
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	number(int64(p.before))
	number(n)
	number(first.UnixMicro())
	number(last.UnixMicro())
	for _, t := range [...]int64{unixOrZero(q.Start), unixOrZero(q.End)} {
		number(t)
	}
	text(strconv.FormatBool(q.All) + " " + q.Category)
	text(q.Region)
	text(cmp.Or(q.Resources, "aws"))
	for _, a := range q.Attributes {
		text(a.Key)
		text(a.Value)
	}
	sum := sha256.Sum256(b)
	return sum[:tokenSum], nil
}
