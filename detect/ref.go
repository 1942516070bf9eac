package detect

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"time"
	"unsafe"

	"github.com/coldtrail/coldtrail/parser"
)

// Hidden is what CloudTrail writes in place of a value that it withholds, such
// as the user name of a sign-in that named no user.
const Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// NewRef takes the hot fields of a record. Its strings alias the record's:
// Clone keeps them. ID stays empty where the record has no eventID.
func NewRef(r *parser.Record, place Place) EventRef {
	return EventRef{
		Time:          r.Time,
		ID:            r.ID,
		Name:          r.Name,
		EventSource:   r.EventSource,
		Region:        r.Region,
		Account:       r.Account,
		Principal:     r.Identity.Principal(),
		PrincipalType: r.Identity.Type,
		Credential:    r.Identity.AccessKeyID,
		SessionStart:  sessionStart(r.Identity.CreationDate),
		InvokedBy:     r.Identity.InvokedBy,
		SourceIP:      r.SourceIP,
		UserAgent:     r.UserAgent,
		ErrorCode:     r.ErrorCode,
		ErrorMessage:  r.ErrorMessage,
		ReadOnly:      r.ReadOnly,
		Place:         place,
	}
}

// sessionStart returns a creationDate as RFC 3339 has it. AWS documents it in the basic form, too: 20131102T010628Z.
func sessionStart(created string) string {
	if len(created) != len(basicTime) {
		return created
	}
	at, err := time.Parse(basicTime, created)
	if err != nil {
		return created
	}
	return at.Format(time.RFC3339)
}

const basicTime = "20060102T150405Z"

const refStrings = 15

// strings lists the string fields in the order of the codec.
func (r *EventRef) strings() [refStrings]*string {
	return [...]*string{
		&r.ID, &r.Name, &r.EventSource, &r.Region, &r.Account,
		&r.Principal, &r.PrincipalType, &r.Credential, &r.SessionStart, &r.InvokedBy,
		&r.SourceIP, &r.UserAgent, &r.ErrorCode, &r.ErrorMessage, &r.ReadOnly,
	}
}

// Clone returns a copy that owns its strings. They lie in one allocation, so
// that keeping any of them keeps all.
func (r *EventRef) Clone() EventRef {
	c := *r
	n := 0
	for _, s := range c.strings() {
		n += len(*s)
	}
	buf := make([]byte, 0, n)
	for _, s := range c.strings() {
		from := len(buf)
		buf = append(buf, *s...)
		*s = alias(buf[from:])
	}
	return c
}

// Identity returns what tells the event from all others, time, ID and place,
// in memory of its own.
func (r *EventRef) Identity() EventRef {
	return EventRef{Time: r.Time, ID: strings.Clone(r.ID), Place: r.Place}
}

// The years that CloudTrail's eventTime can name.
var (
	minSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	maxSecond = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// errCodec is what is wrong with bytes that AppendRef or AppendEvidence did not write.
var errCodec = errors.New("event reference: malformed")

// AppendRef appends a compact form of r: the time as seconds and nanoseconds,
// each string with its length before it, the place.
func AppendRef(dst []byte, r *EventRef) []byte {
	dst = binary.AppendVarint(dst, r.Time.Unix())
	dst = binary.AppendUvarint(dst, uint64(r.Time.Nanosecond()))
	for _, s := range r.strings() {
		dst = appendString(dst, *s)
	}
	dst = binary.AppendUvarint(dst, r.Place.Object)
	dst = binary.AppendVarint(dst, int64(r.Place.Index))
	return binary.AppendVarint(dst, r.Place.Offset)
}

// DecodeRef reads what AppendRef wrote and says how many bytes that took. The
// strings alias b: they are valid for as long as b is not changed.
func DecodeRef(b []byte) (ref EventRef, n int, err error) {
	d := decoder{b: b}
	seconds, nanos := d.varint(), d.uvarint()
	if seconds < minSecond || seconds > maxSecond || nanos >= 1e9 {
		return EventRef{}, 0, errCodec
	}
	ref.Time = time.Unix(seconds, int64(nanos)).UTC()
	for _, s := range ref.strings() {
		*s = d.string()
	}
	ref.Place.Object = d.uvarint()
	index := d.varint()
	ref.Place.Index = int(index)
	ref.Place.Offset = d.varint()
	if d.bad || int64(ref.Place.Index) != index {
		return EventRef{}, 0, errCodec
	}
	return ref, d.at, nil
}

// AppendEvidence appends a compact form of e.
func AppendEvidence(dst []byte, e Evidence) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(e)))
	for _, f := range e {
		dst = appendString(dst, f.Name)
		dst = appendString(dst, f.Value)
	}
	return dst
}

// DecodeEvidence reads what AppendEvidence wrote and says how many bytes that
// took. The strings alias b: they are valid for as long as b is not changed.
func DecodeEvidence(b []byte) (e Evidence, n int, err error) {
	d := decoder{b: b}
	count := d.uvarint()
	// A fact takes two bytes at least: the check comes before the allocation.
	if d.bad || count > uint64(len(b)-d.at)/2 {
		return nil, 0, errCodec
	}
	if count > 0 {
		e = make(Evidence, count)
	}
	for i := range e {
		e[i] = Fact{Name: d.string(), Value: d.string()}
	}
	if d.bad {
		return nil, 0, errCodec
	}
	return e, d.at, nil
}

// Clone returns a copy that owns its strings.
func (e Evidence) Clone() Evidence {
	if e == nil {
		return nil
	}
	c := make(Evidence, len(e))
	for i, f := range e {
		c[i] = Fact{Name: strings.Clone(f.Name), Value: strings.Clone(f.Value)}
	}
	return c
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// decoder reads forward through b; once bad, it yields zero values.
type decoder struct {
	b   []byte
	at  int
	bad bool
}

func (d *decoder) uvarint() uint64 {
	if d.at < len(d.b) && d.b[d.at] < 0x80 && !d.bad { // most lengths are short
		d.at++
		return uint64(d.b[d.at-1])
	}
	v, n := binary.Uvarint(d.b[d.at:])
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.at += n
	return v
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	if d.bad {
		return math.MinInt64
	}
	return v
}

func (d *decoder) string() string {
	n := d.uvarint()
	if d.bad || n > uint64(len(d.b)-d.at) {
		d.bad = true
		return ""
	}
	s := alias(d.b[d.at : d.at+int(n)])
	d.at += int(n)
	return s
}
