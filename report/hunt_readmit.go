package report

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

var errAnew = errors.New("the events have to be read again")

// readmitted returns the ledgers of the latest revision with other rows where they were full: those of whoever is suspected now. It is
// errAnew where what the case has does not suffice to tell what a run over the evidence would have admitted.
func (h *hunt) readmitted() (*Ledger, error) {
	was := &h.was.Ledgers
	if h.was.Judgements != nil || !was.Defences.whole() {
		return nil, errAnew
	}
	l, err := ReadLedger(h.store.dir)
	if err != nil {
		return nil, err
	}
	l.sums = *was
	for _, readmit := range [...]func(*Ledger) error{h.readmitChanges, h.readmitReads} {
		switch err := readmit(l); {
		case errors.Is(err, fs.ErrNotExist): // an earlier coldtrail made the case
			return nil, errAnew
		case err != nil:
			return nil, err
		}
	}
	return l, nil
}

// readmitChanges gives a full ledger of persistence its rows behind the first.
func (h *hunt) readmitChanges(l *Ledger) error {
	sum := &l.sums.Persistence
	if sum.whole() {
		return nil
	}
	rest, calls := &ledger{before: ledgerLimit}, int64(0)
	err := readChanges(filepath.Join(h.store.dir, changesFile), func(c *change) {
		if c.kind == left {
			calls++
		}
		c.linked = h.tally.linkTo(c.mark.Principal, c.mark.Credential, c.mark.SourceIP) != ""
		rest.apply(c)
	})
	if err != nil {
		return err
	}
	first := min(ledgerLimit, len(l.Persistence))
	was := sum.Others
	for i := first; i < len(l.Persistence); i++ {
		was += l.Persistence[i].Calls
	}
	if calls != was {
		return errAnew
	}
	l.Persistence, sum.Others = l.Persistence[:first:first], rest.others
	for i := range rest.items {
		l.Persistence = append(l.Persistence, rest.items[i].row())
	}
	return nil
}

// readmitReads gives a full ledger of data access its rows behind the first.
func (h *hunt) readmitReads(l *Ledger) error {
	if len(l.Data) <= ledgerLimit && l.sums.Data.Others == 0 {
		if !h.counts(l.Data, &dataBook{}) {
			return errAnew
		}
		return nil
	}
	n := min(ledgerLimit, len(l.Data))
	first := l.Data[:n:n] // whoever is suspected, these are there
	rest := newRestReader(h.tally)
	if err := rest.read(filepath.Join(h.store.dir, restFile)); err != nil {
		return err
	}
	if rest.events != l.sums.Data.Others+readingsIn(l.Data[len(first):]) || rest.full || !h.counts(first, &rest.dataBook) {
		return errAnew
	}
	l.Data, l.sums.Data.Others = append(first, rest.list()...), rest.others
	return nil
}

// whole reports whether a ledger has all that there is, whoever is suspected.
func (s *LedgerSum) whole() bool { return s.Others == 0 && s.Rows <= ledgerLimit }

func readingsIn(rows []DataRow) (n int64) {
	for i := range rows {
		n += rows[i].Events
	}
	return n
}

// counts reports whether the objects of all rows find room where they are counted: those of suspects in one place, all others in another.
func (h *hunt) counts(first []DataRow, rest *dataBook) bool {
	linked, others := int64(len(rest.objects[1])), int64(0)
	for i := range first {
		switch r := &first[i]; {
		case r.ObjectsAtLeast:
			return false
		case h.tally.linkTo(r.Principal, r.Credential, r.SourceIP) != "":
			linked += r.Objects
		default:
			others += r.Objects
		}
	}
	return linked <= objectLimit && others <= othersObjectLimit
}

// A restReader enters the readings of restFile behind the rows that are always admitted. Who reads what is told by the numbers that
// texts have in a row group; of most readings nothing else is asked.
type restReader struct {
	dataBook
	tally  *Tally
	events int64

	// Of a row group.
	v         []*vector
	suspected [3][]bool // by number: credentials, principals, addresses
	roles     []int32   // by number of a principal: that of the first whose coarse one is the same
	blurred   capped[[5]int32, blurredRow]
}

// A blurredRow sums up readings that are not admitted, and has a row of the group that they are of.
type blurredRow struct {
	readRow
	row int
}

func newRestReader(t *Tally) *restReader {
	r := &restReader{tally: t}
	r.limits()
	r.before = ledgerLimit
	return r
}

func (r *restReader) read(path string) error {
	return readTable(path, restColumns, columnNames(restColumns), func(rows int, v []*vector) error {
		r.events += int64(rows)
		r.begin(v)
		for row := range rows {
			if err := r.reading(row); err != nil {
				return err
			}
		}
		for i := range r.blurred.vals {
			b := &r.blurred.vals[i]
			b.first, b.last = strings.Clone(b.first), strings.Clone(b.last) // of the group, which goes
			r.blur(r.key(b.row), b.readRow)
		}
		return nil
	})
}

// begin begins a row group.
func (r *restReader) begin(v []*vector) {
	r.v = v
	r.blurred.reset()
	s := r.tally.suspects
	for i, of := range [...]struct {
		column int
		set    map[string]bool
	}{{restCredential, s.credentials}, {restPrincipal, s.principals}, {restSourceIP, s.addresses}} {
		texts := v[of.column]
		r.suspected[i] = make([]bool, texts.values())
		for n := range r.suspected[i] {
			r.suspected[i][n] = of.set[textOf(texts.value(int32(n)))]
		}
	}
	principals, known := v[restPrincipal], map[string]int32{}
	r.roles = make([]int32, principals.values())
	for n := range r.roles {
		role := withoutSession(string(principals.value(int32(n))))
		first, ok := known[role]
		if !ok {
			first = int32(n)
			known[role] = first
		}
		r.roles[n] = first
	}
}

func (r *restReader) text(column, row int) string { return restText(r.v[column], row) }
func (r *restReader) number(column, row int) int64 {
	n, _ := r.v[column].number(row)
	return n
}

// key is whose reading a row of the group is.
func (r *restReader) key(row int) readKey {
	return readKey{
		kind: r.text(restKind, row), resource: r.text(restResource, row), detail: r.text(restDetail, row), account: r.text(restAccount, row), region: r.text(restRegion, row),
		principal: r.text(restPrincipal, row), credential: r.text(restCredential, row), address: r.text(restSourceIP, row),
	}
}

// linked is what Tally.linkTo says of a row.
func (r *restReader) linked(row int) bool {
	is := func(which, column int) bool {
		n := r.v[column].index[row]
		return n >= 0 && r.suspected[which][n]
	}
	return is(0, restCredential) || r.v[restCredential].index[row] < 0 && is(1, restPrincipal) || is(2, restSourceIP)
}

// reading enters a row of the group.
func (r *restReader) reading(row int) (err error) {
	if r.number(restCurtailed, row) != 0 {
		return errAnew
	}
	id, _ := r.v[restID].bytes(row)
	call := readCall{
		ordinal: uint64(r.number(restOrdinal, row)), time: time.UnixMicro(r.number(restTime, row)).UTC(), id: textOf(id), plausible: r.number(restImplausible, row) == 0, linked: r.linked(row),
	}
	if call.outcome, err = outcomeNamed(r.v[restOutcome], row); err != nil {
		return err
	}
	one := read{readCall: &call, bytes: r.number(restBytes, row)}
	if !call.linked || !r.admitted(row, &one) {
		r.unadmitted(row, &one)
	}
	return nil
}

// admitted enters a reading of suspects, if there is room.
func (r *restReader) admitted(row int, one *read) bool {
	place := r.admit(r.key(row), true)
	if place < 0 {
		return false
	}
	one.id = strings.Clone(one.id)
	to := &r.rows.vals[place]
	to.see(one)
	if hash, ok := r.v[restObject].bytes(row); ok {
		copy(one.object[:], hash)
		r.distinct(to, one.object)
	}
	return true
}

func (r *restReader) unadmitted(row int, one *read) {
	principal := r.v[restPrincipal].index[row]
	if principal >= 0 {
		principal = r.roles[principal]
	}
	of := func(column int) int32 { return max(r.v[column].index[row], -1) }
	b := r.blurred.at([5]int32{of(restKind), of(restResource), of(restAccount), of(restRegion), max(principal, -1)}, nil)
	if b.Events == 0 {
		b.row = row
	}
	b.see(one)
}

// outcomeNamed reads an outcome.
func outcomeNamed(v *vector, row int) (outcome, error) {
	text, _ := v.bytes(row)
	for o, name := range outcomes {
		if string(text) == name {
			return outcome(o), nil
		}
	}
	return 0, fmt.Errorf("outcome %q: not known", text)
}
