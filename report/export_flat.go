package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"time"
)

// flatColumns are the columns of a table of rows of a type: its members by their names in JSON, those of what it
// holds with a dot between.
func flatColumns(t reflect.Type) (columns []string) {
	eachFlat(t, nil, "", func(name string, _ []int, _ bool) { columns = append(columns, name) })
	return columns
}

// flatCells are the cells of a row: texts, numbers, and JSON of what is neither. What JSON
// leaves out leaves its cell empty, and so do texts, times and lists that are empty; a number that is 0, or what is not so, is said.
func flatCells(row any) (cells []any) {
	v := reflect.ValueOf(row)
	eachFlat(v.Type(), nil, "", func(_ string, index []int, omitted bool) {
		f, err := v.FieldByIndexErr(index)
		if err != nil || omitted && f.IsZero() { // through a nil pointer
			cells = append(cells, nil)
			return
		}
		cells = append(cells, flatCell(f))
	})
	return cells
}

func flatCell(f reflect.Value) any {
	if f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().CanInt() {
		f = f.Elem()
	}
	if !f.CanInt() && !f.CanUint() && f.Kind() != reflect.Bool && f.IsZero() {
		return nil
	}
	if when, ok := f.Interface().(time.Time); ok {
		return when.UTC().Format(time.RFC3339Nano)
	}
	if text, ok := f.Interface().(fmt.Stringer); ok && f.Kind() != reflect.Pointer {
		return text.String()
	}
	switch f.Kind() {
	case reflect.String:
		return f.String()
	case reflect.Int, reflect.Int64:
		return f.Int()
	case reflect.Uint64, reflect.Uint8:
		return int64(f.Uint())
	case reflect.Bool:
		if f.Bool() {
			return "yes"
		}
		return "no"
	}
	b, err := json.Marshal(f.Interface())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

var timeType = reflect.TypeFor[time.Time]()

// eachFlat does something for each member: its name, where it is, and whether JSON leaves it out where it is zero.
func eachFlat(t reflect.Type, index []int, prefix string, do func(name string, index []int, omitted bool)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		at := append(index[:len(index):len(index)], i)
		switch nested := inner.Kind() == reflect.Struct && inner != timeType; {
		case name == "-" || !f.IsExported():
		case nested && f.Anonymous:
			eachFlat(inner, at, prefix, do)
		case nested && name != "":
			eachFlat(inner, at, prefix+name+".", do)
		case name != "":
			do(prefix+name, at, strings.HasPrefix(rest, "omit"))
		}
	}
}

// model reads report.json, as the store shows it; nil: a store on its own has none.
func (s *EventStore) model() (*Model, error) {
	b, err := readCaseFile(filepath.Join(s.dir, "report.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	m := new(Model)
	if err == nil {
		err = json.Unmarshal(s.redactConclusion(b), m)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: report.json: %w", s.label, err)
	}
	return m, nil
}

func (s *EventStore) redactConclusion(b []byte) []byte {
	if r := s.redaction(); r != nil {
		return r.json(nil, b, "case")
	}
	return b
}

// eachLine yields the lines of a file of the case, as the store shows them. A case may not have the file.
func (s *EventStore) eachLine(name string, yield func(line []byte) error) error {
	f, err := openCaseFile(filepath.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", s.label, name, err)
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	for n := 1; ; n++ {
		var line json.RawMessage
		err := dec.Decode(&line)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = yield(s.redactConclusion(line))
		}
		if err != nil {
			return fmt.Errorf("%s: %s: line %d: %w", s.label, name, n, err)
		}
	}
}
