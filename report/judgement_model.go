package report

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// Judged says which judgements a report follows.
type Judged struct {
	// SHA256 is of the IDs of those that are in force, sorted, a line each: two reports that have the same follow the same.
	SHA256        string         `json:"sha256"`
	Rows          []JudgedRow    `json:"rows"` // in force, by when they were made
	Disagreements []Disagreement `json:"disagreements"`
	// Set aside are those that are withdrawn, or for which their examiner's later word stands.
	SetAside []SetAside `json:"set_aside"`
	// Idle are withdrawals that withdraw nothing: of what is not here, or of another examiner's.
	Idle []Judgement `json:"withdrawals_without_effect,omitempty"`
}

// A JudgedRow is a judgement that is in force, and what it decided.
type JudgedRow struct {
	Judgement
	// Activity is of the events that it decided, which the report has seen: of what is cleared, those of findings and of
	// what suspects have to do with.
	Activity
	InFindings int64 `json:"in_findings"`        // of the events, those in findings that make suspects
	Inherited  int   `json:"inherited_by"`       // access keys and sessions, down the lineage
	Disputed   bool  `json:"disputed,omitempty"` // see Disagreements
	Silent     bool  `json:"without_events"`     // it decided none: of what the case does not have, or of what a narrower one decides

}

// A Disagreement is a subject of which examiners hold different things.
type Disagreement struct {
	Subject
	CountsAs   Stance      `json:"counts_as"`
	Judgements []Judgement `json:"judgements"`
}

// A SetAside is a judgement that does not count any more.
type SetAside struct {
	Judgement
	By        string `json:"set_aside_by"` // the ID of the withdrawal, or of the later word
	Withdrawn bool   `json:"withdrawn"`
	Reason    string `json:"set_aside_because"`
}

// Responders is what those did who look into the incident.
type Responders struct {
	Actors      []CredentialRow  `json:"actors"`
	OtherEvents int64            `json:"other_events,omitempty"`
	Actions     []ActionRow      `json:"actions"`
	Data        []DataRow        `json:"data"`
	Left        []PersistenceRow `json:"left_behind"`
	Issued      []IssuedRow      `json:"issued"`
}

// model lists the judgements; nil: there are none.
func (s *Judgements) model() *Judged {
	if s == nil || len(s.all) == 0 {
		return nil
	}
	return s.list()
}

func (s *Judgements) list() *Judged {
	out := &Judged{Rows: []JudgedRow{}, Disagreements: []Disagreement{}, SetAside: []SetAside{}}
	var ids []string
	disputed := map[Subject]bool{}
	for _, d := range s.disagreements() {
		out.Disagreements = append(out.Disagreements, d)
		disputed[d.Subject] = true
	}
	for _, j := range s.all {
		later := s.later(j)
		switch {
		case j.Withdraws != "":
			if slices.Contains(s.idle, j) {
				out.Idle = append(out.Idle, *j)
			}
		case s.withdrawn[j.ID] != nil:
			w := s.withdrawn[j.ID]
			out.SetAside = append(out.SetAside, SetAside{*j, w.ID, true, w.Because})
		case later != nil:
			out.SetAside = append(out.SetAside, SetAside{*j, later.ID, false, later.Because})
		default:
			ids = append(ids, j.ID)
			out.Rows = append(out.Rows, JudgedRow{Judgement: *j, Inherited: s.heirs[j.ID], Silent: true, Disputed: disputed[Subject{j.Kind, j.Subject}]})
		}
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(append(ids, ""), "\n")))
	out.SHA256 = hex.EncodeToString(sum[:])
	return out
}

// later returns what the same examiner held later of the same, for which it stands no more.
func (s *Judgements) later(j *Judgement) *Judgement {
	if j.Withdraws != "" || s.withdrawn[j.ID] != nil {
		return nil
	}
	for _, o := range s.bySubject[Subject{j.Kind, j.Subject}] {
		if o.By == j.By && o.From.Equal(j.From) && o.To.Equal(j.To) && o != j {
			return o
		}
	}
	return nil
}

// dispute returns the judgements of different examiners on a subject that contradict each other at some time; nil: none do.
func (s *Judgements) dispute(sub Subject) []*Judgement {
	list := s.bySubject[sub]
	if len(list) < 2 {
		return nil
	}
	for _, j := range list { // a contradiction begins where a time frame begins, or where one examiner's narrower one ends and the wider counts again
		for _, at := range []time.Time{j.From, j.To, time.Unix(0, 0)} {
			if at.IsZero() {
				continue
			}
			if v, ok := together(list, at); ok && v.Disputed {
				return v.By
			}
		}
	}
	return nil
}

func (s *Judgements) disagreements() (all []Disagreement) {
	seen := map[Subject]bool{}
	for _, j := range s.all {
		sub := Subject{j.Kind, j.Subject}
		if seen[sub] {
			continue
		}
		seen[sub] = true
		by := s.dispute(sub)
		if by == nil {
			continue
		}
		v, _ := together(by, anyTime)
		d := Disagreement{Subject: sub, CountsAs: v.As}
		for _, j := range by {
			d.Judgements = append(d.Judgements, *j)
		}
		all = append(all, d)
	}
	return all
}

// judgedModel lists the judgements with what they decided.
func (t *Tally) judgedModel() *Judged {
	m := t.listed.model()
	if m == nil {
		return nil
	}
	for i := range m.Rows {
		row := &m.Rows[i]
		if r := t.all.judged.row(row.ID); r != nil {
			row.Activity, row.InFindings, row.Silent = r.Activity, r.flagged, false
		}
	}
	return m
}

// respondersModel lists what responders did; nil: no examiner named any.
func (t *Tally) respondersModel(detectors map[string]*detect.Detector) *Responders {
	if t.held == nil || len(t.all.responders.keys) == 0 {
		return nil
	}
	r := &Responders{
		Actors: t.rows(&t.all.responders, detectors), OtherEvents: t.all.responders.others,
		Actions: ofResponders(t.actions()), Data: ofResponders(slices.Clone(t.written.Data)), Left: ofResponders(slices.Clone(t.written.Persistence)), Issued: []IssuedRow{},
	}
	for _, key := range t.keys.issued.keys {
		if row := t.issuedRow(key); row.Link == ByResponder {
			r.Issued = append(r.Issued, *row)
		}
	}
	return r
}

// linked is a row that says what links it to the findings.
type linked interface{ linkOf() Link }

func (r ActionRow) linkOf() Link      { return r.Link }
func (r DataRow) linkOf() Link        { return r.Link }
func (r PersistenceRow) linkOf() Link { return r.Link }

// ofSuspects leaves the responders' rows out.
func ofSuspects[T linked](rows []T) []T {
	return slices.DeleteFunc(rows, func(r T) bool { return r.linkOf() == ByResponder })
}

func ofResponders[T linked](rows []T) []T {
	return slices.DeleteFunc(rows, func(r T) bool { return r.linkOf() != ByResponder })
}
