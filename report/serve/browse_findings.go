package serve

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/detect/rules"
	"github.com/coldtrail/coldtrail/report"
)

// containsFold reports whether a text holds another, whatever the case of letters.
func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// A severityCount is how many findings have a severity.
type severityCount struct {
	Severity detect.Severity
	Count    int64
	Chosen   bool
}

type findingsView struct {
	findingChoice
	Severities []severityCount
	Detectors  []string
	Total      int
	Held       string // what examiners hold of the findings; "": none has judged
	Suppressed int64  // of the total
	Page       slice[*findingHead]

	First, Prev, Next, Last string
}

// findingsPage lists the findings, the severest first.
func (b *browser) findingsPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	if err := known(q, "severity", "detector", "q", atParameter, beforeParameter); err != nil {
		return nil, err
	}
	v := &findingsView{findingChoice: findingChoice{q.Get("severity"), q.Get("detector"), q.Get("q")}}
	if v.Severity != "" && !slices.Contains(detect.Severities[:], v.Severity) {
		return nil, badRequest("severity %q: not one of %s", v.Severity, strings.Join(detect.Severities[:], ", "))
	}
	var x *findingIndex
	var p listPage[*findingHead]
	err := b.withFindings(r.Context(), func(latest *findingIndex) (err error) {
		x = latest
		p, err = pageOf(r.Context(), b.findingsOf(x, v.findingChoice), q, uint64(len(x.entries)))
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := len(detect.Severities) - 1; i >= 0; i-- {
		v.Severities = append(v.Severities, severityCount{detect.Severity(i), x.BySeverity[i], detect.Severities[i] == v.Severity})
	}
	v.Total, v.Detectors = len(x.entries), slices.Sorted(slices.Values(x.detectors))
	v.Page = p.slice
	m, err := b.hold(r.Context(), v.Page.Items...)
	if err != nil {
		return nil, err
	}
	if v.Suppressed = m.Findings.Suppressed; m.Judgements != nil {
		v.Held = m.Findings.Statement
	}
	v.First, v.Prev, v.Next, v.Last = p.links(v.with)
	return &answer{template: "findings", title: "Findings", section: "findings", data: v}, nil
}

// hold gives findings what examiners hold of them, as far as the report has it, which it returns.
func (b *browser) hold(ctx context.Context, findings ...*findingHead) (*report.Model, error) {
	o, err := b.overview(ctx)
	if err != nil {
		return nil, err
	}
	shown := map[string]*report.Shown{}
	for _, g := range o.Model.Findings.BySeverity {
		for i := range g.Shown {
			shown[g.Shown[i].ID] = &g.Shown[i]
		}
	}
	for _, h := range findings {
		if s := shown[h.ID]; s != nil {
			h.Standing = s.Standing
		} else {
			h.Untold = o.Model.Judgements != nil && h.Severity >= report.SuspectFrom && h.Suppressed == ""
		}
	}
	return o.Model, nil
}

// with are the choice's parameters and one more.
func (c findingChoice) with(name, value string) string {
	q := url.Values{}
	for n, v := range map[string]string{"severity": c.Severity, "detector": c.Detector, "q": c.Text, name: value} {
		if v != "" {
			q.Set(n, v)
		}
	}
	return q.Encode()
}

// BySeverity are the choice's parameters for another severity, from the beginning.
func (c findingChoice) BySeverity(s string) string {
	c.Severity = s
	return c.with("severity", s)
}

type findingView struct {
	*findingHead
	Detector *detect.Detector   // nil: this program has none of that ID
	Judged   []report.JudgedRow // what examiners hold of the finding itself
	Rows     []*eventRow
	More     bool
}

// eventsOfFinding is how many events of a finding its page lists; the timeline has all.
const eventsOfFinding = 50

// findingPage shows one finding.
func (b *browser) findingPage(r *http.Request) (*answer, error) {
	if err := known(r.URL.Query()); err != nil {
		return nil, err
	}
	ctx, id := r.Context(), r.PathValue("id")
	var h *findingHead
	err := b.withFindings(ctx, func(x *findingIndex) (err error) {
		if h, err = b.finding(ctx, x, id); err == nil && h == nil {
			err = notFound("finding %s: not among the %d of the case", id, len(x.entries))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	m, err := b.hold(ctx, h)
	if err != nil {
		return nil, err
	}
	v := &findingView{findingHead: h}
	if j := m.Judgements; j != nil {
		v.Judged = slices.DeleteFunc(slices.Clone(j.Rows), func(r report.JudgedRow) bool { return r.Kind != report.FindingSubject || r.Subject != h.ID })
	}
	v.Detector = ownDetector(h.Detector)
	if v.Rows, v.More, err = b.eventsOf(ctx, h.ID); err != nil {
		return nil, err
	}
	return &answer{template: "finding", title: visible(h.Title), section: "findings", data: v}, nil
}

// ownRules are coldtrail's own, read when the first finding is shown.
var ownRules = sync.OnceValue(rules.Load)

// ownDetector is the detector or rule of coldtrail's of that ID; nil: it is none of them.
func ownDetector(id string) *detect.Detector {
	is := func(d *detect.Detector) bool { return d.ID == id }
	all := detect.All()
	if !slices.ContainsFunc(all, is) {
		all = ownRules().Detectors()
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

// eventsOf reads the first events of a finding.
func (b *browser) eventsOf(ctx context.Context, id string) ([]*eventRow, bool, error) {
	f, err := report.NewFilter([]report.Term{{Flag: "finding", Value: id}}, 0)
	if err == nil {
		f, err = b.Store.Resolve(ctx, f)
	}
	if err != nil {
		return nil, false, err
	}
	end, err := b.end()
	if err != nil {
		return nil, false, err
	}
	s, err := b.events(f).forward(ctx, 0, end, eventsOfFinding)
	return s.Items, s.After || s.Short, err
}
