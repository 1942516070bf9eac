package report

import (
	"bytes"
	"unicode/utf8"
)

func runes(s string) int { return utf8.RuneCountInString(s) }

func appendSpaces(b []byte, n int) []byte {
	return append(b, bytes.Repeat([]byte{' '}, max(n, 0))...)
}

// leastWidth is what a column keeps of its width where a table must shrink.
const leastWidth = 8

// columnWidths returns the width that each column takes in rows, shrunk to fit
// into a total, where that is not 0. The widest columns give up first, and no
// more than leaves them what is the least.
func columnWidths(rows [][]string, least []int, total int) []int {
	widths := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i, s := range cells {
			widths[i] = max(widths[i], runes(s))
		}
	}
	if total == 0 {
		return widths
	}
	sum := len(tableGap) * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	for ; sum > total; sum-- {
		widest := -1
		for i, w := range widths {
			if w > least[i] && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// ellipsis shortens s to a width, with an ellipsis in place of what is missing. It
// keeps the end, where ARNs and paths differ, rather than the beginning.
func ellipsis(s string, width int) (short string, cut bool) {
	if len(s) <= width {
		return s, false
	}
	n := runes(s)
	if n <= width {
		return s, false
	}
	r := []rune(s)
	head := (width - 1) / 3
	tail := width - 1 - head
	return string(r[:head]) + "…" + string(r[n-tail:]), true
}

// ColumnWidths returns the width that each column of a table takes, shrunk to fit into
// a total, where that is not 0, but never below what is the column's least.
func ColumnWidths(rows [][]string, least []int, total int) []int {
	return columnWidths(rows, least, total)
}

// Ellipsis shortens s to a width in characters, with an ellipsis in place of what is missing.
func Ellipsis(s string, width int) (short string, cut bool) { return ellipsis(s, width) }
