package report

import (
	"fmt"
	"strings"

	"github.com/coldtrail/coldtrail/detect"
)

// A PivotJudged is what examiners hold of a node.
type PivotJudged struct {
	As         Stance   `json:"as"`
	Inherited  bool     `json:"inherited,omitempty"`
	Inferred   bool     `json:"by_an_inferred_tie,omitempty"`
	Disputed   bool     `json:"disputed,omitempty"`
	Judgements []string `json:"judgements"` // IDs
	by         []string
}

// node says what is held of a node, at whatever time; nil: nothing.
func (s *Judgements) node(n *detect.LineageNode) *PivotJudged {
	v, ok := s.Of(anyTime, append(ownSubjects(n), Subject{PrincipalSubject, n.Principal})...)
	if !ok {
		return nil
	}
	out := &PivotJudged{As: v.As, Inherited: v.Inherited, Inferred: v.Inferred, Disputed: v.Disputed}
	for _, j := range v.By {
		out.Judgements = append(out.Judgements, j.ID)
		out.by = append(out.by, fmt.Sprintf("%s%s (%s)", j.By, j.when(), shortID(j.ID)))
	}
	return out
}

func (p *PivotJudged) text() string {
	s := "held " + string(p.As) + " by " + strings.Join(p.by, ", ")
	switch {
	case p.Disputed:
		s += ", who disagree"
	case p.Inferred:
		s += ", through an inferred tie to what it came from"
	case p.Inherited:
		s += ", through what it came from"
	}
	return s
}
