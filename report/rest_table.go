package report

import "errors"

// A restTable is the table of what a full ledger has no rows for. It is a file once there is a row; a nil one is none.
type restTable struct {
	c       *Case
	name    string
	columns []column
	file    *File // nil: not yet, or no more
	begun   bool
	table   *sideTable
	err     error // of its beginning
}

// row returns the table, for a further row. Where it could not be begun, that is the error of each.
func (w *restTable) row() (*sideTable, error) {
	if !w.begun {
		w.begun = true
		if w.file, w.err = w.c.File(w.name); w.err == nil {
			w.table, w.err = newSideTable(w.file, w.columns)
		}
	}
	return w.table, w.err
}

func (w *restTable) close() error {
	if w == nil || w.file == nil {
		return nil
	}
	var err error
	if w.table != nil {
		err = w.table.finish()
	}
	err = errors.Join(err, w.file.Close())
	w.file, w.table = nil, nil
	return err
}

// restText returns the text of a row of such a table; "" if it is NULL.
func restText(v *vector, row int) string { b, _ := v.bytes(row); return string(b) }

func columnNames(columns []column) []string {
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].Name
	}
	return names
}
