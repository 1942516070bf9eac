package parser

import (
	"errors"
	"fmt"
	"time"
)

var errNoTime = errors.New("missing")

// ParseTime reads an eventTime strictly: YYYY-MM-DDTHH:MM:SSZ, the only form
// that CloudTrail writes, or the same with a fraction of a second or an offset
// from UTC, as RFC 3339 has it. The result is in UTC.
func ParseTime(s string) (time.Time, error) {
	if t, ok := plainTime(s); ok {
		return t, nil
	}
	if s == "" {
		return time.Time{}, errNoTime
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || len(s) < 20 || s[13] != ':' { // time.Parse lets an hour of one digit pass
		return time.Time{}, fmt.Errorf("%.40q is not an RFC 3339 time", s)
	}
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 { // what RFC 3339 could not write again
		return time.Time{}, fmt.Errorf("%.40q is outside the years 1 to 9999 in UTC", s)
	}
	return t, nil
}

func plainTime(s string) (time.Time, bool) {
	if len(s) != 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z' {
		return time.Time{}, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if year == 0 || !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day && t.Month() == time.Month(month) // otherwise the day does not exist
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
