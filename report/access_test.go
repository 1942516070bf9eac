package report

import (
	"fmt"
	"testing"

	"github.com/coldtrail/coldtrail/parser"
)

// TestDataAPIRead: statements by the Data API are readings of their database, by either name that the service has in records.
func TestDataAPIRead(t *testing.T) {
	const cluster = "arn:aws:rds:us-east-1:111122223333:cluster:orders"
	for _, source := range []string{"rdsdata.amazonaws.com", "rdsdataapi.amazonaws.com"} {
		for _, name := range []string{"ExecuteStatement", "BatchExecuteStatement"} {
			rec, err := parser.Parse(fmt.Appendf(nil, `{"eventTime":"2026-01-02T03:04:05Z","eventID":"1","eventSource":%q,"eventName":%q,"requestParameters":{"resourceArn":%q}}`, source, name, cluster))
			if err != nil {
				t.Fatal(err)
			}
			var found []access
			for _, r := range readings[name] {
				if serves(r.service, rec.EventSource) {
					found = append(found, r.accesses(rec)...)
				}
			}
			if len(found) != 1 || found[0].kind != "database" || found[0].resource != cluster {
				t.Errorf("%s:%s: %+v", source, name, found)
			}
		}
	}
}
