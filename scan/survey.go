package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// A Survey is what lies in the evidence, as the names of objects and their first records tell.
type Survey struct {
	Sources []string `json:"sources"`
	// Totals count objects and bytes only. Parsed stands for what would be read; what is
	// wrong further on in an object is not known.
	Totals     Totals        `json:"-"`
	Groups     []SurveyGroup `json:"groups"`
	MoreGroups int64         `json:"objects_of_more_groups,omitempty"`
	Places     []SurveyPlace `json:"places"`
	MorePlaces int64         `json:"objects_of_more_places,omitempty"`
}

// A SurveyGroup is objects of one kind.
type SurveyGroup struct {
	Status  Status `json:"status"`
	Kind    string `json:"kind"` // what they hold, or why they cannot be read
	Shape   string `json:"shape,omitempty"`
	Objects int64  `json:"objects"`
	Bytes   int64  `json:"bytes"`   // stored
	Example string `json:"example"` // the path of the first
	first   uint64 // its ordinal
}

// A SurveyPlace is the objects with events of one account and region.
type SurveyPlace struct {
	Account  string `json:"account"`
	Region   string `json:"region"`
	Inferred bool   `json:"inferred"` // from an object's first record; otherwise from its name
	Objects  int64  `json:"objects"`
	Bytes    int64  `json:"bytes"`
	Days     int    `json:"days"`  // that have any
	First    string `json:"first"` // day: of delivery, or, where that is inferred, of the first record
	Last     string `json:"last"`
}

// Bounds of what a survey holds. Beyond them objects are counted, and not told apart.
const (
	surveyGroups  = 500
	surveyPlaces  = 20_000
	surveyDays    = 500_000
	surveyReads   = 3        // elements of each object
	surveyContent = 64 << 20 // bytes of each, more than three of the longest records take
)

// surveyor gathers a Survey, in the order of the objects.
type surveyor struct {
	groups map[groupKey]*SurveyGroup
	places map[surveyPlace]*surveyedPlace
	days   int
	s      Survey
}

type groupKey struct {
	status      Status
	kind, shape string
}

type surveyPlace struct {
	account, region string
	inferred        bool
}

type surveyedPlace struct {
	SurveyPlace
	days map[string]bool
}

// A sample is what an object's first event tells.
type sample struct {
	Account, Region string
	At              time.Time
}

// Look surveys the evidence: it lists it as Run does, and reads the beginning of each object. It
// makes no timeline, and what Config has for one is not used.
func Look(ctx context.Context, cfg Config) (*Survey, error) {
	r, err := newRun(cfg)
	if err != nil {
		return nil, err
	}
	r.surveys = true
	s, err := r.look(ctx)
	return s, errors.Join(err, r.close())
}

func (r *run) look(ctx context.Context) (*Survey, error) {
	var listing Listing
	if err := r.listAll(ctx, &listing); err != nil {
		return nil, err
	}
	if r.cfg.Listed != nil {
		if err := r.cfg.Listed(listing); err != nil {
			return nil, err
		}
	}
	r.shapes.of = make([]uint8, r.sources.table.n)
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	s := &surveyor{groups: map[groupKey]*SurveyGroup{}, places: map[surveyPlace]*surveyedPlace{}}
	samples, stop := iter.Pull2(rows(r.ids, isObjectRow, decodeJSON[sample]))
	defer stop()
	for o, err := range rows(r.objects, isObjectRow, decodeObject) {
		if err != nil {
			return nil, err
		}
		s.add(&o)
		if o.Kept == 0 {
			continue
		}
		seen, err, ok := samples()
		if !ok || err != nil {
			return nil, errors.Join(errors.New("sample of an object: lost"), err)
		}
		s.place(&o, &seen)
	}
	return s.survey(r), nil
}

// A beginning is what is looked at of a content: elements may be as long as a disk, or have no end.
type beginning struct {
	r    io.Reader
	left int
}

var errBeginning = fmt.Errorf("no element ends in the first %d bytes, and no more was looked at", surveyContent)

func (b *beginning) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errBeginning
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// look reads an object's beginning.
func (w *worker) look(l listed, f io.Reader) error {
	w.reader.Reset(&beginning{r: w.content, left: surveyContent}, parser.Origin{Source: w.o.Source, Object: w.o.Path})
	w.content.cost = -1
	if l.member != nil {
		w.content.cost = l.member.at.Packed
	}
	var seen sample
	var end error
	if err := w.begin(f, l.size); err != nil {
		end = &parser.FormatError{Err: err}
	}
	for n := 0; n < surveyReads && end == nil; n++ {
		rec, err := w.next()
		if bad, ok := errors.AsType[*parser.RecordError](err); ok {
			w.o.Bad++
			w.o.Framed++
			if err := w.problem(bad.Offset, bad.Index, bad.Err.Error()); err != nil {
				return err
			}
			continue
		}
		if end = err; end != nil {
			break
		}
		w.o.Framed++
		if rec.Kind != parser.Event {
			w.another(rec)
			continue
		}
		w.o.Kept++
		if rec.NetworkActivity() {
			w.o.NetworkActivity++
		}
		if seen.At.IsZero() {
			seen = sample{strings.Clone(rec.Account), strings.Clone(rec.Region), rec.Time}
		}
	}
	w.o.Shape = w.reader.Shape()
	if errors.Is(end, errBeginning) && w.o.Framed > 0 {
		end = nil
	}
	var err error
	switch {
	case end == nil || end == io.EOF:
		err = w.judgeWhole(l)
	default:
		err = w.judgeBroken(l, end)
	}
	if err == nil && w.o.Kept > 0 {
		err = w.ids.Add(objectKey(w.o.Ordinal, 0), encodeJSON(&seen))
	}
	return err
}

func (s *surveyor) add(o *Object) {
	kind := o.Reason
	switch {
	case o.Status == Parsed && o.NetworkActivity > 0:
		kind = "CloudTrail network activity"
	case o.Status == Parsed && o.Shape == parser.ShapeEmpty, o.Status == Parsed && o.Kept == 0:
		kind = "no records"
	case o.Status == Parsed:
		kind = "CloudTrail events"
	}
	key := groupKey{o.Status, kind, o.Shape}
	g := s.groups[key]
	if g == nil {
		if len(s.groups) == surveyGroups {
			s.s.MoreGroups++
			return
		}
		g = &SurveyGroup{Status: o.Status, Kind: kind, Shape: o.Shape, Example: o.Path, first: o.Ordinal}
		s.groups[key] = g
	}
	g.Objects++
	g.Bytes += o.Size
}

// place counts an object with events among those of its account and region.
func (s *surveyor) place(o *Object, seen *sample) {
	key, day := surveyPlace{seen.Account, seen.Region, true}, seen.At.Format(time.DateOnly)
	if n, ok := ParseObjectName(o.Path); ok {
		key, day = surveyPlace{n.Account, n.Region, false}, n.Delivered.Format(time.DateOnly)
	}
	p := s.places[key]
	if p == nil {
		if len(s.places) == surveyPlaces {
			s.s.MorePlaces++
			return
		}
		p = &surveyedPlace{SurveyPlace{Account: key.account, Region: key.region, Inferred: key.inferred, First: day, Last: day}, map[string]bool{}}
		s.places[key] = p
	}
	p.Objects++
	p.Bytes += o.Size
	p.First, p.Last = min(p.First, day), max(p.Last, day)
	if !p.days[day] && s.days < surveyDays {
		p.days[day] = true
		s.days++
	}
}

func (s *surveyor) survey(r *run) *Survey {
	out := &s.s
	out.Sources, out.Totals = r.sources.table.labels, r.totals
	for _, g := range s.groups {
		out.Groups = append(out.Groups, *g)
	}
	order := []Status{Parsed, Recognised, Damaged, Unreadable, OutOfScope}
	slices.SortFunc(out.Groups, func(a, b SurveyGroup) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Status), slices.Index(order, b.Status)), cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.first, b.first))
	})
	for _, p := range s.places {
		p.Days = len(p.days)
		out.Places = append(out.Places, p.SurveyPlace)
	}
	slices.SortFunc(out.Places, func(a, b SurveyPlace) int {
		inferred := func(p *SurveyPlace) int {
			if p.Inferred {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(inferred(&a), inferred(&b)), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return out
}
