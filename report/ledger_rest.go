package report

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// changesFile has the changes of things left behind that came after the first ledgerLimit rows of persistence.jsonl, but for those
// that only count in these. Of these the ledger has rows only as far as they are linked to suspects; what others left behind
// who are suspected by a later revision is found here.
const changesFile = "persistence.parquet"

// changeColumns are the columns of changesFile: a row for each change, in the order in which they are applied.
var changeColumns = []column{
	ranged(integer("ordinal")), {Name: "event_ts", Type: timeColumn, Required: true, Bounds: true}, required(random("event_id")),
	required(word("event_name")), texts("principal"), texts("credential"), texts("source_ip"),
	required(word("change")), // left, removed, deactivated, activated, renamed
	word("account"), word("region"), required(word("kind")), texts("target"), texts("detail"),
	{Name: "keys", Type: bytesColumn, Raw: true}, // under which changes of the same thing find each other, each behind its length as a uvarint
	integer("curtailed"),                         // 1: the row does not have all that the record says of who left it when
}

const (
	changeOrdinal = iota
	changeTime
	changeID
	changeEvent
	changePrincipal
	changeCredential
	changeSourceIP
	changeWhat
	changeAccount
	changeRegion
	changeFamily
	changeTarget
	changeDetail
	changeKeys
	changeCurtailed
)

var changeKinds = [...]string{left: "left", removed: "removed", disabled: "deactivated", enabled: "activated", renamed: "renamed"}

// restOfChanges returns the table that changesFile becomes.
func restOfChanges(c *Case) *restTable {
	return &restTable{c: c, name: changesFile, columns: changeColumns}
}

// late keeps a change that somebody may ask about who is suspected later, once the ledger is full.
func (l *ledger) late(c *change) {
	if l.rest == nil || len(l.items) < ledgerLimit || l.err != nil {
		return
	}
	if !l.rest.begun { // what was removed in this second, before the ledger was full
		for _, k := range slices.Sorted(maps.Keys(l.removals)) {
			of := strings.SplitN(k, "\x00", 4) // see trace.key
			gone := change{kind: removed, mark: l.removals[k], family: of[0], account: of[1], region: of[2], thing: thing{keys: []string{k}}}
			l.err = errors.Join(l.err, l.rest.change(&gone))
		}
	}
	l.err = errors.Join(l.err, l.rest.change(c))
}

// change adds a row of changeColumns.
func (w *restTable) change(c *change) error {
	t, err := w.row()
	if err != nil {
		return err
	}
	m := &c.mark
	micro := m.Time.UnixMicro()
	t.numbers(int64(m.Ordinal), micro)
	for _, s := range [...]string{m.EventID, m.Event, m.Principal, m.Credential, m.SourceIP, changeKinds[c.kind], c.account, c.region, c.family, c.thing.target, c.detail} {
		t.text(s)
	}
	var keys []byte
	for _, k := range c.thing.keys {
		keys = append(binary.AppendUvarint(keys, uint64(len(k))), k...)
	}
	t.blob(keys)
	t.numbers(bit(c.kind == left && c.curtailed || !time.UnixMicro(micro).Equal(m.Time)))
	return t.end()
}

// readChanges yields the rows of changesFile. A change that is not all there is errAnew.
func readChanges(path string, yield func(*change)) error {
	return readTable(path, changeColumns, columnNames(changeColumns), func(rows int, v []*vector) error {
		for row := range rows {
			c, err := changeOf(v, row)
			if err != nil {
				return err
			}
			yield(c)
		}
		return nil
	})
}

func changeOf(v []*vector, row int) (*change, error) {
	if n, _ := v[changeCurtailed].number(row); n != 0 {
		return nil, errAnew
	}
	kind := slices.Index(changeKinds[:], restText(v[changeWhat], row))
	if kind < 0 {
		return nil, fmt.Errorf("change %q: not known", restText(v[changeWhat], row))
	}
	ordinal, _ := v[changeOrdinal].number(row)
	micro, _ := v[changeTime].number(row)
	c := &change{
		kind: changeKind(kind), account: restText(v[changeAccount], row), region: restText(v[changeRegion], row), family: restText(v[changeFamily], row), detail: restText(v[changeDetail], row),
		mark: Mark{
			time.UnixMicro(micro).UTC(), restText(v[changeID], row), restText(v[changeEvent], row), restText(v[changePrincipal], row), restText(v[changeCredential], row), uint64(ordinal), restText(v[changeSourceIP], row),
		},
		thing: thing{target: restText(v[changeTarget], row)},
	}
	for keys, _ := v[changeKeys].bytes(row); len(keys) > 0; {
		size, n := binary.Uvarint(keys)
		if n <= 0 || size > uint64(len(keys)-n) {
			return nil, errors.New("keys: cut off")
		}
		c.thing.keys = append(c.thing.keys, string(keys[n:n+int(size)]))
		keys = keys[n+int(size):]
	}
	if c.kind == left && len(c.thing.keys) == 0 {
		return nil, errors.New("keys: none")
	}
	return c, nil
}
