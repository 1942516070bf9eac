package report

import "time"

// restFile has the readings of callers and resources that came after the first ledgerLimit ones. Of these the ledger of data access has
// rows only as far as they are linked to suspects; who else is suspected by a later revision finds them here.
const restFile = "data-access.parquet"

// restColumns are the columns of restFile: a row for each reading, in timeline order.
var restColumns = []column{
	ranged(integer("ordinal")), {Name: "event_ts", Type: timeColumn, Required: true, Bounds: true}, required(random("event_id")),
	required(word("outcome")), // succeeded, denied, failed
	required(word("kind")), texts("resource"), texts("detail"), word("account"), word("region"), texts("principal"), texts("credential"), texts("source_ip"),
	integer("bytes_sent"),
	{Name: "object_hash", Type: bytesColumn, Raw: true}, // of who read it where, and of its name
	integer("implausible"),                              // 1: event_ts is no time at which an event can have been
	integer("curtailed"),                                // 1: the row does not have all that the record says of who read it when
}

// The columns of restColumns that are read again, in the order of their numbers.
const (
	restOrdinal = iota
	restTime
	restID
	restOutcome
	restKind
	restResource
	restDetail
	restAccount
	restRegion
	restPrincipal
	restCredential
	restSourceIP
	restBytes
	restObject
	restImplausible
	restCurtailed
)

var outcomes = [...]string{succeeded: "succeeded", denied: "denied", failed: "failed"}

// restOfReads returns the table that restFile becomes.
func restOfReads(c *Case) *restTable { return &restTable{c: c, name: restFile, columns: restColumns} }

// reading adds a row of restColumns.
func (w *restTable) reading(k *readKey, r *read) error {
	if w == nil {
		return nil
	}
	t, err := w.row()
	if err != nil {
		return err
	}
	micro := r.time.UnixMicro()
	t.numbers(int64(r.ordinal), micro)
	t.text(r.id)
	for _, s := range [...]string{outcomes[r.outcome], k.kind, k.resource, k.detail, k.account, k.region, k.principal, k.credential, k.address} {
		t.text(s)
	}
	t.numbers(r.bytes)
	t.hash(r.object[:], r.named)
	t.numbers(bit(!r.plausible), bit(r.curtailed || !time.UnixMicro(micro).Equal(r.time)))
	return t.end()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// hash gives the row's next column bytes, which may be missing.
func (t *sideTable) hash(b []byte, there bool) {
	if there {
		t.blob(b)
		return
	}
	t.group.chunks[t.next].text(t.group.pages, 0, nil)
	t.next++
}
