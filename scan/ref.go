package scan

import (
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/coldtrail/coldtrail/detect"
)

// An event's reference is spread over its sort key (time, ID, place) and its
// value, where what it shares with others, who called and what was called, is
// one number each:
//
//	varint   offset of the record in its object
//	text     error message
//	shared   source, name, region, account, read-only, error code
//	shared   principal and its type, credential, session, invoker, address, user agent
//
// A text has its length before it. A shared is a number from the run's
// dictionary, or zero and a text, where the dictionary was full. It makes
// entries smaller, and with them all that sorts, moves and spills them.

// dictionary holds the texts that events share. It is filled while objects are
// read and only read afterwards.
type dictionary struct {
	mu    sync.Mutex
	ids   map[string]uint32
	texts []string // that of id n at n-1
	room  int64    // bytes it may still take
}

// maxShared is the largest text that is worth sharing: a longer one is somebody's
// doing, and would take the room of others.
const maxShared = 4 << 10

// textCost is about what the dictionary takes for a text beside its bytes.
const textCost = 80

func newDictionary(room int64) *dictionary {
	return &dictionary{ids: map[string]uint32{}, room: room}
}

// id returns the number of a text, 0 if there is no room for it, and the text in
// the dictionary's memory.
func (d *dictionary) id(text []byte) (uint32, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.ids[string(text)]; ok {
		return id, d.texts[id-1]
	}
	cost := int64(len(text)) + textCost
	if cost > d.room || len(text) > maxShared {
		return 0, ""
	}
	d.room -= cost
	s := string(text)
	d.texts = append(d.texts, s)
	id := uint32(len(d.texts))
	d.ids[s] = id
	return id, s
}

// A refEncoder encodes references for one worker.
type refEncoder struct {
	dictionary *dictionary
	recent     []known // what this worker looked up lately, by fingerprint
	text       []byte
}

// known is a text of the dictionary: its number, and the strings in it.
type known struct {
	id      uint32 // 0: none
	count   int
	strings [7]string
}

// recentTexts is how many a worker remembers: most records share theirs with one
// that was read shortly before.
const recentTexts = 4 << 10

func (e *refEncoder) append(dst []byte, r *detect.EventRef) []byte {
	if e.recent == nil {
		e.recent = make([]known, recentTexts)
	}
	dst = binary.AppendVarint(dst, r.Place.Offset)
	dst = appendSized(dst, r.ErrorMessage)
	c, a := call(r), actor(r)
	return e.share(e.share(dst, c[:]), a[:])
}

// fingerprint is a number that differs, mostly, where the strings do: of the
// length and the last bytes of each, which vary more than the first.
func fingerprint(strings []*string) uint64 {
	var h uint64
	for _, s := range strings {
		n := uint64(len(*s))
		if n >= 8 {
			n ^= binary.LittleEndian.Uint64(unsafe.Slice(unsafe.StringData((*s)[n-8:]), 8))
		} else if n > 0 {
			n |= uint64((*s)[0]) << 8
		}
		h = (h ^ n) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h
}

func (k *known) is(strings []*string) bool {
	if k.id == 0 || k.count != len(strings) {
		return false
	}
	for i, s := range strings {
		if k.strings[i] != *s {
			return false
		}
	}
	return true
}

func call(r *detect.EventRef) [6]*string {
	return [...]*string{&r.EventSource, &r.Name, &r.Region, &r.Account, &r.ReadOnly, &r.ErrorCode}
}

func actor(r *detect.EventRef) [7]*string {
	return [...]*string{&r.Principal, &r.PrincipalType, &r.Credential, &r.SessionStart, &r.InvokedBy, &r.SourceIP, &r.UserAgent}
}

func appendSized(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// share appends the number of the text that the strings make, or the text.
func (e *refEncoder) share(dst []byte, strings []*string) []byte {
	k := &e.recent[fingerprint(strings)%recentTexts]
	if k.is(strings) {
		return binary.AppendUvarint(dst, uint64(k.id))
	}
	e.text = e.text[:0]
	for _, s := range strings {
		e.text = appendSized(e.text, *s)
	}
	id, text := e.dictionary.id(e.text)
	dst = binary.AppendUvarint(dst, uint64(id))
	if id == 0 {
		return append(binary.AppendUvarint(dst, uint64(len(e.text))), e.text...)
	}
	*k = known{id: id, count: len(strings)}
	c := cutter{rest: text}
	for i := range strings {
		k.strings[i] = c.sized()
	}
	return dst
}

var errRef = errors.New("event reference: malformed")

// decode returns the reference of an entry with that sort key, and how many
// bytes of the value it took. Its strings alias key, value and dictionary.
func (d *dictionary) decode(key, value []byte) (ref detect.EventRef, n int, err error) {
	ref.Time, ref.ID, ref.Place = splitKey(key)
	c := cutter{rest: alias(value)}
	ref.Place.Offset = c.varint()
	ref.ErrorMessage = c.sized()
	shared := d.shared(&c)
	for _, s := range call(&ref) {
		*s = shared.sized()
	}
	c.bad = c.bad || shared.bad
	shared = d.shared(&c)
	for _, s := range actor(&ref) {
		*s = shared.sized()
	}
	if c.bad || shared.bad {
		return ref, 0, errRef
	}
	return ref, len(value) - len(c.rest), nil
}

func (d *dictionary) shared(c *cutter) cutter {
	switch id := c.uvarint(); {
	case id == 0:
		return cutter{rest: c.sized()}
	case id <= uint64(len(d.texts)):
		return cutter{rest: d.texts[id-1]}
	}
	return cutter{bad: true}
}

// cutter takes values off the front of a text.
type cutter struct {
	rest string
	bad  bool
}

func (c *cutter) uvarint() uint64 {
	if len(c.rest) > 0 && c.rest[0] < 0x80 { // mostly
		v := c.rest[0]
		c.rest = c.rest[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(unsafe.Slice(unsafe.StringData(c.rest), len(c.rest)))
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cutter) varint() int64 {
	v := c.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// time takes what appendTime wrote.
func (c *cutter) time() time.Time {
	if len(c.rest) < timeBytes {
		c.bad = true
		return time.Time{}
	}
	t := keyTime([]byte(c.rest[:timeBytes]))
	c.rest = c.rest[timeBytes:]
	return t
}

func (c *cutter) sized() string {
	n := c.uvarint()
	if n > uint64(len(c.rest)) {
		c.bad = true
		return ""
	}
	s := c.rest[:n]
	c.rest = c.rest[n:]
	return s
}

func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// splitKey takes a sort key apart. The ID aliases it.
func splitKey(key []byte) (t time.Time, id string, p detect.Place) {
	tail := key[len(key)-tailBytes:]
	id = alias(key[timeBytes : len(key)-tailBytes-endBytes])
	if strings.IndexByte(id, 0) >= 0 {
		id = strings.ReplaceAll(id, "\x00\xff", "\x00")
	}
	p.Object, p.Index = binary.BigEndian.Uint64(tail), int(binary.BigEndian.Uint32(tail[8:]))
	return keyTime(key), id, p
}

func keyTime(key []byte) time.Time {
	seconds := int64(binary.BigEndian.Uint64(key) ^ 1<<63)
	return time.Unix(seconds, int64(binary.BigEndian.Uint32(key[8:]))).UTC()
}
