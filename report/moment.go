package report

import (
	"errors"
	"time"

	"github.com/coldtrail/coldtrail/parser"
)

// ParseMoment reads a time as people give it: RFC 3339 with its offset, or a date, which is a day in UTC that
// begins at the time that is returned. The time is in UTC.
func ParseMoment(s string) (t time.Time, day bool, err error) {
	if t, err := parser.ParseTime(s); err == nil {
		return t, false, nil
	}
	if t, err = time.Parse(time.DateOnly, s); err != nil {
		return t, false, errors.New("neither an RFC 3339 time of the years 1 to 9999 in UTC, such as 2026-03-02T08:30:00+01:00, nor a date such as 2026-03-02")
	}
	return t, true, nil
}
