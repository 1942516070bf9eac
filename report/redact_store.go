package report

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
)

// A redactedStore is what stands between an event store and its readers.
type redactedStore struct {
	plain *EventStore
	table *frozenRedaction
	spare sync.Pool // of redactions, and what they remember
}

// Redacted returns a view of the store in which accounts, access keys, addresses, ARNs and names are pseudonyms, in
// records, in columns, in the texts of findings and in the names of objects: the same ones whatever is read, and
// whenever. Filters select by what the case really holds. Everything is read once to gather the names. The store
// must stay open, and is closed by itself.
func (s *EventStore) Redacted(ctx context.Context) (*EventStore, error) {
	list, err := s.gather(ctx)
	if err != nil {
		return nil, err
	}
	r := &EventStore{dir: s.dir, label: s.label, names: s.names, shown: &redactedStore{plain: s, table: list.freeze()}}
	r.objects.dir = s.dir
	r.objects.show = r.redactText
	return r, nil
}

// WriteRedactionKeys writes the table of a redacted view, a line of JSON for each text that it replaces.
func (s *EventStore) WriteRedactionKeys(w io.Writer) error {
	if s.shown == nil {
		return errors.New("nothing is redacted")
	}
	return s.shown.table.writeKeys(w)
}

// plain returns the store that filters are evaluated on.
func (s *EventStore) plain() *EventStore {
	if s.shown != nil {
		return s.shown.plain
	}
	return s
}

// gather meets every text that an export may hold, in the timeline's order.
func (s *EventStore) gather(ctx context.Context) (*redactionList, error) {
	list := &redactionList{}
	load := append([]int{leafObject}, rawLeaves...)
	err := eachBlock(ctx, s, nil, func(b *block) (*redactionList, error) {
		defer b.done()
		if err := b.load(load); err != nil {
			return nil, err
		}
		part := &redactionList{}
		r := &redaction{table: part, words: words()}
		object := int64(-1)
		for row := range b.rows {
			r.json(nil, b.raw(row), "")
			if n := b.number(leafObject, row); n != object {
				object = n
				source, path, err := s.objects.Name(uint64(n))
				if err != nil {
					return nil, err
				}
				r.text(source)
				r.text(path)
			}
		}
		return part, nil
	}, list.join)
	if err != nil {
		return nil, err
	}
	r := &redaction{table: list, words: words()}
	return list, s.gatherConclusions(ctx, r)
}

// gatherConclusions meets what findings and the report say.
func (s *EventStore) gatherConclusions(ctx context.Context, r *redaction) error {
	err := s.findingHeads(ctx, func(line *findingLine) error {
		r.head(line)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", s.label, err)
	}
	m, err := s.memberships()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if m != nil {
		for i := range m.findings {
			f := m.findings[i]
			r.finding(&f)
		}
	}
	for _, name := range [...]string{"summary.json", "report.json"} {
		b, err := readCaseFile(filepath.Join(s.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a store on its own
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", s.label, name, err)
		}
		r.json(nil, b, "case")
	}
	for _, name := range [...]string{persistenceFile, dataFile, defencesFile} {
		if err := s.eachLine(name, func(line []byte) error { r.json(nil, line, "case"); return nil }); err != nil {
			return err
		}
	}
	return nil
}

// finding replaces the texts of a finding. Its ID is a hash of what it is about, which could be guessed.
func (r *redaction) finding(f *EventFinding) {
	f.ID, f.Detector, f.Why = r.findingID(f.ID), r.detector(f.Detector), r.text(f.Why)
}

func (r *redaction) findingID(id string) string {
	return r.table.replace(redacted{"finding", valid(id)}, false)
}

// detector keeps the ID of a detector, which is no evidence, where it has the form of one.
func (r *redaction) detector(id string) string {
	if keptValue.MatchString(id) && !r.sensitive(id) && !r.table.known(id) {
		return id
	}
	return r.text(id)
}

// head replaces the texts of a line of findings.jsonl.
func (r *redaction) head(line *findingLine) {
	line.ID, line.Detector = r.findingID(line.ID), r.detector(line.Detector)
	line.Subject, line.Why, line.Suppressed, line.Title = r.text(line.Subject), r.text(line.Why), r.text(line.Suppressed), r.text(line.Title)
	for _, values := range [...][]string{line.Principals.Values, line.Credentials.Values, line.SourceIPs.Values} {
		for i, v := range values {
			values[i] = r.text(v)
		}
	}
}

// redaction returns what replaces texts of the store; nil: nothing does.
func (s *EventStore) redaction() *redaction {
	if s.shown == nil {
		return nil
	}
	if r, _ := s.shown.spare.Get().(*redaction); r != nil {
		return r
	}
	return &redaction{table: s.shown.table, words: words()}
}

// redactText returns a text as it is shown.
func (s *EventStore) redactText(text string) string {
	if r := s.redaction(); r != nil {
		return r.text(text)
	}
	return text
}

// filterText is the filter as an export names it.
func (s *EventStore) filterText(f *Filter) string { return s.redactText(f.String()) }

func (s *EventStore) redactFindings(findings []EventFinding) {
	if r := s.redaction(); r != nil {
		for i := range findings {
			r.finding(&findings[i])
		}
	}
}

func (s *EventStore) redactHead(line *findingLine) *findingLine {
	if r := s.redaction(); r != nil {
		r.head(line)
	}
	return line
}

// redactPaths is the path of each column, by which its texts are judged; "" where it is a record.
var redactPaths = func() (paths []string) {
	for i := range eventLeaves {
		name := eventLeaves[i].name()
		switch {
		case i == leafRaw || i == leafRawBytes:
			name = ""
		case strings.HasSuffix(name, ".key") || strings.HasSuffix(name, ".value"): // of a map: who is federated
			name = "text"
		}
		paths = append(paths, name)
	}
	return paths
}()

// redact replaces the texts of columns that are loaded.
func (b *block) redact(leaves []int) {
	r := b.store.redaction()
	if r == nil {
		return
	}
	defer b.store.shown.spare.Put(r)
	if b.redacted == nil {
		b.redacted = make([]bool, len(eventLeaves))
	}
	for _, leaf := range leaves {
		v := b.vectors[leaf]
		if b.redacted[leaf] || !v.text {
			continue
		}
		b.redacted[leaf] = true
		b.vectors[leaf] = r.vector(v, &eventLeaves[leaf], redactPaths[leaf])
	}
}

// vector returns a column whose texts are replaced, each value once.
func (r *redaction) vector(v *vector, l *leaf, path string) *vector {
	out := *v
	out.data, out.starts = make([]byte, 0, len(v.data)), make([]uint32, 0, len(v.starts))
	asJSON := l.Type == jsonColumn || l.Type == bytesColumn
	var text []byte
	for n := range v.starts {
		value := v.value(int32(n))
		if asJSON {
			text = r.json(text[:0], value, path)
		} else {
			text = append(text[:0], r.value(string(value), path)...)
		}
		out.data = binary.LittleEndian.AppendUint32(out.data, uint32(len(text)))
		out.starts = append(out.starts, uint32(len(out.data)))
		out.data = append(out.data, text...)
	}
	return &out
}
