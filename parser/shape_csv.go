package parser

import (
	"slices"
	"strings"
)

// The console's Event history as CSV. Its records lack request and response; the
// column "AWS access key" may be missing, titles stand in any order.
var _ = registerTable(&shape{
	name: "event-history-csv", fidelity: Derived, what: "row of an Event history without time, name and source", loses: true,
}, "event name")

// The results of Athena and of CloudTrail Lake as CSV: of Lake the column eventjson may
// have the record.
var _ = registerTable(&shape{
	name: "query-result-csv", fidelity: Reserialised, what: queryRow, results: true, derived: queryColumns,
}, "eventjson", "eventname", "eventid", "useridentity")

// Splunk's and Logs Insights' results as CSV, with the record in one column.
var (
	_ = registerTable(&shape{name: "splunk-csv", fidelity: Reserialised, what: "row of a Splunk export without a record"}, "_raw")
	_ = registerTable(&shape{name: "logs-insights-csv", fidelity: Reserialised, what: logLine}, "@message")
)

var queryColumns = register(&shape{name: "query-result-columns", fidelity: Derived, what: queryRow})

const queryRow = "row of a query's result that is no event"

// What CloudTrail Lake's GetQueryResults returns: {"QueryResultRows":[[{"eventName":"x"},…]]}.
var _ = register(&shape{
	name: "lake-result", fidelity: Reserialised, member: "QueryResultRows", what: queryRow, results: true, derived: queryColumns,
	lift: func(l *lifting, s *shape, e Value) {
		var row []column
		for cell := range e.Each {
			cell.Members(func(name string, v Value) bool {
				row = append(row, column{lower(name), v.String(), v.IsNull()})
				return true
			})
		}
		l.row(s, e, row)
	},
})

// What Athena's GetQueryResults returns: {"ResultSet":{"Rows":[{"Data":[{"VarCharValue":"x"},…]}]}}. The
// first row of the first page has the names of the columns. A further page without the first tells of nothing what it is.
var _ = register(&shape{
	name: "athena-result", fidelity: Reserialised, member: "Rows", inside: "ResultSet", what: queryRow, results: true, derived: queryColumns,
	lift: func(l *lifting, s *shape, e Value) {
		data, _ := e.Get("Data")
		var row []column
		for cell := range data.Each {
			v, ok := cell.Get("VarCharValue")
			c := column{value: v.String(), null: !ok || v.IsNull()}
			if n := len(row); n < len(l.header) {
				c.name = l.header[n]
			}
			row = append(row, c)
		}
		if l.header == nil && slices.ContainsFunc(row, ofRecord) {
			l.header = []string{} // nobody knows it
		}
		switch {
		case l.header != nil && len(l.header) == 0:
			l.what = namelessRow
		case l.header == nil:
			for _, c := range row {
				l.header = append(l.header, lower(c.value))
			}
		default:
			l.row(s, e, row)
		}
	},
})

const namelessRow = "row of Athena's results without the page before it, which names the columns"

// ofRecord reports whether a cell has what events have, and no column's name is: a time, or a record.
func ofRecord(c column) bool {
	_, err := ParseTime(eventTimeOf(c.value))
	return err == nil || strings.HasPrefix(c.value, "{")
}
