package report

import (
	"context"

	"github.com/coldtrail/coldtrail/scan"
)

// The columns of a case's coverage, in the order of their numbers.
var coverageColumns = append([]string{
	"eventid", "derived_id", "eventname", "eventsource", "awsregion", "account", "eventcategory", "readonly",
	"managementevent", "errorcode", "principal", "credential", "sourceipaddress", "object_ordinal",
}, RawColumns...)

// LogCoverage says where and when the case has logs, and what they can answer.
func (p *SettledCase) LogCoverage(ctx context.Context) (*LogCoverage, error) {
	var l scan.Listing
	for o, err := range p.Objects() {
		if err != nil {
			return nil, err
		}
		l.See(o.Path, o.Size)
	}
	b := NewCoverage(CoverageOptions{Scope: p.Scope, Newest: l.Plausible(), Names: &p.store.objects})
	for o, err := range p.Objects() {
		if err != nil {
			return nil, err
		}
		b.Object(&o)
	}
	var e CoverageEvent
	err := p.store.Scan(ctx, nil, coverageColumns, func(r *Row) error {
		id := r.Text(0)
		if id == "" {
			id = r.Text(1)
		}
		e = CoverageEvent{
			Ordinal: r.Ordinal(), Time: r.Time(), ID: id, Name: r.Text(2), Source: r.Text(3), Region: r.Text(4), Account: r.Text(5),
			Category: r.Text(6), ReadOnly: r.Text(7), ManagementEvent: r.Text(8), ErrorCode: r.Text(9),
			Principal: r.Text(10), Credential: r.Text(11), SourceIP: r.Text(12), Object: uint64(r.Int(13)),
			Raw: func() ([]byte, error) { return r.Raw(), nil },
		}
		return b.Add(&e)
	})
	if err != nil {
		return nil, err
	}
	return b.Finish()
}
