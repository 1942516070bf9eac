package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

var _ = exportFormat(ExportFormat{
	Name: "xlsx",
	Doc: "a workbook with sheets for the timeline, findings, ledgers, credentials and source addresses. A sheet has at most 1,048,576 rows: a longer timeline goes on in a further one. A cell has at " +
		"most 32,767 characters: what is longer is cut, ends in a mark that says so, and is counted. What does not print is escaped, and what could be a formula has an apostrophe in front",
	Endings: []string{".xlsx"},
	file: func(s *EventStore, ctx context.Context, file *os.File, f *Filter) (FileExported, error) {
		return s.writeXLSX(ctx, file, f, excelize.TotalRows)
	},
})

// xlsxFields are the columns of the timeline. The whole record is not among them: it is in the case.
var xlsxFields = []field{
	fieldNamed("time", timelineFields["time"]), fieldNamed("event_name", timelineFields["event_name"]), fieldNamed("event_source", timelineFields["event_source"]),
	fieldNamed("principal", timelineFields["principal"]), fieldNamed("credential", timelineFields["credential"]), fieldNamed("source_ip", timelineFields["source_ip"]),
	fieldNamed("error", timelineFields["error"]), fieldNamed("severity", field{text: (*view).severityText}), fieldNamed("findings", timelineFields["findings"]),
	fieldNamed("region", timelineFields["region"]), fieldNamed("account", timelineFields["account"]), fieldNamed("user_agent", timelineFields["user_agent"]),
	fieldNamed("request_parameters", oneOf(leafRequest)), fieldNamed("event_id", timelineFields["event_id"]), fieldNamed("object", timelineFields["object"]),
	fieldNamed("ordinal", numberField(leafOrdinal)),
}

// xlsxCore are the properties of a workbook: what made it, and no time, since it holds no run facts. excelize's own name its
// author as the workbook's, and a day of 2006.
const xlsxCore = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>coldtrail</dc:creator></cp:coreProperties>`

// An xlsxBook writes sheets, one after another. What a sheet has so far waits in a file beside the book.
type xlsxBook struct {
	*excelize.File
	rows  int // at most, of a sheet
	cut   int64
	style int // of the first row
}

// An xlsxSheet is a sheet in work.
type xlsxSheet struct {
	book    *xlsxBook
	name    string
	number  int // 2: what had no room in the first one
	columns []any
	w       *excelize.StreamWriter
	row     int
}

func (s *EventStore) writeXLSX(ctx context.Context, file *os.File, f *Filter, rows int) (told FileExported, err error) {
	b := &xlsxBook{File: excelize.NewFile(excelize.Options{TmpDir: filepath.Dir(file.Name())}), rows: rows}
	defer b.Close()
	if b.style, err = b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return told, err
	}
	b.Pkg.Store("docProps/core.xml", []byte(xlsxCore))
	if err := b.SetSheetName("Sheet1", "About"); err != nil {
		return told, err
	}
	if told.Events, err = s.xlsxTimeline(ctx, b, f); err != nil {
		return told, err
	}
	if err := s.xlsxFindings(ctx, b, f); err != nil {
		return told, err
	}
	if err := s.xlsxLedgers(b); err != nil {
		return told, err
	}
	if err := s.xlsxAbout(b, f, told.Events); err != nil {
		return told, err
	}
	if b.cut > 0 {
		told.Notes = append(told.Notes, fmt.Sprintf("%s cut to the %d characters that a cell has room for", valuesWere(b.cut), excelize.TotalCellChars))
	}
	return told, b.writeTo(file)
}

// writeTo writes the workbook. excelize gathers one in memory, of which nothing gets there.
func (b *xlsxBook) writeTo(file *os.File) error {
	parts := newXLSXZip(file, filepath.Dir(file.Name()))
	defer parts.remove()
	b.SetZipWriter(func(io.Writer) excelize.ZipWriter { return parts })
	return b.Write(io.Discard)
}

func valuesWere(n int64) string {
	if n == 1 {
		return "1 value was"
	}
	return plural(n, "value") + " were"
}

// sheet begins a sheet.
func (b *xlsxBook) sheet(name string, columns ...string) (*xlsxSheet, error) {
	s := &xlsxSheet{book: b, name: name}
	for _, c := range columns {
		s.columns = append(s.columns, excelize.Cell{StyleID: b.style, Value: c})
	}
	return s, s.begin()
}

func (s *xlsxSheet) begin() (err error) {
	name := s.name
	if s.number++; s.number > 1 {
		name = fmt.Sprintf("%s %d", s.name, s.number)
	}
	if name != "About" {
		if _, err := s.book.NewSheet(name); err != nil {
			return err
		}
	}
	if err := s.book.SetSheetDimension(name, ""); err != nil { // that of one cell would end it for readers that trust it
		return err
	}
	if s.w, err = s.book.NewStreamWriter(name); err != nil {
		return err
	}
	if err := s.w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	s.row = 1
	return s.w.SetRow("A1", s.columns)
}

// add adds a row of texts and numbers.
func (s *xlsxSheet) add(cells ...any) error {
	if s.row == s.book.rows {
		if err := s.w.Flush(); err != nil {
			return err
		}
		if err := s.begin(); err != nil {
			return err
		}
	}
	s.row++
	for i, c := range cells {
		if text, ok := c.(string); ok {
			cells[i] = s.book.text(text)
		}
	}
	return s.w.SetRow(fmt.Sprintf("A%d", s.row), cells)
}

// xlsxCut marks a value that was cut.
const xlsxCut = "… [cut: the value has %d characters]"

// text returns a text as a cell has it: a spreadsheet must neither take it for a formula nor find it too long.
func (b *xlsxBook) text(s string) any {
	if s == "" {
		return nil
	}
	formula := startsFormula(s)
	if s = Terminal(s); formula {
		s = "'" + s
	}
	if len(s) <= excelize.TotalCellChars {
		return s
	}
	units := utf16.Encode([]rune(s))
	if len(units) <= excelize.TotalCellChars {
		return s
	}
	b.cut++
	mark := fmt.Sprintf(xlsxCut, len(units))
	keep := excelize.TotalCellChars - len([]rune(mark))
	if utf16.IsSurrogate(rune(units[keep-1])) && units[keep-1] < 0xdc00 {
		keep-- // not half of a character
	}
	return string(utf16.Decode(units[:keep])) + mark
}

func (s *EventStore) xlsxTimeline(ctx context.Context, b *xlsxBook, f *Filter) (n int64, err error) {
	found, err := s.memberships()
	if err != nil {
		return 0, err
	}
	var columns []string
	leaves := []int{leafTime, leafObject}
	for i := range xlsxFields {
		columns = append(columns, xlsxFields[i].name)
		leaves = append(leaves, xlsxFields[i].leaves...)
	}
	sheet, err := b.sheet("Timeline", columns...)
	if err != nil {
		return 0, err
	}
	err = eachBlock(ctx, s, f, func(blk *block) (rows [][]any, err error) {
		defer blk.done()
		if err := blk.load(leaves); err != nil {
			return nil, err
		}
		v := newView(blk, found)
		for row := range blk.rows {
			cells := make([]any, len(xlsxFields))
			for i := range xlsxFields {
				cells[i] = string(xlsxFields[i].text(v, row))
			}
			cells[len(cells)-1] = int64(blk.ordinal(row))
			rows = append(rows, cells)
		}
		return rows, v.err
	}, func(rows [][]any) error {
		for _, cells := range rows {
			n++
			if err := sheet.add(cells...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = sheet.w.Flush()
	}
	return n, err
}

func (s *EventStore) xlsxFindings(ctx context.Context, b *xlsxBook, f *Filter) error {
	sheet, err := b.sheet("Findings", append(flatColumns(reflect.TypeFor[findingLine]()), "events_selected")...)
	if err != nil {
		return err
	}
	_, err = s.eachSelected(ctx, f, 0, func(line *findingLine, this *selectedFinding) error {
		return sheet.add(append(flatCells(*line), this.n)...)
	})
	if err != nil {
		return err
	}
	return sheet.w.Flush()
}

// xlsxRows writes a sheet of rows of one type.
func xlsxRows[T any](b *xlsxBook, name string, each func(func(T) error) error) error {
	sheet, err := b.sheet(name, flatColumns(reflect.TypeFor[T]())...)
	if err != nil {
		return err
	}
	if err := each(func(row T) error { return sheet.add(flatCells(row)...) }); err != nil {
		return err
	}
	return sheet.w.Flush()
}

// linesOf yields the rows of a ledger's file, which must be as many as the report says.
func linesOf[T any](s *EventStore, name string, sum *LedgerSum) func(func(T) error) error {
	return func(yield func(T) error) error {
		n := 0
		err := s.eachLine(name, func(line []byte) error {
			var row T
			if err := json.Unmarshal(line, &row); err != nil {
				return err
			}
			n++
			return yield(row)
		})
		return cmp.Or(err, sum.fits(n))
	}
}

func rowsOf[T any](rows []T) func(func(T) error) error {
	return func(yield func(T) error) error {
		for _, row := range rows {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// xlsxLedgers writes what is about the whole case.
func (s *EventStore) xlsxLedgers(b *xlsxBook) error {
	m, err := s.model()
	if err != nil {
		return err
	}
	if m == nil {
		m = new(Model)
	}
	for _, write := range []func() error{
		func() error {
			return xlsxRows(b, "Persistence", linesOf[PersistenceRow](s, persistenceFile, &m.Ledgers.Persistence))
		},
		func() error { return xlsxRows(b, "Data access", linesOf[DataRow](s, dataFile, &m.Ledgers.Data)) },
		func() error {
			return xlsxRows(b, "Defences", linesOf[DefenceRow](s, defencesFile, &m.Ledgers.Defences))
		},
		func() error { return xlsxRows(b, "Credentials", rowsOf(m.Credentials.Suspected)) },
		func() error { return xlsxRows(b, "Issued credentials", rowsOf(m.Credentials.Issued)) },
		func() error {
			return xlsxRows(b, "IPs", rowsOf(m.SourceIPs.all()))
		},
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (s *EventStore) xlsxAbout(b *xlsxBook, f *Filter, events int64) error {
	name, err := s.reportID()
	if err != nil {
		return err
	}
	sheet, err := b.sheet("About", "what", "value")
	if err != nil {
		return err
	}
	for _, row := range [...][2]any{
		{"case", name}, {"filter", s.filterText(f)}, {"events in the timeline", events},
		{"times", "UTC; the order within a second is stable, and not causal"},
		{"findings", "leads that need a judgement: those that list an event of the timeline"},
		{"ledgers, credentials and IPs", "of the whole case, whatever the filter"},
		{"apostrophes", "stand before what a spreadsheet could take for a formula, and are not the evidence's"},
		{"values that were cut", b.cut},
		{"the evidence form", "is the record: coldtrail show CASE '#ordinal'"},
	} {
		if err := sheet.add(row[0], row[1]); err != nil {
			return err
		}
	}
	return sheet.w.Flush()
}
