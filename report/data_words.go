package report

import "cmp"

// What the field Data Accessed comes to, in words: what was only tried is no access.

// read counts the rows of what was read or shared, which come first, and of what was only tried.
func (d *Data) read() (read, tried int64) {
	for i := range d.Rows {
		if d.Rows[i].Succeeded > 0 {
			read++
		}
	}
	return read, int64(len(d.Rows)) - read
}

// summary counts what was read apart from what was only tried.
func (d *Data) summary() string {
	read, tried := d.read()
	if read+tried == 0 {
		return "none"
	}
	s := number(read) + " read or shared"
	if tried > 0 {
		s += "; " + number(tried) + " only tried, without success"
	}
	return s + unlisted(d.OtherRows, "data")
}

// unlisted says how many rows of a ledger the report has no room for, and what lists them.
func unlisted(rows int64, ledger string) string {
	if rows == 0 {
		return ""
	}
	return "; " + number(rows) + " more: coldtrail ledger CASE " + ledger + " --linked"
}

// inShort names what was read.
func (r *DataRow) inShort() string {
	s := r.Kind + " " + cmp.Or(r.Resource, "(not named by the event)")
	if r.Bytes > 0 {
		s += " (" + size(r.Bytes) + " sent)"
	}
	return s
}

// inLedger says which of a ledger's rows stand in its file only, and where all are.
func inLedger(shown int, others int64, ledger, file string) string {
	s := inFile(others, file)
	if shown > rowsShown {
		s += " All: " + Code("coldtrail ledger CASE "+ledger) + ", or " + Code(file) + "."
	}
	return s
}
