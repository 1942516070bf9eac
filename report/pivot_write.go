package report

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// PivotFormats are the formats of Pivot.Write.
var PivotFormats = []string{"text", "json", "dot", "mermaid"}

// Write writes the pivot in one of PivotFormats. JSON has the whole timeline, which is
// read from the case as it is written.
func (p *Pivot) Write(ctx context.Context, w io.Writer, format string) error {
	switch format {
	case "text":
		return p.WriteText(w)
	case "json":
		return p.writeJSON(ctx, w)
	case "dot":
		return p.writeDOT(w)
	case "mermaid":
		return p.writeMermaid(w)
	}
	return fmt.Errorf("pivot format %q: not one of %q", format, PivotFormats)
}

// writeJSON writes the pivot and, as its last member, the timeline.
func (p *Pivot) writeJSON(ctx context.Context, w io.Writer) error {
	head, err := appendJSON(nil, p, "  ")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 256<<10)
	out.Write(head[:len(head)-len("\n}\n")])
	out.WriteString(",\n  \"timeline\": [")
	n := 0
	if p.filter != nil {
		err = p.store.Scan(ctx, p.filter, pivotColumns, func(r *Row) error {
			e := p.eventOf(r)
			line, err := json.Marshal(e.valid())
			if err != nil {
				return err
			}
			if n++; n > 1 {
				out.WriteByte(',')
			}
			out.WriteString("\n    ")
			_, err = out.Write(appendPrintable(nil, line))
			return err
		})
	}
	if err != nil {
		return err
	}
	if n > 0 {
		out.WriteString("\n  ")
	}
	out.WriteString("]\n}\n")
	return out.Flush()
}

// valid returns an event with texts that JSON can have.
func (e PivotEvent) valid() *PivotEvent {
	for _, s := range []*string{&e.ID, &e.Name, &e.Source, &e.Region, &e.Account, &e.Principal, &e.Credential, &e.SourceIP, &e.UserAgent, &e.Error, &e.ReadOnly} {
		*s = valid(*s)
	}
	return &e
}

// diagramNodes bounds the nodes of a diagram: of more nobody can see one.
const diagramNodes = 300

// drawn returns the nodes that a diagram has, and how many it leaves out below each.
// Those with children in the tree come first.
func (p *Pivot) drawn() (nodes []*PivotNode, left map[int]int) {
	left = map[int]int{}
	inner := map[int]bool{}
	for i := range p.Nodes {
		inner[p.Nodes[i].Parent] = true
	}
	order := make([]*PivotNode, len(p.Nodes))
	for i := range p.Nodes {
		order[i] = &p.Nodes[i]
	}
	first(order, func(n **PivotNode) bool { return inner[(*n).Number] || (*n).Subject })
	has := map[int]bool{-1: true}
	for _, n := range order {
		if len(nodes) < diagramNodes && has[n.Parent] {
			has[n.Number] = true
			nodes = append(nodes, n)
		}
	}
	for _, n := range order {
		if !has[n.Number] {
			for !has[n.Parent] {
				n = &p.Nodes[n.Parent]
			}
			left[n.Parent]++
		}
	}
	slices.SortFunc(nodes, func(a, b *PivotNode) int { return a.Number - b.Number })
	return nodes, left
}

// lines are a node's label.
func (n *PivotNode) lines() []string {
	lines := []string{n.name()}
	if n.Human != "" {
		lines = append(lines, n.HumanBy+": "+n.Human)
	}
	return append(lines, plural(n.Calls, "call"))
}

// edge is the label of what ties a node to its parent.
func (n *PivotNode) edge() string {
	label := n.Confidence
	if n.By != nil {
		label = n.By.Name + " " + moment(n.By.Time) + ", " + label
	}
	return label
}

// exact says whether the tie is drawn as a full line.
func (n *PivotNode) exact() bool { return n.Confidence == "exact" }

func (p *Pivot) writeDOT(w io.Writer) error {
	out := bufio.NewWriter(w)
	out.WriteString("digraph lineage {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n")
	nodes, left := p.drawn()
	for _, n := range nodes {
		style := ""
		if n.Subject {
			style = ", penwidth=3"
		}
		if n.Kind.String() == "principal" {
			style += ", shape=ellipse"
		}
		label := DOT(n.lines()[0])
		for _, line := range n.lines()[1:] {
			label = label[:len(label)-1] + `\n` + DOT(line)[1:]
		}
		fmt.Fprintf(out, "  n%d [label=%s%s];\n", n.Number, label, style)
		if n.Parent >= 0 {
			style := ""
			if !n.exact() {
				style = ", style=dashed"
			}
			fmt.Fprintf(out, "  n%d -> n%d [label=%s%s];\n", n.Parent, n.Number, DOT(n.edge()), style)
		}
		if more := left[n.Number]; more > 0 {
			fmt.Fprintf(out, "  m%d [label=%s, shape=plaintext];\n  n%[1]d -> m%[1]d [style=dotted];\n", n.Number, DOT(leftOut(more)))
		}
	}
	if more := left[-1] + p.Tree.More; more > 0 {
		fmt.Fprintf(out, "  m [label=%s, shape=plaintext];\n", DOT(leftOut(more)))
	}
	out.WriteString("}\n")
	return out.Flush()
}

func leftOut(n int) string { return "and " + plural(int64(n), "node") + " more" }

func (p *Pivot) writeMermaid(w io.Writer) error {
	out := bufio.NewWriter(w)
	out.WriteString("flowchart LR\n")
	nodes, left := p.drawn()
	for _, n := range nodes {
		label := Mermaid(n.lines()[0])
		for _, line := range n.lines()[1:] {
			label += "<br/>" + Mermaid(line)
		}
		shape := [2]string{"[", "]"}
		if n.Kind.String() == "principal" {
			shape = [2]string{"([", "])"}
		}
		fmt.Fprintf(out, "  n%d%s\"%s\"%s\n", n.Number, shape[0], label, shape[1])
		if n.Subject {
			fmt.Fprintf(out, "  style n%d stroke-width:4px\n", n.Number)
		}
		if n.Parent >= 0 {
			arrow := "-->"
			if !n.exact() {
				arrow = "-.->"
			}
			fmt.Fprintf(out, "  n%d %s|\"%s\"| n%d\n", n.Parent, arrow, Mermaid(n.edge()), n.Number)
		}
		if more := left[n.Number]; more > 0 {
			fmt.Fprintf(out, "  n%d --- m%[1]d[\"%s\"]\n", n.Number, Mermaid(leftOut(more)))
		}
	}
	if more := left[-1] + p.Tree.More; more > 0 {
		fmt.Fprintf(out, "  m[\"%s\"]\n", Mermaid(leftOut(more)))
	}
	return out.Flush()
}
