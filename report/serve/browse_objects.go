package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// An objectChoice says which objects are wanted.
type objectChoice struct {
	Text     string // in the source or the path, whatever the case of letters; "": any
	Status   string // "": all
	Problems bool   // only those with problems
}

func (c *objectChoice) wants(o *scan.Object) bool {
	return (c.Status == "" || string(o.Status) == c.Status) && (!c.Problems || o.ProblemCount > 0 || o.Status == scan.Damaged || o.Status == scan.Unreadable) &&
		(c.Text == "" || containsFold(o.Source+"/"+o.Path, c.Text))
}

func (c objectChoice) with(name, value string) string {
	q := url.Values{}
	if c.Text != "" {
		q.Set("q", c.Text)
	}
	if c.Status != "" {
		q.Set("status", c.Status)
	}
	if c.Problems {
		q.Set("problems", "true")
	}
	if value != "" {
		q.Set(name, value)
	}
	return q.Encode()
}

// ByStatus are the choice's parameters for another status, from the beginning.
func (c objectChoice) ByStatus(s string) string {
	c.Status = s
	return c.with("status", s)
}

type objectsView struct {
	objectChoice
	Statuses []statusCount
	Total    int64
	Page     slice[*scan.Object]

	First, Prev, Next, Last string
}

// objects walks over the manifest.
func (b *browser) objects(c objectChoice) pageWalk[*scan.Object] {
	return func(ctx context.Context, from, to uint64, yield func(uint64, *scan.Object) error) error {
		return unlessEnd(b.Store.Objects(ctx, from, func(o *scan.Object) error {
			switch {
			case o.Ordinal >= to:
				return errEnd
			case c.wants(o):
				return yield(o.Ordinal, o)
			}
			return nil
		}))
	}
}

// objectsPage lists the objects of the evidence and what became of them.
func (b *browser) objectsPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	if err := known(q, "q", "status", "problems", atParameter, beforeParameter); err != nil {
		return nil, err
	}
	o, err := b.overview(r.Context())
	if err != nil {
		return nil, err
	}
	v := &objectsView{objectChoice: objectChoice{q.Get("q"), q.Get("status"), q.Get("problems") == "true"}}
	if !v.Problems && q.Get("problems") != "" {
		return nil, badRequest("problems %q: takes no value but true", q.Get("problems"))
	}
	v.Statuses, v.Total = o.Objects(), o.Model.Coverage.Totals.Listed
	if v.Status != "" && !slices.ContainsFunc(v.Statuses, func(s statusCount) bool { return string(s.Status) == v.Status }) {
		return nil, badRequest("status %q: the case has no object of it", v.Status)
	}
	p, err := pageOf(r.Context(), b.objects(v.objectChoice), q, uint64(max(v.Total, 0)))
	if err != nil {
		return nil, err
	}
	v.Page = p.slice
	v.First, v.Prev, v.Next, v.Last = p.links(v.with)
	return &answer{template: "objects", title: "Objects", section: "objects", data: v}, nil
}

// objectPage shows one object.
func (b *browser) objectPage(r *http.Request) (*answer, error) {
	if err := known(r.URL.Query()); err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(r.PathValue("ordinal"), 10, 63)
	if err != nil {
		return nil, notFound("object %q: an object is named by its ordinal, which is a number", r.PathValue("ordinal"))
	}
	var found *scan.Object
	err = b.Store.Objects(r.Context(), n, func(o *scan.Object) error { found = o; return errEnough })
	switch err := unlessEnough(err); {
	case err != nil:
		return nil, err
	case found == nil || found.Ordinal != n:
		return nil, notFound("object %d: the case has none of that ordinal", n)
	}
	verdict, err := b.Store.ObjectVerdict(n)
	if err != nil {
		return nil, err
	}
	return &answer{template: "object", title: fmt.Sprintf("Object %d", n), section: "objects", data: objectView{found, verdict}}, nil
}

// An objectView is an object of the evidence.
type objectView struct {
	*scan.Object
	Integrity string // "": no digest was to say anything of it
}

// EventsQuery are the parameters of the SQL page for the object's events. Copies of events
// that lie first in another object are not among them.
func (v objectView) EventsQuery() string {
	sql := "SELECT ordinal, event_ts, eventname, principal, sourceipaddress, errorcode, record_index, record_offset\nFROM events\nWHERE object_ordinal = %d\nORDER BY record_index"
	return url.Values{"q": {fmt.Sprintf(sql, v.Ordinal)}}.Encode()
}

// A problemLine is a line of problems.jsonl.
type problemLine struct {
	Object uint64 `json:"object"`
	Source string `json:"source"`
	Path   string `json:"path"`
	scan.Problem
}

type problemsView struct {
	Text  string
	Total uint64
	Page  slice[*problemLine]

	First, Prev, Next, Last string
}

// problemsName is the case's file of problems.
const problemsName = "problems.jsonl"

// problemsPage lists what could not be read.
func (b *browser) problemsPage(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	if err := known(q, "q", atParameter, beforeParameter); err != nil {
		return nil, err
	}
	x, err := b.problems.get(r.Context(), "", func(ctx context.Context) (*lineIndex, error) { return b.index(ctx, problemsName) })
	if err == nil {
		err = b.counted(r.Context(), problemsName, "problems", int64(x.lines), func(m *report.Model) int64 { return m.Coverage.Totals.Problems })
	}
	if err != nil {
		return nil, err
	}
	v := &problemsView{Text: q.Get("q"), Total: x.lines}
	p, err := pageOf(r.Context(), b.problemLines(x, v.Text), q, x.lines)
	if err != nil {
		return nil, err
	}
	v.Page = p.slice
	v.First, v.Prev, v.Next, v.Last = p.links(func(name, value string) string {
		out := url.Values{name: {value}}
		if v.Text != "" {
			out.Set("q", v.Text)
		}
		return out.Encode()
	})
	return &answer{template: "problems", title: "Problems", section: "problems", data: v}, nil
}

// problemLines walks over the problems that mention a text.
func (b *browser) problemLines(x *lineIndex, text string) pageWalk[*problemLine] {
	all := b.lines(problemsName, x)
	return func(ctx context.Context, from, to uint64, yield func(uint64, *problemLine) error) error {
		return all(ctx, from, to, func(n uint64, line []byte) error {
			p := new(problemLine)
			if err := json.Unmarshal(line, p); err != nil {
				return fmt.Errorf("case %s: %s: line %d: %w", b.Name, problemsName, n+1, err)
			}
			if text != "" && !containsFold(strings.Join([]string{p.Source, p.Path, p.Text}, "\n"), text) {
				return nil
			}
			return yield(n, p)
		})
	}
}
