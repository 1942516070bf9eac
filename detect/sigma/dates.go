package sigma

import (
	"strings"
	"time"
)

// datePart reads a part of a date as it is written: no time zone is applied. week is
// that of ISO 8601.
func datePart(s, unit string) (int64, bool) {
	layout := "2006-01-02T15:04:05"
	s = strings.Replace(s, " ", "T", 1)
	if len(s) < len(layout) {
		layout = time.DateOnly
		if len(s) != len(layout) || unit == "minute" || unit == "hour" {
			return 0, false
		}
	}
	t, err := time.Parse(layout, s[:len(layout)])
	if err != nil {
		return 0, false
	}
	switch unit {
	case "minute":
		return int64(t.Minute()), true
	case "hour":
		return int64(t.Hour()), true
	case "day":
		return int64(t.Day()), true
	case "week":
		_, week := t.ISOWeek()
		return int64(week), true
	case "month":
		return int64(t.Month()), true
	}
	return int64(t.Year()), true
}
