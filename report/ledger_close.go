package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// closeBooks ends the ledgers, and ties their rows to the suspects. end is that of the evidence.
func (t *Tally) closeBooks(end time.Time) error {
	l, err := t.books.close(end)
	if err != nil {
		return fmt.Errorf("trails: %w", err)
	}
	l.sums.Whole = l.sums.Whole && !t.held.Any()
	t.ties(l)
	return nil
}

// ties makes a ledger the tally's, with links to its suspects.
func (t *Tally) ties(l *Ledger) {
	for i := range l.Persistence {
		r := &l.Persistence[i]
		t.tie(r.judged, &r.Link, r.Made.Principal, r.Made.Credential, r.Made.SourceIP)
	}
	for i := range l.Data {
		r := &l.Data[i]
		t.tie(r.judged, &r.Link, r.Principal, r.Credential, r.SourceIP)
	}
	for i := range l.Defences {
		r := &l.Defences[i]
		t.tie(r.judged, &r.Link, r.By.Principal, r.By.Credential, r.By.SourceIP)
	}
	t.written = l
}

// tie sets what ties the caller of a row to the findings, unless an examiner decides. Whoever has an event
// in a finding that accuses is among them, named there or not.
func (t *Tally) tie(judged bool, link *Link, principal, credential, address string) {
	if judged {
		return
	}
	who := actor{credential: credential}
	if credential == "" {
		who.principal = principal
	}
	if r := t.all.actors.row(who); r != nil && r.flagged > 0 {
		*link = ByIdentity
		return
	}
	*link = t.linkTo(principal, credential, address)
}

// files are those of the ledgers.
func (l *Ledger) files() []caseFile {
	return []caseFile{
		{persistenceFile, func(w io.Writer) error { return writeLines(w, l.Persistence) }},
		{dataFile, func(w io.Writer) error { return writeLines(w, l.Data) }},
		{defencesFile, func(w io.Writer) error { return writeLines(w, l.Defences) }},
	}
}

func writeLines[T any](w io.Writer, rows []T) error {
	var line []byte
	for i := range rows {
		var err error
		if line, err = appendJSON(line[:0], &rows[i], ""); err != nil {
			return err
		}
		if _, err = w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// ReadLedger reads the ledgers of the case in dir. Of a case that an earlier coldtrail made, the error is
// fs.ErrNotExist. Where report.json counts other rows than the files have, rows were lost or added, which is an error.
func ReadLedger(dir string) (*Ledger, error) {
	l := &Ledger{}
	m, err := ReadModel(dir)
	if errors.Is(err, os.ErrNotExist) {
		m, err = new(Model), nil
	}
	if err != nil {
		return l, err
	}
	sums := &m.Ledgers
	return l, errors.Join(readLines(dir, persistenceFile, &sums.Persistence, &l.Persistence), readLines(dir, dataFile, &sums.Data, &l.Data), readLines(dir, defencesFile, &sums.Defences, &l.Defences))
}

// fits reports that a file has other rows than were summed up; -1: it is not there.
func (s *LedgerSum) fits(rows int) error {
	switch {
	case s.File == "" || s.Rows == int64(rows):
		return nil // reports of earlier coldtrails have no sums
	case rows < 0:
		return fmt.Errorf("%s: missing, and report.json counts %d rows of it", s.File, s.Rows)
	}
	return fmt.Errorf("%s: %d rows, and report.json counts %d: it was changed", s.File, rows, s.Rows)
}

func readLines[T any](dir, name string, sum *LedgerSum, into *[]T) error {
	*into = []T{}
	for row, err := range jsonLines[T](dir, name) {
		if errors.Is(err, os.ErrNotExist) {
			return cmp.Or(sum.fits(-1), fmt.Errorf("%w: coldtrail hunt makes it", err))
		}
		if err != nil {
			return err
		}
		*into = append(*into, row)
	}
	return sum.fits(len(*into))
}

// linkedFirst returns those of a ledger's rows that have a link, by identity first, at most fieldLimit of
// them, and how many are left.
func linkedFirst[T any](rows []T, link func(*T) Link) (shown []T, more int64) {
	shown = []T{}
	for _, suspect := range [...]bool{true, false} {
		for i := range rows {
			switch l := link(&rows[i]); {
			case l.Suspect() != suspect, l == "", l == ByResponder:
			case len(shown) == fieldLimit:
				more++
			default:
				shown = append(shown, rows[i])
			}
		}
	}
	return shown, more
}

func (l *Ledger) persistence() (p Persistence) {
	p.Rows, p.OtherRows = linkedFirst(l.Persistence, func(r *PersistenceRow) Link { return r.Link })
	p.OtherCalls = l.sums.Persistence.Others
	return p
}

// data lists what was taken before what was only tried, and the most of it first.
func (l *Ledger) data() (d Data) {
	rows := slices.Clone(l.Data)
	slices.SortStableFunc(rows, func(a, b DataRow) int {
		return cmp.Or(sooner(a.Succeeded > 0, b.Succeeded > 0), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Succeeded, a.Succeeded), cmp.Compare(b.Events, a.Events))
	})
	d.Rows, d.OtherRows = linkedFirst(rows, func(r *DataRow) Link { return r.Link })
	slices.SortStableFunc(d.Rows, func(a, b DataRow) int { return sooner(a.Succeeded > 0, b.Succeeded > 0) })
	d.OtherEvents = l.sums.Data.Others
	return d
}

// defences lists the changes of suspects first, then those of everybody else.
func (l *Ledger) defences() (d Defences) {
	d.Rows, d.OtherRows = linkedFirst(l.Defences, func(r *DefenceRow) Link { return r.Link })
	for i := range l.Defences {
		switch {
		case l.Defences[i].Link != "" && l.Defences[i].Link != ByResponder:
		case len(d.Rows) == fieldLimit:
			d.OtherRows++
		default:
			d.Rows = append(d.Rows, l.Defences[i])
		}
	}
	return d
}

// totals sums the ledgers up.
func (l *Ledger) totals(accounts *capped[string, accountRow]) Ledgers {
	s := l.sums
	sumRows(&s.Persistence, persistenceFile, l.Persistence, func(r *PersistenceRow) (string, string, Link) { return r.Kind, r.State, r.Link })
	sumRows(&s.Data, dataFile, l.Data, func(r *DataRow) (string, string, Link) { return r.Kind, "", r.Link })
	sumRows(&s.Defences, defencesFile, l.Defences, func(r *DefenceRow) (string, string, Link) { return r.Kind, r.State, r.Link })
	s.Seen = append([]DataSeen{}, s.Seen...)
	s.Blind = s.blind(accounts)
	return s
}

// sumRows fills in what the rows tell, in the order of kinds and states.
func sumRows[T any](s *LedgerSum, file string, rows []T, of func(*T) (kind, state string, link Link)) {
	s.File, s.Rows, s.Linked, s.Kinds = file, int64(len(rows)), 0, []LedgerKind{}
	index := map[[2]string]int{}
	for i := range rows {
		kind, state, link := of(&rows[i])
		at, ok := index[[2]string{kind, state}]
		if !ok {
			at = len(s.Kinds)
			index[[2]string{kind, state}] = at
			s.Kinds = append(s.Kinds, LedgerKind{Kind: kind, State: state})
		}
		s.Kinds[at].Rows++
		if link != "" && link != ByResponder {
			s.Kinds[at].Linked++
			s.Linked++
		}
	}
	slices.SortFunc(s.Kinds, func(a, b LedgerKind) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State, b.State))
	})
}

// blind says of which accounts the evidence has no data events of a kind.
func (s *Ledgers) blind(accounts *capped[string, accountRow]) []string {
	out := []string{}
	for _, kind := range [...]struct{ kind, what string }{
		{s3Objects, "no event that reads an S3 object: which objects were read cannot be told"},
		{"table", "no event that reads a DynamoDB table: which items were read cannot be told"},
		{"snapshot blocks", "no event that reads blocks of a snapshot: which were read cannot be told"},
	} {
		var of []string
		for _, account := range accounts.keys {
			if !slices.ContainsFunc(s.Seen, func(d DataSeen) bool { return d.Account == account && d.Kind == kind.kind }) {
				of = append(of, account)
			}
		}
		slices.Sort(of)
		switch n := len(of); {
		case n == 0:
		case n == len(accounts.keys):
			out = append(out, "Of all accounts the evidence has "+kind.what+".")
		default:
			out = append(out, fmt.Sprintf("Of %s%s the evidence has %s.", strings.Join(of[:min(n, maxDetails)], ", "), more(int64(n-maxDetails), "accounts"), kind.what))
		}
	}
	return append(out, "An event of a kind proves that something recorded it there and then, and nothing of other resources and times: see coldtrail coverage.")
}
