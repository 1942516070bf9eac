package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

type lookupCmd struct {
	caseArg
	LookupAttributes []string `sep:"none" placeholder:"AttributeKey=KEY,AttributeValue=VALUE" help:"What must hold, exactly to the case of its letters; also as JSON. Keys: EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId. AWS takes one; given several times, all must hold."`
	StartTime        string   `placeholder:"TIME" help:"At this second or later: ISO 8601, in UTC unless it says otherwise, or seconds since 1970."`
	EndTime          string   `placeholder:"TIME" help:"At this second or earlier; a date is its first second, as with AWS."`
	EventCategory    string   `placeholder:"insight" help:"insight: Insights events and no others."`
	MaxResults       *int     `placeholder:"N" help:"One page of at most N events, 1 to 50, and AWS's token for the next."`
	NextToken        string   `placeholder:"TOKEN" help:"One page, the one that this token of AWS's form leads to."`
	NoPaginate       bool     `help:"One page, of 50 events."`
	MaxItems         *int     `placeholder:"N" help:"At most N events in all, and a token for --starting-token."`
	PageSize         *int     `placeholder:"N" help:"Events of a page, 1 to 50 (default 50): text and yaml-stream are written, and text is searched, page by page."`
	StartingToken    string   `placeholder:"TOKEN" help:"Go on where --max-items ended."`
	Query            string   `placeholder:"JMESPATH" help:"What to write of the result, as a JMESPath expression."`
	Output           string   `short:"f" enum:"json,text,table,yaml,yaml-stream" default:"json" help:"json, text, table, yaml or yaml-stream (default json)."`
	Region           string   `placeholder:"REGION" help:"Events of this region only. AWS answers for one region; without this flag all are asked."`
	AllEvents        bool     `help:"Data, network activity and all other events too, which AWS leaves out."`
	Resources        string   `enum:"aws,record,both" default:"aws" help:"What Resources is made of: names in request and response, as AWS does (aws), the record's own resources (record), or both."`
}

// Help implements kong.HelpProvider.
func (lookupCmd) Help() string {
	return "Answers as `aws cloudtrail lookup-events` does, version 2 of the AWS CLI, with times in UTC: the newest event first, management events only.\n\n" +
		"Examples: coldtrail lookup ./case-001 --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=AKIAEXAMPLE --max-items 20\n" +
		"          coldtrail lookup ./case-001 --query 'Events[].[EventTime,EventName,Username]' --output text\n\n" +
		"What AWS does not do: no limit of 90 days, every region, several attributes at once, --all-events, --resources. " +
		"A record without an ID has coldtrail's own as its EventId. " +
		"AWS does not say what it takes for a resource of an event. What was observed of 129 calls is followed; of other calls what request and response name is listed, which may be more than AWS lists. " +
		"The order of Resources, which differs with AWS from answer to answer, is by type and name."
}

// Run implements the command.
func (l *lookupCmd) Run(ctx context.Context, c *console) error {
	q, err := l.query()
	if err != nil {
		return usage("%w", err)
	}
	view, err := l.view(c)
	if err != nil {
		return usage("%w", err)
	}
	s, err := l.open()
	if err != nil {
		return err
	}
	defer s.Close()
	out := bufio.NewWriterSize(c.out, 256<<10)
	n, err := s.WriteLookup(ctx, out, q, *view)
	if ferr := out.Flush(); err == nil {
		err = ferr
	}
	var refused *report.LookupError
	switch {
	case errors.As(err, &refused):
		return usage("%w", err)
	case err == nil && n == 0:
		_, err = fmt.Fprintln(c.err, "coldtrail: "+l.nothing())
	}
	return err
}

// nothing says why there may be no event.
func (l *lookupCmd) nothing() string {
	switch {
	case l.EventCategory != "":
		return "no event was found: a case lists Insights objects, but not what is in them"
	case l.AllEvents:
		return "no event was found; values must agree to the case of their letters"
	}
	return "no event was found; values must agree to the case of their letters, and data events need --all-events"
}

// query makes the look-up of the flags.
func (l *lookupCmd) query() (*report.LookupQuery, error) {
	q := &report.LookupQuery{Category: l.EventCategory, All: l.AllEvents, Region: l.Region, Resources: l.Resources}
	for _, text := range l.LookupAttributes {
		a, err := report.ParseLookupAttributes(text)
		if err != nil {
			return nil, fmt.Errorf("--lookup-attributes %q: %w", text, err)
		}
		q.Attributes = append(q.Attributes, a...)
	}
	for _, t := range []struct {
		flag, text string
		at         *time.Time
	}{{"--start-time", l.StartTime, &q.Start}, {"--end-time", l.EndTime, &q.End}} {
		if t.text == "" {
			continue
		}
		at, err := report.ParseLookupTime(t.text)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", t.flag, t.text, err)
		}
		*t.at = at
	}
	return q, q.Check()
}

// view makes the view of the flags.
func (l *lookupCmd) view(c *console) (*report.LookupView, error) {
	v := &report.LookupView{
		Format: l.Output, Query: l.Query, StartingToken: l.StartingToken, NextToken: l.NextToken, MaxItems: -1,
		Single: l.NoPaginate || l.MaxResults != nil || l.NextToken != "", Width: c.width(), Printable: c.isTerm(c.out),
	}
	if v.Single && (l.MaxItems != nil || l.PageSize != nil || l.StartingToken != "") {
		return nil, errors.New("--max-items, --page-size and --starting-token are for many pages, --max-results, --next-token and --no-paginate for one")
	}
	for _, size := range []*int{l.MaxResults, l.PageSize} {
		if size != nil {
			if err := report.CheckLookupResults(*size); err != nil {
				return nil, err
			}
			v.PageSize = *size
		}
	}
	if l.MaxItems != nil {
		if v.MaxItems = *l.MaxItems; v.MaxItems < 0 {
			return nil, fmt.Errorf("--max-items %d: less than nothing", v.MaxItems)
		}
	}
	return v, v.Check()
}
