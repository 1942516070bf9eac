package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/coldtrail/coldtrail/report"
)

// In CSV a number is a number; a text that looks like one may be a formula.
func TestCSVNumbers(t *testing.T) {
	var b bytes.Buffer
	rows := made([]string{"a", "b", "c", "d", "e", "f"}, []any{int64(-5), -1.5e20, Number("-5.50"), "-5", false, []any{int64(-5)}})
	if _, err := Write(&b, rows, View{Format: "csv"}); err != nil || b.String() != "a,b,c,d,e,f\n-5,-1.5E20,-5.50,'-5,false,[-5]\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// madeRows are rows without an engine.
type madeRows struct {
	rows [][]any
	err  error
}

func (m *madeRows) next() ([]any, error) {
	if len(m.rows) == 0 {
		if m.err != nil {
			return nil, m.err
		}
		return nil, io.EOF
	}
	row := m.rows[0]
	m.rows = m.rows[1:]
	return row, nil
}

func (m *madeRows) close() error { return nil }

func made(names []string, rows ...[]any) *Rows {
	r := &Rows{source: &madeRows{rows: rows}}
	for _, name := range names {
		r.columns = append(r.columns, Column{Name: name, Type: "varchar"})
	}
	return r
}

const hostile = "=cmd|' /C calc'!A0\x1b[31m\u202e\n\"x\","

func TestFormats(t *testing.T) {
	rows := func() *Rows {
		return made([]string{"a", "b\x1b", "a"}, []any{int64(1), nil, "x"}, []any{hostile, "", []any{"y", nil}})
	}
	for format, want := range map[string]string{
		"table": "a                                         b\\x1b  a\n" +
			"1                                                x\n" +
			`=cmd|' /C calc'!A0\x1b[31m\u202e\x0a"x",         [y, null]` + "\n",
		"csv": "a,b\\x1b,a\n1,,x\n\"'=cmd|' /C calc'!A0\\x1b[31m\\u202e\\x0a\"\"x\"\",\",\"\",\"[y, null]\"\n",
		"json": `[{"a":1,"b\u001b":null,"a_1":"x"},` + "\n" +
			`{"a":"=cmd|' /C calc'!A0\u001b[31m\u202e\u000a\"x\",","b\u001b":"","a_1":["y",null]}]` + "\n",
		"jsonl": `{"a":1,"b\u001b":null,"a_1":"x"}` + "\n" +
			`{"a":"=cmd|' /C calc'!A0\u001b[31m\u202e\u000a\"x\",","b\u001b":"","a_1":["y",null]}` + "\n",
	} {
		var b bytes.Buffer
		w, err := Write(&b, rows(), View{Format: format})
		if err != nil || w != (Written{Rows: 2}) {
			t.Errorf("%s: %+v, %v", format, w, err)
		}
		if b.String() != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, b.String(), want)
		}
	}
}

// What is written is what other readers of the format read.
func TestFormatsAreWellFormed(t *testing.T) {
	rows := func() *Rows { return made([]string{"a", "b"}, []any{hostile, 1.5}, []any{nil, Map{{"k", hostile}}}) }
	var b bytes.Buffer
	if _, err := Write(&b, rows(), View{Format: "csv"}); err != nil {
		t.Fatal(err)
	}
	if all, err := csv.NewReader(&b).ReadAll(); err != nil || len(all) != 3 || all[1][1] != "1.5" || all[2][0] != "" {
		t.Errorf("csv: %q, %v", all, err)
	}
	b.Reset()
	if _, err := Write(&b, rows(), View{Format: "json"}); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	if err := json.Unmarshal(b.Bytes(), &objects); err != nil || len(objects) != 2 || objects[0]["a"] != hostile || objects[1]["b"].(map[string]any)["k"] != hostile {
		t.Errorf("json: %v, %v", objects, err)
	}
	b.Reset()
	if _, err := Write(&b, made([]string{"a"}), View{Format: "json"}); err != nil || b.String() != "[]\n" {
		t.Errorf("json of no row: %q, %v", b.String(), err)
	}
}

func TestLimitIsTold(t *testing.T) {
	for limit, want := range map[int64]Written{0: {Rows: 3}, 2: {Rows: 2, More: true}, 3: {Rows: 3}, 4: {Rows: 3}} {
		var b bytes.Buffer
		w, err := Write(&b, made([]string{"a"}, []any{"x"}, []any{"y"}, []any{"z"}), View{Format: "jsonl", Limit: limit})
		if err != nil || w != want || strings.Count(b.String(), "\n") != int(want.Rows) {
			t.Errorf("limit %d: %+v, %v: %s", limit, w, err, &b)
		}
	}
}

func TestTableFitsItsWidth(t *testing.T) {
	long := strings.Repeat("0123456789", 10)
	for _, columns := range []int{1, 3, 30} {
		names, row := make([]string, columns), make([]any, columns)
		for i := range names {
			names[i], row[i] = "column", long
		}
		var b bytes.Buffer
		w, err := Write(&b, made(names, row, row), View{Format: "table", Screen: report.Screen{Width: 60}})
		if err != nil || w.Rows != 2 || w.Cut != int64(2*columns) {
			t.Errorf("%d columns: %+v, %v", columns, w, err)
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 60 {
				t.Errorf("%d columns: a line of %d: %s", columns, n, line)
			}
		}
		if blocks := strings.Contains(b.String(), "— row 2\n"); blocks != (columns == 30) {
			t.Errorf("%d columns: blocks %t", columns, blocks)
		}
	}
}

// An error in the middle is told: the rows before it are no result.
func TestWriteFails(t *testing.T) {
	gone := errors.New("gone")
	for _, format := range Formats {
		rows := &Rows{columns: []Column{{Name: "a"}}, source: &madeRows{rows: [][]any{{"x"}}, err: gone}}
		if _, err := Write(io.Discard, rows, View{Format: format}); !errors.Is(err, gone) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if _, err := Write(io.Discard, made([]string{"a"}), View{Format: "xml"}); err == nil {
		t.Error("a format that is none was written")
	}
}
