package report

import (
	"strconv"
	"strings"
)

// nodeField shows a group or a list of groups of the store's columns as JSON,
// without the members that are NULL.
func nodeField(c *column, path string) field {
	n := newNode(c, path)
	json := func(v *view, dst []byte, row int) []byte {
		out, some := n.append(v, dst, row, -1)
		if !some {
			return append(dst, "null"...)
		}
		return out
	}
	return field{leaves: n.leaves(nil), json: json, text: func(v *view, row int) []byte {
		out, some := n.append(v, v.scratch[:0], row, -1)
		v.scratch = out
		if !some {
			return nil
		}
		return out
	}}
}

// A node is a column of the store as a tree.
type node struct {
	*column
	leaf int // -1: it has fields
	sub  []node
}

func newNode(c *column, path string) node {
	n := node{column: c, leaf: -1}
	if len(c.Fields) == 0 {
		n.leaf = leafNamed(path)
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		p := path + "." + f.Name
		if c.Type == listColumn { // its element has the list's name
			p = path
		}
		n.sub = append(n.sub, newNode(f, p))
	}
	return n
}

func (n *node) leaves(all []int) []int {
	if n.leaf >= 0 {
		return append(all, n.leaf)
	}
	for i := range n.sub {
		all = n.sub[i].leaves(all)
	}
	return all
}

// append appends the node's value of a row, or of the entry of a list where that
// is not -1. It reports whether there is one; if not, dst may have grown.
func (n *node) append(v *view, dst []byte, row, entry int) ([]byte, bool) {
	switch n.Type {
	case structColumn:
		return n.object(v, dst, row, entry)
	case listColumn:
		return n.array(v, dst, row)
	case mapColumn:
		return n.pairs(v, dst, row)
	}
	vec := v.vectors[n.leaf]
	if entry < 0 {
		entry = row
	}
	i := vec.index[entry]
	switch {
	case i < 0:
		return dst, false
	case !vec.text:
		return strconv.AppendInt(dst, vec.ints[i], 10), true
	case n.Type == jsonColumn:
		return appendOneLine(dst, vec.value(i)), true
	}
	return appendJSONString(dst, textOf(vec.value(i))), true
}

func (n *node) object(v *view, dst []byte, row, entry int) ([]byte, bool) {
	dst = append(dst, '{')
	members := 0
	for i := range n.sub {
		at := len(dst)
		if members > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), n.sub[i].Name...), `":`...)
		var some bool
		if dst, some = n.sub[i].append(v, dst, row, entry); some {
			members++
		} else {
			dst = dst[:at]
		}
	}
	return append(dst, '}'), members > 0
}

// array appends the elements of a list. All columns below it have the same entries.
func (n *node) array(v *view, dst []byte, row int) ([]byte, bool) {
	from, to := v.vectors[n.leaves(nil)[0]].entries(row)
	dst = append(dst, '[')
	for e := from; e < to; e++ {
		if e > from {
			dst = append(dst, ',')
		}
		at := len(dst)
		var some bool
		if dst, some = n.sub[0].append(v, dst, row, e); !some {
			dst = append(dst[:at], "null"...)
		}
	}
	return append(dst, ']'), from < to
}

// pairs appends the members of a map as an object.
func (n *node) pairs(v *view, dst []byte, row int) ([]byte, bool) {
	key := v.vectors[n.sub[0].leaf]
	from, to := key.entries(row)
	dst = append(dst, '{')
	for e := from; e < to; e++ {
		if e > from {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, strings.Clone(textOf(key.value(key.index[e])))), ':')
		at := len(dst)
		var some bool
		if dst, some = n.sub[1].append(v, dst, row, e); !some {
			dst = append(dst[:at], "null"...)
		}
	}
	return append(dst, '}'), from < to
}
