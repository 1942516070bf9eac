package report

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

var _ = exportFormat(ExportFormat{
	Name: "sqlite",
	Doc: "a database of SQLite: the tables events (with the whole record), findings, finding_events and about; without indexes, which are made where they are wanted. Texts are those of the " +
		"case, so that what shows them must escape what does not print; bytes that are not UTF-8 are U+FFFD, and records is exact",
	Endings: []string{".sqlite", ".sqlite3", ".db"},
	file:    (*EventStore).writeSQLite,
})

// sqliteEvents are the columns of the table of events, and the fields that fill them, beside the ordinal.
var sqliteEvents = []struct {
	column string
	field  field
}{
	{"event_time TEXT NOT NULL", timelineFields["time"]}, {"event_id TEXT", oneOf(leafDerived, leafID)}, {"event_name TEXT", oneOf(leafName)}, {"event_source TEXT", oneOf(leafSource)},
	{"region TEXT", oneOf(leafRegion)}, {"account TEXT", oneOf(leafAccount)}, {"principal TEXT", oneOf(leafPrincipal)}, {"user_name TEXT", oneOf(leafLookupUser)},
	{"credential TEXT", oneOf(leafCredential)}, {"source_ip TEXT", oneOf(leafSourceIP)}, {"user_agent TEXT", oneOf(leafUserAgent)}, {"error_code TEXT", oneOf(leafErrorCode)},
	{"error_message TEXT", oneOf(leafErrorMessage)}, {"read_only TEXT", oneOf(leafReadOnly)}, {"event_type TEXT", oneOf(leafEventType)}, {"event_category TEXT", oneOf(leafCategory)},
	{"request_parameters TEXT", oneOf(leafRequest)}, {"response_elements TEXT", oneOf(eventLeaf("responseelements"))}, {"severity TEXT", field{text: (*view).severityText}},
	{"detectors TEXT", timelineFields["findings"]}, {"object TEXT", timelineFields["object"]}, {"record_index INTEGER", numberField(leafIndex)}, {"record_offset INTEGER", numberField(leafOffset)},
	{"copies INTEGER", numberField(leafCopyCount)}, {"record TEXT NOT NULL", oneOf(leafRaw)},
}

func (v *view) severityText(row int) []byte {
	if worst, any := v.worst(row); any {
		return []byte(worst.String())
	}
	return nil
}

func (s *EventStore) writeSQLite(ctx context.Context, file *os.File, f *Filter) (told FileExported, err error) {
	w := bufio.NewWriterSize(file, 256<<10)
	db, err := newSQLiteFile(file, w)
	if err != nil {
		return told, err
	}
	if told.Events, err = s.sqliteEvents(ctx, db, f); err != nil {
		return told, err
	}
	findings, err := s.sqliteFindings(ctx, db, f)
	if err == nil {
		err = s.sqliteMembers(ctx, db, f)
	}
	if err == nil {
		err = s.sqliteAbout(db, f, told.Events)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = db.finish()
	}
	told.Notes = []string{plural(findings, "finding")}
	return told, err
}

// sqliteCells are the encoded rows of a block.
type sqliteCells struct {
	ordinals []int64
	rows     [][]any
}

func (s *EventStore) sqliteEvents(ctx context.Context, db *sqliteFile, f *Filter) (n int64, err error) {
	found, err := s.memberships()
	if err != nil {
		return 0, err
	}
	columns := []string{"ordinal INTEGER PRIMARY KEY"}
	leaves := []int{leafTime, leafObject}
	for _, c := range sqliteEvents {
		columns = append(columns, c.column)
		leaves = append(leaves, c.field.leaves...)
	}
	table := db.table("events", strings.Join(columns, ", "))
	err = eachBlock(ctx, s, f, func(b *block) (c sqliteCells, err error) {
		defer b.done()
		if err := b.load(leaves); err != nil {
			return c, err
		}
		v := newView(b, found)
		for row := range b.rows {
			values := make([]any, 1, len(sqliteEvents)+1) // the primary key stands as the row's ID, and is NULL here
			for i := range sqliteEvents {
				values = append(values, sqliteValue(v, &sqliteEvents[i].field, sqliteEvents[i].column, row))
			}
			c.ordinals, c.rows = append(c.ordinals, int64(b.ordinal(row))), append(c.rows, values)
		}
		return c, v.err
	}, func(c sqliteCells) error {
		for i, values := range c.rows {
			n++
			if err := table.add(c.ordinals[i], values...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = table.end()
	}
	return n, err
}

func sqliteValue(v *view, f *field, column string, row int) any {
	if strings.Contains(column, "INTEGER") {
		n, ok := v.vectors[f.leaves[0]].number(row)
		if !ok {
			return nil
		}
		return n
	}
	text := f.text(v, row)
	if len(text) == 0 {
		return nil
	}
	return valid(string(text))
}

func (s *EventStore) sqliteFindings(ctx context.Context, db *sqliteFile, f *Filter) (n int64, err error) {
	table := db.table("findings", "finding_id TEXT NOT NULL, detector TEXT NOT NULL, title TEXT, severity TEXT NOT NULL, subject TEXT, why TEXT, suppressed TEXT, events INTEGER NOT NULL, "+
		"events_selected INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, principals TEXT, credentials TEXT, source_ips TEXT, techniques TEXT")
	_, err = s.eachSelected(ctx, f, 0, func(line *findingLine, this *selectedFinding) error {
		values := []any{line.ID, line.Detector, line.Title, line.Severity.String(), line.Subject, line.Why, line.Suppressed, int64(line.Count), this.n, line.First.UTC().Format(time.RFC3339Nano), line.Last.UTC().Format(time.RFC3339Nano)}
		for _, list := range [...][]string{line.Principals.Values, line.Credentials.Values, line.SourceIPs.Values, line.Techniques} {
			b, err := json.Marshal(append([]string{}, list...))
			if err != nil {
				return err
			}
			values = append(values, b)
		}
		for i := range values {
			if values[i] == "" {
				values[i] = nil
			}
		}
		n++
		return table.add(n, values...)
	})
	if err == nil {
		err = table.end()
	}
	return n, err
}

// sqliteMembers says which selected events the findings list.
func (s *EventStore) sqliteMembers(ctx context.Context, db *sqliteFile, f *Filter) error {
	found, err := s.memberships()
	if err != nil {
		return err
	}
	table := db.table("finding_events", "finding_id TEXT NOT NULL, ordinal INTEGER NOT NULL")
	n := int64(0)
	err = s.Scan(ctx, f, nil, func(r *Row) error {
		for _, e := range found.of(r.Ordinal()) {
			n++
			if err := table.add(n, valid(found.findings[e.finding].ID), int64(r.Ordinal())); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return table.end()
}

func (s *EventStore) sqliteAbout(db *sqliteFile, f *Filter, events int64) error {
	name, err := s.reportID()
	if err != nil {
		return err
	}
	table := db.table("about", "name TEXT NOT NULL, value TEXT")
	for i, row := range [...][2]string{
		{"case", name}, {"filter", s.filterText(f)}, {"events", fmt.Sprint(events)},
		{"times", "RFC 3339, UTC; the order within a second is stable, and not causal"},
		{"findings", "leads that need a judgement"},
	} {
		if err := table.add(int64(i+1), row[0], row[1]); err != nil {
			return err
		}
	}
	return table.end()
}
