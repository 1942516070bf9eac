package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/coldtrail/coldtrail/report"
)

type showCmd struct {
	caseArg
	Event    string   `arg:"" optional:"" name:"event-id" help:"The event's ID, or '#' and its ordinal."`
	Ordinal  *int64   `placeholder:"N" help:"The event's place in the timeline, from 0; beside an ID: which of the records that have it."`
	Raw      bool     `xor:"what" help:"Write the record's exact bytes and nothing else."`
	Verify   bool     `xor:"what" help:"Read the evidence anew, and compare the object and the record with the case."`
	Format   string   `short:"f" enum:"text,json" default:"text" help:"text, or json: an array of the records that have the ID (default text)."`
	Evidence []string `sep:"none" placeholder:"SOURCE=PATH" help:"Where a source of the case lies on this machine, for --verify; a path alone, where its name is the source's or there is one source."`
}

// Help implements kong.HelpProvider.
func (showCmd) Help() string {
	return "Examples: coldtrail show ./case-001 '#123'\n" +
		"          coldtrail show ./case-001 357c5ccc-0a43-41e5-8e14-4af5678f2f07 --verify --evidence ./trail-bucket\n\n" +
		"Exit code 5: the evidence is not what the case was made from, or the object is missing in it."
}

// Run implements the command.
func (s *showCmd) Run(ctx context.Context, c *console) error {
	evidence, err := s.check()
	if err != nil {
		return err
	}
	store, err := s.open()
	if err != nil {
		return err
	}
	defer store.Close()
	if s.Verify {
		if evidence, err = ofCase(evidence, store); err != nil {
			return err
		}
	}
	events, err := s.find(ctx, store)
	if err != nil {
		return err
	}
	if s.Raw {
		return s.raw(c, events)
	}
	if len(events) > 1 {
		fmt.Fprintf(c.err, "coldtrail: %d records have this event ID: all are shown\n", len(events))
	}
	if s.Format == "json" {
		return s.json(ctx, c, store, evidence, events)
	}
	var different error
	for i, e := range events {
		if i > 0 {
			fmt.Fprintln(c.unbroken())
		}
		if s.Verify {
			v, err := verified(evidence, e, &different)
			if err != nil {
				return err
			}
			if err := v.Write(c.unbroken(), e); err != nil {
				return err
			}
		}
		if err := e.Write(c.unbroken()); err != nil {
			return err
		}
		if err := related(ctx, c, store, e); err != nil {
			return err
		}
	}
	return different
}

// ofCase is the evidence of the case's sources.
func ofCase(evidence report.Evidence, store *report.EventStore) (report.Evidence, error) {
	sources, err := store.Sources()
	if err != nil {
		return nil, err
	}
	own, err := evidence.Of(sources)
	if err != nil {
		return nil, usage("%w", err)
	}
	return own, nil
}

// related shows the record that an addendum updates, or the addenda of an event.
func related(ctx context.Context, c *console, store *report.EventStore, e *report.CaseEvent) error {
	return store.Related(ctx, e, func(other *report.CaseEvent) error {
		what := "An addendum to this event"
		if e.Addendum().Original == other.ID {
			what = "The original, which this record updates"
		}
		fmt.Fprintf(c.unbroken(), "\n%s:\n\n", what)
		return other.Write(c.unbroken())
	})
}

// verified compares an event with the evidence, and notes the first that differs.
func verified(evidence report.Evidence, e *report.CaseEvent, different *error) (*report.Verification, error) {
	v, err := evidence.Verify(e)
	if err == nil && *different == nil {
		*different = disagrees(v, e)
	}
	return v, err
}

// disagrees says that the evidence is not what the case has.
func disagrees(v *report.Verification, e *report.CaseEvent) error {
	switch {
	case v.Missing != "":
		return &exitError{exitIntegrity, fmt.Errorf("evidence %s: object %s: %s: the evidence is not what the case was made from", e.Object.Source, e.Object.Path, v.Missing)}
	case !v.OK():
		return &exitError{exitIntegrity, errors.New("the evidence is not what the case was made from")}
	}
	return nil
}

// check refuses what cannot be right before the case is read.
func (s *showCmd) check() (report.Evidence, error) {
	switch {
	case s.Event == "" && s.Ordinal == nil:
		return nil, usage("show needs an event: its ID, or --ordinal N")
	case s.Ordinal != nil && *s.Ordinal < 0:
		return nil, usage("--ordinal %d: counts from 0", *s.Ordinal)
	case s.Verify && len(s.Evidence) == 0:
		return nil, usage("--verify needs --evidence PATH: a case does not know where its evidence lies")
	case !s.Verify && len(s.Evidence) > 0:
		return nil, usage("--evidence is for --verify")
	}
	if s.Event == "" {
		s.Event = fmt.Sprintf("#%d", *s.Ordinal)
	}
	evidence, err := report.ParseEvidence(s.Evidence)
	if err != nil {
		return nil, usage("%w", err)
	}
	for _, source := range slices.Sorted(maps.Keys(evidence)) {
		if _, err := os.Stat(evidence[source]); err != nil {
			return nil, usage("--evidence: %w", err)
		}
	}
	return evidence, nil
}

// maxShown bounds how many records of one event ID are held: more are a
// forgery's doing, and timeline lists them.
const maxShown = 1000

func (s *showCmd) find(ctx context.Context, store *report.EventStore) (events []*report.CaseEvent, err error) {
	f, err := report.EventFilter(s.Event)
	if err != nil {
		return nil, usage("%w", err)
	}
	err = store.Find(ctx, f, func(e *report.CaseEvent) error {
		if s.Ordinal != nil && e.Ordinal != uint64(*s.Ordinal) {
			return nil
		}
		if events = append(events, e); len(events) > maxShown {
			return fmt.Errorf("more than %d records have this event ID: list them with timeline --event-id, and show one with --ordinal", maxShown)
		}
		return nil
	})
	if err != nil || len(events) > 0 {
		return events, err
	}
	n, err := store.Events()
	if err != nil {
		return nil, err
	}
	if s.Ordinal != nil {
		return nil, fmt.Errorf("event %s: no record of it has the ordinal %d; the case has %d events", s.Event, *s.Ordinal, n)
	}
	return nil, fmt.Errorf("event %s: not among the %d events of the case", s.Event, n)
}

// raw writes the one record.
func (s *showCmd) raw(c *console, events []*report.CaseEvent) error {
	if len(events) > 1 {
		for _, e := range events {
			fmt.Fprintf(c.err, "coldtrail: --ordinal %d: %s, record %d, SHA-256 %s\n", e.Ordinal, report.Terminal(e.Object.Source+"/"+e.Object.Path), e.Place.Index, e.SHA256())
		}
		return usage("%d records have this event ID: choose one with --ordinal", len(events))
	}
	_, err := c.out.Write(events[0].Raw)
	return err
}
