package parser

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var errNoTime = errors.New("missing")

// ParseTime reads an eventTime strictly: YYYY-MM-DDTHH:MM:SSZ, the only form
// that CloudTrail writes, or the same with a fraction of a second, an offset
// from UTC or small letters, as RFC 3339 has it. The result is in UTC. A leap second
// is the second after it, as POSIX counts.
func ParseTime(s string) (time.Time, error) {
	if t, ok := plainTime(s); ok {
		return t, nil
	}
	if s == "" {
		return time.Time{}, errNoTime
	}
	t, err := longTime(s)
	if err != nil {
		return time.Time{}, err
	}
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 { // what RFC 3339 could not write again
		return time.Time{}, fmt.Errorf("%.40q is outside the years 1 to 9999 in UTC", s)
	}
	return t, nil
}

// longTime reads all that RFC 3339 allows.
func longTime(s string) (time.Time, error) {
	text := strings.ToUpper(s) // 5.6: T and Z may be small
	leap := len(text) > 19 && text[17:19] == "60"
	if leap {
		text = text[:17] + "59" + text[19:]
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || len(s) < 20 || s[13] != ':' { // time.Parse lets an hour of one digit pass
		return time.Time{}, fmt.Errorf("%.40q is not an RFC 3339 time", s)
	}
	if !leap {
		return t, nil
	}
	if t = t.UTC().Add(time.Second); t.Day() != 1 || t.Hour() != 0 || t.Minute() != 0 {
		return time.Time{}, fmt.Errorf("%.40q has a second 60 where there is no leap second: they end months, in UTC", s)
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
