package integrity

import (
	"encoding/binary"
	"encoding/json"
)

// A Listed is an object as a listing of the bucket has it.
type Listed struct {
	Bucket   string `json:",omitempty"` // "": the listing does not say
	Key      string
	Size     int64  `json:",omitempty"`
	Modified string `json:",omitempty"`
	Storage  string `json:",omitempty"` // storage class
	Version  string `json:",omitempty"`
	Deleted  bool   `json:",omitempty"` // the newest version is a delete marker
	Older    bool   `json:",omitempty"` // a version that is not the newest
}

// deletedAtSource begins the words for what has a delete marker.
const deletedAtSource = "deleted at the source"

// Words for what a listing says of an absent object, after its time.
func (e *Listed) words() string {
	switch {
	case e.Deleted:
		return deletedAtSource + " on " + e.Modified + " (delete marker)"
	case e.Older:
		return "an older version is in the bucket, of " + e.Modified
	}
	s := "in the bucket when the listing was made, of " + e.Modified
	if e.Storage != "" && e.Storage != "STANDARD" {
		s += ", storage class " + e.Storage
	}
	return s + ": it was not collected"
}

// listingOf says in words what listings have of an object. What says most comes first.
func listingOf(all []Listed, before string) string {
	if before != "" {
		return before
	}
	rank := -1
	best := ""
	for i := range all {
		n := 1
		switch {
		case all[i].Deleted:
			n = 2
		case all[i].Older:
			n = 0
		}
		if n > rank {
			rank, best = n, all[i].words()
		}
	}
	return best
}

// Listed adds an object of a listing of the bucket. In what order does not matter.
func (l *Ledger) Listed(e *Listed) error {
	if n, ok := ParseDigestName(e.Key); ok {
		value, err := json.Marshal(e)
		if err != nil {
			return err
		}
		l.add(&l.heads, position(&n, atListed, 0), value)
		return l.err
	}
	var flags uint64
	if e.Deleted {
		flags |= 1
	}
	if e.Older {
		flags |= 2
	}
	b := binary.AppendUvarint(nil, flags)
	b = binary.AppendUvarint(b, uint64(max(e.Size, 0)))
	for _, s := range [...]string{e.Bucket, e.Key, e.Modified, e.Storage, e.Version} {
		b = appendText(b, s)
	}
	l.add(&l.names, nameKey(e.Key, nameListed, 0), b)
	return l.err
}

func listedOf(f *fields) Listed {
	flags := f.number()
	e := Listed{Deleted: flags&1 != 0, Older: flags&2 != 0, Size: int64(f.number())}
	e.Bucket, e.Key, e.Modified, e.Storage, e.Version = f.text(), f.text(), f.text(), f.text(), f.text()
	return e
}
