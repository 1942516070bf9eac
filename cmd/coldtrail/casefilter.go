package main

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/coldtrail/coldtrail/report"
)

// A caseArg is the case that a command answers from.
type caseArg struct {
	Case string `arg:"" name:"case" placeholder:"CASE" help:"The case, as analyze made it."`
}

// open opens the case's event store.
func (c *caseArg) open() (*report.EventStore, error) { return openAs(c, report.OpenStore) }

// openWhole opens the case with all that it says of the evidence.
func (c *caseArg) openWhole() (*report.SettledCase, error) { return openAs(c, report.OpenCase) }

func openAs[T any](c *caseArg, open func(dir string) (T, error)) (kase T, err error) {
	if _, err := os.Stat(c.Case); err != nil {
		return kase, usage("case: %w", err)
	}
	return open(c.Case)
}

// filterFlags are the flags that select events. A flag that is given several
// times selects what any of its values does; different flags must all hold.
// Each has a twin, not-<flag>, which kong hides: negate makes it of "--not --<flag>".
type filterFlags struct {
	Terms  termFlags     `embed:"" group:"filter"`
	Not    termFlags     `embed:"" prefix:"not-" group:"filter"`
	Window time.Duration `default:"10m" group:"filter" placeholder:"DURATION" help:"How far --around reaches, before and after (default 10m)."`
}

// termFlags are the terms of a report.Filter. Values are never split at commas:
// user agents have them.
type termFlags struct {
	Since       []moment `group:"filter" sep:"none" placeholder:"TIME" help:"At this time or later: RFC 3339, or a date (a day in UTC)."`
	Until       []moment `group:"filter" sep:"none" placeholder:"TIME" help:"Before this time; a date includes its day."`
	AccessKey   []string `group:"filter" sep:"none" placeholder:"ID" help:"Made with this access key (exactly; * and ? are wild cards)."`
	Principal   []string `group:"filter" sep:"none" placeholder:"NAME" help:"ARN, principal ID, user name, service, or ARN of the session's role. Here and below * and ? are wild cards, and the case of letters does not matter."`
	Session     []string `group:"filter" sep:"none" placeholder:"NAME" help:"Name of the session, its source identity, or its start as recorded."`
	IP          []string `group:"filter" sep:"none" name:"ip" placeholder:"ADDRESS" help:"Source address, CIDR, or name of a service."`
	UserAgent   []string `group:"filter" sep:"none" placeholder:"GLOB" help:"User agent, whole: '*kali*'."`
	EventName   []string `group:"filter" sep:"none" placeholder:"GLOB" help:"Name of the call: 'Put*Policy'."`
	EventSource []string `group:"filter" sep:"none" placeholder:"GLOB" help:"Service: s3, or s3.amazonaws.com."`
	Region      []string `group:"filter" sep:"none" placeholder:"GLOB" help:"Region."`
	Account     []string `group:"filter" sep:"none" placeholder:"ID" help:"Account whose trail has the event."`
	Resource    []string `group:"filter" sep:"none" placeholder:"GLOB" help:"ARN or name among the event's resources, or any value in requestParameters."`
	Error       []string `group:"filter" sep:"none" placeholder:"WHAT" help:"any, none, denied, or an error code; of events without a code, the message."`
	Finding     []string `group:"filter" sep:"none" placeholder:"ID" help:"Listed by this finding, or by any finding of this detector."`
	MinSeverity []string `group:"filter" sep:"none" placeholder:"LEVEL" help:"Listed by a finding of this severity or above."`
	Grep        []string `group:"filter" sep:"none" placeholder:"TEXT" help:"The raw record has this text, literally, as it stands or as JSON escapes it; the case of ASCII letters does not matter."`
	ReadOnly    bool     `group:"filter" help:"CloudTrail marks the call as read-only."`
	WriteOnly   bool     `group:"filter" help:"It does not."`
	Around      []string `group:"filter" sep:"none" placeholder:"EVENT" help:"Within --window of this event: its ID, or '#' and its ordinal."`
	EventID     []string `group:"filter" sep:"none" placeholder:"ID" help:"This event ID, exactly."`
}

const filterHelp = `Filters combine: of one flag any value may hold, different flags must all hold, and --not before a flag leaves out what that flag selects: --not --ip 192.0.2.0/24. An event that lacks what a flag asks about is neither selected by it nor left out by its negation.`

// filter makes the filter. A wrong value is an error of usage.
func (f *filterFlags) filter() (*report.Filter, error) {
	if f.Window != defaultWindow && len(f.Terms.Around)+len(f.Not.Around) == 0 {
		return nil, usage("--window %s: says how far --around reaches, which is not given", f.Window)
	}
	if since, until := f.Terms.Since, f.Terms.Until; len(since) == 1 && len(until) == 1 && !since[0].start.Before(until[0].end) {
		return nil, usage("--since %s is not before --until %s", since[0].start.Format(time.RFC3339), until[0].end.Format(time.RFC3339))
	}
	filter, err := report.NewFilter(append(f.Terms.terms(false), f.Not.terms(true)...), f.Window)
	if err != nil {
		return nil, usage("%w", err)
	}
	return filter, nil
}

// defaultWindow is the default of --window.
const defaultWindow = 10 * time.Minute

// terms lists the flags that were given, in the order of their declaration.
func (t *termFlags) terms(not bool) (terms []report.Term) {
	v := reflect.ValueOf(t).Elem()
	for i := range v.NumField() {
		flag := flagOf(v.Type().Field(i))
		add := func(value string) { terms = append(terms, report.Term{Flag: flag, Value: value, Not: not}) }
		switch values := v.Field(i).Interface().(type) {
		case bool:
			if values {
				add("")
			}
		case []string:
			for _, s := range values {
				add(s)
			}
		case []moment:
			for _, m := range values {
				at := m.start
				if flag == "until" {
					at = m.end
				}
				add(at.Format(time.RFC3339Nano))
			}
		}
	}
	return terms
}

// flagOf returns a field's flag as kong names it.
func flagOf(f reflect.StructField) string {
	if name := f.Tag.Get("name"); name != "" {
		return name
	}
	var b strings.Builder
	for i, r := range f.Name {
		if 'A' <= r && r <= 'Z' && i > 0 && f.Name[i-1] >= 'a' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// filterNames are the flags that --not may stand before.
var filterNames = func() (names []string) {
	t := reflect.TypeFor[termFlags]()
	for i := range t.NumField() {
		names = append(names, flagOf(t.Field(i)))
	}
	return names
}()

// negate puts "--not-<flag>" in the place of "--not --<flag>", which kong cannot
// express. What follows a lone -- is left alone, and so is the value of a flag
// that is given as --flag=value.
func negate(args []string) (out []string, err error) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(out, args[i:]...), nil
		}
		if args[i] != "--not" {
			out = append(out, args[i])
			continue
		}
		i++
		flag := ""
		if i < len(args) {
			flag, _, _ = strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		}
		if flag == "" || !strings.HasPrefix(args[i], "--") || !slices.Contains(filterNames, flag) {
			return nil, usage("--not must stand before the filter that it negates: --not --ip 192.0.2.1")
		}
		out = append(out, "--not-"+strings.TrimPrefix(args[i], "--"))
	}
	return out, nil
}

// hideNegated keeps the twins of the filters out of the help.
func hideNegated(k *kong.Kong) error {
	return kong.Visit(k.Model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok && strings.HasPrefix(f.Name, "not-") {
			f.Hidden = true
		}
		return next(nil)
	})
}

// nothingMatched says on stderr that the filter selects no event, and what the case covers.
func nothingMatched(c *console, s *report.EventStore, f *report.Filter) error {
	n, err := s.Events()
	if err != nil {
		return err
	}
	first, last, err := s.Span()
	switch {
	case err != nil:
		return err
	case n == 0:
		_, err = fmt.Fprintln(c.err, "coldtrail: the case has no event")
		return err
	}
	_, err = fmt.Fprintf(c.err, "coldtrail: no event matches %s; the case has %d, from %s to %s\n", report.Terminal(f.String()),
		n, first.Format(time.RFC3339Nano), last.Format(time.RFC3339Nano))
	return err
}
