package serve

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/report/query"
)

// CloudTrail Lake's operations. The case is one event data store, and answers for every other:
// what a playbook calls its own store does not matter here.
var lakeOperations = operations{
	"ListEventDataStores": op(listStores),
	"GetEventDataStore":   op(getStore),
	"StartQuery":          op(startQuery),
	"DescribeQuery":       op(describeQuery),
	"GetQueryResults":     op(lakeResults),
	"ListQueries":         op(listQueries),
	"CancelQuery":         op(cancelQuery),
}

// storeID returns the UUID of the case's event data store: made of the case's name, so that it stays.
func (c *served) storeID() string {
	sum := sha256.Sum256([]byte("coldtrail event data store " + c.name))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: of one's own making
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// storeARN returns the ARN of an event data store. Its account is nobody's.
func storeARN(id, region string) string {
	if region == "" || region == anyRegion {
		region = "us-east-1"
	}
	partition, _ := report.PartitionOf(region)
	return "arn:" + partition + ":cloudtrail:" + region + ":000000000000:eventdatastore/" + id
}

var (
	storePattern = regexp.MustCompile(`^(?:arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore/)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)
	notInStore   = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)
)

// checkStore takes the ID or ARN of any event data store; "" where it may be left out.
func checkStore(s string) error {
	if s != "" && !storePattern.MatchString(s) {
		return faultf("EventDataStoreARNInvalidException", "%q is neither the ARN nor the ID of an event data store", s)
	}
	return nil
}

// storeName returns the name of the case's event data store.
func (c *served) storeName() string {
	name := notInStore.ReplaceAllString(c.name, "-")
	if len(name) < 3 {
		name = "case-" + name
	}
	return name[:min(len(name), 128)]
}

// storeInfo is an event data store as AWS describes it: enabled, because clients look for one
// that they can ask. When it was made nobody knows: its
// times are those of the first and the last event.
type storeInfo struct {
	EventDataStoreArn    string
	Name                 string
	Status               string `json:",omitempty"`
	MultiRegionEnabled   bool
	OrganizationEnabled  bool
	RetentionPeriod      int
	TerminationProtected bool  `json:"TerminationProtectionEnabled"`
	CreatedTimestamp     epoch `json:",omitzero"`
	UpdatedTimestamp     epoch `json:",omitzero"`
}

func (c *call) storeInfo(arn string) (*storeInfo, error) {
	first, last, err := c.store.Span()
	if err != nil {
		return nil, err
	}
	return &storeInfo{
		EventDataStoreArn: arn, Name: c.storeName(), Status: "ENABLED", MultiRegionEnabled: true, OrganizationEnabled: true,
		RetentionPeriod: 3653, TerminationProtected: true, CreatedTimestamp: epoch{first}, UpdatedTimestamp: epoch{last},
	}, nil
}

func listStores(c *call, in *struct {
	NextToken  string
	MaxResults *int
}) (any, error) {
	if err := lakePage(in.MaxResults); err != nil {
		return nil, err
	}
	if in.NextToken != "" {
		return nil, faultf("InvalidNextTokenException", "the token is not one that was given")
	}
	info, err := c.storeInfo(storeARN(c.storeID(), c.region))
	return struct{ EventDataStores []*storeInfo }{[]*storeInfo{info}}, err
}

func lakePage(n *int) error {
	if n != nil && (*n < 1 || *n > 1000) {
		return faultf("InvalidMaxResultsException", "the number of results must be from 1 to 1000")
	}
	return nil
}

type storeInput struct{ EventDataStore string }

func getStore(c *call, in *storeInput) (any, error) {
	if err := checkStore(in.EventDataStore); err != nil {
		return nil, err
	}
	m := storePattern.FindStringSubmatch(in.EventDataStore)
	if m == nil {
		return nil, faultf("InvalidParameterException", "EventDataStore is missing")
	}
	arn := in.EventDataStore
	if arn == m[1] {
		arn = storeARN(m[1], c.region)
	}
	return c.storeInfo(arn)
}

// maxLakeQuery is the longest query statement, in characters.
const maxLakeQuery = 10_000

// startQuery is StartQuery. A statement that cannot be parsed is refused at once, as AWS does.
func startQuery(c *call, in *struct {
	QueryStatement  string
	DeliveryS3Uri   string
	QueryAlias      string
	QueryParameters []string
}) (any, error) {
	switch n := utf8.RuneCountInString(in.QueryStatement); {
	case in.QueryAlias != "" || len(in.QueryParameters) > 0:
		return nil, faultf("UnsupportedOperationException", "coldtrail has no dashboards: QueryAlias and QueryParameters are not taken")
	case in.DeliveryS3Uri != "":
		return nil, faultf("UnsupportedOperationException", "coldtrail delivers no results to S3: leave out DeliveryS3Uri and ask GetQueryResults")
	case strings.TrimSpace(in.QueryStatement) == "":
		return nil, faultf("InvalidQueryStatementException", "The query statement is empty")
	case n > maxLakeQuery:
		return nil, faultf("InvalidQueryStatementException", "The query statement has %d characters: %d are the most", n, maxLakeQuery)
	case len(query.Split(in.QueryStatement)) > 1:
		return nil, faultf("InvalidQueryStatementException", "Only one statement is run")
	}
	if kind := statementType(in.QueryStatement); kind == "DDL" || firstWord(in.QueryStatement) == "INSERT" {
		return nil, faultf("InvalidQueryStatementException", "Only SELECT statements are run")
	}
	var wrong *query.Error
	_, err := query.Rewrite(in.QueryStatement)
	if errors.As(err, &wrong) && (wrong.Kind == query.KindSyntax || wrong.Kind == query.KindRefused) {
		return nil, faultf("InvalidQueryStatementException", "%v", wrong)
	}
	if err := c.runs.ready(c.context()); errors.Is(err, query.ErrNoSQL) {
		return nil, faultf("UnsupportedOperationException", "%v", err)
	}
	r := &run{id: c.s.cfg.NewID(), api: apiLake, sql: in.QueryStatement, statement: in.QueryStatement}
	if err := c.runs.start(r); err != nil {
		return nil, faultf("MaxConcurrentQueriesException", "%v: %d", err, c.runs.runLimits.waiting)
	}
	return struct{ QueryId string }{r.id}, nil //nolint:revive // the member's name
}

type queryInput struct {
	EventDataStore string
	QueryId        string //nolint:revive // the member's name
}

var queryPattern = regexp.MustCompile(`^[0-9a-f-]{36}$`)

// lakeRun returns the run of an input.
func (c *call) lakeRun(in *queryInput) (*run, error) {
	if err := checkStore(in.EventDataStore); err != nil {
		return nil, err
	}
	if !queryPattern.MatchString(in.QueryId) {
		return nil, faultf("InvalidParameterException", "QueryId is not the ID of a query")
	}
	if r := c.runs.find(apiLake, in.QueryId); r != nil {
		return r, nil
	}
	return nil, faultf("QueryIdNotFoundException", "The query %s was not found", in.QueryId)
}

var lakeStates = [...]string{runQueued: "QUEUED", runRunning: "RUNNING", runDone: "FINISHED", runFailed: "FAILED", runCancelled: "CANCELLED", runTimedOut: "TIMED_OUT"}

// describeQuery is DescribeQuery. The engine does not tell how many events matched or how
// many bytes it read: it is said that all events were looked at, and how long the result is.
func describeQuery(c *call, in *struct {
	queryInput
	QueryAlias string
}) (any, error) {
	if in.QueryAlias != "" || in.QueryId == "" {
		return nil, faultf("InvalidParameterException", "QueryId is missing: coldtrail has no dashboards")
	}
	r, err := c.lakeRun(&in.queryInput)
	if err != nil {
		return nil, err
	}
	s := r.settle(c.context())
	type statistics struct {
		EventsMatched, EventsScanned, BytesScanned, ExecutionTimeInMillis int64
		CreationTime                                                      epoch
	}
	st := statistics{CreationTime: epoch{r.submitted}}
	if s.state == runDone {
		if st.EventsScanned, err = c.store.Events(); err != nil {
			return nil, err
		}
	}
	if s.result != nil {
		st.EventsMatched, st.BytesScanned = s.result.rows, s.result.size
	}
	if !s.ended.IsZero() && !s.started.IsZero() {
		st.ExecutionTimeInMillis = s.ended.Sub(s.started).Milliseconds()
	}
	return struct {
		QueryId, QueryString, QueryStatus string //nolint:revive // the members' names
		QueryStatistics                   statistics
		ErrorMessage                      string `json:",omitempty"`
	}{r.id, r.sql, lakeStates[s.state], st, lakeError(s.err)}, nil
}

// lakeError says why a query failed. AWS's messages have at most 1000 characters.
func lakeError(err error) string {
	if err == nil {
		return ""
	}
	message := []rune(err.Error())
	return string(message[:min(len(message), 1000)])
}

// lakeResults is GetQueryResults: of each row a list of objects with one member each.
func lakeResults(c *call, in *struct {
	queryInput
	NextToken       string
	MaxQueryResults *int
}) (any, error) {
	if err := lakePage(in.MaxQueryResults); err != nil {
		return nil, err
	}
	r, err := c.lakeRun(&in.queryInput)
	if err != nil {
		return nil, err
	}
	type statistics struct{ ResultsCount, TotalResultsCount, BytesScanned int64 }
	out := struct {
		QueryStatus     string
		QueryStatistics statistics
		QueryResultRows [][]map[string]*string
		NextToken       string `json:",omitempty"`
		ErrorMessage    string `json:",omitempty"`
	}{QueryResultRows: [][]map[string]*string{}}
	s := r.settle(c.context())
	out.QueryStatus, out.ErrorMessage = lakeStates[s.state], lakeError(s.err)
	if s.dropped {
		return nil, faultf("QueryIdNotFoundException", "%v", errDropped)
	}
	if s.result == nil {
		return &out, nil
	}
	from, ok := rowToken(r.id, in.NextToken)
	if !ok {
		return nil, faultf("InvalidNextTokenException", "the token is not one that was given for this query")
	}
	n := 1000
	if in.MaxQueryResults != nil {
		n = *in.MaxQueryResults
	}
	page, err := s.result.page(from, n)
	if err != nil {
		return nil, faultf("QueryIdNotFoundException", "%v", err)
	}
	for _, values := range page {
		row := make([]map[string]*string, len(values))
		for i, v := range values {
			row[i] = map[string]*string{s.result.columns[i].Name: v}
		}
		out.QueryResultRows = append(out.QueryResultRows, row)
	}
	out.QueryStatistics = statistics{int64(len(page)), s.result.rows, s.result.size}
	if at := from + int64(len(page)); at < s.result.rows {
		out.NextToken = makeRowToken(r.id, at)
	}
	return &out, nil
}

func listQueries(c *call, in *struct {
	EventDataStore     string
	NextToken          string
	MaxResults         *int
	StartTime, EndTime epoch
	QueryStatus        string
}) (any, error) {
	if in.EventDataStore == "" {
		return nil, faultf("InvalidParameterException", "EventDataStore is missing")
	}
	if err := checkStore(in.EventDataStore); err != nil {
		return nil, err
	}
	if err := lakePage(in.MaxResults); err != nil {
		return nil, err
	}
	switch start, end := in.StartTime, in.EndTime; {
	case in.QueryStatus != "" && !slices.Contains(lakeStates[:], in.QueryStatus):
		return nil, faultf("InvalidQueryStatusException", "%q is not the status of a query", in.QueryStatus)
	case !start.IsZero() && !end.IsZero() && start.After(end.Time):
		return nil, faultf("InvalidDateRangeException", "the start time is after the end time")
	}
	type row struct {
		QueryId, QueryStatus string //nolint:revive // the members' names
		CreationTime         epoch
	}
	all := []row{}
	for _, r := range c.runs.list(apiLake) {
		status := lakeStates[r.status().state]
		if in.QueryStatus != "" && status != in.QueryStatus || !overlaps(r.submitted, r.submitted, in.StartTime.Time, in.EndTime.Time) {
			continue
		}
		all = append(all, row{r.id, status, epoch{r.submitted}})
	}
	from, n := 0, 1000
	if in.MaxResults != nil {
		n = *in.MaxResults
	}
	if in.NextToken != "" {
		at, ok := rowToken("queries", in.NextToken)
		if !ok || at > int64(len(all)) {
			return nil, faultf("InvalidNextTokenException", "the token is not one that was given")
		}
		from = int(at)
	}
	out := struct {
		Queries   []row
		NextToken string `json:",omitempty"`
	}{Queries: all[from:min(len(all), from+n)]}
	if from+n < len(all) {
		out.NextToken = makeRowToken("queries", int64(from+n))
	}
	return &out, nil
}

func cancelQuery(c *call, in *queryInput) (any, error) {
	r, err := c.lakeRun(in)
	if err != nil {
		return nil, err
	}
	if s := r.status(); s.state >= runDone {
		return nil, faultf("InactiveQueryException", "The query has ended: %s", lakeStates[s.state])
	}
	r.cancel(errCancelled)
	return struct{ QueryId, QueryStatus string }{r.id, lakeStates[r.settle(c.context()).state]}, nil //nolint:revive // the members' names
}
