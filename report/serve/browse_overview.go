package serve

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/coldtrail/coldtrail/detect"
	"github.com/coldtrail/coldtrail/report"
	"github.com/coldtrail/coldtrail/scan"
)

// overviewRows is how many rows of each of the report's tables the overview shows.
const overviewRows = 12

// An overview is the report, as the first page shows it.
type overview struct {
	Model *report.Model
}

// overview reads report.json, once while it stays as it is.
func (b *browser) overview(ctx context.Context) (*overview, error) {
	return b.overviews.get(ctx, b.state(), func(context.Context) (*overview, error) {
		o := &overview{Model: new(report.Model)}
		return o, b.readJSON(reportName, o.Model)
	})
}

// counted compares how many lines a file of the case has with what report.json counts: one that was cut short would shorten a list in silence.
func (b *browser) counted(ctx context.Context, name, what string, n int64, want func(*report.Model) int64) error {
	o, err := b.overview(ctx)
	if err != nil {
		return err
	}
	if all := want(o.Model); n != all {
		return fmt.Errorf("case %s: %s: %d %s, and %s counts %d: one of them was changed", b.Name, name, n, what, reportName, all)
	}
	return nil
}

func (b *browser) overviewPage(r *http.Request) (*answer, error) {
	if err := known(r.URL.Query()); err != nil {
		return nil, err
	}
	o, err := b.overview(r.Context())
	if err != nil {
		return nil, err
	}
	return &answer{template: "overview", title: o.Model.ID, section: "overview", data: o}, nil
}

// A statusCount is how many objects have a status.
type statusCount struct {
	Status  scan.Status
	Objects int64
	Bytes   int64
}

// Objects are the objects by what became of them.
func (o *overview) Objects() (all []statusCount) {
	for _, row := range o.Model.Coverage.Objects {
		all = append(all, statusCount{row.Status, row.Objects, row.Bytes})
	}
	return all
}

// Accounts are those with suspicious events, or all where there are none such.
func (o *overview) Accounts() topRows[report.AccountRow] {
	if rows := o.Model.Account.Affected; len(rows) > 0 {
		return tableOf(rows, 0)
	}
	return tableOf(o.Model.Account.InEvidence, o.Model.Account.OtherEvents)
}

// Top are the findings that are shown on the first page: of the severities from
// report.SuspectFrom on, the highest first.
func (o *overview) Top() (all []report.Shown) {
	for _, g := range o.Model.Findings.BySeverity {
		if g.Severity >= report.SuspectFrom {
			all = append(all, g.Shown...)
		}
	}
	return all[:min(len(all), overviewRows)]
}

// Worst is the severity of the worst finding.
func (o *overview) Worst() detect.Severity {
	worst, _ := o.Model.Worst()
	return worst
}

// first returns the first rows of a table, and how many more it has.
func first[T any](rows []T) (shown []T, more int) {
	n := min(len(rows), overviewRows)
	return rows[:n], len(rows) - n
}

// topRows are the first rows of one of the report's tables.
type topRows[T any] struct {
	Rows   []T
	More   int   // rows that are not shown
	Others int64 // events, or calls, of values beyond the report's bounds
}

func tableOf[T any](rows []T, others int64) topRows[T] {
	shown, more := first(rows)
	return topRows[T]{shown, more, others}
}

// with counts rows that the report leaves to a ledger's file.
func (t topRows[T]) with(more int64) topRows[T] {
	t.More += int(more)
	return t
}

// Credentials are the suspected ones.
func (o *overview) Credentials() topRows[report.CredentialRow] {
	c := &o.Model.Credentials
	return tableOf(c.Suspected, c.OtherEvents)
}

// Sources are where the suspects came from: addresses, what reads as one and is none, and services.
func (o *overview) Sources() topRows[report.SourceRow] {
	s := &o.Model.SourceIPs
	return tableOf(slices.Concat(s.Addresses, s.Malformed, s.Services), s.OtherAddresses+s.OtherMalformed+s.OtherServices)
}

// Actions are what the suspects did.
func (o *overview) Actions() topRows[report.ActionRow] {
	return tableOf(o.Model.Actions.Rows, o.Model.Actions.OtherEvents)
}

// Data is what the suspects read, or tried to.
func (o *overview) Data() topRows[report.DataRow] {
	return tableOf(o.Model.Data.Rows, o.Model.Data.OtherEvents).with(o.Model.Data.OtherRows)
}

// Persistence is what the suspects left behind.
func (o *overview) Persistence() topRows[report.PersistenceRow] {
	return tableOf(o.Model.Persistence.Rows, o.Model.Persistence.OtherCalls).with(o.Model.Persistence.OtherRows)
}
