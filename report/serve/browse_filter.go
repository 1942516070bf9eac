package serve

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// A filterFlag is a flag of `coldtrail timeline` that selects events. It has its name as
// a parameter of a URL, and its negation as not-NAME; a parameter may be given several times.
type filterFlag struct {
	Name, Label, Hint string
	Title             string   // longer than the hint; "": there is no more to say
	Bare              bool     // it has no value
	Choices           []string // suggested values
	Main              bool     // shown without opening the rest
}

var filterFlags = []filterFlag{
	{Name: "since", Label: "Since", Hint: "2026-03-02", Title: "At this time or later: a date, or 2026-03-02T08:30:00Z", Main: true},
	{Name: "until", Label: "Until", Hint: "2026-03-04", Title: "Before this time; a date includes its day", Main: true},
	{Name: "grep", Label: "Text in the record", Hint: "anywhere in it", Title: "Literally, anywhere in the raw record; the case of letters does not matter", Main: true},
	{Name: "event-name", Label: "Event name", Hint: "Put*Policy", Main: true},
	{Name: "principal", Label: "Principal", Hint: "*admin*", Title: "ARN, principal ID, user name, service, or ARN of the session's role", Main: true},
	{Name: "ip", Label: "Source IP", Hint: "192.0.2.0/24", Title: "Address, CIDR, or name of a service", Main: true},
	{Name: "access-key", Label: "Access key", Hint: "AKIA…", Title: "Exactly; * and ? are wild cards"},
	{Name: "session", Label: "Session", Hint: "its name", Title: "Name of the session, its source identity, or its start as recorded"},
	{Name: "event-source", Label: "Service", Hint: "s3"},
	{Name: "region", Label: "Region", Hint: "eu-*"},
	{Name: "account", Label: "Account", Hint: "12 digits"},
	{Name: "user-agent", Label: "User agent", Hint: "*kali*"},
	{Name: "resource", Label: "Resource", Hint: "ARN or name", Title: "ARN or name among the event's resources, or any value in requestParameters"},
	{Name: "error", Label: "Error", Hint: "denied", Title: "any, none, denied, or an error code; of events without a code, the message", Choices: []string{"any", "none", "denied"}},
	{Name: "finding", Label: "Finding", Hint: "ID or detector", Title: "Listed by this finding, or by any finding of this detector"},
	{Name: "min-severity", Label: "Severity at least", Hint: "medium", Title: "Listed by a finding of this severity or above", Choices: []string{"informational", "low", "medium", "high", "critical"}},
	{Name: "around", Label: "Around event", Hint: "ID or #ordinal", Title: "Within the window around this event"},
	{Name: "event-id", Label: "Event ID", Hint: "exactly"},
	{Name: "read-only", Label: "Read-only calls", Bare: true},
	{Name: "write-only", Label: "Calls that may write", Bare: true},
}

// window is the parameter that says how far around reaches.
const (
	windowParameter = "window"
	defaultWindow   = 10 * time.Minute
)

// maxTerms bounds a filter that a URL gives.
const maxTerms = 200

// A selection is a filter as a URL gives it.
type selection struct {
	Filter *report.Filter
	Query  url.Values // its parameters, and nothing else
	Window string
}

// String is the filter as on the command line.
func (s *selection) String() string { return s.Filter.String() }

// Encoded is the selection for a URL, behind "?" or "&"; "" where everything is selected.
func (s *selection) Encoded() string { return s.Query.Encode() }

// With is Encoded with a parameter more.
func (s *selection) With(name string, value string) string {
	q := url.Values{}
	for n, v := range s.Query {
		q[n] = v
	}
	q.Set(name, value)
	return q.Encode()
}

// parseSelection takes the filter out of a URL's parameters, of which others may be known by
// other names. blank says that a form sent fields that were left empty.
func parseSelection(q url.Values, others ...string) (s *selection, blank bool, err error) {
	s = &selection{Query: url.Values{}, Window: "10m"}
	if q, blank, err = unpacked(q); err != nil {
		return s, blank, err
	}
	names := append([]string{windowParameter}, others...)
	var terms []report.Term
	for _, f := range filterFlags {
		for _, not := range [...]bool{false, true} {
			name := f.parameter(not)
			names = append(names, name)
			for _, value := range q[name] {
				if strings.TrimSpace(value) == "" {
					blank = true
					continue
				}
				s.Query.Add(name, value)
				t, err := f.term(value, not)
				if err != nil {
					return s, blank, badRequest("%s %q: %w", name, value, err)
				}
				terms = append(terms, t)
			}
		}
	}
	if err := known(q, names...); err != nil {
		return s, blank, err
	}
	if len(terms) > maxTerms {
		return s, blank, badRequest("filter: %d terms, at most %d", len(terms), maxTerms)
	}
	around, err := s.around(q, terms)
	if err != nil {
		return s, blank, err
	}
	if err := s.interval(terms); err != nil {
		return s, blank, err
	}
	if s.Filter, err = report.NewFilter(terms, around); err != nil {
		err = badRequest("filter: %w", err)
	}
	return s, blank || q.Get(windowParameter) != s.Query.Get(windowParameter), err
}

func (f *filterFlag) parameter(not bool) string {
	if not {
		return "not-" + f.Name
	}
	return f.Name
}

// term makes a term as the command line makes it.
func (f *filterFlag) term(value string, not bool) (report.Term, error) {
	t := report.Term{Flag: f.Name, Value: value, Not: not}
	switch {
	case f.Bare && value != "true" && value != "1" && value != "on":
		return t, errors.New("takes no value but true")
	case f.Bare:
		t.Value = ""
	case f.Name == "since" || f.Name == "until":
		at, day, err := report.ParseMoment(value)
		if err != nil {
			return t, err
		}
		if day && f.Name == "until" {
			at = at.AddDate(0, 0, 1)
		}
		t.Value = at.Format(time.RFC3339Nano)
	}
	return t, nil
}

// around reads how far around reaches. A form always sends it; without an event it says nothing.
func (s *selection) around(q url.Values, terms []report.Term) (time.Duration, error) {
	value := q.Get(windowParameter)
	if value == "" || !slices.ContainsFunc(terms, func(t report.Term) bool { return t.Flag == "around" }) {
		return defaultWindow, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return 0, badRequest("%s %q: not a duration such as 10m or 1h30m", windowParameter, value)
	}
	if s.Window = value; d != defaultWindow {
		s.Query.Set(windowParameter, value)
	}
	return d, nil
}

// interval refuses a time that ends before it begins.
func (s *selection) interval(terms []report.Term) error {
	var since, until []string
	for _, t := range terms {
		switch {
		case t.Not:
		case t.Flag == "since":
			since = append(since, t.Value)
		case t.Flag == "until":
			until = append(until, t.Value)
		}
	}
	if len(since) != 1 || len(until) != 1 {
		return nil
	}
	from, _ := time.Parse(time.RFC3339Nano, since[0])
	to, _ := time.Parse(time.RFC3339Nano, until[0])
	if !from.Before(to) {
		return badRequest("since %s is not before until %s", since[0], until[0])
	}
	return nil
}

// A chip is a term of a selection, with the parameters of the page without it.
type chip struct {
	Label, Value string
	Not          bool
	Without      string
}

// Chips are the terms of the selection, each to be taken away.
func (s *selection) Chips() (all []chip) {
	for _, f := range filterFlags {
		for _, not := range [...]bool{false, true} {
			name := f.parameter(not)
			for i, value := range s.Query[name] {
				rest := url.Values{}
				for n, v := range s.Query {
					rest[n] = v
				}
				rest[name] = slices.Delete(slices.Clone(s.Query[name]), i, i+1)
				if name == "around" || name == "not-around" {
					rest.Del(windowParameter)
				}
				c := chip{Label: f.Name, Value: value, Not: not, Without: rest.Encode()}
				if f.Bare {
					c.Value = ""
				}
				all = append(all, c)
			}
		}
	}
	return all
}

// A formField is a flag in the form of filters, with its values.
type formField struct {
	filterFlag
	Values, NotValues []formValue // each ends with an empty one, for another value
}

// packedParameter has parameters of the filter, encoded once more, as a form sends them.
const packedParameter = "also"

// unpacked returns the parameters with those that are packed among them, and whether there are such.
func unpacked(q url.Values) (url.Values, bool, error) {
	if !q.Has(packedParameter) {
		return q, false, nil
	}
	all := maps.Clone(q)
	delete(all, packedParameter)
	for _, text := range q[packedParameter] {
		more, err := url.ParseQuery(text)
		if err != nil || more.Has(packedParameter) {
			return q, true, badRequest("%s %q: not parameters of a filter", packedParameter, text)
		}
		for name, values := range more {
			all[name] = slices.Concat(all[name], values)
		}
	}
	return all, true, nil
}

// A formValue is a value in the form. One that has characters which cannot be seen is there, but hidden, and packed:
// an entry field would drop or turn some of them, and a form sends another line break than it has, and no NUL. What
// stands beside the form shows it.
type formValue struct {
	Text   string
	Packed string // the parameter, encoded; "": Text is shown
}

func formValues(name string, values []string) (all []formValue) {
	for _, s := range values {
		v := formValue{Text: s}
		if visible(s) != s || strings.TrimSpace(s) != s {
			v.Packed = url.Values{name: {s}}.Encode()
		}
		all = append(all, v)
	}
	return append(all, formValue{})
}

// Fields are the fields of the form: those that are always shown, or the rest.
func (s *selection) Fields(main bool) (all []formField) {
	for _, f := range filterFlags {
		if f.Main == main {
			all = append(all, formField{f, formValues(f.parameter(false), s.Query[f.parameter(false)]), formValues(f.parameter(true), s.Query[f.parameter(true)])})
		}
	}
	return all
}

// Set reports whether the parameter is among the selection's.
func (s *selection) Set(name string) bool { return len(s.Query[name]) > 0 }

// More reports whether the rest of the form has to be seen, for it is in use.
func (s *selection) More() bool {
	return slices.ContainsFunc(filterFlags, func(f filterFlag) bool { return !f.Main && s.Set(f.Name) })
}

// Leaves reports whether something is left out.
func (s *selection) Leaves() bool {
	return slices.ContainsFunc(filterFlags, func(f filterFlag) bool { return s.Set(f.parameter(true)) })
}
