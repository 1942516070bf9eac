package report

import "slices"

// exportFrom leads from the columns of an export to those of the event store.
var exportFrom = func() (from []int) {
	for _, l := range leaves(exportColumns) {
		from = append(from, eventLeaf(l.String()))
	}
	return from
}()

// exportSorted are the columns by which the rows of every file of an export rise.
var exportSorted = []int{slices.Index(exportFrom, leafTime), slices.Index(exportFrom, leafOrdinal)}

// addRow adds a row of a block to a row group, as it is, and returns about how
// many bytes it took.
func addRow(g *groupEncoder, b *block, row int) (size int) {
	for i, leaf := range exportFrom {
		c, v := g.chunks[i], b.vectors[leaf]
		switch {
		case v.first != nil:
			size += addList(c, v, row)
		case v.text:
			n := v.index[row]
			if n < 0 {
				c.text(g.pages, uint8(-1-n), nil)
				continue
			}
			value := v.value(n)
			c.text(g.pages, c.level, value)
			size += len(value)
		default:
			n, _ := v.number(row)
			c.number(n)
			size += 8
		}
	}
	return size
}

// addList adds a row of a column that repeats.
func addList(c *chunk, v *vector, row int) (size int) {
	from, to := v.entries(row)
	if from == to {
		c.element(true, v.lists[row], nil)
		return 1
	}
	for i := from; i < to; i++ {
		switch n := v.index[i]; {
		case n < 0:
			c.element(i == from, uint8(-1-n), nil)
		case v.text:
			value := v.value(n)
			c.element(i == from, c.level, value)
			size += len(value)
		default:
			c.numberElement(i == from, v.ints[n])
			size += 8
		}
	}
	return size + to - from
}
