package report

import (
	"bytes"
	"context"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/parser"
)

// issuers finds, anywhere in the case, the calls that handed out the temporary
// credentials among the rows of a breakdown.
func (s *EventStore) issuers(ctx context.Context, b *Breakdown) error {
	wanted := make(map[string]*CredentialUse)
	for i := range b.Tables {
		for _, r := range b.Tables[i].Rows {
			if r.CredentialUse != nil && r.Temporary {
				wanted[r.Value] = r.CredentialUse
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var terms []Term
	for _, name := range detect.HandingOut() {
		terms = append(terms, Term{Flag: "event-name", Value: name})
	}
	f, err := NewFilter(append(terms, Term{Flag: "error", Value: "none"}), 0)
	if err != nil {
		return err
	}
	columns := []string{"responseelements", "eventid", "derived_id", "eventname", "principal", "credential", "sourceipaddress"}
	return s.Scan(ctx, f, columns, func(r *Row) error {
		use := issuedTo(r.Bytes(0), wanted)
		if use == nil || use.IssuedBy != nil {
			return nil
		}
		id := r.Text(2)
		if id == "" {
			id = r.Text(1)
		}
		use.IssuedBy = &Issue{own(id), r.Ordinal(), r.Time(), own(r.Text(3)), own(r.Text(4)), own(r.Text(5)), own(r.Text(6))}
		return nil
	})
}

var temporaryPrefix = []byte(`"ASIA`)

// issuedTo returns the credential that a call's responseElements hand out, if it is
// a wanted one. Most are not, which a look at the bytes tells.
func issuedTo(elements []byte, wanted map[string]*CredentialUse) *CredentialUse {
	for rest := elements; ; {
		at := bytes.Index(rest, temporaryPrefix)
		if at < 0 {
			return nil
		}
		rest = rest[at+1:]
		end := bytes.IndexByte(rest, '"')
		if end < 0 {
			return nil
		}
		use := wanted[string(rest[:end])]
		if use == nil {
			continue
		}
		rec := parser.Record{Raw: append(append([]byte(`{"responseElements":`), elements...), '}')}
		if key, _ := issued(&rec); strings.EqualFold(key, string(rest[:end])) {
			return use
		}
	}
}
