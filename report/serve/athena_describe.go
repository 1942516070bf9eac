package serve

import (
	"strings"
)

// athenaOperations are the operations of Athena.
var athenaOperations = operations{
	"StartQueryExecution":    op(startQueryExecution),
	"GetQueryExecution":      op(getQueryExecution),
	"BatchGetQueryExecution": op(batchGetQueryExecution),
	"StopQueryExecution":     op(stopQueryExecution),
	"ListQueryExecutions":    op(listQueryExecutions),
	"GetQueryResults":        op(athenaResults),
	"GetWorkGroup":           op(getWorkGroup),
	"ListWorkGroups":         op(listWorkGroups),
	"ListDataCatalogs":       op(listDataCatalogs),
	"GetDataCatalog":         op(getDataCatalog),
	"ListDatabases":          op(listDatabases),
	"GetDatabase":            op(getDatabase),
	"ListTableMetadata":      op(listTableMetadata),
	"GetTableMetadata":       op(getTableMetadata),
}

type execution struct {
	QueryExecutionId      string //nolint:revive // the member's name
	Query                 string
	StatementType         string
	ResultConfiguration   resultConfiguration
	QueryExecutionContext queryContext
	Status                executionStatus
	Statistics            executionStatistics
	WorkGroup             string
	EngineVersion         engineVersion
	ExecutionParameters   []string `json:",omitempty"`
}

type executionStatus struct {
	State              string
	StateChangeReason  string `json:",omitempty"`
	SubmissionDateTime epoch
	CompletionDateTime epoch           `json:",omitzero"`
	AthenaError        *executionError `json:",omitempty"`
}

// An executionError says that the user's query is at fault: category 2.
type executionError struct {
	ErrorCategory int
	ErrorType     int
	Retryable     bool
	ErrorMessage  string
}

// executionStatistics are times. How much was scanned the engine does not tell: it is
// the size of the result.
type executionStatistics struct {
	EngineExecutionTimeInMillis int64
	DataScannedInBytes          int64
	TotalExecutionTimeInMillis  int64
	QueryQueueTimeInMillis      int64
}

type engineVersion struct{ SelectedEngineVersion, EffectiveEngineVersion string }

// theEngine is the version that clients are told: the dialect's.
var theEngine = engineVersion{"Athena engine version 3", "Athena engine version 3"}

var athenaStates = [...]string{runQueued: "QUEUED", runRunning: "RUNNING", runDone: "SUCCEEDED", runFailed: "FAILED", runCancelled: "CANCELLED", runTimedOut: "FAILED"}

// execution describes a run.
func (c *call) execution(r *run, s runStatus) *execution {
	e := &execution{
		QueryExecutionId: r.id, Query: r.sql, StatementType: r.athena.kind, QueryExecutionContext: queryContext{r.athena.database, r.athena.catalog},
		ResultConfiguration: resultConfiguration{"s3://" + r.athena.bucket + "/" + r.athena.key},
		Status:              executionStatus{State: athenaStates[s.state], SubmissionDateTime: epoch{r.submitted}, CompletionDateTime: epoch{s.ended}},
		WorkGroup:           r.athena.workGroup, EngineVersion: theEngine, ExecutionParameters: r.athena.parameters,
	}
	if s.err != nil {
		e.Status.StateChangeReason = athenaError(s.err)
		if s.state != runCancelled {
			e.Status.AthenaError = &executionError{ErrorCategory: 2, ErrorType: 1000, ErrorMessage: e.Status.StateChangeReason}
		}
	}
	if s.result != nil {
		e.Status.StateChangeReason = strings.Join(s.result.notes, "; ")
		e.Statistics.DataScannedInBytes = s.result.size
	}
	now := s.ended
	if now.IsZero() {
		now = c.s.cfg.Now()
	}
	begun := s.started
	if begun.IsZero() {
		begun = now
	}
	e.Statistics.QueryQueueTimeInMillis = begun.Sub(r.submitted).Milliseconds()
	e.Statistics.EngineExecutionTimeInMillis = now.Sub(begun).Milliseconds()
	e.Statistics.TotalExecutionTimeInMillis = now.Sub(r.submitted).Milliseconds()
	return e
}

type executionID struct{ QueryExecutionId string } //nolint:revive // the member's name

// athenaRun returns the run of an ID.
func (c *call) athenaRun(id string) (*run, error) {
	if r := c.runs.find(apiAthena, id); r != nil {
		return r, nil
	}
	return nil, invalidRequest("QueryExecution %s was not found", id)
}

func getQueryExecution(c *call, in *executionID) (any, error) {
	r, err := c.athenaRun(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	return struct{ QueryExecution *execution }{c.execution(r, r.settle(c.context()))}, nil
}

// maxBatch is how many executions are described at once.
const maxBatch = 50

func batchGetQueryExecution(c *call, in *struct {
	IDs []string `json:"QueryExecutionIds"`
}) (any, error) {
	type unprocessed struct{ QueryExecutionId, ErrorCode, ErrorMessage string } //nolint:revive // the member's name
	out := struct {
		QueryExecutions []*execution
		Unprocessed     []unprocessed `json:"UnprocessedQueryExecutionIds"`
	}{[]*execution{}, []unprocessed{}}
	if n := len(in.IDs); n < 1 || n > maxBatch {
		return nil, invalidRequest("%d IDs: from 1 to %d", n, maxBatch)
	}
	for _, id := range in.IDs {
		if r := c.runs.find(apiAthena, id); r != nil {
			out.QueryExecutions = append(out.QueryExecutions, c.execution(r, r.status()))
		} else {
			out.Unprocessed = append(out.Unprocessed, unprocessed{id, "INVALID_QUERY_EXECUTION_ID", "QueryExecution " + id + " was not found"})
		}
	}
	return out, nil
}

func stopQueryExecution(c *call, in *executionID) (any, error) {
	r, err := c.athenaRun(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	r.cancel(errCancelled)
	r.settle(c.context())
	return struct{}{}, nil
}

func listQueryExecutions(c *call, in *pageInput) (any, error) {
	group := in.WorkGroup
	if group == "" {
		group = primaryGroup
	}
	ids := []string{}
	for _, r := range c.runs.list(apiAthena) {
		if r.athena.workGroup == group {
			ids = append(ids, r.id)
		}
	}
	page, next, err := in.page(ids)
	return struct {
		IDs       []string `json:"QueryExecutionIds"`
		NextToken string   `json:",omitempty"`
	}{page, next}, err
}
