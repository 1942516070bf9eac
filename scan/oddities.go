package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldtrail/coldtrail/parser"
)

// oddities counts what is strange of an object's records, though each can be read: that they are of
// another account or region than its name says, or of a version that is not known yet. Who can write
// to a bucket can put anything there under a good name.
type oddities struct {
	account, region string // of the record before
	differ          bool   // they are not the name's
	moved           int64
	first           string
	version         string // the last that is not among the usual
	newest          string // of all, where it is beyond what is known
}

// knownVersion is the last eventVersion whose fields coldtrail knows.
const knownVersion = "1.11"

// usualVersions are those that records have, the frequent ones first: they need no comparison as numbers.
var usualVersions = []string{knownVersion, "1.10", "1.09", "1.08", "1.07", "1.06", "1.05", "1.04", "1.03", "1.02", "1.01", "1.0"}

// reset begins an object. The record before was another's.
func (o *oddities) reset() { *o = oddities{} }

// see looks at a record. Neighbours are mostly of one account and region.
func (o *oddities) see(path string, r *parser.Record) {
	if !slices.Contains(usualVersions, r.Version) && r.Version != o.version {
		o.version = strings.Clone(r.Version)
		if parser.CompareVersions(o.version, knownVersion) > 0 && parser.CompareVersions(o.version, o.newest) > 0 {
			o.newest = o.version
		}
	}
	if r.Account != o.account || r.Region != o.region {
		o.account, o.region = strings.Clone(r.Account), strings.Clone(r.Region)
		o.differ = differs(path, r.Account, r.Region)
	}
	if o.differ {
		if o.moved++; o.moved == 1 {
			o.first = fmt.Sprintf("account %s, region %s", orNone(o.account), orNone(o.region))
		}
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return fmt.Sprintf("%.40q", s)
}

// differs reports whether the name of a trail's object says another account or region. A
// record that has none contradicts nothing.
func differs(path, account, region string) bool {
	base := path[strings.LastIndexAny(path, "/!")+1:]
	owner, rest, ok := strings.Cut(base, "_CloudTrail_")
	if !ok {
		return false
	}
	place, _, _ := strings.Cut(rest, "_")
	return account != "" && owner != account || region != "" && place != region
}

func (o *oddities) notes() (notes []string) {
	if o.moved > 0 {
		notes = append(notes, fmt.Sprintf("%d records are of another account or region than the name says, the first: %s", o.moved, o.first))
	}
	if o.newest != "" {
		notes = append(notes, fmt.Sprintf("records have the eventVersion %.40q; fields are known up to %s: later ones are kept in the record", o.newest, knownVersion))
	}
	return notes
}
