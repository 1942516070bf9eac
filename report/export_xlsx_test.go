package report

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/coldtrail/coldtrail/detect"
)

// xlsxSheets are the sheets of a workbook, their cells as JSON.
func xlsxSheets(t *testing.T, path string) map[string][][]string {
	t.Helper()
	b, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	sheets := map[string][][]string{}
	for _, name := range b.GetSheetList() {
		rows, err := b.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		sheets[name] = rows
		for i, row := range rows {
			for j, cell := range row {
				printable(t, cell)
				if cell != "" && startsFormula(cell) {
					t.Errorf("%s, row %d, column %d: %q", name, i+1, j+1, cell)
				}
			}
		}
	}
	return sheets
}

func TestExportXLSX(t *testing.T) {
	s := exportStore(t)
	path := filepath.Join(t.TempDir(), "x.xlsx")
	told, err := s.ExportFile(t.Context(), path, ExportFormatNamed("xlsx"), nil)
	if err != nil || told.Events != 5 {
		t.Fatalf("%+v, %v", told, err)
	}
	b, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	props, err := b.GetDocProps()
	if b.Close(); err != nil || *props != (excelize.DocProperties{Creator: "coldtrail"}) {
		t.Errorf("properties %+v, %v", props, err)
	}
	sheets := xlsxSheets(t, path)
	text, err := appendJSON(nil, sheets, " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../export/xlsx.json", string(text))
}

// A sheet that is full goes on in another one, and no temporary file is left.
func TestXLSXRows(t *testing.T) {
	s := exportStore(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "x.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := s.writeXLSX(t.Context(), f, nil, 3); err != nil {
		t.Fatal(err)
	}
	sheets := xlsxSheets(t, path)
	for name, rows := range map[string]int{"Timeline": 3, "Timeline 2": 3, "Timeline 3": 2} {
		if got := sheets[name]; len(got) != rows || got[0][0] != "time" {
			t.Errorf("%s: %d rows", name, len(got))
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%v are left", left)
	}
}

// A value is cut to what a cell has room for, in Excel's way of counting, and says so.
func TestXLSXText(t *testing.T) {
	b := &xlsxBook{}
	for _, s := range append([]string{strings.Repeat("x", 32_767), strings.Repeat("x", 32_768), strings.Repeat("𝛼", 20_000), "=" + strings.Repeat("ä", 40_000), "\ufeff\x00"}, hostile...) {
		if s == "" {
			continue
		}
		before := b.cut
		got := b.text(s).(string)
		units := utf16.Encode([]rune(got))
		if len(units) > 32_767 || string(utf16.Decode(units)) != got || startsFormula(got) {
			t.Errorf("%.20q: %d characters", s, len(units))
		}
		if long := len(utf16.Encode([]rune(Terminal(s))))+btoi(startsFormula(s)) > 32_767; (b.cut > before) != long {
			t.Errorf("%.20q: cut %v", s, b.cut > before)
		}
		if b.cut > before && !strings.Contains(got, "… [cut: the value has ") {
			t.Errorf("%.20q: not said", s)
		}
	}
	if b.text("") != nil {
		t.Error("an empty value is a cell")
	}
}

// A cell is empty where there is no value, and not where the value is zero.
func TestFlatCells(t *testing.T) {
	zero := int64(0)
	got := flatCells(struct {
		N      int64           `json:"n"`
		U      uint64          `json:"u"`
		Is     detect.Severity `json:"is"`
		Not    bool            `json:"not"`
		Known  *int64          `json:"known"`
		Absent *int64          `json:"absent"`
		Left   int64           `json:"left,omitempty"`
		Text   string          `json:"text"`
		List   []string        `json:"list"`
	}{Known: &zero})
	want := []any{zero, zero, "informational", "no", zero, nil, nil, nil, nil}
	if !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

// The ledgers' rows are those of the case.
func TestXLSXLedgers(t *testing.T) {
	dir, m := settled(t, 5, options)
	s := &EventStore{dir: dir, label: "case"}
	b := &xlsxBook{File: excelize.NewFile(), rows: 1000}
	if err := s.xlsxLedgers(b); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := b.Write(&text); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	sheets := xlsxSheets(t, path)
	lines := func(name string) int {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return strings.Count(string(b), "\n")
	}
	for name, n := range map[string]int{
		"Persistence": lines(persistenceFile), "Data access": lines(dataFile), "Defences": lines(defencesFile),
		"Credentials": len(m.Credentials.Suspected), "Issued credentials": len(m.Credentials.Issued), "IPs": len(m.SourceIPs.Addresses) + len(m.SourceIPs.Services),
	} {
		if got := len(sheets[name]) - 1; got != n {
			t.Errorf("%s: %d rows, not %d", name, got, n)
		}
	}
	if len(sheets["Credentials"]) < 2 || len(sheets["IPs"]) < 2 {
		t.Error("the scenario has no credentials or addresses")
	}
}
