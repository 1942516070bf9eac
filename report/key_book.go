package report

import (
	"bytes"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// A keyChange is a call that hands out a credential, or changes the state of an access key.
type keyChange struct {
	issued bool
	key    string // access key ID
	mark   Mark
	link   Link
	expiry string // issued: as recorded
}

// issue is a credential that was handed out.
type issue struct {
	mark   Mark
	link   Link
	expiry string
}

// keyMarks are what happened to a key's state.
type keyMarks struct {
	marks []Mark
	more  int64
}

// A keyBook is what is known of the suspects' credentials: who handed them out, and what became of them.
type keyBook struct {
	issued capped[string, issue]
	states capped[string, keyMarks] // access keys that were turned off, on or deleted
}

func (b *keyBook) limits() { b.issued.limit, b.states.limit = issuedLimit, issuedLimit }

func (e *event) mark() Mark {
	return Mark{e.ref.Time, own(e.ref.ID), own(e.ref.Name), own(e.ref.Principal), own(e.ref.Credential), e.Ordinal, own(e.ref.SourceIP)}
}

// record gives access to the fields of the event's record.
func (e *event) record() parser.Record { return parser.Record{Raw: e.Carried} }

// changesKey reports whether calls of that name change the state of an access key.
func changesKey(action string) bool {
	return action == "UpdateAccessKey" || action == "DeleteAccessKey"
}

// key looks for what a call that succeeded has to do with credentials.
func (t *Tally) key(p *part, e *event) {
	switch name := e.ref.Action(); {
	case changesKey(name) && serves("iam", e.ref.EventSource):
		rec := e.record()
		if key := textOfFirst(&rec, "<accessKeyId"); key != "" {
			m := e.mark()
			if name == "UpdateAccessKey" {
				m.Event += " (" + clip(textOfFirst(&rec, "<status")) + ")"
			}
			p.keys = append(p.keys, keyChange{key: clip(key), mark: m})
		}
	case detect.HandsOut(name) && (e.link != "" || t.mentioned(e)):
		rec := e.record()
		if key, expiry := issued(&rec); key != "" {
			p.keys = append(p.keys, keyChange{true, key, e.mark(), e.link, expiry})
		}
	}
}

func (b *keyBook) apply(c *keyChange, s *suspects) {
	switch {
	case c.issued:
		if r := b.issued.at(c.key, nil); r == nil {
			b.issued.others++
		} else if r.mark.EventID == "" {
			*r = issue{c.mark, c.link, c.expiry}
		}
	case s.follows(c.key) || b.issued.row(c.key) != nil:
		if r := b.states.at(c.key, nil); r == nil {
			b.states.others++
		} else if len(r.marks) < keyMarkLimit {
			r.marks = append(r.marks, c.mark)
		} else {
			r.more++
		}
	}
}

// issued returns the access key ID that a call handed out, and its expiry as recorded.
func issued(rec *parser.Record) (key, expiry string) {
	key, expiry = detect.HandedOut(rec.Get)
	return clip(key), clip(expiry)
}

var accessKeyID = []byte(`accessKeyId"`)

// mentions reports whether a record holds one of the keys as an accessKeyId
// other than the caller's. It looks at bytes alone, and so may miss one written with escapes.
func mentions(raw []byte, keys map[string]bool, caller string) bool {
	for {
		i := bytes.Index(raw, accessKeyID)
		if i < 0 {
			return false
		}
		raw = bytes.TrimLeft(raw[i+len(accessKeyID):], " \t\r\n")
		value, ok := bytes.CutPrefix(raw, []byte(":"))
		if !ok {
			continue
		}
		if value, ok = bytes.CutPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte(`"`)); !ok {
			continue
		}
		end := bytes.IndexByte(value, '"')
		if end < 0 {
			return false
		}
		if keys[string(value[:end])] && string(value[:end]) != caller {
			return true
		}
	}
}
