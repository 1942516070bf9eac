package report

import (
	"fmt"
	"slices"
)

// The graph of which credential was handed out with which.

// Sizes of the graph.
const (
	nodeWidth  = 236
	nodeHeight = 40
	nodeGap    = 64 // between two ranks
	nodeRows   = 40 // below each other
	nodeText   = 30 // characters
	nodeRanks  = 12
)

// A htmlNode is a credential or a principal.
type htmlNode struct {
	name, title, below string
	suspected          bool
	by                 *Mark // by which it was handed out; nil: it is a root
	children           []*htmlNode
}

// forest makes trees of what was handed out. What comes round to itself is cut there.
func (b *htmlBuilder) forest() (roots []*htmlNode) {
	nodes := map[string]*htmlNode{}
	suspected := map[string]bool{}
	for i := range b.Credentials.Suspected {
		suspected[b.Credentials.Suspected[i].name()] = true
	}
	node := func(name string) *htmlNode {
		if nodes[name] == nil {
			nodes[name] = &htmlNode{name: name, title: name, below: "handed out by nothing seen", suspected: suspected[name]}
		}
		return nodes[name]
	}
	var order []*htmlNode
	for i := range b.Credentials.Issued {
		r := &b.Credentials.Issued[i]
		parent, child := node(orID(r.By.who(), "not recorded")), node(r.Credential)
		if child.by != nil || parent.under(child) {
			continue
		}
		child.by, child.suspected = &r.By, child.suspected || r.Suspected
		child.below = r.By.Event + " " + moment(r.By.Time)
		child.title = child.name + ", handed out by " + child.below
		parent.children = append(parent.children, child)
		order = append(order, parent)
	}
	for _, n := range order {
		if n.by == nil && !slices.Contains(roots, n) {
			roots = append(roots, n)
		}
	}
	return roots
}

// under reports whether n is top or hangs below it.
func (n *htmlNode) under(top *htmlNode) bool {
	if n == top {
		return true
	}
	return slices.ContainsFunc(top.children, n.under)
}

// A htmlTree places nodes: a rank to the right for each step, a row for each leaf.
type htmlTree struct {
	b      *htmlBuilder
	figure *htmlFigure
	row    int
	rank   int // the highest
	left   int // nodes that are not drawn
}

func (b *htmlBuilder) lineageSection() {
	roots := b.forest()
	if len(roots) == 0 {
		return
	}
	f := b.tree(roots, "graph", "Which credential was handed out with which")
	f.Desc = "From left to right: a credential, or the principal where the event names none, and what was handed out with it. The table “Handed out” in section 4 has the same."
	b.section("lineage", "Lineage", "Credential lineage", htmlBlock{Note: "What was handed out to or by suspected identities, or from a suspected address. coldtrail pivot CASE KEY follows any credential further."}, htmlBlock{Figure: f})
}

// tree draws trees below each other.
func (b *htmlBuilder) tree(roots []*htmlNode, id, title string) *htmlFigure {
	t := &htmlTree{b: b, figure: &htmlFigure{ID: id, Class: "graph", Title: title}}
	for _, n := range roots {
		t.place(n, 0)
	}
	f := t.figure
	f.Width, f.Height = (t.rank+1)*(nodeWidth+nodeGap)-nodeGap+2, max(t.row, 1)*(nodeHeight+10)
	f.Caption = "A full frame: suspected. A dashed frame: not suspected, and not followed."
	if t.left > 0 {
		f.Caption += fmt.Sprintf(" +%s, see report.json.", plural(int64(t.left), "further credential"))
	}
	return f
}

// place draws a node and what is below it, and returns the middle of its height; -1: there was no room.
func (t *htmlTree) place(n *htmlNode, rank int) int {
	if t.row >= nodeRows || rank >= nodeRanks {
		t.left += n.size()
		return -1
	}
	t.rank = max(t.rank, rank)
	top, x := t.row, rank*(nodeWidth+nodeGap)
	var ys []int
	for _, c := range n.children {
		if y := t.place(c, rank+1); y >= 0 {
			ys = append(ys, y)
		}
	}
	y := top*(nodeHeight+10) + nodeHeight/2 + 1
	if len(ys) == 0 {
		t.row = max(t.row, top+1)
	} else {
		y = (ys[0] + ys[len(ys)-1]) / 2
	}
	for _, to := range ys {
		t.figure.Shapes = append(t.figure.Shapes, htmlShape{Kind: "path", Class: "tie", X: x + nodeWidth, Y: y, W: x + nodeWidth + nodeGap, H: to})
	}
	t.draw(n, x, y)
	return y
}

func (n *htmlNode) size() int {
	all := 1
	for _, c := range n.children {
		all += c.size()
	}
	return all
}

func (t *htmlTree) draw(n *htmlNode, x, y int) {
	class, anchor := "node", ""
	if n.suspected {
		class = "node suspected"
	}
	if n.by != nil {
		anchor = t.b.cite(n.by.Ordinal, n.by.Event, n.by.EventID)
	}
	t.figure.Shapes = append(t.figure.Shapes,
		htmlShape{Kind: "rect", Class: class, X: x + 1, Y: y - nodeHeight/2, W: nodeWidth - 1, H: nodeHeight, Title: n.title},
		htmlShape{Kind: "text", Class: "name", X: x + 9, Y: y - 3, Text: cutRunes(tail(n.name), nodeText), Title: n.title, Anchor: anchor},
		htmlShape{Kind: "text", Class: "tick", X: x + 9, Y: y + 12, Text: cutRunes(n.below, nodeText+6)})
}

// tail is what tells an ARN from its like.
func tail(s string) string {
	n := 0
	for i := range len(s) {
		if s[i] == ':' {
			if n++; n == 5 {
				return s[i+1:]
			}
		}
	}
	return s
}

// cutRunes shortens a text for a place of that many characters.
func cutRunes(s string, n int) string {
	r := []rune(Terminal(s))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}
