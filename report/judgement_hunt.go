package report

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/scan"
)

// judge reads what examiners hold, and hands it down the lineage.
func (h *hunt) judge(ctx context.Context) (err error) {
	if h.held, err = ReadJudgements(h.store.dir); err != nil || !h.held.Any() {
		return err
	}
	l, err := h.store.Lineage(ctx, 0)
	if err != nil {
		return err
	}
	return h.held.inherit(ctx, l, h.store)
}

// clears reports whether a finding is held to accuse nobody.
func (s *Judgements) clears(finding string) bool {
	if !s.Any() {
		return false
	}
	v, ok := s.findings[finding]
	return ok && !v.As.Accuses()
}

// accusing yields the heads of findings as gather wants them: where something is held, with only those events'
// identities and addresses that are neither cleared nor a responder's.
func (h *hunt) accusing(ctx context.Context) func(yield func(scan.FindingHead, error) bool) {
	if !h.held.Any() {
		return h.accusers
	}
	return func(yield func(scan.FindingHead, error) bool) {
		left, err := h.uncleared(ctx)
		if err != nil {
			yield(scan.FindingHead{}, err)
			return
		}
		n := uint32(0)
		for head, err := range h.heads {
			if err == nil {
				of := left[n]
				n++
				if of == nil {
					continue
				}
				head.Principals, head.Credentials, head.SourceIPs = of.principals, of.credentials, of.addresses
			}
			if !yield(head, err) || err != nil {
				return
			}
		}
	}
}

// accused are whom the events of a finding name.
type accused struct{ principals, credentials, addresses scan.Distinct }

// uncleared finds whom those events of each accusing finding name that are not cleared, by the finding's number.
func (h *hunt) uncleared(ctx context.Context) (map[uint32]*accused, error) {
	accuse := func(f *huntFinding) bool { return accuses(f.Detector, f.Severity) && !h.held.clears(f.Finding) }
	left := map[uint32]*accused{}
	lists := h.concluded.events
	h.closely, h.recorded = either{}, &ordinalPredicate{}
	err := eachBlock(ctx, h.store, ordinalFilter(h.concluded.ordinals(accuse)...), h.entries, func(batch []scan.Entry) error {
		for i := range batch {
			e := &batch[i]
			for len(lists) > 0 && lists[0].ordinal < e.Ordinal {
				lists = lists[1:]
			}
			var all []string
			for _, l := range lists {
				if l.ordinal != e.Ordinal {
					break
				}
				all = append(all, h.concluded.findings[l.finding].Finding)
			}
			if v, ok := h.held.OfEvent(&e.Ref, all...); ok && !v.As.Accuses() {
				continue
			}
			for n := range all {
				f := lists[n].finding
				if !accuse(&h.concluded.findings[f]) {
					continue
				}
				if left[f] == nil {
					left[f] = &accused{}
				}
				left[f].see(&e.Ref)
			}
		}
		return nil
	})
	return left, err
}

func (a *accused) see(ref *detect.EventRef) {
	admitDistinct(&a.principals, ref.Principal)
	admitDistinct(&a.credentials, ref.Credential)
	admitDistinct(&a.addresses, ref.SourceIP)
}

// accusedLimit bounds whom one finding accuses, of each kind, as its head does.
const accusedLimit = 50

func admitDistinct(d *scan.Distinct, s string) {
	at, found := slices.BinarySearch(d.Values, s)
	switch {
	case s == "" || found:
	case len(d.Values) == accusedLimit:
		d.More = 1
	default:
		d.Values = slices.Insert(d.Values, at, own(s))
	}
}

// judged selects the events that examiners accuse, or that are a responder's. It may select more.
func (h *hunt) judged() (any either) {
	if !h.held.Any() {
		return nil
	}
	w := h.held.wanted()
	for _, p := range []struct {
		kind SubjectKind
		leaf int
	}{{KeySubject, leafCredential}, {PrincipalSubject, leafPrincipal}, {AddressSubject, leafSourceIP}, {UserAgentSubject, leafUserAgent}} {
		if set := w[p.kind]; len(set) > 0 {
			any = append(any, among(set, p.leaf))
		}
	}
	if ids := w[EventSubject]; len(ids) > 0 {
		any = append(any, among(ids, leafID), among(ids, leafDerived))
	}
	for _, p := range []struct {
		kind SubjectKind
		leaf int
		as   SubjectKind
	}{{NetworkSubject, leafSourceIP, AddressSubject}, {RoleSubject, leafPrincipal, PrincipalSubject}} {
		if len(w[p.kind]) > 0 {
			any = append(any, &textPredicate{leaves: []int{p.leaf}, tests: tests(func(b []byte) bool {
				return h.held.mayCount(Subject{p.as, textOf(b)})
			})})
		}
	}
	if ids := w[FindingSubject]; len(ids) > 0 {
		any = append(any, &ordinalPredicate{h.concluded.ordinals(func(f *huntFinding) bool { return ids[f.Finding] })})
	}
	return any
}

// wanted are the names of the subjects whose events the report wants, by kind: sessions by their principals.
func (s *Judgements) wanted() map[SubjectKind]map[string]bool {
	w := map[SubjectKind]map[string]bool{}
	add := func(kind SubjectKind, name string) {
		if w[kind] == nil {
			w[kind] = map[string]bool{}
		}
		w[kind][name] = true
	}
	addSubject := func(sub Subject) {
		if sub.Kind == SessionSubject {
			sub = Subject{PrincipalSubject, sessionPrincipal(sub.Name)}
		}
		add(sub.Kind, sub.Name)
	}
	for sub, list := range s.bySubject {
		if slices.ContainsFunc(list, func(j *Judgement) bool { return j.As != Benign }) {
			addSubject(sub)
			if sub.Kind == AddressSubject {
				add(AddressSubject, "::ffff:"+sub.Name)
			}
		}
	}
	for _, all := range []map[Subject]carry{s.carried, s.along} {
		for sub, c := range all {
			if c.As != Benign {
				addSubject(sub)
			}
		}
	}
	return w
}

// sessionPrincipal is the principal in a session's name.
func sessionPrincipal(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '@' {
			return name[:i]
		}
	}
	return name
}

// mayCount reports whether at some time something other than innocence is held of a subject.
func (s *Judgements) mayCount(sub Subject) bool {
	v, ok := s.Of(anyTime, sub)
	return ok && slices.ContainsFunc(v.By, func(j *Judgement) bool { return j.As != Benign })
}

// stand takes the detectors of the latest revision as it says of them.
func (h *hunt) stand() error {
	h.Detectors, h.Detection = nil, h.was.Detection
	known := map[string]*detect.Detector{}
	at := func(id string) *detect.Detector {
		if known[id] == nil {
			known[id] = &detect.Detector{ID: id}
			h.Detectors = append(h.Detectors, known[id])
		}
		return known[id]
	}
	lines, err := h.openKept()
	if err != nil {
		return err
	}
	defer lines.close()
	for {
		line := new(findingLine)
		err := lines.following(line)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = lines.skip()
		}
		if err != nil {
			return err
		}
		d := at(line.Detector)
		d.Title, d.Techniques = line.Title, line.Techniques
	}
	for i := range h.was.Findings.ByDetector {
		r := &h.was.Findings.ByDetector[i]
		at(r.Detector).Doc = r.Doc
	}
	for i := range h.was.NextSteps {
		s := &h.was.NextSteps[i]
		d := at(s.Detector)
		d.Title, d.Next = s.Title, s.Next
	}
	return nil
}

// writeRevision says which detectors the new revision has: those of the latest, where all findings stand.
func (h *hunt) writeRevision(w io.Writer) error {
	if !h.Stand {
		return writeRevision(w, h.Detectors)
	}
	b, err := readCaseFile(filepath.Join(h.store.dir, filepath.FromSlash(revisionFile(h.latest, "json"))))
	if errors.Is(err, fs.ErrNotExist) { // then nobody can say what they were
		return writeRevision(w, nil)
	}
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}

// stayWhere gives addresses the places that the latest revision has of them: the files that said so are not in the case.
func (h *hunt) stayWhere(m *Model) {
	was := &h.was.SourceIPs
	if len(was.Enrichment) == 0 {
		return
	}
	known := make(map[string]*Whereabouts, len(was.Addresses))
	for i := range was.Addresses {
		known[was.Addresses[i].Source] = was.Addresses[i].Where
	}
	fresh := int64(0)
	for i := range m.SourceIPs.Addresses {
		row := &m.SourceIPs.Addresses[i]
		where, there := known[row.Source]
		switch {
		case there:
			row.Where = where
		case row.Where == nil:
			fresh++
		}
	}
	m.SourceIPs.Enrichment = was.Enrichment
	if fresh > 0 {
		m.Limits = append(m.Limits, "The files that say where addresses are were not given with the latest judgements: of "+number(fresh)+" that these brought into the report nothing is said. A hunt with the files says it.")
	}
}
